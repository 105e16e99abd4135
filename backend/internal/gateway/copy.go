package gateway

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
)

const (
	// copyMost bounds the copies under way at once; a target has one at most.
	copyMost = 32
	// paidGrace is how long a due test is left to a question of our own; after
	// that a call is the test, so that the way back never hangs on it.
	paidGrace = 10 * time.Second
)

// aside owns what the gateway does beside its calls.
type aside struct {
	ctx    context.Context //nolint:containedctx // ends what is under way when the process stops
	cancel context.CancelFunc
	places chan struct{}

	mu sync.Mutex
	// closed says that nothing may begin any more. Guarded by mu.
	closed bool
	under  sync.WaitGroup
}

func (a *aside) open() {
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.places = make(chan struct{}, copyMost)
}

// do runs work on a goroutine of its own; false when the gateway is closing.
func (a *aside) do(work func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	a.under.Go(work)
	return true
}

// Run waits until ctx ends, then ends the tests that go on beside calls and
// writes the rows that waited for them. It comes after the listeners have
// stopped and before the sinks of calls do.
func (g *Gateway) Run(ctx context.Context) error {
	<-ctx.Done()
	g.aside.mu.Lock()
	g.aside.closed = true
	g.aside.mu.Unlock()
	g.aside.cancel()
	g.aside.under.Wait()
	return nil
}

// spared reports whether the test of a target is not the call's own business:
// a copy of it is sent, or a question of our own is due.
func (g *Gateway) spared(c *Call, candidate route.Candidate) bool {
	switch candidate.Target.Upstream.Probe {
	case hw.ProbeCopy:
		g.copyCall(c, candidate)
		return true
	case hw.ProbePaid:
		// Nobody asks in a drill, nor for a model that the caller names.
		asked := c.scene.Health() == nil && candidate.Target.Model != ""
		return asked && time.Since(candidate.View.NotBefore) < paidGrace
	}
	return false
}

// copyCall tests a target with a copy of the call. Whatever comes of it, the
// call goes on: nobody waits for the copy but the call's row in the log.
func (g *Gateway) copyCall(c *Call, candidate route.Candidate) {
	select {
	case g.aside.places <- struct{}{}:
	default:
		return // the next call's copy is as good
	}
	found := make(chan hw.Attempt, 1)
	twin := c.twin(g.aside.ctx)
	if !g.aside.do(func() {
		defer func() { <-g.aside.places }()
		defer close(found)
		if a, ok := g.test(twin, candidate); ok {
			a.Copy = true
			found <- a
		}
	}) {
		<-g.aside.places
		return
	}
	c.copies = append(c.copies, found)
}

// twin is the call as a target sees it, without its caller.
func (c *Call) twin(ctx context.Context) *Call {
	return &Call{
		id: c.id, start: c.start, head: c.head, ctx: ctx, snap: c.snap, in: c.in, op: c.op, key: c.key,
		body: c.body, joined: c.joined, from: c.from, lost: c.lost, peek: c.peek, route: c.route, deadline: c.deadline, states: c.states, planner: c.planner, scene: c.scene,
	}
}

// test makes one attempt whose answer nobody gets: it ends with the first
// content, so that no more is paid for than must be. False when the target
// could not be asked.
func (g *Gateway) test(c *Call, candidate route.Candidate) (a hw.Attempt, asked bool) {
	defer func() {
		if cause := recover(); cause != nil {
			g.Log.Error("a test of a target panicked", "call", c.id, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
	}()
	defer g.settleDoubts(c)
	_, _ = g.try(c, candidate, ahead{}, c.states.Begin) // its outcome is in the attempt
	if c.live != nil {
		c.live.reckon(true)
		c.usage = c.live.usage
		c.live.close(health.Outcome{Class: hw.ClassOK})
	}
	if len(c.attempts) == 0 {
		return hw.Attempt{}, false
	}
	return c.attempts[0], true
}

// record writes the row of a call; one with copies under way is written when
// they have ended.
func (g *Gateway) record(c *Call, row *hw.Call) {
	if len(c.copies) == 0 || !g.aside.do(func() { g.recordWith(row, c.copies) }) {
		g.Calls.Record(row)
	}
}

func (g *Gateway) recordWith(row *hw.Call, copies []<-chan hw.Attempt) {
	for _, found := range copies {
		if a, ok := <-found; ok {
			row.Attempts = append(row.Attempts, a)
		}
	}
	row.CostUSD = row.Cost()
	g.Calls.Record(row)
}
