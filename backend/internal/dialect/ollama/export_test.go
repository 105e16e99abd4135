package ollama

import "headwater/backend/internal/dialect"

// Careful makes a reader that decodes each line in full.
func Careful() dialect.Decoder { return &decoder{careful: true} }

// Scans reports whether a line of a stream that has begun is read by a scan.
func Scans(data []byte) bool { return new(room).scan(data) }

// Scanned are the structures that a scan fills, with the keys it knows of each.
var Scanned = []struct {
	Of   any
	Keys []string
}{{wireAnswer{}, lineKeys}, {answerMessage{}, messageKeys}}
