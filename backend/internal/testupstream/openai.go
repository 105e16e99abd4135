package testupstream

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"strings"
)

// created is the time in every answer, so that answers can be compared.
const created = 1767225600 // 2026-01-01

// openaiChat answers POST /chat/completions.
type openaiChat struct{ *exchange }

func (c openaiChat) check() string {
	if len(c.req.Messages) == 0 {
		return "Invalid 'messages': empty array."
	}
	return ""
}

func (c openaiChat) id() string { return fmt.Sprintf("chatcmpl-test-%d", c.serial) }

func (c openaiChat) usage(k content) map[string]any {
	return map[string]any{
		"prompt_tokens": k.in, "completion_tokens": k.out, "total_tokens": k.in + k.out,
		"prompt_tokens_details":     map[string]any{"cached_tokens": min(c.fault.Cached, k.in), "audio_tokens": 0},
		"completion_tokens_details": map[string]any{"reasoning_tokens": len(k.reasoning), "audio_tokens": 0},
	}
}

func (c openaiChat) finish(k content) string {
	switch {
	case k.tool != "":
		return "tool_calls"
	case k.length:
		return "length"
	}
	return "stop"
}

func (c openaiChat) whole() []byte {
	k := c.content()
	message := map[string]any{"role": "assistant", "content": strings.Join(k.text, ""), "refusal": nil}
	switch {
	case c.fault.Refuse:
		message["content"], message["refusal"] = nil, strings.Join(k.text, "")
	case k.tool != "":
		message["content"] = nil
		message["tool_calls"] = []any{map[string]any{
			"id": fmt.Sprintf("call_test_%d", c.serial), "type": "function",
			"function": map[string]any{"name": k.tool, "arguments": strings.Join(toolArgs(), "")},
		}}
	}
	if len(k.reasoning) > 0 {
		message["reasoning_content"] = strings.Join(k.reasoning, "")
	}
	answer := map[string]any{
		"id": c.id(), "object": "chat.completion", "created": created, "model": c.req.Model,
		"choices": []any{map[string]any{"index": 0, "message": message, "logprobs": nil, "finish_reason": c.finish(k)}},
		"usage":   c.usage(k), "service_tier": "default", "system_fingerprint": "fp_test",
	}
	if c.fault.NoUsage {
		delete(answer, "usage")
	}
	return mustJSON(answer)
}

// chunk is one event of a stream.
func (c openaiChat) chunk(kind frameKind, choices []any, usage any) frame {
	v := map[string]any{
		"id": c.id(), "object": "chat.completion.chunk", "created": created, "model": c.req.Model,
		"service_tier": "default", "system_fingerprint": "fp_test", "choices": choices,
	}
	if c.req.StreamOptions.IncludeUsage && !c.fault.NoUsage {
		v["usage"] = usage
	}
	return frame{kind: kind, data: string(mustJSON(v))}
}

func (c openaiChat) delta(kind frameKind, delta map[string]any, finish any) frame {
	return c.chunk(kind, []any{map[string]any{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": finish}}, nil)
}

func (c openaiChat) frames() []frame {
	k := c.content()
	first := map[string]any{"role": "assistant", "content": "", "refusal": nil}
	if k.tool != "" {
		first["content"] = nil
	}
	out := []frame{c.delta(frameLead, first, nil)}
	for _, piece := range k.reasoning {
		out = append(out, c.delta(frameContent, map[string]any{"reasoning_content": piece}, nil))
	}
	if k.tool != "" {
		out = append(out, c.toolFrames(k.tool)...)
	}
	field := "content"
	if c.fault.Refuse {
		field = "refusal"
	}
	for _, piece := range k.text {
		out = append(out, c.delta(frameContent, map[string]any{field: piece}, nil))
	}
	out = append(out, c.delta(frameTail, map[string]any{}, c.finish(k)))
	if c.req.StreamOptions.IncludeUsage && !c.fault.NoUsage {
		out = append(out, c.chunk(frameTail, []any{}, c.usage(k)))
	}
	return append(out, frame{kind: frameEnd, data: "[DONE]"})
}

func (c openaiChat) toolFrames(name string) []frame {
	call := func(v map[string]any) frame {
		v["index"] = 0
		return c.delta(frameContent, map[string]any{"tool_calls": []any{v}}, nil)
	}
	out := []frame{call(map[string]any{
		"id": fmt.Sprintf("call_test_%d", c.serial), "type": "function",
		"function": map[string]any{"name": name, "arguments": ""},
	})}
	for _, piece := range toolArgs() {
		out = append(out, call(map[string]any{"function": map[string]any{"arguments": piece}}))
	}
	return out
}

// maxInputs and maxDimensions bound what one embeddings request may cost.
const (
	maxInputs     = 2048
	maxDimensions = 4096
)

// embeddings answers POST /embeddings with vectors made from the inputs' hashes.
func (x *exchange) embeddings() bool {
	var inputs []json.RawMessage
	var one string
	if json.Unmarshal(x.req.Input, &one) == nil {
		inputs = []json.RawMessage{x.req.Input}
	} else if json.Unmarshal(x.req.Input, &inputs) != nil || len(inputs) == 0 || len(inputs) > maxInputs {
		return x.refuse(http.StatusBadRequest, "Invalid 'input': want a string or an array.")
	}
	dimensions := x.req.Dimensions
	if dimensions == 0 {
		dimensions = 8
	}
	if dimensions < 1 || dimensions > maxDimensions {
		return x.refuse(http.StatusBadRequest, "Invalid 'dimensions'.")
	}
	rows := make([]any, len(inputs))
	tokens := 0
	for i, input := range inputs {
		tokens += 1 + len(input)/4
		rows[i] = map[string]any{"object": "embedding", "index": i, "embedding": encodeVector(vector(input, dimensions), x.req.Encoding)}
	}
	answer := map[string]any{"object": "list", "data": rows, "model": x.req.Model}
	if !x.fault.NoUsage {
		answer["usage"] = map[string]any{"prompt_tokens": tokens, "total_tokens": tokens}
	}
	return x.plain(http.StatusOK, "application/json", mustJSON(answer))
}

// vector is a unit vector that depends on the text alone.
func vector(text []byte, dimensions int) []float32 {
	h := fnv.New64a()
	_, _ = h.Write(text)
	state := h.Sum64() | 1
	out := make([]float32, dimensions)
	norm := 0.0
	for i := range out {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		v := float64(int32(state>>32)) / math.MaxInt32
		out[i] = float32(v)
		norm += v * v
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(norm))
	}
	return out
}

func encodeVector(v []float32, encoding string) any {
	if encoding != "base64" {
		return v
	}
	b := make([]byte, 0, 4*len(v))
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return base64.StdEncoding.EncodeToString(b)
}
