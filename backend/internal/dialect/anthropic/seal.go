package anthropic

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// sealMark begins every seal. No signature of Anthropic's looks like it: those
// are base64, which has no dot.
const sealMark = "hw1."

// What a seal proves besides the reasoning block it stands on.
const (
	sealOfText = "text"
	sealOfCall = "call"
)

// seal carries another vendor's proof through a caller who speaks this dialect
// and sends the assistant's blocks back as they were. The proof of a reasoning
// stands where Anthropic's own would: in the signature of a thinking block, or
// as the data of a redacted_thinking block where there is no text. Texts and
// tool calls have no place for one, so theirs stands in a redacted_thinking
// block of its own: one type that every client keeps and none shows.
type seal struct {
	Signer    string `json:"-"`
	Of        string `json:"of,omitempty"`
	Call      string `json:"call,omitempty"`
	Signature string `json:"signature,omitempty"`
	Data      string `json:"data,omitempty"`
	ID        string `json:"id,omitempty"`
}

// text is mark, signer and the fields, e.g. "hw1.gemini.eyJ…".
func (s seal) text() string {
	return sealMark + s.Signer + "." + base64.RawURLEncoding.EncodeToString(mustJSON(s))
}

// isSeal reports whether a signature or data was made by seal.text. Even a
// broken one is no proof that Anthropic would take.
func isSeal(text string) bool { return strings.HasPrefix(text, sealMark) }

// unseal reads a seal; one that is broken proves nothing.
func unseal(text string) seal {
	signer, packed, _ := strings.Cut(strings.TrimPrefix(text, sealMark), ".")
	raw, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil {
		return seal{}
	}
	var s seal
	if json.Unmarshal(raw, &s) != nil {
		return seal{}
	}
	s.Signer = signer
	return s
}

// isForeign reports whether a proof is another vendor's. One whose vendor is
// not known is taken for Anthropic's.
func isForeign(signer string) bool { return signer != "" && signer != dialect.SignerAnthropic }

// sealed is the proof of a reasoning as the caller gets it: Anthropic's as it
// is, another vendor's sealed. Empty when there is none.
func sealed(signer, signature, data, id string) string {
	switch {
	case !isForeign(signer):
		return signature + data // never both
	case signature+data+id == "":
		return ""
	}
	return seal{Signer: signer, Signature: signature, Data: data, ID: id}.text()
}

// reasoning is the part that a thinking or redacted_thinking block stands for.
func reasoningOf(text, signature, data string) dialect.Part {
	p := dialect.Part{Kind: dialect.PartReasoning, Text: text}
	switch {
	case isSeal(signature) || isSeal(data):
		s := unseal(signature + data)
		p.Signature, p.Data, p.ID = s.Signature, s.Data, s.ID
		if p.Signature+p.Data+p.ID != "" {
			p.Signer, p.Sealed = s.Signer, true
		}
	case signature+data != "":
		p.Signature, p.Data, p.Signer = signature, data, dialect.SignerAnthropic
	}
	return p
}

// mediaText is how a caller gets an image or a sound that the model made: the
// dialect has no block for it, and Markdown is what its clients show. The text
// is recognised when it comes back, so it never costs its length in tokens.
func mediaText(p *dialect.Part) string {
	address := p.URL
	if p.Data != "" {
		address = "data:" + p.MIME + ";base64," + p.Data
	}
	if p.Kind == dialect.PartImage {
		return "![image](" + address + ")"
	}
	return "[" + string(p.Kind) + "](" + address + ")"
}

// readMediaText recognises the text that mediaText makes of data.
func readMediaText(text string) (dialect.Part, bool) {
	for _, row := range []struct {
		open string
		kind dialect.PartKind
	}{
		{"![image](data:", dialect.PartImage},
		{"[audio](data:", dialect.PartAudio},
		{"[video](data:", dialect.PartVideo},
	} {
		rest, ok := strings.CutPrefix(text, row.open)
		if !ok {
			continue
		}
		kind, data, ok := strings.Cut(rest, ";base64,")
		data, closed := strings.CutSuffix(data, ")")
		if ok && closed && data != "" && !strings.ContainsAny(data, "() \n") {
			return dialect.Part{Kind: row.kind, MIME: kind, Data: data}, true
		}
	}
	return dialect.Part{}, false
}

// mustJSON renders values of our own types, which always can be.
func mustJSON(v any) []byte {
	text, err := marshal(v)
	if err != nil {
		panic("bug: rendering our own JSON: " + err.Error())
	}
	return text
}

// readCitations reads the citations of a text; what is none of them is skipped.
func readCitations(raw json.RawMessage) []dialect.Citation {
	var out []dialect.Citation
	for element := range peek.Elements(raw) {
		if c, ok := readCitation(element); ok {
			out = append(out, c)
		}
	}
	return out
}

// readCitation reads one citation, of a web page, a search result or a
// document; false when it names no source.
func readCitation(raw []byte) (dialect.Citation, bool) {
	fields := [...]peek.Field{
		{Key: "url"}, {Key: "source"}, {Key: "title"}, {Key: "document_title"}, {Key: "cited_text"},
	}
	if len(raw) == 0 || peek.Object(raw, fields[:]) != nil {
		return dialect.Citation{}, false
	}
	first := func(a, b int) string {
		if s, ok := peek.String(fields[a].Raw(raw)); ok {
			return s
		}
		s, _ := peek.String(fields[b].Raw(raw))
		return s
	}
	c := dialect.Citation{URL: first(0, 1), Title: first(2, 3)}
	c.Cited, _ = peek.String(fields[4].Raw(raw))
	return c, c != dialect.Citation{}
}
