// Package snapshot compiles configuration documents into the immutable view
// that the data path serves from, and holds the view in force.
//
// Compile is pure: it reads no file, asks no network and changes nothing. Its
// one invariant: a Snapshot never changes after Compile returned it, so a call
// may keep the one it began with for as long as it runs.
package snapshot

import (
	"crypto/x509"
	"iter"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/cond"
	"headwater/backend/internal/health"
	"headwater/backend/internal/keyform"
	"headwater/backend/internal/limit"
)

// Snapshot is one generation of configuration, resolved from names to pointers.
type Snapshot struct {
	// Generation counts committed changes.
	Generation int64
	// Settings are the installation's, with defaults filled in.
	Settings Settings
	// Upstreams and Targets list everything traffic can be sent to, disabled
	// ones included.
	Upstreams []*Upstream
	Targets   []*Target

	keys     map[[32]byte]*Key
	apps     map[string]*App // by the id of the document
	exact    map[string]*Route
	off      map[string]bool // exact names of disabled routes
	prefixes []*Route        // longest name first
	model    func(provider, model string) (hw.CatalogModel, bool)
	shown    *capability.Book // nil where nothing is known
	own      map[modelName]hw.CatalogModel
}

// Settings are the installation's settings in force.
type Settings struct {
	// CallRetentionDays is at least 1.
	CallRetentionDays int
	// AllowedHosts are lower-case host names without port. Never written to.
	AllowedHosts []string
	// MaxCalls bounds the calls under way; zero means what the machine allows.
	MaxCalls int
	// QueueCalls and Queue bound the calls that wait for a place.
	QueueCalls int
	Queue      time.Duration
	// FetchMedia allows the gateway to fetch images and documents for upstreams
	// that take no addresses.
	FetchMedia bool
}

// Class says how important calls are; a larger one is served first.
type Class uint8

// The classes, from the calls that are refused first.
const (
	ClassSheddable Class = iota
	ClassSheddablePlus
	ClassCritical
	ClassCriticalPlus
)

// Tenant is a team.
type Tenant struct {
	ID, Name string
	Enabled  bool
	// ShowUpstreams lets answers name upstreams instead of t1, t2.
	ShowUpstreams bool
}

// App is a program of a tenant.
type App struct {
	ID, Name string
	Tenant   *Tenant
	Enabled  bool
	Class    Class
	// Hash tells apps apart where only a number fits; never zero.
	Hash   uint64
	routes []string
}

// MayAsk reports whether the app may ask for a route by this name.
func (a *App) MayAsk(route string) bool {
	for _, pattern := range a.routes {
		base, prefix := strings.CutSuffix(pattern, "*")
		if pattern == route || prefix && strings.HasPrefix(route, base) {
			return true
		}
	}
	return false
}

// Key is one secret of an app.
type Key struct {
	ID, Name string
	App      *App
	// ExpiresAt is zero for a key that never expires.
	ExpiresAt time.Time
	Enabled   bool
	// Drill is true for a key that is scoped for fire drills.
	Drill bool
}

// Route is a public name and its ladder.
type Route struct {
	ID, Name string
	// Tenant is nil for a route of the whole installation.
	Tenant *Tenant
	Tiers  []Tier
	// Deadline bounds a plain call, StreamDeadline a streamed one.
	Deadline, StreamDeadline time.Duration
	Retry                    Retry
	// Fallback are the targets that are asked when a request is refused for
	// what it is, by the class of the refusal.
	Fallback map[hw.Class][]*Target
	// Hedge asks a second target when the first content is late.
	Hedge bool
	// Strict passes a target over whose dialect has no words for a part of the
	// request.
	Strict bool
	// Remember is how long answers are kept for a cache tier; zero without one.
	Remember time.Duration
	// Selective is true when a tier does not take every call.
	Selective bool
	// Parameters change what callers ask; Overrides tells them apart where only
	// a text fits, empty for none.
	Parameters hw.Parameters
	Overrides  string
	prefix     string // the name without '*'; only for prefix routes
}

// Wildcard reports whether the route stands for every model with a beginning.
func (r *Route) Wildcard() bool { return strings.HasSuffix(r.Name, "*") }

// Retry bounds what is tried for one call; all is set.
type Retry struct {
	TriesPerTier int
	// Budget is a share, 0 to 1.
	Budget                float64
	AgainFirst, AgainMost time.Duration
}

// Tier is one rung of a ladder.
type Tier struct {
	// Kind is never empty.
	Kind string
	// When is the condition that a call must meet; nil means none.
	When *cond.Condition
	// Percent is the share of the calls that may use the tier; zero means all.
	Percent  int
	Sticky   Sticky
	Strategy string
	Targets  []*Target
	// Fresh and Stale are for kind cache, Wait for hold, Expire for deferred,
	// Text for scripted.
	Fresh, Stale, Wait, Expire time.Duration
	Text                       string
}

// Sticky is what tells calls apart that keep to one target.
type Sticky struct {
	// By is empty for nothing, else hw.StickyUser, hw.StickyApp or hw.StickyHeader.
	By string
	// Header is the canonical name, for hw.StickyHeader.
	Header string
}

// Target is the smallest thing that has health: upstream, credential, model.
type Target struct {
	health.Target
	Upstream *Upstream
	// Credential is nil where the upstream needs none.
	Credential *Credential
	// Model is the upstream's name; empty means the model the caller asked for.
	Model string
	// Weight is above 0: the credential's share of the route's weight.
	Weight float64
	// Label names the target to callers who may not see upstreams: t1, t2.
	Label string
	// Standing is what live checks showed of the model, as of now and not of when
	// the snapshot was compiled; nil where Model is empty. See Snapshot.Missing.
	Standing *capability.Standing
}

// Upstream is somewhere traffic can go.
type Upstream struct {
	ID, Name string
	Tenant   string
	Provider hw.Provider
	Base     *url.URL
	Enabled  bool
	Local    bool
	// RootCAs is nil for the system's.
	RootCAs     *x509.CertPool
	Timeouts    Timeouts
	Credentials []*Credential
	// Check is how it is asked whether it lives.
	Check Check
	// Probe is how a target that is out of use is tested while another can
	// answer; one of hw's, never empty.
	Probe string
	// Fingerprint changes when a connection made under the old settings must
	// not be used under the new ones.
	Fingerprint string
	maxInFlight int
	address     string // Base as a text
	policy      *health.Policy
	operator    hw.HealthState
	until       time.Time
}

// Operator tells whether a person took the upstream out of use, and until when;
// an empty state means that nobody did.
func (u *Upstream) Operator() (hw.HealthState, time.Time) { return u.operator, u.until }

// Check is a free check of an upstream; all but Path and Contains is set.
type Check struct {
	// Kind is one of hw's; CheckOff for one that is not made.
	Kind           string
	Path, Contains string
	// Status 0 means any 2xx; Slow 0 means that time does not matter.
	Status                  int
	Slow, Interval, Timeout time.Duration
}

// Timeouts bound one attempt; all are set but FirstByte, where zero means three
// times the usual.
type Timeouts struct {
	Connect, TLS, FirstByte, Idle time.Duration
}

// Credential is one key of an upstream's pool.
type Credential struct {
	ID, Name string
	Secret   string
	// Account is what access tokens are minted from; nil where the secret is sent
	// as it is.
	Account *keyform.Account
	Weight  int
	Enabled bool
	// ExpiresAt is when it ends; zero means never.
	ExpiresAt time.Time
	// Allowance is nil without a limit of our own.
	Allowance *limit.Allowance
	// scope is the credential's identity for health: a changed document, such
	// as a replaced secret, begins without the past of the old one.
	scope string
}

// Key finds a key by the SHA-256 of its secret.
func (s *Snapshot) Key(hash [32]byte) (*Key, bool) {
	k, ok := s.keys[hash]
	return k, ok
}

// KeyByID finds a key by the id of its document.
func (s *Snapshot) KeyByID(id string) (*Key, bool) {
	for _, k := range s.keys {
		if k.ID == id {
			return k, true
		}
	}
	return nil, false
}

// AppByID finds an app by the id of its document.
func (s *Snapshot) AppByID(id string) (*App, bool) {
	a, ok := s.apps[id]
	return a, ok
}

// Route finds the route that answers a model for a tenant: the exact name,
// else the longest prefix. A route of another tenant does not exist.
func (s *Snapshot) Route(model string, tenant *Tenant) (*Route, bool) {
	if s.off[model] {
		return nil, false // switched off by name: no wildcard answers in its place
	}
	if r, ok := s.exact[model]; ok && r.visibleTo(tenant) {
		return r, true
	}
	for _, r := range s.prefixes {
		if strings.HasPrefix(model, r.prefix) && r.visibleTo(tenant) {
			return r, true
		}
	}
	return nil, false
}

func (r *Route) visibleTo(t *Tenant) bool { return r.Tenant == nil || r.Tenant == t }

// Routes ranges over the exact routes an app may ask for, in no order.
func (s *Snapshot) Routes(app *App) iter.Seq[*Route] {
	return func(yield func(*Route) bool) {
		for _, r := range s.exact {
			if r.visibleTo(app.Tenant) && app.MayAsk(r.Name) && !yield(r) {
				return
			}
		}
	}
}

// Ladders ranges over all routes that are switched on, in no order.
func (s *Snapshot) Ladders() iter.Seq[*Route] {
	return func(yield func(*Route) bool) {
		for _, r := range s.exact {
			if !yield(r) {
				return
			}
		}
		for _, r := range s.prefixes {
			if !yield(r) {
				return
			}
		}
	}
}

// Holder is where the data path finds the snapshot in force. The zero Holder
// holds nothing; Swap before serving.
type Holder struct{ p atomic.Pointer[Snapshot] }

// Load returns the snapshot in force.
func (h *Holder) Load() *Snapshot { return h.p.Load() }

// Swap puts a new snapshot in force; calls under way keep theirs.
func (h *Holder) Swap(s *Snapshot) { h.p.Store(s) }
