package gateway

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
)

// hasForgotten reports whether a target refused the call because it does not
// know the answer that it continues, while that answer is kept here: vendors
// keep theirs for a time, and engines until they start anew.
func (x *exchange) hasForgotten() bool {
	c := x.c
	in, ok := c.in.(dialect.Threaded)
	if !ok || !x.native || c.from == "" || c.joined == nil || c.gone() {
		return false
	}
	detail := x.facts.Detail
	if x.facts.Fault != nil {
		detail = x.facts.Fault.Detail
	}
	return in.Forgotten(detail)
}

// remind asks the target once more, with all that was said before.
func (g *Gateway) remind(c *Call, x *exchange, outcome health.Outcome, ahead ahead) (health.Outcome, error) {
	x.close(outcome) // a refusal, which is nobody's fault
	c.forgot = true
	return g.try(c, x.candidate, ahead, c.states.Begin)
}

// forgetTime bounds how long an upstream is asked to delete its copy.
const forgetTime = 10 * time.Second

// forgetAt asks the upstream that gave an answer to delete the copy that it
// keeps. Nobody waits for it, and nothing follows from what it says; while too
// much is done beside the calls it is not asked.
func (g *Gateway) forgetAt(c *Call, in dialect.Threaded, a KeptAnswer) {
	target := targetOf(c.snap, a.Target)
	if target == nil {
		return // it was given by nobody who would know it, or by one who is gone
	}
	out, prefix := g.speaks(c, target)
	if out == nil || out.Name() != c.in.Name() || !out.Serves(dialect.EndpointStored) {
		return
	}
	wire, err := out.Adapt(in.Delete(a.ID), nil, dialect.Target{Model: target.Model}, false)
	if err != nil {
		g.Log.Warn("an upstream cannot be asked to delete an answer", "call", c.id, "error", err)
		return
	}
	wire.Path = prefix + wire.Path
	select {
	case g.aside.places <- struct{}{}:
	default:
		return
	}
	if !g.aside.do(func() {
		defer func() { <-g.aside.places }()
		defer func() { // on a goroutine of its own a bug of ours would cost the process
			if cause := recover(); cause != nil {
				g.Log.Error("deleting an answer panicked", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			}
		}()
		g.deleteAt(target, wire)
	}) {
		<-g.aside.places
	}
}

func (g *Gateway) deleteAt(target *snapshot.Target, wire dialect.Wire) {
	ctx, cancel := context.WithTimeout(g.aside.ctx, forgetTime)
	defer cancel()
	resp, err := g.Upstreams.Send(ctx, http.MethodDelete, target, wire)
	if err != nil {
		g.Log.Info("an upstream could not be asked to delete an answer", "upstream", target.Upstream.Name, "error", err)
		return
	}
	_ = resp.Body.Close()
	if resp.Status >= 300 && resp.Status != http.StatusNotFound {
		g.Log.Info("an upstream did not delete an answer", "upstream", target.Upstream.Name, "status", resp.Status)
	}
}

// targetOf finds a target by its id; nil when there is none any more.
func targetOf(s *snapshot.Snapshot, id string) *snapshot.Target {
	for ladder := range s.Ladders() {
		for t := range ladder.Tiers {
			for _, target := range ladder.Tiers[t].Targets {
				if target.ID == id {
					return target
				}
			}
		}
	}
	return nil
}
