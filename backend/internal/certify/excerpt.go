package certify

import (
	"strings"
	"unicode/utf8"

	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// The bounds of what a record repeats of an upstream's words. Unit: bytes.
const (
	maxSeen  = 500
	maxWords = 300
	// maxScanned bounds what is searched for a key.
	maxScanned = 4 << 10
)

// excerpt is what may be shown of an upstream's words: without any part of the key
// that is long enough to be one, and short.
func excerpt(text string, key *snapshot.Credential) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxScanned)], "")
	return cut(strings.TrimSpace(upstream.Hide(text, key)), maxSeen)
}

// cut bounds a text and keeps its last character whole.
func cut(text string, most int) string {
	const more = "…"
	if len(text) <= most {
		return text
	}
	end := most - len(more)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}
