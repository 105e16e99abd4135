package cohere

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// request is a chat request on the wire (API reference, "Chat", 2026).
type request struct {
	Model       string          `json:"model"`
	Messages    []message       `json:"messages"`
	Stream      bool            `json:"stream"`
	Tools       []tool          `json:"tools,omitempty"`
	StrictTools bool            `json:"strict_tools,omitempty"`
	ToolChoice  string          `json:"tool_choice,omitempty"`
	Format      *responseFormat `json:"response_format,omitempty"`
	Thinking    *thinking       `json:"thinking,omitempty"`
	MaxTokens   int             `json:"max_tokens,omitempty"`
	Stop        []string        `json:"stop_sequences,omitempty"`
	Temperature *float64        `json:"temperature,omitempty"`
	Seed        *int64          `json:"seed,omitempty"`
	Frequency   *float64        `json:"frequency_penalty,omitempty"`
	Presence    *float64        `json:"presence_penalty,omitempty"`
	K           *int            `json:"k,omitempty"`
	P           *float64        `json:"p,omitempty"`
}

type tool struct {
	Type     string       `json:"type"`
	Function toolFunction `json:"function"`
}

type toolFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
}

type responseFormat struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"json_schema,omitempty"`
}

type thinking struct {
	Type   string `json:"type"`
	Budget int    `json:"token_budget,omitempty"`
}

// Cohere's limits, which it enforces by refusing the request.
const (
	mostStops   = 5
	mostK       = 500
	leastP      = 0.01
	mostP       = 0.99
	mostPenalty = 1.0
	mostTexts   = 96
)

// encoding is one request while it is rendered.
type encoding struct {
	req     *dialect.Request
	out     *request
	dropped []string
	// lost holds what dropped names, for a quick look.
	lost map[string]bool
	// open are the calls of the last turn of the assistant that have no result yet.
	open map[string]bool
}

func (e *encoding) drop(what string, really bool) {
	if !really {
		return
	}
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

// Encode renders a neutral request.
func (Outbound) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	e := &encoding{req: req, dropped: append([]string(nil), req.Unmapped...), open: map[string]bool{}}
	var body any
	var err error
	switch req.Endpoint {
	case dialect.EndpointChat:
		body, err = e.chat(to.Model)
	case dialect.EndpointEmbeddings:
		body, err = e.embed(to.Model)
	case dialect.EndpointRerank:
		body, err = e.rerank(to.Model)
	default:
		err = hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", req.Endpoint).At("model")
	}
	if err != nil {
		return dialect.Wire{}, err
	}
	text, err := marshal(body)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	return dialect.Wire{
		Path: path(req.Endpoint), Header: dialect.Header{"Content-Type": {"application/json"}}, Body: text, Dropped: e.dropped,
	}, nil
}

func (e *encoding) chat(model string) (*request, error) {
	e.out = &request{Model: model, Stream: e.req.Stream, MaxTokens: e.req.MaxTokens, Messages: []message{}}
	for i, m := range e.req.Messages {
		messages, err := e.message(fmt.Sprintf("messages[%d]", i), m)
		if err != nil {
			return nil, err
		}
		e.out.Messages = append(e.out.Messages, messages...)
	}
	if len(e.out.Messages) == 0 && len(e.req.Messages) > 0 {
		return nil, hw.Errorf(hw.CodeBadRequest, "The messages have no content.").At("messages")
	}
	e.tools()
	e.format()
	e.thinking(thinks(model))
	e.sampling()
	e.drop("n", e.req.Count > 1)
	return e.out, nil
}

// tools renders tools and tool choice.
func (e *encoding) tools() {
	strict := 0
	for _, t := range e.req.Tools {
		schema := t.Schema
		switch {
		case t.Custom:
			schema = json.RawMessage(dialect.CustomSchema)
		case len(schema) == 0:
			schema = json.RawMessage(`{"type":"object","properties":{}}`)
		}
		if t.Strict != nil && *t.Strict {
			strict++
		}
		e.drop("tools[].grammar", len(t.Grammar) > 0)
		e.out.Tools = append(e.out.Tools, tool{"function", toolFunction{t.Name, t.Description, schema}})
	}
	// Strictness is one switch for all tools.
	e.out.StrictTools = strict > 0 && strict == len(e.out.Tools)
	e.drop("tools[].strict", strict > 0 && !e.out.StrictTools)
	if len(e.out.Tools) == 0 {
		return
	}
	e.choice()
	e.drop("parallel_tool_calls", e.req.ParallelTools != nil && !*e.req.ParallelTools && e.out.ToolChoice != "NONE")
}

// choice renders tool choice. Cohere cannot be told to call this tool or that,
// but it can be given no other.
func (e *encoding) choice() {
	switch c := e.req.Choice; c.Mode {
	case "none":
		e.out.ToolChoice = "NONE"
	case "required":
		e.out.ToolChoice = "REQUIRED"
	case "named":
		at := slices.IndexFunc(e.out.Tools, func(t tool) bool { return t.Function.Name == c.Name })
		if at < 0 {
			e.drop("tool_choice", true)
			return
		}
		e.out.Tools, e.out.ToolChoice = e.out.Tools[at:at+1], "REQUIRED"
	}
}

// format renders the wanted shape of the answer, which Cohere takes only where
// there are no tools.
func (e *encoding) format() {
	f := e.req.Format
	if f.Kind != "json" && f.Kind != "schema" {
		return
	}
	if len(e.out.Tools) > 0 {
		e.drop("response_format", true)
		return
	}
	schema, unsaid := f.Described()
	e.drop("response_format (description)", unsaid)
	e.out.Format = &responseFormat{Type: "json_object"}
	if f.Kind == "schema" {
		e.out.Format.Schema = schema
	}
}

// thinks reports whether a model can think, as its name tells. A name that
// tells nothing is taken for a new model, which can.
func thinks(model string) bool {
	for _, start := range []string{
		"command-r", "command-a-03-2025", "command-a-vision", "command-a-translate", "command-light", "command-nightly", "c4ai-", "aya", "tiny-aya",
	} {
		if strings.HasPrefix(model, start) {
			return false
		}
	}
	return model != "command"
}

// thinking renders effort and budget. Models that can think do so unless told
// not to; the others refuse to be told anything.
func (e *encoding) thinking(can bool) {
	effort, budget := e.req.Effort, e.req.ThinkingTokens
	switch {
	case effort == "none" && can:
		e.out.Thinking = &thinking{Type: "disabled"}
		return
	case effort == "none":
		return
	case !can:
		e.drop("reasoning_effort", effort != "" || budget > 0)
		return
	}
	if effort == "" && budget == 0 {
		return
	}
	if budget == 0 {
		budget = effortBudget(effort)
	}
	e.out.Thinking = &thinking{Type: "enabled", Budget: budget}
}

// effortBudget is the bound on thinking, in tokens, for an effort in OpenAI's
// words; zero is no bound.
func effortBudget(effort string) int {
	switch effort {
	case "minimal":
		return 1024
	case "low":
		return 2048
	case "medium":
		return 8192
	}
	return 0
}

// sampling renders how to sample, inside Cohere's limits. Those on k and p cut
// off what makes no difference; where a limit does, the field is named.
func (e *encoding) sampling() {
	r := e.req
	e.out.Temperature, e.out.Seed = r.Temperature, r.Seed
	e.out.Stop = r.Stop[:min(len(r.Stop), mostStops)]
	e.drop("stop", len(r.Stop) > mostStops)
	if r.TopK != nil {
		e.out.K = new(min(max(*r.TopK, 0), mostK))
	}
	if r.TopP != nil {
		e.out.P = new(min(max(*r.TopP, leastP), mostP))
	}
	e.out.Presence = e.penalty("presence_penalty", r.PresencePenalty)
	e.out.Frequency = e.penalty("frequency_penalty", r.FrequencyPenalty)
}

// penalty bounds a penalty to what Cohere takes: it has no rewards.
func (e *encoding) penalty(field string, p *float64) *float64 {
	if p == nil {
		return nil
	}
	bounded := min(max(*p, 0), mostPenalty)
	e.drop(field, bounded != *p)
	return &bounded
}

// embed renders a request for embeddings.
func (e *encoding) embed(model string) (any, error) {
	if len(e.req.Input) > mostTexts {
		return nil, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes at most %d texts at once.", mostTexts).At("input")
	}
	return struct {
		Model      string   `json:"model"`
		Texts      []string `json:"texts"`
		InputType  string   `json:"input_type"`
		Types      []string `json:"embedding_types"`
		Dimensions int      `json:"output_dimension,omitempty"`
	}{model, e.req.Input, e.inputType(), []string{"float"}, e.req.Dimensions}, nil
}

// inputType renders what the embeddings are for, which Cohere demands to know.
func (e *encoding) inputType() string {
	const document = "search_document"
	switch t := e.req.InputType; t {
	case "", dialect.InputTypeDocument, document:
		return document
	case dialect.InputTypeQuery, "search_query":
		return "search_query"
	case dialect.InputTypeClassification, dialect.InputTypeClustering:
		return t
	}
	e.drop("input_type", true)
	return document
}
