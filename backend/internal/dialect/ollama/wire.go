package ollama

import (
	"bytes"
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// wireMessage is a message as this package writes it, in requests and answers
// alike.
type wireMessage struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Thinking   string     `json:"thinking,omitempty"`
	Images     []string   `json:"images,omitempty"`
	ToolCalls  []wireCall `json:"tool_calls,omitempty"`
	ToolName   string     `json:"tool_name,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type wireCall struct {
	ID       string       `json:"id,omitempty"`
	Function wireFunction `json:"function"`
}

type wireFunction struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
	// Arguments is an object: clients read it into a map.
	Arguments json.RawMessage `json:"arguments"`
}

// rawArgs is the argument that carries what a model gave instead of an object.
const rawArgs = "_raw"

// callOut renders the index-th call of a message.
func callOut(index int, c *dialect.ToolCall) wireCall {
	return wireCall{ID: c.ID, Function: wireFunction{Index: index, Name: c.Name, Arguments: argsOut(c.Args)}}
}

// argsOut makes an object of arguments. What is none, because the model broke
// off or wrote something else, is kept as the text of one argument.
func argsOut(args string) json.RawMessage {
	raw := bytes.TrimSpace([]byte(args))
	switch {
	case len(raw) == 0:
		return json.RawMessage("{}")
	case raw[0] == '{' && json.Valid(raw):
		return raw
	}
	out := append([]byte(`{"`+rawArgs+`":`), peek.AppendString(nil, args)...)
	return append(out, '}')
}

// argsIn is the JSON text of arguments. Some servers send it as text already.
func argsIn(raw json.RawMessage) string {
	if !isSet(raw) {
		return "{}"
	}
	text, ok := peek.String(raw)
	switch {
	case !ok:
		return string(raw)
	case text == "":
		return "{}"
	}
	return text
}

// looseText is a string that some servers send as null or as another type:
// null is empty, anything else is kept as its JSON text.
type looseText string

// UnmarshalJSON takes any value.
func (t *looseText) UnmarshalJSON(raw []byte) error {
	switch {
	case len(raw) > 0 && raw[0] == '"':
		s, _ := peek.String(raw)
		*t = looseText(s)
	case string(raw) != "null":
		*t = looseText(raw)
	}
	return nil
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// readUsage reads the counts of an answer; nil when it counts nothing. Ollama
// leaves a count out where it is zero, such as that of a prompt it had cached.
func readUsage(in, out []byte) *dialect.Usage {
	var u dialect.Usage
	var hasIn, hasOut bool
	u.In, hasIn = peek.Int(in)
	u.Out, hasOut = peek.Int(out)
	if !hasIn && !hasOut {
		return nil
	}
	u.In, u.Out = max(u.In, 0), max(u.Out, 0)
	return &u
}

// marshal renders JSON without escaping <, > and &, which need it only in HTML.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err //nolint:wrapcheck // the callers say what they rendered
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// mustJSON renders values of our own types, which always can be.
func mustJSON(v any) []byte {
	text, err := marshal(v)
	if err != nil {
		panic("bug: rendering our own JSON: " + err.Error())
	}
	return text
}
