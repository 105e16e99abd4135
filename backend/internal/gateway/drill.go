package gateway

import (
	"context"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// drillHeader lets a key that is scoped for drills rehearse a fault in one call.
const drillHeader = "X-Headwater-Drill"

// joinDrill finds out whether the call is part of a fire drill; its calls see
// states of health of their own.
func (g *Gateway) joinDrill(c *Call) error {
	c.states, c.planner = g.Health, g.Planner
	if g.Drills == nil {
		return nil
	}
	if fault := c.head.get(drillHeader); fault != "" && c.key.Drill {
		scene, err := g.Drills.Once(fault, firstUpstream(c.route))
		if err != nil {
			return hw.AsError(err).At(drillHeader)
		}
		g.enter(c, scene)
		return nil
	}
	app := c.app()
	scene, ok := g.Drills.Join(drill.Asked{
		Tenant: app.Tenant.Name, App: app.Name, Route: c.route.Name, DrillKey: c.key.Drill, CallHash: drill.Hash(c.id),
	})
	if ok {
		g.enter(c, scene)
	}
	return nil
}

// firstUpstream is what a route asks first; empty when it asks none.
func firstUpstream(r *snapshot.Route) string {
	for t := range r.Tiers {
		if len(r.Tiers[t].Targets) > 0 {
			return r.Tiers[t].Targets[0].Upstream.Name
		}
	}
	return ""
}

// enter makes the call part of a drill.
func (g *Gateway) enter(c *Call, scene drill.Scene) {
	c.scene = scene
	if states := scene.Health(); states != nil {
		c.states = states
		c.planner = &route.Planner{Health: states, Rand: g.Planner.Rand}
	}
}

// send carries the request to the target, or plays what a drill has in its place.
func (x *exchange) send(wire dialect.Wire) (*upstream.Response, error) {
	up := x.target.Upstream
	fault, hit := x.c.scene.Match(drill.Target{Upstream: up.Name, Model: x.model, Op: x.streamed(), Local: up.Local, Connect: up.Timeouts.Connect})
	if !hit {
		return x.g.Upstreams.Send(x.ctx, "POST", x.target, wire) //nolint:wrapcheck // names the upstream itself
	}
	x.fault = fault.Fault()
	return fault.Send(x.ctx, x.out.Name(), func(ctx context.Context) (*upstream.Response, error) { //nolint:wrapcheck // as above
		return x.g.Upstreams.Send(ctx, "POST", x.target, wire) //nolint:wrapcheck // as above
	})
}

// streamed is the operation whose events a target answers with. One that speaks
// another dialect than the caller is asked for a chat, or streams nothing.
func (x *exchange) streamed() dialect.Operation {
	if x.out.Name() == x.c.in.Name() {
		return x.c.op
	}
	return dialect.Operation{Endpoint: dialect.EndpointChat}
}
