package route

import (
	"math"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/cond"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
)

// Thought is a call that is only thought of. The zero value is one of which
// nothing is known.
type Thought struct {
	Facts  cond.Facts
	Caller Caller
	// Price is as in Asked.
	Price func(*snapshot.Target) (float64, bool)
	// Snapshot tells what live checks showed of the targets; nil means nothing.
	// Needs is what the call needs of them.
	Snapshot *snapshot.Snapshot
	Needs    []hw.Capability
}

// Explain says which tiers of a route such a call would pass over, and in which
// order the targets of the others would be asked now. It changes nothing, and
// where calls are drawn by weight it gives the likeliest order: the same
// question gets the same answer while health stays as it is.
func (p *Planner) Explain(r *snapshot.Route, call *Thought, now time.Time) hw.Explanation {
	facts := call.Facts
	if facts.Now.IsZero() {
		facts.Now = now
	}
	passed := PassedOver(nil, r, &facts, &call.Caller)
	asked := Asked{Flow: health.FlowPlain, Caller: &call.Caller, Price: call.Price}
	if facts.Stream {
		asked.Flow = health.FlowStream
	}
	steady := Planner{Health: p.Health, Rand: func() float64 { return 0.5 }}
	left := Without(r, passed)
	lacking, over := call.lacking(left)
	if over {
		left = lacking.Without(left)
	}
	planned := steady.Plan(nil, left.Tiers, asked, now)
	e := hw.Explanation{Route: r.Name, Targets: make([]hw.ExplainedTarget, 0, len(planned)), Tiers: explainTiers(r, passed)}
	seen := make(map[*snapshot.Target]bool, len(planned))
	for i := range planned {
		c := &planned[i]
		seen[c.Target] = true
		row := p.explainTarget(&r.Tiers[c.Tier-1], c.Tier, c.Target, &asked, now)
		row.Order, row.Probe = i+1, c.Probe
		lacking.explain(c.Target, &row, over)
		e.Targets = append(e.Targets, row)
	}
	for t := range r.Tiers {
		for _, target := range r.Tiers[t].Targets {
			if !seen[target] {
				row := p.explainTarget(&r.Tiers[t], t+1, target, &asked, now)
				lacking.explain(target, &row, over)
				e.Targets = append(e.Targets, row)
			}
		}
	}
	return e
}

// lacking finds the targets that lack what the call needs; over is true when it
// passes them over.
func (call *Thought) lacking(r *snapshot.Route) (l Lacking, over bool) {
	if call.Snapshot == nil {
		return nil, false
	}
	l, able := LackingOf(call.Snapshot, r, call.Facts.Model, call.Needs)
	return l, len(l) > 0 && (able || r.Strict)
}

// explain says in the row of a target what it lacks, and what comes of that.
func (l Lacking) explain(target *snapshot.Target, row *hw.ExplainedTarget, over bool) {
	lacks := l[target]
	if len(lacks) == 0 {
		return
	}
	for i := range lacks {
		row.Lacks = append(row.Lacks, lacks[i].Capability)
	}
	row.CertifiedAt, row.PassedOver = lacks[0].At, over
	if row.LackWords = "Asked all the same, as no target is better: " + capability.Words(lacks) + "."; over {
		row.LackWords = "Passed over: " + capability.Words(lacks) + "."
	}
}

func explainTiers(r *snapshot.Route, passed []Passed) []hw.ExplainedTier {
	rows := make([]hw.ExplainedTier, len(r.Tiers))
	for t := range r.Tiers {
		rows[t] = hw.ExplainedTier{Tier: t + 1, Kind: r.Tiers[t].Kind}
		if rows[t].Kind == hw.TierTargets {
			rows[t].Strategy = r.Tiers[t].Strategy
		}
	}
	for _, p := range passed {
		row := &rows[p.Tier-1]
		row.Passed, row.Words = p.Why, p.Words()
		if p.Err != nil {
			row.Error = p.Err.Error()
		}
	}
	return rows
}

// Words says why the tier does not take the call.
func (p Passed) Words() string {
	switch {
	case p.Err != nil:
		return "Its condition could not be evaluated: " + p.Err.Error() + "."
	case p.Why == hw.PassedWhen:
		return "Its condition does not hold."
	}
	return "The call is not of the share that it takes."
}

func (p *Planner) explainTarget(tier *snapshot.Tier, number int, target *snapshot.Target, asked *Asked, now time.Time) hw.ExplainedTarget {
	view := p.Health.View(&target.Target, now)
	row := hw.ExplainedTarget{
		Tier: number, Upstream: target.Upstream.Name, Model: target.Model, Share: share(tier, target),
		State: view.State, Reason: view.Reason, Since: view.Since, NotBefore: view.NotBefore, Words: view.Words,
	}
	if target.Credential != nil {
		row.Credential = target.Credential.Name
	}
	switch tier.Strategy {
	case hw.StrategyLatency:
		row.FirstMs = p.firstMs(target, asked.Flow, now)
	case hw.StrategyBalanced:
		row.FirstMs, row.InFlight = p.firstMs(target, asked.Flow, now), view.InFlight
	case hw.StrategyBusy:
		row.InFlight = view.InFlight
	case hw.StrategyCost:
		if usd, known := asked.price(target); known {
			row.CostUSD = &usd
		}
	}
	return row
}

func (p *Planner) firstMs(target *snapshot.Target, flow health.Flow, now time.Time) float64 {
	first := p.Health.First(&target.Target, flow, now)
	return math.Round(float64(first)/float64(time.Microsecond)) / 1000
}

// share is a target's part of its tier's calls while every target is well; of
// a tier that goes by figures, or by what calls keep to, the part that its
// draws give.
func share(tier *snapshot.Tier, target *snapshot.Target) float64 {
	first, sum := tier.Strategy == hw.StrategyPriority, 0.0
	for i, one := range tier.Targets {
		switch {
		case !first || place(tier, i) == 0:
			sum += one.Weight
		case one == target:
			return 0
		}
	}
	return target.Weight / sum
}
