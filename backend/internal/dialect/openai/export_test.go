package openai

import "headwater/backend/internal/dialect"

// Careful makes a reader that decodes each chunk in full.
func Careful(op dialect.Operation) dialect.Decoder {
	return &decoder{endpoint: op.Endpoint, careful: true}
}

// Scans reports whether a chunk of a stream that has begun is read by a scan.
func Scans(data []byte) bool { return new(room).scan(data) }

// Scanned are the structures that a scan fills, with the keys it knows of each.
var Scanned = []struct {
	Of   any
	Keys []string
}{
	{wireAnswer{}, chunkKeys},
	{wireChoice{}, choiceKeys},
	{wireMessage{}, deltaKeys},
	{wireToolCall{}, callKeys},
	{wireFunction{}, functionKeys},
}
