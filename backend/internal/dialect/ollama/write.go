package ollama

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Encoder makes the writer of one answer.
func (Inbound) Encoder(opts dialect.EncodeOptions) dialect.Encoder {
	return &encoder{opts: opts, begun: time.Now()}
}

// encoder writes one answer, plain or streamed.
type encoder struct {
	opts dialect.EncodeOptions
	// begun is when the answer began to come; first when it showed something.
	begun, first time.Time
	// head is what all lines of a stream share: model and time.
	head  []byte
	calls []*openCall
	// byTool finds the last call of a tool's index.
	byTool map[int]*openCall
	finish string
	usage  *dialect.Usage
	ended  bool
}

// openCall is a tool call of a stream while its arguments grow: Ollama's
// clients know whole calls only.
type openCall struct {
	call dialect.ToolCall
	args strings.Builder
}

// Event appends the line that says what ev says; nothing for what only the last
// line shows. There is one answer only, so other alternatives are not shown.
func (e *encoder) Event(dst []byte, ev dialect.Event) []byte {
	if e.ended || ev.Choice != 0 {
		return dst
	}
	if ev.Content() && e.first.IsZero() {
		e.first = time.Now()
	}
	switch ev.Kind {
	case dialect.EventStart:
		e.begin(ev.Created)
	case dialect.EventToolStart:
		e.open(ev)
	case dialect.EventToolArgs:
		e.grow(ev)
	case dialect.EventUsage:
		e.usage = ev.Usage
	case dialect.EventFinish:
		e.finish = ev.Finish
		return e.flush(dst)
	case dialect.EventEnd:
		return e.end(dst)
	default:
		return e.show(dst, ev)
	}
	return dst
}

// show appends the lines of what can be shown at once. A ping has none, since
// an empty line is an error to the clients' parsers, and a source has no place
// in an answer of this dialect.
func (e *encoder) show(dst []byte, ev dialect.Event) []byte {
	switch ev.Kind {
	case dialect.EventText, dialect.EventRefusal:
		for piece := range pieces(ev.Text) {
			dst = e.delta(dst, wireMessage{Content: piece})
		}
	case dialect.EventReasoning:
		for piece := range pieces(ev.Text) {
			dst = e.delta(dst, wireMessage{Thinking: piece})
		}
	case dialect.EventMedia:
		dst = e.delta(dst, media(ev.Media))
	default:
	}
	return dst
}

// pieces cuts a text between its characters: Ollama's own client reads no line
// of more than 512,000 bytes, and escapes may make a text six times as long.
func pieces(text string) iter.Seq[string] {
	const most = 64 << 10
	return func(yield func(string) bool) {
		for len(text) > most {
			end := most
			for end > most-utf8.UTFMax && !utf8.RuneStart(text[end]) {
				end--
			}
			if !yield(text[:end]) {
				return
			}
			text = text[end:]
		}
		yield(text)
	}
}

// begin renders the head of every line.
func (e *encoder) begin(created int64) {
	if e.head != nil {
		return
	}
	e.head = append(peek.AppendString([]byte(`{"model":`), e.opts.Model), `,"created_at":`...)
	e.head = peek.AppendString(e.head, createdAt(created))
}

// createdAt renders the time of an answer; now where the upstream told none.
func createdAt(unix int64) string {
	at := time.Now()
	if unix != 0 {
		at = time.Unix(unix, 0)
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// media shows what the model made: an image as such, an address as text. Other
// media have no place in an answer of this dialect.
func media(p *dialect.Part) wireMessage {
	switch {
	case p != nil && p.Kind == dialect.PartImage && p.Data != "":
		return wireMessage{Images: []string{p.Data}}
	case p != nil:
		return wireMessage{Content: p.URL}
	}
	return wireMessage{}
}

func (e *encoder) grow(ev dialect.Event) {
	if c := e.byTool[ev.Tool]; c != nil {
		c.args.WriteString(ev.Text)
	}
}

func (e *encoder) open(ev dialect.Event) {
	if e.byTool == nil {
		e.byTool = map[int]*openCall{}
	}
	c := &openCall{call: dialect.ToolCall{ID: ev.CallID, Name: ev.ToolName}}
	e.calls, e.byTool[ev.Tool] = append(e.calls, c), c
}

// delta appends one line; nothing when the message says nothing.
func (e *encoder) delta(dst []byte, m wireMessage) []byte {
	if m.Content == "" && m.Thinking == "" && len(m.Images) == 0 && len(m.ToolCalls) == 0 {
		return dst
	}
	return append(e.message(dst, m), `,"done":false}`+"\n"...)
}

// message appends the head of a line and what it says, in the form of the
// operation.
func (e *encoder) message(dst []byte, m wireMessage) []byte {
	e.begin(0)
	dst = append(dst, e.head...)
	if e.opts.Op.Name != nameGenerate {
		m.Role = dialect.RoleAssistant
		dst = append(dst, `,"message":`...)
		if len(m.Images) == 0 && len(m.ToolCalls) == 0 {
			return appendSaid(dst, m)
		}
		return append(dst, mustJSON(m)...)
	}
	dst = append(dst, `,"response":`...)
	dst = peek.AppendString(dst, m.Content)
	if m.Thinking != "" {
		dst = peek.AppendString(append(dst, `,"thinking":`...), m.Thinking)
	}
	if len(m.Images) > 0 {
		dst = append(append(dst, `,"images":`...), mustJSON(m.Images)...)
	}
	if len(m.ToolCalls) > 0 {
		dst = append(append(dst, `,"tool_calls":`...), mustJSON(m.ToolCalls)...)
	}
	return dst
}

// appendSaid appends a message that is nothing but texts. Most are, so it is
// put together in place.
func appendSaid(dst []byte, m wireMessage) []byte {
	dst = append(append(append(dst, `{"role":"`...), m.Role...), `","content":`...)
	dst = peek.AppendString(dst, m.Content)
	if m.Thinking != "" {
		dst = peek.AppendString(append(dst, `,"thinking":`...), m.Thinking)
	}
	return append(dst, '}')
}

// flush shows the calls, which are whole now, one line each.
func (e *encoder) flush(dst []byte) []byte {
	for i, c := range e.calls {
		c.call.Args = c.args.String()
		dst = e.delta(dst, wireMessage{ToolCalls: []wireCall{callOut(i, &c.call)}})
	}
	e.calls, e.byTool = nil, nil
	return dst
}

// end appends the last line.
func (e *encoder) end(dst []byte) []byte {
	dst = e.flush(dst)
	e.ended = true
	return append(e.done(e.message(dst, wireMessage{})), '\n')
}

// done appends what ends an answer. Clients divide by the durations, so none is
// zero but that of a load, which did not happen.
func (e *encoder) done(dst []byte) []byte {
	now := time.Now()
	if e.first.IsZero() { // a whole answer
		e.first = e.begun
	}
	dst = append(dst, `,"done":true,"done_reason":`...)
	dst = peek.AppendString(dst, reasonWord(e.finish))
	dst = fmt.Appendf(dst, `,"total_duration":%d,"load_duration":0`, nanos(now.Sub(e.begun)))
	if e.usage != nil {
		dst = fmt.Appendf(
			dst, `,"prompt_eval_count":%d,"prompt_eval_duration":%d,"eval_count":%d,"eval_duration":%d`,
			e.usage.In, nanos(e.first.Sub(e.begun)), e.usage.Out, nanos(now.Sub(e.first)),
		)
		if e.usage.Estimated { // beside what Ollama sends: the upstream told no counts
			dst = append(dst, `,"estimated":true`...)
		}
	}
	return append(dst, '}')
}

func nanos(d time.Duration) int64 { return max(d.Nanoseconds(), 1) }

// reasonWord is Ollama's word for why an answer ended: it has no others.
func reasonWord(finish string) string {
	if finish == dialect.FinishLength {
		return "length"
	}
	return "stop"
}

// Answer appends a whole answer.
func (e *encoder) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	if e.opts.Op.Endpoint == dialect.EndpointEmbeddings {
		return e.embeddings(dst, a)
	}
	var m wireMessage
	for _, c := range a.Choices {
		if c.Index != 0 {
			continue
		}
		e.finish = c.Finish
		for _, p := range c.Parts {
			m.answer(p)
		}
	}
	e.usage = a.Usage
	e.begin(a.Created)
	return e.done(e.message(dst, m)), nil
}

// answer adds what one part of an answer says to the message.
func (m *wireMessage) answer(p dialect.Part) {
	switch p.Kind {
	case dialect.PartText, dialect.PartRefusal:
		m.Content += p.Text
	case dialect.PartReasoning:
		m.Thinking += p.Text
	case dialect.PartToolCall:
		m.ToolCalls = append(m.ToolCalls, callOut(len(m.ToolCalls), p.Call))
	default:
		more := media(&p)
		m.Content += more.Content
		m.Images = append(m.Images, more.Images...)
	}
}

// embeddings appends vectors; the older form has one, without model or counts.
func (e *encoder) embeddings(dst []byte, a *dialect.Answer) ([]byte, error) {
	var body any
	if e.opts.Op.Name == nameEmbeddings {
		vector := []float64{}
		if len(a.Embeddings) > 0 {
			vector = a.Embeddings[0]
		}
		body = struct {
			Embedding []float64 `json:"embedding"`
		}{vector}
	} else {
		now := struct {
			Model      string      `json:"model"`
			Embeddings [][]float64 `json:"embeddings"`
			Total      int64       `json:"total_duration"`
			Load       int64       `json:"load_duration"`
			In         *int64      `json:"prompt_eval_count,omitempty"`
			Estimated  bool        `json:"estimated,omitempty"`
		}{Model: e.opts.Model, Embeddings: a.Embeddings, Total: nanos(time.Since(e.begun))}
		if now.Embeddings == nil {
			now.Embeddings = [][]float64{}
		}
		if a.Usage != nil {
			now.In, now.Estimated = &a.Usage.In, a.Usage.Estimated
		}
		body = now
	}
	text, err := json.Marshal(body)
	if err != nil {
		return dst, fmt.Errorf("rendering embeddings: %w", err)
	}
	return append(dst, text...), nil
}
