package testupstream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// created is the time in every answer, so that answers can be compared.
const created = 1767225600 // 2026-01-01

// openaiVendor is what OpenAI's endpoints have in common.
type openaiVendor struct{ *exchange }

func (v openaiVendor) head(h http.Header, left allowance) {
	h.Set("X-Request-Id", v.requestID)
	h.Set("X-Ratelimit-Limit-Requests", "1000")
	h.Set("X-Ratelimit-Remaining-Requests", left.remaining)
	h.Set("X-Ratelimit-Reset-Requests", left.reset)
}

func (openaiVendor) framing() framing { return sse("\n") }

// openaiError is the vendor's error body.
type openaiError struct {
	Error openaiErrorBody `json:"error"`
}

type openaiErrorBody struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

func (v openaiVendor) errorBody(e vendorError) openaiErrorBody {
	text := e.text
	if e.name == "no-model" || e.name == "rate" {
		text = fmt.Sprintf(text, v.model)
	}
	return openaiErrorBody{text, e.kind, orNull(e.param), orNull(e.code)}
}

func (v openaiVendor) failure(e vendorError, status int) reply {
	return reply{status: e.statusOr(status), body: mustJSON(openaiError{v.errorBody(e)})}
}

func (v openaiVendor) fatal(e vendorError, _ int) []frame {
	return []frame{{data: string(mustJSON(openaiError{v.errorBody(e)}))}}
}

// openaiRequest is what the fake reads of a chat or embeddings request.
type openaiRequest struct {
	Stream        bool              `json:"stream"`
	Messages      []json.RawMessage `json:"messages"`
	Input         json.RawMessage   `json:"input"`
	MaxTokens     *int              `json:"max_tokens"`
	MaxCompletion *int              `json:"max_completion_tokens"`
	Dimensions    int               `json:"dimensions"`
	Encoding      string            `json:"encoding_format"`
	Tools         []struct {
		Function struct {
			Name       string          `json:"name"`
			Parameters json.RawMessage `json:"parameters"`
		} `json:"function"`
	} `json:"tools"`
	ResponseFormat struct {
		JSONSchema struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// openaiChat answers POST /chat/completions.
type openaiChat struct {
	*exchange
	req openaiRequest
}

func (c *openaiChat) read() string {
	if fault := c.decode(&c.req); fault != "" {
		return fault
	}
	if len(c.req.Messages) == 0 {
		return "Invalid 'messages': empty array."
	}
	c.asked = asked{
		stream: c.req.Stream, limits: []*int{c.req.MaxTokens, c.req.MaxCompletion}, parts: c.req.Messages,
		schema: c.req.ResponseFormat.JSONSchema.Schema, isImage: ofType("image_url"),
	}
	for _, t := range c.req.Tools {
		c.asked.tools = append(c.asked.tools, tool{t.Function.Name, t.Function.Parameters})
	}
	return ""
}

func (c *openaiChat) id() string { return fmt.Sprintf("chatcmpl-test-%d", c.serial) }

func (c *openaiChat) usage(k content) map[string]any {
	return map[string]any{
		"prompt_tokens": k.in, "completion_tokens": k.out, "total_tokens": k.in + k.out,
		"prompt_tokens_details":     map[string]any{"cached_tokens": min(c.fault.Cached, k.in), "audio_tokens": 0},
		"completion_tokens_details": map[string]any{"reasoning_tokens": len(k.reasoning), "audio_tokens": 0},
	}
}

func (c *openaiChat) finish(k content) string {
	switch {
	case len(k.calls) > 0:
		return "tool_calls"
	case k.length:
		return "length"
	}
	return "stop"
}

func (c *openaiChat) whole() []byte {
	k := c.content()
	message := map[string]any{"role": "assistant", "content": strings.Join(k.text, ""), "refusal": nil}
	switch {
	case c.fault.Refuse:
		message["content"], message["refusal"] = nil, strings.Join(k.text, "")
	case len(k.calls) > 0:
		message["content"] = nil
		var calls []any
		for _, call := range k.calls {
			calls = append(calls, map[string]any{
				"id": call.id("call_test_", c.serial), "type": "function",
				"function": map[string]any{"name": call.name, "arguments": call.arguments()},
			})
		}
		message["tool_calls"] = calls
	}
	if len(k.reasoning) > 0 {
		message["reasoning_content"] = strings.Join(k.reasoning, "")
	}
	answer := map[string]any{
		"id": c.id(), "object": "chat.completion", "created": created, "model": c.model,
		"choices": []any{map[string]any{"index": 0, "message": message, "logprobs": nil, "finish_reason": c.finish(k)}},
		"usage":   c.usage(k), "service_tier": "default", "system_fingerprint": "fp_test",
	}
	if c.fault.NoUsage {
		delete(answer, "usage")
	}
	return mustJSON(answer)
}

// chunk is one event of a stream.
func (c *openaiChat) chunk(kind frameKind, choices []any, usage any) frame {
	v := map[string]any{
		"id": c.id(), "object": "chat.completion.chunk", "created": created, "model": c.model,
		"service_tier": "default", "system_fingerprint": "fp_test", "choices": choices,
	}
	if c.req.StreamOptions.IncludeUsage && !c.fault.NoUsage {
		v["usage"] = usage
	}
	return frame{kind: kind, data: string(mustJSON(v))}
}

func (c *openaiChat) delta(kind frameKind, delta map[string]any, finish any) frame {
	return c.chunk(kind, []any{map[string]any{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": finish}}, nil)
}

func (c *openaiChat) frames() []frame {
	k := c.content()
	first := map[string]any{"role": "assistant", "content": "", "refusal": nil}
	if len(k.calls) > 0 {
		first["content"] = nil
	}
	out := []frame{c.delta(frameLead, first, nil)}
	for _, piece := range k.reasoning {
		out = append(out, c.delta(frameContent, map[string]any{"reasoning_content": piece}, nil))
	}
	out = append(out, c.toolFrames(k.calls)...)
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

// toolFrames are the calls' events, one call after the other: the protocol
// would let them mix, but the vendor's own clients take the next index for the
// end of a call.
func (c *openaiChat) toolFrames(calls []call) []frame {
	var out []frame
	for _, call := range calls {
		add := func(v map[string]any) {
			v["index"] = call.nth
			out = append(out, c.delta(frameContent, map[string]any{"tool_calls": []any{v}}, nil))
		}
		add(map[string]any{
			"id": call.id("call_test_", c.serial), "type": "function",
			"function": map[string]any{"name": call.name, "arguments": ""},
		})
		for _, piece := range call.args {
			add(map[string]any{"function": map[string]any{"arguments": piece}})
		}
	}
	return out
}

// openaiEmbeddings answers POST /embeddings with vectors made from the inputs' hashes.
func (x *exchange) openaiEmbeddings() bool {
	var req openaiRequest
	if fault := x.decode(&req); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	var inputs []json.RawMessage
	var one string
	if json.Unmarshal(req.Input, &one) == nil {
		inputs = []json.RawMessage{req.Input}
	} else if json.Unmarshal(req.Input, &inputs) != nil || len(inputs) == 0 || len(inputs) > maxInputs {
		return x.refuse(http.StatusBadRequest, "Invalid 'input': want a string or an array.")
	}
	dimensions := req.Dimensions
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
		rows[i] = map[string]any{"object": "embedding", "index": i, "embedding": encodeVector(vector(input, dimensions), req.Encoding)}
	}
	answer := map[string]any{"object": "list", "data": rows, "model": x.model}
	if !x.fault.NoUsage {
		answer["usage"] = map[string]any{"prompt_tokens": tokens, "total_tokens": tokens}
	}
	return x.plain(http.StatusOK, "application/json", mustJSON(answer))
}

// openaiModels answers GET /models.
func (x *exchange) openaiModels() bool {
	var rows []any
	for _, name := range modelNames() {
		rows = append(rows, map[string]any{"id": name, "object": "model", "created": created, "owned_by": "testupstream"})
	}
	return x.plain(http.StatusOK, "application/json", mustJSON(map[string]any{"object": "list", "data": rows}))
}
