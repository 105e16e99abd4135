package route

import (
	"math"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// order places a candidate among its peers by the tier's strategy: by a figure
// of which less is better, and where that is the same by a draw by weight
// (Efraimidis and Spirakis, 2006).
func (p *Planner) order(c *Candidate, tier *snapshot.Tier, i int, asked *Asked, now time.Time) {
	chance := asked.chance(tier, i)
	if chance < 0 {
		chance = p.Rand()
	}
	c.draw = -math.Log(1-chance) / c.Target.Weight
	c.figure = p.figure(c, tier, i, asked, now)
}

// figure is what the tier's strategy goes by; zero for those that only draw.
func (p *Planner) figure(c *Candidate, tier *snapshot.Tier, i int, asked *Asked, now time.Time) float64 {
	switch tier.Strategy {
	case hw.StrategyPriority:
		return float64(place(tier, i)) // the keys of one entry share its place
	case hw.StrategyLatency:
		first := p.Health.First(&c.Target.Target, asked.Flow, now)
		if first == 0 && c.View.InFlight > 0 {
			return math.Inf(1) // it is being tried: one call is enough to find out
		}
		return first.Seconds()
	case hw.StrategyBusy:
		return float64(c.View.InFlight) / c.Target.Weight
	case hw.StrategyCost:
		if usd, known := asked.price(c.Target); known {
			return usd
		}
		return math.Inf(1)
	}
	return 0
}

func (a *Asked) price(target *snapshot.Target) (float64, bool) {
	if a.Price == nil {
		return 0, false
	}
	return a.Price(target)
}

// chance is the draw for a target of what keeps to one: the same each time
// (rendezvous hashing, Thaler and Ravishankar, 1998), so that when a target
// goes, only what it had moves. Negative where nothing keeps.
func (a *Asked) chance(tier *snapshot.Tier, i int) float64 {
	switch tier.Strategy {
	case hw.StrategyAffinity:
		if a.Conversation != 0 {
			return drawOf(a.Conversation, tier.Targets[i].ID)
		}
	case hw.StrategySticky:
		if key := a.Caller.key(tier.Sticky); key != 0 {
			return drawOf(key, tier.Targets[i].ID)
		}
	}
	return -1
}

// drawOf is a number in [0,1) that a key always draws for a name.
func drawOf(key uint64, name string) float64 {
	h := fnv1a(fnvOffset^key, name)
	h = (h ^ h>>33) * 0xff51afd7ed558ccd // the end of MurmurHash3, which spreads it
	h ^= h >> 33
	return float64(h>>11) / (1 << 53)
}
