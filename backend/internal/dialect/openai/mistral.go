package openai

import (
	"crypto/sha256"
	"math/big"
	"strings"

	"headwater/backend/internal/dialect"
)

// Mistral speaks this dialect with words of its own, and refuses a request over
// any field that it does not know: stream_options, user, seed, and in messages
// name, reasoning_content and refusal. Source: Mistral's OpenAPI document, 2026.

// isMistral reports whether a target is Mistral's own API. Names do not tell: many
// others serve its models under the same ones, in OpenAI's words.
func isMistral(to dialect.Target) bool { return to.Provider == "mistral" }

// isDate reports whether a version is a year and a month, such as 2512.
func isDate(version string) bool {
	return len(version) == 4 && strings.Trim(version, "0123456789") == ""
}

// mistralThinks reports whether a model of Mistral's takes an effort, which is
// none or high there; always is true for those that cannot be kept from thinking.
func mistralThinks(model string) (takes, always bool) {
	switch {
	case strings.HasPrefix(model, "magistral-"):
		return false, true
	case model == "mistral-small-latest", model == "mistral-medium-3", model == "mistral-medium-3-5", model == "mistral-medium-3.5":
		return true, false
	}
	for _, size := range []string{"mistral-small-", "mistral-medium-"} {
		if date, ok := strings.CutPrefix(model, size); ok && isDate(date) && date >= "2603" {
			return true, false
		}
	}
	return false, false
}

// mistral says in Mistral's words what a request says in OpenAI's.
func (w *wireRequest) mistral(drop func(name string)) {
	w.RandomSeed, w.Seed = w.Seed, nil
	w.StreamOptions, w.User = nil, "" // usage comes in every stream
	if w.ToolChoice == "required" {
		w.ToolChoice = "any"
	}
	const hottest = 1.5
	if w.Temperature != nil && *w.Temperature > hottest {
		drop(dialect.ParamTemperature + " (lowered to 1.5)")
		w.Temperature = new(hottest)
	}
	takes, always := mistralThinks(w.Model)
	w.mistralEffort(takes, always, drop)
	for i := range w.Messages {
		w.Messages[i].mistral(takes || always, drop)
	}
	if last := len(w.Messages) - 1; last >= 0 && w.Messages[last].Role == dialect.RoleAssistant && len(w.Messages[last].ToolCalls) == 0 {
		w.Messages[last].Prefix = true // else the end must be the user's
	}
}

func (w *wireRequest) mistralEffort(takes, always bool, drop func(name string)) {
	const high = "high"
	wanted := w.ReasoningEffort
	w.ReasoningEffort = ""
	switch {
	case wanted == "":
	case takes && (wanted == effortNone || wanted == high):
		w.ReasoningEffort = wanted
	case takes:
		w.ReasoningEffort = high
		drop(dialect.ParamEffort + " (" + high + " for " + wanted + ")")
	case always == (wanted == effortNone): // thinks, or does not, against the caller's word
		drop(dialect.ParamEffort)
	}
}

// mistral leaves out of a message what Mistral has no field for; thoughts and a
// refusal become parts of the content.
func (m *outMessage) mistral(thinks bool, drop func(name string)) {
	if m.Name != "" {
		drop("messages[].name")
		m.Name = ""
	}
	var parts []outPart
	if m.Reasoning != "" && thinks {
		parts = append(parts, outPart{Type: "thinking", Thinking: []outText{{"text", m.Reasoning}}})
	} else if m.Reasoning != "" {
		drop("messages[].reasoning_content")
	}
	switch content := m.Content.(type) {
	case string:
		if content != "" {
			parts = append(parts, outPart{Type: "text", Text: &content})
		}
	case []outPart:
		for _, p := range content {
			parts = append(parts, p.mistral())
		}
	}
	if refusal := m.Refusal; refusal != "" {
		parts = append(parts, outPart{Type: "text", Text: &refusal})
	}
	m.Reasoning, m.Refusal = "", ""
	m.Content = contentOut(parts, len(m.ToolCalls) > 0)
	m.ToolCallID = mistralID(m.ToolCallID)
	for i := range m.ToolCalls {
		m.ToolCalls[i].ID = mistralID(m.ToolCalls[i].ID)
	}
}

// mistral puts a document where Mistral looks for it.
func (p outPart) mistral() outPart {
	if p.File == nil {
		return p
	}
	return outPart{Type: "document_url", Document: p.File.Data, DocumentName: p.File.Filename}
}

// mistralID is a tool call's id in the form that Mistral asks for, nine letters
// and digits. One of that form stays; any other becomes the same one wherever it
// stands, so that calls and results still match.
func mistralID(id string) string {
	const length, base = 9, 62
	if id == "" || len(id) == length && strings.IndexFunc(id, notPlain) < 0 {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	text := new(big.Int).SetBytes(sum[:]).Text(base)
	return (text + strings.Repeat("0", length))[:length]
}

// notPlain is true for what is no ASCII letter or digit.
func notPlain(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}
