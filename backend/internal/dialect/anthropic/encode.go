package anthropic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// request is a request on the wire.
type request struct {
	Model        string        `json:"model"`
	MaxTokens    int           `json:"max_tokens,omitempty"`
	System       any           `json:"system,omitempty"`
	Messages     []turn        `json:"messages"`
	Stream       bool          `json:"stream,omitempty"`
	Tools        []tool        `json:"tools,omitempty"`
	ToolChoice   *toolChoice   `json:"tool_choice,omitempty"`
	Thinking     *thinking     `json:"thinking,omitempty"`
	OutputConfig *outputConfig `json:"output_config,omitempty"`
	Temperature  *float64      `json:"temperature,omitempty"`
	TopP         *float64      `json:"top_p,omitempty"`
	TopK         *int          `json:"top_k,omitempty"`
	Stop         []string      `json:"stop_sequences,omitempty"`
	Metadata     *metadata     `json:"metadata,omitempty"`
}

type tool struct {
	Name         string          `json:"name"`
	Description  string          `json:"description,omitempty"`
	InputSchema  json.RawMessage `json:"input_schema"`
	CacheControl json.RawMessage `json:"cache_control,omitempty"`
}

type toolChoice struct {
	Type            string `json:"type"`
	Name            string `json:"name,omitempty"`
	DisableParallel bool   `json:"disable_parallel_tool_use,omitempty"`
}

type thinking struct {
	Type    string `json:"type"`
	Budget  int    `json:"budget_tokens,omitempty"`
	Display string `json:"display,omitempty"`
}

type outputConfig struct {
	Format *outputFormat `json:"format,omitempty"`
	Effort string        `json:"effort,omitempty"`
}

type outputFormat struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"schema"`
}

type metadata struct {
	UserID string `json:"user_id"`
}

// encoding is one request while it is rendered.
type encoding struct {
	req     *dialect.Request
	model   model
	out     *request
	dropped []string
	// lost holds what dropped names, for a quick look.
	lost map[string]bool
	// replayable is false when the turn in progress holds tool calls without
	// the signed reasoning that Anthropic demands back while thinking.
	replayable bool
	// prefill is true when the last turn is the assistant's, to be continued.
	prefill bool
}

func (e *encoding) drop(what string) {
	if e.lost == nil {
		e.lost = map[string]bool{}
		for _, known := range e.dropped {
			e.lost[known] = true
		}
	}
	if !e.lost[what] {
		e.lost[what] = true
		e.dropped = append(e.dropped, what)
	}
}

// Encode renders a neutral chat request, or one to count its tokens.
func (Outbound) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	if req.Endpoint != dialect.EndpointChat && req.Endpoint != dialect.EndpointCount {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", req.Endpoint).At("model")
	}
	e := &encoding{
		req: req, model: parseModel(to.Model), dropped: append([]string(nil), req.Unmapped...),
		out: &request{Model: to.Model, Stream: req.Stream},
	}
	if err := e.turns(); err != nil {
		return dialect.Wire{}, err
	}
	e.tools()
	e.format()
	e.bounds(to.MaxOutput)
	e.sampling()
	e.rest()
	if req.Endpoint == dialect.EndpointCount {
		e.onlyCounted()
	}
	body, err := marshal(e.out)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	return dialect.Wire{Path: path(req.Endpoint), Header: header(), Body: body, Dropped: e.dropped}, nil
}

// onlyCounted takes out what has no tokens: count_tokens refuses it.
func (e *encoding) onlyCounted() {
	o := e.out
	e.out = &request{
		Model: o.Model, System: o.System, Messages: o.Messages,
		Tools: o.Tools, ToolChoice: o.ToolChoice, Thinking: o.Thinking, OutputConfig: o.OutputConfig,
	}
}

// tools renders tools and tool choice. A custom tool is a function that takes
// its text as the one argument.
func (e *encoding) tools() {
	for _, t := range e.req.Tools {
		if t.Custom {
			t.Schema = json.RawMessage(dialect.CustomSchema)
			if len(t.Grammar) > 0 {
				e.drop("tools[].format")
			}
		}
		e.out.Tools = append(e.out.Tools, tool{t.Name, t.Description, objectSchema(t.Schema), t.CacheControl})
		if t.Strict != nil && *t.Strict {
			// Strict tools are a beta that most models refuse.
			e.drop("tools[].strict")
		}
	}
	e.inventTools()
	if len(e.out.Tools) > 0 {
		e.out.ToolChoice = e.choice()
	}
}

// choice renders tool choice; nil when the caller said nothing.
func (e *encoding) choice() *toolChoice {
	choice := &toolChoice{}
	switch e.req.Choice.Mode {
	case "none":
		choice.Type = "none"
	case "required":
		choice.Type = "any"
	case "named":
		choice.Type, choice.Name = "tool", e.req.Choice.Name
	case "auto":
		choice.Type = "auto"
	}
	if p := e.req.ParallelTools; p != nil && !*p && choice.Type != "none" {
		choice.DisableParallel = true
		if choice.Type == "" {
			choice.Type = "auto"
		}
	}
	if choice.Type == "" {
		return nil
	}
	return choice
}

// inventTools describes the tools of past calls where the request no longer
// names any: Anthropic refuses calls in the history without tools.
func (e *encoding) inventTools() {
	if len(e.out.Tools) > 0 {
		return
	}
	seen := map[string]bool{}
	for _, t := range e.out.Messages {
		for _, b := range t.Content {
			if b.Type == "tool_use" && !seen[b.Name] {
				seen[b.Name] = true
				e.out.Tools = append(e.out.Tools, tool{Name: b.Name, InputSchema: objectSchema(nil)})
			}
		}
	}
}

// format renders the wanted shape of the answer: where the model does not hold
// itself to a schema, and for an object of any shape, a tool that it must call
// takes the answer.
func (e *encoding) format() {
	switch e.req.Format.Kind {
	case "json":
		e.answerTool()
	case "schema":
		if !e.model.structured() {
			e.answerTool()
			return
		}
		described, unsaid := e.req.Format.Described()
		schema, lost, err := closedSchema(described)
		if err != nil {
			e.drop("response_format")
			return
		}
		for _, keyword := range lost {
			e.drop("response_format (" + keyword + ")")
		}
		if unsaid {
			e.drop("response_format (description)")
		}
		e.out.OutputConfig = &outputConfig{Format: &outputFormat{"json_schema", schema}}
	}
}

// sampling renders what steers the choice of tokens.
func (e *encoding) sampling() {
	r := e.req
	e.out.Temperature, e.out.TopP, e.out.TopK = r.Temperature, r.TopP, r.TopK
	switch {
	case e.model.unsampled():
		e.dontSample()
	case e.out.Thinking != nil && e.out.Thinking.Type != "disabled":
		e.sampleThinking()
	case r.Temperature != nil && *r.Temperature > 1:
		e.out.Temperature = new(1.0)
		e.drop("temperature (limited to 1)")
	}
	if e.out.Temperature != nil && e.out.TopP != nil && e.model.oneSampler() {
		e.out.TopP = nil
		e.drop("top_p")
	}
	for _, s := range r.Stop {
		if strings.TrimSpace(s) == "" {
			e.drop("stop (blank)")
			continue
		}
		e.out.Stop = append(e.out.Stop, s)
	}
	if r.User != "" {
		e.out.Metadata = &metadata{r.User}
	}
}

// rest names the fields that have no form here.
func (e *encoding) rest() {
	r := e.req
	for _, row := range []struct {
		set  bool
		name string
	}{
		{r.Seed != nil, "seed"},
		{r.PresencePenalty != nil && *r.PresencePenalty != 0, "presence_penalty"},
		{r.FrequencyPenalty != nil && *r.FrequencyPenalty != 0, "frequency_penalty"},
		{r.Count > 1, "n"},
	} {
		if row.set {
			e.drop(row.name)
		}
	}
}

// dontSample leaves out what current models refuse, and names what it changes.
func (e *encoding) dontSample() {
	for _, row := range []struct {
		set  bool
		name string
	}{
		{e.out.Temperature != nil && *e.out.Temperature != 1, "temperature"},
		{e.out.TopP != nil && *e.out.TopP != 1, "top_p"},
		{e.out.TopK != nil, "top_k"},
	} {
		if row.set {
			e.drop(row.name)
		}
	}
	e.out.Temperature, e.out.TopP, e.out.TopK = nil, nil, nil
}

// sampleThinking keeps only the sampling that Anthropic takes while thinking.
func (e *encoding) sampleThinking() {
	if t := e.out.Temperature; t != nil && *t != 1 {
		e.out.Temperature = nil
		e.drop("temperature")
	}
	if p := e.out.TopP; p != nil && (*p < 0.95 || *p > 1) {
		e.out.TopP = nil
		e.drop("top_p")
	}
	if e.out.TopK != nil {
		e.out.TopK = nil
		e.drop("top_k")
	}
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
