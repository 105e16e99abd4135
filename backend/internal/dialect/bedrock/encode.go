package bedrock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/internal/dialect"
)

// request is a request on the wire; its model is in the path.
type request struct {
	Messages  []turn         `json:"messages"`
	System    []content      `json:"system,omitempty"`
	Inference *inference     `json:"inferenceConfig,omitempty"`
	Tools     *toolConfig    `json:"toolConfig,omitempty"`
	Output    *outputConfig  `json:"outputConfig,omitempty"`
	More      map[string]any `json:"additionalModelRequestFields,omitempty"`
	MorePaths []string       `json:"additionalModelResponseFieldPaths,omitempty"`
}

type inference struct {
	MaxTokens   int      `json:"maxTokens,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"topP,omitempty"`
	Stop        []string `json:"stopSequences,omitempty"`
}

type toolConfig struct {
	Tools  []tool      `json:"tools"`
	Choice *toolChoice `json:"toolChoice,omitempty"`
}

// tool is a tool or a cache point behind it.
type tool struct {
	Spec  *toolSpec   `json:"toolSpec,omitempty"`
	Cache *cachePoint `json:"cachePoint,omitempty"`
}

type toolSpec struct {
	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Input       jsonSchema `json:"inputSchema"`
}

type jsonSchema struct {
	JSON json.RawMessage `json:"json"`
}

// toolChoice has one of its fields set.
type toolChoice struct {
	Auto *struct{}  `json:"auto,omitempty"`
	Any  *struct{}  `json:"any,omitempty"`
	Tool *namedTool `json:"tool,omitempty"`
}

type namedTool struct {
	Name string `json:"name"`
}

type outputConfig struct {
	Text textFormat `json:"textFormat"`
}

type textFormat struct {
	Type      string          `json:"type"`
	Structure outputStructure `json:"structure"`
}

type outputStructure struct {
	Schema outputSchema `json:"jsonSchema"`
}

// outputSchema has its schema as text.
type outputSchema struct {
	Schema string `json:"schema"`
	Name   string `json:"name,omitempty"`
}

// encoding is one request while it is rendered.
type encoding struct {
	req       *dialect.Request
	model     model
	out       *request
	inference inference
	dropped   []string
	// lost holds what dropped names, for a quick look.
	lost map[string]bool
	// documents are the names of the documents so far, since each may stand once,
	// with the number that the next of the same name gets.
	documents map[string]int
	// replayable is false when the turn in progress holds tool calls without
	// the signed reasoning that Claude demands back while it thinks within a
	// budget.
	replayable bool
	// prefill is true when the last turn is the assistant's, to be continued.
	prefill bool
	// byTool is true where the answer comes as the arguments of a tool.
	byTool bool
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

// more sets a field that only some models know.
func (e *encoding) more(name string, value any) {
	if e.out.More == nil {
		e.out.More = map[string]any{}
	}
	e.out.More[name] = value
}

// Encode renders a neutral request.
func (Outbound) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	switch req.Endpoint {
	case dialect.EndpointChat:
		return converse(req, to)
	case dialect.EndpointEmbeddings, dialect.EndpointRerank:
		return invoke(req, to)
	default:
		return dialect.Wire{}, unserved(req.Endpoint)
	}
}

// converse renders a chat request.
func converse(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	e := &encoding{req: req, model: parseModel(to.Model), dropped: append([]string(nil), req.Unmapped...), out: &request{}}
	if err := e.turns(); err != nil {
		return dialect.Wire{}, err
	}
	e.tools()
	e.format()
	e.sample()
	e.limit(to.MaxOutput)
	e.think(to.MaxOutput)
	e.rest()
	if i := e.inference; i.MaxTokens > 0 || i.Temperature != nil || i.TopP != nil || i.Stop != nil {
		e.out.Inference = &i
	}
	body, err := marshal(e.out)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	header := dialect.Header{"Content-Type": {"application/json"}}
	if req.Stream {
		header["Accept"] = []string{"application/vnd.amazon.eventstream"}
	}
	return dialect.Wire{Path: path(to.Model, req.Stream), Header: header, Body: body, Dropped: e.dropped}, nil
}

// tools renders tools and tool choice.
func (e *encoding) tools() {
	var tools []tool
	for i := range e.req.Tools {
		tools = append(tools, e.tool(&e.req.Tools[i])...)
	}
	past := e.pastTools()
	switch {
	case e.req.Choice.Mode != "none":
	case len(past) == 0:
		return
	default:
		// Calls in the history need their tools, and there is no word for
		// "none": the model may call again.
		e.drop("tool_choice")
	}
	if len(tools) == 0 {
		// Bedrock refuses calls in the history without tools.
		tools = past
	}
	if len(tools) == 0 {
		return
	}
	e.out.Tools = &toolConfig{Tools: tools, Choice: e.choice()}
	if p := e.req.ParallelTools; p != nil && !*p {
		e.drop("parallel_tool_calls")
	}
}

// tool renders one tool, and the cache point behind it. A custom tool is a
// function that takes its text as the one argument.
func (e *encoding) tool(t *dialect.Tool) []tool {
	if t.Custom && len(t.Grammar) > 0 {
		e.drop("tools[].format")
	}
	if t.Strict != nil && *t.Strict {
		e.drop("tools[].strict")
	}
	out := []tool{{Spec: &toolSpec{t.Name, t.Description, jsonSchema{objectSchema(t.Schema)}}}}
	if t.CacheControl != nil && e.model.family == familyClaude {
		out = append(out, tool{Cache: pointOf(t.CacheControl)})
	}
	return out
}

// pastTools describes the tools of past calls.
func (e *encoding) pastTools() []tool {
	var tools []tool
	seen := map[string]bool{}
	for _, t := range e.out.Messages {
		for _, c := range t.Content {
			if use := c.ToolUse; use != nil && !seen[use.Name] {
				seen[use.Name] = true
				tools = append(tools, tool{Spec: &toolSpec{Name: use.Name, Input: jsonSchema{objectSchema(nil)}}})
			}
		}
	}
	return tools
}

// choice renders tool choice; nil when the caller said nothing or the model
// cannot be made to.
func (e *encoding) choice() *toolChoice {
	named := e.req.Choice.Mode == "named"
	switch e.req.Choice.Mode {
	case "auto":
		return &toolChoice{Auto: &struct{}{}}
	case "required", "named":
	default:
		return nil
	}
	switch {
	case !e.model.forces(named):
		e.drop("tool_choice")
		return nil
	case named:
		return &toolChoice{Tool: &namedTool{e.req.Choice.Name}}
	}
	return &toolChoice{Any: &struct{}{}}
}

// format renders the wanted shape of the answer: where the model does not hold
// itself to a schema, and for an object of any shape, a tool that it must call
// takes the answer.
func (e *encoding) format() {
	f := e.req.Format
	if f.Kind != "json" && f.Kind != "schema" {
		return
	}
	if f.Kind == "json" || !e.model.structured() {
		e.answerTool()
		return
	}
	described, unsaid := f.Described()
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
	e.out.Output = &outputConfig{textFormat{"json_schema", outputStructure{outputSchema{string(schema), f.Name}}}}
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

// marshal renders JSON without escaping <, > and &, which need it only in HTML.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err //nolint:wrapcheck // the callers say what they rendered
	}
	return []byte(strings.TrimSuffix(buf.String(), "\n")), nil
}
