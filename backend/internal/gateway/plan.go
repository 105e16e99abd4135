package gateway

import (
	"encoding/json"
	"hash/maphash"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// lay makes the plan: which tiers take the call, which targets may answer, in
// which order. Targets that may not be tried are noted, since an honest answer
// names them too.
func (g *Gateway) lay(c *Call) error {
	g.passOver(c)
	g.passUnable(c)
	g.plan(c, c.route.Tiers)
	return nil
}

func (g *Gateway) plan(c *Call, tiers []snapshot.Tier) {
	now := time.Now()
	c.plan = c.planner.Plan(c.planBuf[:0], tiers, c.askedOf(tiers), now)
	if len(c.plan) == 0 {
		c.plan = c.planner.Trickle(c.planBuf[:0], tiers, now)
	}
}

// conversation tells conversations apart by how they begin, up to the first turn
// of the user, for routes that keep one at its target; zero where nobody asks.
func (c *Call) conversation() uint64 {
	keeps := false
	for t := range c.route.Tiers {
		keeps = keeps || c.route.Tiers[t].Strategy == hw.StrategyAffinity
	}
	if !keeps {
		return 0
	}
	var body struct {
		Messages []json.RawMessage `json:"messages"`
	}
	if json.Unmarshal(c.body, &body) != nil {
		return 0
	}
	hash := c.app().Hash
	for _, turn := range body.Messages {
		hash = hash*31 ^ maphash.Bytes(printSeed, turn)
		var who struct {
			Role string `json:"role"`
		}
		if json.Unmarshal(turn, &who) == nil && who.Role == "user" {
			break
		}
	}
	return max(hash, 1)
}
