package gateway

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// Serve answers one call on the goroutine of its connection.
func (g *Gateway) Serve(front Front, head Head) {
	g.serve(g.accept(front, head))
}

// serve reads top to bottom: no step calls an earlier one, and attempt owns all
// planning anew. Subscriptions and guards will stand between decode and plan.
func (g *Gateway) serve(c *Call) {
	g.budget.active.Add(1)
	defer g.budget.active.Add(-1)
	defer g.finish(c) // log and release: exactly once, on panic and hang-up too
	defer g.survive(c)
	for _, step := range [...]func(*Call) error{
		g.identify, // credential -> app -> tenant               (snapshot)
		g.decode,   // path + body -> route, model               (dialect)
		g.lay,      // ordered targets with reasons              (route + health)
		g.attempt,  // the loop: pick -> send -> classify -> next
		g.relay,    // commit, stream out, count                 (dialect)
	} {
		if err := step(c); err != nil {
			g.refuse(c, err)
			return
		}
		if c.answered() {
			return
		}
	}
}

// accept makes the call: identity, snapshot and the dialect of its path.
func (g *Gateway) accept(front Front, head Head) *Call {
	c := &Call{
		id: hw.NewID(hw.PrefixCall), start: time.Now(), head: head, front: front,
		ctx: front.Context(), snap: g.Snapshots.Load(),
	}
	c.madeAt, c.drawn = c.start, c.id
	ask := dialect.Ask{Method: head.Method, Path: head.Path, Query: head.Query, Header: head.Header}
	c.in, c.op = g.match(ask)
	if c.op.Endpoint == "" {
		c.problem = g.lostAt(ask)
	} else {
		c.problem = fits(c.op, head.Method)
	}
	return c
}

// match finds whose path it is, and what is asked there. Where nothing is, what
// stands at the path without its last slash is meant: many a base URL ends in one.
func (g *Gateway) match(ask dialect.Ask) (dialect.Inbound, dialect.Operation) {
	in, op := g.matchExactly(ask)
	if bare, cut := strings.CutSuffix(ask.Path, "/"); cut && op.Endpoint == "" {
		ask.Path = bare
		if in, op := g.matchExactly(ask); op.Endpoint != "" {
			return in, op
		}
	}
	return in, op
}

func (g *Gateway) matchExactly(ask dialect.Ask) (dialect.Inbound, dialect.Operation) {
	last := g.Inbound[len(g.Inbound)-1]
	if id, ok := strings.CutPrefix(ask.Path, deferredPath); ok {
		return last, dialect.Operation{Endpoint: endpointDeferred, Allow: http.MethodGet, ID: id}
	}
	for _, in := range g.Inbound {
		if op, ok := in.Match(ask); ok {
			return in, op
		}
	}
	return last, dialect.Operation{}
}

// lostAt says that nothing is at a path, and which one was meant where the base
// URL of a client ends too early or says its version twice.
func (g *Gateway) lostAt(ask dialect.Ask) *hw.Error {
	const version = "/v1"
	near := ask
	if near.Path = version + ask.Path; strings.HasPrefix(ask.Path, version+version+"/") {
		near.Path = strings.TrimPrefix(ask.Path, version)
	}
	if _, op := g.match(near); op.Endpoint != "" {
		return hw.Errorf(hw.CodeNotFound, "There is nothing at this path; %s is one.", shorten(near.Path, maxModelShown))
	}
	return hw.Errorf(hw.CodeNotFound, "There is nothing at this path.")
}

// fits says what is wrong with the method of a request; nil when nothing is.
func fits(op dialect.Operation, method string) *hw.Error {
	allowed := methods(op)
	for one := range strings.SplitSeq(allowed, ", ") {
		if method == one {
			return nil
		}
	}
	return hw.Errorf(hw.CodeMethod, "This path takes %s only.", allowed)
}

// methods are those of an operation: what can be read can be asked for without
// its body, which the HTTP library leaves away. Source: RFC 9110, section 9.1.
func methods(op dialect.Operation) string {
	const get, head = http.MethodGet, http.MethodHead
	if strings.Contains(op.Allow, get) && !strings.Contains(op.Allow, head) {
		return strings.Replace(op.Allow, get, get+", "+head, 1)
	}
	return op.Allow
}

// survive turns a panic in a step into an honest answer: our own bug must cost
// one call, never the process.
func (g *Gateway) survive(c *Call) {
	cause := recover()
	if cause == nil {
		return
	}
	g.Log.Error("a call panicked", "call", c.id, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
	err := hw.Errorf(hw.CodeInternal, "Headwater could not complete this call.").Because(fmt.Errorf("panic: %v", cause))
	if !c.answered() {
		g.refuse(c, err)
		return
	}
	g.interrupt(c, err)
}
