package admin

import (
	"encoding/json"
	"strings"

	"github.com/alexedwards/argon2id"

	"headwater/backend/hw"
)

// KeySumOK reports whether a key ends in the check sum of what precedes it.
func KeySumOK(key string) bool {
	cut := len(key) - keySumChars
	return cut > 0 && keySum(key[:cut]) == key[cut:]
}

// Throttle lets a test drive the brake by itself.
type Throttle struct{ throttle }

// Check is throttle.check.
func (t *Throttle) Check(name string) error { return t.check(name) }

// Failed is throttle.failed.
func (t *Throttle) Failed(name string) { t.failed(name) }

// Len is how many names are remembered.
func (t *Throttle) Len() int { return len(t.names) }

// WriteYAML writes one document as a file.
func WriteYAML(noun string, body json.RawMessage) (string, error) {
	return writeBundle([]bundleList{{noun: noun, items: []json.RawMessage{body}}})
}

// ReadYAML reads the documents of a file.
func ReadYAML(text string) ([]json.RawMessage, error) {
	b, err := readBundle(text)
	var bodies []json.RawMessage
	for _, item := range b.items {
		bodies = append(bodies, item.body)
	}
	return bodies, err
}

// Decode reads a new document.
func Decode(kind hw.Kind, body json.RawMessage) (hw.Document, error) {
	e, _, err := decodeEdit(rowOf(kind), nil, fields{}, body)
	return e.after, err
}

// CheapPasswords makes hashing quick, for tests of something else.
func CheapPasswords(s *Service) {
	s.passwords.params = &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	s.passwords.decoy = strings.Replace(s.passwords.decoy, "m=47104", "m=8", 1)
}
