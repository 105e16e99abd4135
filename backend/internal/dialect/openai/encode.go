package openai

import (
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
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
}

type outTool struct {
	Type     string           `json:"type"`
	Function wireToolFunction `json:"function"`
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

// outPart is one part of a content list; exactly one of its fields is set
// beside Type.
type outPart struct {
	Type  string      `json:"type"`
	Text  *string     `json:"text,omitempty"`
	Image *outURL     `json:"image_url,omitempty"`
	Audio *inputAudio `json:"input_audio,omitempty"`
	File  *outFile    `json:"file,omitempty"`
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
func (Outbound) Encode(req *dialect.Request, model string) (dialect.Wire, error) {
	wire := dialect.Wire{
		Path:    path(req.Endpoint),
		Header:  dialect.Header{"Content-Type": {"application/json"}},
		Dropped: append([]string(nil), req.Unmapped...),
	}
	var body any
	if req.Endpoint == dialect.EndpointEmbeddings {
		body = embeddingsOut(req, model)
	} else {
		chat, err := chatOut(req, model, &wire)
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

func embeddingsOut(req *dialect.Request, model string) any {
	return struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Dimensions int      `json:"dimensions,omitempty"`
		User       string   `json:"user,omitempty"`
	}{model, req.Input, req.Dimensions, req.User}
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
	for _, t := range req.Tools {
		out.Tools = append(out.Tools, outTool{"function", wireToolFunction{t.Name, t.Description, schemaOut(t.Schema), t.Strict}})
	}
	out.ToolChoice = choiceOut(req.Choice)
	out.Format = formatOut(req.Format)
	for i, m := range req.Messages {
		messages, err := messagesOut(fmt.Sprintf("messages[%d]", i), m)
		if err != nil {
			return nil, err
		}
		out.Messages = append(out.Messages, messages...)
	}
	return out, nil
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

func choiceOut(c dialect.ToolChoice) any {
	switch c.Mode {
	case "":
		return nil
	case "named":
		return map[string]any{"type": "function", "function": map[string]string{"name": c.Name}}
	}
	return c.Mode
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

// messagesOut renders one neutral message. A turn with tool results becomes
// one message a result, followed by what else it holds.
func messagesOut(at string, m dialect.Message) ([]outMessage, error) {
	var out []outMessage
	main := outMessage{Role: m.Role, Name: m.Name}
	var parts []outPart
	for i, p := range m.Parts {
		switch p.Kind {
		case dialect.PartToolResult:
			out = append(out, outMessage{Role: dialect.RoleTool, Content: p.Text, ToolCallID: p.CallID})
		case dialect.PartToolCall:
			main.ToolCalls = append(main.ToolCalls, answerCall{p.Call.ID, "function", answerFunction{p.Call.Name, p.Call.Args}})
		case dialect.PartReasoning:
			main.Reasoning += p.Text
			main.Details = append(main.Details, details(p.Text, p.Signature, p.Data)...)
		case dialect.PartRefusal:
			main.Refusal += p.Text
		default:
			part, err := partOut(fmt.Sprintf("%s.content[%d]", at, i), p)
			if err != nil {
				return nil, err
			}
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 && len(out) > 0 {
		return out, nil
	}
	main.Content = contentOut(parts, len(main.ToolCalls) > 0 || main.Refusal != "")
	return append(out, main), nil
}

// contentOut prefers plain text, which the simplest engines take too.
func contentOut(parts []outPart, mayBeNull bool) any {
	switch {
	case len(parts) == 0 && mayBeNull:
		return nil
	case len(parts) == 0:
		return ""
	case len(parts) == 1 && parts[0].Text != nil:
		return *parts[0].Text
	}
	return parts
}

func partOut(at string, p dialect.Part) (outPart, error) {
	url := p.URL
	if p.Data != "" {
		url = "data:" + p.MIME + ";base64," + p.Data
	}
	switch {
	case p.Kind == dialect.PartText:
		return outPart{Type: "text", Text: &p.Text}, nil
	case p.Kind == dialect.PartImage && url != "":
		return outPart{Type: "image_url", Image: &outURL{url, p.Detail}}, nil
	case p.Kind == dialect.PartAudio && p.Data != "":
		return outPart{Type: "input_audio", Audio: &inputAudio{p.Data, strings.TrimPrefix(p.MIME, "audio/")}}, nil
	case p.Kind == dialect.PartDocument && p.Data != "":
		filename := p.Filename
		if filename == "" {
			filename = "document.pdf"
		}
		return outPart{Type: "file", File: &outFile{url, filename}}, nil
	case p.Kind == dialect.PartDocument && p.Text != "":
		return outPart{Type: "text", Text: &p.Text}, nil
	}
	return outPart{}, hw.Errorf(hw.CodeUnsupported, "This %s cannot be translated for the model's upstream.", p.Kind).At(at)
}
