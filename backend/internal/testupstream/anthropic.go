package testupstream

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// anthropicVendor is what Anthropic's endpoints have in common.
type anthropicVendor struct{ *exchange }

func (v anthropicVendor) head(h http.Header, left allowance) {
	h.Set("Request-Id", v.requestID)
	h.Set("Anthropic-Ratelimit-Requests-Limit", "1000")
	h.Set("Anthropic-Ratelimit-Requests-Remaining", left.remaining)
	h.Set("Anthropic-Ratelimit-Requests-Reset", time.Now().UTC().Add(left.wait).Format(time.RFC3339))
}

func (anthropicVendor) framing() framing { return sse("\n") }

// anthropicError is the vendor's error body.
type anthropicError struct {
	Type      string             `json:"type"`
	Error     anthropicErrorBody `json:"error"`
	RequestID string             `json:"request_id,omitempty"`
}

type anthropicErrorBody struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// errorBody renders an error; the in-band error of a stream has no request id.
func (v anthropicVendor) errorBody(e vendorError, requestID string) []byte {
	text := cmp.Or(e.anthropicText, e.text)
	if e.name == "no-model" {
		text = fmt.Sprintf(text, v.model)
	}
	return mustJSON(anthropicError{"error", anthropicErrorBody{e.anthropicKind, text}, requestID})
}

func (v anthropicVendor) failure(e vendorError, status int) reply {
	status = cmp.Or(status, e.anthropicStatus, e.status)
	return reply{status: status, body: v.errorBody(e, v.requestID)}
}

func (v anthropicVendor) fatal(e vendorError, _ int) []frame {
	return []frame{{name: "error", data: string(v.errorBody(e, ""))}}
}

// anthropicRequest is what the fake reads of a request.
type anthropicRequest struct {
	Stream    bool              `json:"stream"`
	Messages  []json.RawMessage `json:"messages"`
	System    json.RawMessage   `json:"system"`
	MaxTokens *int              `json:"max_tokens"`
	Tools     []struct {
		Name        string          `json:"name"`
		InputSchema json.RawMessage `json:"input_schema"`
	} `json:"tools"`
	OutputConfig struct {
		Format struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"format"`
	} `json:"output_config"`
}

// anthropicChat answers POST /messages.
type anthropicChat struct {
	*exchange
	req anthropicRequest
}

func (c *anthropicChat) read() string {
	if fault := c.decode(&c.req); fault != "" {
		return fault
	}
	switch {
	case c.req.MaxTokens == nil:
		return "max_tokens: Field required"
	case len(c.req.Messages) == 0:
		return "messages: at least one message is required"
	}
	c.asked = asked{
		stream: c.req.Stream, limits: []*int{c.req.MaxTokens}, parts: append(c.req.Messages, c.req.System),
		schema: c.req.OutputConfig.Format.Schema, isImage: ofType("image"),
	}
	for _, t := range c.req.Tools {
		c.asked.tools = append(c.asked.tools, tool{t.Name, t.InputSchema})
	}
	return ""
}

func (c *anthropicChat) id() string { return fmt.Sprintf("msg_test_%d", c.serial) }

// usage counts the vendor's way: input_tokens leaves cached tokens out.
func (c *anthropicChat) usage(k content, out int) map[string]any {
	cached := min(c.fault.Cached, k.in)
	return map[string]any{
		"input_tokens": k.in - cached, "output_tokens": out,
		"cache_creation_input_tokens": 0, "cache_read_input_tokens": cached, "service_tier": "standard",
	}
}

func (c *anthropicChat) stopReason(k content) string {
	switch {
	case c.fault.Refuse:
		return "refusal"
	case len(k.calls) > 0:
		return "tool_use"
	case k.length:
		return "max_tokens"
	}
	return "end_turn"
}

func (c *anthropicChat) whole() []byte {
	k := c.content()
	blocks := []any{}
	if len(k.reasoning) > 0 {
		blocks = append(blocks, map[string]any{"type": "thinking", "thinking": strings.Join(k.reasoning, ""), "signature": "c2lnbmVk"})
	}
	for _, call := range k.calls {
		blocks = append(blocks, map[string]any{
			"type": "tool_use", "id": call.id("toolu_test_", c.serial), "name": call.name,
			"input": json.RawMessage(call.arguments()),
		})
	}
	if len(k.text) > 0 {
		blocks = append(blocks, map[string]any{"type": "text", "text": strings.Join(k.text, "")})
	}
	answer := map[string]any{
		"id": c.id(), "type": "message", "role": "assistant", "model": c.model, "content": blocks,
		"stop_reason": c.stopReason(k), "stop_sequence": nil, "usage": c.usage(k, k.out),
	}
	if c.fault.NoUsage {
		delete(answer, "usage")
	}
	return mustJSON(answer)
}

func event(kind frameKind, name string, v map[string]any) frame {
	v["type"] = name
	return frame{kind: kind, name: name, data: string(mustJSON(v))}
}

func (c *anthropicChat) frames() []frame {
	k := c.content()
	message := map[string]any{
		"id": c.id(), "type": "message", "role": "assistant", "model": c.model, "content": []any{},
		"stop_reason": nil, "stop_sequence": nil, "usage": c.usage(k, 1),
	}
	last := map[string]any{
		"delta": map[string]any{"stop_reason": c.stopReason(k), "stop_sequence": nil},
		"usage": map[string]any{"output_tokens": k.out},
	}
	if c.fault.NoUsage {
		delete(message, "usage")
		delete(last, "usage")
	}
	out := []frame{event(frameLead, "message_start", map[string]any{"message": message})}
	out = append(out, c.blocks(k)...)
	return append(out,
		event(frameTail, "message_delta", last),
		event(frameEnd, "message_stop", map[string]any{}))
}

// blocks are the content blocks in order: thinking, then tool calls or text.
func (c *anthropicChat) blocks(k content) []frame {
	var out []frame
	index := 0
	block := func(start map[string]any, deltas []map[string]any) {
		out = append(out, event(frameLead, "content_block_start", map[string]any{"index": index, "content_block": start}))
		if index == 0 {
			out = append(out, event(frameLead, "ping", map[string]any{}))
		}
		for _, d := range deltas {
			out = append(out, event(frameContent, "content_block_delta", map[string]any{"index": index, "delta": d}))
		}
		out = append(out, event(frameLead, "content_block_stop", map[string]any{"index": index}))
		index++
	}
	if len(k.reasoning) > 0 {
		deltas := deltasOf("thinking_delta", "thinking", k.reasoning)
		deltas = append(deltas, map[string]any{"type": "signature_delta", "signature": "c2lnbmVk"})
		block(map[string]any{"type": "thinking", "thinking": "", "signature": ""}, deltas)
	}
	for _, call := range k.calls {
		block(map[string]any{
			"type": "tool_use", "id": call.id("toolu_test_", c.serial), "name": call.name, "input": map[string]any{},
		}, deltasOf("input_json_delta", "partial_json", call.args))
	}
	if len(k.calls) == 0 {
		block(map[string]any{"type": "text", "text": ""}, deltasOf("text_delta", "text", k.text))
	}
	out[len(out)-1].kind = frameTail
	return out
}

func deltasOf(kind, field string, pieces []string) []map[string]any {
	out := make([]map[string]any, len(pieces))
	for i, piece := range pieces {
		out[i] = map[string]any{"type": kind, field: piece}
	}
	return out
}

// anthropicCount answers POST /messages/count_tokens; a token is a word.
func (x *exchange) anthropicCount() bool {
	var req anthropicRequest
	if fault := x.decode(&req); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	if len(req.Messages) == 0 {
		return x.refuse(http.StatusBadRequest, "messages: at least one message is required")
	}
	return x.json(mustJSON(map[string]any{"input_tokens": wordsIn(append(req.Messages, req.System)...)}))
}

// anthropicModels answers GET /models.
func (x *exchange) anthropicModels() bool {
	names := modelNames()
	var rows []any
	for _, name := range names {
		rows = append(rows, map[string]any{"id": name, "type": "model", "display_name": name, "created_at": "2026-01-01T00:00:00Z"})
	}
	return x.plain(http.StatusOK, "application/json", mustJSON(map[string]any{
		"data": rows, "has_more": false, "first_id": names[0], "last_id": names[len(names)-1],
	}))
}
