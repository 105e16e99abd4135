package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Refusal is a recorded answer by which a provider refused a chat request.
type Refusal struct {
	ID    string         `json:"id"`
	Model string         `json:"model"`
	Body  map[string]any `json:"body"`
	// Message is a part of the provider's own words that must reach the caller.
	Message   string `json:"message"`
	Anthropic bool   `json:"anthropic"`
	// Gone is true where the provider no longer has the model: that is the
	// administrator's to mend and not the caller's.
	Gone bool `json:"gone"`
}

func (r *Refusal) provider() string {
	if r.Anthropic {
		return "anthropic-compatible"
	}
	return "openai-compatible"
}

// refusals picks the recorded refusals that name their reason.
func refusals(records []*Record) []*Refusal {
	var out []*Refusal
	for _, r := range records {
		if (r.Response.Status != 400 && r.Response.Status != 422) || r.Dialect == dialectEmbeddings || r.Request == nil {
			continue
		}
		body := map[string]any{}
		if json.Unmarshal(r.Request.Body, &body) != nil {
			continue
		}
		refusal := &Refusal{
			ID: r.ID, Model: "refusal-" + r.ID, Body: body,
			Anthropic: r.Dialect == dialectAnthropic, Message: refusalMessage(r.Response.Body),
		}
		if refusal.Anthropic {
			refusal.Body, _ = chatFromMessages(body)
		}
		refusal.Gone = strings.Contains(refusal.Message, "has been decommissioned")
		refusal.Body["model"] = refusal.Model
		delete(refusal.Body, "stream")
		delete(refusal.Body, "stream_options")
		out = append(out, refusal)
	}
	return out
}

// refusalMessage finds the words of a refusal in the shapes that vendors use;
// empty when there are none.
func refusalMessage(body json.RawMessage) string {
	var top map[string]any
	if json.Unmarshal(body, &top) != nil {
		return ""
	}
	for _, v := range []any{object(top["error"])["message"], top["message"], top["error"], top["detail"]} {
		if text, ok := v.(string); ok && text != "" {
			return text
		}
	}
	return fmt.Sprint(object(top["error"])["msg"])
}
