package anthropic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// request is a request on the wire.
type request struct {
	Model        string        `json:"model"`
	MaxTokens    int           `json:"max_tokens"`
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
	Type   string `json:"type"`
	Budget int    `json:"budget_tokens,omitempty"`
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
	// replayable is false when the turn in progress holds tool calls without
	// the signed reasoning that Anthropic demands back while thinking.
	replayable bool
	// prefill is true when the last turn is the assistant's, to be continued.
	prefill bool
}

func (e *encoding) drop(what string) {
	if !slices.Contains(e.dropped, what) {
		e.dropped = append(e.dropped, what)
	}
}

// Encode renders a neutral chat request.
func (Outbound) Encode(req *dialect.Request, modelName string) (dialect.Wire, error) {
	if req.Endpoint != dialect.EndpointChat {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", req.Endpoint).At("model")
	}
	e := &encoding{
		req: req, model: parseModel(modelName), dropped: append([]string(nil), req.Unmapped...),
		out: &request{Model: modelName, Stream: req.Stream},
	}
	if err := e.turns(); err != nil {
		return dialect.Wire{}, err
	}
	e.tools()
	e.format()
	e.bounds()
	e.sampling()
	e.rest()
	body, err := marshal(e.out)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	return dialect.Wire{Path: path(req.Endpoint), Header: header(), Body: body, Dropped: e.dropped}, nil
}

// tools renders tools and tool choice.
func (e *encoding) tools() {
	for _, t := range e.req.Tools {
		e.out.Tools = append(e.out.Tools, tool{t.Name, t.Description, objectSchema(t.Schema), t.CacheControl})
		if t.Strict != nil && *t.Strict {
			// Strict tools are a beta that most models refuse.
			e.drop("tools[].function.strict")
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

// format renders the wanted shape of the answer. A JSON answer without a
// schema has no form here.
func (e *encoding) format() {
	switch e.req.Format.Kind {
	case "json":
		e.drop("response_format")
	case "schema":
		if !e.model.structured() {
			e.drop("response_format")
			return
		}
		schema, lost, err := closedSchema(e.req.Format.Schema)
		if err != nil {
			e.drop("response_format")
			return
		}
		for _, keyword := range lost {
			e.drop("response_format (" + keyword + ")")
		}
		e.out.OutputConfig = &outputConfig{Format: &outputFormat{"json_schema", schema}}
	}
}

// bounds renders max_tokens and the thinking that counts against it.
func (e *encoding) bounds() {
	e.out.MaxTokens = e.req.MaxTokens
	if e.out.MaxTokens <= 0 {
		e.out.MaxTokens = defaultMaxTokens
	}
	if e.req.ThinkingTokens == 0 && (e.req.Effort == "" || e.req.Effort == "none") {
		return
	}
	if !e.mayThink() {
		e.drop("reasoning_effort")
		return
	}
	if e.model.adaptive() && e.req.ThinkingTokens == 0 {
		e.out.Thinking = &thinking{Type: "adaptive"}
		if e.out.OutputConfig == nil {
			e.out.OutputConfig = &outputConfig{}
		}
		e.out.OutputConfig.Effort = effortLevel(e.req.Effort)
		return
	}
	budget := e.req.ThinkingTokens
	if budget == 0 {
		budget = effortBudget(e.req.Effort)
	}
	budget = max(budget, minBudget)
	if e.req.MaxTokens <= 0 {
		e.out.MaxTokens += budget
	} else {
		// The caller's bound covers the reasoning too: leave half to the answer.
		budget = min(budget, max(e.req.MaxTokens/2, minBudget))
	}
	if budget >= e.out.MaxTokens {
		e.drop("reasoning_effort")
		return
	}
	e.out.Thinking = &thinking{Type: "enabled", Budget: budget}
}

// mayThink reports whether Anthropic allows thinking for this request: not
// with a forced tool, not for a prefilled answer, not in a turn of tool calls
// whose own reasoning is gone.
func (e *encoding) mayThink() bool {
	if c := e.out.ToolChoice; c != nil && (c.Type == "any" || c.Type == "tool") {
		return false
	}
	return e.replayable && !e.prefill && e.model.thinks()
}

// sampling renders what steers the choice of tokens.
func (e *encoding) sampling() {
	r := e.req
	e.out.Temperature, e.out.TopP, e.out.TopK = r.Temperature, r.TopP, r.TopK
	if t := r.Temperature; t != nil && *t > 1 {
		one := 1.0
		e.out.Temperature = &one
		e.drop("temperature (limited to 1)")
	}
	if e.out.Thinking != nil {
		e.sampleThinking()
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
