// Package tokens estimates how many tokens a request or an answer has, where no
// provider has counted them.
//
// It counts with OpenAI's o200k vocabulary, which is compiled in: exact for
// OpenAI's models of 2024 and later, near for others. It asks nobody. Its one
// invariant: the work is bounded, however long a text is.
package tokens

import (
	"iter"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tiktoken-go/tokenizer"

	"headwater/backend/internal/dialect"
)

// What is added for the parts of a request that are no text. Source: OpenAI's
// guides on counting tokens and on vision (2025): three tokens for each
// message and for the begin of the answer, 765 for an image of 1024 x 1024.
const (
	perMessage  = 3
	perAnswer   = 3
	perTool     = 8
	perImage    = 765
	perDocument = 2000
)

// The bounds of exact work: a longer text is counted in samples.
const (
	maxExact   = 32 << 10
	samples    = 4
	sampleSize = maxExact / samples
	// maxBlank is the longest run of white space that is counted in one: what the
	// vocabulary's pattern takes for it grows with the square of its length. The
	// longest token of white space is half of it. Unit: runes.
	maxBlank = 256
)

var codec = sync.OnceValue(func() tokenizer.Codec {
	c, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		panic("bug: the vocabulary is compiled in: " + err.Error())
	}
	return c
})

// Text counts the tokens of a text: exactly up to 32 KiB, from samples above.
func Text(s string) int64 {
	if len(s) <= maxExact {
		return exact(s)
	}
	var counted, taken int64
	for i := range samples {
		from := i * (len(s) - sampleSize) / (samples - 1)
		piece := strings.ToValidUTF8(s[from:from+sampleSize], "")
		counted += exact(piece)
		taken += int64(len(piece))
	}
	return counted * int64(len(s)) / max(taken, 1)
}

func exact(s string) (n int64) {
	for piece := range pieces(s) {
		n += count(piece)
	}
	return n
}

// pieces cuts a text inside its long white space; see maxBlank.
func pieces(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		from, blank := 0, 0
		for at, r := range s {
			if !unicode.IsSpace(r) {
				blank = 0
				continue
			}
			if blank++; blank < maxBlank {
				continue
			}
			end := at + utf8.RuneLen(r)
			if !yield(s[from:end]) {
				return
			}
			from, blank = end, 0
		}
		yield(s[from:])
	}
}

func count(s string) int64 {
	n, err := codec().Count(s)
	if err != nil { // never for a text; its runes are a bound
		return int64(utf8.RuneCountInString(s))
	}
	return int64(n)
}

// Request estimates the tokens that a request takes in at a model that is not
// known.
func Request(req *dialect.Request) int64 { return others.Request(req) }

// textOf is all the text of a request, and the tokens of what is no text.
func textOf(req *dialect.Request) (text string, fixed int64) {
	var all strings.Builder
	for i := range req.Messages {
		fixed += perMessage
		all.WriteString(req.Messages[i].Name)
		fixed += parts(&all, req.Messages[i].Parts)
	}
	for i := range req.Tools {
		t := &req.Tools[i]
		all.WriteString(t.Name)
		all.WriteString(t.Description)
		all.Write(t.Schema)
	}
	for _, text := range req.Input {
		all.WriteString(text)
		all.WriteByte('\n')
	}
	all.Write(req.Format.Schema)
	return all.String(), fixed
}

// parts adds the texts of parts to all and gives the tokens of the rest.
func parts(all *strings.Builder, list []dialect.Part) (n int64) {
	for i := range list {
		p := &list[i]
		switch p.Kind {
		case dialect.PartImage:
			n += perImage
		case dialect.PartDocument, dialect.PartAudio, dialect.PartVideo:
			n += perDocument
		case dialect.PartToolCall:
			all.WriteString(p.Call.Name)
			all.WriteString(p.Call.Args)
		default:
			all.WriteString(p.Text)
		}
		all.WriteByte('\n')
		n += parts(all, p.Media)
	}
	return n
}
