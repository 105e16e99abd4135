package hw

import (
	"encoding/json"
	"fmt"
	"time"
)

// Kind names a configured noun. Stored and sent as its string.
type Kind string

// The configured kinds. Each has one row in the kind table below.
const (
	KindTenant     Kind = "tenant"
	KindMember     Kind = "member"
	KindUpstream   Kind = "upstream"
	KindCredential Kind = "credential"
	KindRoute      Kind = "route"
	KindApp        Kind = "app"
	KindKey        Kind = "key"
	KindSetting    Kind = "setting"
	KindSchedule   Kind = "schedule"
	// KindModel is own facts of a model, KindCatalogFile a file of facts in
	// place of those in the box.
	KindModel       Kind = "model"
	KindCatalogFile Kind = "catalogue"
)

// Meta is what every document has in common. Callers set Tenant on creation
// and Version on update; everything else is written by the admin use cases.
type Meta struct {
	// ID is the stable identity: kind prefix and a UUIDv7. Never reused.
	ID string `json:"id,omitempty"`
	// Tenant is the name of the owning tenant; empty means the document
	// belongs to the installation as a whole.
	Tenant string `json:"tenant,omitempty"`
	// Version counts the changes of this document, from 1. On update it must
	// be the version that was read; zero means "whatever is there now".
	Version int64 `json:"version,omitempty"`
	// UpdatedAt is when the last change was committed, UTC.
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// UpdatedBy is the actor of the last change: a member, "local" or "setup".
	UpdatedBy string `json:"updated_by,omitempty"`
}

// Head returns the common part for the code that handles all kinds alike.
func (m *Meta) Head() *Meta { return m }

// Document is a configured noun. References between documents are by name:
// a document's name is unique within its kind and tenant (routes: within the
// installation), and the compile refuses a change that leaves a name dangling.
type Document interface {
	Kind() Kind
	Head() *Meta
	// Label is the document's unique name.
	Label() string
	// Validate checks the document by itself, without looking at others.
	Validate() []Problem
}

// kindRow ties a kind to its identifier prefix and its empty document.
type kindRow struct {
	kind   Kind
	prefix string
	empty  func() Document
}

// kindTable returns one row per kind, in the order in which `apply` writes
// them: what is referred to comes before what refers.
func kindTable() []kindRow {
	return []kindRow{
		{KindSetting, "set", func() Document { return new(Setting) }},
		{KindCatalogFile, "cat", func() Document { return new(CatalogFile) }},
		{KindModel, "mdl", func() Document { return new(OwnModel) }},
		{KindTenant, "ten", func() Document { return new(Tenant) }},
		{KindMember, "mem", func() Document { return new(Member) }},
		{KindUpstream, "ups", func() Document { return new(Upstream) }},
		{KindCredential, "crd", func() Document { return new(Credential) }},
		{KindRoute, "rte", func() Document { return new(Route) }},
		{KindApp, "app", func() Document { return new(App) }},
		{KindKey, "key", func() Document { return new(Key) }},
		{KindSchedule, "sch", func() Document { return new(DrillSchedule) }},
	}
}

// Kinds lists every kind, referred-to kinds before the ones that refer.
func Kinds() []Kind {
	rows := kindTable()
	kinds := make([]Kind, len(rows))
	for i, r := range rows {
		kinds[i] = r.kind
	}
	return kinds
}

// NewDocument returns an empty document of a kind, or an error that wraps
// ErrUnknownKind.
func NewDocument(kind Kind) (Document, error) {
	for _, r := range kindTable() {
		if r.kind == kind {
			return r.empty(), nil
		}
	}
	return nil, fmt.Errorf("%w %q", ErrUnknownKind, kind)
}

// DecodeDocument reads one stored body. Unknown fields are kept out silently:
// a newer version may have written them.
func DecodeDocument(kind Kind, body []byte) (Document, error) {
	doc, err := NewDocument(kind)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, doc); err != nil {
		return nil, fmt.Errorf("decoding %s: %w", kind, err)
	}
	return doc, nil
}
