package gateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// exchange is one attempt under way: a request that was sent to a target and
// the answer as far as it has come.
type exchange struct {
	g         *Gateway
	c         *Call
	candidate route.Candidate
	target    *snapshot.Target
	out       dialect.Outbound // the dialect it is asked in
	native    bool             // it got the caller's own bytes
	request   *dialect.Request // the neutral form it was asked with; see Call
	model     string
	dropped   []string
	lacks     []capability.Missing // what it was found to lack of what the call needs
	ticket    *health.Ticket
	start     time.Time

	ctx    context.Context //nolint:containedctx // the attempt is the unit of cancellation
	cancel context.CancelCauseFunc
	watch  watch

	resp      *upstream.Response
	translate dialect.Exchange
	framing   dialect.Framing // how the answer is streamed
	facts     health.Facts
	refusal   []byte // the upstream's own error body, same dialect only
	head      time.Duration
	first     time.Duration
	held      []byte // what the caller gets, before commit
	usage     *dialect.Usage
	reckoned  bool // usage is all that will be known of it
	ended     bool // a stream's end was reached while holding
	over      bool // a stream's end marker has come
	closed    bool
	fault     string // what a drill has injected
	hedge     bool   // a second attempt beside one that is late
}

// newExchange begins an attempt; ahead says what can take over.
func newExchange(g *Gateway, c *Call, candidate route.Candidate, ticket *health.Ticket, wire dialect.Wire, ahead ahead) *exchange {
	target := candidate.Target
	x := &exchange{
		g: g, c: c, candidate: candidate, target: target, ticket: ticket, start: time.Now(),
		model: target.Model, dropped: wire.Dropped,
	}
	x.out, _ = g.speaks(c, target)
	if x.native = c.native(x.out, target); !x.native {
		x.request = c.request // who gets the caller's bytes gives an answer that is passed on
	}
	x.lacks = c.lacking[target]
	if x.model == "" {
		x.model = c.peek.Model
	}
	x.ctx, x.cancel = context.WithCancelCause(c.ctx)
	x.watch.x = x
	x.watch.start(ahead)
	return x
}

// run sends the request and reads the answer up to the point where it can be
// given to the caller: all of a plain one, the first content of a stream.
func (x *exchange) run(wire dialect.Wire) health.Outcome {
	x.facts.Phase = health.PhaseHead
	resp, err := x.send(wire)
	if err != nil {
		return x.fail(err)
	}
	x.resp, x.head = resp, time.Since(x.start)
	x.facts.Phase, x.facts.Status, x.facts.Header = health.PhaseBody, resp.Status, resp.Header
	if resp.Status >= 300 {
		return x.readError()
	}
	x.framing = framingOf(resp.Header)
	x.translate = dialect.NewExchange(x.c.in, x.out, dialect.EncodeOptions{
		Op: x.c.op, Stream: x.c.peek.Stream, StreamUsage: x.c.peek.StreamUsage, Model: x.c.peek.Model, RequestID: x.c.id, Request: x.request, Body: x.c.body, Framing: x.framing,
		Type:     typeOf(resp.Header),
		Dropped:  wire.Dropped,
		Keep:     func(id string, p dialect.Proof) { x.g.keepProof(x.c, id, p) },
		Estimate: x.estimator(),
	})
	if wire.More != nil {
		return x.runOneByOne(wire)
	}
	if x.c.peek.Stream && x.framing != dialect.FramingNone {
		err = x.hold()
	} else {
		err = x.readWhole()
	}
	if err != nil {
		return x.fail(err)
	}
	return health.Outcome{Class: hw.ClassOK}
}

// readWhole reads and turns an answer that comes or goes as one piece. The
// upstream's content type decides which it is, not what was asked for.
func (x *exchange) readWhole() error {
	body, err := readBody(x.resp.Body, x.resp.Header, maxAnswer, x.progress)
	if err != nil {
		return err
	}
	return x.turnWhole(body)
}

// turnWhole turns an answer that was read in one piece.
func (x *exchange) turnWhole(body []byte) (err error) {
	switch {
	case x.c.peek.Stream:
		x.held, x.usage, err = x.translate.AnswerAsStream(nil, body)
	case x.framing != dialect.FramingNone:
		x.held, x.usage, err = x.translate.StreamAsAnswer(nil, body)
	default:
		x.held, x.usage, err = x.translate.Answer(nil, body)
	}
	if err != nil {
		return err //nolint:wrapcheck // *dialect.Fault is classified, not shown
	}
	x.first, x.ended = time.Since(x.start), true
	x.ticket.FirstByte(time.Now())
	return nil
}

// hold reads a stream until something is worth showing, so that a failure
// before that stays invisible. Bounded in pieces, bytes and time.
func (x *exchange) hold() error {
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer buffers.Put(buf)
	var began time.Time
	pieces := 0
	for {
		n, err := x.resp.Body.Read(*buf)
		if n > 0 {
			if began.IsZero() {
				began = time.Now()
				if x.framing == dialect.FramingSSE && startsObject((*buf)[:n]) { // an error, or an answer, that only claims to be a stream
					return x.readRest((*buf)[:n])
				}
			}
			enough, ferr := x.holdPiece((*buf)[:n], &pieces)
			if ferr != nil {
				return ferr
			}
			if enough || pieces > 0 && time.Since(began) > maxHeldTime {
				x.first = time.Since(x.start)
				x.ticket.FirstByte(time.Now())
				x.progress()
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			x.ended = true
			return x.end()
		}
		if err != nil {
			return err //nolint:wrapcheck // classified, not shown
		}
	}
}

// holdPiece holds one piece of a stream and says whether that is enough to
// commit: it shows something, or more must not be held.
func (x *exchange) holdPiece(p []byte, pieces *int) (enough bool, err error) {
	before := len(x.held)
	out, sign, err := x.translate.Feed(x.held, p)
	x.held = out
	x.note(sign)
	if len(out) > before {
		*pieces++
	}
	return sign.Content || *pieces >= maxHeldEvents || len(out) >= maxHeldBytes, err //nolint:wrapcheck // *dialect.Fault is classified, not shown
}

// readRest reads what follows the first piece of an answer that is no stream.
func (x *exchange) readRest(first []byte) error {
	body, err := readBody(io.MultiReader(bytes.NewReader(slices.Clone(first)), x.resp.Body), nil, maxAnswer, x.progress)
	if err != nil {
		return err
	}
	x.framing = dialect.FramingNone
	return x.turnWhole(body)
}

// startsList reports whether bytes begin a JSON array, as Gemini wraps its errors.
func startsList(b []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("[")) }

// startsObject reports whether bytes begin a JSON object; no line of an event
// stream does.
func startsObject(b []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) }

// end closes a stream that the upstream ended: properly or not.
func (x *exchange) end() error {
	out, usage, err := x.translate.Close(x.held)
	x.held = out
	if usage != nil {
		x.usage = usage
	}
	return err //nolint:wrapcheck // *dialect.Fault is classified, not shown
}

func (x *exchange) note(sign dialect.Sign) {
	x.over = x.over || sign.End
	if sign.Usage != nil {
		x.usage = sign.Usage
	}
}

// readError reads an answer that is an error, in the upstream's own dialect.
func (x *exchange) readError() health.Outcome {
	body, err := readBody(x.resp.Body, x.resp.Header, maxErrorBody, x.progress)
	if err != nil && !errors.Is(err, errAnswerTooLarge) {
		return x.fail(err)
	}
	// Some upstreams repeat the key: it is the administrator's, not the caller's.
	body = upstream.Blot(body, x.candidate.Target.Credential)
	out := x.out
	x.facts.Detail = out.ReadError(x.resp.Status, x.resp.Header, body)
	x.facts.Detail.Wait = dialect.RetryDelay(body)
	if peek.Object(body, nil) != nil && !startsList(body) {
		x.facts.Detail.Message = "" // a proxy's page is nobody's words
	} else if out.Name() == x.c.in.Name() && isJSON(x.resp.Header) && hasErrorObject(body) {
		x.refusal = body
	}
	return health.Classify(x.facts, time.Now())
}

// hasErrorObject reports whether an error body has the shape that the vendors'
// clients read. Some upstreams send a bare text as error; theirs is told anew.
func hasErrorObject(body []byte) bool {
	field := [...]peek.Field{{Key: "error"}}
	if peek.Object(body, field[:]) != nil {
		return false
	}
	raw := field[0].Raw(body)
	return len(raw) > 0 && raw[0] == '{'
}

// fail classifies an attempt that ended in an error.
func (x *exchange) fail(err error) health.Outcome {
	x.facts.Err = err
	if fault, ok := errors.AsType[*dialect.Fault](err); ok {
		fault.Detail.Message = string(upstream.Blot([]byte(fault.Detail.Message), x.candidate.Target.Credential))
		x.facts.Fault, x.facts.Err = fault, nil
		return health.Classify(x.facts, time.Now())
	}
	if token, ok := errors.AsType[*upstream.TokenError](err); ok {
		x.facts.Phase, x.facts.Token = health.PhaseConnect, &health.TokenFailure{Refused: token.Refused, Words: token.Words}
	} else if dial, ok := errors.AsType[*upstream.DialError](err); ok {
		x.facts.Phase = health.PhaseConnect
		if t, ok := errors.AsType[interface {
			error
			Timeout() bool
		}](dial.Unwrap()); ok && t.Timeout() {
			x.facts.TimedOut = health.TimeoutConnect
		}
	}
	if _, ok := errors.AsType[*upstream.SendError](err); ok {
		x.facts.Phase = health.PhaseSend
	}
	x.facts.Cold = x.candidate.View.Cold || x.ticket.Cold()
	x.facts.TimedOut = cmp.Or(timedOut(x.ctx), x.facts.TimedOut)
	switch cause := context.Cause(x.ctx); {
	case x.c.gone():
		x.facts.CallerGone, x.facts.TimedOut = true, health.TimeoutNone
	case errors.Is(cause, errHurry), errors.Is(cause, errLost):
		x.facts.OwnCancel = true
	}
	return health.Classify(x.facts, time.Now())
}

// close ends the attempt: verdict to the registry, connection released, row
// for the log.
func (x *exchange) close(outcome health.Outcome) {
	x.release()
	x.ticket.End(x.signed(outcome), time.Now())
	x.c.attempts = append(x.c.attempts, x.row(outcome))
}

// closeInDoubt is close for a failure that another target may explain: whose
// fault it was is settled when the call is.
func (x *exchange) closeInDoubt(outcome health.Outcome) {
	x.release()
	if x.ticket.Doubt(x.signed(outcome), time.Now()) {
		x.c.doubts = append(x.c.doubts, doubt{ticket: x.ticket, class: outcome.Class, model: x.target.Target.Model})
	}
	x.c.attempts = append(x.c.attempts, x.row(outcome))
}

func (x *exchange) release() {
	x.closed = true
	x.watch.stop()
	x.cancel(errFinished)
	if x.resp != nil {
		_ = x.resp.Body.Close()
	}
}

// signed says who asked for it.
func (x *exchange) signed(o health.Outcome) health.Outcome {
	o.App = x.c.app().Hash
	if o.Class != hw.ClassOK {
		o.Print = x.c.fingerprint()
	}
	return o
}

// abandon ends an attempt that neither answers nor was ended: a panic of ours.
func (x *exchange) abandon() {
	if x.c.live != x && !x.closed {
		x.close(outcomeOurs())
	}
}

func (x *exchange) row(outcome health.Outcome) hw.Attempt {
	a := hw.Attempt{
		StartMs: ms(x.start.Sub(x.c.start)), TotalMs: ms(time.Since(x.start)),
		HeadMs: ms(x.head), FirstByteMs: ms(x.first),
		Tier: x.candidate.Tier, Upstream: x.target.Upstream.Name, Model: x.model, TargetID: x.target.ID,
		Status: x.facts.Status, Class: outcome.Class, Cause: outcome.Cause, Probe: x.candidate.Probe, Hedge: x.hedge, Drill: x.fault,
	}
	if x.target.Credential != nil {
		a.Credential = x.target.Credential.Name
	}
	if x.resp != nil {
		a.ConnectMs = ms(x.resp.ConnectTime)
	}
	x.reckon(outcome.Class == hw.ClassOK)
	x.bill(&a)
	return a
}

// bill notes what the attempt used, and what that cost at today's price.
func (x *exchange) bill(a *hw.Attempt) {
	u := x.usage
	if u == nil {
		return
	}
	if cred := x.target.Credential; cred != nil && cred.Allowance != nil {
		cred.Allowance.Spend(u.In+u.Out, time.Now())
	}
	a.Tokens = &hw.Tokens{
		In: u.In, Out: u.Out, CachedIn: u.CachedIn, CacheWrite: u.CacheWrite, Reasoning: u.ReasoningOut,
		AudioIn: u.AudioIn, AudioOut: u.AudioOut, ImageIn: u.ImageIn, ImageOut: u.ImageOut, Seconds: u.Seconds, Estimated: u.Estimated,
	}
	model, ok := x.c.snap.Model(x.target.Upstream, x.model)
	if !ok {
		return
	}
	if price, ok := catalog.PriceFor(model, u.In); ok {
		a.Price, a.CostUSD = &price, catalog.Cost(price, *a.Tokens)
	}
}

func (x *exchange) tried(outcome health.Outcome) tried {
	t := tried{
		target: x.target, class: outcome.Class, took: time.Since(x.start), sent: true,
		timedOut: x.facts.TimedOut != health.TimeoutNone,
		broken:   x.facts.Fault != nil && (x.facts.Fault.Malformed || x.facts.Fault.Truncated),
	}
	return t
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
