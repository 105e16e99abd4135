package dialect

import (
	"bytes"
	"errors"

	"headwater/backend/internal/dialect/sse"
)

// Exchange turns one upstream answer into the bytes for the caller. It is made
// per attempt and used for one answer: either one call of Answer,
// AnswerAsStream or StreamAsAnswer, or many of Feed and then Close.
//
// Which of them is right the upstream's content type decides, not the request:
// an upstream may answer a stream request with a plain body (AnswerAsStream)
// or the reverse (StreamAsAnswer, over the whole body).
//
// The upstream's failures are *Fault; other errors are our own. Bytes returned
// beside an error are good and belong to the caller. Not safe for concurrent use.
type Exchange interface {
	// Answer turns a whole plain answer into the caller's body.
	Answer(dst, body []byte) (out []byte, usage *Usage, err error)
	// AnswerAsStream turns a whole plain answer into the stream the caller
	// asked for, its end included.
	AnswerAsStream(dst, body []byte) (out []byte, usage *Usage, err error)
	// StreamAsAnswer turns a whole streamed body into the plain answer the
	// caller asked for.
	StreamAsAnswer(dst, body []byte) (out []byte, usage *Usage, err error)
	// Feed takes the next piece of a streamed body, however cut, and appends
	// what the caller gets to dst: whole events only. The sign is that of all
	// events in the piece together.
	Feed(dst, chunk []byte) (out []byte, sign Sign, err error)
	// Close ends a stream whose body ended without a transport error. A *Fault
	// with Truncated says that the proper end was missing; the usage is then
	// what was known. After an error from Feed it is not called.
	Close(dst []byte) (out []byte, usage *Usage, err error)
}

// NewExchange pairs what the caller speaks with what the target speaks: the
// bytes pass through when both are the same dialect, else they are translated
// through the neutral form.
func NewExchange(in Inbound, out Outbound, opts EncodeOptions) Exchange {
	t := translation{in: in, out: out, opts: opts}
	if in.Name() == out.Name() {
		return &relay{translation: t, watch: out.Watcher(opts.Endpoint)}
	}
	return &t
}

// errorsOf wraps a broken limit of the event stream into a Fault.
func errorsOf(split *sse.Splitter) error {
	if err := split.Err(); err != nil {
		return &Fault{Malformed: true, Detail: ErrorDetail{Message: err.Error()}}
	}
	return nil
}

// truncate turns a malformed last event that lacks its blank line into what it
// is: the stream was cut inside it.
func truncate(err error) error {
	if fault, ok := errors.AsType[*Fault](err); ok && fault.Malformed {
		return &Fault{Truncated: true, Detail: fault.Detail}
	}
	return err
}

// relay passes an answer through: caller and target speak the same dialect.
// The embedded translation serves where plain and streamed differ.
type relay struct {
	translation
	watch Watcher
}

// Answer checks the body and restores the model in it.
func (x *relay) Answer(dst, body []byte) ([]byte, *Usage, error) {
	sign, err := x.watch.Answer(body)
	if err != nil {
		return dst, sign.Usage, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	return x.watch.Rename(dst, body, x.opts.Model), sign.Usage, nil
}

// Feed forwards whole events as they came, the model restored.
func (x *relay) Feed(dst, chunk []byte) ([]byte, Sign, error) {
	var all Sign
	x.split.Write(chunk)
	for ev, ok := x.split.Next(); ok; ev, ok = x.split.Next() {
		var err error
		if dst, err = x.event(dst, ev, &all); err != nil {
			return dst, all, err
		}
	}
	return dst, all, errorsOf(&x.split)
}

// Close forwards what was left without its blank line and checks the end. Lines
// that never got to their data are left out: what the caller is told next would
// be read as their continuation.
func (x *relay) Close(dst []byte) ([]byte, *Usage, error) {
	if ev, ok := x.split.Close(); ok && (ev.HasData || !ev.Unfinished) {
		var all Sign
		var err error
		if dst, err = x.event(dst, ev, &all); err != nil {
			return dst, x.usage, truncate(err)
		}
		// The caller's parser needs the blank line that was missing.
		if ev.HasData && ev.Unfinished {
			dst = append(dst, "\n\n"...)
		}
	}
	return dst, x.usage, x.watch.Finish()
}

func (x *relay) event(dst []byte, ev sse.Event, all *Sign) ([]byte, error) {
	if !ev.HasData {
		return append(dst, ev.Raw...), nil
	}
	sign, err := x.watch.Event(string(ev.Name), ev.Data)
	all.Content, all.End = all.Content || sign.Content, all.End || sign.End
	if sign.Usage != nil {
		x.usage, all.Usage = sign.Usage, sign.Usage
	}
	if err != nil {
		return dst, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	if sign.UsageOnly && !x.opts.StreamUsage {
		return dst, nil
	}
	return x.rename(dst, ev), nil
}

// rename appends the event with the caller's model in its data.
func (x *relay) rename(dst []byte, ev sse.Event) []byte {
	if ev.DataAt >= 0 {
		dst = append(dst, ev.Raw[:ev.DataAt]...)
		dst = x.watch.Rename(dst, ev.Data, x.opts.Model)
		return append(dst, ev.Raw[ev.DataAt+len(ev.Data):]...)
	}
	// Data over several lines is rare enough to be written anew.
	if len(ev.Name) > 0 {
		dst = append(append(append(dst, "event: "...), ev.Name...), '\n')
	}
	for line := range bytes.SplitSeq(x.watch.Rename(nil, ev.Data, x.opts.Model), []byte("\n")) {
		dst = append(append(append(dst, "data: "...), line...), '\n')
	}
	return append(dst, '\n')
}

// translation takes an answer through the neutral form.
type translation struct {
	in    Inbound
	out   Outbound
	opts  EncodeOptions
	split sse.Splitter
	dec   Decoder
	enc   Encoder
	// events is reused from one event of the stream to the next.
	events []Event
	usage  *Usage
}

// encoder makes the caller's encoder for a plain or a streamed answer.
func (x *translation) encoder(stream bool) Encoder {
	opts := x.opts
	opts.Stream = stream
	return x.in.Encoder(opts)
}

// Answer decodes the body and encodes it for the caller.
func (x *translation) Answer(dst, body []byte) ([]byte, *Usage, error) {
	a, err := x.out.Decoder(x.opts.Endpoint).Answer(body)
	if err != nil {
		return dst, nil, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	dst, err = x.encoder(false).Answer(dst, a)
	return dst, a.Usage, err
}

// AnswerAsStream decodes the body and encodes its events for the caller.
func (x *translation) AnswerAsStream(dst, body []byte) ([]byte, *Usage, error) {
	a, err := x.out.Decoder(x.opts.Endpoint).Answer(body)
	if err != nil {
		return dst, nil, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	enc := x.encoder(true)
	for _, ev := range a.Events() {
		dst = enc.Event(dst, ev)
	}
	return dst, a.Usage, nil
}

// StreamAsAnswer decodes all events, gathers them and encodes the whole.
func (x *translation) StreamAsAnswer(dst, body []byte) ([]byte, *Usage, error) {
	x.dec = x.out.Decoder(x.opts.Endpoint)
	var g Gatherer
	x.split.Write(body)
	for ev, ok := x.split.Next(); ok; ev, ok = x.split.Next() {
		if err := x.gather(&g, ev); err != nil {
			return dst, g.Usage(), err
		}
	}
	if err := errorsOf(&x.split); err != nil {
		return dst, g.Usage(), err
	}
	if ev, ok := x.split.Close(); ok {
		if err := x.gather(&g, ev); err != nil {
			return dst, g.Usage(), truncate(err)
		}
	}
	events, err := x.dec.Finish(nil)
	g.Add(events...)
	if err != nil {
		return dst, g.Usage(), err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	a := g.Answer()
	dst, err = x.encoder(false).Answer(dst, a)
	return dst, a.Usage, err
}

func (x *translation) gather(g *Gatherer, ev sse.Event) error {
	if !ev.HasData {
		return nil
	}
	events, err := x.dec.Event(x.events[:0], string(ev.Name), ev.Data)
	x.events = events
	g.Add(events...)
	return err //nolint:wrapcheck // a *Fault is the answer's own error
}

// Feed translates whole events as they come.
func (x *translation) Feed(dst, chunk []byte) ([]byte, Sign, error) {
	x.begin()
	var all Sign
	x.split.Write(chunk)
	for ev, ok := x.split.Next(); ok; ev, ok = x.split.Next() {
		var err error
		if dst, err = x.event(dst, ev, &all); err != nil {
			return dst, all, err
		}
	}
	return dst, all, errorsOf(&x.split)
}

// Close translates what was left and checks the end.
func (x *translation) Close(dst []byte) ([]byte, *Usage, error) {
	x.begin()
	var all Sign
	if ev, ok := x.split.Close(); ok {
		var err error
		if dst, err = x.event(dst, ev, &all); err != nil {
			return dst, x.usage, truncate(err)
		}
	}
	events, err := x.dec.Finish(x.events[:0])
	return x.encode(dst, events, &all), x.usage, err
}

func (x *translation) begin() {
	if x.dec == nil {
		x.dec, x.enc = x.out.Decoder(x.opts.Endpoint), x.encoder(true)
	}
}

func (x *translation) event(dst []byte, ev sse.Event, all *Sign) ([]byte, error) {
	if !ev.HasData {
		return x.enc.Event(dst, Event{Kind: EventPing}), nil
	}
	events, err := x.dec.Event(x.events[:0], string(ev.Name), ev.Data)
	x.events = events
	return x.encode(dst, events, all), err
}

func (x *translation) encode(dst []byte, events []Event, all *Sign) []byte {
	for _, ev := range events {
		if ev.Usage != nil {
			x.usage, all.Usage = ev.Usage, ev.Usage
		}
		all.Content, all.End = all.Content || ev.Content(), all.End || ev.Kind == EventEnd
		dst = x.enc.Event(dst, ev)
	}
	return dst
}
