package cohere

import (
	"encoding/json"

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

// citations are those of the content block with an index.
func (m *said) citations(index int) []dialect.Citation {
	var all []dialect.Citation
	for i := range m.Citations {
		if c := &m.Citations[i]; m.block(c) == index {
			all = append(all, c.neutral()...)
		}
	}
	return all
}

// block is the index of the block that a citation is for: without one, as
// models that do not think send it, the first that is text.
func (m *said) block(c *rawCitation) int {
	if c.Index < len(m.Content) && c.Index > 0 {
		return c.Index
	}
	for i := range m.Content {
		if m.Content[i].Text != "" {
			return i
		}
	}
	return -1
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
