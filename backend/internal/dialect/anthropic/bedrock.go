package anthropic

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
	"headwater/backend/internal/dialect/sse"
)

// bedrockVersion is the version of the dialect that Bedrock's InvokeModel speaks.
const bedrockVersion = "bedrock-2023-05-31"

// Bedrock is the form in which Amazon Bedrock serves Claude by InvokeModel: the
// model stands in the path, betas in the body, and a stream comes in Amazon's
// frames. Its callers are those of Anthropic's own dialect; other models, and
// other callers, are served by Converse. Source: API reference of InvokeModel,
// InvokeModelWithResponseStream and CountTokens, read 2026-11.
type Bedrock struct{ Outbound }

var (
	_ dialect.Outbound   = Bedrock{}
	_ dialect.Overrider  = Bedrock{}
	_ dialect.ModelBound = Bedrock{}
	_ dialect.Framer     = Bedrock{}
)

// Serves is true for chat and count.
func (Bedrock) Serves(endpoint dialect.Endpoint) bool {
	return endpoint == dialect.EndpointChat || endpoint == dialect.EndpointCount
}

// Fits is true for Claude, as far as the name of a model tells.
func (Bedrock) Fits(model string) bool { return strings.Contains(model, "anthropic.claude") }

// Adapt puts model and version where Bedrock wants them; see Outbound.Adapt.
func (b Bedrock) Adapt(op dialect.Operation, body []byte, to dialect.Target, stream bool) (dialect.Wire, error) {
	if !b.Serves(op.Endpoint) {
		return dialect.Wire{}, unserved(op.Endpoint)
	}
	wire, err := b.Outbound.Adapt(op, body, to, stream)
	if err != nil {
		return dialect.Wire{}, err
	}
	return b.host(wire, op.Endpoint, to, stream)
}

// Encode renders a neutral chat request, or one to count its tokens.
func (b Bedrock) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	wire, err := b.Outbound.Encode(req, to)
	if err != nil {
		return dialect.Wire{}, err
	}
	return b.host(wire, req.Endpoint, to, req.Stream)
}

func (Bedrock) host(wire dialect.Wire, endpoint dialect.Endpoint, to dialect.Target, stream bool) (dialect.Wire, error) {
	body, err := inCloud(wire.Body, bedrockVersion, false)
	if err != nil {
		return dialect.Wire{}, err
	}
	fields := [...]peek.Field{{Key: "stream"}, {Key: "anthropic_beta"}, {Key: "max_tokens"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Wire{}, badJSON(err)
	}
	var edits []peek.Edit
	if betas := wire.Header[headerBeta]; len(betas) > 0 && !fields[1].Found {
		edits = append(edits, peek.Insert(body, `"anthropic_beta":`+listOf(betas[0])))
	}
	if endpoint == dialect.EndpointCount && !fields[2].Found { // what is counted must be a whole request
		edits = append(edits, peek.Insert(body, `"max_tokens":1`))
	}
	if fields[0].Found { // the path says it
		edits = append(edits, peek.Remove(body, fields[0]))
	}
	slices.SortStableFunc(edits, func(a, b peek.Edit) int { return a.Start - b.Start })
	body = peek.Apply(make([]byte, 0, len(body)+128), body, edits...)
	wire.Header = dialect.Header{"Content-Type": {"application/json"}}
	if endpoint == dialect.EndpointCount {
		wire.Path, wire.Body = "/model/"+url.PathEscape(foundation(to.Model))+"/count-tokens", counting(body)
		return wire, nil
	}
	wire.Path, wire.Body = "/model/"+url.PathEscape(to.Model)+"/invoke", body
	if stream {
		wire.Path += "-with-response-stream"
		wire.Header["Accept"] = []string{"application/vnd.amazon.eventstream"}
	}
	return wire, nil
}

// listOf makes a JSON list of words that stand behind each other with commas.
func listOf(words string) string {
	out := []byte{'['}
	for word := range strings.SplitSeq(words, ",") {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = strconv.AppendQuote(out, word) // letters, digits and - _ . only
	}
	return string(append(out, ']'))
}

// foundation is the model behind the profile of a region, such as us., eu. or
// global.: tokens are counted for models only.
func foundation(model string) string {
	if at := strings.Index(model, "anthropic.claude"); at > 0 && !strings.Contains(model, "/") {
		return model[at:]
	}
	return model
}

// counting is the body of CountTokens for one of InvokeModel.
func counting(body []byte) []byte {
	return mustJSON(map[string]any{"input": map[string]any{"invokeModel": map[string]any{"body": body}}})
}

// ReadError reads the body of an answer with an error status, which is Amazon's.
func (Bedrock) ReadError(status int, header dialect.Header, body []byte) dialect.ErrorDetail {
	return dialect.AmazonError(status, header, body)
}

// Decoder makes the reader of one answer.
func (b Bedrock) Decoder(op dialect.Operation) dialect.Decoder {
	if op.Endpoint == dialect.EndpointCount {
		return bedrockDecoder{b.Outbound.Decoder(op), true}
	}
	return bedrockDecoder{b.Outbound.Decoder(op), false}
}

type bedrockDecoder struct {
	dialect.Decoder
	counting bool
}

// Answer reads a whole answer.
func (d bedrockDecoder) Answer(body []byte) (*dialect.Answer, error) {
	if d.counting {
		tokens, err := amazonCount(body)
		if err != nil {
			return nil, err
		}
		return &dialect.Answer{Usage: &dialect.Usage{In: tokens}}, nil
	}
	return d.Decoder.Answer(body) //nolint:wrapcheck // a *Fault is the answer's own error
}

// Event reads one event, which may be an exception of Amazon's.
func (d bedrockDecoder) Event(dst []dialect.Event, name string, data []byte) ([]dialect.Event, error) {
	if dialect.IsAmazonException(name) {
		return dst, dialect.AmazonException(name, data)
	}
	return d.Decoder.Event(dst, name, data) //nolint:wrapcheck // a *Fault is the answer's own error
}

// Watcher makes the observer of one answer.
func (b Bedrock) Watcher(op dialect.Operation) dialect.Watcher {
	return bedrockWatcher{b.Outbound.Watcher(op), op.Endpoint == dialect.EndpointCount}
}

type bedrockWatcher struct {
	dialect.Watcher
	counting bool
}

// Answer looks at a whole answer.
func (w bedrockWatcher) Answer(body []byte) (dialect.Sign, error) {
	if w.counting {
		_, err := amazonCount(body)
		return dialect.Sign{Content: err == nil}, err
	}
	return w.Watcher.Answer(body) //nolint:wrapcheck // a *Fault is the answer's own error
}

// Event looks at one event, which may be an exception of Amazon's.
func (w bedrockWatcher) Event(name string, data []byte) (dialect.Sign, error) {
	if dialect.IsAmazonException(name) {
		return dialect.Sign{}, dialect.AmazonException(name, data)
	}
	return w.Watcher.Event(name, data) //nolint:wrapcheck // a *Fault is the answer's own error
}

// Rename puts the caller's model into an answer. A count names none, and is told
// in Anthropic's words instead of Amazon's.
func (w bedrockWatcher) Rename(dst, data []byte, model string) []byte {
	if w.counting {
		if tokens, err := amazonCount(data); err == nil {
			return append(dst, Inbound{}.Count(tokens)...)
		}
	}
	return w.Watcher.Rename(dst, data, model)
}

// amazonCount reads the answer of CountTokens.
func amazonCount(body []byte) (int64, error) {
	field := [...]peek.Field{{Key: "inputTokens"}}
	if err := peek.Object(body, field[:]); err != nil {
		return 0, malformed(err.Error())
	}
	tokens, ok := peek.Int(field[0].Raw(body))
	if !ok || tokens < 0 {
		return 0, malformed("the answer has no count of tokens")
	}
	return tokens, nil
}

// Splitter unwraps the events of a stream: each of Amazon's frames holds one in
// base64.
func (Bedrock) Splitter(f dialect.Framing) dialect.Splitter {
	if f != dialect.FramingAWS {
		return dialect.NewSplitter(f)
	}
	return &unwrapping{}
}

// unwrapping turns Amazon's frames into the events of Anthropic's own stream.
type unwrapping struct {
	frames sse.AWS
	// made holds the event that was given last.
	made []byte
	err  error
}

var errWrapped = errors.New("a frame of the event stream does not hold an event in base64")

// Write takes the next piece of the stream.
func (u *unwrapping) Write(piece []byte) { u.frames.Write(piece) }

// Next gives the next event.
func (u *unwrapping) Next() (sse.Event, bool) {
	for u.err == nil {
		ev, ok := u.frames.Next()
		switch {
		case !ok:
			return sse.Event{}, false
		case string(ev.Name) == "chunk":
			return u.event(ev.Data)
		case dialect.IsAmazonException(string(ev.Name)):
			return ev, true
		} // others are not known yet
	}
	return sse.Event{}, false
}

// event writes the event that stands in a frame as Anthropic would send it.
func (u *unwrapping) event(payload []byte) (sse.Event, bool) {
	var frame struct {
		Bytes []byte `json:"bytes"`
	}
	if json.Unmarshal(payload, &frame) != nil || len(frame.Bytes) == 0 {
		u.err = errWrapped
		return sse.Event{}, false
	}
	for i, c := range frame.Bytes {
		if c == '\n' || c == '\r' { // only space between tokens of JSON can be one
			frame.Bytes[i] = ' '
		}
	}
	kind := typeOf(frame.Bytes)
	if !isToken(kind) {
		kind = "message"
	}
	u.made = append(append(append(u.made[:0], "event: "...), kind...), "\ndata: "...)
	nameEnd, at := len("event: ")+len(kind), len(u.made)
	u.made = append(append(u.made, frame.Bytes...), "\n\n"...)
	return sse.Event{
		Raw: u.made, Name: u.made[len("event: "):nameEnd], Data: u.made[at : len(u.made)-2], DataAt: at, HasData: true,
	}, true
}

// Close ends the stream; a frame that was cut has nothing that can be given.
func (u *unwrapping) Close() (sse.Event, bool) {
	if _, cut := u.frames.Close(); cut && u.err == nil {
		return sse.Event{Unfinished: true, DataAt: -1}, true
	}
	return sse.Event{}, false
}

// Err returns what broke the stream.
func (u *unwrapping) Err() error {
	if u.err != nil {
		return u.err
	}
	return u.frames.Err() //nolint:wrapcheck // as the splitter says it
}
