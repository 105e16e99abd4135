package testupstream

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// responsesVendor is OpenAI's, apart from errors inside a stream.
type responsesVendor struct{ openaiVendor }

// fatal says it twice, as OpenAI does: an error event, and the failed response.
func (v responsesVendor) fatal(e vendorError, sent int) []frame {
	body := v.errorBody(e)
	code := cmp.Or(e.code, "server_error")
	c := &responsesChat{exchange: v.exchange}
	failed := c.response("failed", []any{}, nil)
	failed["error"] = map[string]any{"code": code, "message": body.Message}
	s := responsesStream{first: sent}
	s.add(frameEnd, "error", map[string]any{"error": map[string]any{"type": body.Type, "code": code, "message": body.Message, "param": body.Param}})
	s.add(frameEnd, "response.failed", map[string]any{"response": failed})
	return s.frames
}

// responsesChat answers POST /responses.
type responsesChat struct {
	*exchange
	req responsesRequest
}

func (c *responsesChat) id() string { return fmt.Sprintf("resp_test_%d", c.serial) }

// response is the response object in one of its states; usage is nil before the end.
func (c *responsesChat) response(status string, output []any, usage any) map[string]any {
	format := any(map[string]any{"type": "text"})
	if !blank(c.req.Text.Format) {
		format = c.req.Text.Format
	}
	return map[string]any{
		"id": c.id(), "object": "response", "created_at": created, "status": status, "background": false, "error": nil,
		"incomplete_details": nil, "instructions": rawOr(c.req.Instructions, nil), "max_output_tokens": c.req.MaxOutput,
		"max_tool_calls": nil, "model": c.model, "output": output, "parallel_tool_calls": true,
		"previous_response_id": rawOr(c.req.Previous, nil), "reasoning": rawOr(c.req.Reasoning, map[string]any{"effort": nil, "summary": nil}),
		"service_tier": "default", "store": c.stores(), "temperature": 1.0, "text": map[string]any{"format": format, "verbosity": "medium"},
		"tool_choice": rawOr(c.req.ToolChoice, "auto"), "tools": rawOr(c.req.Tools, []any{}), "top_logprobs": 0, "top_p": 1.0,
		"truncation": "disabled", "usage": usage, "user": nil, "metadata": rawOr(c.req.Metadata, map[string]any{}),
	}
}

func (c *responsesChat) stores() bool { return c.req.Store == nil || *c.req.Store }

// rawOr is a member of the request, or what stands for one that is not there.
func rawOr(raw json.RawMessage, instead any) any {
	if blank(raw) {
		return instead
	}
	return raw
}

// usage counts the vendor's way: what was cached, or thought, is inside.
func (c *responsesChat) usage(k content) any {
	if c.fault.NoUsage {
		return nil
	}
	return map[string]any{
		"input_tokens": k.in, "input_tokens_details": map[string]any{"cached_tokens": min(c.fault.Cached, k.in)},
		"output_tokens": k.out, "output_tokens_details": map[string]any{"reasoning_tokens": len(k.reasoning)},
		"total_tokens": k.in + k.out,
	}
}

// finished is the response at its end.
func (c *responsesChat) finished(k content) map[string]any {
	output := make([]any, 0, 2)
	for _, item := range c.items(k) {
		output = append(output, item.whole("completed"))
	}
	if !k.length {
		return c.response("completed", output, c.usage(k))
	}
	r := c.response("incomplete", output, c.usage(k))
	r["incomplete_details"] = map[string]any{"reason": "max_output_tokens"}
	return r
}

func (c *responsesChat) whole() []byte { return mustJSON(c.finished(c.content())) }

func (c *responsesChat) frames() []frame {
	k := c.content()
	s := &responsesStream{}
	started := c.response("in_progress", []any{}, nil)
	s.add(frameLead, "response.created", map[string]any{"response": started})
	s.add(frameLead, "response.in_progress", map[string]any{"response": started})
	items := c.items(k)
	for i, item := range items {
		closing := frameLead
		if i == len(items)-1 {
			closing = frameTail
		}
		s.item(i, item, closing)
	}
	end := c.finished(k)
	s.add(frameEnd, "response."+end["status"].(string), map[string]any{"response": end})
	return s.frames
}

// responsesItem is one item of the output: reasoning, a message or a call.
type responsesItem struct {
	kind string
	// base are the members that do not change while the item grows.
	base map[string]any
	// pieces are what grows: a summary, a text, a refusal or arguments.
	pieces []string
	refuse bool
}

// items are the output of an answer, in order.
func (c *responsesChat) items(k content) []responsesItem {
	var out []responsesItem
	if len(k.reasoning) > 0 {
		base := map[string]any{"id": fmt.Sprintf("rs_test_%d", c.serial)}
		if slices.Contains(c.req.Include, "reasoning.encrypted_content") {
			base["encrypted_content"] = "c2VhbGVkLXRob3VnaHRz"
		}
		out = append(out, responsesItem{kind: "reasoning", base: base, pieces: k.reasoning})
	}
	for _, call := range k.calls {
		base := map[string]any{"id": call.id("fc_test_", c.serial), "call_id": call.id("call_test_", c.serial), "name": call.name}
		out = append(out, responsesItem{kind: "function_call", base: base, pieces: call.args})
	}
	if len(k.calls) == 0 {
		base := map[string]any{"id": fmt.Sprintf("msg_test_%d", c.serial), "role": "assistant"}
		out = append(out, responsesItem{kind: "message", base: base, pieces: k.text, refuse: c.fault.Refuse})
	}
	return out
}

// part is what of the item holds the text: nil for a call.
func (it responsesItem) part(text string) map[string]any {
	switch {
	case it.kind == "reasoning":
		return map[string]any{"type": "summary_text", "text": text}
	case it.refuse:
		return map[string]any{"type": "refusal", "refusal": text}
	}
	return map[string]any{"type": "output_text", "text": text, "annotations": []any{}, "logprobs": []any{}}
}

// whole is the item as it is when it is in_progress, with nothing in it yet, or
// completed.
func (it responsesItem) whole(status string) map[string]any {
	m := map[string]any{"type": it.kind}
	maps.Copy(m, it.base)
	done := status == "completed"
	parts := []any{}
	if done {
		parts = []any{it.part(strings.Join(it.pieces, ""))}
	}
	switch it.kind {
	case "reasoning":
		m["summary"] = parts
	case "message":
		m["content"], m["status"] = parts, status
	case "function_call":
		m["arguments"], m["status"] = "", status
		if done {
			m["arguments"] = strings.Join(it.pieces, "")
		}
	}
	return m
}

// responsesStream collects events and numbers them, from first on.
type responsesStream struct {
	first  int
	frames []frame
}

func (s *responsesStream) add(kind frameKind, name string, v map[string]any) {
	v["sequence_number"] = s.first + len(s.frames)
	s.frames = append(s.frames, event(kind, name, v))
}

// item adds the life of one item; closing is the place of its last events.
func (s *responsesStream) item(index int, it responsesItem, closing frameKind) {
	id, text := it.base["id"], strings.Join(it.pieces, "")
	at := func(more map[string]any) map[string]any {
		v := map[string]any{"item_id": id, "output_index": index}
		switch it.kind {
		case "reasoning":
			v["summary_index"] = 0
		case "message":
			v["content_index"] = 0
		}
		maps.Copy(v, more)
		return v
	}
	part, grows, field := "response.content_part", "response.output_text", "text"
	switch {
	case it.kind == "reasoning":
		part, grows = "response.reasoning_summary_part", "response.reasoning_summary_text"
	case it.kind == "function_call":
		part, grows, field = "", "response.function_call_arguments", "arguments"
	case it.refuse:
		grows, field = "response.refusal", "refusal"
	}
	s.add(frameLead, "response.output_item.added", map[string]any{"output_index": index, "item": it.whole("in_progress")})
	if part != "" {
		s.add(frameLead, part+".added", at(map[string]any{"part": it.part("")}))
	}
	for _, piece := range it.pieces {
		s.add(frameContent, grows+".delta", at(map[string]any{"delta": piece}))
	}
	s.add(closing, grows+".done", at(map[string]any{field: text}))
	if part != "" {
		s.add(closing, part+".done", at(map[string]any{"part": it.part(text)}))
	}
	s.add(closing, "response.output_item.done", map[string]any{"output_index": index, "item": it.whole("completed")})
}
