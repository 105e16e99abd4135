package testupstream

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
)

// bedrockMethods are the methods of a model, as its path ends.
func bedrockMethods() map[string]func(*exchange) bool {
	return map[string]func(*exchange) bool{
		"converse":        func(x *exchange) bool { return x.chat(&bedrockChat{exchange: x}) },
		"converse-stream": func(x *exchange) bool { return x.chat(&bedrockChat{exchange: x, streams: true}) },
	}
}

// bedrockVendor is what Bedrock's endpoints have in common.
type bedrockVendor struct{ *exchange }

func (v bedrockVendor) head(h http.Header, _ allowance) {
	h.Set("X-Amzn-Requestid", v.requestID)
}

func (bedrockVendor) framing() framing { return eventStream() }

// bedrockError is one way Bedrock says no; kind is the exception's name
// without the word "Exception".
type bedrockError struct {
	status     int
	kind, text string
}

// bedrockErrors are Bedrock's own by the name of the fault.
func bedrockErrors() map[string]bedrockError {
	return map[string]bedrockError{
		"auth":       {403, "UnrecognizedClient", "The security token included in the request is invalid."},
		"payment":    {403, "AccessDenied", "Your account's payment method is not valid."},
		"forbidden":  {403, "AccessDenied", "You don't have access to the model with the specified model ID."},
		"no-model":   {400, "Validation", "The provided model identifier is invalid."},
		"too-large":  {413, "Validation", "The request is too large."},
		"rate":       {429, "Throttling", "Too many requests, please wait before trying again."},
		"quota":      {429, "Throttling", "Too many tokens per day, please wait before trying again."},
		"context":    {400, "Validation", "Input is too long for requested model."},
		"policy":     {400, "Validation", "Output blocked by content filtering policy"},
		"server":     {500, "InternalServer", "The system encountered an unexpected error during processing. Try your request again."},
		"overloaded": {503, "ServiceUnavailable", "Bedrock is unable to process your request."},
		"loading":    {429, "ModelNotReady", "The model is not ready for inference."},
	}
}

// bedrockKinds are the exceptions by status, for a status that was asked for
// and is not the error's own.
func bedrockKinds() map[int]string {
	return map[int]string{
		401: "UnrecognizedClient", 403: "AccessDenied", 404: "ResourceNotFound", 405: "UnknownOperation", 408: "ModelTimeout",
		424: "ModelError", 429: "Throttling", 500: "InternalServer", 503: "ServiceUnavailable",
	}
}

// named completes what the table has for an error with what its status says.
func (bedrockVendor) named(e vendorError, status int) bedrockError {
	own, known := bedrockErrors()[e.name]
	if !known || (status != 0 && status != own.status) {
		own.status = cmp.Or(status, e.status)
		own.kind = cmp.Or(bedrockKinds()[own.status], "Validation")
		if own.status >= 500 {
			own.kind = cmp.Or(bedrockKinds()[own.status], "InternalServer")
		}
	}
	own.text = cmp.Or(own.text, e.text)
	return own
}

func (v bedrockVendor) failure(e vendorError, status int) reply {
	own := v.named(e, status)
	v.w.Header().Set("X-Amzn-Errortype", own.kind+"Exception:http://internal.amazon.com/coral/com.amazon.bedrock/")
	return reply{status: own.status, body: mustJSON(map[string]any{"message": own.text})}
}

// fatal is an exception. A stream knows five of them; what is none of them is
// a fault of the model.
func (v bedrockVendor) fatal(e vendorError, _ int) []frame {
	own := v.named(e, 0)
	name := map[string]string{
		"InternalServer": "internalServerException", "Throttling": "throttlingException",
		"Validation": "validationException", "ServiceUnavailable": "serviceUnavailableException",
	}[own.kind]
	body := map[string]any{"message": own.text}
	return []frame{{name: cmp.Or(name, "modelStreamErrorException"), exception: true, data: string(mustJSON(body))}}
}

// bedrockChat answers converse and converse-stream.
type bedrockChat struct {
	*exchange
	req     bedrockRequest
	streams bool
}

// usage counts the vendor's way: inputTokens leaves cached tokens out.
func (c *bedrockChat) usage(k content) map[string]any {
	cached := min(c.fault.Cached, k.in)
	return map[string]any{
		"inputTokens": k.in - cached, "outputTokens": k.out, "totalTokens": k.in + k.out,
		"cacheReadInputTokens": cached, "cacheWriteInputTokens": 0,
	}
}

func (c *bedrockChat) stopReason(k content) string {
	switch {
	case c.fault.Refuse:
		return "content_filtered"
	case len(k.calls) > 0:
		return "tool_use"
	case k.length:
		return "max_tokens"
	}
	return "end_turn"
}

func (c *bedrockChat) toolID(call call) string { return call.id("tooluse_test_", c.serial) }

func (c *bedrockChat) whole() []byte {
	k := c.content()
	blocks := []any{}
	if len(k.reasoning) > 0 {
		blocks = append(blocks, map[string]any{"reasoningContent": map[string]any{
			"reasoningText": map[string]any{"text": strings.Join(k.reasoning, ""), "signature": "c2lnbmVk"},
		}})
	}
	for _, call := range k.calls {
		blocks = append(blocks, map[string]any{"toolUse": map[string]any{
			"toolUseId": c.toolID(call), "name": call.name, "input": json.RawMessage(call.arguments()),
		}})
	}
	if len(k.text) > 0 {
		blocks = append(blocks, map[string]any{"text": strings.Join(k.text, "")})
	}
	answer := map[string]any{
		"output":     map[string]any{"message": map[string]any{"role": "assistant", "content": blocks}},
		"stopReason": c.stopReason(k), "metrics": map[string]any{"latencyMs": 9},
	}
	if !c.fault.NoUsage {
		answer["usage"] = c.usage(k)
	}
	return mustJSON(answer)
}

// bedrockEvent is one event; unlike others it does not say its name inside.
func bedrockEvent(kind frameKind, name string, v map[string]any) frame {
	return frame{kind: kind, name: name, data: string(mustJSON(v))}
}

func (c *bedrockChat) frames() []frame {
	k := c.content()
	out := []frame{bedrockEvent(frameLead, "messageStart", map[string]any{"role": "assistant"})}
	index := 0
	// block adds one block; only that of a call has a start.
	block := func(start map[string]any, deltas []map[string]any) {
		if start != nil {
			out = append(out, bedrockEvent(frameLead, "contentBlockStart", map[string]any{"contentBlockIndex": index, "start": start}))
		}
		for _, delta := range deltas {
			out = append(out, bedrockEvent(frameContent, "contentBlockDelta", map[string]any{"contentBlockIndex": index, "delta": delta}))
		}
		out = append(out, bedrockEvent(frameLead, "contentBlockStop", map[string]any{"contentBlockIndex": index}))
		index++
	}
	if len(k.reasoning) > 0 {
		var deltas []map[string]any
		for _, piece := range k.reasoning {
			deltas = append(deltas, map[string]any{"reasoningContent": map[string]any{"text": piece}})
		}
		block(nil, append(deltas, map[string]any{"reasoningContent": map[string]any{"signature": "c2lnbmVk"}}))
	}
	for _, call := range k.calls {
		var deltas []map[string]any
		for _, piece := range call.args {
			deltas = append(deltas, map[string]any{"toolUse": map[string]any{"input": piece}})
		}
		block(map[string]any{"toolUse": map[string]any{"toolUseId": c.toolID(call), "name": call.name}}, deltas)
	}
	if len(k.calls) == 0 {
		var deltas []map[string]any
		for _, piece := range k.text {
			deltas = append(deltas, map[string]any{"text": piece})
		}
		block(nil, deltas)
	}
	out[len(out)-1].kind = frameTail
	out = append(out, bedrockEvent(frameTail, "messageStop", map[string]any{"stopReason": c.stopReason(k)}))
	metadata := map[string]any{"metrics": map[string]any{"latencyMs": 9}}
	if !c.fault.NoUsage {
		metadata["usage"] = c.usage(k)
	}
	return append(out, bedrockEvent(frameEnd, "metadata", metadata))
}
