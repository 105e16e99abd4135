package anthropic

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// message is a whole answer, or the head of a streamed one.
type message struct {
	Type         string          `json:"type"`
	ID           string          `json:"id"`
	Model        string          `json:"model"`
	Content      []block         `json:"content"`
	StopReason   string          `json:"stop_reason"`
	StopSequence string          `json:"stop_sequence"`
	StopDetails  *stopDetails    `json:"stop_details"`
	Usage        json.RawMessage `json:"usage"`
}

// stopDetails explains a refusal.
type stopDetails struct {
	Explanation string `json:"explanation"`
}

// block is one content block. Blocks of other types, those of server tools
// among them, have no neutral form and are skipped.
type block struct {
	// Caller says who called a tool; nil is the model itself.
	Caller *struct {
		Type string `json:"type"`
	} `json:"caller"`
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	Thinking  string          `json:"thinking"`
	Signature string          `json:"signature"`
	Data      string          `json:"data"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	Citations json.RawMessage `json:"citations"`
}

// args is the input of a tool call as JSON text.
func (b *block) args() string {
	if len(b.Input) == 0 || string(b.Input) == "null" {
		return "{}"
	}
	return string(b.Input)
}

// Decoder makes the reader of one answer.
func (Outbound) Decoder(op dialect.Operation) dialect.Decoder {
	return &decoder{counting: op.Endpoint == dialect.EndpointCount}
}

// Answer reads a whole answer.
func (d *decoder) Answer(body []byte) (*dialect.Answer, error) {
	if d.counting {
		tokens, err := readCount(body)
		if err != nil {
			return nil, err
		}
		return &dialect.Answer{Usage: &dialect.Usage{In: tokens}}, nil
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, malformed("reading the answer: " + err.Error())
	}
	if m.Type == "error" {
		return nil, faultOf(body)
	}
	if m.Content == nil {
		if hasError(body) {
			return nil, faultOf(body)
		}
		return nil, malformed("the answer has no content")
	}
	var counts counter
	counts.add(m.Usage)
	return &dialect.Answer{ID: m.ID, Model: m.Model, Choices: []dialect.Choice{m.choice()}, Usage: counts.usage()}, nil
}

// choice is the one alternative that Anthropic gives.
func (m *message) choice() dialect.Choice {
	choice := dialect.Choice{StopSequence: m.StopSequence}
	called, answered := false, false
	for i := range m.Content {
		answered = answered || m.Content[i].answers()
		if p, ok := m.Content[i].part(); ok {
			choice.Parts = append(choice.Parts, p)
			called = called || p.Call != nil && m.Content[i].open()
		}
	}
	choice.Finish = finishOf(m.StopReason, called)
	if answered && !called && choice.Finish == dialect.FinishTools {
		choice.Finish = dialect.FinishStop
	}
	if m.StopDetails != nil && m.StopDetails.Explanation != "" {
		choice.Parts = append(choice.Parts, dialect.Part{Kind: dialect.PartRefusal, Text: m.StopDetails.Explanation})
	}
	return choice
}

// readCount reads the answer of count_tokens.
func readCount(body []byte) (int64, error) {
	fields := [...]peek.Field{{Key: "input_tokens"}, {Key: "error"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return 0, malformed("reading the count: " + err.Error())
	}
	if !fields[1].IsNull(body) {
		return 0, faultOf(body)
	}
	tokens, ok := peek.Int(fields[0].Raw(body))
	if !ok {
		return 0, malformed("the answer has no count")
	}
	return tokens, nil
}

// hasError reports whether a body has an error field that says something.
func hasError(body []byte) bool {
	field := [...]peek.Field{{Key: "error"}}
	return peek.Object(body, field[:]) == nil && !field[0].IsNull(body)
}

// part is the neutral form of a block; false when it has none.
func (b *block) part() (dialect.Part, bool) {
	switch b.Type {
	case "text":
		return dialect.Part{Kind: dialect.PartText, Text: b.Text, Citations: readCitations(b.Citations)}, true
	case "thinking":
		return reasoningOf(b.Thinking, b.Signature, ""), true
	case "redacted_thinking":
		return reasoningOf("", "", b.Data), b.Data != ""
	case "tool_use":
		if b.answers() {
			return dialect.Part{Kind: dialect.PartText, Text: b.args()}, true
		}
		return dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: b.ID, Name: b.Name, Args: b.args()}}, true
	}
	return dialect.Part{}, false
}

// answers reports whether the block is the answer itself, by the tool that takes
// its shape.
func (b *block) answers() bool { return b.Type == "tool_use" && b.Name == dialect.AnswerTool }

// open reports whether a call waits for the caller's answer when the turn ends.
// One that Anthropic's own code execution made was answered within the turn,
// unless the turn stops for it.
func (b *block) open() bool { return b.Caller == nil || b.Caller.Type == "direct" }

// finishOf maps Anthropic's stop reasons to OpenAI's words. called is true
// after a call of one of the caller's tools: those of server tools are none.
func finishOf(reason string, called bool) string {
	switch reason {
	case "":
		return dialect.FinishUnknown
	case "max_tokens", "model_context_window_exceeded":
		return dialect.FinishLength
	case "refusal":
		return dialect.FinishFilter
	case "tool_use":
		return dialect.FinishTools
	}
	if called {
		return dialect.FinishTools
	}
	return dialect.FinishStop // end_turn, stop_sequence, pause_turn and what may come
}

// counter adds up the usage reports of one answer: each names some of the
// counts, all cumulative, so a later count replaces an earlier one.
type counter struct {
	seen                              bool
	in, out, read, written, reasoning int64
}

// add takes a raw usage object.
func (c *counter) add(raw []byte) {
	fields := [...]peek.Field{
		{Key: "input_tokens"},
		{Key: "output_tokens"},
		{Key: "cache_read_input_tokens"},
		{Key: "cache_creation_input_tokens"},
		{Key: "output_tokens_details"},
	}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, fields[:]) != nil {
		return
	}
	for i, to := range []*int64{&c.in, &c.out, &c.read, &c.written} {
		if n, ok := peek.Int(fields[i].Raw(raw)); ok {
			*to, c.seen = n, true
		}
	}
	details := fields[4].Raw(raw)
	inner := [...]peek.Field{{Key: "thinking_tokens"}}
	if len(details) > 0 && peek.Object(details, inner[:]) == nil {
		if n, ok := peek.Int(inner[0].Raw(details)); ok {
			c.reasoning = n
		}
	}
}

// usage counts as OpenAI does: the input includes what the cache gave and
// took. Nil when nothing was reported.
func (c *counter) usage() *dialect.Usage {
	if !c.seen {
		return nil
	}
	return &dialect.Usage{
		In: c.in + c.read + c.written, Out: c.out,
		CachedIn: c.read, CacheWrite: c.written, ReasoningOut: c.reasoning,
	}
}
