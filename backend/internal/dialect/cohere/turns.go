package cohere

import (
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// message is a message of a request. Content is text or a list of blocks, nil
// where there is none.
type message struct {
	Role       string `json:"role"`
	Content    any    `json:"content,omitempty"`
	ToolPlan   string `json:"tool_plan,omitempty"`
	ToolCalls  []call `json:"tool_calls,omitempty"`
	ToolCallID string `json:"tool_call_id,omitempty"`
}

type call struct {
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Function callFunction `json:"function"`
}

type callFunction struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// block is one piece of content; exactly one of its fields is set beside Type.
type block struct {
	Type     string    `json:"type"`
	Text     *string   `json:"text,omitempty"`
	Thinking string    `json:"thinking,omitempty"`
	Image    *imageURL `json:"image_url,omitempty"`
}

type imageURL struct {
	URL    string `json:"url"`
	Detail string `json:"detail,omitempty"`
}

// message renders one neutral message. Each tool result becomes a message of
// its own, before what else the turn holds.
func (e *encoding) message(at string, m dialect.Message) ([]message, error) {
	e.drop("messages[].name", m.Name != "")
	var out []message
	var blocks []block
	main := message{Role: m.Role}
	results := m.Role == dialect.RoleTool
	if m.Role == dialect.RoleAssistant {
		e.open = map[string]bool{}
	}
	for i, p := range m.Parts {
		here := fmt.Sprintf("%s.content[%d]", at, i)
		switch p.Kind {
		case dialect.PartToolResult:
			result, err := e.result(here, p)
			if err != nil {
				return nil, err
			}
			results = true
			if e.answers(p.CallID) {
				out = append(out, result)
			}
		case dialect.PartToolCall:
			e.open[p.Call.ID] = true
			main.ToolCalls = append(main.ToolCalls, call{p.Call.ID, "function", callFunction{p.Call.Name, p.Call.Args}})
		default:
			b, err := blockOut(here, p)
			if err != nil {
				return nil, err
			}
			e.lose(&p, m.Role)
			if b.Type != "" {
				blocks = append(blocks, b)
			}
		}
	}
	if len(blocks) == 0 && len(main.ToolCalls) == 0 && results {
		return out, nil
	}
	return append(out, main.filled(blocks)), nil
}

// answers reports whether a result belongs to a call of the last turn of the
// assistant that has none yet: Cohere refuses the request for any other.
func (e *encoding) answers(callID string) bool {
	open := e.open[callID]
	delete(e.open, callID)
	e.drop("messages (a tool result without its call)", !open)
	return open
}

// lose names what a part has that its block has no place for.
func (e *encoding) lose(p *dialect.Part, role string) {
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

// result renders one tool result, which is text only.
func (e *encoding) result(at string, p dialect.Part) (message, error) {
	if len(p.Media) > 0 {
		return message{}, unsupported(at+".media[0]", p.Media[0].Kind)
	}
	e.drop("messages[].content[].is_error", p.IsError)
	return message{Role: dialect.RoleTool, Content: p.Text, ToolCallID: p.CallID}, nil
}

// filled is the message with its content.
func (m message) filled(blocks []block) message {
	if m.Role == dialect.RoleTool { // something beside the results
		m.Role = dialect.RoleUser
	}
	if len(m.ToolCalls) > 0 {
		blocks = m.plan(blocks)
	}
	m.Content = contentOut(blocks, len(m.ToolCalls) > 0)
	return m
}

// plan moves the thoughts before tool calls to where every model takes them.
func (m *message) plan(blocks []block) []block {
	rest := blocks[:0]
	var plan strings.Builder
	for _, b := range blocks {
		if b.Thinking == "" {
			rest = append(rest, b)
		}
		plan.WriteString(b.Thinking)
	}
	m.ToolPlan = plan.String()
	return rest
}

// contentOut prefers plain text.
func contentOut(blocks []block, mayLack bool) any {
	switch {
	case len(blocks) == 0 && mayLack:
		return nil
	case len(blocks) == 0:
		return ""
	case len(blocks) == 1 && blocks[0].Text != nil:
		return *blocks[0].Text
	}
	return blocks
}

// blockOut renders one part; the empty block for one that says nothing here.
func blockOut(at string, p dialect.Part) (block, error) {
	switch {
	case p.Kind == dialect.PartText, p.Kind == dialect.PartRefusal, p.Kind == dialect.PartDocument && p.Text != "":
		return block{Type: "text", Text: &p.Text}, nil
	case p.Kind == dialect.PartReasoning && p.Text == "": // another vendor's secret
		return block{}, nil
	case p.Kind == dialect.PartReasoning:
		return block{Type: "thinking", Thinking: p.Text}, nil
	case p.Kind == dialect.PartImage && p.Data != "":
		return block{Type: "image_url", Image: &imageURL{"data:" + p.MIME + ";base64," + p.Data, p.Detail}}, nil
	case p.Kind == dialect.PartImage && p.URL != "":
		return block{Type: "image_url", Image: &imageURL{p.URL, p.Detail}}, nil
	}
	return block{}, unsupported(at, p.Kind)
}

func unsupported(at string, kind dialect.PartKind) error {
	return hw.Errorf(hw.CodeUnsupported, "This %s cannot be translated for the model's upstream.", kind).At(at)
}
