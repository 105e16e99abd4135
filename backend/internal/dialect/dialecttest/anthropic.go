package dialecttest

import (
	"encoding/json"
	"regexp"
	"slices"
)

// Anthropic reads messages. Sources: the accumulators of anthropic-sdk-go
// (Message.Accumulate), which adds each delta to the last block, and of
// anthropic-sdk-typescript (MessageStream.ts), which tells events apart by
// their name and takes usage.output_tokens of each message_delta for granted.
type Anthropic struct{}

var (
	anthropicStops = []string{"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"}
	anthropicID    = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
)

// Plain reads a whole answer.
func (Anthropic) Plain(body []byte) *Client {
	c := &Client{Done: true, Choices: 1}
	m := c.parse(body, "the answer")
	if m == nil {
		return c
	}
	c.anthropicHead(m)
	for _, b := range m.objects("content") {
		c.anthropicBlock(b)
		c.anthropicTake(b)
	}
	c.Finish = m.text("stop_reason")
	c.require(slices.Contains(anthropicStops, c.Finish), "stop_reason %q", c.Finish)
	c.anthropicUsage(m.object("usage"))
	return c
}

// anthropicHead checks and reads the fields of a message beside its content.
func (c *Client) anthropicHead(m object) {
	c.require(m.text("type") == "message", "type %q", m.text("type"))
	c.require(m.text("role") == "assistant", "role %q", m.text("role"))
	c.need(m, "the message", "id", "model", "usage")
	c.require(m.isList("content"), "the message has no content list")
	c.require(m.there("stop_reason") && m.there("stop_sequence"), "the message has no stop_reason or stop_sequence")
	c.ID, c.Model = m.text("id"), m.text("model")
	usage := m.object("usage")
	c.require(usage.isNumber("input_tokens") && usage.isNumber("output_tokens"), "usage has no counts")
}

// anthropicBlock checks a block as it stands whole or as it opens.
func (c *Client) anthropicBlock(b object) {
	switch b.text("type") {
	case "text":
		c.require(b.isText("text"), "a text block has no text")
	case "thinking":
		c.require(b.isText("thinking") && b.isText("signature"), "a thinking block has no thinking or signature")
	case "redacted_thinking":
		c.require(b.text("data") != "", "a redacted block has no data")
	case "tool_use":
		c.require(anthropicID.MatchString(b.text("id")), "a tool_use has the id %q", b.text("id"))
		c.require(b.text("name") != "", "a tool_use has no name")
		c.require(b.object("input") != nil, "the input of a tool_use is no object")
	default:
		c.problem("a block of type %q", b.text("type"))
	}
}

// anthropicTake adds a whole block.
func (c *Client) anthropicTake(b object) {
	switch b.text("type") {
	case "text":
		c.Text += b.text("text")
		for _, source := range b.objects("citations") {
			c.cite(source.text("url"))
		}
	case "thinking":
		c.Reasoning += b.text("thinking")
	case "tool_use":
		c.ToolCalls = append(c.ToolCalls, Call{ID: b.text("id"), Name: b.text("name"), Args: b.json("input")})
	}
}

// anthropicUsage takes the counts that are there: each report is cumulative.
func (c *Client) anthropicUsage(m object) {
	if m == nil {
		return
	}
	if c.Usage == nil {
		c.Usage = &Usage{}
	}
	for key, to := range map[string]*int64{
		"input_tokens": &c.Usage.In, "output_tokens": &c.Usage.Out,
		"cache_read_input_tokens": &c.Usage.CachedIn, "cache_creation_input_tokens": &c.Usage.CacheWrite,
	} {
		if m.isNumber(key) {
			*to = m.number(key)
		}
	}
	if details := m.object("output_tokens_details"); details.isNumber("thinking_tokens") {
		c.Usage.Reasoning = details.number("thinking_tokens")
	}
}

// anthropicStream is what a strict client remembers of a stream.
type anthropicStream struct {
	*Client
	started, stopped bool
	// next is the index of the next block; block is the open one, nil when none is.
	next  int64
	block object
	// args is the input of the open tool_use as it comes.
	args string
	// signed is true once the open thinking block has its signature.
	signed bool
}

// Stream reads a whole stream.
func (Anthropic) Stream(body []byte) *Client {
	s := &anthropicStream{Client: &Client{Choices: 1}}
	events, _ := s.sseEvents(body)
	for _, ev := range events {
		m := s.parse([]byte(ev.data), "an event")
		if m == nil {
			continue
		}
		s.require(ev.name == m.text("type"), "an event named %q has the type %q", ev.name, m.text("type"))
		s.require(!s.Done, "%s after message_stop", m.text("type"))
		s.event(m)
	}
	s.require(s.started, "no message_start")
	s.require(s.Done, "no message_stop")
	return s.Client
}

func (s *anthropicStream) event(m object) {
	kind := m.text("type")
	if kind == "ping" {
		return
	}
	s.require(s.started || kind == "message_start", "%s before message_start", kind)
	s.require(!s.stopped || kind == "message_stop" || kind == "message_delta", "%s after the stop reason", kind)
	switch kind {
	case "message_start":
		s.start(m.object("message"))
	case "content_block_start":
		s.open(m)
	case "content_block_delta":
		s.delta(m)
	case "content_block_stop":
		s.close(m)
	case "message_delta":
		s.messageDelta(m)
	case "message_stop":
		s.require(s.stopped, "message_stop without a stop reason")
		s.Done = true
	default:
		s.problem("an event of type %q", kind)
	}
}

func (s *anthropicStream) start(message object) {
	s.require(!s.started, "two message_start")
	s.started = true
	s.anthropicHead(message)
	s.require(len(message.objects("content")) == 0, "message_start has content")
	s.require(!message.has("stop_reason"), "message_start has a stop reason")
	s.anthropicUsage(message.object("usage"))
}

func (s *anthropicStream) open(m object) {
	s.require(s.block == nil, "a block opens while another is open")
	s.require(m.isNumber("index") && m.number("index") == s.next, "blocks are not numbered in order")
	s.next++
	s.block, s.args, s.signed = m.object("content_block"), "", false
	s.anthropicBlock(s.block)
	if s.block.text("type") == "tool_use" {
		s.require(s.block.json("input") == "{}", "a tool_use opens with its input")
	}
	s.anthropicTake(s.block)
}

func (s *anthropicStream) delta(m object) {
	s.require(s.block != nil, "a delta without an open block")
	s.require(m.number("index") == s.next-1 && m.isNumber("index"), "a delta of another block than the open one")
	delta, block := m.object("delta"), s.block.text("type")
	kind := delta.text("type")
	want := map[string]string{"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "thinking", "input_json_delta": "tool_use", "citations_delta": "text"}[kind]
	s.require(want == block, "%q in a block of type %q", kind, block)
	switch kind {
	case "text_delta":
		s.require(delta.isText("text"), "a text_delta has no text")
		s.Text += delta.text("text")
	case "thinking_delta":
		s.require(!s.signed, "thinking after its signature")
		s.Reasoning += delta.text("thinking")
	case "signature_delta":
		s.require(delta.isText("signature"), "a signature_delta has no signature")
		s.signed = true
	case "citations_delta":
		source := delta.object("citation")
		s.need(source, "a citation", "type", "cited_text")
		s.cite(source.text("url"))
	case "input_json_delta":
		s.require(delta.isText("partial_json"), "an input_json_delta has no partial_json")
		s.args += delta.text("partial_json")
	}
}

func (s *anthropicStream) close(m object) {
	s.require(s.block != nil, "a block stops that is not open")
	s.require(m.number("index") == s.next-1 && m.isNumber("index"), "another block stops than the open one")
	if s.block.text("type") == "tool_use" && s.args != "" && len(s.ToolCalls) > 0 {
		s.ToolCalls[len(s.ToolCalls)-1].Args = s.args
		var input map[string]any
		s.require(json.Unmarshal([]byte(s.args), &input) == nil, "the input of a tool_use is no JSON object")
	}
	s.block = nil
}

func (s *anthropicStream) messageDelta(m object) {
	s.require(s.block == nil, "message_delta while a block is open")
	delta := m.object("delta")
	s.require(delta.there("stop_reason") && delta.there("stop_sequence"), "message_delta has no stop_reason or stop_sequence")
	s.require(!s.stopped, "two message_delta")
	s.stopped = true
	if s.Finish == "" {
		s.Finish = delta.text("stop_reason")
	}
	s.require(slices.Contains(anthropicStops, s.Finish), "stop_reason %q", s.Finish)
	s.require(m.object("usage").isNumber("output_tokens"), "message_delta has no usage.output_tokens")
	s.anthropicUsage(m.object("usage"))
}
