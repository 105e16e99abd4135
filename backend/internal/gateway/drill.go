package gateway

import (
	"context"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/route"
	"headwater/backend/internal/upstream"
)

// joinDrill finds out whether the call is part of a fire drill; its calls see
// states of health of their own.
func (g *Gateway) joinDrill(c *Call) {
	c.states, c.planner = g.Health, g.Planner
	if g.Drills == nil {
		return
	}
	app := c.app()
	scene, ok := g.Drills.Join(drill.Asked{
		Tenant: app.Tenant.Name, App: app.Name, Route: c.route.Name, DrillKey: c.key.Drill, CallHash: drill.Hash(c.id),
	})
	if !ok {
		return
	}
	c.scene = scene
	if states := scene.Health(); states != nil {
		c.states = states
		c.planner = &route.Planner{Health: states, Rand: g.Planner.Rand}
	}
}

// send carries the request to the target, or plays what a drill has in its place.
func (x *exchange) send(wire dialect.Wire) (*upstream.Response, error) {
	up := x.target.Upstream
	fault, hit := x.c.scene.Match(drill.Target{Upstream: up.Name, Model: x.target.Model, Local: up.Local, Connect: up.Timeouts.Connect})
	if !hit {
		return x.g.Upstreams.Send(x.ctx, "POST", x.target, wire) //nolint:wrapcheck // names the upstream itself
	}
	x.fault = fault.Fault()
	return fault.Send(x.ctx, up.Provider.Dialect, func(ctx context.Context) (*upstream.Response, error) { //nolint:wrapcheck // as above
		return x.g.Upstreams.Send(ctx, "POST", x.target, wire) //nolint:wrapcheck // as above
	})
}
