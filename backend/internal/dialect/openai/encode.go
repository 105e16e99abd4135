package openai

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// wireRequest is a request as this dialect's upstreams take it.
type wireRequest struct {
	Model           string         `json:"model"`
	Messages        []outMessage   `json:"messages"`
	Stream          bool           `json:"stream,omitempty"`
	StreamOptions   *streamOptions `json:"stream_options,omitempty"`
	Tools           []outTool      `json:"tools,omitempty"`
	ToolChoice      any            `json:"tool_choice,omitempty"`
	ParallelTools   *bool          `json:"parallel_tool_calls,omitempty"`
	MaxTokens       int            `json:"max_tokens,omitempty"`
	MaxCompletion   int            `json:"max_completion_tokens,omitempty"`
	Temperature     *float64       `json:"temperature,omitempty"`
	TopP            *float64       `json:"top_p,omitempty"`
	Stop            []string       `json:"stop,omitempty"`
	Seed            *int64         `json:"seed,omitempty"`
	Presence        *float64       `json:"presence_penalty,omitempty"`
	Frequency       *float64       `json:"frequency_penalty,omitempty"`
	Count           int            `json:"n,omitempty"`
	Format          *outFormat     `json:"response_format,omitempty"`
	ReasoningEffort string         `json:"reasoning_effort,omitempty"`
	User            string         `json:"user,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type outMessage struct {
	Role       string            `json:"role"`
	Content    any               `json:"content"`
	Name       string            `json:"name,omitempty"`
	Reasoning  string            `json:"reasoning_content,omitempty"`
	Details    []reasoningDetail `json:"reasoning_details,omitempty"`
	Refusal    string            `json:"refusal,omitempty"`
	ToolCalls  []answerCall      `json:"tool_calls,omitempty"`
	ToolCallID string            `json:"tool_call_id,omitempty"`
	Extra      *extraContent     `json:"extra_content,omitempty"`
	// reasoning and refusal gather what becomes the fields of these names.
	reasoning, refusal []byte
}

// outTool is a tool; either of its two forms is set.
type outTool struct {
	Type     string            `json:"type"`
	Function *wireToolFunction `json:"function,omitempty"`
	Custom   *wireToolCustom   `json:"custom,omitempty"`
}

type outFormat struct {
	Type   string     `json:"type"`
	Schema *outSchema `json:"json_schema,omitempty"`
}

type outSchema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
	Strict *bool           `json:"strict,omitempty"`
}

// outPart is one part of a content list; of its fields one is set beside Type
// and Cache.
type outPart struct {
	Type  string      `json:"type"`
	Text  *string     `json:"text,omitempty"`
	Image *outURL     `json:"image_url,omitempty"`
	Video *outURL     `json:"video_url,omitempty"`
	Audio *inputAudio `json:"input_audio,omitempty"`
	File  *outFile    `json:"file,omitempty"`
	// Cache is Anthropic's mark for prompt caching, which routers pass on.
	Cache json.RawMessage `json:"cache_control,omitempty"`
}

type outURL struct {
	URL    string `json:"url"`
	Detail string `json:"detail,omitempty"`
}

type outFile struct {
	Data     string `json:"file_data"`
	Filename string `json:"filename"`
}

// Encode renders a neutral request.
func (Outbound) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	wire := dialect.Wire{
		Path:    path(req.Endpoint),
		Header:  dialect.Header{"Content-Type": {"application/json"}},
		Dropped: append([]string(nil), req.Unmapped...),
	}
	var body any
	switch req.Endpoint {
	case dialect.EndpointEmbeddings:
		body = embeddingsOut(req, to.Model, &wire)
	case dialect.EndpointRerank: // no other dialect has callers who ask for it
		return dialect.Wire{}, errNoRerank()
	default:
		chat, err := chatOut(req, to.Model, &wire)
		if err != nil {
			return dialect.Wire{}, err
		}
		body = chat
	}
	text, err := marshal(body)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	wire.Body = text
	return wire, nil
}

func embeddingsOut(req *dialect.Request, model string, wire *dialect.Wire) any {
	inputType := inputTypeOut(req.InputType, model)
	if inputType == "" && req.InputType != "" {
		wire.Dropped = append(wire.Dropped, "input_type")
	}
	out := struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Dimensions int      `json:"dimensions,omitempty"`
		Dimension  int      `json:"output_dimension,omitempty"`
		InputType  string   `json:"input_type,omitempty"`
		User       string   `json:"user,omitempty"`
	}{Model: model, Input: req.Input, Dimensions: req.Dimensions, InputType: inputType, User: req.User}
	if isVoyage(model) {
		out.Dimensions, out.Dimension, out.User = 0, req.Dimensions, ""
	}
	return out
}

// inputTypeOut is what embeddings are for in the words of the vendors of this
// dialect that ask for it; empty for the others, who would refuse the field.
func inputTypeOut(inputType, model string) string {
	document := ""
	switch {
	case isVoyage(model):
		document = "document"
	case strings.HasPrefix(model, "nvidia/"):
		document = "passage"
	}
	switch {
	case inputType == dialect.InputTypeDocument:
		return document
	case inputType == dialect.InputTypeQuery && document != "":
		return "query"
	}
	return ""
}

func chatOut(req *dialect.Request, model string, wire *dialect.Wire) (*wireRequest, error) {
	out := &wireRequest{
		Model: model, Stream: req.Stream, ParallelTools: req.ParallelTools,
		Temperature: req.Temperature, TopP: req.TopP, Stop: req.Stop, Seed: req.Seed,
		Presence: req.PresencePenalty, Frequency: req.FrequencyPenalty, Count: req.Count,
		ReasoningEffort: effortOut(req), User: req.User,
	}
	if req.TopK != nil {
		wire.Dropped = append(wire.Dropped, "top_k")
	}
	if req.Stream {
		out.StreamOptions = &streamOptions{IncludeUsage: true}
	}
	// OpenAI's reasoning models refuse max_tokens; other engines of this
	// dialect know no other word.
	if isReasoningModel(model) {
		out.MaxCompletion = req.MaxTokens
	} else {
		out.MaxTokens = req.MaxTokens
	}
	out.Tools = toolsOut(req.Tools, model, wire)
	out.ToolChoice = choiceOut(req, model)
	out.Format = formatOut(req.Format)
	turns := turns{model: model}
	for i, m := range req.Messages {
		if err := turns.add(fmt.Sprintf("messages[%d]", i), m); err != nil {
			return nil, err
		}
	}
	out.Messages = turns.messages()
	if turns.failed {
		wire.Dropped = append(wire.Dropped, "messages[].content[].is_error")
	}
	return out, nil
}

// takesCustom reports whether an upstream's model takes custom tools: OpenAI's
// do from GPT-5 on, served by OpenAI itself.
func takesCustom(model string) bool {
	rest, ok := strings.CutPrefix(model, "gpt-")
	return ok && rest != "" && rest[0] >= '5' && rest[0] <= '9'
}

// toolsOut renders the tools; the form of a custom tool's text is named where it
// has no place.
func toolsOut(tools []dialect.Tool, model string, wire *dialect.Wire) []outTool {
	const lostGrammar = "tools[].custom.format"
	var out []outTool
	lost := false
	for i := range tools {
		t := &tools[i]
		out = append(out, toolOut(t, model))
		lost = lost || t.Custom && hasGrammar(t.Grammar) && !takesCustom(model)
	}
	if lost && !slices.Contains(wire.Dropped, lostGrammar) {
		wire.Dropped = append(wire.Dropped, lostGrammar)
	}
	return out
}

// toolOut renders a tool; a custom one as a function where it is not known.
func toolOut(t *dialect.Tool, model string) outTool {
	if t.Custom && takesCustom(model) {
		return outTool{Type: typeCustom, Custom: &wireToolCustom{t.Name, t.Description, t.Grammar}}
	}
	return outTool{Type: typeFunction, Function: &wireToolFunction{t.Name, t.Description, schemaOut(t.Schema), t.Strict}}
}

// hasGrammar reports whether the form of a custom tool's text is more than "any".
func hasGrammar(format json.RawMessage) bool {
	kind, _ := peek.String(inner(format, "type"))
	return isSet(format) && kind != "text"
}

// schemaOut gives a tool without arguments the schema that all engines take.
func schemaOut(schema json.RawMessage) json.RawMessage {
	if len(schema) == 0 {
		return json.RawMessage(`{"type":"object","properties":{}}`)
	}
	return schema
}

func isReasoningModel(model string) bool {
	for _, prefix := range []string{"gpt-5", "o1", "o3", "o4"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

// effortOut turns a bound on the reasoning into the nearest effort.
func effortOut(req *dialect.Request) string {
	switch {
	case req.Effort != "" || req.ThinkingTokens == 0:
		return req.Effort
	case req.ThinkingTokens <= 2048:
		return "low"
	case req.ThinkingTokens <= 8192:
		return "medium"
	}
	return "high"
}

func choiceOut(req *dialect.Request, model string) any {
	type named struct {
		Name string `json:"name"`
	}
	switch c := req.Choice; {
	case c.Mode == "":
		return nil
	case c.Mode != "named":
		return c.Mode
	case takesCustom(model) && customTools(req)[c.Name]:
		return struct {
			Type   string `json:"type"`
			Custom named  `json:"custom"`
		}{typeCustom, named{c.Name}}
	default:
		return struct {
			Type     string `json:"type"`
			Function named  `json:"function"`
		}{typeFunction, named{c.Name}}
	}
}

func formatOut(f dialect.Format) *outFormat {
	switch f.Kind {
	case "json":
		return &outFormat{Type: "json_object"}
	case "schema":
		name := f.Name
		if name == "" {
			name = "answer"
		}
		return &outFormat{Type: "json_schema", Schema: &outSchema{name, f.Schema, f.Strict}}
	}
	return nil
}
