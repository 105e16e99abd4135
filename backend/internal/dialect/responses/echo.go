package responses

import "headwater/backend/internal/dialect"

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
