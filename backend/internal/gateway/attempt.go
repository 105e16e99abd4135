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

// attempt climbs down the ladder: tier after tier until something can answer,
// the caller's own request is refused, or nothing is left. Nothing has reached
// the caller while it runs, so that failover is invisible.
func (g *Gateway) attempt(c *Call) error {
	counts := c.op.Endpoint == dialect.EndpointCount
	if counts && !g.countable(c) {
		return g.count(c)
	}
	defer g.settleDoubts(c)
	g.startPulse(c)
	err := g.climb(c)
	if counts && err != nil && !c.gone() {
		return g.count(c) // an estimate is more use than none
	}
	if refused, ok := errors.AsType[*refusal](err); ok {
		return g.fallBack(c, refused, err)
	}
	return err
}

// fallBack asks who may take a request that was refused for what it is: one
// with more context, or with another policy. When nobody takes it, the first
// refusal stands.
func (g *Gateway) fallBack(c *Call, refused *refusal, err error) error {
	tier := c.attempts[len(c.attempts)-1].Tier
	for _, target := range c.route.Fallback[refused.class] {
		view := c.states.View(&target.Target, time.Now())
		if !view.Usable || c.gone() || !time.Now().Before(c.deadline) {
			continue
		}
		_, _ = g.try(c, route.Candidate{Tier: tier, Target: target, View: view}, ahead{}, c.states.Begin) // what it says is no better news
		if c.served() {
			return nil
		}
	}
	return err
}

func (g *Gateway) climb(c *Call) error {
	w := walk{most: c.route.Retry.TriesPerTier}
	last := lastTargets(c.route.Tiers)
	for t := range c.route.Tiers {
		if err := g.rung(c, &w, t); err != nil || c.served() {
			return err
		}
		if t != last {
			continue
		}
		if err := g.askSuspects(c, &w); err != nil || c.served() {
			return err
		}
		if err := g.queue(c, &w); err != nil || c.served() {
			return err
		}
	}
	if err := g.again(c, &w); err != nil || c.served() {
		return err
	}
	if g.askLacking(c, &w); c.served() {
		return nil
	}
	return g.nobody(c)
}

// nobody is the answer when nothing on the ladder could give one.
func (g *Gateway) nobody(c *Call) error {
	if err := c.notTaken(); err != nil {
		return err
	}
	if c.unfit != nil && !slices.ContainsFunc(c.tried, func(t tried) bool { return !t.unfit }) {
		return c.unfit // no target can serve this request, well or not
	}
	if c.shed && len(c.tried) == 0 {
		return errShed()
	}
	return g.verdict(c, false)
}

// rung asks one tier.
func (g *Gateway) rung(c *Call, w *walk, t int) error {
	kind := c.route.Tiers[t].Kind
	if c.later != "" && kind != hw.TierTargets {
		return nil // who waits for an answer later wants a target's, and can wait
	}
	switch kind {
	case hw.TierCache:
		return g.recall(c, w, t)
	case hw.TierHold:
		return g.hold(c, t)
	case hw.TierDeferred:
		return g.postpone(c, t)
	case hw.TierScripted:
		return g.script(c, t)
	case route.KindPassed:
		return nil
	}
	return g.ask(c, w, t)
}

// lastTargets is the last tier that has targets; -1 when none has.
func lastTargets(tiers []snapshot.Tier) int {
	for t, tier := range slices.Backward(tiers) {
		if tier.Kind == hw.TierTargets {
			return t
		}
	}
	return -1
}

// ask tries the candidates of one tier, one after the other.
func (g *Gateway) ask(c *Call, w *walk, t int) error {
	w.tries = 0
	for i, candidate := range c.plan {
		if candidate.Tier != t+1 || w.skips(candidate) || slices.Contains(c.spent, candidate.Target.Target.Model) {
			continue
		}
		if c.gone() {
			return errGone()
		}
		if !time.Now().Before(c.deadline) {
			return g.verdict(c, true)
		}
		ahead := c.ahead(i)
		if ahead.usable && g.leaves(c, w, candidate) {
			continue
		}
		outcome, err := g.try(c, candidate, ahead, c.states.Begin)
		if err != nil || c.served() {
			return err
		}
		w.note(candidate, outcome)
	}
	w.asked = true
	return nil
}

// leaves reports whether a candidate is left to itself while another target is
// well: it was found to be silent (not merely unheard for a while, by callers
// who leave early), or is tested without risking the call.
func (g *Gateway) leaves(c *Call, w *walk, candidate route.Candidate) bool {
	if candidate.View.State == hw.HealthSuspect {
		w.suspects = append(w.suspects, candidate)
		return true
	}
	return candidate.Probe && g.spared(c, candidate)
}

// askSuspects asks the targets that were passed over for their silence, now
// that all others have been asked in vain.
func (g *Gateway) askSuspects(c *Call, w *walk) error {
	w.tries = 0
	for _, candidate := range w.suspects {
		if w.skips(candidate) || !time.Now().Before(c.deadline) {
			continue
		}
		outcome, err := g.try(c, candidate, ahead{}, c.states.Begin)
		if err != nil || c.served() {
			return err
		}
		w.note(candidate, outcome)
	}
	return nil
}

// ahead is what can take over from a candidate.
type ahead struct {
	more   bool // something can
	usable bool // a target that is well can
	second *route.Candidate
}

func (c *Call) ahead(i int) ahead {
	var a ahead
	for k := i + 1; k < len(c.plan); k++ {
		next := &c.plan[k]
		a.more = true
		if next.View.Usable && !next.View.Suspect && next.Target.Target.Model != c.plan[i].Target.Target.Model {
			a.usable = true
			if a.second == nil {
				a.second = next
			}
		}
	}
	for t := c.plan[i].Tier; t < len(c.route.Tiers); t++ {
		kind := c.route.Tiers[t].Kind
		a.more = a.more || kind == hw.TierCache || kind == hw.TierScripted || kind == hw.TierDeferred
	}
	return a
}

// walk remembers what the attempts of one call have shown.
type walk struct {
	tries, most int
	asked       bool // a tier of targets has been asked in vain
	// dead are the endpoints and models that failed: another key does not help them.
	dead []string
	// full are well but had no place; same may be asked again; suspects were
	// passed over.
	full, same, suspects []route.Candidate
}

// skips reports whether a candidate is not worth an attempt. Every later tier
// stays reachable.
func (w *walk) skips(c route.Candidate) bool {
	return w.tries >= w.most ||
		slices.Contains(w.dead, c.Target.Endpoint) || slices.Contains(w.dead, c.Target.Target.Model)
}

func (w *walk) note(c route.Candidate, o health.Outcome) {
	switch o.Retry {
	case retryFull:
		w.full = append(w.full, c)
	case health.RetrySame:
		w.same = append(w.same, c)
	case health.RetryNone, health.RetryNext, health.RetryNever:
	}
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

// retryFull says that a target had no place for the call.
const retryFull health.Retry = "full"

func errGone() *hw.Error {
	return hw.Errorf(hw.CodeCanceled, "The caller closed the connection.")
}

// begin reserves an attempt with the registry.
type begin func(t *health.Target, now time.Time, probe bool, flow health.Flow) (*health.Ticket, bool)

// try makes one attempt. It leaves c.live set when the target answers, returns
// an error when the call is over, and neither when the next candidate is due.
func (g *Gateway) try(c *Call, candidate route.Candidate, ahead ahead, begin begin) (health.Outcome, error) {
	target := candidate.Target
	wire, err := g.encode(c, target)
	if err != nil {
		if hw.CodeOf(err) != hw.CodeUnsupported {
			return health.Outcome{}, err
		}
		c.notFor(tried{target: target, class: hw.ClassNeutral}, err)
		return health.Outcome{Scope: health.ScopeNone}, nil
	}
	now := time.Now()
	ticket, ok := g.reserve(c, candidate, now, begin)
	if !ok {
		return g.noPlace(c, candidate, now), nil
	}
	x := newExchange(g, c, candidate, ticket, wire, ahead)
	defer x.abandon()
	x, outcome := g.race(c, x, wire, ahead)
	if outcome.Class == hw.ClassOK {
		c.live = x
		return outcome, nil
	}
	if x.hasForgotten() {
		return g.remind(c, x, outcome, ahead)
	}
	return x.failed(outcome)
}

// reserve asks for a place; who waits for one already goes first.
func (g *Gateway) reserve(c *Call, candidate route.Candidate, now time.Time, begin begin) (*health.Ticket, bool) {
	target := &candidate.Target.Target
	if c.granted != target.ID && g.Room.Wanted(c.placeOf(target.ID)) {
		return nil, false
	}
	c.granted = ""
	return begin(target, now, candidate.Probe, c.flow())
}

// noPlace says why an attempt could not begin: its target is full, or another
// call became its test.
func (g *Gateway) noPlace(c *Call, candidate route.Candidate, now time.Time) health.Outcome {
	o := health.Outcome{Scope: health.ScopeNone}
	target := &candidate.Target.Target
	if view := c.states.View(target, now); view.Usable && (view.Full || g.Room.Wanted(c.placeOf(target.ID))) {
		o.Retry = retryFull
	}
	return o
}

// failed ends an attempt that did not answer and says whether the call is over.
func (x *exchange) failed(outcome health.Outcome) (health.Outcome, error) {
	c, target := x.c, x.target
	x.closeInDoubt(outcome)
	switch {
	case c.gone():
		return outcome, errGone()
	case outcome.Class == hw.ClassNoModel && target.Model == "": // the caller chose the name
		c.notFor(x.tried(outcome), x.refused(outcome.Class))
		return outcome, nil
	}
	c.tried = append(c.tried, x.tried(outcome))
	switch {
	case x.facts.TimedOut == health.TimeoutDeadline:
		return outcome, x.g.verdict(c, true)
	case outcome.Retry == health.RetryNever:
		return outcome, x.refused(outcome.Class)
	case outcome.Retry == health.RetryNext && outcome.Counted && c.idempotent() && outcome.Hint == 0 && outcome.Class != hw.ClassRate:
		outcome.Retry = health.RetrySame
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
func (g *Gateway) encode(c *Call, target *snapshot.Target) (wire dialect.Wire, err error) {
	out, prefix := g.speaks(c, target)
	if out == nil {
		return wire, hw.Errorf(hw.CodeInternal, "Headwater does not speak this upstream's dialect.")
	}
	native := out.Name() == c.in.Name()
	if !serves(out, native, c.op.Endpoint) {
		return wire, hw.Errorf(hw.CodeUnsupported, "Model %q is served by an upstream that has no %s.", c.peek.Model, wordsOf(c.op.Endpoint)).At("model")
	}
	if c.native(out, target) {
		wire, err = c.adapt(out, c.aim(target))
	} else {
		wire, err = g.translate(c, out, c.aim(target))
	}
	wire.Path = prefix + wire.Path
	return wire, err //nolint:wrapcheck // the dialect's error is made for the caller
}

// native reports whether a target gets the caller's own bytes: it speaks the
// caller's dialect and, where the call continues something, knows that by its id.
func (c *Call) native(out dialect.Outbound, target *snapshot.Target) bool {
	return out.Name() == c.in.Name() && (c.from == "" || c.from == target.ID && !c.forgot)
}

// aim is what a dialect must know of a target.
func (c *Call) aim(target *snapshot.Target) dialect.Target {
	to := dialect.Target{Provider: target.Upstream.Provider.ID, Model: target.Model, OneByOne: !c.peek.Stream}
	if to.Model == "" {
		to.Model = c.peek.Model
	}
	if facts, ok := c.snap.Model(target.Upstream, to.Model); ok {
		to.MaxOutput = facts.MaxOutput
	}
	return to
}

// The causes with which an attempt's context is cancelled.
var (
	errFirstByte = errors.New("no content in time")
	// errHurry is errFirstByte before its time: what the deadline leaves is
	// kept for the other candidates.
	errHurry    = errors.New("time is kept for another target")
	errIdle     = errors.New("silence inside the answer")
	errDeadline = errors.New("the call's deadline")
	errSilent   = errors.New("the target has fallen silent")
	errLost     = errors.New("another attempt was faster")
	errFinished = errors.New("the attempt is over")
)
