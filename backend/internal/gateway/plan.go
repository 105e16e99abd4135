package gateway

import (
	"time"
)

// lay makes the plan: which targets may answer, in which order. Targets that
// may not be tried are noted, since an honest answer names them too.
func (g *Gateway) lay(c *Call) error {
	now := time.Now()
	c.plan = g.Planner.Plan(c.planBuf[:0], c.route.Tiers, now)
	if len(c.plan) == 0 {
		c.plan = g.Planner.Trickle(c.planBuf[:0], c.route.Tiers, now)
	}
	return nil
}
