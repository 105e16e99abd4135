package openai

import (
	"bytes"
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// wireMessage is a message or a delta as it stands on the wire, in requests
// and answers alike. Content is a string, null or a list of parts.
type wireMessage struct {
	Role         string            `json:"role,omitempty"`
	Content      json.RawMessage   `json:"content,omitempty"`
	Name         string            `json:"name,omitempty"`
	Refusal      looseText         `json:"refusal,omitempty"`
	Reasoning    looseText         `json:"reasoning,omitempty"`
	ReasoningOwn looseText         `json:"reasoning_content,omitempty"`
	Details      []reasoningDetail `json:"reasoning_details,omitempty"`
	ToolCalls    []wireToolCall    `json:"tool_calls,omitempty"`
	ToolCallID   string            `json:"tool_call_id,omitempty"`
	// FunctionCall is the form before tools.
	FunctionCall *wireFunction   `json:"function_call,omitempty"`
	CacheControl json.RawMessage `json:"cache_control,omitempty"`
	// What follows is read with a loose hand: a vendor's own shape of it must
	// not cost the message.
	Annotations json.RawMessage `json:"annotations,omitempty"`
	Images      json.RawMessage `json:"images,omitempty"`
	Audio       json.RawMessage `json:"audio,omitempty"`
	Extra       json.RawMessage `json:"extra_content,omitempty"`
}

// reasoning is the reasoning text, whichever field the upstream uses.
func (m *wireMessage) reasoning() string {
	if m.ReasoningOwn != "" {
		return string(m.ReasoningOwn)
	}
	return string(m.Reasoning)
}

// looseText is a string that some upstreams send as null or as another type:
// null is empty, anything else is kept as its JSON text.
type looseText string

// UnmarshalJSON takes any value.
func (t *looseText) UnmarshalJSON(raw []byte) error {
	switch {
	case len(raw) > 0 && raw[0] == '"':
		s, _ := peek.String(raw)
		*t = looseText(s)
	case string(raw) != "null":
		*t = looseText(raw)
	}
	return nil
}

// marshal renders JSON without escaping <, > and &, which need it only in HTML.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err //nolint:wrapcheck // the callers say what they rendered
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// finishOf maps what upstreams say at the end to OpenAI's words; several repeat
// their own vendor's word.
func finishOf(word string, hasTools bool) string {
	switch word {
	case "length", "max_tokens", "model_length", "MAX_TOKENS":
		return dialect.FinishLength
	case "content_filter", "safety", "SAFETY", "refusal":
		return dialect.FinishFilter
	case "tool_calls", "function_call", "tool_use":
		return dialect.FinishTools
	}
	// Some upstreams end a turn of tool calls with "stop", "eos" or nothing.
	switch {
	case hasTools:
		return dialect.FinishTools
	case word == "":
		return dialect.FinishUnknown
	}
	return dialect.FinishStop
}

// readUsage reads a raw usage object; nil when it counts nothing.
func readUsage(raw []byte) *dialect.Usage {
	fields := [...]peek.Field{
		{Key: "prompt_tokens"},
		{Key: "completion_tokens"},
		{Key: "total_tokens"},
		{Key: "prompt_tokens_details"},
		{Key: "completion_tokens_details"},
		{Key: "cached_tokens"},
		{Key: "prompt_cache_hit_tokens"},
		{Key: "num_cached_tokens"},
		{Key: "cache_creation_input_tokens"},
		{Key: "reasoning_tokens"},
	}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, fields[:]) != nil {
		return nil
	}
	var u dialect.Usage
	var in, out bool
	u.In, in = peek.Int(fields[0].Raw(raw))
	u.Out, out = peek.Int(fields[1].Raw(raw))
	total, hasTotal := peek.Int(fields[2].Raw(raw))
	if !in && !out {
		// Embeddings of some upstreams count nothing but a total.
		if !hasTotal {
			return nil
		}
		u.In = total
	}
	prompt, completion := fields[3].Raw(raw), fields[4].Raw(raw)
	u.CachedIn = firstInt(inner(prompt, "cached_tokens"), fields[5].Raw(raw), fields[6].Raw(raw), fields[7].Raw(raw))
	u.CacheWrite = firstInt(inner(prompt, "cache_write_tokens"), fields[8].Raw(raw))
	u.ReasoningOut = firstInt(inner(completion, "reasoning_tokens"), fields[9].Raw(raw))
	u.AudioIn, u.ImageIn = modalities(prompt)
	u.AudioOut, u.ImageOut = modalities(completion)
	// Some upstreams count reasoning beside the output: the total tells.
	if hasTotal && u.ReasoningOut > 0 && total == u.In+u.Out+u.ReasoningOut {
		u.Out += u.ReasoningOut
	}
	return &u
}

// modalities reads how many of the tokens in the details of a count are of
// sound and of pictures. Cached ones may be among them.
func modalities(details []byte) (audio, image int64) {
	fields := [...]peek.Field{{Key: "audio_tokens"}, {Key: "image_tokens"}}
	if len(details) == 0 || details[0] != '{' || peek.Object(details, fields[:]) != nil {
		return 0, 0
	}
	return firstInt(fields[0].Raw(details)), firstInt(fields[1].Raw(details))
}

func inner(raw []byte, key string) []byte {
	field := [...]peek.Field{{Key: key}}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, field[:]) != nil {
		return nil
	}
	return field[0].Raw(raw)
}

// firstInt is the first of the raw values that is a number other than zero.
func firstInt(raws ...[]byte) int64 {
	for _, raw := range raws {
		if n, ok := peek.Int(raw); ok && n != 0 {
			return n
		}
	}
	return 0
}
