package ollama

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// inMessage is a message of a request.
type inMessage struct {
	Role       json.RawMessage `json:"role"`
	Content    json.RawMessage `json:"content"`
	Thinking   json.RawMessage `json:"thinking"`
	Images     json.RawMessage `json:"images"`
	ToolCalls  json.RawMessage `json:"tool_calls"`
	ToolName   json.RawMessage `json:"tool_name"`
	Name       json.RawMessage `json:"name"`
	ToolCallID json.RawMessage `json:"tool_call_id"`
}

func readMessages(d *reader, at string, raw json.RawMessage) error {
	var messages []inMessage
	if err := json.Unmarshal(raw, &messages); err != nil {
		return bad(at, "The field %s must be a list of messages.", at).Because(err)
	}
	for element := range peek.Elements(raw) {
		d.others(at+"[]", element, inMessageKeys)
	}
	for i := range messages {
		m, err := d.message(fmt.Sprintf("%s[%d]", at, i), &messages[i])
		if err != nil {
			return err
		}
		d.req.Messages = append(d.req.Messages, m)
	}
	return nil
}

// textOf reads a field of a message that is text, or absent.
func textOf(at string, raw json.RawMessage) (string, error) {
	if !isSet(raw) {
		return "", nil
	}
	s, ok := peek.String(raw)
	if !ok {
		return "", bad(at, "The field %s must be text.", at)
	}
	return s, nil
}

// message reads one message.
func (d *reader) message(at string, w *inMessage) (dialect.Message, error) {
	var m dialect.Message
	role, err := textOf(at+".role", w.Role)
	if err != nil {
		return m, err
	}
	content, err := textOf(at+".content", w.Content)
	if err != nil {
		return m, err
	}
	images, err := readImages(at+".images", w.Images)
	if err != nil {
		return m, err
	}
	m.Role = role
	if role != dialect.RoleTool && peek.HasText(w.Name) {
		d.drop("messages[].name") // templates do not show it either
	}
	switch role {
	case dialect.RoleSystem, dialect.RoleUser:
		m.Parts = append(textPart(content), images...)
	case dialect.RoleAssistant:
		m.Parts, err = d.assistant(at, w, append(textPart(content), images...))
	case dialect.RoleTool:
		m.Parts, err = d.toolResult(at, w, dialect.Part{Kind: dialect.PartToolResult, Text: content, Media: images})
	default:
		return m, bad(at+".role", "The role must be system, user, assistant or tool.")
	}
	return m, err
}

func textPart(s string) []dialect.Part {
	if s == "" {
		return nil
	}
	return []dialect.Part{{Kind: dialect.PartText, Text: s}}
}

// assistant puts what an assistant's turn has beside its content around it.
func (d *reader) assistant(at string, w *inMessage, content []dialect.Part) ([]dialect.Part, error) {
	thinking, err := textOf(at+".thinking", w.Thinking)
	if err != nil {
		return nil, err
	}
	var parts []dialect.Part
	if thinking != "" {
		parts = append(parts, dialect.Part{Kind: dialect.PartReasoning, Text: thinking})
	}
	parts = append(parts, content...)
	var calls []inCall
	if isSet(w.ToolCalls) && json.Unmarshal(w.ToolCalls, &calls) != nil {
		return nil, bad(at+".tool_calls", "The field tool_calls must be a list of calls.")
	}
	d.eachOthers("messages[].tool_calls[]", w.ToolCalls, callKeys, callFunctionKeys)
	for i, c := range calls {
		if c.Function.Name == "" {
			return nil, bad(fmt.Sprintf("%s.tool_calls[%d].function.name", at, i), "A tool call must name its function.")
		}
		call := &dialect.ToolCall{ID: string(c.ID), Name: string(c.Function.Name), Args: argsIn(c.Function.Arguments)}
		if call.ID == "" {
			call.ID = fmt.Sprintf("call_%d_%d", len(d.req.Messages), i)
		}
		d.open.add(call)
		parts = append(parts, dialect.Part{Kind: dialect.PartToolCall, Call: call})
	}
	return parts, nil
}

// inCall is a tool call of a request or an answer.
type inCall struct {
	ID       looseText `json:"id"`
	Function struct {
		Name      looseText       `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// toolResult finds the call that a result answers: by its id, else by the name
// of the tool, else the first that is still open.
func (d *reader) toolResult(at string, w *inMessage, result dialect.Part) ([]dialect.Part, error) {
	id, err := textOf(at+".tool_call_id", w.ToolCallID)
	if err != nil {
		return nil, err
	}
	tool, err := textOf(at+".tool_name", w.ToolName)
	if err != nil {
		return nil, err
	}
	if tool == "" {
		// What tool_name was called before.
		if tool, err = textOf(at+".name", w.Name); err != nil {
			return nil, err
		}
	}
	result.CallID = d.open.take(id, tool)
	return []dialect.Part{result}, nil
}

// readImages reads a list of images in base64.
func readImages(at string, raw json.RawMessage) ([]dialect.Part, error) {
	if !isSet(raw) {
		return nil, nil
	}
	var images []string
	if json.Unmarshal(raw, &images) != nil {
		return nil, bad(at, "The field %s must be a list of images in base64.", at)
	}
	parts := make([]dialect.Part, 0, len(images))
	for i, data := range images {
		// Ollama itself takes no data URL, but some clients send one.
		if head, rest, ok := strings.Cut(data, ";base64,"); ok && strings.HasPrefix(head, "data:") {
			data = rest
		}
		data = strings.NewReplacer("\r", "", "\n", "").Replace(data)
		n, err := io.Copy(io.Discard, base64.NewDecoder(base64.StdEncoding, strings.NewReader(data)))
		if err != nil || n == 0 {
			return nil, bad(fmt.Sprintf("%s[%d]", at, i), "An image must be given in base64.")
		}
		parts = append(parts, dialect.Part{Kind: dialect.PartImage, Data: data, MIME: imageType(data)})
	}
	return parts, nil
}

// imageType tells the type of an image from its first bytes, which Ollama's
// form does not name: here as base64 writes them.
func imageType(data string) string {
	for _, row := range []struct{ start, mime string }{
		{"iVBORw0KGgo", "image/png"},
		{"R0lGOD", "image/gif"},
		{"UklGR", "image/webp"},
		{"Qk", "image/bmp"},
	} {
		if strings.HasPrefix(data, row.start) {
			return row.mime
		}
	}
	return "image/jpeg"
}
