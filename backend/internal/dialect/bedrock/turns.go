package bedrock

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// turn is one message on the wire.
type turn struct {
	Role    string    `json:"role"`
	Content []content `json:"content"`
}

// The roles of a turn.
const (
	roleUser      = "user"
	roleAssistant = "assistant"
)

// content is one content block of a request; one of its fields is set.
type content struct {
	Text      string        `json:"text,omitempty"`
	Image     *mediaOut     `json:"image,omitempty"`
	Document  *documentOut  `json:"document,omitempty"`
	Video     *mediaOut     `json:"video,omitempty"`
	ToolUse   *toolUseOut   `json:"toolUse,omitempty"`
	Result    *resultOut    `json:"toolResult,omitempty"`
	Reasoning *reasoningOut `json:"reasoningContent,omitempty"`
	Cache     *cachePoint   `json:"cachePoint,omitempty"`
}

type toolUseOut struct {
	ID    string          `json:"toolUseId"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

type resultOut struct {
	ID      string    `json:"toolUseId"`
	Content []content `json:"content"`
	Status  string    `json:"status,omitempty"`
}

type reasoningOut struct {
	Text     *reasoningText `json:"reasoningText,omitempty"`
	Redacted string         `json:"redactedContent,omitempty"`
}

type reasoningText struct {
	Text      string `json:"text"`
	Signature string `json:"signature"`
}

// cachePoint ends a part of the prompt that is worth keeping.
type cachePoint struct {
	Type string `json:"type"`
	TTL  string `json:"ttl,omitempty"`
}

// pointOf makes a cache point of a mark in Anthropic's form.
func pointOf(mark json.RawMessage) *cachePoint {
	var m struct {
		TTL string `json:"ttl"`
	}
	// A mark of another form has no time to live that we know.
	_ = json.Unmarshal(mark, &m)
	if m.TTL != "1h" {
		m.TTL = "" // five minutes, which older models know no word for
	}
	return &cachePoint{"default", m.TTL}
}

// What stands where Bedrock demands a text that nobody wrote.
const (
	// opener begins a conversation that would otherwise begin with the assistant.
	opener = "Continue."
	// beside stands in a turn of documents only.
	beside = "Read the document."
	// silence is the result of a tool that told nothing.
	silence = "(no output)"
)

// turns renders all messages: system texts to the top, the rest in turns.
func (e *encoding) turns() error {
	for i, m := range e.req.Messages {
		blocks, err := e.message(i, m)
		if err != nil {
			return err
		}
		switch m.Role {
		case dialect.RoleSystem:
			e.out.System = append(e.out.System, blocks...)
		case dialect.RoleAssistant:
			e.append(roleAssistant, blocks)
		default:
			e.append(roleUser, blocks)
		}
	}
	e.pair()
	e.merge()
	if err := e.open(); err != nil {
		return err
	}
	e.close()
	e.captions()
	return nil
}

// append adds blocks to the last turn of the same role, or a new turn.
func (e *encoding) append(role string, blocks []content) {
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
		t := &turns[i]
		if t.Role == roleAssistant {
			var results map[string]bool
			if i+1 < len(turns) {
				results = idsOf(turns[i+1].Content, resultID)
			}
			e.keep(t, useID, results, "messages (a tool call without its result)")
			continue
		}
		var calls map[string]bool
		if i > 0 {
			calls = idsOf(turns[i-1].Content, useID)
		}
		e.keep(t, resultID, calls, "messages (a tool result without its call)")
		resultsFirst(t)
	}
}

// resultsFirst puts the results of a turn before all else; a cache point goes
// with the block before it.
func resultsFirst(t *turn) {
	var first, rest []content
	to := &rest
	for _, c := range t.Content {
		switch {
		case c.Cache != nil:
		case c.Result != nil:
			to = &first
		default:
			to = &rest
		}
		*to = append(*to, c)
	}
	t.Content = slices.Concat(first, rest)
}

func useID(c *content) string {
	if c.ToolUse == nil {
		return ""
	}
	return c.ToolUse.ID
}

func resultID(c *content) string {
	if c.Result == nil {
		return ""
	}
	return c.Result.ID
}

// idsOf are the ids of calls or results among the blocks.
func idsOf(blocks []content, id func(*content) string) map[string]bool {
	out := map[string]bool{}
	for i := range blocks {
		if s := id(&blocks[i]); s != "" {
			out[s] = true
		}
	}
	return out
}

// keep drops the calls or results whose id has no partner or stands twice.
func (e *encoding) keep(t *turn, idOf func(*content) string, partners map[string]bool, lost string) {
	seen := map[string]bool{}
	t.Content = slices.DeleteFunc(t.Content, func(c content) bool {
		id := idOf(&c)
		if id == "" {
			return false
		}
		if seen[id] || !partners[id] {
			e.drop(lost)
			return true
		}
		seen[id] = true
		return false
	})
}

// merge joins the neighbours that are left of one role once empty turns are
// gone. A turn of nothing but reasoning and cache points is empty too.
func (e *encoding) merge() {
	all := e.out.Messages
	e.out.Messages = nil
	for _, t := range all {
		if slices.ContainsFunc(t.Content, func(c content) bool { return c.Reasoning == nil && c.Cache == nil }) {
			e.append(t.Role, t.Content)
		}
	}
}

// open makes the conversation begin with the user.
func (e *encoding) open() error {
	if len(e.out.Messages) == 0 {
		// A request of system texts only: the last one is what is asked.
		n := len(e.out.System)
		for n > 0 && e.out.System[n-1].Cache != nil {
			n--
		}
		if n == 0 {
			return hw.Errorf(hw.CodeBadRequest, "The messages have no content.").At("messages")
		}
		e.append(roleUser, e.out.System[n-1:n:n])
		e.out.System = e.out.System[:n-1]
	}
	if e.out.Messages[0].Role == roleAssistant {
		e.out.Messages = slices.Insert(e.out.Messages, 0, turn{roleUser, []content{{Text: opener}}})
	}
	return nil
}

// close looks at the end: an assistant's last turn is to be continued, where
// the model does that, and may not end in white space; a turn of tool calls in
// progress may lack its reasoning.
func (e *encoding) close() {
	e.replayable = true
	n := len(e.out.Messages)
	last := &e.out.Messages[n-1]
	switch {
	case last.Role == roleAssistant && e.model.prefills():
		e.prefill = true
		if c := &last.Content[len(last.Content)-1]; c.Text != "" {
			c.Text = strings.TrimRight(c.Text, " \t\r\n")
		}
	case last.Role == roleAssistant:
		e.drop("messages (the answer that was begun)")
		e.append(roleUser, []content{{Text: opener}})
	case n > 1 && last.Content[0].Result != nil:
		e.replayable = e.out.Messages[n-2].Content[0].Reasoning != nil
	}
}

// captions gives each turn with a document the text that must stand beside it.
func (e *encoding) captions() {
	for i := range e.out.Messages {
		t := &e.out.Messages[i]
		document, text := false, false
		for j := range t.Content {
			document = document || t.Content[j].Document != nil
			text = text || t.Content[j].Text != ""
		}
		if document && !text {
			t.Content = append(t.Content, content{Text: beside})
		}
	}
}

// message renders the parts of one message.
func (e *encoding) message(i int, m dialect.Message) ([]content, error) {
	if m.Name != "" && m.Role != dialect.RoleTool {
		e.drop("messages[].name")
	}
	var out []content
	for j := range m.Parts {
		p := &m.Parts[j]
		at := fmt.Sprintf("messages[%d].content[%d]", i, j)
		c, ok, err := e.block(p)
		if err != nil {
			return nil, err.At(at)
		}
		if !ok {
			continue
		}
		if m.Role == dialect.RoleSystem && c.Text == "" {
			return nil, hw.Errorf(hw.CodeUnsupported, "A system message can hold text only for the model's upstream.").At(at)
		}
		e.cited(m.Role, p)
		out = append(out, c)
		if p.CacheControl != nil && c.Reasoning == nil && e.model.caches() {
			out = append(out, content{Cache: pointOf(p.CacheControl)})
		}
	}
	return out, nil
}

// cited names the sources of what the assistant said.
func (e *encoding) cited(role string, p *dialect.Part) {
	if len(p.Citations) > 0 && role == dialect.RoleAssistant {
		e.drop("messages[].citations")
	}
}

// block renders one part; false when nothing is left of it.
func (e *encoding) block(p *dialect.Part) (content, bool, *hw.Error) {
	switch p.Kind {
	case dialect.PartText, dialect.PartRefusal:
		return content{Text: p.Text}, strings.TrimSpace(p.Text) != "", nil
	case dialect.PartReasoning:
		c, ok := e.reasoning(p)
		return c, ok, nil
	case dialect.PartToolCall:
		return content{ToolUse: &toolUseOut{callID(p.Call.ID), p.Call.Name, inputOf(p.Call.Args)}}, true, nil
	case dialect.PartToolResult:
		result, err := e.result(p)
		return content{Result: result}, true, err
	default:
		c, err := e.media(p)
		return c, true, err
	}
}

// result renders a tool's result with its media.
func (e *encoding) result(p *dialect.Part) (*resultOut, *hw.Error) {
	out := &resultOut{ID: callID(p.CallID)}
	if strings.TrimSpace(p.Text) != "" {
		out.Content = append(out.Content, content{Text: p.Text})
	}
	for i := range p.Media {
		c, err := e.media(&p.Media[i])
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, c)
	}
	if len(out.Content) == 0 {
		out.Content = []content{{Text: silence}}
	}
	switch {
	case !p.IsError:
	case e.model.toldErrors():
		out.Status = "error"
	default:
		e.drop("messages[].content[].is_error")
	}
	return out, nil
}

// reasoning renders what can be replayed: only what Claude has signed, and only
// to Claude. What another vendor has signed is as good as unsigned here.
func (e *encoding) reasoning(p *dialect.Part) (content, bool) {
	claudes := p.Signature+p.Data != "" && (p.Signer == "" || p.Signer == dialect.SignerAnthropic)
	switch {
	case e.model.family != familyClaude || !claudes:
		if p.Owed(e.reads()) {
			e.drop("messages[].reasoning_content (unsigned)")
		}
		return content{}, false
	case p.Data != "":
		return content{Reasoning: &reasoningOut{Redacted: p.Data}}, true
	}
	return content{Reasoning: &reasoningOut{Text: &reasoningText{p.Text, p.Signature}}}, true
}

// reads is the vendor whose proofs the model reads; empty means none.
func (e *encoding) reads() string {
	if e.model.family == familyClaude {
		return dialect.SignerAnthropic
	}
	return ""
}

// callID fits an id to Bedrock's pattern; the same id always gives the same
// result, so that calls and results still match.
func callID(id string) string {
	fits := id != "" && len(id) <= 64
	for i := 0; fits && i < len(id); i++ {
		c := id[i]
		fits = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
	}
	if fits {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "tooluse_" + hex.EncodeToString(sum[:12])
}

// inputOf renders the arguments of a past call as the object Bedrock demands.
// What is no object, such as a cut one, is kept as text.
func inputOf(args string) json.RawMessage {
	switch raw := json.RawMessage(args); {
	case peek.Object(raw, nil) == nil:
		return raw
	case strings.TrimSpace(args) == "":
		return json.RawMessage("{}")
	}
	return append(peek.AppendString([]byte(`{"input":`), args), '}')
}
