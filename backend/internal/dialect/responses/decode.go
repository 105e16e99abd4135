package responses

import (
	"encoding/json"
	"maps"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Decode reads the whole request into the neutral form.
func (Inbound) Decode(op dialect.Operation, body []byte) (*dialect.Request, error) {
	head := [...]peek.Field{{Key: "model", Fold: true}, {Key: "input"}, {Key: "previous_response_id"}}
	if err := peek.Object(body, head[:]); err != nil {
		return nil, badJSON(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, badJSON(err)
	}
	d := reader{req: &dialect.Request{Endpoint: op.Endpoint, StreamUsage: true}}
	// A fixed order, so that of several faults always the same one is told and
	// the instructions come before the input.
	for _, f := range requestFields() {
		raw, ok := fields[f.name]
		delete(fields, f.name)
		if !ok || !isSet(raw) {
			continue
		}
		if err := f.read(&d, f.name, raw); err != nil {
			return nil, err
		}
	}
	for _, left := range slices.Sorted(maps.Keys(fields)) {
		if !isVoid(fields[left]) {
			d.stranger(left)
		}
	}
	return d.finish()
}

// finish checks what only the whole request shows.
func (d *reader) finish() (*dialect.Request, error) {
	if d.req.Model == "" {
		return nil, noModel()
	}
	d.prove()
	if d.req.User == "" {
		d.req.User = d.req.Kin.SafetyID // its newer name
	}
	if !d.asked {
		return nil, bad("input", "The field input must be text or a list with at least one item.")
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
	// lost holds what req.Unmapped names, for a quick look.
	lost map[string]bool
	// asked is true once the input had something in it.
	asked bool
	// seals are proofs of texts and calls that still look for them.
	seals []seal
}

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
			return bad(name, "The field %s must be %s.", name, kind)
		}
		return nil
	}}
}

// quiet takes note of a field that changes nothing about the answer here; only
// the values told otherwise are named as dropped.
func quiet(name string, loses func(raw json.RawMessage) bool) field {
	return field{name, func(d *reader, name string, raw json.RawMessage) error {
		if loses(raw) {
			d.drop(name)
		}
		return nil
	}}
}

// refused is a field that would give another conversation than the caller's if
// it were left out.
func refused(name, why string) field {
	return field{name, func(_ *reader, name string, raw json.RawMessage) error {
		if isVoid(raw) {
			return nil
		}
		return hw.Errorf(hw.CodeUnsupported, "%s", why).At(name)
	}}
}

func requestFields() []field {
	const number, truth = "a number", "true or false"
	never := func(json.RawMessage) bool { return false }
	is := func(words ...string) func(json.RawMessage) bool {
		return func(raw json.RawMessage) bool { return !isVoid(raw) && !slices.Contains(words, string(raw)) }
	}
	return []field{
		into("model", "text", func(r *dialect.Request) *string { return &r.Model }),
		into("stream", truth, func(r *dialect.Request) *bool { return &r.Stream }),
		{"stream_options", readStreamOptions},
		into("user", "text", func(r *dialect.Request) *string { return &r.User }),
		into("safety_identifier", "text", func(r *dialect.Request) *string { return &r.Kin.SafetyID }),
		refused("background", "An answer in the background is not offered by the model's upstream."),
		refused("prompt", "A prompt kept at OpenAI cannot be used by the model's upstream; send its text."),
		refused("conversation", "A conversation kept at OpenAI cannot be used by the model's upstream; send its items as input."),
		refused("previous_response_id", "The earlier answer is not kept here; send the whole conversation as input."),
		{"instructions", readInstructions},
		{"input", readInput},
		{"tools", readTools},
		{"tool_choice", readChoice},
		into("parallel_tool_calls", truth, func(r *dialect.Request) **bool { return &r.ParallelTools }),
		{"max_output_tokens", readMaxTokens},
		into("temperature", number, func(r *dialect.Request) **float64 { return &r.Temperature }),
		into("top_p", number, func(r *dialect.Request) **float64 { return &r.TopP }),
		into("presence_penalty", number, func(r *dialect.Request) **float64 { return &r.PresencePenalty }),
		into("frequency_penalty", number, func(r *dialect.Request) **float64 { return &r.FrequencyPenalty }),
		{"text", readText},
		{"reasoning", readReasoning},
		{"include", readInclude},
		into("store", truth, func(r *dialect.Request) **bool { return &r.Kin.Store }),
		{"metadata", readMetadata},
		into("prompt_cache_key", "text", func(r *dialect.Request) *string { return &r.Kin.CacheKey }),
		into("prompt_cache_retention", "text", func(r *dialect.Request) *string { return &r.Kin.CacheRetention }),
		quiet("client_metadata", never), // what an agent says of itself
		{"service_tier", readTier},
		quiet("truncation", is(`"disabled"`)),
		quiet("top_logprobs", is("0")),
	}
}

// readStreamOptions reads what hides or shows padding only.
func readStreamOptions(_ *reader, name string, raw json.RawMessage) error {
	if raw[0] != '{' {
		return bad(name, "The field stream_options must be an object.")
	}
	return nil
}

func readMaxTokens(d *reader, name string, raw json.RawMessage) error {
	if json.Unmarshal(raw, &d.req.MaxTokens) != nil || d.req.MaxTokens < 1 {
		return bad(name, "The field max_output_tokens must be a whole number of at least 1.")
	}
	return nil
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

// readTier reads how fast and how dear the answer may be. The words for what
// holds anyway lose nothing.
func readTier(d *reader, name string, raw json.RawMessage) error {
	tier, ok := peek.String(raw)
	if !ok {
		return bad(name, "The field service_tier must be text.")
	}
	d.req.Kin.ServiceTier = tier
	if tier != "" && tier != "auto" && tier != "default" {
		d.drop(name)
	}
	return nil
}

// droppedVerbosity is the name of what those have no words for who cannot be
// told how long their answers shall be.
const droppedVerbosity = "text.verbosity"

func readInstructions(d *reader, name string, raw json.RawMessage) error {
	text, ok := peek.String(raw)
	if !ok {
		return bad(name, "The field instructions must be text.")
	}
	if text != "" {
		d.req.Messages = append(d.req.Messages, dialect.Message{
			Role: dialect.RoleSystem, Parts: []dialect.Part{{Kind: dialect.PartText, Text: text}},
		})
	}
	return nil
}

// readText reads the wanted shape of the answer.
func readText(d *reader, name string, raw json.RawMessage) error {
	var t struct {
		Format *struct {
			Type        string          `json:"type"`
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Schema      json.RawMessage `json:"schema"`
			Strict      *bool           `json:"strict"`
		} `json:"format"`
		Verbosity string `json:"verbosity"`
	}
	if json.Unmarshal(raw, &t) != nil {
		return bad(name, "The field text must be an object with a format.")
	}
	d.left(name, raw, textFields)
	d.req.Kin.Verbosity = t.Verbosity
	if t.Verbosity != "" && t.Verbosity != "medium" { // the value that stands for none
		d.drop(droppedVerbosity)
	}
	if t.Format == nil {
		return nil
	}
	d.left(name+".format", inner(raw, "format"), formatFields)
	switch t.Format.Type {
	case "text":
		d.req.Format.Kind = "text"
	case "json_object":
		d.req.Format.Kind = "json"
	case "json_schema":
		if !isSet(t.Format.Schema) {
			return bad(name+".format.schema", "A format of type json_schema must have a schema.")
		}
		d.req.Format = dialect.Format{
			Kind: "schema", Name: t.Format.Name, Description: t.Format.Description, Schema: t.Format.Schema, Strict: t.Format.Strict,
		}
	default:
		return bad(name+".format.type", "The type of the format must be text, json_object or json_schema.")
	}
	return nil
}

func readReasoning(d *reader, name string, raw json.RawMessage) error {
	var r struct {
		Effort  *string `json:"effort"`
		Summary *string `json:"summary"`
		// Older is the name that summary had at first.
		Older *string `json:"generate_summary"`
		// Context is which turns' reasoning counts: elsewhere that of all does.
		Context looseText `json:"context"`
	}
	if json.Unmarshal(raw, &r) != nil {
		return bad(name, "The field reasoning must be an object with an effort and a summary.")
	}
	d.left(name, raw, reasoningFields)
	if r.Context != "" && r.Context != "auto" && r.Context != "all_turns" {
		d.drop(name + ".context")
	}
	if r.Effort != nil {
		d.req.Effort = *r.Effort
	}
	if r.Summary == nil {
		r.Summary = r.Older
	}
	if r.Summary != nil && *r.Summary != "" {
		show := *r.Summary != "none"
		d.req.ShowThoughts = &show
	}
	return nil
}

// readInclude names the extras that only OpenAI's own tools or models have.
// Encrypted reasoning is given anyway.
func readInclude(d *reader, name string, raw json.RawMessage) error {
	var words []string
	if json.Unmarshal(raw, &words) != nil {
		return bad(name, "The field include must be a list of texts.")
	}
	for _, word := range words {
		if word == "message.output_text.logprobs" {
			d.drop(name + " (" + word + ")")
		}
	}
	return nil
}
