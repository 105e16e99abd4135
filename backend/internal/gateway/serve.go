package gateway

import (
	"fmt"
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
		ctx: front.Context(), snap: g.Snapshots.Load(), in: g.Inbound,
	}
	c.endpoint, c.problem = match(head.Method, head.Path)
	return c
}

// match finds the endpoint of a path. The paths are those the vendors' own
// SDKs use below a base URL that ends in /v1.
func match(method, path string) (dialect.Endpoint, *hw.Error) {
	endpoint, verb := dialect.EndpointChat, "POST"
	switch {
	case path == "/v1/chat/completions":
	case path == "/v1/embeddings":
		endpoint = dialect.EndpointEmbeddings
	case strings.HasPrefix(path, deferredPath):
		endpoint, verb = endpointDeferred, "GET"
	case path == modelsPath, len(path) > len(modelsPath)+1 && path[:len(modelsPath)+1] == modelsPath+"/":
		endpoint, verb = dialect.EndpointModels, "GET"
	default:
		return "", hw.Errorf(hw.CodeNotFound, "There is nothing at this path.")
	}
	if method != verb {
		err := hw.Errorf(hw.CodeMethod, "This path takes %s only.", verb)
		err.Field = verb // becomes the Allow header
		return endpoint, err
	}
	return endpoint, nil
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
