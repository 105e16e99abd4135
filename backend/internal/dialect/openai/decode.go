package openai

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Decode reads the whole request into the neutral form.
func (Inbound) Decode(endpoint dialect.Endpoint, body []byte) (*dialect.Request, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, badJSON(err)
	}
	d := reader{req: &dialect.Request{Endpoint: endpoint}}
	readers := chatFields()
	if endpoint == dialect.EndpointEmbeddings {
		readers = embeddingFields()
	}
	// A fixed order, so that of several faults always the same one is told and
	// later names (max_completion_tokens) win over earlier ones (max_tokens).
	for _, f := range readers {
		raw, ok := fields[f.name]
		delete(fields, f.name)
		if !ok || string(raw) == "null" {
			continue
		}
		if err := f.read(&d, f.name, raw); err != nil {
			return nil, err
		}
	}
	for _, left := range slices.Sorted(maps.Keys(fields)) {
		if !isVoid(fields[left]) {
			d.drop(left)
		}
	}
	if d.req.Model == "" {
		return nil, hw.Errorf(hw.CodeBadRequest, "The field model must name a model.").At("model")
	}
	if endpoint == dialect.EndpointChat && len(d.req.Messages) == 0 {
		return nil, hw.Errorf(hw.CodeBadRequest, "The field messages must have at least one message.").At("messages")
	}
	return d.req, nil
}

// isVoid reports whether the raw value of a field we do not know says nothing,
// so that leaving it out loses nothing.
func isVoid(raw json.RawMessage) bool {
	switch string(raw) {
	case "null", "false", "[]", "{}", `""`:
		return true
	}
	return false
}

// reader fills in one neutral request.
type reader struct {
	req *dialect.Request
	// open are the ids of tool calls that no result has answered yet.
	open []string
}

func (d *reader) drop(field string) { d.req.Unmapped = append(d.req.Unmapped, field) }

// field reads one top-level field.
type field struct {
	name string
	read func(d *reader, name string, raw json.RawMessage) error
}

// into reads a field that maps one to one.
func into[T any](name, kind string, to func(*dialect.Request) *T) field {
	return field{name, func(d *reader, name string, raw json.RawMessage) error {
		if json.Unmarshal(raw, to(d.req)) != nil {
			return hw.Errorf(hw.CodeBadRequest, "The field %s must be %s.", name, kind).At(name)
		}
		return nil
	}}
}

func commonFields() []field {
	return []field{
		into("model", "text", func(r *dialect.Request) *string { return &r.Model }),
		into("user", "text", func(r *dialect.Request) *string { return &r.User }),
	}
}

func embeddingFields() []field {
	return append(commonFields(),
		field{"input", readInput},
		into("dimensions", "a whole number", func(r *dialect.Request) *int { return &r.Dimensions }),
		into("encoding_format", "text", func(r *dialect.Request) *string { return &r.Encoding }),
	)
}

func chatFields() []field {
	const number, whole = "a number", "a whole number"
	return append(commonFields(),
		into("stream", "true or false", func(r *dialect.Request) *bool { return &r.Stream }),
		field{"stream_options", readStreamOptions},
		field{"messages", readMessages},
		field{"functions", readFunctions},
		field{"tools", readTools},
		field{"function_call", readChoice},
		field{"tool_choice", readChoice},
		into("parallel_tool_calls", "true or false", func(r *dialect.Request) **bool { return &r.ParallelTools }),
		into("max_tokens", whole, func(r *dialect.Request) *int { return &r.MaxTokens }),
		into("max_completion_tokens", whole, func(r *dialect.Request) *int { return &r.MaxTokens }),
		into("temperature", number, func(r *dialect.Request) **float64 { return &r.Temperature }),
		into("top_p", number, func(r *dialect.Request) **float64 { return &r.TopP }),
		into("top_k", whole, func(r *dialect.Request) **int { return &r.TopK }),
		field{"stop", readStop},
		into("random_seed", whole, func(r *dialect.Request) **int64 { return &r.Seed }),
		into("seed", whole, func(r *dialect.Request) **int64 { return &r.Seed }),
		into("presence_penalty", number, func(r *dialect.Request) **float64 { return &r.PresencePenalty }),
		into("frequency_penalty", number, func(r *dialect.Request) **float64 { return &r.FrequencyPenalty }),
		into("n", whole, func(r *dialect.Request) *int { return &r.Count }),
		field{"response_format", readFormat},
		field{"reasoning", readReasoning},
		field{"thinking", readThinking},
		into("reasoning_effort", "text", func(r *dialect.Request) *string { return &r.Effort }),
	)
}

func bad(at, format string, args ...any) *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, format, args...).At(at)
}

func readStreamOptions(d *reader, _ string, raw json.RawMessage) error {
	d.req.StreamUsage = wantsUsage(raw)
	return nil
}

func readInput(d *reader, name string, raw json.RawMessage) error {
	if text, ok := peek.String(raw); ok {
		d.req.Input = []string{text}
		return nil
	}
	if err := json.Unmarshal(raw, &d.req.Input); err != nil {
		return hw.Errorf(hw.CodeUnsupported, "Token numbers as input cannot be translated for the model's upstream; send text.").At(name)
	}
	return nil
}

func readStop(d *reader, name string, raw json.RawMessage) error {
	if text, ok := peek.String(raw); ok {
		d.req.Stop = []string{text}
		return nil
	}
	if json.Unmarshal(raw, &d.req.Stop) != nil {
		return bad(name, "The field stop must be text or a list of texts.")
	}
	return nil
}

func readFormat(d *reader, name string, raw json.RawMessage) error {
	var f struct {
		Type   string `json:"type"`
		Schema *struct {
			Name   string          `json:"name"`
			Schema json.RawMessage `json:"schema"`
			Strict *bool           `json:"strict,omitempty"`
		} `json:"json_schema"`
	}
	if json.Unmarshal(raw, &f) != nil {
		return bad(name, "The field response_format must be an object with a type.")
	}
	switch f.Type {
	case "text":
		d.req.Format.Kind = "text"
	case "json_object":
		d.req.Format.Kind = "json"
	case "json_schema":
		if f.Schema == nil || len(f.Schema.Schema) == 0 {
			return bad(name+".json_schema.schema", "A response_format of type json_schema must have a schema.")
		}
		d.req.Format = dialect.Format{Kind: "schema", Name: f.Schema.Name, Schema: f.Schema.Schema, Strict: f.Schema.Strict}
	default:
		d.drop(name)
	}
	return nil
}

// readReasoning reads the form in which some routers take effort and budget.
func readReasoning(d *reader, name string, raw json.RawMessage) error {
	var r struct {
		Effort    string `json:"effort"`
		MaxTokens int    `json:"max_tokens"`
		Enabled   *bool  `json:"enabled"`
	}
	if json.Unmarshal(raw, &r) != nil {
		return bad(name, "The field reasoning must be an object.")
	}
	d.req.Effort, d.req.ThinkingTokens = r.Effort, r.MaxTokens
	switch {
	case r.Enabled == nil || r.Effort != "" || r.MaxTokens != 0:
	case *r.Enabled:
		d.req.Effort = "medium"
	default:
		d.req.Effort = "none"
	}
	return nil
}

// readThinking reads Anthropic's form, which some clients send to everybody.
func readThinking(d *reader, name string, raw json.RawMessage) error {
	var t struct {
		Type   string `json:"type"`
		Budget int    `json:"budget_tokens"`
	}
	if json.Unmarshal(raw, &t) != nil {
		return bad(name, "The field thinking must be an object.")
	}
	switch t.Type {
	case "disabled":
		d.req.Effort = "none"
	case "enabled":
		d.req.ThinkingTokens = t.Budget
		if t.Budget == 0 {
			d.req.Effort = "medium"
		}
	default:
		d.drop(name)
	}
	return nil
}

type wireTool struct {
	Type         string            `json:"type"`
	Function     *wireToolFunction `json:"function"`
	CacheControl json.RawMessage   `json:"cache_control"`
}

type wireToolFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
	Strict      *bool           `json:"strict,omitempty"`
}

func (f *wireToolFunction) tool() dialect.Tool {
	t := dialect.Tool{Name: f.Name, Description: f.Description, Strict: f.Strict}
	if isSet(f.Parameters) {
		t.Schema = f.Parameters
	}
	return t
}

func readTools(d *reader, name string, raw json.RawMessage) error {
	var tools []wireTool
	if json.Unmarshal(raw, &tools) != nil {
		return bad(name, "The field tools must be a list of tools.")
	}
	for i, t := range tools {
		at := fmt.Sprintf("%s[%d]", name, i)
		switch {
		case t.Function != nil && t.Function.Name != "":
			tool := t.Function.tool()
			tool.CacheControl = t.CacheControl
			d.req.Tools = append(d.req.Tools, tool)
		case t.Type == "function":
			return bad(at+".function.name", "A function tool must have a name.")
		default:
			d.drop(fmt.Sprintf("%s (%s)", at, t.Type))
		}
	}
	return nil
}

// readFunctions reads the form before tools.
func readFunctions(d *reader, name string, raw json.RawMessage) error {
	var functions []wireToolFunction
	if json.Unmarshal(raw, &functions) != nil {
		return bad(name, "The field functions must be a list of functions.")
	}
	for i := range functions {
		d.req.Tools = append(d.req.Tools, functions[i].tool())
	}
	return nil
}

// readChoice reads tool_choice and its older form function_call.
func readChoice(d *reader, name string, raw json.RawMessage) error {
	if word, ok := peek.String(raw); ok {
		switch word {
		case "auto", "none", "required":
			d.req.Choice = dialect.ToolChoice{Mode: word}
		case "any": // Mistral's word
			d.req.Choice = dialect.ToolChoice{Mode: "required"}
		default:
			return bad(name, "The field %s must be auto, none, required or name a function.", name)
		}
		return nil
	}
	var c struct {
		Name     string `json:"name"`
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	}
	if json.Unmarshal(raw, &c) != nil {
		return bad(name, "The field %s must be auto, none, required or name a function.", name)
	}
	if c.Name == "" {
		c.Name = c.Function.Name
	}
	if c.Name == "" {
		d.drop(name)
		return nil
	}
	d.req.Choice = dialect.ToolChoice{Mode: "named", Name: c.Name}
	return nil
}
