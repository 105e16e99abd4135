package openai

import (
	"encoding/json"
	"maps"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Decode reads the whole request into the neutral form. A completion becomes a
// chat with one message.
func (Inbound) Decode(op dialect.Operation, body []byte) (*dialect.Request, error) {
	d := reader{req: &dialect.Request{Endpoint: op.Endpoint}}
	readers := chatFields()
	switch op.Endpoint {
	case dialect.EndpointEmbeddings:
		readers = embeddingFields()
	case dialect.EndpointCompletions:
		readers, d.req.Endpoint = completionFields(), dialect.EndpointChat
	case dialect.EndpointRerank:
		readers, d.req.Rerank = rerankFields(), &dialect.RerankQuery{}
	default:
	}
	if err := d.read(body, readers); err != nil {
		return nil, err
	}
	if d.req.Model == "" {
		return nil, hw.Errorf(hw.CodeBadRequest, "The field model must name a model.").At("model")
	}
	if len(d.req.Messages) == 0 && len(d.req.Input) == 0 && !d.asksRerank() {
		asked := readers[len(readers)-1].name
		return nil, hw.Errorf(hw.CodeBadRequest, "The field %s must not be empty.", asked).At(asked)
	}
	return d.req, nil
}

// read reads the fields of a body in a fixed order, so that of several faults
// always the same one is told and later names (max_completion_tokens) win over
// earlier ones (max_tokens). What is left is named.
func (d *reader) read(body []byte, readers []field) error {
	fields, err := fieldsOf(body, readers)
	if err != nil {
		return err
	}
	for _, f := range readers {
		raw, ok := fields[f.name]
		delete(fields, f.name)
		if !ok || string(raw) == "null" {
			continue
		}
		if err := f.read(d, f.name, raw); err != nil {
			return err
		}
		d.strangers(raw, shapes[f.name])
	}
	for _, left := range slices.Sorted(maps.Keys(fields)) {
		if !asksNothing(left, fields[left]) {
			d.stranger(left)
		}
	}
	return nil
}

// fieldsOf gives the raw fields of a body; a field that is read and stands
// twice is refused.
func fieldsOf(body []byte, readers []field) (map[string]json.RawMessage, error) {
	known := make([]peek.Field, len(readers))
	for i, f := range readers {
		known[i].Key = f.name
	}
	if err := peek.Object(body, known); err != nil {
		return nil, badJSON(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, badJSON(err)
	}
	return fields, nil
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

// asksNothing reports whether leaving a field out changes nothing of the
// answer: it is void, says what holds anyway, or is for OpenAI's own books.
func asksNothing(name string, raw json.RawMessage) bool {
	if name == "web_search_options" { // even without any, they ask for a search
		return string(raw) == "null"
	}
	if isVoid(raw) {
		return true
	}
	switch name {
	case "store", "metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier":
		return true
	case "service_tier":
		return string(raw) == `"auto"` || string(raw) == `"default"`
	case "usage": // routers tell more of it then; it is told anyway
		return true
	case "modalities":
		var kinds []string
		return json.Unmarshal(raw, &kinds) == nil && len(kinds) == 1 && kinds[0] == "text"
	case "best_of":
		return string(raw) == "1"
	case "top_logprobs":
		return string(raw) == "0"
	}
	return false
}

// reader fills in one neutral request.
type reader struct {
	req *dialect.Request
	// lost holds what req.Unmapped names, for a quick look.
	lost map[string]bool
	// open are the tool calls that no result has answered yet.
	open openCalls
}

// drop names a field that the neutral form does not carry, once.
func (d *reader) drop(field string) {
	if d.lost == nil {
		d.lost = map[string]bool{}
	}
	if !d.lost[field] {
		d.lost[field] = true
		d.req.Unmapped = append(d.req.Unmapped, field)
	}
}

// stranger names what the caller may have thought of many of.
func (d *reader) stranger(name string) {
	if !d.req.Crowded() {
		d.drop(name)
	}
}

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

// count reads a whole number that must not be below zero.
func count(name string, to func(*dialect.Request) *int) field {
	return field{name, func(d *reader, name string, raw json.RawMessage) error {
		number := to(d.req)
		if json.Unmarshal(raw, number) != nil {
			return bad(name, "The field %s must be a whole number.", name)
		}
		if *number < 0 {
			return bad(name, "The field %s must be 0 or more.", name)
		}
		return nil
	}}
}

// bound reads how long an answer may be. Clients of engines at home write -1 for
// no bound.
func bound(name string) field {
	return field{name, func(d *reader, name string, raw json.RawMessage) error {
		if json.Unmarshal(raw, &d.req.MaxTokens) != nil {
			return bad(name, "The field %s must be a whole number.", name)
		}
		d.req.MaxTokens = max(d.req.MaxTokens, 0)
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
		count("dimensions", func(r *dialect.Request) *int { return &r.Dimensions }),
		into("encoding_format", "text", func(r *dialect.Request) *string { return &r.Encoding }),
		field{"input_type", readInputType},
		field{"input", readInput},
	)
}

// chatFields are those of a chat; what is asked comes last.
func chatFields() []field {
	const number, whole = "a number", "a whole number"
	return append(commonFields(),
		into("stream", "true or false", func(r *dialect.Request) *bool { return &r.Stream }),
		field{"stream_options", readStreamOptions},
		field{"functions", readFunctions},
		field{"tools", readTools},
		field{"function_call", readChoice},
		field{"tool_choice", readChoice},
		into("parallel_tool_calls", "true or false", func(r *dialect.Request) **bool { return &r.ParallelTools }),
		bound("max_tokens"),
		bound("max_completion_tokens"),
		into("temperature", number, func(r *dialect.Request) **float64 { return &r.Temperature }),
		into("top_p", number, func(r *dialect.Request) **float64 { return &r.TopP }),
		into("top_k", whole, func(r *dialect.Request) **int { return &r.TopK }),
		field{"stop", readStop},
		into("random_seed", whole, func(r *dialect.Request) **int64 { return &r.Seed }),
		into("seed", whole, func(r *dialect.Request) **int64 { return &r.Seed }),
		into("presence_penalty", number, func(r *dialect.Request) **float64 { return &r.PresencePenalty }),
		into("frequency_penalty", number, func(r *dialect.Request) **float64 { return &r.FrequencyPenalty }),
		count("n", func(r *dialect.Request) *int { return &r.Count }),
		field{"response_format", readFormat},
		field{"enable_thinking", readThinkingSwitch},
		field{"thinking_budget", readThinkingBudget},
		field{"reasoning", readReasoning},
		field{"thinking", readThinking},
		into("reasoning_effort", "text", func(r *dialect.Request) *string { return &r.Effort }),
		into("include_reasoning", "true or false", func(r *dialect.Request) **bool { return &r.ShowThoughts }),
		into("store", "true or false", func(r *dialect.Request) **bool { return &r.Kin.Store }),
		field{"metadata", readMetadata},
		into("prompt_cache_key", "text", func(r *dialect.Request) *string { return &r.Kin.CacheKey }),
		into("prompt_cache_retention", "text", func(r *dialect.Request) *string { return &r.Kin.CacheRetention }),
		into("safety_identifier", "text", func(r *dialect.Request) *string { return &r.Kin.SafetyID }),
		kin("service_tier", func(r *dialect.Request) *string { return &r.Kin.ServiceTier }, "auto", "default"),
		kin("verbosity", func(r *dialect.Request) *string { return &r.Kin.Verbosity }, "medium"),
		field{"messages", readMessages},
	)
}

// kin reads a word that only OpenAI's dialects know. It is named, unless it says
// what holds anyway; who has a place for it takes the name out again.
func kin(name string, to func(*dialect.Request) *string, anyway ...string) field {
	return field{name, func(d *reader, name string, raw json.RawMessage) error {
		word, ok := peek.String(raw)
		if !ok {
			return bad(name, "The field %s must be text.", name)
		}
		if *to(d.req) = word; word != "" && !slices.Contains(anyway, word) {
			d.drop(name)
		}
		return nil
	}}
}

// readMetadata reads the caller's own marks of an answer. OpenAI refuses values
// that are no texts, others never look: such marks are left out.
func readMetadata(d *reader, name string, raw json.RawMessage) error {
	if raw[0] != '{' {
		return bad(name, "The field metadata must be an object.")
	}
	if dialect.HasTexts(raw) {
		d.req.Kin.Metadata = raw
	}
	return nil
}

// completionFields are those of a completion.
func completionFields() []field {
	const number, whole = "a number", "a whole number"
	return append(commonFields(),
		into("stream", "true or false", func(r *dialect.Request) *bool { return &r.Stream }),
		field{"stream_options", readStreamOptions},
		bound("max_tokens"),
		into("temperature", number, func(r *dialect.Request) **float64 { return &r.Temperature }),
		into("top_p", number, func(r *dialect.Request) **float64 { return &r.TopP }),
		into("top_k", whole, func(r *dialect.Request) **int { return &r.TopK }),
		field{"stop", readStop},
		into("seed", whole, func(r *dialect.Request) **int64 { return &r.Seed }),
		into("presence_penalty", number, func(r *dialect.Request) **float64 { return &r.PresencePenalty }),
		into("frequency_penalty", number, func(r *dialect.Request) **float64 { return &r.FrequencyPenalty }),
		count("n", func(r *dialect.Request) *int { return &r.Count }),
		field{"prompt", readPrompt},
	)
}

func bad(at, format string, args ...any) *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, format, args...).At(at)
}

func readStreamOptions(d *reader, name string, raw json.RawMessage) error {
	if raw[0] != '{' {
		return bad(name, "The field stream_options must be an object.")
	}
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

// readInputType reads what embeddings are for, in the words of the vendors that
// ask for it.
func readInputType(d *reader, name string, raw json.RawMessage) error {
	word, ok := peek.String(raw)
	if !ok {
		return bad(name, "The field input_type must be text.")
	}
	switch word {
	case "search_query":
		word = dialect.InputTypeQuery
	case "passage", "search_document":
		word = dialect.InputTypeDocument
	}
	d.req.InputType = word
	return nil
}

// readPrompt reads the prompt of a completion: text, or a list with one.
func readPrompt(d *reader, name string, raw json.RawMessage) error {
	text, ok := peek.String(raw)
	if !ok {
		var texts []string
		if json.Unmarshal(raw, &texts) != nil {
			return hw.Errorf(hw.CodeUnsupported, "Token numbers as a prompt cannot be translated for the model's upstream; send text.").At(name)
		}
		if len(texts) != 1 {
			return hw.Errorf(hw.CodeUnsupported, "A list of %d prompts cannot be translated for the model's upstream; send one.", len(texts)).At(name)
		}
		text = texts[0]
	}
	d.req.Messages = []dialect.Message{{Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartText, Text: text}}}}
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
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Schema      json.RawMessage `json:"schema"`
			Strict      *bool           `json:"strict,omitempty"`
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
		d.req.Format = dialect.Format{Kind: "schema", Name: f.Schema.Name, Description: f.Schema.Description, Schema: f.Schema.Schema, Strict: f.Schema.Strict}
	default:
		d.drop(name)
	}
	return nil
}
