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
	// RandomSeed is what Mistral calls Seed.
	RandomSeed *int64 `json:"random_seed,omitempty"`
	// What follows is OpenAI's own; see dialect.Kin.
	Store          *bool           `json:"store,omitempty"`
	Metadata       json.RawMessage `json:"metadata,omitempty"`
	CacheKey       string          `json:"prompt_cache_key,omitempty"`
	CacheRetention string          `json:"prompt_cache_retention,omitempty"`
	SafetyID       string          `json:"safety_identifier,omitempty"`
	ServiceTier    string          `json:"service_tier,omitempty"`
	Verbosity      string          `json:"verbosity,omitempty"`
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
	// Prefix tells Mistral that its answer goes on from this message.
	Prefix bool `json:"prefix,omitempty"`
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
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema"`
	Strict      *bool           `json:"strict,omitempty"`
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
	// Thinking and Document are Mistral's forms of reasoning and of a file.
	Thinking     []outText `json:"thinking,omitempty"`
	Document     string    `json:"document_url,omitempty"`
	DocumentName string    `json:"document_name,omitempty"`
	// Cache is Anthropic's mark for prompt caching, which routers pass on.
	Cache json.RawMessage `json:"cache_control,omitempty"`
}

type outText struct {
	Type string `json:"type"`
	Text string `json:"text"`
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
		body = embeddingsOut(req, to, &wire)
	case dialect.EndpointRerank: // no other dialect has callers who ask for it
		return dialect.Wire{}, errNoRerank()
	default:
		chat, err := chatOut(req, to, &wire)
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

func embeddingsOut(req *dialect.Request, to dialect.Target, wire *dialect.Wire) any {
	model := to.Model
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
	if isVoyage(model) || isMistral(to) {
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

// naming gives a function that adds a name to those that a list has, once.
func naming(list *[]string) func(name string) {
	lost := map[string]bool{}
	for _, name := range *list {
		lost[name] = true
	}
	return func(name string) {
		if !lost[name] {
			lost[name] = true
			*list = append(*list, name)
		}
	}
}

// chatOut renders a chat in OpenAI's words, and then bounds them by what is known
// of the model.
func chatOut(req *dialect.Request, to dialect.Target, wire *dialect.Wire) (*wireRequest, error) {
	model := to.Model
	drop := naming(&wire.Dropped)
	out := &wireRequest{
		Model: model, Stream: req.Stream, ParallelTools: req.ParallelTools,
		Temperature: req.Temperature, TopP: req.TopP, Stop: req.Stop, Seed: req.Seed,
		Presence: req.PresencePenalty, Frequency: req.FrequencyPenalty, Count: req.Count,
		ReasoningEffort: req.EffortWord(), User: req.User, Format: formatOut(req.Format),
	}
	if req.TopK != nil {
		drop("top_k")
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
	out.tools(req, drop)
	turns := turns{model: model, drop: drop}
	for i, m := range req.Messages {
		if err := turns.add(fmt.Sprintf("messages[%d]", i), m); err != nil {
			return nil, err
		}
	}
	if out.Messages = turns.messages(); len(out.Messages) == 0 {
		return nil, bad("messages", "The messages have no content.")
	}
	known := familyOf(model)
	wire.Dropped = out.kin(&req.Kin, &known, wire.Dropped)
	known.bound(out, drop)
	if isMistral(to) {
		out.CacheKey = req.Kin.CacheKey
		out.mistral(drop)
	}
	return out, nil
}

// kin renders what only OpenAI's dialects have words for, where OpenAI serves the
// model, and gives what is still dropped then. What is for its books is not named
// where it is left out.
func (w *wireRequest) kin(kin *dialect.Kin, known *family, dropped []string) []string {
	if !known.openAI {
		return dropped
	}
	w.CacheKey, w.CacheRetention, w.SafetyID = kin.CacheKey, kin.CacheRetention, kin.SafetyID
	if kin.Store != nil && *kin.Store { // not to store holds anyway, and not all who speak so know the field
		w.Store, w.Metadata = kin.Store, kin.Metadata // which is refused for what is not stored
	}
	var carried []string
	if w.ServiceTier = kin.ServiceTier; w.ServiceTier != "" {
		carried = append(carried, "service_tier")
	}
	if kin.Verbosity != "" && known.verbose {
		w.Verbosity = kin.Verbosity
		carried = append(carried, "verbosity", "text.verbosity")
	}
	return slices.DeleteFunc(dropped, func(name string) bool { return slices.Contains(carried, name) })
}

// tools renders the tools and the choice among them.
func (w *wireRequest) tools(req *dialect.Request, drop func(name string)) {
	lost := false
	for i := range req.Tools {
		t := &req.Tools[i]
		w.Tools = append(w.Tools, toolOut(t, w.Model))
		lost = lost || t.Custom && hasGrammar(t.Grammar) && !takesCustom(w.Model)
	}
	if lost {
		drop("tools[].custom.format")
	}
	w.ToolChoice = choiceOut(req, w.Model)
	if mode := req.Choice.Mode; len(w.Tools) == 0 && (mode == "required" || mode == "named") {
		w.ToolChoice = nil // refused where there is nothing to choose from
		drop("tool_choice")
	}
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
		return &outFormat{Type: "json_schema", Schema: &outSchema{name, f.Description, f.Schema, f.Strict}}
	}
	return nil
}
