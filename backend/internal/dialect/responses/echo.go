package responses

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// The items of an answer, in OpenAI's field order.
type (
	messageOut struct {
		ID      string `json:"id"`
		Type    string `json:"type"`
		Status  string `json:"status"`
		Role    string `json:"role"`
		Content []any  `json:"content"`
	}
	textOut struct {
		Type        string          `json:"type"`
		Text        string          `json:"text"`
		Annotations []annotationOut `json:"annotations"`
		Logprobs    []struct{}      `json:"logprobs"`
	}
	refusalOut struct {
		Type    string `json:"type"`
		Refusal string `json:"refusal"`
	}
	reasoningOut struct {
		ID        string       `json:"id"`
		Type      string       `json:"type"`
		Summary   []outSummary `json:"summary"`
		Encrypted string       `json:"encrypted_content,omitempty"`
	}
	callOut struct {
		ID        string `json:"id"`
		Type      string `json:"type"`
		Status    string `json:"status"`
		CallID    string `json:"call_id"`
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	}
	customOut struct {
		ID     string `json:"id"`
		Type   string `json:"type"`
		Status string `json:"status"`
		CallID string `json:"call_id"`
		Name   string `json:"name"`
		Input  string `json:"input"`
	}
	imageOut struct {
		ID     string  `json:"id"`
		Type   string  `json:"type"`
		Status string  `json:"status"`
		Result *string `json:"result"`
		Format string  `json:"output_format,omitempty"`
	}
)

func (p *part) out() any {
	if p.refusal {
		return refusalOut{partRefusal, p.text.String()}
	}
	annotations := p.annotations
	if annotations == nil {
		annotations = []annotationOut{}
	}
	return textOut{partOutput, p.text.String(), annotations, []struct{}{}}
}

// out is the item as it stands in the answer. While a call grows its arguments
// are left out, which the deltas bring.
func (it *item) out() any {
	status := statusInProgress
	switch {
	case it.incomplete:
		status = statusIncomplete
	case it.closed:
		status = statusCompleted
	}
	text := ""
	if it.closed {
		text = it.text.String()
	}
	switch it.kind {
	case itemReasoning:
		out := reasoningOut{ID: it.id, Type: it.kind, Summary: []outSummary{}, Encrypted: it.encrypted}
		if text != "" {
			out.Summary = append(out.Summary, outSummary{partSummary, text})
		}
		return out
	case itemCall:
		return callOut{it.id, it.kind, status, it.callID, it.name, text}
	case itemCustom:
		return customOut{it.id, it.kind, status, it.callID, it.name, it.inputOut()}
	case itemImage:
		out := imageOut{ID: it.id, Type: it.kind, Status: status, Format: it.format}
		if it.closed {
			out.Result = &it.result
		}
		return out
	}
	out := messageOut{it.id, itemMessage, status, dialect.RoleAssistant, make([]any, 0, len(it.parts))}
	for _, p := range it.parts {
		out.Content = append(out.Content, p.out())
	}
	return out
}

// inputOut is the text of a call of a custom tool; empty while it grows.
func (it *item) inputOut() string {
	if !it.closed {
		return ""
	}
	return it.input.input(it.text.String())
}

// setting is a field of the request that its answer repeats.
type setting struct {
	key string
	raw []byte
}

// settingsOf gives the members of the answer that repeat the request: as they
// stand in its body where that is at hand, else as the neutral form knows them,
// else OpenAI's defaults.
func settingsOf(req *dialect.Request, body []byte) []byte {
	if req == nil {
		req = &dialect.Request{}
	}
	var user []byte
	if req.User != "" {
		user = peek.AppendString(nil, req.User)
	}
	list := []setting{
		{"instructions", nil},
		{"max_output_tokens", number(req.MaxTokens)},
		{"max_tool_calls", nil},
		{"parallel_tool_calls", orElse(req.ParallelTools, "true")},
		{"previous_response_id", nil},
		{"prompt_cache_key", nil},
		{"reasoning", reasoningEcho(req)},
		{"safety_identifier", nil},
		{"service_tier", []byte(`"default"`)},
		{"store", []byte("true")},
		{"temperature", orElse(req.Temperature, "1")},
		{"text", textEcho(req.Format)},
		{"tool_choice", choiceEcho(req)},
		{"tools", toolsEcho(req.Tools)},
		{"top_logprobs", []byte("0")},
		{"top_p", orElse(req.TopP, "1")},
		{"truncation", []byte(`"disabled"`)},
		{"user", user},
		{"metadata", []byte("{}")},
	}
	var sent map[string]json.RawMessage
	if len(body) > 0 {
		// A body that cannot be read was refused before it was answered.
		_ = json.Unmarshal(body, &sent)
	}
	var out []byte
	for _, s := range list {
		if raw := sent[s.key]; isSet(raw) {
			s.raw = raw
		}
		if s.raw == nil {
			s.raw = []byte("null")
		}
		out = append(append(append(append(out, `,"`...), s.key...), `":`...), s.raw...)
	}
	return out
}

func number(n int) []byte {
	if n == 0 {
		return nil
	}
	return mustJSON(n)
}

// orElse renders a value that the caller may have left to its default.
func orElse[T any](v *T, other string) []byte {
	if v == nil {
		return []byte(other)
	}
	return mustJSON(v)
}

func reasoningEcho(req *dialect.Request) []byte {
	var r struct {
		Effort  *string `json:"effort"`
		Summary *string `json:"summary"`
	}
	if req.Effort != "" {
		r.Effort = &req.Effort
	}
	if req.ShowThoughts != nil && *req.ShowThoughts {
		auto := "auto"
		r.Summary = &auto
	}
	return mustJSON(r)
}

func textEcho(f dialect.Format) []byte {
	if out := formatOut(f); out != nil {
		return mustJSON(out)
	}
	return []byte(`{"format":{"type":"text"}}`)
}

func choiceEcho(req *dialect.Request) []byte {
	e := encoding{req: req}
	if c := e.choice(); c != nil {
		return mustJSON(c)
	}
	return []byte(`"auto"`)
}

// toolsEcho repeats the tools with all the fields that OpenAI's SDKs promise.
func toolsEcho(tools []dialect.Tool) []byte {
	type function struct {
		Type        string          `json:"type"`
		Name        string          `json:"name"`
		Description *string         `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
		Strict      bool            `json:"strict"`
	}
	list := make([]any, 0, len(tools))
	for _, t := range tools {
		if t.Custom {
			w := toolOut(t)
			if w.Format == nil {
				w.Format = json.RawMessage(`{"type":"text"}`)
			}
			list = append(list, w)
			continue
		}
		f := function{"function", t.Name, nil, t.Schema, t.Strict == nil || *t.Strict}
		if t.Description != "" {
			f.Description = &t.Description
		}
		list = append(list, f)
	}
	return mustJSON(list)
}
