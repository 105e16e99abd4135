package appliance

import (
	"context"

	"headwater/backend/internal/admin"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/gateway"
)

// console makes a call of the test console: the gateway's own steps, with a
// sink in the place of a connection.
func (h *house) console(ctx context.Context, call admin.ConsoleCall, to admin.ConsoleSink) (string, error) {
	front := &consoleFront{ctx: ctx, body: call.Body, to: to}
	head := gateway.Head{
		Method: call.Method, Path: call.Path, Query: call.Query, Header: dialect.Header(call.Header), Client: call.Client,
	}
	return h.gateway.ServeFor(front, head, gateway.Behalf{App: call.App, Key: call.Key}) //nolint:wrapcheck // an *hw.Error in words for people
}

// consoleFront is a gateway.Front over a sink.
type consoleFront struct {
	ctx  context.Context //nolint:containedctx // stands for the connection
	body []byte
	to   admin.ConsoleSink
}

// Context implements gateway.Front.
func (f *consoleFront) Context() context.Context { return f.ctx }

// Body implements gateway.Front. The administration has bounded it.
func (f *consoleFront) Body(_ int64, grow func(n int) error) ([]byte, error) {
	return f.body, grow(len(f.body))
}

// Begin implements gateway.Front.
func (f *consoleFront) Begin(status int, header dialect.Header, _ int) { f.to.Begin(status, header) }

// Write implements gateway.Front.
func (f *consoleFront) Write(p []byte) error { return f.to.Write(p) } //nolint:wrapcheck // means only: nobody listens any more

// Flush implements gateway.Front: a sink keeps nothing back.
func (f *consoleFront) Flush() error { return nil }

// Abort implements gateway.Front.
func (f *consoleFront) Abort() {}
