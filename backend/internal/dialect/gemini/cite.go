package gemini

import (
	"strings"
	"unicode/utf8"

	"headwater/backend/internal/dialect"
)

// grounding are the sources of an answer and which of its passages rest on them.
type grounding struct {
	Chunks   []groundingChunk   `json:"groundingChunks,omitempty"`
	Supports []groundingSupport `json:"groundingSupports,omitempty"`
}

type groundingChunk struct {
	Web       *webChunk       `json:"web,omitempty"`
	Retrieved *retrievedChunk `json:"retrievedContext,omitempty"`
}

type webChunk struct {
	URI   string `json:"uri,omitempty"`
	Title string `json:"title,omitempty"`
}

type retrievedChunk struct {
	URI   string `json:"uri,omitempty"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
}

type groundingSupport struct {
	Segment segment `json:"segment"`
	Chunks  []int   `json:"groundingChunkIndices"`
}

// segment is a passage of the answer, in bytes of the text of one part.
type segment struct {
	Part  int    `json:"partIndex,omitempty"`
	Start int    `json:"startIndex,omitempty"`
	End   int    `json:"endIndex,omitempty"`
	Text  string `json:"text,omitempty"`
}

// citationsMeta are the works that an answer recites.
type citationsMeta struct {
	Citations []struct {
		Start int    `json:"startIndex"`
		End   int    `json:"endIndex"`
		URI   string `json:"uri"`
		Title string `json:"title"`
	} `json:"citations"`
}

// source is the neutral form of a source, without its place; false for one that
// names nothing.
func (c *groundingChunk) source() (dialect.Citation, bool) {
	switch {
	case c.Web != nil:
		return dialect.Citation{URL: c.Web.URI, Title: c.Web.Title}, c.Web.URI != ""
	case c.Retrieved != nil:
		r := c.Retrieved
		return dialect.Citation{URL: r.URI, Title: r.Title, Cited: r.Text}, r.URI != "" || r.Title != "" || r.Text != ""
	}
	return dialect.Citation{}, false
}

// citations are the sources of a candidate with the part each belongs to. text
// gives the text of a part, to count in characters what Google counts in bytes.
func (c *candidate) citations(text func(part int) string) []placed {
	var out []placed
	add := func(source dialect.Citation, part, start, end int) {
		s := text(part)
		source.Start, source.End = characters(s, start), characters(s, end)
		out = append(out, placed{part, source})
	}
	c.Grounding.each(add)
	if c.Citations != nil {
		for _, w := range c.Citations.Citations {
			if w.URI != "" || w.Title != "" {
				add(dialect.Citation{URL: w.URI, Title: w.Title}, 0, w.Start, w.End)
			}
		}
	}
	return out
}

// each gives every passage with each of its sources, and then the sources that
// no passage names.
func (g *grounding) each(give func(source dialect.Citation, part, start, end int)) {
	if g == nil {
		return
	}
	used := map[int]bool{}
	for _, support := range g.Supports {
		for _, i := range support.Chunks {
			if i < 0 || i >= len(g.Chunks) {
				continue
			}
			if source, ok := g.Chunks[i].source(); ok {
				used[i] = true
				give(source, support.Segment.Part, support.Segment.Start, support.Segment.End)
			}
		}
	}
	for i := range g.Chunks {
		if source, ok := g.Chunks[i].source(); ok && !used[i] {
			give(source, 0, 0, 0)
		}
	}
}

// placed is a citation and the part of the candidate that it belongs to.
type placed struct {
	part     int
	citation dialect.Citation
}

// cite puts the sources of a whole candidate on its texts. texts maps the places
// of its parts to those of their neutral forms.
func (c *candidate) cite(out *dialect.Choice, texts map[int]int) {
	first := -1
	for i, p := range out.Parts {
		if p.Kind == dialect.PartText {
			first = i
			break
		}
	}
	if first < 0 {
		return
	}
	// Google's partIndex is of the parts as they stand, but it is left out where
	// the answer has one text only, wherever that stands.
	target := func(part int) int {
		if at, ok := texts[part]; ok {
			return at
		}
		return first
	}
	for _, p := range c.citations(func(part int) string { return out.Parts[target(part)].Text }) {
		at := &out.Parts[target(p.part)]
		at.Citations = append(at.Citations, p.citation)
	}
}

// cite gives the sources of a piece of a streamed candidate that were not given
// before: each event may repeat those before it.
func (s *state) cite(dst []dialect.Event, c *candidate) []dialect.Event {
	if c.Grounding == nil && c.Citations == nil {
		return dst
	}
	if s.cited == nil {
		s.cited = map[dialect.Citation]bool{}
	}
	text := string(s.text)
	for _, p := range c.citations(func(int) string { return text }) {
		if s.cited[p.citation] {
			continue
		}
		s.cited[p.citation] = true
		source := p.citation
		dst = append(dst, dialect.Event{Kind: dialect.EventCitation, Choice: s.index, Citation: &source})
	}
	return dst
}

// groundingOf renders citations for a caller; nil when there are none. text is
// that of the i-th part, in which the places of its citations are.
type cited struct {
	part     int
	text     string
	citation dialect.Citation
}

func groundingOf(all []cited) *grounding {
	if len(all) == 0 {
		return nil
	}
	g := &grounding{}
	index := map[dialect.Citation]int{}
	for _, c := range all {
		key := c.citation
		key.Start, key.End = 0, 0
		at, known := index[key]
		if !known {
			at = len(g.Chunks)
			index[key] = at
			g.Chunks = append(g.Chunks, chunkOf(key))
		}
		if c.citation.End > c.citation.Start {
			s := segment{Part: c.part, Start: byteOffset(c.text, c.citation.Start), End: byteOffset(c.text, c.citation.End)}
			s.Text = c.text[s.Start:s.End]
			g.Supports = append(g.Supports, groundingSupport{s, []int{at}})
		}
	}
	return g
}

func chunkOf(c dialect.Citation) groundingChunk {
	if strings.HasPrefix(c.URL, "http://") || strings.HasPrefix(c.URL, "https://") {
		if c.Cited == "" {
			return groundingChunk{Web: &webChunk{c.URL, c.Title}}
		}
	}
	return groundingChunk{Retrieved: &retrievedChunk{c.URL, c.Title, c.Cited}}
}

// characters turns an offset in bytes into one in characters.
func characters(text string, at int) int {
	at = min(max(at, 0), len(text))
	return utf8.RuneCountInString(text[:at])
}

// byteOffset turns an offset in characters into one in bytes.
func byteOffset(text string, at int) int {
	for i := range text {
		if at <= 0 {
			return i
		}
		at--
	}
	return len(text)
}
