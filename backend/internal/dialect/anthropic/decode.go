package anthropic

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// badJSON tells the caller why a body was refused before it was decoded.
func badJSON(err error) *hw.Error {
	if dup, ok := errors.AsType[*peek.DuplicateError](err); ok {
		return hw.Errorf(hw.CodeBadJSON, "%s", dup.Error()).At(dup.Key)
	}
	if errors.Is(err, peek.ErrNotObject) {
		return hw.Errorf(hw.CodeBadJSON, "The request body is not a JSON object.").Because(err)
	}
	return hw.Errorf(hw.CodeBadJSON, "The request body is not valid JSON: %s.", err.Error())
}

func noModel() *hw.Error { return required("model") }

// required is what Anthropic says of a missing field.
func required(at string) *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, "%s: Field required", at).At(at)
}

func bad(at, format string, args ...any) *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, at+": "+format, args...).At(at)
}

// read decodes raw into to and names the field that has a wrong type.
func read(at string, raw json.RawMessage, to any) error {
	err := json.Unmarshal(raw, to)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		at += "." + wrong.Field
	}
	return bad(at, "Input has the wrong type").Because(err)
}

// reader fills in one neutral request.
type reader struct {
	req *dialect.Request
	// lost holds what req.Unmapped names, for a quick look.
	lost map[string]bool
	// calls are the other vendors' proofs of tool calls, by the call's id.
	calls map[string]seal
	// mark is the cache mark on the whole request.
	mark json.RawMessage
	// off is true where thinking was switched off.
	off bool
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

// dropUnlessVoid names a field that is set and says something.
func (d *reader) dropUnlessVoid(field string, raw json.RawMessage) {
	if len(raw) > 0 && !isVoid(raw) {
		d.drop(field)
	}
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

// Decode reads a Messages or count_tokens request into the neutral form.
func (Inbound) Decode(op dialect.Operation, body []byte) (*dialect.Request, error) {
	readers := requestFields()
	found := make([]peek.Field, len(readers))
	for i, f := range readers {
		found[i].Key = f.name
	}
	if err := peek.Object(body, found); err != nil {
		return nil, badJSON(err)
	}
	d := reader{req: &dialect.Request{Endpoint: op.Endpoint, StreamUsage: true}, calls: map[string]seal{}}
	for i, f := range readers {
		raw := json.RawMessage(found[i].Raw(body))
		if !isSet(raw) {
			if f.required && (f.name != "max_tokens" || op.Endpoint == dialect.EndpointChat) {
				return nil, required(f.name)
			}
			continue
		}
		if err := f.read(&d, f.name, raw); err != nil {
			return nil, err
		}
	}
	if err := d.unknown(body, readers); err != nil {
		return nil, err
	}
	if d.req.Model == "" {
		return nil, noModel()
	}
	d.settle()
	return d.req, nil
}

// unknown names the fields that no reader knows.
func (d *reader) unknown(body []byte, readers []field) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return badJSON(err)
	}
	for _, f := range readers {
		delete(all, f.name)
	}
	for _, left := range slices.Sorted(maps.Keys(all)) {
		d.dropUnlessVoid(left, all[left])
	}
	return nil
}

// settle does what needs the whole request: proofs of tool calls go to their
// calls, the mark on the request to its last part.
func (d *reader) settle() {
	for i := range d.req.Messages {
		for j := range d.req.Messages[i].Parts {
			p := &d.req.Messages[i].Parts[j]
			if p.Call == nil {
				continue
			}
			if s, ok := d.calls[p.Call.ID]; ok {
				p.Signature, p.Signer = s.Signature, s.Signer
			}
		}
	}
	if d.off {
		d.req.Effort, d.req.ThinkingTokens = "none", 0
	}
	if n := len(d.req.Messages); n > 0 && d.mark != nil {
		parts := d.req.Messages[n-1].Parts
		if last := &parts[len(parts)-1]; last.CacheControl == nil {
			last.CacheControl = d.mark
		}
	}
}

// field reads one top-level field.
type field struct {
	name     string
	required bool
	read     func(d *reader, name string, raw json.RawMessage) error
}

// into reads a field that maps one to one.
func into[T any](name string, to func(*dialect.Request) *T) field {
	return field{name, false, func(d *reader, name string, raw json.RawMessage) error {
		return read(name, raw, to(d.req))
	}}
}

// requestFields are read in this order, so that of several faults always the
// same one is told.
func requestFields() []field {
	return []field{
		{"model", true, func(d *reader, name string, raw json.RawMessage) error { return read(name, raw, &d.req.Model) }},
		{"max_tokens", true, readMaxTokens},
		into("stream", func(r *dialect.Request) *bool { return &r.Stream }),
		{"system", false, readSystem},
		{"messages", true, readMessages},
		{"tools", false, readTools},
		{"tool_choice", false, readChoice},
		into("stop_sequences", func(r *dialect.Request) *[]string { return &r.Stop }),
		into("temperature", func(r *dialect.Request) **float64 { return &r.Temperature }),
		into("top_p", func(r *dialect.Request) **float64 { return &r.TopP }),
		into("top_k", func(r *dialect.Request) **int { return &r.TopK }),
		{"metadata", false, readMetadata},
		{"thinking", false, readThinking},
		{"output_config", false, readOutputConfig},
		{"output_format", false, readFormat},
		{"service_tier", false, readServiceTier},
		{"cache_control", false, func(d *reader, _ string, raw json.RawMessage) error { d.mark = raw; return nil }},
	}
}

func readMaxTokens(d *reader, name string, raw json.RawMessage) error {
	if err := read(name, raw, &d.req.MaxTokens); err != nil {
		return err
	}
	if d.req.MaxTokens < 1 {
		return bad(name, "Input should be greater than or equal to 1")
	}
	return nil
}

func readMetadata(d *reader, name string, raw json.RawMessage) error {
	var all map[string]json.RawMessage
	if err := read(name, raw, &all); err != nil {
		return err
	}
	if isSet(all["user_id"]) {
		if err := read(name+".user_id", all["user_id"], &d.req.User); err != nil {
			return err
		}
	}
	delete(all, "user_id")
	for _, left := range slices.Sorted(maps.Keys(all)) {
		d.dropUnlessVoid(name+"."+left, all[left])
	}
	return nil
}

func readThinking(d *reader, name string, raw json.RawMessage) error {
	var t struct {
		Type    string `json:"type"`
		Budget  int    `json:"budget_tokens"`
		Display string `json:"display"`
	}
	if err := read(name, raw, &t); err != nil {
		return err
	}
	switch t.Type {
	case "disabled":
		d.off = true
	case "enabled":
		if t.Budget < minBudget {
			return bad(name+".budget_tokens", "Input should be greater than or equal to %d", minBudget)
		}
		d.req.ThinkingTokens = t.Budget
	case "adaptive":
		// How much is left to the model, so the middle is asked of others.
		d.req.Effort = "medium"
	default:
		return bad(name+".type", "Input should be enabled, disabled or adaptive")
	}
	d.others(name, raw, thinkingKeys)
	switch t.Display {
	case "summarized":
		d.req.ShowThoughts = new(true)
	case "omitted":
		d.req.ShowThoughts = new(false)
	}
	return nil
}

func readOutputConfig(d *reader, name string, raw json.RawMessage) error {
	var all map[string]json.RawMessage
	if err := read(name, raw, &all); err != nil {
		return err
	}
	if effort := all["effort"]; isSet(effort) {
		if err := read(name+".effort", effort, &d.req.Effort); err != nil {
			return err
		}
		if d.req.Effort == "max" {
			d.req.Effort = "xhigh" // the most there is in OpenAI's words
		}
	}
	if format := all["format"]; isSet(format) {
		if err := readFormat(d, name+".format", format); err != nil {
			return err
		}
	}
	delete(all, "effort")
	delete(all, "format")
	for _, left := range slices.Sorted(maps.Keys(all)) {
		d.dropUnlessVoid(name+"."+left, all[left])
	}
	return nil
}

// readFormat reads output_config.format, and output_format, its name in beta.
func readFormat(d *reader, name string, raw json.RawMessage) error {
	var f struct {
		Type   string          `json:"type"`
		Schema json.RawMessage `json:"schema"`
	}
	if err := read(name, raw, &f); err != nil {
		return err
	}
	d.others(name, raw, formatKeys)
	switch {
	case f.Type != "json_schema":
		d.drop(name)
	case !isSet(f.Schema):
		return required(name + ".schema")
	default:
		d.req.Format = dialect.Format{Kind: "schema", Schema: f.Schema}
	}
	return nil
}

// readServiceTier leaves out "auto", which is what nothing means.
func readServiceTier(d *reader, name string, raw json.RawMessage) error {
	if string(raw) != `"auto"` {
		d.dropUnlessVoid(name, raw)
	}
	return nil
}

// inTool is a tool in a request. The rest of its fields steer Anthropic's own
// machinery.
type inTool struct {
	Type         string          `json:"type"`
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	Schema       json.RawMessage `json:"input_schema"`
	Strict       *bool           `json:"strict"`
	CacheControl json.RawMessage `json:"cache_control"`
	Examples     json.RawMessage `json:"input_examples"`
	Deferred     json.RawMessage `json:"defer_loading"`
	Callers      json.RawMessage `json:"allowed_callers"`
}

func readTools(d *reader, name string, raw json.RawMessage) error {
	var list []json.RawMessage
	if err := read(name, raw, &list); err != nil {
		return err
	}
	for i := range list {
		at := fmt.Sprintf("%s[%d]", name, i)
		var t inTool
		if err := read(at, list[i], &t); err != nil {
			return err
		}
		if t.Type != "" && t.Type != "custom" {
			d.drop(fmt.Sprintf("%s (%s)", at, t.Type))
			continue
		}
		if t.Name == "" {
			return required(at + ".name")
		}
		tool := dialect.Tool{Name: t.Name, Description: t.Description, Strict: t.Strict}
		if isSet(t.Schema) {
			tool.Schema = t.Schema
		}
		if isSet(t.CacheControl) {
			tool.CacheControl = t.CacheControl
		}
		d.req.Tools = append(d.req.Tools, tool)
		d.others("tools[]", list[i], toolKeys)
		d.dropUnlessVoid("tools[].input_examples", t.Examples)
		d.dropUnlessVoid("tools[].defer_loading", t.Deferred)
		if string(t.Callers) != `["direct"]` {
			d.dropUnlessVoid("tools[].allowed_callers", t.Callers)
		}
	}
	return nil
}

func readChoice(d *reader, name string, raw json.RawMessage) error {
	var c struct {
		Type            string `json:"type"`
		Name            string `json:"name"`
		DisableParallel *bool  `json:"disable_parallel_tool_use"`
	}
	if err := read(name, raw, &c); err != nil {
		return err
	}
	switch c.Type {
	case "auto", "none":
		d.req.Choice.Mode = c.Type
	case "any":
		d.req.Choice.Mode = "required"
	case "tool":
		if c.Name == "" {
			return required(name + ".name")
		}
		d.req.Choice = dialect.ToolChoice{Mode: "named", Name: c.Name}
	default:
		return bad(name+".type", "Input should be auto, any, tool or none")
	}
	d.others(name, raw, choiceKeys)
	if c.DisableParallel != nil {
		d.req.ParallelTools = new(!*c.DisableParallel)
	}
	return nil
}

// readSystem reads the top-level system text.
func readSystem(d *reader, name string, raw json.RawMessage) error {
	parts, err := d.content(name, dialect.RoleSystem, raw)
	if err != nil {
		return err
	}
	parts = slices.DeleteFunc(parts, func(p dialect.Part) bool { return strings.TrimSpace(p.Text) == "" })
	if len(parts) > 0 {
		d.req.Messages = append(d.req.Messages, dialect.Message{Role: dialect.RoleSystem, Parts: parts})
	}
	return nil
}
