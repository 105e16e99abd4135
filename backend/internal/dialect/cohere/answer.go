package cohere

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// answer is a whole answer of a chat.
type answer struct {
	ID      looseText       `json:"id"`
	Message json.RawMessage `json:"message"`
	Finish  looseText       `json:"finish_reason"`
	Usage   json.RawMessage `json:"usage"`
}

// said is the message of an answer.
type said struct {
	Content   []content     `json:"content"`
	ToolPlan  looseText     `json:"tool_plan"`
	ToolCalls []calledTool  `json:"tool_calls"`
	Citations []rawCitation `json:"citations"`
}

// content is one block of content, or a delta of one.
type content struct {
	Type     looseText `json:"type"`
	Text     looseText `json:"text"`
	Thinking looseText `json:"thinking"`
}

type calledTool struct {
	ID       looseText `json:"id"`
	Function struct {
		Name      looseText `json:"name"`
		Arguments looseText `json:"arguments"`
	} `json:"function"`
}

// Decoder makes the reader of one answer.
func (Outbound) Decoder(op dialect.Operation) dialect.Decoder {
	return &decoder{endpoint: op.Endpoint, calls: map[int]*openCall{}}
}

// decoder reads one answer, plain or streamed. Cohere has one choice only.
type decoder struct {
	endpoint       dialect.Endpoint
	started, ended bool
	// tools counts the tool calls opened so far; calls are those that are open,
	// by the upstream's index.
	tools int
	calls map[int]*openCall
}

// Answer reads a whole answer.
func (d *decoder) Answer(body []byte) (*dialect.Answer, error) {
	switch d.endpoint {
	case dialect.EndpointEmbeddings:
		return readEmbeddings(body)
	case dialect.EndpointRerank:
		return readRanking(body)
	default:
	}
	var w answer
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading an answer: " + err.Error())
	}
	if fault := stopped(string(w.Finish), ""); fault != nil {
		return nil, fault
	}
	if len(w.Message) == 0 || w.Message[0] != '{' {
		if hasError(body) {
			return nil, faultOf(body)
		}
		return nil, malformed("the answer has no message")
	}
	var m said
	if err := json.Unmarshal(w.Message, &m); err != nil {
		return nil, malformed("reading a message: " + err.Error())
	}
	parts := m.parts()
	return &dialect.Answer{
		ID: string(w.ID), Usage: readUsage(w.Usage),
		Choices: []dialect.Choice{{Parts: parts, Finish: finishOf(string(w.Finish), len(m.ToolCalls) > 0)}},
	}, nil
}

// hasError reports whether an object without the fields of an answer is an
// error: then its message is a text.
func hasError(body []byte) bool {
	fields := [...]peek.Field{{Key: "message"}, {Key: "error"}}
	if peek.Object(body, fields[:]) != nil {
		return false
	}
	return peek.HasText(fields[0].Raw(body)) || !fields[1].IsNull(body)
}

// parts reads what a message holds. The plan before tool calls is reasoning in
// all but its name.
func (m *said) parts() []dialect.Part {
	var parts []dialect.Part
	if m.ToolPlan != "" {
		parts = append(parts, dialect.Part{Kind: dialect.PartReasoning, Text: string(m.ToolPlan)})
	}
	cited := m.cited()
	for i, c := range m.Content {
		switch {
		case c.Thinking != "":
			parts = append(parts, dialect.Part{Kind: dialect.PartReasoning, Text: string(c.Thinking)})
		case c.Text != "":
			parts = append(parts, dialect.Part{Kind: dialect.PartText, Text: string(c.Text), Citations: cited[i]})
		}
	}
	for i := range m.ToolCalls {
		c := &m.ToolCalls[i]
		parts = append(parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{
			ID: string(c.ID), Name: string(c.Function.Name), Args: argsOf(string(c.Function.Arguments)),
		}})
	}
	return parts
}

// null is what Cohere writes for the arguments of a tool that takes none.
const null = "null"

// argsOf is the JSON text of arguments.
func argsOf(text string) string {
	if text == "" || text == null {
		return "{}"
	}
	return text
}

// finishOf maps why an answer ended.
func finishOf(word string, hasTools bool) string {
	switch {
	case hasTools || word == "TOOL_CALL":
		return dialect.FinishTools
	case word == "MAX_TOKENS":
		return dialect.FinishLength
	case word == "":
		return dialect.FinishUnknown
	}
	return dialect.FinishStop
}

// readUsage reads a raw usage object; nil when it counts nothing. What was
// billed is less than what was counted, and stands in only where that lacks.
func readUsage(raw []byte) *dialect.Usage {
	fields := [...]peek.Field{{Key: "tokens"}, {Key: "billed_units"}, {Key: "cached_tokens"}}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, fields[:]) != nil {
		return nil
	}
	for _, f := range fields[:2] {
		if u := readCounts(f.Raw(raw)); u != nil {
			cached, _ := peek.Int(fields[2].Raw(raw))
			u.CachedIn = min(max(cached, 0), u.In)
			return u
		}
	}
	return nil
}

func readCounts(raw []byte) *dialect.Usage {
	fields := [...]peek.Field{{Key: "input_tokens"}, {Key: "output_tokens"}}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, fields[:]) != nil {
		return nil
	}
	in, hasIn := peek.Int(fields[0].Raw(raw))
	out, hasOut := peek.Int(fields[1].Raw(raw))
	if !hasIn && !hasOut {
		return nil
	}
	return &dialect.Usage{In: max(in, 0), Out: max(out, 0)}
}

// readEmbeddings reads an answer with vectors: by type as asked for, or the
// bare list of an older version.
func readEmbeddings(body []byte) (*dialect.Answer, error) {
	var w struct {
		ID         looseText       `json:"id"`
		Embeddings json.RawMessage `json:"embeddings"`
		Meta       json.RawMessage `json:"meta"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the embeddings: " + err.Error())
	}
	if !isSet(w.Embeddings) {
		if hasError(body) {
			return nil, faultOf(body)
		}
		return nil, malformed("the answer has no embeddings")
	}
	var typed struct {
		Float [][]float64 `json:"float"`
	}
	to := any(&typed)
	if w.Embeddings[0] == '[' {
		to = &typed.Float
	}
	if err := json.Unmarshal(w.Embeddings, to); err != nil || typed.Float == nil {
		return nil, malformed("the embeddings are not lists of numbers")
	}
	for _, vector := range typed.Float {
		if vector == nil {
			return nil, malformed("an embedding is null")
		}
	}
	return &dialect.Answer{ID: string(w.ID), Embeddings: typed.Float, Usage: readUsage(w.Meta)}, nil
}
