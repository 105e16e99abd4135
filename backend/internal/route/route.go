// Package route decides which targets may answer a call, in which order, and
// can say why.
//
// It sends nothing and changes no health state. Its one invariant: a target
// that may not be tried is never among the candidates, and one that may is
// never left out.
package route

import (
	"cmp"
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
)

// Candidate is one target a call may try and what was known of it.
type Candidate struct {
	// Tier counts from 1.
	Tier   int
	Target *snapshot.Target
	View   health.View
	// Probe means the attempt tests a target that is not healthy.
	Probe bool
	// rank orders by health, figure by the tier's strategy among those of one
	// rank, draw among those with the same figure.
	rank, figure, draw float64
}

// Asked is what a plan must know of the call.
type Asked struct {
	// Flow is how its answer will come.
	Flow health.Flow
	// Conversation tells conversations apart, for the affinity strategy; zero
	// means unknown.
	Conversation uint64
	// Caller is for tiers that are sticky; nil means unknown.
	Caller *Caller
	// Price is what the call would cost at a target in US dollars, false when
	// that is not known; for the cost strategy. Nil means that nothing is known.
	Price func(*snapshot.Target) (float64, bool)
}

// Planner orders targets by their health and a tier's strategy.
type Planner struct {
	// Health is asked for the state of each target.
	Health *health.Registry
	// Rand gives numbers in [0,1); safe for concurrent use.
	Rand func() float64
}

// The ranks of candidates. No strategy overrides them.
const (
	rankProbe   = iota // first, but only where another target can take over
	rankUsable         // well
	rankCold           // has to load its model first
	rankWeak           // fails noticeably
	rankRamping        // beyond its share of traffic for now
	rankSuspect        // calls wait for it in vain
	rankFull           // last: it would refuse, unless a slot frees
)

// Plan appends to dst the candidates of a whole ladder in the order to try
// them. A target under test comes first in its tier, so that recovery is
// noticed, provided that another one can answer when the test fails; a ladder
// with nothing usable gives no candidate at all (see Trickle). Tiers that are
// not targets give none either.
func (p *Planner) Plan(dst []Candidate, tiers []snapshot.Tier, asked Asked, now time.Time) []Candidate {
	start, usable := len(dst), 0
	for t := range tiers {
		first := len(dst)
		for i, target := range tiers[t].Targets {
			view := p.Health.View(&target.Target, now)
			if view.Usable {
				usable++
			} else if !view.Probe || view.Cold { // a test must not make an engine load
				continue
			}
			c := Candidate{Tier: t + 1, Target: target, View: view, Probe: !view.Usable, rank: p.rank(&view)}
			if len(tiers[t].Targets) > 1 {
				p.order(&c, &tiers[t], i, &asked, now)
			}
			dst = append(dst, c)
		}
		if len(dst)-first > 1 {
			slices.SortStableFunc(dst[first:], byRank)
			if tiers[t].Strategy == hw.StrategyBalanced {
				p.choose(dst[first:], asked.Flow, now)
			}
		}
	}
	if usable == 0 {
		return dst[:start]
	}
	return dst
}

// Trickle appends every target of the tiers that may be tested although
// nothing is healthy; the registry paces the tests themselves.
func (p *Planner) Trickle(dst []Candidate, tiers []snapshot.Tier, now time.Time) []Candidate {
	for t := range tiers {
		first := len(dst)
		for i, target := range tiers[t].Targets {
			view := p.Health.View(&target.Target, now)
			if view.Usable || view.Probe || view.Trickle {
				c := Candidate{Tier: t + 1, Target: target, View: view, Probe: !view.Usable}
				p.order(&c, &tiers[t], i, &Asked{}, now)
				dst = append(dst, c)
			}
		}
		slices.SortStableFunc(dst[first:], byRank)
	}
	return dst
}

// choose lets the less burdened of two go first: of the two targets that were
// drawn for an ordinary call. Two are enough to keep clear of a slow one, and
// few enough that not every call runs to the same (Mitzenmacher, 2001).
func (p *Planner) choose(tier []Candidate, flow health.Flow, now time.Time) {
	first := 0
	for first < len(tier) && tier[first].rank < rankUsable {
		first++
	}
	if first+1 >= len(tier) || tier[first+1].rank >= rankCold {
		return
	}
	a, b := &tier[first], &tier[first+1]
	if p.burden(b, flow, now) < p.burden(a, flow, now) {
		*a, *b = *b, *a
	}
}

// unknownFirst is the time that a target is taken to need of which nothing is
// known: short, so that it is tried.
const unknownFirst = 0.001

func (p *Planner) burden(c *Candidate, flow health.Flow, now time.Time) float64 {
	cost := p.Health.Load(&c.Target.Target, flow, now)
	if cost == 0 {
		cost = unknownFirst * float64(c.View.InFlight+1)
	}
	return cost / c.Target.Weight
}

func byRank(a, b Candidate) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.figure, b.figure), cmp.Compare(a.draw, b.draw))
}

func (p *Planner) rank(view *health.View) float64 {
	switch {
	case !view.Usable:
		return rankProbe
	case view.Full:
		return rankFull
	case view.Suspect:
		return rankSuspect
	case view.Share < 1 && p.Rand() >= view.Share:
		return rankRamping
	case view.Degraded:
		return rankWeak
	case view.Cold:
		return rankCold
	}
	return rankUsable
}

// place is where the first key of a target's entry stands in its tier.
func place(tier *snapshot.Tier, i int) int {
	for i > 0 && tier.Targets[i-1].Upstream == tier.Targets[i].Upstream && tier.Targets[i-1].Target.Model == tier.Targets[i].Target.Model {
		i--
	}
	return i
}
