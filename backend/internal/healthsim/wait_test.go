package healthsim

import (
	"slices"
	"time"

	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
)

// The settings of snapshot's defaults and of gateway/wait.go.
const (
	queueCalls  = 1000
	queueTime   = 10 * time.Second
	budgetLeast = 3
)

// waiter is a call in the waiting room. All calls here are of one tenant and
// one class, so that whoever came first goes first.
type waiter struct {
	c    *call
	keys []string
}

// queue waits for a place when every target that is well is full.
func (c *call) queue() {
	w := c.w
	if len(c.walk.full) == 0 {
		c.again(0)
		return
	}
	if len(w.room) >= queueCalls {
		c.late()
		return
	}
	me := &waiter{c: c}
	for i := range c.walk.full {
		me.keys = append(me.keys, c.walk.full[i].Target.ID)
	}
	w.room = append(w.room, me)
	until := w.now.Add(queueTime)
	if reserve := c.deadline.Add(-maxReserve); reserve.Before(until) {
		until = reserve
	}
	w.when(until, func() {
		if i := slices.Index(w.room, me); i >= 0 {
			w.room = slices.Delete(w.room, i, i+1)
			c.late()
		}
	})
}

// late is a call that waited in vain.
func (c *call) late() {
	if c.tried == 0 {
		c.end()
		return
	}
	c.again(0)
}

// freed offers a place to who waits for it; the registry calls it.
func (w *world) freed(key string) bool {
	i := slices.IndexFunc(w.room, func(o *waiter) bool { return slices.Contains(o.keys, key) })
	if i < 0 {
		return false
	}
	me := w.room[i]
	w.room = slices.Delete(w.room, i, i+1)
	w.after(0, func() { me.c.admitted(key) })
	return true
}

func (w *world) wanted(key string) bool {
	return slices.ContainsFunc(w.room, func(o *waiter) bool { return slices.Contains(o.keys, key) })
}

// admitted goes on with a place that the waiting room gave.
func (c *call) admitted(key string) {
	i := slices.IndexFunc(c.walk.full, func(o route.Candidate) bool { return o.Target.ID == key })
	c.granted = key
	if !c.try(c.walk.full[i], ahead{}, c.w.health.Take, func(health.Outcome) { c.again(0) }) {
		c.again(0)
	}
}

// again asks a target once more that failed before anything was sent.
func (c *call) again(n int) {
	w, retry := c.w, &c.w.route.Retry
	if n >= retry.TriesPerTier || len(c.walk.same) == 0 {
		c.end()
		return
	}
	candidate := c.walk.same[n%len(c.walk.same)]
	if candidate.Probe || !w.health.View(&candidate.Target.Target, w.now).Usable {
		c.end()
		return
	}
	pause := time.Duration(w.rng.Float64() * float64(min(retry.AgainFirst<<n, retry.AgainMost)))
	if !w.now.Add(pause).Before(c.deadline) || !c.takeBudget() {
		c.end()
		return
	}
	next := func() {
		c.giveBudget()
		c.again(n + 1)
	}
	w.after(pause, func() {
		candidate.View = w.health.View(&candidate.Target.Target, w.now)
		if !candidate.View.Usable || !c.try(candidate, ahead{}, w.health.Begin, func(health.Outcome) { next() }) {
			next()
		}
	})
}

// takeBudget bounds what is asked twice: to a share of the calls under way.
func (c *call) takeBudget() bool {
	w := c.w
	if w.spent+1 > max(int(w.route.Retry.Budget*float64(w.active)), budgetLeast) {
		return false
	}
	w.spent++
	c.budget = true
	return true
}

func (c *call) giveBudget() {
	if c.budget {
		c.w.spent--
	}
	c.budget = false
}
