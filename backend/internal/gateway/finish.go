package gateway

import (
	"strings"
	"time"

	"headwater/backend/hw"
)

// finish releases what the call holds and writes its one log row.
func (g *Gateway) finish(c *Call) {
	c.pulse.stop()
	if c.retried {
		g.budget.give()
	}
	g.bodies.Add(-c.weight)
	if c.live != nil { // a panic between attempt and settle
		g.settle(c, c.live, outcomeOurs())
	}
	row := &hw.Call{
		ID: c.id, StartedAt: c.start.UTC(), Client: c.head.Client,
		Dialect: c.in.Name(), Endpoint: string(c.op.Endpoint),
		Asked: shorten(c.peek.Model, maxModelShown), Stream: c.peek.Stream,
		Status: c.status, Interrupted: c.cut,
		BytesIn: int64(len(c.body)), BytesOut: c.bytesOut,
		TotalMs: ms(time.Since(c.start)), Attempts: c.attempts,
	}
	if c.key != nil {
		row.KeyID, row.App, row.Tenant = c.key.ID, c.key.App.Name, c.key.App.Tenant.Name
	}
	if c.route != nil {
		row.Route = c.route.Name
	}
	g.noteServed(c, row)
	row.Dropped, row.CostUSD = c.dropped, row.Cost()
	if c.failure == nil && row.Status == 200 && (c.left || c.gone() && !c.complete()) {
		row.Status, row.Code = statusClosed, hw.CodeCanceled
	}
	if c.failure != nil {
		row.Code, row.Error = c.failure.Code, shorten(strings.ToValidUTF8(c.failure.Error(), "�"), maxErrorShown)
	}
	g.record(c, row)
}

// maxErrorShown bounds the error text of a log row, in bytes.
const maxErrorShown = 2000

// noteServed fills in what answered; nothing when nothing did.
func (g *Gateway) noteServed(c *Call, row *hw.Call) {
	if c.status == 200 {
		row.FirstByteMs = ms(c.firstByte)
	}
	if n := len(c.attempts); n > 0 && (c.status == 200 || c.cut) {
		last := &c.attempts[n-1]
		row.Upstream, row.Model, row.Tier = last.Upstream, last.Model, last.Tier
	}
	if c.usage != nil {
		row.TokensIn, row.TokensOut, row.TokensCached = c.usage.In, c.usage.Out, c.usage.CachedIn
		row.TokensEstimated = c.usage.Estimated
	}
}

// complete reports whether the answer that was begun was also finished.
func (c *Call) complete() bool {
	n := len(c.attempts)
	return n == 0 || c.attempts[n-1].Class == hw.ClassOK
}
