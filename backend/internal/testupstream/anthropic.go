package testupstream

import (
	"encoding/json"
	"fmt"
	"strings"
)

// anthropicChat answers POST /messages.
type anthropicChat struct{ *exchange }

func (c anthropicChat) check() string {
	switch {
	case c.req.MaxTokens == nil:
		return "max_tokens: Field required"
	case len(c.req.Messages) == 0:
		return "messages: at least one message is required"
	}
	return ""
}

func (c anthropicChat) id() string { return fmt.Sprintf("msg_test_%d", c.serial) }

// usage counts the vendor's way: input_tokens leaves cached tokens out.
func (c anthropicChat) usage(k content, out int) map[string]any {
	cached := min(c.fault.Cached, k.in)
	return map[string]any{
		"input_tokens": k.in - cached, "output_tokens": out,
		"cache_creation_input_tokens": 0, "cache_read_input_tokens": cached, "service_tier": "standard",
	}
}

func (c anthropicChat) stopReason(k content) string {
	switch {
	case c.fault.Refuse:
		return "refusal"
	case k.tool != "":
		return "tool_use"
	case k.length:
		return "max_tokens"
	}
	return "end_turn"
}

func (c anthropicChat) whole() []byte {
	k := c.content()
	blocks := []any{}
	if len(k.reasoning) > 0 {
		blocks = append(blocks, map[string]any{"type": "thinking", "thinking": strings.Join(k.reasoning, ""), "signature": "c2lnbmVk"})
	}
	if k.tool != "" {
		blocks = append(blocks, map[string]any{
			"type": "tool_use", "id": fmt.Sprintf("toolu_test_%d", c.serial), "name": k.tool,
			"input": json.RawMessage(strings.Join(toolArgs(), "")),
		})
	} else if len(k.text) > 0 {
		blocks = append(blocks, map[string]any{"type": "text", "text": strings.Join(k.text, "")})
	}
	answer := map[string]any{
		"id": c.id(), "type": "message", "role": "assistant", "model": c.req.Model, "content": blocks,
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

func (c anthropicChat) frames() []frame {
	k := c.content()
	message := map[string]any{
		"id": c.id(), "type": "message", "role": "assistant", "model": c.req.Model, "content": []any{},
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

// blocks are the content blocks in order: thinking, then a tool call or text.
func (c anthropicChat) blocks(k content) []frame {
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
	if k.tool != "" {
		block(map[string]any{
			"type": "tool_use", "id": fmt.Sprintf("toolu_test_%d", c.serial), "name": k.tool, "input": map[string]any{},
		}, deltasOf("input_json_delta", "partial_json", toolArgs()))
	} else {
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
