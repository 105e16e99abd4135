package anthropic

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// turn is one turn on the wire.
type turn struct {
	Role    string     `json:"role"`
	Content []outBlock `json:"content"`
}

// outBlock is one content block of a request. Which fields it has follows from
// its type.
type outBlock struct {
	Type         string          `json:"type"`
	Text         string          `json:"text,omitempty"`
	Source       *source         `json:"source,omitempty"`
	Title        string          `json:"title,omitempty"`
	Thinking     *string         `json:"thinking,omitempty"`
	Signature    string          `json:"signature,omitempty"`
	Data         string          `json:"data,omitempty"`
	ID           string          `json:"id,omitempty"`
	Name         string          `json:"name,omitempty"`
	Input        json.RawMessage `json:"input,omitempty"`
	ToolUseID    string          `json:"tool_use_id,omitempty"`
	Content      any             `json:"content,omitempty"`
	IsError      bool            `json:"is_error,omitempty"`
	CacheControl json.RawMessage `json:"cache_control,omitempty"`
}

type source struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type,omitempty"`
	Data      string `json:"data,omitempty"`
	URL       string `json:"url,omitempty"`
}

// opener begins a conversation that would otherwise begin with the assistant.
const opener = "Continue."

// turns renders all messages: system texts to the top, the rest in turns.
func (e *encoding) turns() error {
	var system []outBlock
	for i, m := range e.req.Messages {
		blocks, err := e.blocks(i, m)
		if err != nil {
			return err
		}
		if m.Role == dialect.RoleSystem {
			system = append(system, blocks...)
			continue
		}
		role := "user"
		if m.Role == dialect.RoleAssistant {
			role = "assistant"
		}
		e.append(role, blocks)
	}
	e.pair()
	e.merge()
	if err := e.open(&system); err != nil {
		return err
	}
	e.close()
	e.out.System = systemOut(system)
	return nil
}

// append adds blocks to the last turn of the same role, or a new turn.
func (e *encoding) append(role string, blocks []outBlock) {
	if len(blocks) == 0 {
		return
	}
	if n := len(e.out.Messages); n > 0 && e.out.Messages[n-1].Role == role {
		last := &e.out.Messages[n-1]
		last.Content = append(last.Content, blocks...)
		return
	}
	e.out.Messages = append(e.out.Messages, turn{role, blocks})
}

// pair drops calls without a result in the next turn and results without a
// call in the turn before, and puts results first in their turn.
func (e *encoding) pair() {
	turns := e.out.Messages
	for i := range turns {
		var calls, results map[string]bool
		if turns[i].Role == "assistant" {
			if i+1 < len(turns) {
				results = ids(turns[i+1].Content, "tool_result")
			}
			e.keep(&turns[i], "tool_use", results, "messages (a tool call without its result)")
			continue
		}
		if i > 0 {
			calls = ids(turns[i-1].Content, "tool_use")
		}
		e.keep(&turns[i], "tool_result", calls, "messages (a tool result without its call)")
		slices.SortStableFunc(turns[i].Content, func(a, b outBlock) int { return rank(a) - rank(b) })
	}
}

func rank(b outBlock) int {
	if b.Type == "tool_result" {
		return 0
	}
	return 1
}

// ids are the ids of calls or results among the blocks.
func ids(blocks []outBlock, kind string) map[string]bool {
	out := map[string]bool{}
	for _, b := range blocks {
		if b.Type == kind {
			out[b.ID+b.ToolUseID] = true
		}
	}
	return out
}

// keep drops the blocks of a kind whose id has no partner or stands twice.
func (e *encoding) keep(t *turn, kind string, partners map[string]bool, lost string) {
	seen := map[string]bool{}
	t.Content = slices.DeleteFunc(t.Content, func(b outBlock) bool {
		if b.Type != kind {
			return false
		}
		id := b.ID + b.ToolUseID
		if seen[id] || !partners[id] {
			e.drop(lost)
			return true
		}
		seen[id] = true
		return false
	})
}

// merge joins the neighbours that are left of one role once empty turns are
// gone. A turn of nothing but reasoning is empty too.
func (e *encoding) merge() {
	all := e.out.Messages
	e.out.Messages = nil
	for _, t := range all {
		if slices.ContainsFunc(t.Content, func(b outBlock) bool { return !b.isThinking() }) {
			e.append(t.Role, t.Content)
		}
	}
}

func (b *outBlock) isThinking() bool { return b.Type == "thinking" || b.Type == "redacted_thinking" }

// open makes the conversation begin with the user.
func (e *encoding) open(system *[]outBlock) error {
	if len(e.out.Messages) == 0 {
		// A request of system texts only: the last one is what is asked.
		n := len(*system)
		if n == 0 {
			return hw.Errorf(hw.CodeBadRequest, "The messages have no content.").At("messages")
		}
		e.append("user", (*system)[n-1:])
		*system = (*system)[:n-1]
	}
	if e.out.Messages[0].Role == "assistant" {
		e.out.Messages = slices.Insert(e.out.Messages, 0, turn{"user", []outBlock{{Type: "text", Text: opener}}})
	}
	return nil
}

// close looks at the end: an assistant's last turn is to be continued and may
// not end in white space; a turn of tool calls in progress may lack its
// reasoning.
func (e *encoding) close() {
	e.replayable = true
	n := len(e.out.Messages)
	last := &e.out.Messages[n-1]
	if last.Role == "assistant" && !e.model.prefills() {
		e.drop("messages (the answer that was begun)")
		e.append("user", []outBlock{{Type: "text", Text: opener}})
		return
	}
	if last.Role == "assistant" {
		e.prefill = true
		if b := &last.Content[len(last.Content)-1]; b.Type == "text" {
			b.Text = strings.TrimRight(b.Text, " \t\r\n")
		}
		return
	}
	if n < 2 || last.Content[0].Type != "tool_result" {
		return
	}
	e.replayable = e.out.Messages[n-2].Content[0].isThinking()
}

// systemOut prefers plain text, which reads best in logs.
func systemOut(blocks []outBlock) any {
	switch {
	case len(blocks) == 0:
		return nil
	case len(blocks) == 1 && blocks[0].CacheControl == nil:
		return blocks[0].Text
	}
	return blocks
}

// blocks renders the parts of one message.
func (e *encoding) blocks(i int, m dialect.Message) ([]outBlock, error) {
	if m.Name != "" && m.Role != dialect.RoleTool {
		e.drop("messages[].name")
	}
	var out []outBlock
	for j, p := range m.Parts {
		if m.Role == dialect.RoleAssistant && isMedia(p.Kind) {
			// Anthropic takes what a model drew from nobody but a user.
			e.drop("messages[].content (" + string(p.Kind) + " of the assistant)")
			continue
		}
		b, ok, err := e.block(p)
		if err != nil {
			return nil, err.At(fmt.Sprintf("messages[%d].content[%d]%s", i, j, err.Field))
		}
		if !ok {
			continue
		}
		if m.Role == dialect.RoleSystem && b.Type != "text" {
			return nil, hw.Errorf(hw.CodeUnsupported, "A system message can hold text only for the model's upstream.").At(fmt.Sprintf("messages[%d].content[%d]", i, j))
		}
		if !b.isThinking() {
			b.CacheControl = p.CacheControl
		}
		out = append(out, b)
	}
	return out, nil
}

// block renders one part; false when nothing is left of it.
func (e *encoding) block(p dialect.Part) (outBlock, bool, *hw.Error) {
	switch p.Kind {
	case dialect.PartText, dialect.PartRefusal:
		if len(p.Citations) > 0 {
			e.drop("messages[].citations")
		}
		// Anthropic refuses blank text.
		return outBlock{Type: "text", Text: p.Text}, strings.TrimSpace(p.Text) != "", nil
	case dialect.PartReasoning:
		b, ok := e.reasoning(p)
		return b, ok, nil
	case dialect.PartToolCall:
		return outBlock{Type: "tool_use", ID: callID(p.Call.ID), Name: p.Call.Name, Input: input(p.Call.Args)}, true, nil
	case dialect.PartToolResult:
		content, err := e.resultContent(p)
		return outBlock{Type: "tool_result", ToolUseID: callID(p.CallID), Content: content, IsError: p.IsError}, true, err
	case dialect.PartImage:
		if p.Detail != "" && p.Detail != "auto" && p.Detail != "high" { // Claude sees all there is
			e.drop("messages[].content[].detail")
		}
		b, err := image(p)
		return b, true, err
	case dialect.PartDocument:
		b, err := document(p)
		return b, true, err
	default:
		return outBlock{}, false, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes no %s.", p.Kind)
	}
}

// isMedia reports whether a part is an image, a sound or the like.
func isMedia(kind dialect.PartKind) bool {
	return kind == dialect.PartImage || kind == dialect.PartAudio || kind == dialect.PartVideo || kind == dialect.PartDocument
}

// resultContent renders what a tool gave: text alone as text, else as blocks.
func (e *encoding) resultContent(p dialect.Part) (any, *hw.Error) {
	if len(p.Media) == 0 {
		return p.Text, nil
	}
	var blocks []outBlock
	if strings.TrimSpace(p.Text) != "" {
		blocks = append(blocks, outBlock{Type: "text", Text: p.Text})
	}
	for i, m := range p.Media {
		at := fmt.Sprintf(".media[%d]", i)
		if !isMedia(m.Kind) {
			return nil, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes no %s in a tool result.", m.Kind).At(at)
		}
		b, _, err := e.block(m)
		if err != nil {
			return nil, err.At(at)
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// reasoning renders what can be replayed: only what carries Anthropic's proof.
// What another vendor has signed is as good as unsigned here.
func (e *encoding) reasoning(p dialect.Part) (outBlock, bool) {
	switch {
	case isForeign(p.Signer):
	case p.Data != "":
		return outBlock{Type: "redacted_thinking", Data: p.Data}, true
	case p.Signature != "":
		return outBlock{Type: "thinking", Thinking: &p.Text, Signature: p.Signature}, true
	}
	if p.Owed(dialect.SignerAnthropic) {
		e.drop("messages[].reasoning_content (unsigned)")
	}
	return outBlock{}, false
}

// callID fits an id to Anthropic's pattern; the same id always gives the same
// result, so that calls and results still match.
func callID(id string) string {
	fits := id != "" && len(id) <= 64
	for i := 0; fits && i < len(id); i++ {
		fits = isIDByte(id[i])
	}
	if fits {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "toolu_" + hex.EncodeToString(sum[:12])
}

func image(p dialect.Part) (outBlock, *hw.Error) {
	switch {
	case p.Data == "":
		return outBlock{Type: "image", Source: &source{Type: "url", URL: p.URL}}, nil
	case p.MIME == "image/jpg":
		p.MIME = "image/jpeg"
	case p.MIME != "image/jpeg" && p.MIME != "image/png" && p.MIME != "image/gif" && p.MIME != "image/webp":
		return outBlock{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes JPEG, PNG, GIF and WebP images, not %q.", p.MIME)
	}
	return outBlock{Type: "image", Source: &source{Type: "base64", MediaType: p.MIME, Data: p.Data}}, nil
}

func document(p dialect.Part) (outBlock, *hw.Error) {
	b := outBlock{Type: "document", Title: p.Filename}
	switch {
	case p.Data == "" && p.URL != "":
		b.Source = &source{Type: "url", URL: p.URL}
	case p.MIME == "application/pdf":
		b.Source = &source{Type: "base64", MediaType: p.MIME, Data: p.Data}
	case strings.HasPrefix(p.MIME, "text/") || p.MIME == "application/json":
		text, err := base64.StdEncoding.DecodeString(p.Data)
		if err != nil {
			return b, hw.Errorf(hw.CodeBadRequest, "The document's data is not base64.")
		}
		b.Source = &source{Type: "text", MediaType: "text/plain", Data: string(text)}
	default:
		return b, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes PDF and text documents, not %q.", p.MIME)
	}
	return b, nil
}
