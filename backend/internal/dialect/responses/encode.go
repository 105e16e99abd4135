package responses

import (
	"encoding/json"
	"fmt"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// wireRequest is a request as this dialect's upstreams take it.
type wireRequest struct {
	Model         string        `json:"model"`
	Instructions  string        `json:"instructions,omitempty"`
	Input         []any         `json:"input"`
	Stream        bool          `json:"stream,omitempty"`
	Tools         []wireTool    `json:"tools,omitempty"`
	ToolChoice    any           `json:"tool_choice,omitempty"`
	ParallelTools *bool         `json:"parallel_tool_calls,omitempty"`
	MaxTokens     int           `json:"max_output_tokens,omitempty"`
	Temperature   *float64      `json:"temperature,omitempty"`
	TopP          *float64      `json:"top_p,omitempty"`
	Text          *outText      `json:"text,omitempty"`
	Reasoning     *outReasoning `json:"reasoning,omitempty"`
	Include       []string      `json:"include,omitempty"`
	User          string        `json:"user,omitempty"`
	ServiceTier   string        `json:"service_tier,omitempty"`
	// Store is false unless the caller has asked OpenAI to keep the conversation.
	Store          bool            `json:"store"`
	Metadata       json.RawMessage `json:"metadata,omitempty"`
	CacheKey       string          `json:"prompt_cache_key,omitempty"`
	CacheRetention string          `json:"prompt_cache_retention,omitempty"`
	SafetyID       string          `json:"safety_identifier,omitempty"`
}

type outText struct {
	Format    *outFormat `json:"format,omitempty"`
	Verbosity string     `json:"verbosity,omitempty"`
}

type outFormat struct {
	Type        string          `json:"type"`
	Name        string          `json:"name,omitempty"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
	Strict      *bool           `json:"strict,omitempty"`
}

type outReasoning struct {
	Effort  string `json:"effort,omitempty"`
	Summary string `json:"summary,omitempty"`
}

type outChoice struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// encoding renders one neutral request.
type encoding struct {
	req     *dialect.Request
	out     *wireRequest
	dropped []string
	// lost holds what dropped names, for a quick look.
	lost map[string]bool
	// kept are the calls and results that have each other; custom the results
	// of custom tools.
	kept, custom map[*dialect.Part]bool
}

func (e *encoding) drop(name string) {
	if e.lost == nil {
		e.lost = map[string]bool{}
		for _, known := range e.dropped {
			e.lost[known] = true
		}
	}
	if !e.lost[name] {
		e.lost[name] = true
		e.dropped = append(e.dropped, name)
	}
}

// Encode renders a neutral chat.
func (Outbound) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	if req.Endpoint != dialect.EndpointChat && req.Endpoint != "" {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream offers chat only.")
	}
	e := &encoding{req: req}
	e.out = &wireRequest{
		Model: to.Model, Input: []any{}, Stream: req.Stream, ParallelTools: req.ParallelTools,
		Temperature: req.Temperature, TopP: req.TopP, User: req.User, Text: formatOut(req.Format),
	}
	e.kin(to.Model)
	e.limits()
	e.reasoning(to.Model)
	e.tools()
	if err := e.conversation(); err != nil {
		return dialect.Wire{}, err
	}
	text, err := marshal(e.out)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	return dialect.Wire{
		Path:    chatPath,
		Header:  dialect.Header{"Content-Type": {"application/json"}},
		Body:    text,
		Dropped: e.dropped,
	}, nil
}

// kin renders what only OpenAI's dialects have, and begins the list of what is
// dropped.
func (e *encoding) kin(model string) {
	kin := &e.req.Kin
	var carried []string
	if e.out.ServiceTier = kin.ServiceTier; kin.ServiceTier != "" {
		carried = append(carried, "service_tier")
	}
	if kin.Verbosity != "" && takesVerbosity(model) {
		carried = append(carried, "verbosity", droppedVerbosity)
		if e.out.Text == nil {
			e.out.Text = &outText{}
		}
		e.out.Text.Verbosity = kin.Verbosity
	}
	e.dropped = e.req.Lost(carried...)
	e.out.Store = kin.Store != nil && *kin.Store
	e.out.Metadata, e.out.CacheKey, e.out.CacheRetention = kin.Metadata, kin.CacheKey, kin.CacheRetention
	if e.out.SafetyID = kin.SafetyID; kin.SafetyID == e.req.User {
		e.out.User = "" // of two names for one user the newer is enough
	}
}

// tools renders the tools and the choice among them.
func (e *encoding) tools() {
	for _, t := range e.req.Tools {
		e.out.Tools = append(e.out.Tools, toolOut(t))
	}
	if e.out.ToolChoice = e.choice(); len(e.req.Tools) > 0 {
		return
	}
	// OpenAI refuses both where there is nothing to choose from.
	e.out.ToolChoice, e.out.ParallelTools = nil, nil
	if mode := e.req.Choice.Mode; mode == "required" || mode == "named" {
		e.drop("tool_choice")
	}
}

// leastTokens is the smallest bound on an answer that OpenAI takes
// (platform.openai.com, Responses, 2026).
const leastTokens = 16

// limits sets the bound on the answer and names what has no form here.
func (e *encoding) limits() {
	if e.out.MaxTokens = e.req.MaxTokens; e.req.MaxTokens > 0 && e.req.MaxTokens < leastTokens {
		e.out.MaxTokens = leastTokens
		e.drop(fmt.Sprintf("max_tokens (raised to %d)", leastTokens))
	}
	for _, row := range []struct {
		name string
		set  bool
	}{
		{"top_k", e.req.TopK != nil},
		{"stop", len(e.req.Stop) > 0},
		{"seed", e.req.Seed != nil},
		{"presence_penalty", e.req.PresencePenalty != nil && *e.req.PresencePenalty != 0},
		{"frequency_penalty", e.req.FrequencyPenalty != nil && *e.req.FrequencyPenalty != 0},
		{"n", e.req.Count > 1},
	} {
		if row.set {
			e.drop(row.name)
		}
	}
}

// reasoning sets effort and summary, and asks for the proof that lets later
// turns go on from this one's reasoning.
func (e *encoding) reasoning(model string) {
	r := outReasoning{Effort: e.effort(model)}
	if e.wantsThoughts() && !isPlainModel(model) {
		r.Summary = "auto"
	}
	if r != (outReasoning{}) {
		e.out.Reasoning = &r
	}
	if !isReasoningModel(model) && (r == (outReasoning{}) || r.Effort == effortNone) {
		return // which refuses to be asked, or has nothing to show
	}
	e.out.Include = []string{"reasoning.encrypted_content"}
	if !thinksAt(model, r.Effort) {
		return
	}
	// A model that reasons has fixed both and refuses a request over them.
	for _, row := range []struct {
		name  string
		value **float64
	}{{"temperature", &e.out.Temperature}, {"top_p", &e.out.TopP}} {
		if *row.value != nil && **row.value != 1 {
			e.drop(row.name)
		}
		*row.value = nil
	}
}

// effort is the one that the model takes; another than the wanted one is named.
func (e *encoding) effort(model string) string {
	wanted := e.req.EffortWord()
	fit := fitEffort(model, wanted)
	switch {
	case fit == wanted || fit == "" && wanted == effortNone: // which it does anyway
	case fit == "":
		e.drop("reasoning_effort")
	default:
		e.drop("reasoning_effort (" + fit + " for " + wanted + ")")
	}
	return fit
}

// wantsThoughts reports whether a summary is worth asking for. It is welcome to
// callers that say nothing, but OpenAI refuses the request of an account that
// may not have it; a bound on the reasoning tells that the caller looks at it.
func (e *encoding) wantsThoughts() bool {
	if e.req.ShowThoughts != nil {
		return *e.req.ShowThoughts
	}
	return e.req.ThinkingTokens > 0
}

func formatOut(f dialect.Format) *outText {
	switch f.Kind {
	case "json":
		return &outText{Format: &outFormat{Type: "json_object"}}
	case "schema":
		name := f.Name
		if name == "" {
			name = "answer"
		}
		return &outText{Format: &outFormat{"json_schema", name, f.Description, f.Schema, f.Strict}}
	}
	return nil
}

// toolOut renders a tool. Functions are strict here unless told otherwise,
// elsewhere only when told so.
func toolOut(t dialect.Tool) wireTool {
	if t.Custom {
		return wireTool{Type: "custom", Name: t.Name, Description: t.Description, Format: grammarOut(t.Grammar)}
	}
	w := wireTool{Type: "function", Name: t.Name, Description: t.Description, Parameters: t.Schema, Strict: t.Strict}
	if len(w.Parameters) == 0 {
		w.Parameters = json.RawMessage(`{"type":"object","properties":{}}`)
	}
	if w.Strict == nil {
		w.Strict = new(bool)
	}
	return w
}

func (e *encoding) choice() any {
	c := e.req.Choice
	switch c.Mode {
	case "":
		return nil
	case "named":
		kind := "function"
		for _, t := range e.req.Tools {
			if t.Name == c.Name && t.Custom {
				kind = "custom"
			}
		}
		return outChoice{kind, c.Name}
	}
	return c.Mode
}
