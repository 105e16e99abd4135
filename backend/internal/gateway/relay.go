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
	if x == nil {
		return g.give(c)
	}
	var m memory
	if c.route.Remember > 0 {
		m.listen(c)
		m.note(x.held)
	}
	if !c.peek.Stream || x.whole() {
		header := x.answerHeader()
		if c.op.Endpoint.Media() {
			header["Content-Type"] = x.answerType()
		}
		g.keepAnswer(c, x, x.held)
		g.remember(c, x, &m)
		g.settle(c, x, x.success()) // the target is free while the caller reads
		c.left = c.sendPlain(200, x.held, header) != nil
		return nil
	}
	c.begin(200, c.streamHeader(x.answerHeader()), -1)
	if x.give(x.held) != nil {
		g.settle(c, x, outcomeGone())
		return nil //nolint:nilerr // the caller is gone: nobody is left to tell
	}
	x.held = nil
	if x.ended {
		g.remember(c, x, &m)
		g.settle(c, x, x.success())
		return nil
	}
	return g.stream(c, x, &m)
}

// whole reports whether the upstream of a media endpoint gave a whole answer
// where a stream was asked for: some of its models stream nothing.
func (x *exchange) whole() bool {
	return x.c.op.Endpoint.Media() && x.framing == dialect.FramingNone
}

// answerType is the content type of a whole answer that is passed through.
func (x *exchange) answerType() []string {
	kind := typeOf(x.resp.Header)
	switch {
	case dialect.FramingOf(kind) != x.framing: // an object that only claimed to be a stream
		return jsonType
	case kind == "":
		return anyType
	}
	return []string{kind}
}

// stream copies the rest of an event stream, one write for each burst.
func (g *Gateway) stream(c *Call, x *exchange, m *memory) error {
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer buffers.Put(buf)
	var out []byte
	for {
		n, err := x.resp.Body.Read(*buf)
		if n > 0 {
			var sign dialect.Sign
			var ferr error
			out, sign, ferr = x.translate.Feed(out[:0], (*buf)[:n])
			x.note(sign)
			m.note(out)
			if x.give(out) != nil {
				g.settle(c, x, outcomeGone())
				return nil // the caller is gone: nothing left to tell
			}
			if ferr != nil {
				return g.broken(c, x, ferr)
			}
		}
		if errors.Is(err, io.EOF) {
			return g.finishStream(c, x, m)
		}
		if err != nil {
			return g.broken(c, x, err)
		}
	}
}

// finishStream ends a stream the upstream has ended.
func (g *Gateway) finishStream(c *Call, x *exchange, m *memory) error {
	err := x.end()
	x.over = x.over || err == nil // some dialects end with the connection
	m.note(x.held)
	switch gone := x.give(x.held) != nil; {
	case gone:
		g.settle(c, x, outcomeGone())
	case err != nil:
		g.tell(c, x, err)
	default:
		g.remember(c, x, m)
		g.settle(c, x, x.success())
	}
	return nil
}

// give sends a piece of a stream to the caller, after what it ends is kept.
func (x *exchange) give(p []byte) error {
	if x.over || x.ended {
		x.g.keepAnswer(x.c, x, p)
	}
	return x.push(p)
}

// push sends a piece to the caller; meanwhile the upstream's silence does not count.
func (x *exchange) push(p []byte) error {
	x.pause()
	err := x.c.push(p)
	x.progress()
	return err
}

// broken ends a stream whose reading failed. Where its end marker had come
// before, nothing is missing; a reason to finish alone is no end then.
func (g *Gateway) broken(c *Call, x *exchange, cause error) error {
	if _, fault := errors.AsType[*dialect.Fault](cause); !fault && !c.gone() && x.over {
		g.settle(c, x, x.success())
		return nil
	}
	g.tell(c, x, cause)
	return nil
}

// tell ends a stream that cannot be finished: the caller is told in its own
// dialect, never given a clean end.
func (g *Gateway) tell(c *Call, x *exchange, cause error) {
	outcome := x.fail(cause)
	g.settle(c, x, outcome)
	if c.gone() {
		return
	}
	err := x.brokenOff(outcome.Class).Because(cause)
	g.interruptWith(c, err, x.translate.Break(err, c.id))
}

// brokenOff says that an answer broke off, and why. What clients act on when it
// comes before an answer has the same code, and the upstream's words, within one.
func (x *exchange) brokenOff(class hw.Class) *hw.Error {
	const text = "The upstream's answer broke off before its end%s."
	if code := refusalCode(class); code != hw.CodeUpstreamRefused {
		words := brokenWords(class)
		if said := strings.ToValidUTF8(x.detail().Message, "�"); said != "" {
			words += ": " + strings.TrimSuffix(said, ".")
		}
		return hw.Errorf(code, text, words)
	}
	code := hw.CodeStreamInterrupted
	if x.facts.TimedOut == health.TimeoutDeadline {
		code = hw.CodeDeadline
	}
	return hw.Errorf(code, text, brokenWords(class))
}

// brokenWords say why an answer broke off, where more is known than that it did.
func brokenWords(class hw.Class) string {
	switch class {
	case hw.ClassSlow:
		return ": it was silent for too long"
	case hw.ClassOverloaded:
		return ": it is overloaded"
	case hw.ClassRate:
		return ": its rate limit was reached"
	case hw.ClassQuota:
		return ": the account behind it has no credit left"
	case hw.ClassContentPolicy:
		return ": its content policy ended it"
	case hw.ClassContextLength:
		return ": its context is full"
	default:
		return ""
	}
}

// interrupt tells a caller inside a stream that it will not be finished.
func (g *Gateway) interrupt(c *Call, err *hw.Error) {
	g.interruptWith(c, err, c.in.StreamError(c.op, err, c.id))
}

// interruptWith is interrupt with the error as it stands in the stream.
func (g *Gateway) interruptWith(c *Call, err *hw.Error, told []byte) {
	c.cut, c.failure = true, err
	_ = c.push(told) // a caller who is gone by now cannot be told
}

// settle ends the attempt that answered, once.
func (g *Gateway) settle(c *Call, x *exchange, outcome health.Outcome) {
	c.live = nil
	x.reckon(true)
	c.usage = x.usage
	c.dropped = x.droppedWords()
	c.firstByte = x.start.Sub(c.start) + x.first
	x.close(outcome)
}

// success judges an answer that was given in full.
func (x *exchange) success() health.Outcome { return health.Classify(x.facts, time.Now()) }

// outcomeGone is the outcome of an attempt whose caller left: nobody's fault.
func outcomeGone() health.Outcome {
	return health.Outcome{Class: hw.ClassNeutral, Scope: health.ScopeNone, Cause: "the caller closed the connection"}
}

// outcomeOurs is the outcome of an attempt that our own fault ended.
func outcomeOurs() health.Outcome {
	return health.Outcome{Class: hw.ClassNeutral, Scope: health.ScopeNone, Cause: "Headwater could not go on with the attempt"}
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
	if words := x.droppedWords(); words != "" {
		h["X-Headwater-Dropped"] = []string{words}
	}
	// Of a stream that goes on it is not known yet: its usage says the same.
	if x.usage != nil && x.usage.Estimated {
		h["X-Headwater-Usage"] = estimated
	}
	return h
}

// The bounds of what is said of dropped fields; their names may be the caller's own.
const (
	maxDroppedNames = 20
	maxDroppedName  = 60
)

// droppedWords names what the answer may lack: what the target could not express
// and what it was certified without.
func (x *exchange) droppedWords() string {
	words := droppedWords(x.dropped)
	for i := range x.lacks {
		if words != "" {
			words += ", "
		}
		words += string(x.lacks[i].Capability) + " (certified without)"
	}
	return words
}

// droppedWords names what the target could not express, on one line of ASCII.
func droppedWords(names []string) string {
	words := make([]string, 0, min(len(names), maxDroppedNames+1))
	for i, name := range names {
		if i == maxDroppedNames {
			words = append(words, strconv.Itoa(len(names)-i)+" more")
			break
		}
		words = append(words, quoteModel(shorten(name, maxDroppedName)))
	}
	return strings.Join(words, ", ")
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

func (c *Call) streamHeader(h dialect.Header) dialect.Header {
	h["Content-Type"] = []string{c.in.StreamType(c.op)}
	h["Cache-Control"] = noCache
	h["X-Accel-Buffering"] = noBuffering // proxies in front must not collect events
	return h
}

// Shared header values; never written to.
var (
	jsonType    = []string{"application/json"}
	anyType     = []string{"application/octet-stream"}
	noCache     = []string{"no-cache"}
	noBuffering = []string{"no"}
	estimated   = []string{"estimated"}
)

// sendPlain sends a whole answer, in JSON unless the header says otherwise.
func (c *Call) sendPlain(status int, body []byte, h dialect.Header) error {
	if h == nil {
		h = make(dialect.Header, 4)
	}
	if h["Content-Type"] == nil {
		h["Content-Type"] = jsonType
	}
	return c.sendWhole(status, body, h)
}

// sendWhole sends a whole answer.
func (c *Call) sendWhole(status int, body []byte, h dialect.Header) error {
	c.begin(status, h, len(body))
	c.pulse.mu.Lock()
	defer c.pulse.mu.Unlock()
	for len(body) > 0 { // in pieces, so that a slow caller is given time for each
		piece := body[:min(len(body), writePiece)]
		if err := c.front.Write(piece); err != nil {
			return err //nolint:wrapcheck // means only: the caller is gone
		}
		c.bytesOut += int64(len(piece))
		body = body[len(piece):]
	}
	return nil
}

// writePiece is how much of a plain answer is written under one write deadline.
const writePiece = 64 << 10

// begin sends the head; the call counts as answered from here on.
func (c *Call) begin(status int, h dialect.Header, length int) {
	h["X-Request-Id"] = []string{c.id}
	c.status = status
	if c.firstByte == 0 {
		c.firstByte = time.Since(c.start)
	}
	c.pulse.mu.Lock()
	defer c.pulse.mu.Unlock()
	if !c.pulse.begun {
		c.pulse.begun = true
		c.front.Begin(status, h, length)
	}
}

// push sends a piece of the answer at once.
func (c *Call) push(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	c.pulse.mu.Lock()
	defer c.pulse.mu.Unlock()
	c.pulse.last = time.Now()
	c.bytesOut += int64(len(p))
	if err := c.front.Write(p); err != nil {
		return err //nolint:wrapcheck // means only: the caller is gone
	}
	return c.front.Flush() //nolint:wrapcheck // means only: the caller is gone
}
