package snapshot

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/limit"
)

// The defaults behind a zero in a document.
const (
	defaultConnect        = 3 * time.Second
	defaultTLS            = 5 * time.Second
	defaultIdle           = 60 * time.Second
	defaultDeadline       = 120 * time.Second
	defaultStreamDeadline = 15 * time.Minute
	defaultRetentionDays  = 30
	defaultCheckInterval  = 15 * time.Second
	defaultCheckTimeout   = 5 * time.Second
	defaultTries          = 3
	defaultBudget         = 20 // percent
	defaultAgainFirst     = 250 * time.Millisecond
	defaultAgainMost      = 8 * time.Second
	defaultStale          = 24 * time.Hour
	defaultHold           = 30 * time.Second
	defaultExpire         = 24 * time.Hour
	defaultQueueCalls     = 1000
	defaultQueue          = 10 * time.Second
)

// Facts are what Compile needs beside the documents.
type Facts struct {
	Generation int64
	// Provider looks a catalogue entry up.
	Provider func(id string) (hw.Provider, bool)
	// Model looks up what the catalogue knows of a provider's model; may be nil.
	Model func(provider, model string) (hw.CatalogModel, bool)
	// Level keeps what a credential has used, by its id; nil begins anew with
	// each snapshot.
	Level func(credentialID string) *limit.Level
	// Capabilities is what live checks showed of upstreams; nil means nothing.
	Capabilities *capability.Book
	// Unseal opens a credential's sealed secret.
	Unseal func(credentialID, sealed string) (string, error)
}

// Compile resolves documents into a snapshot. With any problem the snapshot is
// nil and nothing may be put in force.
func Compile(docs []hw.Document, facts Facts) (*Snapshot, []hw.Problem) {
	c := &compiler{
		facts:     facts,
		tenants:   map[string]*Tenant{},
		apps:      map[scoped]*App{},
		upstreams: map[scoped]*Upstream{},
		taken:     map[takenName]bool{},
		out: &Snapshot{
			Generation: facts.Generation,
			model:      facts.Model,
			shown:      facts.Capabilities,
			Settings:   Settings{CallRetentionDays: defaultRetentionDays, QueueCalls: defaultQueueCalls, Queue: defaultQueue},
			keys:       map[[32]byte]*Key{},
			apps:       map[string]*App{},
			exact:      map[string]*Route{},
			off:        map[string]bool{},
			own:        map[modelName]hw.CatalogModel{},
		},
	}
	c.checkNames(docs)
	each(docs, c.setting)
	each(docs, c.model)
	each(docs, c.tenant)
	each(docs, c.member)
	each(docs, c.upstream)
	each(docs, c.credential)
	each(docs, c.route)
	each(docs, c.app)
	each(docs, c.key)
	each(docs, c.schedule)
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	slices.SortFunc(c.out.prefixes, func(a, b *Route) int { return cmp.Compare(len(b.prefix), len(a.prefix)) })
	return c.out, nil
}

// each calls do for every document of one type, in the order given.
func each[D hw.Document](docs []hw.Document, do func(D)) {
	for _, doc := range docs {
		if d, ok := doc.(D); ok {
			do(d)
		}
	}
}

type scoped struct{ tenant, name string }

type takenName struct {
	kind hw.Kind
	scoped
}

// compiler is the state of one Compile.
type compiler struct {
	facts     Facts
	out       *Snapshot
	problems  []hw.Problem
	tenants   map[string]*Tenant
	apps      map[scoped]*App
	upstreams map[scoped]*Upstream
	taken     map[takenName]bool
}

func (c *compiler) add(doc hw.Document, field, format string, args ...any) {
	c.problems = append(c.problems, hw.Problem{
		Kind: doc.Kind(), Name: doc.Label(), Field: field, Text: fmt.Sprintf(format, args...),
	})
}

// checkNames holds what no document can see alone: names are unique in their
// scope and the tenant they belong to exists.
func (c *compiler) checkNames(docs []hw.Document) {
	for _, doc := range docs {
		at := scoped{doc.Head().Tenant, doc.Label()}
		if doc.Kind() == hw.KindRoute {
			at.tenant = "" // public at the wire: one name space for all
		}
		name := takenName{doc.Kind(), at}
		if c.taken[name] {
			c.add(doc, "name", "is taken")
		}
		c.taken[name] = true
	}
	for _, doc := range docs {
		tenant := doc.Head().Tenant
		if tenant != "" && !c.taken[takenName{hw.KindTenant, scoped{"", tenant}}] {
			c.add(doc, "tenant", "refers to tenant %q, which does not exist", tenant)
		}
	}
}

func (c *compiler) setting(d *hw.Setting) {
	if d.CallRetentionDays > 0 {
		c.out.Settings.CallRetentionDays = d.CallRetentionDays
	}
	c.out.Settings.AllowedHosts = slices.Clone(d.AllowedHosts)
	c.out.Settings.MaxCalls = d.MaxCalls
	c.out.Settings.FetchMedia = d.FetchMedia
	c.out.Settings.QueueCalls = cmp.Or(d.QueueCalls, defaultQueueCalls)
	c.out.Settings.Queue = orDefault(d.QueueMs, defaultQueue)
}

func (c *compiler) tenant(d *hw.Tenant) {
	c.tenants[d.Name] = &Tenant{
		ID: d.ID, Name: d.Name, Enabled: enabled(d.State), ShowUpstreams: d.ShowUpstreams,
	}
}

func (c *compiler) member(d *hw.Member) {
	if d.Tenant != "" {
		c.add(d, "tenant", "must be empty: members belong to the installation")
	}
}

func (c *compiler) app(d *hw.App) {
	tenant := c.tenants[d.Tenant]
	if tenant == nil {
		return // reported by checkNames
	}
	app := &App{
		ID: d.ID, Name: d.Name, Tenant: tenant, Enabled: enabled(d.State), routes: d.Routes,
		Class: classOf(d.Criticality), Hash: hashOf(d.ID),
	}
	c.apps[scoped{d.Tenant, d.Name}], c.out.apps[d.ID] = app, app
}

func classOf(criticality string) Class {
	switch criticality {
	case hw.CriticalPlus:
		return ClassCriticalPlus
	case hw.SheddablePlus:
		return ClassSheddablePlus
	case hw.Sheddable:
		return ClassSheddable
	}
	return ClassCritical
}

func hashOf(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	return max(h.Sum64(), 1)
}

func (c *compiler) key(d *hw.Key) {
	app := c.apps[scoped{d.Tenant, d.App}]
	if app == nil {
		c.add(d, "app", "refers to app %q, which tenant %q does not have", d.App, d.Tenant)
		return
	}
	var hash [32]byte
	if n, err := hex.Decode(hash[:], []byte(d.SecretSHA256)); err != nil || n != len(hash) {
		c.add(d, "secret_sha256", "must be 64 lower-case hex digits")
		return
	}
	if twin, twice := c.out.keys[hash]; twice {
		c.add(d, "secret_sha256", "is the same secret as key %q", twin.Name)
		return
	}
	c.out.keys[hash] = &Key{ID: d.ID, Name: d.Name, App: app, ExpiresAt: d.ExpiresAt, Enabled: enabled(d.State), Drill: d.Drill}
}

func (c *compiler) route(d *hw.Route) {
	r := &Route{
		ID: d.ID, Name: d.Name,
		Tenant:         c.tenants[d.Tenant],
		Deadline:       orDefault(d.DeadlineMs, defaultDeadline),
		StreamDeadline: orDefault(cmp.Or(d.StreamDeadlineMs, d.DeadlineMs), defaultStreamDeadline),
	}
	r.Retry, r.Hedge, r.Strict = retryOf(d.Retry), d.Hedge, d.Translation == hw.TranslationStrict
	r.Parameters, r.Overrides = d.Parameters, overridesOf(d.Parameters)
	c.tiers(d, r)
	if !enabled(d.State) {
		c.out.off[d.Name] = true
		return
	}
	if r.Wildcard() {
		r.prefix = strings.TrimSuffix(r.Name, "*")
		c.out.prefixes = append(c.out.prefixes, r)
		return
	}
	c.out.exact[r.Name] = r
}

func (c *compiler) tiers(d *hw.Route, r *Route) {
	label := 0
	for i, tier := range d.Tiers {
		out := Tier{
			Kind: cmp.Or(tier.Kind, hw.TierTargets), Strategy: cmp.Or(tier.Strategy, hw.StrategyWeighted), Text: tier.Text,
			Fresh: time.Duration(tier.FreshSeconds) * time.Second, Stale: orDefault(tier.StaleSeconds*1000, defaultStale),
			Wait: orDefault(tier.WaitMs, defaultHold), Expire: orDefault(tier.ExpireSeconds*1000, defaultExpire),
		}
		if out.Kind == hw.TierCache {
			r.Remember = max(r.Remember, out.Fresh, out.Stale)
		}
		c.share(d, fmt.Sprintf("tiers[%d].when", i), &tier, &out)
		r.Selective = r.Selective || out.When != nil || out.Percent > 0
		out.Targets = c.targets(d, fmt.Sprintf("tiers[%d].targets", i), tier.Targets, &label)
		r.Tiers = append(r.Tiers, out)
	}
	r.Fallback = map[hw.Class][]*Target{
		hw.ClassContextLength: c.targets(d, "fallback.context_overflow", d.Fallback.ContextOverflow, &label),
		hw.ClassContentPolicy: c.targets(d, "fallback.content_policy", d.Fallback.ContentPolicy, &label),
	}
}

// targets resolves references of a route, which are at a field of it.
func (c *compiler) targets(d *hw.Route, at string, refs []hw.RouteTarget, label *int) []*Target {
	var all []*Target
	for i, ref := range refs {
		up := c.findUpstream(d.Tenant, ref.Upstream)
		if up == nil {
			c.add(d, fmt.Sprintf("%s[%d].upstream", at, i), "refers to upstream %q, which does not exist", ref.Upstream)
			continue
		}
		for _, target := range makeTargets(up, ref) {
			*label++
			target.Label = fmt.Sprintf("t%d", *label)
			c.standing(target)
			all = append(all, target)
		}
	}
	c.out.Targets = append(c.out.Targets, all...)
	return all
}

func retryOf(d hw.Retry) Retry {
	return Retry{
		TriesPerTier: cmp.Or(d.TriesPerTier, defaultTries), Budget: float64(cmp.Or(d.BudgetPercent, defaultBudget)) / 100,
		AgainFirst: orDefault(d.AgainFirstMs, defaultAgainFirst), AgainMost: orDefault(d.AgainMostMs, defaultAgainMost),
	}
}

// findUpstream looks in the tenant's own house first, then in the installation.
func (c *compiler) findUpstream(tenant, name string) *Upstream {
	if up := c.upstreams[scoped{tenant, name}]; up != nil {
		return up
	}
	return c.upstreams[scoped{"", name}]
}

func enabled(state string) bool { return state != hw.StateDisabled }

func orDefault(ms int64, fallback time.Duration) time.Duration {
	if ms == 0 {
		return fallback
	}
	return time.Duration(ms) * time.Millisecond
}
