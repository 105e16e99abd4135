package gemini

import (
	"strconv"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// The counts of a usage report, by their places in a counter.
const (
	countPrompt = iota
	countToolUse
	countCandidates
	countThoughts
	countCached
	countTotal
	counts
)

// counter puts the usage reports of one answer together. Each is cumulative, but
// one may leave out a count that an earlier one had: that stays.
type counter struct {
	n    [counts]int64
	told bool
}

// add takes a raw usage object; false when it counts nothing.
func (c *counter) add(raw []byte) bool {
	fields := [counts]peek.Field{
		countPrompt:     {Key: "promptTokenCount"},
		countToolUse:    {Key: "toolUsePromptTokenCount"},
		countCandidates: {Key: "candidatesTokenCount"},
		countThoughts:   {Key: "thoughtsTokenCount"},
		countCached:     {Key: "cachedContentTokenCount"},
		countTotal:      {Key: "totalTokenCount"},
	}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, fields[:]) != nil {
		return false
	}
	told := false
	for i := range fields {
		if n, ok := countOf(fields[i].Raw(raw)); ok {
			c.n[i], told = n, true
		}
	}
	c.told = c.told || told
	return told
}

// countOf reads a count, which Google's JSON may also write as text.
func countOf(raw []byte) (int64, bool) {
	if text, quoted := peek.String(raw); quoted {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	return peek.Int(raw)
}

// usage counts as OpenAI does; nil when nothing was reported. Google counts
// thoughts beside the output, and what its tools read beside the prompt.
func (c *counter) usage() *dialect.Usage {
	if !c.told {
		return nil
	}
	u := &dialect.Usage{
		In:           c.n[countPrompt] + c.n[countToolUse],
		Out:          c.n[countCandidates] + c.n[countThoughts],
		CachedIn:     c.n[countCached],
		ReasoningOut: c.n[countThoughts],
	}
	if u.In == 0 { // the total may be all that is told
		u.In = max(c.n[countTotal]-u.Out, 0)
	}
	return u
}

// readUsage reads a single report; nil when it counts nothing.
func readUsage(raw []byte) *dialect.Usage {
	var c counter
	c.add(raw)
	return c.usage()
}
