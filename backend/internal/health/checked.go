package health

import (
	"strconv"
	"time"

	"headwater/backend/hw"
)

// Free checks: asking an upstream for something that costs nothing. They come
// before a real call is risked, and notice what idle targets do not show.
const (
	checkRise = 2
	checkFall = 3
	// checkGrace is how long a due test waits for a free check that does not
	// come; then a call is the test.
	checkGrace = 10 * time.Second
	// probeAnyway is how long checks may fail before a call is risked all the same.
	probeAnyway = 2 * time.Minute
)

// Checked is what a free check found.
type Checked struct {
	// Outcome is the judgement: Class OK when the endpoint answered as it
	// should. A hint holds in either case.
	Outcome Outcome
	// Accepted is true when the answer shows that the credential is good.
	Accepted bool
	// Took is how long it took: what it shows is how things stood when it began.
	Took time.Duration
}

// TellChecked takes the result of a free check of the targets that share an
// upstream and a credential. A scope that they share hears of it once.
func (r *Registry) TellChecked(targets []*Target, c Checked, now time.Time) {
	told := make(map[*record]bool, len(targets)+2)
	for _, t := range targets {
		e := r.entry(t, now)
		e.checked.Store(now.UnixNano())
		at := e.indexOf(c.Outcome.Scope)
		for i, rec := range e.records {
			if !told[rec] {
				told[rec] = true
				r.tellChecked(rec, c, i == at, now)
			}
		}
	}
}

func (r *Registry) tellChecked(rec *record, c Checked, charged bool, now time.Time) {
	good, rnd := c.Outcome.Class == hw.ClassOK, r.config.Rand()
	rec.change(r, now, func(b *breaker) {
		switch {
		case !good && charged:
			b.checkFailed(&c, now, rnd)
			return
		case !good:
			return
		case charged:
			b.hold(&c.Outcome, now)
		}
		switch {
		case rec.scope == ScopeEndpoint:
			b.checkPassed(now, b.reason == hw.ClassUnreachable)
		case rec.scope == ScopeCredential:
			b.checkPassed(now, b.reason == hw.ClassAuth && c.Accepted)
		default:
			b.checkPassed(now, false)
		}
	})
}

// Engine is what a local engine says of one target's model.
type Engine struct {
	// Capacity is how many calls it works on at once; zero means unknown.
	Capacity int
	// Cold is true when the model is not in memory: the next call loads it.
	Cold bool
	// Loading is true while it loads one.
	Loading bool
	// Backlog is true while requests wait inside the engine, whoever sent them.
	Backlog bool
}

// TellEngine takes what a local engine says. A model that is being loaded is no
// failure: it gets no call while another target can answer.
func (r *Registry) TellEngine(t *Target, says Engine, now time.Time) {
	e := r.entry(t, now)
	e.capacity.Store(int32(min(max(says.Capacity, 0), 1<<20)))
	e.cold.Store(says.Cold || says.Loading)
	e.backlog.Store(says.Backlog)
	e.told.Store(now.UnixNano())
	model := e.records[e.indexOf(ScopeModel)]
	model.change(r, now, func(b *breaker) {
		switch {
		case says.Loading:
			b.block(hw.HealthLoading, now, loadingWait, hw.ClassLoading, "the engine is loading the model")
		case b.mode == hw.HealthLoading && !b.probing && !says.Cold:
			b.recover(now)
		}
	})
}

// checkPassed notes a good check; proof says that it shows the very thing that
// was broken to work again.
func (b *breaker) checkPassed(now time.Time, proof bool) {
	b.falls, b.passed = 0, now
	b.rises++
	if b.blocked() && !b.probing && (proof || b.byCheck) && b.rises >= b.policy.Rise && !now.Before(b.throttle) {
		b.recover(now)
	}
}

// checkFailed notes a bad check.
func (b *breaker) checkFailed(c *Checked, now time.Time, rnd float64) {
	o := &c.Outcome
	b.hold(o, now)
	b.rises = 0
	b.falls++
	switch {
	case b.probing:
	case o.Quarantine && b.mode != hw.HealthQuarantined, o.Quarantine && !now.Before(b.until):
		b.quarantine(o, now)
	case b.blocked():
		if !now.Before(b.until) {
			ours := b.byCheck
			b.trip(o, now, rnd, "the check failed: "+o.Cause)
			b.byCheck = ours
			if o.Hint <= 0 {
				b.until = b.until.Add(-c.Took)
			}
		}
	case b.falls >= b.policy.Fall:
		b.trip(o, now, rnd, strconv.Itoa(b.falls)+" checks failed, the last: "+o.Cause)
		b.byCheck = true
	}
}

// waitsForCheck reports whether a due test should be left to a free check.
func (b *breaker) waitsForCheck(last, due, now time.Time) bool {
	return b.free && !b.passed.After(last) && now.Before(due.Add(checkGrace))
}

// pastChecks reports whether a call is risked although checks fail: they may
// fail for reasons of their own, and calls always have a way back.
func (b *breaker) pastChecks(last time.Time, hinted bool, now time.Time) bool {
	return b.free && b.mode == hw.HealthOpen && !hinted && now.Sub(last) >= probeAnyway
}

// CheckDue reports whether a free check of the target would tell something:
// it is out of use, or nothing was heard of it for a while.
func (r *Registry) CheckDue(t *Target, now time.Time, idle, rest time.Duration) bool {
	e := r.entry(t, now)
	since := func(ns int64) time.Duration { return now.Sub(time.Unix(0, ns)) }
	checked := since(e.checked.Load())
	if checked < rest {
		return e.turn(now, checked)
	}
	return since(e.heardAt.Load()) >= idle || e.outOfUse(now)
}

// outOfUse reports whether a free check could bring the target back: nothing
// may be asked of it before a time that it named itself, nor of a key that was
// turned away before its time, which grows with each refusal.
func (e *entry) outOfUse(now time.Time) bool {
	out := false
	for _, rec := range e.records {
		if rec.calm.Load() != calmNot {
			continue
		}
		rec.mu.Lock()
		out = out || rec.b.blocked() && (rec.b.mode != hw.HealthQuarantined || !now.Before(rec.b.until))
		hinted := now.Before(rec.b.throttle)
		rec.mu.Unlock()
		if hinted {
			return false
		}
	}
	return out
}

// turn reports whether the wait of a scope has ended since the last check: its
// return is not held up until the next regular one.
func (e *entry) turn(now time.Time, checked time.Duration) bool {
	if checked < probePace || !e.outOfUse(now) {
		return false
	}
	last := now.Add(-checked)
	for _, rec := range e.records {
		rec.mu.Lock()
		due := rec.b.blocked() && !now.Before(rec.b.until) && last.Before(rec.b.until)
		rec.mu.Unlock()
		if due {
			return true
		}
	}
	return false
}
