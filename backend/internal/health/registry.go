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
	// Freed offers the place of an attempt that ended to who waits for one at
	// this target, by its id; true means that it is taken over, for Take. Nil
	// means nobody waits.
	Freed func(id string) bool
	// Like is a registry whose knowledge of usual times and of local engines is
	// taken over when a target is first used. Nil means that nothing is known.
	Like *Registry
	// NoChecks says that nobody makes free checks, whatever targets say.
	NoChecks bool
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

	// changed is closed and replaced at each transition.
	changed atomic.Pointer[chan struct{}]

	// apps are those that were served, and those that are suspect themselves.
	apps apps

	mu      sync.Mutex
	records map[recordKey]*record
}

type recordKey struct {
	scope Scope
	id    string
}

// entry ties a target to the records of its scopes.
type entry struct {
	id                          string
	endpoint, credential, model string // the ids it was made for
	// records are, from wide to narrow, endpoint, credential (absent when the
	// target needs none), model and target.
	records  []*record
	inFlight atomic.Int32

	// given is the policy as the target gave it, policy with all its defaults.
	given  atomic.Pointer[Policy]
	policy atomic.Pointer[Policy]
	free   atomic.Bool
	// silence is kept for each flow: they take different times.
	silence [flows]silence
	// heardAt is when content last came of it, or when it was first known; checked
	// is when a free check last ended. Both in Unix nanoseconds.
	heardAt, checked atomic.Int64
	// capacity, cold and backlog are what a local engine said; zero and false
	// where none did.
	capacity      atomic.Int32
	cold, backlog atomic.Bool
	// told is when a local engine last said how it stands, in Unix nanoseconds;
	// zero when it is none.
	told atomic.Int64
	// latest is its last attempt that failed, whatever scope that was charged to;
	// nil when none did.
	latest atomic.Pointer[lapse]
}

// bound is how many attempts may be under way at once.
func (e *entry) bound(t *Target) int32 {
	if c := e.capacity.Load(); c > 0 && t.MaxInFlight <= 0 {
		return c
	}
	return t.bound()
}

// own is the record of the target itself.
func (e *entry) own() *record { return e.records[len(e.records)-1] }

// indexOf is the record that a scope stands for; a target without a credential
// takes its credential's faults itself.
func (e *entry) indexOf(scope Scope) int {
	for i, rec := range e.records {
		if rec.scope == scope {
			return i
		}
	}
	return len(e.records) - 1
}

// NewRegistry makes an empty Registry.
func NewRegistry(c Config) *Registry {
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	r := &Registry{config: c, records: make(map[recordKey]*record)}
	r.targets.Store(&map[string]*entry{})
	first := make(chan struct{})
	r.changed.Store(&first)
	return r
}

// Changes returns a channel that is closed at the next transition of anything.
func (r *Registry) Changes() <-chan struct{} { return *r.changed.Load() }

// entry finds a target's entry, making it on first use.
func (r *Registry) entry(t *Target, now time.Time) *entry {
	if e := (*r.targets.Load())[t.ID]; e.fits(t) {
		if e.given.Load() != t.Policy || e.free.Load() != (t.FreeCheck && !r.config.NoChecks) {
			e.adopt(t, !r.config.NoChecks)
		}
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
	e := &entry{id: t.ID, endpoint: t.Endpoint, credential: t.Credential, model: t.Model}
	e.records = append(e.records, r.recordLocked(ScopeEndpoint, t.Endpoint, now))
	if t.Credential != "" {
		e.records = append(e.records, r.recordLocked(ScopeCredential, t.Credential, now))
	}
	e.records = append(e.records, r.recordLocked(ScopeModel, t.Model, now), r.recordLocked(ScopeTarget, t.ID, now))
	e.heardAt.Store(now.UnixNano())
	e.adopt(t, !r.config.NoChecks)
	if r.config.Like != nil {
		e.learn((*r.config.Like.targets.Load())[t.ID], t)
	}
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

// adopt takes over the numbers of a new configuration.
func (e *entry) adopt(t *Target, checks bool) {
	whole := t.Policy.whole()
	e.given.Store(t.Policy)
	e.policy.Store(&whole)
	e.free.Store(t.FreeCheck && checks)
	for _, rec := range e.records {
		rec.adopt(&whole, t.FreeCheck && checks)
	}
}

// learn takes over what another registry knows of a target, beside its state.
func (e *entry) learn(from *entry, t *Target) {
	if !from.fits(t) {
		return
	}
	for i := range e.silence {
		e.silence[i].took.copy(&from.silence[i].took)
	}
	e.capacity.Store(from.capacity.Load())
	e.cold.Store(from.cold.Load())
}

// backlogKnown is how long an engine's word on its backlog holds.
const backlogKnown = 3 * time.Second

// backlogged reports whether a call would wait inside a local engine.
func (e *entry) backlogged(now time.Time) bool {
	return e.backlog.Load() && now.UnixNano()-e.told.Load() < int64(backlogKnown)
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
	if v, out := t.out(now); out {
		v.InFlight = int(e.inFlight.Load())
		return v
	}
	v := View{State: hw.HealthHealthy, Usable: true, Share: 1, Words: "healthy"}
	v.InFlight = int(e.inFlight.Load())
	v.Suspect = e.silent(now)
	v.Full = v.InFlight >= int(e.bound(t)) || e.backlogged(now)
	v.Cold = e.cold.Load()
	own := hw.HealthHealthy
	for _, rec := range e.records {
		switch rec.calm.Load() {
		case calmHealthy:
			own = hw.HealthHealthy
		case calmUnknown:
			own = hw.HealthUnknown
		default:
			own = rec.overlay(&v, now)
		}
	}
	// What never answered well itself, the last of the scopes, is unknown, however
	// well the wider ones do.
	if own == hw.HealthUnknown && v.Usable && v.State == hw.HealthHealthy {
		v.unknown(e.latest.Load())
	}
	if !v.Usable {
		v.Share = 0
	}
	return v
}

// unknown shows that a target never answered well; latest is how it failed, nil
// when it was not asked either.
func (v *View) unknown(latest *lapse) {
	if latest == nil {
		latest = &lapse{}
	}
	v.State, v.Reason, v.Words = hw.HealthUnknown, latest.class, unknownWords(*latest)
}

// WellSince is since when a target that is well has been; zero for one that was
// never used. View leaves it out, which calls do not need.
func (r *Registry) WellSince(t *Target, now time.Time) time.Time {
	var latest time.Time
	for _, rec := range r.entry(t, now).records {
		rec.mu.Lock()
		if rec.b.since.After(latest) {
			latest = rec.b.since
		}
		rec.mu.Unlock()
	}
	return latest
}

// Load is the cost of one more attempt at a target: what its first content
// takes, the slow answers of late foremost, for everyone under way and one
// more. Zero means that nothing is known.
func (r *Registry) Load(t *Target, flow Flow, now time.Time) float64 {
	e := r.entry(t, now)
	return e.silence[flow].took.load().Seconds() * float64(e.inFlight.Load()+1)
}

// Begin reserves an attempt at a target: a place among those under way and,
// when probe is set and the target is not usable, the one test of each scope
// that stands in the way. False means that it is no longer possible. A ticket
// must be ended.
func (r *Registry) Begin(t *Target, now time.Time, probe bool, flow Flow) (*Ticket, bool) {
	e := r.entry(t, now)
	if _, out := t.out(now); out || !e.enter(e.bound(t)) {
		return nil, false
	}
	if !t.use(now) {
		r.free(e)
		return nil, false
	}
	return r.begin(e, now, probe, flow)
}

// Take is Begin with a place that was taken over through Config.Freed; when it
// fails, the place has been given on.
func (r *Registry) Take(t *Target, now time.Time, probe bool, flow Flow) (*Ticket, bool) {
	e := r.entry(t, now)
	if _, out := t.out(now); out || !t.use(now) {
		r.free(e)
		return nil, false
	}
	return r.begin(e, now, probe, flow)
}

// GiveBack returns a place that was taken over and is not needed.
func (r *Registry) GiveBack(t *Target, now time.Time) { r.free(r.entry(t, now)) }

// free offers a place to who waits for it, or gives it back.
func (r *Registry) free(e *entry) {
	if r.config.Freed == nil || !r.config.Freed(e.id) {
		e.inFlight.Add(-1)
	}
}

// begin reserves the scopes of an attempt that has its place.
func (r *Registry) begin(e *entry, now time.Time, probe bool, flow Flow) (*Ticket, bool) {
	k := &Ticket{registry: r, entry: e, flow: flow, began: now}
	for i, rec := range e.records {
		if rec.calm.Load() != calmNot {
			continue
		}
		ok, slot := rec.reserve(r, now, probe)
		if !ok {
			k.releaseSlots(now)
			r.free(e)
			return nil, false
		}
		if slot {
			k.slots |= 1 << i
		}
	}
	e.silence[flow].begin(now)
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
	if !changed {
		return
	}
	next := make(chan struct{})
	close(*r.changed.Swap(&next))
	if r.config.Events != nil {
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
	flow     Flow
	began    time.Time
	content  bool // the first content has arrived
	row      int  // the failures in a row that its first content ended
	doubt    Outcome
}

// FirstByte says that content has arrived. A test has passed with that: a
// stream may go on for minutes, and others need not wait for its end.
func (k *Ticket) FirstByte(now time.Time) {
	if k.content || k.ended {
		return
	}
	k.content = true
	k.entry.heardAt.Store(now.UnixNano())
	k.proven(now)
	s := &k.entry.silence[k.flow]
	s.end()
	s.took.add(now.Sub(k.began), now)
	k.entry.heard(now)
	if own := k.entry.own(); own.calm.Load() == calmNot {
		own.change(k.registry, now, (*breaker).hear)
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
	k.leave()
	r, records := k.registry, k.entry.records
	if o.Class == hw.ClassOK {
		if !k.content {
			k.entry.heardAt.Store(now.UnixNano())
			k.proven(now)
		}
		r.apps.serve(o.App, now)
		k.entry.records[k.charged(ScopeModel)].served.serve(o.App, now)
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
	k.entry.latest.Store(&lapse{o.Class, o.Cause})
	k.charge(&o, now)
}

// proven says that the target answers at this moment. The end of an answer says
// no such thing: it may have begun long before a row of failures.
func (k *Ticket) proven(now time.Time) {
	for _, rec := range k.entry.records {
		if rec.inRow.Load() {
			rec.change(k.registry, now, func(b *breaker) {
				k.row = max(k.row, b.consecutive)
				b.proven()
			})
		}
	}
}

// leave gives the attempt's place back.
func (k *Ticket) leave() {
	k.ended = true
	k.registry.free(k.entry)
	if !k.content {
		k.entry.silence[k.flow].end()
	}
}

// charge gives a fault to its scope and says what it means to the others.
func (k *Ticket) charge(o *Outcome, now time.Time) {
	r, records := k.registry, k.entry.records
	at := k.charged(o.Scope)
	for i, rec := range records {
		slot := k.slots&(1<<i) != 0
		switch {
		case i == at:
			rec.fail(r, o, now, slot, k.row)
		case slot && proves(o.Class, rec.scope, rec.blockedBy()):
			rec.succeed(r, now, true)
		case i == 0 && o.Scope == ScopeModel && o.Counted:
			rec.failBelow(r, o, k.entry.model, now, slot)
		case slot:
			rec.release(r, now)
		}
	}
}

// charged is the index of the record a scope stands for.
func (k *Ticket) charged(scope Scope) int { return k.entry.indexOf(scope) }

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
