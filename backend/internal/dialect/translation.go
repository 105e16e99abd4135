package dialect

import (
	"headwater/backend/internal/dialect/sse"
)

// translation takes an answer through the neutral form.
type translation struct {
	in   Inbound
	out  Outbound
	opts EncodeOptions
	// op is what the upstream was asked for, for its decoder.
	op    Operation
	split Splitter
	dec   Decoder
	enc   Encoder
	// events is reused from one event of the stream to the next.
	events []Event
	// name is that of the last event; see nameOf.
	name   string
	prover prover
	usage  *Usage
	heard  heard
	parts  *Answer // what Part has put together; nil before it
}

// nameOf is the name of an event. Most have that of the one before, which is
// kept so that not each makes a new text of it.
func (x *translation) nameOf(ev sse.Event) string {
	if string(ev.Name) != x.name {
		x.name = string(ev.Name)
	}
	return x.name
}

// Said is what was translated.
func (x *translation) Said() Said { return x.heard.said() }

// reckon sees to it that a whole answer has its usage, be it an estimate, where
// the caller's dialect has a place for it.
func (x *translation) reckon(a *Answer) {
	if a.Usage.Sound() != nil {
		return
	}
	x.heard.whole(a)
	if !x.opts.Stream || x.opts.StreamUsage {
		a.Usage = x.estimate()
	}
}

// estimate is the usage of what was said; nil where none is wanted.
func (x *translation) estimate() *Usage {
	if x.opts.Estimate == nil {
		return nil
	}
	return x.opts.Estimate(x.heard.said())
}

// encoder makes the caller's encoder for a plain or a streamed answer.
func (x *translation) encoder(stream bool) Encoder {
	opts := x.opts
	opts.Stream = stream
	return x.in.Encoder(opts)
}

// Answer decodes the body and encodes it for the caller.
func (x *translation) Answer(dst, body []byte) ([]byte, *Usage, error) {
	a, err := x.out.Decoder(x.op).Answer(body)
	if err != nil {
		return dst, nil, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	x.reckon(a)
	x.prove(a)
	dst, err = x.encoder(false).Answer(dst, a)
	return dst, a.Usage, err
}

// prove keeps the proofs of a whole answer.
func (x *translation) prove(a *Answer) {
	if x.prover.keep == nil {
		return
	}
	events := a.Events()
	for i := range events {
		x.prover.add(&events[i])
	}
}

// AnswerAsStream decodes the body and encodes its events for the caller.
func (x *translation) AnswerAsStream(dst, body []byte) ([]byte, *Usage, error) {
	a, err := x.out.Decoder(x.op).Answer(body)
	if err != nil {
		return dst, nil, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	x.reckon(a)
	enc := x.encoder(true)
	for _, ev := range a.Events() {
		x.prover.add(&ev)
		dst = enc.Event(dst, ev)
	}
	return dst, a.Usage, nil
}

// StreamAsAnswer decodes all events, gathers them and encodes the whole.
func (x *translation) StreamAsAnswer(dst, body []byte) ([]byte, *Usage, error) {
	x.dec = x.out.Decoder(x.op)
	var g Gatherer
	x.split.Write(body)
	for ev, ok := x.split.Next(); ok; ev, ok = x.split.Next() {
		if err := x.gather(&g, ev); err != nil {
			return dst, g.Usage(), err
		}
	}
	if err := errorsOf(x.split); err != nil {
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
	x.reckon(a)
	x.prove(a)
	dst, err = x.encoder(false).Answer(dst, a)
	return dst, a.Usage, err
}

func (x *translation) gather(g *Gatherer, ev sse.Event) error {
	if !ev.HasData {
		return nil
	}
	events, err := x.dec.Event(x.events[:0], x.nameOf(ev), ev.Data)
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
	return dst, all, errorsOf(x.split)
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
		x.dec, x.enc = x.out.Decoder(x.op), x.encoder(true)
	}
}

func (x *translation) event(dst []byte, ev sse.Event, all *Sign) ([]byte, error) {
	if object, ok := bare(ev); ok {
		if _, err := x.dec.Event(x.events[:0], "", object); err != nil {
			return dst, err //nolint:wrapcheck // a *Fault is the answer's own error
		}
	}
	if !ev.HasData {
		return x.enc.Event(dst, Event{Kind: EventPing}), nil
	}
	events, err := x.dec.Event(x.events[:0], x.nameOf(ev), ev.Data)
	x.events = events
	return x.encode(dst, events, all), err
}

func (x *translation) encode(dst []byte, events []Event, all *Sign) []byte {
	for i := range events {
		ev := &events[i]
		x.prover.add(ev)
		if ev.Usage != nil {
			x.usage = ev.Usage.Sound()
			all.Usage = x.usage
		}
		x.heard.add(ev)
		all.Content, all.End = all.Content || ev.Content(), all.End || ev.Kind == EventEnd
		if ev.Kind == EventEnd && x.usage == nil && x.opts.StreamUsage {
			dst = x.tell(dst, all)
		}
		dst = x.enc.Event(dst, *ev)
	}
	return dst
}

// tell gives a stream the usage that its upstream left out.
func (x *translation) tell(dst []byte, all *Sign) []byte {
	if x.usage = x.estimate(); x.usage == nil {
		return dst
	}
	all.Usage = x.usage
	return x.enc.Event(dst, Event{Kind: EventUsage, Usage: x.usage})
}
