package gateway

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/room"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// maxQueueBytes bounds the request bodies of all calls that wait for a place.
const maxQueueBytes = 64 << 20

// queue waits for a place when every target that is well is full.
func (g *Gateway) queue(c *Call, w *walk) error {
	if len(w.full) == 0 {
		return nil
	}
	until := time.Now().Add(c.snap.Settings.Queue)
	if reserve := c.deadline.Add(-min(time.Until(c.deadline)/2, maxReserve)); reserve.Before(until) {
		until = reserve
	}
	for {
		key, err := g.stand(c, w, until)
		switch {
		case c.gone():
			c.giveBack(w.full, key)
			return errGone()
		case errors.Is(err, room.ErrFull), errors.Is(err, room.ErrLate):
			c.shed = true // the tiers that follow may still answer
			return nil
		case err != nil:
			return errGone()
		}
		again, err := g.placed(c, w, key)
		if err != nil || c.served() || !again {
			return err
		}
	}
}

// stand waits in the room.
func (g *Gateway) stand(c *Call, w *walk, until time.Time) (key string, err error) {
	settings, app := &c.snap.Settings, c.app()
	keys := make([]string, len(w.full))
	for i := range w.full {
		keys[i] = c.placeOf(w.full[i].Target.ID)
	}
	return g.Room.Enter(c.ctx, room.Wait{ //nolint:wrapcheck // told apart by its values
		Keys: keys, Class: uint8(app.Class), Tenant: app.Tenant.Name, Bytes: c.held(), Until: until,
		Free: func() bool { return c.hasPlace(w) },
	}, room.Limits{Calls: settings.QueueCalls, Bytes: maxQueueBytes})
}

// held is what a call keeps in memory while it waits: its body, what was said
// before, and what was fetched for it.
func (c *Call) held() int64 {
	size := len(c.body) + len(c.joined)
	for _, f := range c.fetched {
		size += len(f.data)
	}
	return int64(size)
}

func (c *Call) hasPlace(w *walk) bool {
	now := time.Now()
	for i := range w.full {
		if v := c.states.View(&w.full[i].Target.Target, now); v.Usable && !v.Full {
			return true
		}
	}
	return false
}

// placed tries the target that has a place: the one of the key, or without one
// whichever is free. It says whether to wait again, because another call was
// faster.
func (g *Gateway) placed(c *Call, w *walk, key string) (again bool, err error) {
	begin := c.states.Begin
	if key != "" {
		begin = c.states.Take
	}
	for _, candidate := range w.full {
		id := candidate.Target.ID
		if key != "" && c.placeOf(id) != key {
			continue
		}
		c.granted = id
		outcome, err := g.try(c, candidate, ahead{}, begin)
		if err != nil || c.served() {
			return false, err
		}
		again = again || outcome.Retry == retryFull
	}
	return again, nil
}

// placeOf names a place at a target in the waiting room. A drill has places of
// its own, as it has states.
func (c *Call) placeOf(id string) string {
	if c.scene.Health() != nil {
		return DrillPlace(id)
	}
	return id
}

// DrillPlace names a place at a target for the calls of a drill.
func DrillPlace(id string) string { return "drill|" + id }

// giveBack returns a place to its target; an empty key is none.
func (c *Call) giveBack(full []route.Candidate, key string) {
	for _, candidate := range full {
		if key != "" && c.placeOf(candidate.Target.ID) == key {
			c.states.GiveBack(&candidate.Target.Target, time.Now())
			return
		}
	}
}

// shedWait is what a caller who was turned away should wait.
const shedWait = time.Second

func errShed() *hw.Error {
	err := hw.Errorf(hw.CodeOverloaded, "Every upstream for this model is busy, and too many calls wait already.")
	err.RetryAfter = shedWait
	return err
}

// again asks a target once more that failed before anything was sent, or for a
// call that may be asked twice: after a pause, and only while few calls do so.
func (g *Gateway) again(c *Call, w *walk) error {
	retry := &c.route.Retry
	for n := 0; n < retry.TriesPerTier && len(w.same) > 0; n++ {
		candidate := w.same[n%len(w.same)]
		if candidate.Probe || !c.states.View(&candidate.Target.Target, time.Now()).Usable {
			return nil // it is shut: waiting for it is for the hold tier
		}
		pause := time.Duration(g.Planner.Rand() * float64(min(retry.AgainFirst<<n, retry.AgainMost)))
		if !time.Now().Add(pause).Before(c.deadline) || !g.budget.take(retry.Budget) {
			return nil
		}
		err := g.onceMore(c, candidate, pause)
		g.budget.give()
		if err != nil || c.served() {
			return err
		}
	}
	return nil
}

func (g *Gateway) onceMore(c *Call, candidate route.Candidate, pause time.Duration) error {
	if !sleep(c.ctx, pause, nil) {
		return errGone()
	}
	candidate.View = c.states.View(&candidate.Target.Target, time.Now())
	if !candidate.View.Usable {
		return nil // it has been shut meanwhile: this call is not the one to test it
	}
	_, err := g.try(c, candidate, ahead{}, c.states.Begin)
	return err
}

// sleep waits, or until a signal comes; false when the context ended.
func sleep(ctx context.Context, wait time.Duration, signal <-chan struct{}) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-signal:
	case <-ctx.Done():
		return false
	}
	return true
}

// budget bounds what is asked twice: a share of the calls under way. Source:
// the health design, 4.3.
type budget struct{ active, spent atomic.Int64 }

// budgetLeast is what is always allowed.
const budgetLeast = 3

func (b *budget) take(share float64) bool {
	most := max(int64(share*float64(b.active.Load())), budgetLeast)
	if b.spent.Add(1) > most {
		b.spent.Add(-1)
		return false
	}
	return true
}

func (b *budget) give() { b.spent.Add(-1) }

// The bounds of the calls that wait for a recovery, by number and by the bytes
// of their bodies. The less important a call, the smaller the part of them that
// it may be among.
const (
	maxHeld       = 1000
	maxHeldBodies = 64 << 20
)

// holding counts the calls that wait for a recovery.
type holding struct{ calls, bytes atomic.Int64 }

func (h *holding) take(c *Call) bool {
	share, size := shareOf(c), int64(len(c.body))
	calls, bytes := h.calls.Add(1), h.bytes.Add(size)
	if calls*100 <= maxHeld*share && bytes*100 <= maxHeldBodies*share {
		return true
	}
	h.give(c)
	return false
}

func (h *holding) give(c *Call) {
	h.calls.Add(-1)
	h.bytes.Add(-int64(len(c.body)))
}

// holdLook is how often a held call looks whether it may test a target itself.
const holdLook = time.Second

// hold waits until a target of the tiers before recovers, when that can be
// expected in time.
func (g *Gateway) hold(c *Call, t int) error {
	begin := time.Now()
	until, end := begin.Add(c.route.Tiers[t].Wait), c.deadline
	if lastTargets(c.route.Tiers) > t { // those after it need time too
		end = end.Add(-min(time.Until(end)/2, maxReserve))
	}
	if end.Before(until) {
		until = end
	}
	if !g.worthWaiting(c, t, until) {
		return nil
	}
	if !g.held.take(c) {
		return nil
	}
	defer g.held.give(c)
	err := g.holdOn(c, t, until)
	if !c.answered() {
		class := hw.ClassNeutral
		if c.live != nil {
			class = hw.ClassOK
		}
		c.addStep(t, hw.TierHold, class, begin, "waited for a target to recover")
	}
	return err
}

func (g *Gateway) holdOn(c *Call, t int, until time.Time) error {
	for time.Now().Before(until) {
		changed := c.states.Changes()
		if err := g.askAgain(c, t); err != nil || c.served() {
			return err
		}
		if !sleep(c.ctx, min(time.Until(until), holdLook), changed) {
			return errGone()
		}
		if !g.worthWaiting(c, t, until) {
			return nil
		}
	}
	return nil
}

// planBefore makes a new plan in which the tiers before t are planned as if
// nothing came after them: they are tested although others are well. Those after
// stay in the plan, for what can take over and for when the wait is over.
func (g *Gateway) planBefore(c *Call, t int) {
	g.plan(c, c.route.Tiers)
	after := slices.DeleteFunc(slices.Clone(c.plan), func(candidate route.Candidate) bool { return candidate.Tier <= t })
	g.plan(c, c.route.Tiers[:t])
	c.plan = append(c.plan, after...)
}

// askAgain makes a new plan and asks the tiers before t.
func (g *Gateway) askAgain(c *Call, t int) error {
	g.planBefore(c, t)
	w := walk{most: c.route.Retry.TriesPerTier}
	for k := range t {
		if c.route.Tiers[k].Kind != hw.TierTargets {
			continue
		}
		if err := g.ask(c, &w, k); err != nil || c.served() {
			return err
		}
	}
	return g.askSuspects(c, &w)
}

// worthWaiting reports whether a target of the tiers before t may be asked
// before the time is up.
func (g *Gateway) worthWaiting(c *Call, t int, until time.Time) bool {
	now := time.Now()
	for k := range t {
		for _, target := range c.route.Tiers[k].Targets {
			v := c.states.View(&target.Target, now)
			// Of our own waits a test may run ahead, of an upstream's never.
			if v.Usable || !v.Hinted || !v.NotBefore.IsZero() && v.NotBefore.Before(until) {
				return true
			}
		}
	}
	return false
}

// admit turns calls away before they cost anything, the least important first,
// while too many are under way. Source: Google SRE, chapter 21.
func (g *Gateway) admit(c *Call) error {
	most := int64(c.snap.Settings.MaxCalls)
	if most == 0 {
		most = g.MaxCalls
	}
	if most == 0 {
		return nil
	}
	if g.budget.active.Load()*100 <= most*shareOf(c) {
		return nil
	}
	return errCrowded()
}

// shareOf is the percentage of a bound up to which a call is let in, by how
// important its app is.
func shareOf(c *Call) int64 {
	share := [...]int64{snapshot.ClassSheddable: 80, snapshot.ClassSheddablePlus: 90, snapshot.ClassCritical: 95, snapshot.ClassCriticalPlus: 100}
	return share[c.app().Class]
}

func errCrowded() error {
	err := hw.Errorf(hw.CodeOverloaded, "Headwater has more calls under way than it can serve.")
	err.RetryAfter = shedWait
	return err
}
