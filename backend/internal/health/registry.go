package health

import (
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
)

// Config is what a Registry is made of.
type Config struct {
	// Events is told each transition, without any lock held. Nil means nobody
	// listens. Transitions that only time brings (a ramp that is over) are
	// told when the scope is next used.
	Events func(hw.HealthChanged)
	// Rand gives numbers in [0,1) for the jitter; safe for concurrent use.
	// Nil means math/rand/v2.
	Rand func() float64
}

// Registry holds the health of all targets. It outlives configurations: a
// target is known by its ids. Safe for concurrent use.
//
// Locks: each record has its own, and no code holds two at a time. mu guards
// only the growth of the tables and is taken before a record's lock.
type Registry struct {
	config Config

	// targets is replaced, never changed, so that calls read it without a lock.
	targets atomic.Pointer[map[string]*entry]

	mu      sync.Mutex
	records map[recordKey]*record
}

type recordKey struct {
	scope Scope
	id    string
}

// entry ties a target to the records of its scopes.
type entry struct {
	endpoint, credential, model string // the ids it was made for
	// records are, from wide to narrow, endpoint, credential (absent when the
	// target needs none), model and target.
	records  []*record
	inFlight atomic.Int32
}

// NewRegistry makes an empty Registry.
func NewRegistry(c Config) *Registry {
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	r := &Registry{config: c, records: make(map[recordKey]*record)}
	r.targets.Store(&map[string]*entry{})
	return r
}

// entry finds a target's entry, making it on first use.
func (r *Registry) entry(t *Target, now time.Time) *entry {
	if e := (*r.targets.Load())[t.ID]; e.fits(t) {
		return e
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := *r.targets.Load()
	if e := old[t.ID]; e.fits(t) {
		return e
	}
	if old[t.ID] != nil { // the id now stands for something else: what was known of it is void
		delete(r.records, recordKey{ScopeTarget, t.ID})
	}
	e := &entry{endpoint: t.Endpoint, credential: t.Credential, model: t.Model}
	e.records = append(e.records, r.recordLocked(ScopeEndpoint, t.Endpoint, now))
	if t.Credential != "" {
		e.records = append(e.records, r.recordLocked(ScopeCredential, t.Credential, now))
	}
	e.records = append(e.records, r.recordLocked(ScopeModel, t.Model, now), r.recordLocked(ScopeTarget, t.ID, now))
	targets := make(map[string]*entry, len(old)+1)
	maps.Copy(targets, old)
	targets[t.ID] = e
	r.targets.Store(&targets)
	return e
}

// recordLocked needs r.mu.
func (r *Registry) recordLocked(scope Scope, id string, now time.Time) *record {
	key := recordKey{scope, id}
	known := r.records[key]
	if known == nil {
		known = newRecord(scope, id, now)
		r.records[key] = known
	}
	return known
}

func (e *entry) fits(t *Target) bool {
	return e != nil && e.endpoint == t.Endpoint && e.model == t.Model && e.credential == t.Credential
}

// enter takes a place among the attempts under way.
func (e *entry) enter(bound int32) bool {
	for {
		n := e.inFlight.Load()
		if n >= bound {
			return false
		}
		if e.inFlight.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// View tells the state of a target. It reserves nothing: Begin may refuse
// what View allowed a moment ago.
func (r *Registry) View(t *Target, now time.Time) View {
	e := r.entry(t, now)
	v := View{State: hw.HealthHealthy, Usable: true, Share: 1, Words: "healthy"}
	v.InFlight = int(e.inFlight.Load())
	v.Full = v.InFlight >= int(t.bound())
	for i, rec := range e.records {
		switch rec.calm.Load() {
		case calmHealthy:
		case calmUnknown:
			// What was never used itself is unknown, however well the wider
			// scopes do.
			if i == len(e.records)-1 && v.Usable && v.State == hw.HealthHealthy {
				v.State, v.Words = hw.HealthUnknown, "not used yet"
			}
		default:
			rec.overlay(&v, now)
		}
	}
	if !v.Usable {
		v.Share = 0
	}
	return v
}

// Begin reserves an attempt at a target: a place among those under way and,
// when probe is set and the target is not usable, the one test of each scope
// that stands in the way. False means that it is no longer possible. A ticket
// must be ended.
func (r *Registry) Begin(t *Target, now time.Time, probe bool) (*Ticket, bool) {
	e := r.entry(t, now)
	if !e.enter(t.bound()) {
		return nil, false
	}
	k := &Ticket{registry: r, entry: e}
	for i, rec := range e.records {
		if rec.calm.Load() != calmNot {
			continue
		}
		ok, slot := rec.reserve(r, now, probe)
		if !ok {
			k.releaseSlots(now)
			e.inFlight.Add(-1)
			return nil, false
		}
		if slot {
			k.slots |= 1 << i
		}
	}
	return k, true
}

// Snapshot gives the views of several targets at one moment, in their order.
func (r *Registry) Snapshot(targets []*Target, now time.Time) []View {
	views := make([]View, len(targets))
	for i, t := range targets {
		views[i] = r.View(t, now)
	}
	return views
}

// Forget drops the targets that keep does not want, by target id, and the
// scopes that no remaining target has. Attempts under way end as usual.
func (r *Registry) Forget(keep func(id string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := make(map[string]*entry)
	used := make(map[*record]bool)
	for id, e := range *r.targets.Load() {
		if !keep(id) {
			continue
		}
		kept[id] = e
		for _, rec := range e.records {
			used[rec] = true
		}
	}
	r.targets.Store(&kept)
	for key, rec := range r.records {
		if !used[rec] {
			delete(r.records, key)
		}
	}
}

// tell reports a transition; call it without locks.
func (r *Registry) tell(change hw.HealthChanged, changed bool) {
	if changed && r.config.Events != nil {
		r.config.Events(change)
	}
}

// Ticket is one attempt under way. FirstByte and End belong to the attempt's
// own goroutine.
type Ticket struct {
	registry *Registry
	entry    *entry
	slots    uint8 // bit i: this attempt is the test of the entry's record i
	ended    bool
}

// FirstByte says that content has arrived. A test has passed with that: a
// stream may go on for minutes, and others need not wait for its end.
func (k *Ticket) FirstByte(now time.Time) {
	if k.slots == 0 || k.ended {
		return
	}
	for i, rec := range k.entry.records {
		if k.slots&(1<<i) != 0 {
			rec.succeed(k.registry, now, true)
		}
	}
	k.slots = 0
}

// End gives the outcome and releases what Begin reserved. Only the first call
// counts.
func (k *Ticket) End(o Outcome, now time.Time) {
	if k.ended {
		return
	}
	k.ended = true
	k.entry.inFlight.Add(-1)
	r, records := k.registry, k.entry.records
	if o.Class == hw.ClassOK {
		for i, rec := range records {
			rec.succeed(r, now, k.slots&(1<<i) != 0)
		}
		if o.Hint > 0 {
			records[k.charged(o.Scope)].hold(r, &o, now)
		}
		return
	}
	if o.Scope == ScopeNone || k.chosenByCaller(&o) {
		k.releaseSlots(now)
		return
	}
	k.charge(&o, now)
}

// charge gives a fault to its scope and says what it means to the others.
func (k *Ticket) charge(o *Outcome, now time.Time) {
	r, records := k.registry, k.entry.records
	at := k.charged(o.Scope)
	for i, rec := range records {
		slot := k.slots&(1<<i) != 0
		switch {
		case i == at:
			rec.fail(r, o, now, slot)
		case slot && proves(o.Class, rec.scope, rec.blockedBy()):
			rec.succeed(r, now, true)
		case i == 0 && o.Scope == ScopeModel && o.Counted:
			rec.failBelow(r, o, k.entry.model, now, slot)
		case slot:
			rec.release(r, now)
		}
	}
}

// charged is the index of the record a scope stands for; a target without a
// credential takes its credential's faults itself.
func (k *Ticket) charged(scope Scope) int {
	for i, rec := range k.entry.records {
		if rec.scope == scope {
			return i
		}
	}
	return len(k.entry.records) - 1
}

// chosenByCaller reports an unknown model at a target whose model is the one
// the caller asked for: it says nothing about the target.
func (k *Ticket) chosenByCaller(o *Outcome) bool {
	return o.Class == hw.ClassNoModel && strings.HasSuffix(k.entry.model, "|")
}

func (k *Ticket) releaseSlots(now time.Time) {
	for i, rec := range k.entry.records {
		if k.slots&(1<<i) != 0 {
			rec.release(k.registry, now)
		}
	}
	k.slots = 0
}

// proves reports whether a fault of a narrower scope shows that a wider one,
// which was blocked for reason, works again: an endpoint that answers is
// reachable, a key whose limit is counted is accepted.
func proves(class hw.Class, scope Scope, reason hw.Class) bool {
	switch scope {
	case ScopeEndpoint:
		return reason == hw.ClassUnreachable && class != hw.ClassUnreachable && class != hw.ClassSlow
	case ScopeCredential:
		return class == hw.ClassRate || class == hw.ClassNoModel
	case ScopeModel, ScopeTarget, ScopeNone:
	}
	return false
}
