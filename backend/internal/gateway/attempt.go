package gateway

import (
	"errors"
	"slices"
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
	var w walk
	for i, candidate := range c.plan {
		if w.skips(candidate) {
			continue
		}
		if c.gone() {
			return errGone()
		}
		if !time.Now().Before(c.deadline) {
			return g.verdict(c, true)
		}
		outcome, err := g.try(c, candidate, i+1 < len(c.plan))
		if err != nil || c.live != nil {
			return err
		}
		w.note(candidate, outcome)
	}
	if c.unfit != nil && !slices.ContainsFunc(c.tried, func(t tried) bool { return !t.unfit }) {
		return c.unfit // no target can serve this request, well or not
	}
	return g.verdict(c, false)
}

// walk remembers what the attempts of one call have shown.
type walk struct {
	tier, tries int
	// dead are the endpoints and models that failed: another key does not help them.
	dead []string
}

// skips reports whether a candidate is not worth an attempt. Every later tier
// stays reachable.
func (w *walk) skips(c route.Candidate) bool {
	if c.Tier != w.tier {
		w.tier, w.tries = c.Tier, 0
	}
	return w.tries >= maxTriesTier ||
		slices.Contains(w.dead, c.Target.Endpoint) || slices.Contains(w.dead, c.Target.Target.Model)
}

func (w *walk) note(c route.Candidate, o health.Outcome) {
	switch o.Scope {
	case health.ScopeEndpoint:
		w.dead = append(w.dead, c.Target.Endpoint)
	case health.ScopeModel:
		w.dead = append(w.dead, c.Target.Target.Model)
	case health.ScopeCredential, health.ScopeNone:
		return // key faults walk on through the pool; no fault is no try
	case health.ScopeTarget:
	}
	w.tries++
}

func errGone() *hw.Error {
	return hw.Errorf(hw.CodeCanceled, "The caller closed the connection.")
}

// try makes one attempt. It leaves c.live set when the target answers, returns
// an error when the call is over, and neither when the next candidate is due.
// more says that there is one.
func (g *Gateway) try(c *Call, candidate route.Candidate, more bool) (health.Outcome, error) {
	target := candidate.Target
	wire, err := g.encode(c, target)
	if err != nil {
		if hw.CodeOf(err) != hw.CodeUnsupported {
			return health.Outcome{}, err
		}
		c.notFor(tried{target: target, class: hw.ClassNeutral}, err)
		return health.Outcome{Scope: health.ScopeNone}, nil
	}
	ticket, ok := g.Health.Begin(&target.Target, time.Now(), candidate.Probe)
	if !ok {
		return health.Outcome{Scope: health.ScopeNone}, nil // lost the slot to another call
	}
	x := newExchange(g, c, candidate, ticket, wire, more)
	defer x.abandon()
	outcome := x.run(wire)
	if outcome.Class == hw.ClassOK {
		c.live = x
		return outcome, nil
	}
	x.close(outcome)
	switch {
	case c.gone():
		return outcome, errGone()
	case outcome.Class == hw.ClassNoModel && target.Model == "": // the caller chose the name
		c.notFor(x.tried(outcome), x.refused())
		return outcome, nil
	}
	c.tried = append(c.tried, x.tried(outcome))
	switch {
	case x.facts.TimedOut == health.TimeoutDeadline:
		return outcome, g.verdict(c, true)
	case outcome.Retry == health.RetryNever:
		return outcome, x.refused()
	}
	return outcome, nil
}

// notFor notes a target that cannot serve this very request; the first reason
// is the answer when the same holds for all.
func (c *Call) notFor(t tried, why error) {
	t.unfit = true
	c.tried = append(c.tried, t)
	if c.unfit == nil {
		c.unfit = why
	}
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
	// errHurry is errFirstByte before its time: what the deadline leaves is
	// kept for the other candidates.
	errHurry    = errors.New("time is kept for another target")
	errIdle     = errors.New("silence inside the answer")
	errDeadline = errors.New("the call's deadline")
	errFinished = errors.New("the attempt is over")
)
