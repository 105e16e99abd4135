package gateway

import (
	"context"
	"fmt"
	"runtime/debug"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
	"headwater/backend/internal/tokens"
)

// maxReadForTokens bounds the request that is decoded only to estimate its
// tokens; of a longer one the bytes are counted.
const maxReadForTokens = 1 << 20

// staleCounts is how many times more an answer that broke off must have said
// than was counted, before the counts are taken for those of its beginning:
// Anthropic's streams begin with one token of output.
const staleCounts = 2

// estimates reports whether tokens are estimated where an upstream tells none:
// those of texts. Pictures and sound are sold by other measures, a rerank by the
// search.
func (c *Call) estimates() bool {
	return c.op.Endpoint.Generates() || c.op.Endpoint == dialect.EndpointEmbeddings
}

// estimator is what an exchange asks for the usage that its caller must see;
// nil where nothing is estimated.
func (x *exchange) estimator() func(dialect.Said) *dialect.Usage {
	if !x.c.estimates() {
		return nil
	}
	return x.estimate
}

// estimate is the usage of an answer of which nobody has told any.
func (x *exchange) estimate(said dialect.Said) *dialect.Usage {
	return &dialect.Usage{In: x.tokensIn(), Out: tokens.Of(x.model).Said(said), Estimated: true}
}

// tokensIn estimates what the target read. Only what was never counted comes
// here, so the request may be read for it.
func (x *exchange) tokensIn() int64 {
	if x.request != nil {
		return tokens.Of(x.model).Request(x.request)
	}
	body := x.c.whole()
	if len(body) <= maxReadForTokens {
		if request, err := x.c.in.Decode(x.c.op, body); err == nil {
			return tokens.Of(x.model).Request(request)
		}
	}
	return tokens.Quick(body)
}

// reckon sees to it that an attempt that answered, or has begun to, has its
// tokens: what the upstream told, else an estimate. It may be called again.
func (x *exchange) reckon(answered bool) {
	if x.reckoned || !x.c.estimates() {
		return
	}
	x.reckoned = true
	if x.usage != nil && (x.over || x.ended) {
		return // told in full, as almost always: what was said need not be read
	}
	defer func() { // what was under way may be half done: a bug of ours must cost the estimate only
		if cause := recover(); cause != nil {
			x.g.Log.Error("estimating tokens panicked", "call", x.c.id, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
	}()
	var said dialect.Said
	if x.translate != nil {
		said = x.translate.Said()
	}
	x.usage = x.reckoning(said, answered || said.Times > 0 || x.lostRace())
}

// reckoning is the usage of an attempt of which not all was told; nil where it
// did nothing that is paid for.
func (x *exchange) reckoning(said dialect.Said, worked bool) *dialect.Usage {
	if x.usage == nil {
		if !worked {
			return nil
		}
		return x.estimate(said)
	}
	out := tokens.Of(x.model).Said(said)
	if out <= staleCounts*x.usage.Out {
		return x.usage
	}
	told := *x.usage
	told.Out, told.Estimated = out, true
	return &told
}

// lostRace reports whether another attempt was faster after this one's request
// had gone out: the upstream has read it, and is paid for that.
func (x *exchange) lostRace() bool {
	sent := x.facts.Phase != health.PhaseConnect && x.facts.Phase != health.PhaseSend
	return sent && context.Cause(x.ctx) == errLost //nolint:errorlint // our own cause, never wrapped
}
