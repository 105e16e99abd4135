package gemini

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"headwater/backend/internal/dialect"
)

// request is a chat request on the wire.
type request struct {
	// Model is set only inside a request that is to be counted.
	Model      string      `json:"model,omitempty"`
	System     *content    `json:"systemInstruction,omitempty"`
	Contents   []content   `json:"contents"`
	Tools      []tools     `json:"tools,omitempty"`
	ToolConfig *toolConfig `json:"toolConfig,omitempty"`
	Config     *generation `json:"generationConfig,omitempty"`
}

type content struct {
	Role  string    `json:"role,omitempty"`
	Parts []outPart `json:"parts"`
}

type tools struct {
	Functions []function `json:"functionDeclarations"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"parametersJsonSchema,omitempty"`
}

type toolConfig struct {
	Calling calling `json:"functionCallingConfig"`
}

type calling struct {
	Mode    string   `json:"mode"`
	Allowed []string `json:"allowedFunctionNames,omitempty"`
}

type generation struct {
	Temperature *float64        `json:"temperature,omitempty"`
	TopP        *float64        `json:"topP,omitempty"`
	TopK        *int            `json:"topK,omitempty"`
	Count       int             `json:"candidateCount,omitempty"`
	MaxTokens   int             `json:"maxOutputTokens,omitempty"`
	Stop        []string        `json:"stopSequences,omitempty"`
	Seed        *int64          `json:"seed,omitempty"`
	Presence    *float64        `json:"presencePenalty,omitempty"`
	Frequency   *float64        `json:"frequencyPenalty,omitempty"`
	MIME        string          `json:"responseMimeType,omitempty"`
	Schema      json.RawMessage `json:"responseJsonSchema,omitempty"`
	Thinking    *thinking       `json:"thinkingConfig,omitempty"`
}

type thinking struct {
	Include bool   `json:"includeThoughts,omitempty"`
	Budget  *int   `json:"thinkingBudget,omitempty"`
	Level   string `json:"thinkingLevel,omitempty"`
}

// encoding is one request while it is rendered.
type encoding struct {
	req     *dialect.Request
	model   model
	out     *request
	config  generation
	dropped []string
	// lost holds what dropped names, for a quick look.
	lost map[string]bool
	// maxOutput is the most that the model gives; zero when unknown.
	maxOutput int
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

// Encode renders a neutral request.
func (Outbound) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	if req.Endpoint == dialect.EndpointEmbeddings {
		return encodeEmbeddings(req, to)
	}
	e := &encoding{
		req: req, model: parseModel(to.Model), out: &request{}, maxOutput: to.MaxOutput,
		dropped: append([]string(nil), req.Unmapped...),
	}
	if err := e.turns(); err != nil {
		return dialect.Wire{}, err
	}
	e.tools()
	e.format()
	e.sampling()
	e.thinking()
	e.rest()
	if text := mustJSON(e.config); string(text) != "{}" {
		e.out.Config = &e.config
	}
	verb := defaultVerb(req.Endpoint, req.Stream)
	var body any = e.out
	if req.Endpoint == dialect.EndpointCount {
		e.out.Model = resource(to.Model)
		body = struct {
			Request *request `json:"generateContentRequest"`
		}{e.out}
	}
	text, err := marshal(body)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	return dialect.Wire{Path: pathOf(to.Model, verb), Header: header(), Body: text, Dropped: e.dropped}, nil
}

// tools renders tools and tool choice. A custom tool goes as a function with the
// schema that stands for its text.
func (e *encoding) tools() {
	var functions []function
	for i := range e.req.Tools {
		t := &e.req.Tools[i]
		schema := t.Schema
		if t.Custom {
			schema = json.RawMessage(dialect.CustomSchema)
			if t.Grammar != nil {
				e.drop("tools[].custom.format")
			}
		}
		if t.Strict != nil && *t.Strict {
			e.drop("tools[].strict")
		}
		functions = append(functions, function{t.Name, t.Description, e.schema("tools[].parameters", schema)})
	}
	if len(functions) == 0 {
		return
	}
	e.out.Tools = []tools{{functions}}
	var c calling
	switch e.req.Choice.Mode {
	case "auto":
		c.Mode = "AUTO"
	case "none":
		c.Mode = "NONE"
	case "required":
		c.Mode = "ANY"
	case "named":
		c.Mode, c.Allowed = "ANY", []string{e.req.Choice.Name}
	default:
		return
	}
	e.out.ToolConfig = &toolConfig{c}
}

// schema renders a schema; nil for none. One that cannot be read is left out.
func (e *encoding) schema(at string, raw json.RawMessage) json.RawMessage {
	if !isSet(raw) || isEmptyObject(raw) {
		return nil
	}
	out, lost, err := googleSchema(raw)
	if err != nil {
		e.drop(at)
		return nil
	}
	for _, keyword := range lost {
		e.drop(at + " (" + keyword + ")")
	}
	return out
}

// format renders the wanted shape of the answer. Models before Gemini 3 refuse
// one beside tools.
func (e *encoding) format() {
	f := e.req.Format
	if f.Kind != "json" && f.Kind != "schema" {
		return
	}
	if len(e.out.Tools) > 0 && e.model.isGemini && !e.model.atLeast(30) {
		e.drop("response_format")
		return
	}
	schema, unsaid := f.Described()
	if isEmptyObject(f.Schema) { // none is sent
		schema, unsaid = nil, f.Description != ""
	}
	if unsaid {
		e.drop("response_format (description)")
	}
	e.config.MIME = "application/json"
	if f.Kind == "schema" {
		e.config.Schema = e.schema("response_format", schema)
	}
}

// maxStops is how many stop sequences Google takes.
const maxStops = 5

// sampling renders what steers the choice of tokens, and the bounds.
func (e *encoding) sampling() {
	r, g := e.req, &e.config
	g.Temperature, g.TopP, g.TopK, g.MaxTokens = r.Temperature, r.TopP, r.TopK, max(r.MaxTokens, 0)
	if e.maxOutput > 0 {
		g.MaxTokens = min(g.MaxTokens, e.maxOutput) // Google refuses more than the model gives
	}
	g.Presence = e.penalty("presence_penalty", r.PresencePenalty)
	g.Frequency = e.penalty("frequency_penalty", r.FrequencyPenalty)
	if r.Count > 1 {
		g.Count = r.Count
	}
	for _, s := range r.Stop {
		if s != "" {
			g.Stop = append(g.Stop, s)
		}
	}
	if len(g.Stop) > maxStops {
		e.drop("stop (more than 5)")
		g.Stop = g.Stop[:maxStops]
	}
	if r.Seed != nil {
		if *r.Seed > math.MaxInt32 || *r.Seed < math.MinInt32 {
			e.drop("seed")
		} else {
			g.Seed = r.Seed
		}
	}
}

// penalty leaves out a penalty for models that refuse any: 3.5 and later
// (documentation of Gemini 3.5 Flash-Lite, 2026).
func (e *encoding) penalty(name string, p *float64) *float64 {
	if p == nil || !e.model.isGemini || e.model.generation < 35 {
		return p
	}
	if *p != 0 {
		e.drop(name)
	}
	return nil
}

// thinking renders how much the model shall reason and whether it shows it.
// Where the caller said nothing of it, thoughts are asked for only from models
// that are known to have them: others refuse the question.
func (e *encoding) thinking() {
	r := e.req
	effort := strings.ToLower(r.Effort)
	asked := effort != "" || r.ThinkingTokens > 0
	switch {
	case !e.model.thinks():
		if asked && effort != "none" {
			e.drop("reasoning_effort")
		}
		return
	case !asked && e.model.generation == 0:
		return
	case effort == "none" && e.model.pro:
		e.drop("reasoning_effort (none)") // no Pro can stop thinking
	}
	t := e.howMuch(effort)
	t.Include = effort != "none" && (r.ShowThoughts == nil || *r.ShowThoughts)
	if t != (thinking{}) {
		e.config.Thinking = &t
	}
}

// howMuch is the level of newer models or the budget of older ones. A budget in
// tokens newer models take as well, instead of a level.
func (e *encoding) howMuch(effort string) thinking {
	budget := e.req.ThinkingTokens
	switch {
	case budget > 0 && e.model.byLevel():
	case budget > 0:
		budget = e.model.fit(budget)
	case effort == "":
		return thinking{}
	case e.model.byLevel():
		return thinking{Level: e.model.level(effort)}
	default:
		budget = e.model.budget(effort)
	}
	return thinking{Budget: &budget}
}

// rest names the fields that have no form here. Marks for prompt caching are
// not among them: Google caches by itself.
func (e *encoding) rest() {
	r := e.req
	for _, row := range []struct {
		set  bool
		name string
	}{
		{r.ParallelTools != nil && !*r.ParallelTools && len(r.Tools) > 0, "parallel_tool_calls"},
	} {
		if row.set {
			e.drop(row.name)
		}
	}
}

// embedRequest is one request for a vector.
type embedRequest struct {
	Model      string  `json:"model"`
	Content    content `json:"content"`
	TaskType   string  `json:"taskType,omitempty"`
	Dimensions int     `json:"outputDimensionality,omitempty"`
}

// encodeEmbeddings renders one text as it is, several as a batch.
func encodeEmbeddings(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	wire := dialect.Wire{Header: header(), Dropped: append([]string(nil), req.Unmapped...)}
	task, ok := taskType(req.InputType)
	if !ok {
		wire.Dropped = append(wire.Dropped, "input_type")
	}
	requests := make([]embedRequest, 0, len(req.Input))
	for i := range req.Input {
		requests = append(requests, embedRequest{
			resource(to.Model), content{Parts: []outPart{{Text: &req.Input[i]}}}, task, req.Dimensions,
		})
	}
	var body any
	if len(requests) == 1 {
		wire.Path, body = pathOf(to.Model, verbEmbed), requests[0]
	} else {
		wire.Path = pathOf(to.Model, verbBatchEmbed)
		body = struct {
			Requests []embedRequest `json:"requests"`
		}{requests}
	}
	text, err := marshal(body)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the embeddings request: %w", err)
	}
	wire.Body = text
	return wire, nil
}

// taskType is Google's word for what embeddings are for; false when there is
// none.
func taskType(inputType string) (string, bool) {
	if inputType == "" {
		return "", true
	}
	for task, known := range inputTypes() {
		if known == inputType {
			return task, true
		}
	}
	switch task := strings.ToUpper(inputType); task {
	case "QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY":
		return task, true
	}
	return "", false
}
