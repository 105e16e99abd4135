package admin

import "headwater/backend/hw"

// kindRow is what is special about a kind. Everything else is the same for
// all and is written once, in document.go.
type kindRow struct {
	kind hw.Kind
	// noun is the plural used in operation ids and in files.
	noun        string
	read, write hw.Permission
	// secret is the field that only travels inwards; empty when there is none.
	secret string
	// unfiled is true for what a configuration file does not carry.
	unfiled bool
	// prepare completes an edit before it is validated; nil when there is
	// nothing to do. It runs under Service.change.
	prepare func(*Service, *edit) error
	// settled runs after a change of such a document was put in force; may be nil.
	settled func(*Service, edit)
	// shown returns what leaves the service, where that is not the document itself.
	shown func(hw.Document) hw.Document
}

// kindRows returns one row per kind, in the order of hw.Kinds.
func kindRows() []kindRow {
	return []kindRow{
		{kind: hw.KindSetting, noun: "settings", read: hw.PermSettingsRead, write: hw.PermSettingsWrite, prepare: prepareSetting},
		{kind: hw.KindCatalogFile, noun: "catalogue", read: hw.PermUpstreamsRead, write: hw.PermUpstreamsWrite, unfiled: true},
		{kind: hw.KindModel, noun: "models", read: hw.PermUpstreamsRead, write: hw.PermUpstreamsWrite},
		{kind: hw.KindTenant, noun: "tenants", read: hw.PermTenantsRead, write: hw.PermTenantsWrite, prepare: prepareTenant},
		{kind: hw.KindMember, noun: "members", read: hw.PermMembersRead, write: hw.PermMembersWrite, secret: "password", prepare: prepareMember, settled: memberSettled, shown: shownMember},
		{kind: hw.KindUpstream, noun: "upstreams", read: hw.PermUpstreamsRead, write: hw.PermUpstreamsWrite},
		{kind: hw.KindCredential, noun: "credentials", read: hw.PermUpstreamsRead, write: hw.PermUpstreamsWrite, secret: "secret", prepare: prepareCredential, shown: shownCredential},
		{kind: hw.KindRoute, noun: "routes", read: hw.PermRoutesRead, write: hw.PermRoutesWrite},
		{kind: hw.KindApp, noun: "apps", read: hw.PermAppsRead, write: hw.PermAppsWrite},
		{kind: hw.KindKey, noun: "keys", read: hw.PermAppsRead, write: hw.PermAppsWrite, prepare: prepareKey},
		{kind: hw.KindSchedule, noun: "schedules", read: hw.PermDrillsRead, write: hw.PermDrillsWrite, prepare: prepareSchedule},
	}
}

// rowOf returns the row of a kind; asking for one that is not there is a bug.
func rowOf(kind hw.Kind) kindRow {
	for _, r := range kindRows() {
		if r.kind == kind {
			return r
		}
	}
	panic("bug: no admin row for kind " + string(kind))
}

// show returns a document as it may leave the service.
func (r kindRow) show(d hw.Document) hw.Document {
	if r.shown == nil || d == nil {
		return d
	}
	return r.shown(d)
}
