package dialect

import (
	"bytes"
	"errors"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect/sse"
)

// Exchange turns one upstream answer into the bytes for the caller. It is made
// per attempt and used for one answer: either one call of Answer,
// AnswerAsStream or StreamAsAnswer, or many of Feed and then Close, or many of
// Part and then Parts.
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
	// Break renders an error as the bytes that end the stream begun by Feed:
	// in-band, in the caller's dialect, never a clean end. Called once, at last.
	Break(err *hw.Error, requestID string) []byte
	// Part takes the answer to one of several requests that one call was made of
	// (Wire.More), in their order. The usage is that of all so far; nil where one
	// of them told none.
	Part(body []byte) (usage *Usage, err error)
	// Parts turns what was taken into the caller's body; called once, at the end.
	Parts(dst []byte) (out []byte, usage *Usage, err error)
	// Said is what the answer has said so far. Of a whole answer it is known
	// only where the upstream told no usage.
	Said() Said
}

// NewExchange pairs what the caller speaks with what the target speaks: the
// bytes pass through when both are the same dialect, else they are translated
// through the neutral form.
func NewExchange(in Inbound, out Outbound, opts EncodeOptions) Exchange {
	t := translation{in: in, out: out, opts: opts, op: opts.Op, split: splitterOf(out, opts.Framing), prover: prover{keep: opts.Keep}}
	if in.Name() == out.Name() {
		r := relay{translation: t, watch: out.Watcher(opts.Op)}
		if opts.Op.Endpoint.Generates() {
			r.over = newOverheard(out)
		}
		if opts.Op.Endpoint.Media() {
			return newDirect(&r)
		}
		return &r
	}
	t.op = Operation{Endpoint: opts.Op.Endpoint}
	return &t
}

// errorsOf wraps a broken limit of the event stream into a Fault.
func errorsOf(split Splitter) error {
	if err := split.Err(); err != nil {
		return &Fault{Malformed: true, Detail: ErrorDetail{Message: err.Error()}}
	}
	return nil
}

// bare finds an object that stands in an event stream without its data field:
// that is how Google's servers tell of an error in the midst of one. Only an
// error in it counts.
func bare(ev sse.Event) ([]byte, bool) {
	if ev.HasData {
		return nil, false
	}
	object := bytes.TrimSpace(ev.Raw)
	return object, bytes.HasPrefix(object, []byte("{")) && bytes.Contains(object, []byte(`"error"`))
}

// truncate turns a malformed last event that lacks its blank line into what it
// is: the stream was cut inside it.
func truncate(err error) error {
	if fault, ok := errors.AsType[*Fault](err); ok && fault.Malformed {
		return &Fault{Truncated: true, Detail: fault.Detail}
	}
	return err
}

// roomToRename is for what names of models add to a piece of a stream. Unit: bytes.
const roomToRename = 256

// relay passes an answer through: caller and target speak the same dialect.
// The embedded translation serves where plain and streamed differ.
type relay struct {
	translation
	watch Watcher
	over  overheard
	// listed is true once an event stands in the list that the caller asked for.
	listed bool
}

// Answer checks the body and restores the model in it.
func (x *relay) Answer(dst, body []byte) ([]byte, *Usage, error) {
	sign, err := x.watch.Answer(body)
	if err != nil {
		return dst, sign.Usage.Sound(), err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	if sign.Usage == nil && x.opts.Op.Endpoint.Generates() {
		if a, err := x.out.Decoder(x.op).Answer(body); err == nil {
			x.heard.whole(a)
		}
	}
	return x.watch.Rename(dst, body, x.opts.Model), sign.Usage.Sound(), nil
}

// Said is what went through, in a stream or as a whole.
func (x *relay) Said() Said {
	if said := x.heard.said(); said.Text != "" {
		return said
	}
	return x.over.said()
}

// Feed forwards whole events as they came, the model restored.
func (x *relay) Feed(dst, chunk []byte) ([]byte, Sign, error) {
	var all Sign
	x.split.Write(chunk)
	dst = slices.Grow(dst, len(chunk)+roomToRename) // at once, not event by event
	for ev, ok := x.split.Next(); ok; ev, ok = x.split.Next() {
		var err error
		if dst, err = x.event(dst, ev, &all); err != nil {
			return dst, all, err
		}
	}
	return dst, all, errorsOf(x.split)
}

// Close forwards what was left, ends a list and checks the end.
func (x *relay) Close(dst []byte) ([]byte, *Usage, error) {
	dst, usage, err := x.close(dst)
	if err == nil && x.opts.Op.List {
		if !x.listed {
			dst = append(dst, '[')
		}
		dst = append(dst, "]\n"...)
	}
	return dst, usage, err
}

// close forwards what was left without its blank line and checks the end. Lines
// that never got to their data are left out: what the caller is told next would
// be read as their continuation.
func (x *relay) close(dst []byte) ([]byte, *Usage, error) {
	ev, left := x.split.Close()
	if _, told := bare(ev); left && (ev.HasData || !ev.Unfinished || told) {
		var all Sign
		var err error
		if dst, err = x.event(dst, ev, &all); err != nil {
			return dst, x.usage, truncate(err)
		}
		if ev.HasData && ev.Unfinished && !x.opts.Op.List {
			dst = append(dst, x.missing()...)
		}
	}
	return dst, x.usage, x.watch.Finish()
}

// missing is what the caller's parser needs where the last event was not ended.
func (x *relay) missing() string {
	if x.opts.Framing == FramingLines {
		return "\n"
	}
	return "\n\n"
}

func (x *relay) event(dst []byte, ev sse.Event, all *Sign) ([]byte, error) {
	if !ev.HasData {
		if object, ok := bare(ev); ok {
			if _, err := x.watch.Event("", object); err != nil {
				return dst, err //nolint:wrapcheck // a *Fault is the answer's own error
			}
		}
		if x.opts.Op.List {
			return dst, nil
		}
		return append(dst, ev.Raw...), nil
	}
	sign, err := x.watch.Event(x.nameOf(ev), ev.Data)
	all.Content, all.End = all.Content || sign.Content, all.End || sign.End
	if sign.Usage != nil {
		x.usage = sign.Usage.Sound()
		all.Usage = x.usage
	}
	if err != nil {
		return dst, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	x.over.add(ev.Data)
	if sign.UsageOnly && !x.opts.StreamUsage {
		return dst, nil
	}
	if x.opts.Op.List {
		return x.element(dst, ev), nil
	}
	return x.rename(dst, ev), nil
}

// element appends the event's data as the next element of a list.
func (x *relay) element(dst []byte, ev sse.Event) []byte {
	open := "[" // the first
	if x.listed {
		open = ",\r\n"
	}
	x.listed = true
	return x.watch.Rename(append(dst, open...), ev.Data, x.opts.Model)
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
