package cohere

import (
	"encoding/json"
	"slices"

	"headwater/backend/internal/dialect"
)

// rawCitation is a passage of the answer and its sources.
type rawCitation struct {
	Start   int       `json:"start"`
	End     int       `json:"end"`
	Index   int       `json:"content_index"`
	Type    looseText `json:"type"`
	Sources []source  `json:"sources"`
}

// source is a document or the output of a tool: fields of the caller's choice.
type source struct {
	ID       looseText                  `json:"id"`
	Document map[string]json.RawMessage `json:"document"`
	Output   map[string]json.RawMessage `json:"tool_output"`
}

// cited are the citations by the index of the content block they are for:
// without one, as models that do not think send it, the first that is text.
func (m *said) cited() map[int][]dialect.Citation {
	first := slices.IndexFunc(m.Content, func(c content) bool { return c.Text != "" })
	all := map[int][]dialect.Citation{}
	for i := range m.Citations {
		c := &m.Citations[i]
		at := first
		if c.Index < len(m.Content) && c.Index > 0 {
			at = c.Index
		}
		all[at] = append(all[at], c.neutral()...)
	}
	return all
}

// neutral gives one citation a source; none for those of a plan or of thoughts,
// which are not the text.
func (c *rawCitation) neutral() []dialect.Citation {
	if c.Type != "" && c.Type != "TEXT_CONTENT" {
		return nil
	}
	all := make([]dialect.Citation, 0, len(c.Sources))
	for i := range c.Sources {
		s := &c.Sources[i]
		fields := s.Document
		if fields == nil {
			fields = s.Output
		}
		title := first(fields, "title", "name")
		if title == "" {
			title = string(s.ID)
		}
		all = append(all, dialect.Citation{
			URL: first(fields, "url"), Title: title, Cited: first(fields, "text", "snippet", "content"), Start: c.Start, End: c.End,
		})
	}
	return all
}

// first is the first of the named fields that is a text.
func first(fields map[string]json.RawMessage, names ...string) string {
	for _, name := range names {
		var text string
		if json.Unmarshal(fields[name], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}
