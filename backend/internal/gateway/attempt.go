package gateway

import (
	"errors"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// attempt is the only loop: it tries one candidate after the other until one
// can answer, the caller's own request is refused, or nothing is left. Nothing
// has reached the caller while it runs, so that failover is invisible.
func (g *Gateway) attempt(c *Call) error {
	tries, tier := 0, 0
	for _, candidate := range c.plan {
		if candidate.Tier != tier {
			tries, tier = 0, candidate.Tier
		}
		if tries >= maxTriesTier {
			continue // every later tier stays reachable
		}
		if c.gone() {
			return errGone()
		}
		if !time.Now().Before(c.deadline) {
			return g.verdict(c, true)
		}
		outcome, err := g.try(c, candidate)
		if err != nil || c.live != nil {
			return err
		}
		if outcome.Scope != health.ScopeCredential { // key faults walk on through the pool
			tries++
		}
	}
	return g.verdict(c, false)
}

func errGone() *hw.Error {
	return hw.Errorf(hw.CodeCanceled, "The caller closed the connection.")
}

// try makes one attempt. It leaves c.live set when the target answers, returns
// an error when the call is over, and neither when the next candidate is due.
func (g *Gateway) try(c *Call, candidate route.Candidate) (health.Outcome, error) {
	target := candidate.Target
	wire, err := g.encode(c, target)
	if err != nil {
		return health.Outcome{}, err
	}
	ticket, ok := g.Health.Begin(&target.Target, time.Now(), candidate.Probe)
	if !ok {
		return health.Outcome{Scope: health.ScopeCredential}, nil // lost the slot to another call; not a try
	}
	x := newExchange(g, c, candidate, ticket, wire)
	outcome := x.run(wire)
	if outcome.Class == hw.ClassOK {
		c.live = x
		return outcome, nil
	}
	x.close(outcome)
	c.tried = append(c.tried, x.tried(outcome))
	switch {
	case c.gone():
		return outcome, errGone()
	case x.facts.TimedOut == health.TimeoutDeadline:
		return outcome, g.verdict(c, true)
	case outcome.Retry == health.RetryNever,
		outcome.Class == hw.ClassNoModel && target.Model == "": // the caller chose the name
		return outcome, x.refused()
	}
	return outcome, nil
}

// encode makes the request for a target: the caller's own bytes where both
// speak the same dialect, else through the neutral form.
func (g *Gateway) encode(c *Call, target *snapshot.Target) (dialect.Wire, error) {
	out, ok := g.Outbound[target.Upstream.Provider.Dialect]
	if !ok {
		return dialect.Wire{}, hw.Errorf(hw.CodeInternal, "Headwater does not speak this upstream's dialect.")
	}
	if !out.Serves(c.endpoint) {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "Model %q is served by an upstream that has no %s.", c.peek.Model, c.endpoint).At("model")
	}
	model := target.Model
	if model == "" {
		model = c.peek.Model
	}
	if out.Name() == c.in.Name() {
		wire, err := out.Adapt(c.endpoint, c.body, model, c.peek.Stream)
		return wire, err //nolint:wrapcheck // the dialect's error is made for the caller
	}
	if c.request == nil {
		request, err := c.in.Decode(c.endpoint, c.body)
		if err != nil {
			return dialect.Wire{}, err //nolint:wrapcheck // the dialect's error is made for the caller
		}
		c.request = request
	}
	wire, err := out.Encode(c.request, model)
	return wire, err //nolint:wrapcheck // the dialect's error is made for the caller
}

// The causes with which an attempt's context is cancelled.
var (
	errFirstByte = errors.New("no content in time")
	errIdle      = errors.New("silence inside the answer")
	errDeadline  = errors.New("the call's deadline")
	errFinished  = errors.New("the attempt is over")
)
