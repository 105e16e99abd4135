package gateway

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// The bounds of the header fields that are kept of a deferred call. What a
// listener takes fits in them.
const (
	maxKeptFields = 200
	maxKeptHead   = 32 << 10
)

// keptFirst are the fields that a dialect reads; they have the first place.
var keptFirst = []string{"Content-Type", "Anthropic-Version", "Anthropic-Beta"}

// keeps reports whether a field may be kept: no credential, and nothing that
// would bound or break the answer that comes later.
func keeps(name string) bool {
	return !hw.SecretHeader(name) && name != deadlineHeader && name != drillHeader
}

// keptHead writes down the header fields of a call, a line for each value, so
// that conditions, strategies and its dialect see them again later. They are the
// caller's own words: they are sealed with the body.
func keptHead(header dialect.Header) []byte {
	var out []byte
	fields := 0
	put := func(name string) {
		for _, value := range header[name] {
			if fields < maxKeptFields && len(out)+len(name)+len(value)+2 <= maxKeptHead && !strings.ContainsAny(name+value, "\r\n") {
				out = append(append(append(append(out, name...), ':'), value...), '\n')
				fields++
			}
		}
	}
	for _, name := range keptFirst {
		put(name)
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if keeps(name) && !slices.Contains(keptFirst, name) {
			put(name)
		}
	}
	return out
}

// openKept takes apart what was kept of a deferred call.
func openKept(d *hw.Deferred, kept []byte) (dialect.Header, []byte) {
	header := dialect.Header{}
	if d.HeadBytes < 0 || d.HeadBytes > len(kept) {
		return header, kept
	}
	for line := range bytes.Lines(kept[:d.HeadBytes]) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), ":"); ok {
			header[name] = append(header[name], value)
		}
	}
	return header, kept[d.HeadBytes:]
}
