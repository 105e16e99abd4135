package health

import (
	"sync"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
)

// What a record says of itself without its lock.
const (
	calmNot     uint32 = iota // look under the lock
	calmHealthy               // usable, whatever the time is
	calmUnknown               // usable, never used
)

// record is a breaker shared by calls. Its methods tell the registry's
// listener about transitions after they have released the lock.
type record struct {
	scope Scope
	id    string
	// calm is one of the constants above; written under mu, read by anyone.
	calm atomic.Uint32
	// inRow is true when the last outcomes were failures; as calm.
	inRow atomic.Bool
	// served are the apps that it served of late.
	served apps

	mu    sync.Mutex
	b     breaker
	shown hw.HealthState // the state last told
	// failing are the models under an endpoint that failed last, and when.
	failing [2]modelFault
}

type modelFault struct {
	model string
	at    time.Time
}

func newRecord(scope Scope, id string, now time.Time) *record {
	rec := &record{scope: scope, id: id, b: newBreaker(now), shown: hw.HealthUnknown}
	rec.calm.Store(calmUnknown)
	return rec
}

// change runs one step of the breaker and tells the transition it made.
func (rec *record) change(r *Registry, now time.Time, step func(b *breaker)) {
	rec.mu.Lock()
	rec.b.settle(now)
	step(&rec.b)
	rec.inRow.Store(rec.b.consecutive > 0 || rec.b.doubts.n > 0)
	event, changed := rec.notedLocked(now)
	rec.mu.Unlock()
	r.tell(event, changed)
}

// notedLocked compares what the breaker shows with what was told; needs rec.mu.
func (rec *record) notedLocked(now time.Time) (event hw.HealthChanged, changed bool) {
	calm := rec.calmNow()
	if rec.calm.Load() != calm {
		rec.calm.Store(calm)
	} else if calm != calmNot {
		return event, false
	}
	l := rec.b.look(now)
	if l.state == rec.shown {
		return event, false
	}
	event = hw.HealthChanged{
		Scope: rec.id, Kind: string(rec.scope), From: rec.shown, To: l.state,
		Reason: l.reason, NotBefore: l.notBefore, Words: rec.b.words(l, now),
	}
	rec.shown = l.state
	return event, true
}

// calmNow is what the record says of itself without its lock; needs rec.mu.
func (rec *record) calmNow() uint32 {
	switch {
	case !rec.b.calm():
		return calmNot
	case rec.b.mode == hw.HealthUnknown:
		return calmUnknown
	}
	return calmHealthy
}

// adopt takes over a target's numbers.
func (rec *record) adopt(p *Policy, free bool) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.b.policy, rec.b.free = *p, free
}

func (rec *record) reserve(r *Registry, now time.Time, probe bool) (ok, slot bool) {
	rec.change(r, now, func(b *breaker) { ok, slot = b.reserve(now, probe) })
	return ok, slot
}

func (rec *record) release(r *Registry, now time.Time) {
	rec.change(r, now, (*breaker).release)
}

func (rec *record) succeed(r *Registry, now time.Time, slot bool) {
	rec.change(r, now, func(b *breaker) { b.succeed(now, slot) })
}

// fail takes a failure; row are those that the same attempt's first content had
// ended: a stream that breaks off ends no row.
func (rec *record) fail(r *Registry, o *Outcome, now time.Time, slot bool, row int) {
	rnd := r.config.Rand()
	rec.change(r, now, func(b *breaker) {
		b.consecutive = max(b.consecutive, row)
		b.fail(o, now, slot, rnd)
	})
}

// hold honours a pause that a success asked for.
func (rec *record) hold(r *Registry, o *Outcome, now time.Time) {
	rec.change(r, now, func(b *breaker) { b.hold(o, now) })
}

// failBelow takes a fault of one model under this endpoint. It is the
// endpoint's own when another model failed within the same window, and when
// the call was the endpoint's test; the hint stays with the model it was
// given for.
func (rec *record) failBelow(r *Registry, o *Outcome, model string, now time.Time, slot bool) {
	rnd := r.config.Rand()
	rec.change(r, now, func(b *breaker) {
		if rec.promotedLocked(model, now) || slot {
			own := *o
			own.Hint = 0
			b.fail(&own, now, slot, rnd)
		}
	})
}

// promotedLocked notes that a model failed and reports whether another one did
// within the window; needs rec.mu.
func (rec *record) promotedLocked(model string, now time.Time) bool {
	first, second := &rec.failing[0], &rec.failing[1]
	if first.model != model {
		*second = *first
		first.model = model
	}
	first.at = now
	return second.model != "" && now.Sub(second.at) < windowTime
}

// blockedBy is the class that blocked this record; empty when it is not blocked.
func (rec *record) blockedBy() hw.Class {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if !rec.b.blocked() {
		return ""
	}
	return rec.b.reason
}

// overlay puts what this record shows over a view: the worst of a target's
// scopes is what the target shows. It gives the record's own state.
func (rec *record) overlay(v *View, now time.Time) hw.HealthState {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	l := rec.b.look(now)
	v.Hinted = v.Hinted || l.hinted
	if l.usable {
		rec.overlayUsable(v, &l, now)
		return l.state
	}
	if v.Usable {
		v.Usable, v.Probe, v.Trickle = false, true, true
	}
	v.Probe = v.Probe && l.due
	v.Trickle = v.Trickle && l.trickle
	if !l.notBefore.Before(v.NotBefore) {
		v.NotBefore = l.notBefore
		v.State, v.Since, v.Reason, v.Words = l.state, l.since, l.reason, rec.b.words(l, now)
	}
	return l.state
}

// overlayUsable is overlay for a record that is in use: the weakest of a
// target's scopes is what the target shows.
func (rec *record) overlayUsable(v *View, l *look, now time.Time) {
	suspect := v.State == hw.HealthSuspect
	worse := l.state == hw.HealthSuspect || !suspect && (l.state == hw.HealthDegraded || l.share < v.Share)
	v.Suspect = v.Suspect || l.state == hw.HealthSuspect
	v.Degraded = v.Degraded || l.state == hw.HealthDegraded
	v.Share = min(v.Share, l.share)
	if v.Usable && worse {
		v.State, v.Since, v.Reason, v.Words = l.state, l.since, l.reason, rec.b.words(*l, now)
	}
}
