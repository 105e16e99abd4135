package hw

import (
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// Prefixes of identifiers that are not documents.
const (
	PrefixCall    = "req"
	PrefixChange  = "chg"
	PrefixSession = "ses"
	PrefixJob     = "job"

	PrefixDeferred = "dfr"
	PrefixDrill    = "drl"

	PrefixCapability = "cpr"
)

// NewID returns a fresh, time-ordered identifier: prefix, underscore and a
// UUIDv7 in hex without dashes, e.g. "ups_0199…". It panics only when the
// system has no randomness, which leaves nothing sensible to do.
func NewID(prefix string) string {
	id := uuid.Must(uuid.NewV7())
	buf := make([]byte, 0, len(prefix)+1+2*len(id))
	buf = append(buf, prefix...)
	buf = append(buf, '_')
	return string(hex.AppendEncode(buf, id[:]))
}

// NewIDFor returns a fresh identifier for a document kind.
func NewIDFor(kind Kind) string {
	for _, r := range kindTable() {
		if r.kind == kind {
			return NewID(r.prefix)
		}
	}
	panic("bug: no identifier prefix for kind " + string(kind))
}

// IsID reports whether s looks like an identifier with the given prefix.
func IsID(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(rest) != 32 {
		return false
	}
	_, err := hex.DecodeString(rest)
	return err == nil
}
