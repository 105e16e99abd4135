package gateway

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
)

// relay commits: from here on the caller has this target's answer, and a
// failure can only be told, never hidden.
func (g *Gateway) relay(c *Call) error {
	x := c.live
	if !c.peek.Stream {
		err := c.sendPlain(200, x.held, x.answerHeader())
		g.settle(c, x, x.success())
		return err
	}
	c.begin(200, eventStreamHeader(x.answerHeader()), -1)
	if err := c.push(x.held); err != nil {
		g.settle(c, x, outcomeGone())
		return err
	}
	x.held = nil
	if x.ended {
		g.settle(c, x, x.success())
		return nil
	}
	return g.stream(c, x)
}

// stream copies the rest of an event stream, one write for each burst.
func (g *Gateway) stream(c *Call, x *exchange) error {
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer buffers.Put(buf)
	var out []byte
	for {
		n, err := x.resp.Body.Read(*buf)
		if n > 0 {
			x.progress()
			var sign dialect.Sign
			var ferr error
			out, sign, ferr = x.translate.Feed(out[:0], (*buf)[:n])
			x.note(sign)
			if perr := c.push(out); perr != nil {
				g.settle(c, x, outcomeGone())
				return nil // the caller is gone: nothing left to tell
			}
			if ferr != nil {
				return g.broken(c, x, ferr)
			}
		}
		if errors.Is(err, io.EOF) {
			return g.finishStream(c, x)
		}
		if err != nil {
			return g.broken(c, x, err)
		}
	}
}

// finishStream ends a stream the upstream has ended.
func (g *Gateway) finishStream(c *Call, x *exchange) error {
	if err := x.end(); err != nil {
		if perr := c.push(x.held); perr == nil {
			return g.broken(c, x, err)
		}
	} else if perr := c.push(x.held); perr == nil {
		g.settle(c, x, x.success())
		return nil
	}
	g.settle(c, x, outcomeGone())
	return nil
}

// broken ends a stream that cannot be finished: the caller is told in its own
// dialect, never given a clean end.
func (g *Gateway) broken(c *Call, x *exchange, cause error) error {
	outcome := x.fail(cause)
	g.settle(c, x, outcome)
	if c.gone() {
		return nil
	}
	code := hw.CodeStreamInterrupted
	if x.facts.TimedOut == health.TimeoutDeadline {
		code = hw.CodeDeadline
	}
	g.interrupt(c, hw.Errorf(code, "The upstream's answer broke off: %s.", strings.ReplaceAll(string(outcome.Class), "_", " ")).Because(cause))
	return nil
}

// interrupt tells a caller inside a stream that it will not be finished.
func (g *Gateway) interrupt(c *Call, err *hw.Error) {
	c.cut, c.failure = true, err
	_ = c.push(c.in.StreamError(err, c.id)) // a caller who is gone by now cannot be told
}

// settle ends the attempt that answered, once.
func (g *Gateway) settle(c *Call, x *exchange, outcome health.Outcome) {
	c.live = nil
	c.usage = x.usage
	c.firstByte = x.start.Sub(c.start) + x.first
	x.close(outcome)
}

// success judges an answer that was given in full.
func (x *exchange) success() health.Outcome { return health.Classify(x.facts, time.Now()) }

// outcomeGone is the outcome of an attempt whose caller left: nobody's fault.
func outcomeGone() health.Outcome {
	return health.Outcome{Class: hw.ClassNeutral, Scope: health.ScopeNone, Cause: "the caller closed the connection"}
}

// answerHeader names what served the call; the contract of the health design,
// section 6.
func (x *exchange) answerHeader() dialect.Header {
	c := x.c
	h := make(dialect.Header, 8)
	words := c.attemptWords(tried{target: x.target, class: hw.ClassOK, took: x.first, sent: true})
	if earlier := c.sentWords(); earlier != "" {
		words = earlier + ", " + words
	}
	values := [...]string{
		words,
		"tier=" + strconv.Itoa(x.candidate.Tier) + ";upstream=" + c.nameOf(x.target) + ";model=" + quoteModel(x.model),
	}
	h["X-Headwater-Attempts"], h["X-Headwater-Served-By"] = values[0:1:1], values[1:2:2]
	if len(x.dropped) > 0 {
		h["X-Headwater-Dropped"] = []string{strings.Join(x.dropped, ", ")}
	}
	return h
}

// quoteModel keeps a header on one line and in ASCII, whatever a model is called.
func quoteModel(model string) string {
	for i := range len(model) {
		if ch := model[i]; ch <= ' ' || ch > '~' || ch == ';' || ch == ',' {
			return strconv.QuoteToASCII(model)
		}
	}
	return model
}

func (c *Call) attemptWords(t tried) string {
	return c.nameOf(t.target) + ";class=" + string(t.class) + ";ms=" + strconv.FormatInt(t.took.Milliseconds(), 10)
}

func eventStreamHeader(h dialect.Header) dialect.Header {
	h["Content-Type"] = eventStreamType
	h["Cache-Control"] = noCache
	h["X-Accel-Buffering"] = noBuffering // proxies in front must not collect events
	return h
}

// Shared header values; never written to.
var (
	eventStreamType = []string{"text/event-stream; charset=utf-8"}
	jsonType        = []string{"application/json"}
	noCache         = []string{"no-cache"}
	noBuffering     = []string{"no"}
)

// sendPlain sends a whole answer in JSON.
func (c *Call) sendPlain(status int, body []byte, h dialect.Header) error {
	if h == nil {
		h = make(dialect.Header, 4)
	}
	h["Content-Type"] = jsonType
	c.begin(status, h, len(body))
	c.bytesOut += int64(len(body))
	return c.front.Write(body) //nolint:wrapcheck // means only: the caller is gone
}

// begin sends the head; the call counts as answered from here on.
func (c *Call) begin(status int, h dialect.Header, length int) {
	h["X-Request-Id"] = []string{c.id}
	c.status = status
	if c.firstByte == 0 {
		c.firstByte = time.Since(c.start)
	}
	c.front.Begin(status, h, length)
}

// push sends a piece of the answer at once.
func (c *Call) push(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	c.bytesOut += int64(len(p))
	if err := c.front.Write(p); err != nil {
		return err //nolint:wrapcheck // means only: the caller is gone
	}
	return c.front.Flush() //nolint:wrapcheck // means only: the caller is gone
}
