package anthropic

import "headwater/backend/internal/dialect"

// Careful makes a reader that decodes each event in full.
func Careful() dialect.Decoder { return &decoder{careful: true} }

// Scans reports whether an event is read by a scan.
func Scans(data []byte) bool { return new(event).scan(data) }

// Scanned are the structures that a scan fills, with the keys it knows of each.
var Scanned = []struct {
	Of   any
	Keys []string
}{{event{}, eventKeys}, {delta{}, deltaKeys}}
