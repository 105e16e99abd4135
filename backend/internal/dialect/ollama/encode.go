package ollama

import (
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// wireRequest is a chat request as upstreams take it.
type wireRequest struct {
	Model    string        `json:"model"`
	Messages []wireMessage `json:"messages"`
	// Stream is always said: Ollama streams unless it is told not to.
	Stream bool `json:"stream"`
	// Think is a bool or a level; nil leaves it to the model.
	Think   any             `json:"think,omitempty"`
	Format  json.RawMessage `json:"format,omitempty"`
	Tools   []wireTool      `json:"tools,omitempty"`
	Options *wireOptions    `json:"options,omitempty"`
}

type wireTool struct {
	Type     string       `json:"type"`
	Function toolFunction `json:"function"`
}

type toolFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
}

type wireOptions struct {
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"top_p,omitempty"`
	TopK        *int     `json:"top_k,omitempty"`
	Seed        *int64   `json:"seed,omitempty"`
	NumPredict  int      `json:"num_predict,omitempty"`
	Stop        []string `json:"stop,omitempty"`
	Presence    *float64 `json:"presence_penalty,omitempty"`
	Frequency   *float64 `json:"frequency_penalty,omitempty"`
}

// encoding is one request while it is rendered.
type encoding struct {
	req     *dialect.Request
	dropped []string
	// lost holds what dropped names, for a quick look.
	lost map[string]bool
	// names are those of the tools called so far, by the ids of the calls.
	names map[string]string
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
	e := &encoding{req: req, dropped: append([]string(nil), req.Unmapped...), names: map[string]string{}}
	var body any
	switch req.Endpoint {
	case dialect.EndpointEmbeddings:
		e.drop("input_type", req.InputType != "")
		body = struct {
			Model      string   `json:"model"`
			Input      []string `json:"input"`
			Dimensions int      `json:"dimensions,omitempty"`
		}{to.Model, req.Input, req.Dimensions}
	case dialect.EndpointChat:
		chat, err := e.chat(to.Model)
		if err != nil {
			return dialect.Wire{}, err
		}
		body = chat
	default:
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", req.Endpoint).At("model")
	}
	text, err := marshal(body)
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	return dialect.Wire{
		Path: path(dialect.Operation{Endpoint: req.Endpoint}), Header: header(), Body: text, Dropped: e.dropped,
	}, nil
}

func (e *encoding) chat(model string) (*wireRequest, error) {
	out := &wireRequest{
		Model: model, Stream: e.req.Stream, Messages: []wireMessage{},
		Think: thinkOut(e.req, model), Format: e.format(), Tools: e.tools(), Options: e.options(),
	}
	for i, m := range e.req.Messages {
		messages, err := e.message(fmt.Sprintf("messages[%d]", i), m)
		if err != nil {
			return nil, err
		}
		out.Messages = append(out.Messages, messages...)
	}
	e.drop("n", e.req.Count > 1)
	e.drop("parallel_tool_calls", e.req.ParallelTools != nil && !*e.req.ParallelTools && len(out.Tools) > 0)
	return out, nil
}

// options renders how to sample; nil when the caller said nothing.
func (e *encoding) options() *wireOptions {
	r := e.req
	o := wireOptions{
		Temperature: r.Temperature, TopP: r.TopP, TopK: r.TopK, Seed: r.Seed, NumPredict: r.MaxTokens,
		Stop: r.Stop, Presence: r.PresencePenalty, Frequency: r.FrequencyPenalty,
	}
	none := o.Temperature == nil && o.TopP == nil && o.TopK == nil && o.Seed == nil && o.Presence == nil && o.Frequency == nil
	if none && o.NumPredict == 0 && len(o.Stop) == 0 {
		return nil
	}
	return &o
}

// thinkOut renders the effort. Only the gpt-oss models tell levels apart, and
// those cannot be kept from thinking: they ignore false. All others know on and
// off. A model that does not think refuses to be asked, so nothing is said
// where the caller said nothing.
func thinkOut(req *dialect.Request, model string) any {
	effort := req.Effort
	if effort == "" && req.ThinkingTokens > 0 {
		effort = budgetEffort(req.ThinkingTokens)
	}
	switch {
	case effort == "":
		return nil
	case effort == "none":
		return false
	case !strings.Contains(strings.ToLower(model), "gpt-oss"):
		return true
	}
	switch effort {
	case "minimal", "low":
		return "low"
	case "medium":
		return "medium"
	}
	return "high"
}

// budgetEffort is the nearest effort for a bound on the reasoning.
func budgetEffort(tokens int) string {
	switch {
	case tokens <= 2048:
		return "low"
	case tokens <= 8192:
		return "medium"
	}
	return "high"
}

// format renders the wanted shape: Ollama holds the model to a schema by grammar,
// so strict needs no word.
func (e *encoding) format() json.RawMessage {
	f := e.req.Format
	schema, unsaid := f.Described()
	e.drop("response_format (description)", unsaid)
	switch {
	case f.Kind == "schema" && len(schema) > 0:
		return schema
	case f.Kind == "json" || f.Kind == "schema":
		return json.RawMessage(`"json"`)
	}
	return nil
}

// tools renders the tools. Ollama cannot be told to call one, but to call none
// is to have none.
func (e *encoding) tools() []wireTool {
	choice := e.req.Choice.Mode
	if choice == "none" {
		return nil
	}
	e.drop("tool_choice", choice == "required" || choice == "named")
	var tools []wireTool
	for _, t := range e.req.Tools {
		schema := t.Schema
		if t.Custom {
			schema = json.RawMessage(dialect.CustomSchema)
		}
		if len(schema) == 0 {
			schema = json.RawMessage(`{"type":"object","properties":{}}`)
		}
		e.drop("tools[].grammar", len(t.Grammar) > 0)
		e.drop("tools[].strict", t.Strict != nil && *t.Strict)
		tools = append(tools, wireTool{"function", toolFunction{t.Name, t.Description, schema}})
	}
	return tools
}

// message renders one neutral message. Each tool result becomes a message of
// its own, before what else the turn holds.
func (e *encoding) message(at string, m dialect.Message) ([]wireMessage, error) {
	e.drop("messages[].name", m.Name != "")
	var out []wireMessage
	main := growing{wireMessage: wireMessage{Role: m.Role}}
	filled := false
	for i, p := range m.Parts {
		here := fmt.Sprintf("%s.content[%d]", at, i)
		if p.Kind == dialect.PartToolResult {
			result, err := e.result(here, p)
			if err != nil {
				return nil, err
			}
			out = append(out, result)
			continue
		}
		if err := e.part(here, &main, p); err != nil {
			return nil, err
		}
		filled = true
	}
	if !filled && (len(out) > 0 || m.Role == dialect.RoleTool) {
		return out, nil
	}
	if main.Role == dialect.RoleTool { // something beside the results
		main.Role = dialect.RoleUser
	}
	return append(out, main.whole()), nil
}

// growing is a message while its texts are gathered.
type growing struct {
	wireMessage
	content, thinking []byte
}

func (m *growing) whole() wireMessage {
	m.Content, m.Thinking = string(m.content), string(m.thinking)
	return m.wireMessage
}

// part adds what one part says to the message.
func (e *encoding) part(at string, m *growing, p dialect.Part) error {
	e.lose(m.Role, p)
	switch p.Kind {
	case dialect.PartText, dialect.PartRefusal:
		m.say(p.Text)
	case dialect.PartReasoning:
		m.thinking = append(m.thinking, p.Text...)
	case dialect.PartToolCall:
		e.names[p.Call.ID] = p.Call.Name
		m.ToolCalls = append(m.ToolCalls, callOut(len(m.ToolCalls), p.Call))
	case dialect.PartImage:
		e.drop("messages[].content[].detail", p.Detail != "" && p.Detail != "auto")
		if p.Data == "" {
			return hw.Errorf(hw.CodeUnsupported, "The model's upstream takes images as data only, not as addresses.").At(at)
		}
		m.Images = append(m.Images, p.Data)
	case dialect.PartDocument:
		if p.Text == "" {
			return unsupported(at, p)
		}
		m.say(p.Text)
	default:
		return unsupported(at, p)
	}
	return nil
}

// lose names what a part has that a message has no place for.
func (e *encoding) lose(role string, p dialect.Part) {
	switch p.Kind {
	case dialect.PartText:
		e.drop("messages[].citations", len(p.Citations) > 0 && role == dialect.RoleAssistant)
	case dialect.PartReasoning:
		// Words are carried, without the proof that they are another vendor's.
		secret := p.Data != "" || p.Signature != "" && (p.Text == "" || p.Signer == dialect.SignerOpenAI)
		e.drop("messages[].reasoning_content (unsigned)", secret && p.Owed(""))
	default: // carried whole, or refused
	}
}

func unsupported(at string, p dialect.Part) error {
	return hw.Errorf(hw.CodeUnsupported, "This %s cannot be translated for the model's upstream.", p.Kind).At(at)
}

// say adds a text. Texts of a user or system message stand apart; those of an
// assistant may be the pieces of one sentence, cut where its sources change.
func (m *growing) say(text string) {
	if len(m.content) > 0 && text != "" && m.Role != dialect.RoleAssistant {
		m.content = append(m.content, '\n')
	}
	m.content = append(m.content, text...)
}

// result renders one tool result, with the name of its tool: that is what
// templates show to the model.
func (e *encoding) result(at string, p dialect.Part) (wireMessage, error) {
	e.drop("messages[].content[].is_error", p.IsError)
	m := growing{
		wireMessage: wireMessage{Role: dialect.RoleTool, ToolName: e.names[p.CallID], ToolCallID: p.CallID}, content: []byte(p.Text),
	}
	for i, media := range p.Media {
		if err := e.part(fmt.Sprintf("%s.media[%d]", at, i), &m, media); err != nil {
			return wireMessage{}, err
		}
	}
	return m.whole(), nil
}

// NeedsData implements dialect.Inliner: no address is taken.
func (Outbound) NeedsData(p *dialect.Part) bool { return p.Kind == dialect.PartImage }
