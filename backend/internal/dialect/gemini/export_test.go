package gemini

import "headwater/backend/internal/dialect"

// Careful makes a reader that decodes each event in full.
func Careful() dialect.Decoder { return &decoder{careful: true} }

// Scans reports whether an event of a stream that has begun is read by a scan.
func Scans(data []byte) bool { return new(room).scan(data) }

// Scanned are the structures that a scan fills, with the keys it knows of each.
var Scanned = []struct {
	Of   any
	Keys []string
}{
	{answer{}, eventKeys},
	{candidate{}, candidateKeys},
	{candidate{}.Content, contentKeys},
	{part{}, partKeys},
}
