package certify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// The bounds of what is read of one answer. Unit: bytes.
const (
	maxAnswer    = 4 << 20
	maxErrorBody = 64 << 10
	readSize     = 16 << 10
)

// longestWait is how long an upstream may ask to wait before the one retry.
const longestWait = 10 * time.Second

// question is one request.
type question struct {
	req *dialect.Request
	// model and key replace the subject's; empty and nil mean those.
	model string
	key   *snapshot.Credential
	// spoilt sends a body that is cut in half.
	spoilt bool
	// leave breaks off at the first content.
	leave bool
	// most is the most that it can use.
	most hw.Tokens
}

// reply is what came back with a status of success.
type reply struct {
	*dialect.Answer
	header dialect.Header
	usage  *dialect.Usage
	// pieces are the events with content, of a stream; plain is true where a
	// stream was asked for and a whole answer came.
	pieces int
	plain  bool
	// early is true where the first content came in an earlier read than the end;
	// first and took are how long both took.
	early       bool
	first, took time.Duration
}

// text is what the model said.
func (r *reply) text() string {
	var b strings.Builder
	for _, p := range r.parts() {
		if p.Kind == dialect.PartText {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func (r *reply) parts() []dialect.Part {
	if len(r.Choices) == 0 {
		return nil
	}
	return r.Choices[0].Parts
}

func (r *reply) calls() []*dialect.ToolCall {
	var calls []*dialect.ToolCall
	for _, p := range r.parts() {
		if p.Kind == dialect.PartToolCall && p.Call != nil {
			calls = append(calls, p.Call)
		}
	}
	return calls
}

func (r *reply) finish() string {
	if len(r.Choices) == 0 {
		return ""
	}
	return r.Choices[0].Finish
}

// troubleKind says whose doing it was that there is no reply.
type troubleKind string

const (
	// unfit: the dialect has no words for the request. Nothing was sent.
	unfit troubleKind = "unfit"
	// shaky: a timeout, a limit, an outage: nothing is learned.
	shaky troubleKind = "shaky"
	// refused: the upstream does not take such a request.
	refused troubleKind = "refused"
	// denied: the upstream does not take the key, or there is no credit.
	denied troubleKind = "denied"
	// broken: the answer is not what its dialect says it should be.
	broken troubleKind = "broken"
)

// trouble is why there is no reply.
type trouble struct {
	kind   troubleKind
	status int
	reason dialect.Reason
	said   hw.Said
	// message is what the upstream said, with whatever it repeats.
	message string
	// readable is true where the dialect found a message in an error.
	readable bool
	// wait is how long it asks to wait; zero when it does not say.
	wait time.Duration
}

// statusOf is the status of the answer; 0 where there was none.
func (t *trouble) statusOf() int {
	if t == nil {
		return 0
	}
	return t.status
}

// send makes one request, pays for it and reads the answer.
func (r *run) send(ctx context.Context, q *question) (*reply, *trouble) {
	model := cmp.Or(q.model, r.s.model)
	wire, err := r.s.out.Encode(q.req, dialect.Target{Provider: r.s.up.Provider.ID, Model: model, MaxOutput: r.s.facts.MaxOutput})
	if err != nil {
		return nil, &trouble{kind: unfit, said: hw.Say("trouble.unfit", "why", hw.AsError(err).Text)}
	}
	if q.spoilt {
		wire.Body = wire.Body[:len(wire.Body)/2]
	}
	began := time.Now()
	resp, err := r.pool.Send(ctx, http.MethodPost, &snapshot.Target{Upstream: r.s.up, Credential: cmp.Or(q.key, r.s.credential), Model: model}, wire)
	if err != nil {
		if sent(err) {
			r.purse.pay(nil, q.most)
		}
		return nil, unreached(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	r.limits = r.limits || tellsLimits(resp.Header)
	if resp.Status >= http.StatusMultipleChoices {
		return nil, r.readError(resp) // an answer that is none is not billed
	}
	x := &reading{q: q, began: began, heard: &heard{}, reply: &reply{header: resp.Header}}
	x.exchange = dialect.NewExchange(listener{heard: x.heard}, r.s.out, dialect.EncodeOptions{
		Op: dialect.Operation{Endpoint: q.req.Endpoint}, Stream: q.req.Stream, StreamUsage: true, Model: model, Request: q.req,
		Framing: framingOf(resp.Header), Type: contentType(resp.Header),
	})
	err = x.read(resp)
	r.purse.pay(x.reply.usage, q.most)
	if err != nil {
		return nil, unread(ctx, err)
	}
	x.reply.Answer, x.reply.took = x.heard.whole(), time.Since(began)
	return x.reply, nil
}

// sent reports whether a request that failed may have reached the model.
func sent(err error) bool {
	if _, ok := errors.AsType[*upstream.DialError](err); ok {
		return false
	}
	_, ok := errors.AsType[*upstream.TokenError](err)
	return !ok
}

// reading is one answer on its way in.
type reading struct {
	q        *question
	began    time.Time
	heard    *heard
	exchange dialect.Exchange
	reply    *reply
}

// read reads the answer. The upstream's content type decides whether it is a
// stream, not the request.
func (x *reading) read(resp *upstream.Response) error {
	framing := framingOf(resp.Header)
	if x.q.req.Stream && framing != dialect.FramingNone {
		return x.stream(resp.Body)
	}
	body, err := readBounded(resp.Body, maxAnswer)
	if err != nil {
		return err
	}
	switch {
	case x.q.req.Stream:
		x.reply.plain = true
		_, x.reply.usage, err = x.exchange.AnswerAsStream(nil, body)
	case framing != dialect.FramingNone:
		_, x.reply.usage, err = x.exchange.StreamAsAnswer(nil, body)
	default:
		_, x.reply.usage, err = x.exchange.Answer(nil, body)
	}
	x.reply.first = time.Since(x.began)
	return err //nolint:wrapcheck // a *dialect.Fault is judged, not shown
}

// stream reads a stream to its end, or to its first content when no more is wanted.
func (x *reading) stream(body io.Reader) error {
	buf := make([]byte, readSize)
	total, firstRead := 0, 0
	for reads := 1; ; reads++ {
		n, err := body.Read(buf)
		total += n
		if total > maxAnswer {
			return errTooLong
		}
		_, sign, fault := x.exchange.Feed(nil, buf[:n])
		x.note(sign)
		if firstRead == 0 && sign.Content {
			x.reply.first, firstRead = time.Since(x.began), reads
		}
		switch {
		case fault != nil:
			return fault //nolint:wrapcheck // a *dialect.Fault is judged, not shown
		case firstRead > 0 && x.q.leave:
			return nil
		case sign.End || errors.Is(err, io.EOF):
			x.reply.early = firstRead > 0 && reads > firstRead
			return x.close(err)
		case err != nil:
			return fmt.Errorf("reading a stream: %w", err)
		}
	}
}

// close ends a stream whose end was seen.
func (x *reading) close(err error) error {
	_, usage, fault := x.exchange.Close(nil)
	if usage != nil {
		x.reply.usage = usage
	}
	for _, ev := range x.heard.events {
		if ev.Content() {
			x.reply.pieces++
		}
	}
	if fault == nil && err != nil && !errors.Is(err, io.EOF) {
		return nil // the stream had its proper end before
	}
	return fault //nolint:wrapcheck // a *dialect.Fault is judged, not shown
}

func (x *reading) note(sign dialect.Sign) {
	if sign.Usage != nil {
		x.reply.usage = sign.Usage
	}
}

var errTooLong = errors.New("the answer is too long")

func readBounded(body io.Reader, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, most+1))
	if err == nil && int64(len(text)) > most {
		err = errTooLong
	}
	if err != nil {
		return text, fmt.Errorf("reading an answer: %w", err)
	}
	return text, nil
}

func contentType(h dialect.Header) string {
	if values := h["Content-Type"]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func framingOf(h dialect.Header) dialect.Framing { return dialect.FramingOf(contentType(h)) }

// unreached says why no answer began.
func unreached(ctx context.Context, err error) *trouble {
	if token, ok := errors.AsType[*upstream.TokenError](err); ok {
		kind := shaky
		if token.Refused {
			kind = denied
		}
		return &trouble{kind: kind, said: token.Said}
	}
	t := &trouble{kind: shaky, said: hw.Say("trouble.broken_off")}
	if _, ok := errors.AsType[*upstream.DialError](err); ok {
		t.said = hw.Say("trouble.unconnected")
	}
	if ctx.Err() != nil {
		t.said = hw.Say("trouble.late")
	}
	return t
}

// unread says what is wrong with an answer that began.
func unread(ctx context.Context, err error) *trouble {
	fault, ok := errors.AsType[*dialect.Fault](err)
	switch {
	case ctx.Err() != nil:
		return &trouble{kind: shaky, said: hw.Say("trouble.incomplete")}
	case errors.Is(err, errTooLong):
		return &trouble{kind: broken, said: hw.Say("trouble.too_long")}
	case !ok:
		return &trouble{kind: shaky, said: hw.Say("trouble.cut")}
	case fault.Truncated:
		return &trouble{kind: broken, said: hw.Say("trouble.endless")}
	case fault.Malformed:
		return &trouble{kind: broken, said: hw.Say("trouble.no_form"), message: fault.Detail.Message}
	}
	said := hw.Say("trouble.inside")
	if status := fault.Detail.Status; status > 0 {
		said = hw.Say("trouble.inside_which", "status", status)
	}
	return judge(fault.Detail, nil, said)
}

// readError reads an answer with an error's status.
func (r *run) readError(resp *upstream.Response) *trouble {
	body, err := readBounded(resp.Body, maxErrorBody)
	if err != nil && !errors.Is(err, errTooLong) {
		return &trouble{kind: shaky, status: resp.Status, said: hw.Say("trouble.status_cut", "status", resp.Status)}
	}
	detail := r.s.out.ReadError(resp.Status, resp.Header, body)
	detail.Status = resp.Status
	t := judge(detail, resp.Header, hw.Say("trouble.status", "status", resp.Status))
	t.readable = detail.Message != ""
	t.message = cmp.Or(t.message, string(body))
	return t
}

// list reads the upstream's list of models.
func (r *run) list(ctx context.Context, wire dialect.Wire) ([]dialect.Model, *trouble) {
	resp, err := r.pool.Send(ctx, http.MethodGet, &snapshot.Target{Upstream: r.s.up, Credential: r.s.credential}, wire)
	if err != nil {
		return nil, unreached(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Status >= http.StatusMultipleChoices {
		return nil, r.readError(resp)
	}
	body, err := readBounded(resp.Body, maxAnswer)
	if err != nil {
		return nil, unread(ctx, err)
	}
	models, err := r.s.out.(dialect.ModelLister).ReadModels(body)
	if err != nil {
		return nil, unread(ctx, err)
	}
	return models, nil
}

// judge says whose doing an error is. A status of the client's fault blames the
// request only where nothing else explains it.
func judge(d dialect.ErrorDetail, h dialect.Header, said hw.Said) *trouble {
	t := &trouble{kind: refused, status: d.Status, reason: d.Reason, message: d.Message, said: said}
	switch {
	case d.Reason == dialect.ReasonAuth, d.Reason == dialect.ReasonQuota:
		t.kind = denied
	case d.Status == http.StatusUnauthorized, d.Status == http.StatusPaymentRequired, d.Status == http.StatusForbidden:
		t.kind = denied
	case passing(d), d.Status < http.StatusBadRequest:
		t.kind, t.wait = shaky, health.ParseHint(h, d, time.Now())
	}
	return t
}

// passing reports whether an error may be gone a moment later, or comes from what
// was said rather than from what was asked for.
func passing(d dialect.ErrorDetail) bool {
	switch d.Reason {
	case dialect.ReasonRate, dialect.ReasonOverloaded, dialect.ReasonLoading, dialect.ReasonContentPolicy, dialect.ReasonContextLength:
		return true
	default:
	}
	switch d.Status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented:
		return false
	}
	return d.Status >= http.StatusInternalServerError
}
