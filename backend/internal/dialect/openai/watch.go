package openai

import (
	"bytes"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// isDone reports whether data ends the stream; some upstreams put a space
// behind it.
func isDone(data []byte) bool { return string(bytes.TrimSpace(data)) == "[DONE]" }

// Watcher makes the observer of one answer that is passed through.
func (Outbound) Watcher(op dialect.Operation) dialect.Watcher {
	if op.Endpoint.Media() {
		return &mediaWatcher{endpoint: op.Endpoint}
	}
	if op.Endpoint == dialect.EndpointModerations || op.Endpoint == dialect.EndpointRerank {
		return &resultsWatcher{}
	}
	return &watcher{endpoint: op.Endpoint}
}

// watcher looks at an answer without decoding it.
type watcher struct {
	endpoint dialect.Endpoint
	// ended is true once the stream said [DONE] or gave a reason to finish;
	// begun once it has shown content.
	ended, begun bool
	// seen and model remember the last data and where its model stands, so that
	// Rename need not walk it again.
	seen  []byte
	model peek.Field
}

// glance is the top level of an answer or a chunk.
type glance struct{ choices, data, usage, fault, model, groq peek.Field }

func look(body []byte) (glance, error) {
	fields := [...]peek.Field{{Key: "choices"}, {Key: "data"}, {Key: "usage"}, {Key: "error"}, {Key: "model"}, {Key: "x_groq"}}
	err := peek.Object(body, fields[:])
	return glance{fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]}, err
}

// Answer checks that the body is an answer of this dialect and finds its usage.
func (w *watcher) Answer(body []byte) (dialect.Sign, error) {
	g, err := look(body)
	if err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	w.seen, w.model = body, g.model
	usage := readUsage(g.usage.Raw(body))
	if !g.fault.IsNull(body) {
		return dialect.Sign{Usage: usage}, faultOf(body)
	}
	list := g.data
	if streams(w.endpoint) {
		list = g.choices
	}
	if list.IsNull(body) {
		if fault := findError(body); fault != nil {
			return dialect.Sign{}, fault
		}
		return dialect.Sign{Usage: usage}, malformed("the answer has no content")
	}
	choices := g.choices.Raw(body)
	if !bytes.Contains(choices, keyError) { // as a key or as a reason to finish: a fault would name it
		return dialect.Sign{Content: true, Usage: usage}, nil
	}
	for choice := range peek.Elements(choices) {
		if c := lookChoice(choice); c.fault != nil {
			return dialect.Sign{Usage: usage}, c.fault
		}
	}
	return dialect.Sign{Content: true, Usage: usage}, nil
}

// Event looks at one chunk of a stream.
func (w *watcher) Event(name string, data []byte) (dialect.Sign, error) {
	if isDone(data) {
		w.ended, w.seen = true, nil
		return dialect.Sign{End: true}, nil
	}
	g, err := look(data)
	if err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	w.seen, w.model = data, g.model
	sign := dialect.Sign{Usage: g.readUsage(data)}
	if !g.fault.IsNull(data) || name == "error" {
		return sign, faultOf(data)
	}
	choices := g.choices.Raw(data)
	if w.begun && ordinary(choices) {
		return sign, nil
	}
	return w.lookChoices(sign, choices)
}

// lookChoices adds to the sign of a chunk what its choices show.
func (w *watcher) lookChoices(sign dialect.Sign, choices []byte) (dialect.Sign, error) {
	empty := true
	for choice := range peek.Elements(choices) {
		c := lookChoice(choice)
		if c.fault != nil {
			return sign, c.fault
		}
		empty = false
		w.ended = w.ended || c.finished
		sign.Content = sign.Content || c.content
	}
	w.begun = w.begun || sign.Content
	sign.UsageOnly = empty && sign.Usage != nil
	return sign, nil
}

// ordinary reports whether the choices of a chunk hold one more piece of an
// answer that has begun and nothing else to look at: the way most chunks of a
// stream are. Inside a JSON text the quotes of these keys would be escaped, so
// a caller's words cannot be taken for them.
func ordinary(choices []byte) bool {
	if bytes.IndexByte(choices, '{') < 0 || bytes.Contains(choices, keyError) {
		return false
	}
	_, rest, found := bytes.Cut(choices, keyFinish)
	if !found {
		return true
	}
	rest = bytes.TrimLeft(rest, " \t\r\n:")
	return bytes.HasPrefix(rest, null) && !bytes.Contains(rest, keyFinish)
}

// Keys and values as they stand in JSON text; never written to.
var (
	keyError  = []byte(`"error"`)
	keyFinish = []byte(`"finish_reason"`)
	null      = []byte("null")
)

// readUsage reads the usage of a chunk, from where Groq keeps it too.
func (g *glance) readUsage(data []byte) *dialect.Usage {
	if usage := readUsage(g.usage.Raw(data)); usage != nil {
		return usage
	}
	return readUsage(inner(g.groq.Raw(data), "usage"))
}

// Finish reports a stream without its proper end. A finish reason at the end
// of a cleanly closed body counts as one: some upstreams never send [DONE].
func (w *watcher) Finish() error {
	if w.ended {
		return nil
	}
	return &dialect.Fault{Truncated: true}
}

// Rename appends data with its model replaced.
func (w *watcher) Rename(dst, data []byte, model string) []byte {
	at := w.model
	if !sameBytes(data, w.seen) {
		if isDone(data) {
			return append(dst, data...)
		}
		field := [...]peek.Field{{Key: "model"}}
		if peek.Object(data, field[:]) != nil {
			return append(dst, data...)
		}
		at = field[0]
	}
	if at.IsNull(data) {
		return append(dst, data...)
	}
	dst = append(dst, data[:at.Start]...)
	dst = peek.AppendString(dst, model)
	return append(dst, data[at.End:]...)
}

// sameBytes reports whether a and b are the very same memory.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

// choiceGlance is what one choice of an answer or chunk shows.
type choiceGlance struct {
	content, finished bool
	fault             *dialect.Fault
}

func lookChoice(raw []byte) choiceGlance {
	fields := [...]peek.Field{{Key: "delta"}, {Key: "message"}, {Key: "finish_reason"}, {Key: "error"}, {Key: "text"}}
	if peek.Object(raw, fields[:]) != nil {
		return choiceGlance{}
	}
	if !fields[3].IsNull(raw) {
		return choiceGlance{fault: faultOf(raw)}
	}
	reason := fields[2].Raw(raw)
	if string(reason) == `"error"` {
		return choiceGlance{fault: &dialect.Fault{Detail: dialect.ErrorDetail{Message: "the model ended with an error"}}}
	}
	delta := fields[0].Raw(raw)
	if delta == nil {
		delta = fields[1].Raw(raw)
	}
	// A completion has its text in place of a message.
	content := hasContent(delta) || peek.HasText(fields[4].Raw(raw))
	return choiceGlance{content: content, finished: peek.HasText(reason)}
}

// hasContent reports whether a delta shows the caller something.
func hasContent(delta []byte) bool {
	fields := [...]peek.Field{
		{Key: "content"},
		{Key: "reasoning_content"},
		{Key: "reasoning"},
		{Key: "refusal"},
		{Key: "tool_calls"},
		{Key: "function_call"},
		{Key: "reasoning_details"},
		{Key: "audio"},
		{Key: "images"},
	}
	if len(delta) == 0 || peek.Object(delta, fields[:]) != nil {
		return false
	}
	for _, f := range fields {
		switch raw := f.Raw(delta); {
		case len(raw) == 0 || raw[0] == 'n':
		case raw[0] == '"':
			if peek.HasText(raw) {
				return true
			}
		case raw[0] == '[':
			for range peek.Elements(raw) {
				return true
			}
		case raw[0] == '{':
			if fillsObject(raw) {
				return true
			}
		}
	}
	return false
}

// fillsObject reports whether a call, an audio piece or content that is an
// object holds anything: some upstreams send every field, empty.
func fillsObject(raw []byte) bool {
	fields := [...]peek.Field{{Key: "name"}, {Key: "arguments"}, {Key: "data"}, {Key: "transcript"}}
	if peek.Object(raw, fields[:]) != nil {
		return false
	}
	known := false
	for _, f := range fields {
		known = known || f.Found
		if peek.HasText(f.Raw(raw)) {
			return true
		}
	}
	return !known
}
