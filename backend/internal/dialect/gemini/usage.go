package gemini

import (
	"bytes"
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
	// in and out are the tokens that are counted apart; cached are those of
	// sound and pictures that a cache gave.
	in, out, cached apart
}

// apart counts the tokens of sound and of pictures.
type apart struct{ audio, image int64 }

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
	// Every chunk has such details, and most are of text only.
	if bytes.Contains(raw, modalityAudio) || bytes.Contains(raw, modalityImage) {
		c.split(raw)
	}
	return told
}

// The modalities as they stand in JSON text; never written to.
var modalityAudio, modalityImage = []byte(`"AUDIO"`), []byte(`"IMAGE"`)

// split reads the details of a report.
func (c *counter) split(raw []byte) {
	fields := [...]peek.Field{{Key: "promptTokensDetails"}, {Key: "candidatesTokensDetails"}, {Key: "cacheTokensDetails"}}
	if peek.Object(raw, fields[:]) != nil {
		return
	}
	for i, to := range [...]*apart{&c.in, &c.out, &c.cached} {
		if !fields[i].IsNull(raw) {
			*to = readDetails(fields[i].Raw(raw))
		}
	}
}

func readDetails(list []byte) (a apart) {
	for detail := range peek.Elements(list) {
		fields := [...]peek.Field{{Key: "modality"}, {Key: "tokenCount"}}
		if peek.Object(detail, fields[:]) != nil {
			continue
		}
		n, _ := countOf(fields[1].Raw(detail))
		switch kind, _ := peek.String(fields[0].Raw(detail)); kind {
		case "AUDIO":
			a.audio += n
		case "IMAGE":
			a.image += n
		}
	}
	return a
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
		AudioIn:      max(c.in.audio-c.cached.audio, 0),
		ImageIn:      max(c.in.image-c.cached.image, 0),
		AudioOut:     c.out.audio,
		ImageOut:     c.out.image,
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
