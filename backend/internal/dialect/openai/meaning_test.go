package openai_test

import (
	"cmp"
	"encoding/json"
	"slices"

	"headwater/backend/internal/dialect"
)

// meaning is a request as text without what this dialect says in another way:
// marks for caching, names on tool results, and what stands for a default.
func meaning(req *dialect.Request) string {
	r := *req
	r.Unmapped, r.StreamUsage, r.ShowThoughts, r.TopK, r.InputType = nil, false, nil, nil, ""
	r.Encoding = ""
	r.Messages = slices.Clone(r.Messages)
	for i := range r.Messages {
		m := &r.Messages[i]
		if m.Role == dialect.RoleTool {
			m.Name = ""
		}
		m.Parts = meaningful(m.Parts)
	}
	r.Tools = slices.Clone(r.Tools)
	for i := range r.Tools {
		r.Tools[i].CacheControl = nil
		if r.Tools[i].Schema == nil {
			r.Tools[i].Schema = json.RawMessage(`{"type":"object","properties":{}}`)
		}
	}
	switch tokens := r.ThinkingTokens; {
	case r.Effort != "" || tokens == 0:
	case tokens <= 2048:
		r.Effort = "low"
	case tokens <= 8192:
		r.Effort = "medium"
	default:
		r.Effort = "high"
	}
	r.ThinkingTokens = 0
	switch r.Format.Kind {
	case "text":
		r.Format.Kind = ""
	case "schema":
		r.Format.Name = cmp.Or(r.Format.Name, "answer")
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// meaningful are the parts that say something, without marks for caching.
func meaningful(parts []dialect.Part) []dialect.Part {
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].CacheControl, parts[i].Citations, parts[i].Sealed = nil, nil, false
		if parts[i].Kind == dialect.PartDocument {
			parts[i].Filename = ""
		}
	}
	return slices.DeleteFunc(parts, func(p dialect.Part) bool { return p.Kind == dialect.PartText && p.Text == "" })
}

// split tells where two texts begin to differ.
func split(a, b string) (left, right string) {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	from := max(0, at-100)
	return a[from:min(len(a), at+100)], b[from:min(len(b), at+100)]
}
