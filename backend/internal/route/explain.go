package route

import (
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
)

// Explain says in which order the targets of a route would be asked now. It
// changes nothing, and where calls are drawn by weight it gives the likeliest
// order: the same question gets the same answer while health stays as it is.
func (p *Planner) Explain(r *snapshot.Route, now time.Time) []hw.ExplainedTarget {
	steady := Planner{Health: p.Health, Rand: func() float64 { return 0.5 }}
	planned := steady.Plan(nil, r.Tiers, Asked{Flow: health.FlowStream}, now)
	explained := make([]hw.ExplainedTarget, 0, len(planned))
	asked := make(map[*snapshot.Target]bool, len(planned))
	for i := range planned {
		c := &planned[i]
		asked[c.Target] = true
		row := p.explainTarget(&r.Tiers[c.Tier-1], c.Tier, c.Target, now)
		row.Order, row.Probe = i+1, c.Probe
		explained = append(explained, row)
	}
	for t := range r.Tiers {
		for _, target := range r.Tiers[t].Targets {
			if !asked[target] {
				explained = append(explained, p.explainTarget(&r.Tiers[t], t+1, target, now))
			}
		}
	}
	return explained
}

func (p *Planner) explainTarget(tier *snapshot.Tier, number int, target *snapshot.Target, now time.Time) hw.ExplainedTarget {
	view := p.Health.View(&target.Target, now)
	row := hw.ExplainedTarget{
		Tier: number, Upstream: target.Upstream.Name, Model: target.Model, Share: share(tier, target),
		State: view.State, Reason: view.Reason, Since: view.Since, NotBefore: view.NotBefore, Words: view.Words,
	}
	if target.Credential != nil {
		row.Credential = target.Credential.Name
	}
	return row
}

// share is a target's part of its tier's calls while every target is well.
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
