// Package route decides which targets may answer a call, in which order, and
// can say why.
//
// It sends nothing and changes no health state. Its one invariant: a target
// that may not be tried is never among the candidates, and one that may is
// never left out.
package route

import (
	"math"
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
	rank  float64
}

// Asked is what a plan must know of the call.
type Asked struct {
	// Flow is how its answer will come.
	Flow health.Flow
	// Conversation tells conversations apart, for the affinity strategy; zero
	// means unknown.
	Conversation uint64
}

// Planner orders targets by their health and a tier's strategy.
type Planner struct {
	// Health is asked for the state of each target.
	Health *health.Registry
	// Rand gives numbers in [0,1); safe for concurrent use.
	Rand func() float64
}

// The ranks of candidates: whole numbers, so that a fraction orders within one.
const (
	rankProbe   = 0 // first, but only where another target can take over
	rankUsable  = 1
	rankCold    = 5e5 // has to load its model first
	rankWeak    = 1e6 // fails noticeably
	rankRamping = 2e6 // beyond its share of traffic for now
	rankSuspect = 3e6 // calls wait for it in vain
	rankFull    = 4e6 // last: it would refuse, unless a slot frees
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
			dst = append(dst, Candidate{
				Tier: t + 1, Target: target, View: view, Probe: !view.Usable, rank: p.rank(&tiers[t], i, view, asked),
			})
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
				dst = append(dst, Candidate{
					Tier: t + 1, Target: target, View: view, Probe: !view.Usable, rank: p.order(&tiers[t], i, Asked{}),
				})
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
	switch {
	case a.rank < b.rank:
		return -1
	case a.rank > b.rank:
		return 1
	}
	return 0
}

func (p *Planner) rank(tier *snapshot.Tier, i int, view health.View, asked Asked) float64 {
	within := 0.0
	if len(tier.Targets) > 1 {
		within = p.order(tier, i, asked)
	}
	switch {
	case !view.Usable:
		return rankProbe + within
	case view.Full:
		return rankFull + within
	case view.Suspect:
		return rankSuspect + within
	case view.Share < 1 && p.Rand() >= view.Share:
		return rankRamping + within
	case view.Degraded:
		return rankWeak + within
	case view.Cold:
		return rankCold + within
	}
	return rankUsable + within
}

// order places a target among its peers by the tier's strategy: its position,
// or a draw by weight (Efraimidis and Spirakis, 2006), squeezed into [0,1). For
// affinity the draw is the conversation's own, the same each time (rendezvous
// hashing, Thaler and Ravishankar, 1998): when a target goes, only its
// conversations move.
func (p *Planner) order(tier *snapshot.Tier, i int, asked Asked) float64 {
	chance := asked.chance(tier, i)
	if chance < 0 {
		chance = p.Rand()
	}
	draw := -math.Log(1-chance) / tier.Targets[i].Weight
	draw /= 1 + draw
	if tier.Strategy == hw.StrategyPriority { // the keys of one entry share its place
		return (float64(place(tier, i)) + draw) / float64(len(tier.Targets))
	}
	return draw
}

// chance is the conversation's own draw for a target; negative where there is
// none.
func (a Asked) chance(tier *snapshot.Tier, i int) float64 {
	if tier.Strategy != hw.StrategyAffinity || a.Conversation == 0 {
		return -1
	}
	return drawOf(a.Conversation, tier.Targets[i].ID)
}

// place is where the first key of a target's entry stands in its tier.
func place(tier *snapshot.Tier, i int) int {
	for i > 0 && tier.Targets[i-1].Upstream == tier.Targets[i].Upstream && tier.Targets[i-1].Target.Model == tier.Targets[i].Target.Model {
		i--
	}
	return i
}

// drawOf is a number in [0,1) that a conversation always draws for a target.
func drawOf(conversation uint64, target string) float64 {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	h := uint64(offset) ^ conversation
	for i := range len(target) {
		h = (h ^ uint64(target[i])) * prime
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd // the end of MurmurHash3, which spreads it
	h ^= h >> 33
	return float64(h>>11) / (1 << 53)
}
