package ollama

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Decode reads the whole request into the neutral form.
func (Inbound) Decode(op dialect.Operation, body []byte) (*dialect.Request, error) {
	d := reader{req: &dialect.Request{Endpoint: op.Endpoint, StreamUsage: true}}
	d.req.Stream = op.Endpoint == dialect.EndpointChat
	if err := d.object("", body, requestFields(op)); err != nil {
		return nil, err
	}
	if d.req.Model == "" {
		return nil, bad("model", "The field model must name a model.")
	}
	if err := d.generated(op); err != nil {
		return nil, err
	}
	switch {
	case op.Endpoint == dialect.EndpointEmbeddings && d.req.Input == nil:
		return nil, bad(inputField(op), "The field %s must have a text.", inputField(op))
	case op.Endpoint == dialect.EndpointChat && len(d.req.Messages) == 0:
		// To Ollama this means to load the model, which is not here.
		return nil, bad("messages", "The field messages must have at least one message; models need not be loaded here.")
	}
	return d.req, nil
}

// requestFields are the fields of an operation's request.
func requestFields(op dialect.Operation) []field {
	switch {
	case op.Endpoint == dialect.EndpointEmbeddings:
		return embedFields(op)
	case op.Name == nameGenerate:
		return generateFields()
	}
	return chatFields()
}

// reader fills in one neutral request.
type reader struct {
	req *dialect.Request
	// open are the tool calls that no result has answered yet.
	open openCalls
	// prompt, system and images make up the one turn of a generate request.
	prompt, system string
	images         []dialect.Part
	// lost holds what req.Unmapped names, for a quick look.
	lost map[string]bool
}

// drop names what the neutral form does not carry, once.
func (d *reader) drop(field string) {
	if d.lost == nil {
		d.lost = map[string]bool{}
	}
	if !d.lost[field] {
		d.lost[field] = true
		d.req.Unmapped = append(d.req.Unmapped, field)
	}
}

// field reads one field of an object.
type field struct {
	name string
	read func(d *reader, at string, raw json.RawMessage) error
}

// object reads an object whose path is prefix. Fields it does not know are
// dropped by name unless they say nothing.
func (d *reader) object(prefix string, raw []byte, known []field) error {
	at := make([]peek.Field, len(known))
	for i, f := range known {
		at[i] = peek.Field{Key: f.name, Fold: true}
	}
	if err := peek.Object(raw, at); err != nil {
		e := badJSON(err)
		return e.At(prefix + e.Field)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return badJSON(err)
	}
	for i, f := range known {
		delete(all, f.name)
		if at[i].IsNull(raw) {
			continue
		}
		if err := f.read(d, prefix+f.name, at[i].Raw(raw)); err != nil {
			return err
		}
	}
	for _, left := range slices.Sorted(maps.Keys(all)) {
		if !isVoid(all[left]) {
			d.drop(prefix + left)
		}
	}
	return nil
}

// isVoid reports whether the raw value of a field says nothing, so that leaving
// it out loses nothing.
func isVoid(raw json.RawMessage) bool {
	switch string(raw) {
	case "null", "false", "[]", "{}", `""`:
		return true
	}
	return false
}

// into reads a field that maps one to one.
func into[T any](name, kind string, to func(*dialect.Request) *T) field {
	return field{name, func(d *reader, at string, raw json.RawMessage) error {
		if json.Unmarshal(raw, to(d.req)) != nil {
			return bad(at, "The field %s must be %s.", at, kind)
		}
		return nil
	}}
}

// text reads a field that is text into the reader.
func text(name string, to func(*reader) *string) field {
	return field{name, func(d *reader, at string, raw json.RawMessage) error {
		var ok bool
		if *to(d), ok = peek.String(raw); !ok {
			return bad(at, "The field %s must be text.", at)
		}
		return nil
	}}
}

// whole reads a whole number. Ollama takes 128.0 for 128, and so do we.
func whole(name string, set func(*dialect.Request, int64)) field {
	return field{name, func(d *reader, at string, raw json.RawMessage) error {
		n, ok := peek.Int(raw)
		if !ok {
			return bad(at, "The field %s must be a whole number.", at)
		}
		set(d.req, n)
		return nil
	}}
}

// noOp is a field that means nothing to any other upstream.
func noOp(name string) field {
	return field{name, func(*reader, string, json.RawMessage) error { return nil }}
}

// unlessTrue is a field whose default is true and which nobody else has.
func unlessTrue(name string) field {
	return field{name, func(d *reader, at string, raw json.RawMessage) error {
		if string(raw) != "true" {
			d.drop(at)
		}
		return nil
	}}
}

func commonFields() []field {
	return []field{
		into("model", "text", func(r *dialect.Request) *string { return &r.Model }),
		// How long Ollama keeps the model in memory; nobody else has it there.
		noOp("keep_alive"),
		unlessTrue("truncate"),
		{"options", readOptions},
	}
}

func embedFields(op dialect.Operation) []field {
	return append(
		commonFields(),
		field{inputField(op), readInput},
		whole("dimensions", func(r *dialect.Request, n int64) { r.Dimensions = int(n) }),
	)
}

// inputField is the field that holds the texts to embed.
func inputField(op dialect.Operation) string {
	if op.Name == nameEmbeddings {
		return "prompt"
	}
	return "input"
}

func answerFields() []field {
	return append(
		commonFields(),
		into("stream", "true or false", func(r *dialect.Request) *bool { return &r.Stream }),
		field{"format", readFormat},
		field{"think", readThink},
		unlessTrue("shift"),
	)
}

func chatFields() []field {
	return append(answerFields(), field{"messages", readMessages}, field{"tools", readTools})
}

func generateFields() []field {
	return append(
		answerFields(),
		text("prompt", func(d *reader) *string { return &d.prompt }),
		text("system", func(d *reader) *string { return &d.system }),
		field{"images", func(d *reader, at string, raw json.RawMessage) (err error) {
			d.images, err = readImages(at, raw)
			return err
		}},
	)
}

// generated makes the messages of a generate request.
func (d *reader) generated(op dialect.Operation) error {
	if op.Name != nameGenerate {
		return nil
	}
	if d.prompt == "" && len(d.images) == 0 {
		return bad("prompt", "The field prompt must have a text; models need not be loaded here.")
	}
	if d.system != "" {
		d.req.Messages = append(d.req.Messages, dialect.Message{
			Role: dialect.RoleSystem, Parts: []dialect.Part{{Kind: dialect.PartText, Text: d.system}},
		})
	}
	var parts []dialect.Part
	if d.prompt != "" {
		parts = append(parts, dialect.Part{Kind: dialect.PartText, Text: d.prompt})
	}
	d.req.Messages = append(d.req.Messages, dialect.Message{Role: dialect.RoleUser, Parts: append(parts, d.images...)})
	return nil
}

func readInput(d *reader, at string, raw json.RawMessage) error {
	if s, ok := peek.String(raw); ok {
		d.req.Input = []string{s}
		return nil
	}
	if at == "prompt" || json.Unmarshal(raw, &d.req.Input) != nil || d.req.Input == nil {
		return bad(at, "The field %s must be text or a list of texts.", at)
	}
	if len(d.req.Input) == 0 {
		return bad(at, "The field %s must have at least one text.", at)
	}
	return nil
}

// sampling are the options that every upstream knows in some form.
func sampling() []field {
	const number = "a number"
	return []field{
		into("temperature", number, func(r *dialect.Request) **float64 { return &r.Temperature }),
		into("top_p", number, func(r *dialect.Request) **float64 { return &r.TopP }),
		whole("top_k", func(r *dialect.Request, n int64) { r.TopK = new(int(n)) }),
		whole("seed", func(r *dialect.Request, n int64) { r.Seed = &n }),
		// -1 is no bound, -2 as much as the context holds.
		whole("num_predict", func(r *dialect.Request, n int64) { r.MaxTokens = int(max(n, 0)) }),
		{"stop", readStop},
		into("presence_penalty", number, func(r *dialect.Request) **float64 { return &r.PresencePenalty }),
		into("frequency_penalty", number, func(r *dialect.Request) **float64 { return &r.FrequencyPenalty }),
	}
}

// readOptions reads how to sample; the options that tell how to run the model
// are Ollama's own. For embeddings nothing is sampled.
func readOptions(d *reader, at string, raw json.RawMessage) error {
	if len(raw) == 0 || raw[0] != '{' {
		return bad(at, "The field %s must be an object.", at)
	}
	fields := sampling()
	if d.req.Endpoint == dialect.EndpointEmbeddings {
		for i := range fields {
			fields[i] = noOp(fields[i].name)
		}
	}
	return d.object(at+".", raw, fields)
}

func readStop(d *reader, at string, raw json.RawMessage) error {
	if s, ok := peek.String(raw); ok {
		d.req.Stop = []string{s}
		return nil
	}
	if json.Unmarshal(raw, &d.req.Stop) != nil {
		return bad(at, "The field %s must be a list of texts.", at)
	}
	return nil
}

// readFormat reads the word json or a JSON Schema.
func readFormat(d *reader, at string, raw json.RawMessage) error {
	if raw[0] == '{' {
		if isVoid(raw) { // any JSON will do
			d.req.Format.Kind = "json"
			return nil
		}
		d.req.Format = dialect.Format{Kind: "schema", Schema: raw}
		return nil
	}
	switch string(raw) {
	case `""`:
	case `"json"`:
		d.req.Format.Kind = "json"
	default:
		return bad(at, `The field %s must be "json" or a JSON Schema.`, at)
	}
	return nil
}

// readThink reads whether, or how much, to think.
func readThink(d *reader, at string, raw json.RawMessage) error {
	effort, ok := map[string]string{
		"false": "none", "true": "medium", `"low"`: "low", `"medium"`: "medium", `"high"`: "high", `"max"`: "xhigh",
	}[string(raw)]
	if !ok {
		return bad(at, "The field %s must be true, false, low, medium or high.", at)
	}
	d.req.Effort = effort
	if effort != "none" {
		d.req.ShowThoughts = new(true)
	}
	return nil
}

func readTools(d *reader, at string, raw json.RawMessage) error {
	var tools []struct {
		Type     string `json:"type"`
		Function *struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Parameters  json.RawMessage `json:"parameters"`
		} `json:"function"`
	}
	if json.Unmarshal(raw, &tools) != nil {
		return bad(at, "The field %s must be a list of tools.", at)
	}
	d.eachOthers(at+"[]", raw, toolKeys, functionKeys)
	for i, t := range tools {
		here := fmt.Sprintf("%s[%d]", at, i)
		switch {
		case t.Function == nil && t.Type != "" && t.Type != "function":
			d.drop(fmt.Sprintf("%s (%s)", here, t.Type))
		case t.Function == nil || t.Function.Name == "":
			return bad(here+".function.name", "A function tool must have a name.")
		default:
			tool := dialect.Tool{Name: t.Function.Name, Description: t.Function.Description}
			if isSet(t.Function.Parameters) {
				tool.Schema = t.Function.Parameters
			}
			d.req.Tools = append(d.req.Tools, tool)
		}
	}
	return nil
}
