package openai

import (
	"encoding/json"
	"unicode/utf8"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// annotation is a note to a text; only sources are carried.
type annotation struct {
	Type string `json:"type"`
	URL  source `json:"url_citation"`
}

// typeCitation is the type of an annotation that names a source.
const typeCitation = "url_citation"

// source is a cited source. Content is beside what OpenAI sends: the passage,
// as several gateways give it.
type source struct {
	URL     string `json:"url"`
	Title   string `json:"title"`
	Start   int    `json:"start_index"`
	End     int    `json:"end_index"`
	Content string `json:"content,omitempty"`
}

// annotationOut renders a source whose text begins at the given character.
func annotationOut(c dialect.Citation, from int) annotation {
	s := source{URL: c.URL, Title: c.Title, Start: c.Start, End: c.End, Content: c.Cited}
	if c.Start != 0 || c.End != 0 {
		s.Start, s.End = s.Start+from, s.End+from
	}
	return annotation{typeCitation, s}
}

// runes counts the characters of a text, which is what citations count.
func runes(text string) int { return utf8.RuneCountInString(text) }

// readAnnotations reads the sources among raw annotations.
func readAnnotations(raw json.RawMessage) []dialect.Citation {
	var out []dialect.Citation
	for element := range peek.Elements(raw) {
		var a struct {
			Type string `json:"type"`
			URL  struct {
				URL     looseText       `json:"url"`
				Title   looseText       `json:"title"`
				Content looseText       `json:"content"`
				Start   json.RawMessage `json:"start_index"`
				End     json.RawMessage `json:"end_index"`
			} `json:"url_citation"`
		}
		if json.Unmarshal(element, &a) != nil || a.Type != typeCitation {
			continue
		}
		start, _ := peek.Int(a.URL.Start)
		end, _ := peek.Int(a.URL.End)
		out = append(out, dialect.Citation{
			URL: string(a.URL.URL), Title: string(a.URL.Title), Cited: string(a.URL.Content), Start: int(start), End: int(end),
		})
	}
	return out
}

// sources are what some upstreams cite beside the choices: a list of
// addresses, and another of what the search found, with titles.
type sources struct {
	Citations json.RawMessage `json:"citations"`
	Results   json.RawMessage `json:"search_results"`
}

// read gives each source once, in the order of its number in the text.
func (s *sources) read() []dialect.Citation {
	if s.Citations == nil && s.Results == nil {
		return nil
	}
	var out []dialect.Citation
	place := map[string]int{}
	add := func(c dialect.Citation) {
		if c.URL == "" {
			return
		}
		if at, known := place[c.URL]; known {
			if out[at].Title == "" {
				out[at].Title, out[at].Cited = c.Title, c.Cited
			}
			return
		}
		place[c.URL] = len(out)
		out = append(out, c)
	}
	for element := range peek.Elements(s.Citations) {
		if url, ok := peek.String(element); ok {
			add(dialect.Citation{URL: url})
		}
	}
	for element := range peek.Elements(s.Results) {
		var r struct {
			URL     looseText `json:"url"`
			Title   looseText `json:"title"`
			Snippet looseText `json:"snippet"`
		}
		if json.Unmarshal(element, &r) == nil {
			add(dialect.Citation{URL: string(r.URL), Title: string(r.Title), Cited: string(r.Snippet)})
		}
	}
	return out
}

// cite adds sources to the first text of the parts; those whose address it
// has already are left out.
func cite(parts []dialect.Part, sources []dialect.Citation) {
	for i := range parts {
		if parts[i].Kind != dialect.PartText {
			continue
		}
		known := map[string]bool{}
		for _, c := range parts[i].Citations {
			known[c.URL] = true
		}
		for _, c := range sources {
			if !known[c.URL] {
				parts[i].Citations = append(parts[i].Citations, c)
			}
		}
		return
	}
}
