package gateway

import (
	"fmt"
	"runtime/debug"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
)

// race runs an attempt. On a route that hedges, a second target is asked when
// the first content is late, and the faster of the two answers; the other is
// cancelled, and nobody's fault.
func (g *Gateway) race(c *Call, x *exchange, wire dialect.Wire, ahead ahead) (*exchange, health.Outcome) {
	wait, hedged := g.hedgeAfter(c, x, ahead)
	if !hedged {
		outcome := x.run(wire)
		return x, outcome
	}
	first := make(chan health.Outcome, 1)
	go func() { first <- x.runSafely(wire) }()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case outcome := <-first:
		return x, outcome
	case <-timer.C:
	}
	y, other, ok := g.second(c, *ahead.second)
	if !ok {
		return x, <-first
	}
	defer g.budget.give()
	second := make(chan health.Outcome, 1)
	go func() { second <- y.runSafely(other) }()
	c.spent = append(c.spent, y.target.Target.Model)
	return faster(x, y, first, second)
}

// hedgeAfter is how long to wait before a second target is asked.
func (g *Gateway) hedgeAfter(c *Call, x *exchange, ahead ahead) (time.Duration, bool) {
	if !c.route.Hedge || ahead.second == nil || x.candidate.Probe {
		return 0, false
	}
	p95, n := c.states.Usual(&x.target.Target, c.flow(), x.start)
	return p95, n >= health.LatencyEnough
}

// second begins the attempt beside the first one, within the budget.
func (g *Gateway) second(c *Call, candidate route.Candidate) (*exchange, dialect.Wire, bool) {
	if g.mustFetch(c, candidate.Target) {
		return nil, dialect.Wire{}, false // the first may answer meanwhile, and nobody would look
	}
	wire, err := g.encode(c, candidate.Target)
	if err != nil || !g.budget.take(c.route.Retry.Budget) {
		return nil, wire, false // the target that answers late is still the one to wait for
	}
	ticket, ok := g.reserve(c, candidate, time.Now(), c.states.Begin)
	if !ok {
		g.budget.give()
		return nil, wire, false
	}
	y := newExchange(g, c, candidate, ticket, wire, ahead{more: true})
	y.hedge = true
	return y, wire, true
}

// faster waits for the first of two attempts to answer and ends the other; when
// one fails, the other is waited for.
func faster(x, y *exchange, first, second <-chan health.Outcome) (*exchange, health.Outcome) {
	var outcome health.Outcome
	winner, loser, rest := x, y, second
	select {
	case outcome = <-first:
	case outcome = <-second:
		winner, loser, rest = y, x, first
	}
	if outcome.Class != hw.ClassOK {
		winner.closeInDoubt(outcome)
		winner.c.tried = append(winner.c.tried, winner.tried(outcome))
		outcome = <-rest
		return loser, outcome
	}
	loser.cancel(errLost)
	lost := <-rest // comes at once: everything it waits for has ended
	if lost.Class == hw.ClassOK {
		lost = health.Classify(health.Facts{OwnCancel: true}, time.Now())
	}
	loser.close(lost)
	return winner, outcome
}

// runSafely is run on a goroutine of its own: a bug of ours must cost the
// attempt, never the process.
func (x *exchange) runSafely(wire dialect.Wire) (outcome health.Outcome) {
	defer func() {
		if cause := recover(); cause != nil {
			x.g.Log.Error("an attempt panicked", "call", x.c.id, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			outcome = outcomeOurs()
			outcome.Retry = health.RetryNext
		}
	}()
	return x.run(wire)
}
