package testupstream

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
)

// cohereVendor is what Cohere's endpoints have in common.
type cohereVendor struct{ *exchange }

// head: Cohere tells no limits.
func (v cohereVendor) head(h http.Header, _ allowance) {
	h.Set("X-Debug-Trace-Id", v.requestID)
}

func (cohereVendor) framing() framing { return sse("\n") }

// cohereTexts are the vendor's own words.
func cohereTexts() map[string]string {
	return map[string]string{
		"auth":       "Incorrect API key provided: ***********. You can find your API key at https://dashboard.cohere.com/api-keys.",
		"no-model":   "model '%s' not found, make sure the correct model ID was used and that you have access to the model.",
		"rate":       "You are using a Trial key, which is limited to 20 API calls / minute. Please wait and try again later.",
		"quota":      "You are using a Trial key, which is limited to 1000 API calls / month. Upgrade to a Production key to continue.",
		"payment":    "Please add or update your payment method at https://dashboard.cohere.com/billing to continue.",
		"context":    "too many tokens: total number of tokens in the prompt cannot exceed 8192 - received 9001. Try using a shorter prompt.",
		"server":     "internal server error, this has been reported to our developers.",
		"overloaded": "The model is temporarily unavailable, please try again later.",
	}
}

func (v cohereVendor) errorText(e vendorError) string {
	text := cmp.Or(cohereTexts()[e.name], e.text)
	if e.name == "no-model" {
		return fmt.Sprintf(text, v.model)
	}
	return text
}

func (v cohereVendor) failure(e vendorError, status int) reply {
	return reply{status: e.statusOr(status), body: mustJSON(map[string]any{"id": v.requestID, "message": v.errorText(e)})}
}

// fatal ends the message: the stream has no event for an error alone.
func (v cohereVendor) fatal(e vendorError, _ int) []frame {
	return []frame{event(frameEnd, "message-end", map[string]any{"delta": map[string]any{"error": v.errorText(e), "finish_reason": "ERROR"}})}
}

// cohereChat answers POST /chat.
type cohereChat struct {
	*exchange
	req cohereRequest
}

func (c *cohereChat) id() string { return fmt.Sprintf("cohere-test-%d", c.serial) }

// plan is what the vendor says before it calls tools.
func (c *cohereChat) plan() []string { return []string{"I will use", " the tools."} }

func (c *cohereChat) usage(k content) map[string]any {
	return map[string]any{
		"billed_units":  map[string]any{"input_tokens": k.in, "output_tokens": k.out},
		"tokens":        map[string]any{"input_tokens": k.in, "output_tokens": k.out},
		"cached_tokens": min(c.fault.Cached, k.in),
	}
}

func (c *cohereChat) finish(k content) string {
	switch {
	case len(k.calls) > 0:
		return "TOOL_CALL"
	case k.length:
		return "MAX_TOKENS"
	}
	return "COMPLETE"
}

func (c *cohereChat) whole() []byte {
	k := c.content()
	message := map[string]any{"role": "assistant"}
	blocks := []any{}
	if len(k.reasoning) > 0 {
		blocks = append(blocks, map[string]any{"type": "thinking", "thinking": strings.Join(k.reasoning, "")})
	}
	if len(k.text) > 0 {
		blocks = append(blocks, map[string]any{"type": "text", "text": strings.Join(k.text, "")})
	}
	if len(blocks) > 0 {
		message["content"] = blocks
	}
	if len(k.calls) > 0 {
		message["tool_plan"] = strings.Join(c.plan(), "")
		calls := make([]any, len(k.calls))
		for i, call := range k.calls {
			calls[i] = c.call(call, call.arguments())
		}
		message["tool_calls"] = calls
	}
	answer := map[string]any{"id": c.id(), "message": message, "finish_reason": c.finish(k)}
	if !c.fault.NoUsage {
		answer["usage"] = c.usage(k)
	}
	return mustJSON(answer)
}

func (c *cohereChat) call(call call, args string) map[string]any {
	return map[string]any{
		"id": call.id(call.name+"_test", c.serial), "type": "function",
		"function": map[string]any{"name": call.name, "arguments": args},
	}
}

func (c *cohereChat) frames() []frame {
	k := c.content()
	empty := map[string]any{"role": "assistant", "content": []any{}, "tool_plan": "", "tool_calls": []any{}, "citations": []any{}}
	out := []frame{event(frameLead, "message-start", map[string]any{"id": c.id(), "delta": map[string]any{"message": empty}})}
	index := 0
	if len(k.reasoning) > 0 {
		out = append(out, cohereBlock(index, "thinking", k.reasoning)...)
		index++
	}
	if len(k.calls) > 0 {
		out = append(out, c.callFrames(k.calls)...)
	} else {
		out = append(out, cohereBlock(index, "text", k.text)...)
	}
	out[len(out)-1].kind = frameTail
	end := map[string]any{"finish_reason": c.finish(k)}
	if !c.fault.NoUsage {
		end["usage"] = c.usage(k)
	}
	return append(out,
		event(frameTail, "message-end", map[string]any{"delta": end}),
		frame{kind: frameEnd, data: "[DONE]"})
}

// cohereDelta is an event about a part of the message; an index of -1 is left out.
func cohereDelta(kind frameKind, name string, index int, message map[string]any) frame {
	v := map[string]any{}
	if message != nil {
		v["delta"] = map[string]any{"message": message}
	}
	if index >= 0 {
		v["index"] = index
	}
	return event(kind, name, v)
}

// cohereBlock is a block of content: what it holds is named like its type.
func cohereBlock(index int, kind string, pieces []string) []frame {
	out := []frame{cohereDelta(frameLead, "content-start", index, map[string]any{"content": map[string]any{"type": kind, kind: ""}})}
	for _, piece := range pieces {
		out = append(out, cohereDelta(frameContent, "content-delta", index, map[string]any{"content": map[string]any{kind: piece}}))
	}
	return append(out, cohereDelta(frameLead, "content-end", index, nil))
}

func (c *cohereChat) callFrames(calls []call) []frame {
	var out []frame
	for _, piece := range c.plan() {
		out = append(out, cohereDelta(frameContent, "tool-plan-delta", -1, map[string]any{"tool_plan": piece}))
	}
	for _, call := range calls {
		out = append(out, cohereDelta(frameLead, "tool-call-start", call.nth, map[string]any{"tool_calls": c.call(call, "")}))
		for _, piece := range call.args {
			out = append(out, cohereDelta(frameContent, "tool-call-delta", call.nth,
				map[string]any{"tool_calls": map[string]any{"function": map[string]any{"arguments": piece}}}))
		}
		out = append(out, cohereDelta(frameLead, "tool-call-end", call.nth, nil))
	}
	return out
}
