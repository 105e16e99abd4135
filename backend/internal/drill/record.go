package drill

import (
	"fmt"
	"slices"
	"time"

	"headwater/backend/hw"
)

// The bounds of what is remembered of a drill.
const (
	maxEvents = 200 // transitions of health
	maxSaw    = 64  // pairs of status and code; there are not that many codes
	maxRoutes = 200 // routes that the fault hit
	maxOthers = 20  // upstreams that one route turned to
	maxTiers  = 128
)

// The least that must be seen before a drill is ended to protect others.
const (
	enoughCalls    = 20
	enoughFailures = 2
)

// rounded is what the times of a log row may be off.
const rounded = time.Millisecond

// ending is how a call ended, in the eyes of its caller.
type ending int

// The endings. One that is the caller's own doing says nothing.
const (
	own ending = iota
	served
	failed
	interrupted
)

func (e ending) bad() bool { return e == failed || e == interrupted }

func endingOf(c *hw.Call) ending {
	switch {
	case c.Interrupted:
		return interrupted
	case c.Code != "" && c.Code.Info().Blame == hw.BlameCaller:
		return own
	case c.Code != "", c.Status >= 500:
		return failed
	case c.Status >= 400, c.Status == 0:
		return own
	}
	return served
}

// first is the time to a call's first content; a call that had none is
// measured whole.
func first(c *hw.Call) float64 {
	if c.FirstByteMs > 0 {
		return c.FirstByteMs
	}
	return c.TotalMs
}

// Record takes a call that has ended. It holds a bounded amount of memory and
// waits for nothing.
func (r *Runner) Record(c *hw.Call) {
	if c.Endpoint == hw.EndpointTest {
		return // nobody's call
	}
	asked := Asked{Tenant: c.Tenant, App: c.App, Route: c.Route, CallHash: Hash(c.ID)}
	if r.config.DrillKey != nil && r.active.Load() != nil {
		asked.DrillKey = r.config.DrillKey(c.KeyID) // before the lock: it is not ours
	}
	if r.count(c, &asked, time.Now()) {
		r.nudge()
	}
}

// count counts a call where it belongs; it reports whether that changed the
// state of a drill.
func (r *Runner) count(c *hw.Call, asked *Asked, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	o, how := r.last, endingOf(c)
	if o == nil || !o.live {
		r.window.add(at, how, first(c))
		return false
	}
	if o.drill.State == hw.DrillRunning {
		return r.during(o, c, asked, how, at)
	}
	if o.hit(c) { // it ended late: the report is written anew
		o.tally.add(c, how, o.a)
		o.dirty = true
		return false
	}
	r.window.add(at, how, first(c))
	return o.recovered(c, how)
}

// during counts a call that ended while the drill runs.
func (r *Runner) during(o *one, c *hw.Call, asked *Asked, how ending, at time.Time) bool {
	drilled := o.hit(c) || o.regards(c, asked)
	if drilled {
		o.tally.add(c, how, o.a)
	} else {
		o.tally.bystander(how, first(c))
	}
	if drilled && !o.a.machine { // a fault of the machine has bystanders only
		return false
	}
	r.window.add(at, how, first(c))
	return r.protect(o, how, at)
}

// hit reports whether the fault hit an attempt of a call, in this drill.
func (o *one) hit(c *hw.Call) bool {
	until := o.a.ends
	if !o.drill.EndedAt.IsZero() {
		until = o.drill.EndedAt
	}
	return slices.ContainsFunc(c.Attempts, func(t hw.Attempt) bool {
		if t.Drill != string(o.a.fault) {
			return false
		}
		at := c.StartedAt.Add(milliseconds(t.StartMs))
		return at.Sub(o.a.began) >= -rounded && at.Sub(until) <= rounded
	})
}

// regards reports whether a call that the fault did not hit took part all the
// same: it was in scope, on a route that the fault hits.
func (o *one) regards(c *hw.Call, asked *Asked) bool {
	if c.StartedAt.Before(o.a.began) || !o.a.scope.holds(asked) {
		return false
	}
	return o.a.machine || o.tally.routes[c.Route] != nil
}

// protect ends a drill that harms calls outside of it: their share of failures
// has doubled against the five minutes before, in all or in the last minute.
func (r *Runner) protect(o *one, how ending, at time.Time) bool {
	o.since.add(how.bad())
	if !how.bad() {
		return false
	}
	// One failure is always allowed for, and a few calls are no measure.
	usual := float64(max(o.before.failed, 1)) / float64(max(o.before.calls, enoughCalls))
	for _, seen := range [...]count{o.since, r.window.recent(at)} {
		if seen.calls < enoughCalls || seen.failed < enoughFailures || seen.share() < 2*usual {
			continue
		}
		r.end(o, hw.DrillAutoAborted, fmt.Sprintf(
			"Calls outside the drill failed: %d of %d, against %d of %d in the five minutes before.",
			seen.failed, seen.calls, o.before.failed, o.before.calls), at)
		return true
	}
	return false
}

// recovered notes the first call that a drilled upstream served again.
func (o *one) recovered(c *hw.Call, how ending) bool {
	n := len(c.Attempts)
	if o.watch.IsZero() || o.tally.recoverMs > 0 || how != served || n == 0 || !o.a.drills(c.Upstream) {
		return false
	}
	last := &c.Attempts[n-1]
	began := c.StartedAt.Add(milliseconds(last.StartMs)).Sub(o.drill.EndedAt)
	if began < 0 || last.Kind != "" || last.Drill != "" {
		return false
	}
	after := milliseconds(last.FirstByteMs)
	if after == 0 {
		after = milliseconds(last.TotalMs)
	}
	o.tally.recoverMs = max((began + after).Milliseconds(), 1)
	o.dirty = true
	return true
}

// Health takes a transition of health.
func (r *Runner) Health(e hw.HealthChanged, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.last
	if o == nil || !o.live || o.drill.State != hw.DrillRunning && o.watch.IsZero() || !slices.ContainsFunc(e.Upstreams, o.a.drills) {
		return
	}
	t := &o.tally
	since := at.Sub(o.a.began)
	if len(t.events) < maxEvents {
		t.events = append(t.events, fmt.Sprintf("%+.1f s: %s %s: %s", since.Seconds(), e.Kind, e.Name, e.Words))
	} else {
		t.moreEvents++
	}
	o.dirty = o.dirty || o.drill.State != hw.DrillRunning
	if t.detectMs > 0 || o.drill.State != hw.DrillRunning || since < 0 {
		return
	}
	switch e.To {
	case hw.HealthOpen, hw.HealthQuarantined, hw.HealthThrottled, hw.HealthSuspect:
		t.detectMs = max(since.Milliseconds(), 1)
	default: // says nothing of a fault
	}
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
