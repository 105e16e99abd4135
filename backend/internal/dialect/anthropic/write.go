package anthropic

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Encoder makes the writer of one answer.
func (Inbound) Encoder(opts dialect.EncodeOptions) dialect.Encoder {
	return &encoder{opts: opts, tools: map[int]*growing{}, ids: map[string]bool{}}
}

// encoder writes one answer, plain or streamed. The dialect has one choice:
// others are left out.
//
// A stream has one block open at a time. Blocks that begin while another is
// still growing, as parallel tool calls do elsewhere, wait in a queue.
type encoder struct {
	opts dialect.EncodeOptions
	// id is the answer's, as the caller gets it; empty before the start.
	id             string
	started, ended bool
	usage          *dialect.Usage
	stop           stop
	// queue holds the block that is open and those that wait for it; index is
	// the number of the first.
	queue []*growing
	index int
	// tools finds the block of a tool call; ids are those given so far.
	tools map[int]*growing
	ids   map[string]bool
}

// stop is what is known of the answer's end.
type stop struct {
	finish, sequence string
	// called is true once the answer held a tool call.
	called bool
}

// reason is the end in Anthropic's words. tool_use stands where calls are and
// nowhere else: clients run their tools on it. refusal is a filter's: clients
// give the conversation up on it, which a model that declines does not mean.
func (s stop) reason() string {
	switch {
	case s.finish == dialect.FinishLength:
		return "max_tokens"
	case s.finish == dialect.FinishFilter:
		return "refusal"
	case s.called:
		return "tool_use"
	case s.sequence != "":
		return "stop_sequence"
	}
	return "end_turn"
}

// text is the stop text, which is told with its own reason only.
func (s stop) text() *string {
	if s.sequence == "" || s.reason() != "stop_sequence" {
		return nil
	}
	return &s.sequence
}

// messageID is the upstream's id in the form that Anthropic's have.
func (e *encoder) messageID(id string) string {
	if id == "" {
		id = e.opts.RequestID
	}
	return "msg_" + strings.TrimPrefix(id, "msg_")
}

// toolID makes an id fit Anthropic's pattern. One that is missing or was given
// before is made from the answer's id and the place of the call.
func (e *encoder) toolID(id string) string {
	fitted := callID(id)
	if id == "" || e.ids[fitted] {
		sum := sha256.Sum256([]byte(e.id + "#" + strconv.Itoa(len(e.ids)) + "#" + id))
		fitted = "toolu_" + hex.EncodeToString(sum[:12])
	}
	e.ids[fitted] = true
	return fitted
}

// wireUsage is usage on the wire. A stream and a plain answer must have it, so
// counts that nobody told are zero.
type wireUsage struct {
	In         int64         `json:"input_tokens"`
	CacheWrite int64         `json:"cache_creation_input_tokens"`
	CachedIn   int64         `json:"cache_read_input_tokens"`
	Out        int64         `json:"output_tokens"`
	Details    *usageDetails `json:"output_tokens_details,omitempty"`
	// Estimated is beside what Anthropic sends: the upstream told no counts.
	Estimated bool `json:"estimated,omitempty"`
}

type usageDetails struct {
	Thinking int64 `json:"thinking_tokens"`
}

// usageOut counts as Anthropic does: the input leaves out what the cache gave
// and took.
func usageOut(u *dialect.Usage) wireUsage {
	if u == nil {
		return wireUsage{}
	}
	w := wireUsage{In: max(u.In-u.CachedIn-u.CacheWrite, 0), CacheWrite: u.CacheWrite, CachedIn: u.CachedIn, Out: u.Out, Estimated: u.Estimated}
	if u.ReasoningOut > 0 {
		w.Details = &usageDetails{u.ReasoningOut}
	}
	return w
}

// wireMessage is a whole answer, or the head of a streamed one.
type wireMessage struct {
	ID           string    `json:"id"`
	Type         string    `json:"type"`
	Role         string    `json:"role"`
	Model        string    `json:"model"`
	Content      []any     `json:"content"`
	StopReason   *string   `json:"stop_reason"`
	StopSequence *string   `json:"stop_sequence"`
	Usage        wireUsage `json:"usage"`
}

// The blocks of an answer. Each has all fields its type demands, also when
// they are empty: official clients read them without a look.
type (
	wireText struct {
		Type      string         `json:"type"`
		Text      string         `json:"text"`
		Citations []wireCitation `json:"citations,omitempty"`
	}
	wireThinking struct {
		Type      string `json:"type"`
		Thinking  string `json:"thinking"`
		Signature string `json:"signature"`
	}
	wireRedacted struct {
		Type string `json:"type"`
		Data string `json:"data"`
	}
	wireToolUse struct {
		Type  string          `json:"type"`
		ID    string          `json:"id"`
		Name  string          `json:"name"`
		Input json.RawMessage `json:"input"`
	}
	wireCitation struct {
		Type      string `json:"type"`
		URL       string `json:"url"`
		Title     string `json:"title"`
		CitedText string `json:"cited_text"`
		Encrypted string `json:"encrypted_index"`
	}
)

// citationOut renders a source that has an address. Sources without one have
// no form: Anthropic's name a document of the request by its number, and a
// wrong number would be worse than none.
func citationOut(c *dialect.Citation) (wireCitation, bool) {
	if c == nil || c.URL == "" {
		return wireCitation{}, false
	}
	title := c.Title
	if title == "" {
		title = c.URL
	}
	return wireCitation{"web_search_result_location", c.URL, title, c.Cited, ""}, true
}

// Answer appends a whole answer.
func (e *encoder) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	if e.opts.Op.Endpoint == dialect.EndpointCount {
		return append(dst, Inbound{}.Count(usageTotal(a.Usage))...), nil
	}
	e.id = e.messageID(a.ID)
	m := wireMessage{
		ID: e.id, Type: "message", Role: "assistant", Model: e.opts.Model,
		Content: []any{}, Usage: usageOut(a.Usage),
	}
	for _, c := range a.Choices {
		if c.Index != 0 {
			continue
		}
		e.stop.finish, e.stop.sequence = c.Finish, c.StopSequence
		for i := range c.Parts {
			m.Content = append(m.Content, e.blocks(&c.Parts[i])...)
		}
		break
	}
	reason := e.stop.reason()
	m.StopReason, m.StopSequence = &reason, e.stop.text()
	text, err := marshal(m)
	if err != nil {
		return dst, fmt.Errorf("rendering the answer: %w", err)
	}
	return append(dst, text...), nil
}

func usageTotal(u *dialect.Usage) int64 {
	if u == nil {
		return 0
	}
	return u.In
}

// blocks renders one part of a whole answer.
func (e *encoder) blocks(p *dialect.Part) []any {
	switch p.Kind {
	case dialect.PartText:
		return textBlocks(p)
	case dialect.PartRefusal:
		return textBlocks(p)
	case dialect.PartReasoning:
		return reasoningBlocks(p)
	case dialect.PartToolCall:
		e.stop.called = true
		id := e.toolID(p.Call.ID)
		use := wireToolUse{"tool_use", id, p.Call.Name, input(p.Call.Args)}
		if !isForeign(p.Signer) || p.Signature == "" {
			return []any{use}
		}
		return []any{wireRedacted{"redacted_thinking", callSeal(p.Signer, p.Signature, id)}, use}
	case dialect.PartImage, dialect.PartAudio, dialect.PartVideo, dialect.PartDocument:
		return []any{wireText{Type: "text", Text: mediaText(p)}}
	default:
		return nil // answers hold nothing else
	}
}

func callSeal(signer, signature, id string) string {
	return seal{Signer: signer, Of: sealOfCall, Call: id, Signature: signature}.text()
}

func textSeal(signer, signature string) string {
	return seal{Signer: signer, Of: sealOfText, Signature: signature}.text()
}

func textBlocks(p *dialect.Part) []any {
	var out []any
	if p.Text != "" {
		text := wireText{Type: "text", Text: p.Text}
		for i := range p.Citations {
			if c, ok := citationOut(&p.Citations[i]); ok {
				text.Citations = append(text.Citations, c)
			}
		}
		out = append(out, text)
	}
	if isForeign(p.Signer) && p.Signature != "" {
		out = append(out, wireRedacted{"redacted_thinking", textSeal(p.Signer, p.Signature)})
	}
	return out
}

// reasoningBlocks renders a reasoning: with a text as thinking, whatever its
// proof; without one as what its vendor keeps secret.
func reasoningBlocks(p *dialect.Part) []any {
	proof := sealed(p.Signer, p.Signature, p.Data, p.ID)
	switch {
	case p.Text == "" && proof == "":
		return nil
	case p.Text == "" && p.Data != "":
		return []any{wireRedacted{"redacted_thinking", proof}}
	}
	return []any{wireThinking{"thinking", p.Text, proof}}
}

// input renders the arguments of a call as the object that Anthropic demands.
// What is no object, such as a cut one, is kept as text.
func input(args string) json.RawMessage {
	raw := json.RawMessage(args)
	if peek.Object(raw, nil) == nil {
		return raw
	}
	switch inner, ok := peek.String(raw); {
	case ok && peek.Object([]byte(inner), nil) == nil:
		return json.RawMessage(inner) // encoded twice
	case strings.TrimSpace(args) == "", strings.TrimSpace(args) == "null":
		return json.RawMessage("{}")
	}
	return append(peek.AppendString([]byte(`{"input":`), args), '}')
}
