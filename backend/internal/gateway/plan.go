package gateway

import (
	"time"

	"headwater/backend/internal/snapshot"
)

// lay makes the plan: which targets may answer, in which order. Targets that
// may not be tried are noted, since an honest answer names them too.
func (g *Gateway) lay(c *Call) error {
	g.plan(c, c.route.Tiers)
	return nil
}

func (g *Gateway) plan(c *Call, tiers []snapshot.Tier) {
	now := time.Now()
	c.plan = c.planner.Plan(c.planBuf[:0], tiers, c.flow(), now)
	if len(c.plan) == 0 {
		c.plan = c.planner.Trickle(c.planBuf[:0], tiers, now)
	}
}
