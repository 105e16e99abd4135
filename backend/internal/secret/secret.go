// Package secret seals the values that must not be readable in the database:
// the provider keys. Each value is encrypted with a data key of its own, and
// the data key with a key from a file that is kept outside the database.
//
// It deliberately knows neither documents nor the database, and hashes no
// passwords. Its one invariant: a value opens only for the owner it was sealed
// for, so a sealed text that is moved to another document is worth nothing.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Sizes of keys, in bytes.
const (
	rootBytes = 32 // what the key file holds
	keyBytes  = 32 // AES-256 and the audit key
)

// maxPlain bounds what one value may hold. Unit: bytes. A provider key is a few
// hundred bytes; the largest are the requests of deferred calls and the
// conversations of kept answers.
const maxPlain = 40 << 20

// format is the first part of every sealed text: AES-256-GCM, nonce in front.
const format = "v1"

// Errors of Open and Seal. Neither names the value.
var (
	// ErrUnknownKey says that the key file does not hold the key a value was
	// sealed with: it is not the file that belongs to this database.
	ErrUnknownKey = errors.New("sealed with a key that is not in the key file")
	// ErrDamaged says that a sealed text was changed, cut short, or belongs to
	// another owner; the cipher cannot tell these apart.
	ErrDamaged = errors.New("sealed value is damaged or belongs to another owner")
)

// Box seals and opens values. It is safe for concurrent use and never changes.
type Box struct {
	// current seals; every key of wrap opens.
	current string
	// wrap holds the ciphers around the data keys, by key id.
	wrap  map[string]cipher.AEAD
	audit []byte
}

// newBox derives the working keys from the roots of the key file.
func newBox(f keyFile) (*Box, error) {
	b := &Box{current: f.seals[0].id, wrap: make(map[string]cipher.AEAD, len(f.seals))}
	for _, root := range f.seals {
		// The key id is part of the derivation, so equal roots under two names
		// still give two keys.
		key, err := hkdf.Key(sha256.New, root.key, nil, "headwater wrap "+root.id, keyBytes)
		if err != nil {
			return nil, fmt.Errorf("deriving key %s: %w", root.id, err)
		}
		if b.wrap[root.id], err = newAEAD(key); err != nil {
			return nil, err
		}
	}
	audit, err := hkdf.Key(sha256.New, f.audit, nil, "headwater audit head", keyBytes)
	if err != nil {
		return nil, fmt.Errorf("deriving the audit key: %w", err)
	}
	b.audit = audit
	return b, nil
}

// Seal encrypts plain for an owner, such as "credential|crd_…|secret". The
// result is text without spaces or quotes and carries the id of its key.
func (b *Box) Seal(plain []byte, owner string) (string, error) {
	if owner == "" {
		return "", errors.New("sealing a value: the owner is empty")
	}
	if len(plain) > maxPlain {
		return "", fmt.Errorf("sealing a value: %d bytes are more than the %d allowed", len(plain), maxPlain)
	}
	dataKey := make([]byte, keyBytes)
	rand.Read(dataKey) // never fails: it ends the process when there is no randomness
	data, err := newAEAD(dataKey)
	if err != nil {
		return "", err
	}
	wrapped := b.wrap[b.current].Seal(nil, nil, dataKey, wrapOwner(b.current, owner))
	sealed := data.Seal(nil, nil, plain, []byte(owner))
	return strings.Join([]string{format, b.current, encode(wrapped), encode(sealed)}, "."), nil
}

// Open decrypts what Seal made for the same owner. Its error wraps
// ErrUnknownKey or ErrDamaged.
func (b *Box) Open(sealed, owner string) ([]byte, error) {
	parts := strings.SplitN(sealed, ".", 4)
	if len(parts) != 4 || parts[0] != format {
		return nil, ErrDamaged
	}
	wrap, known := b.wrap[parts[1]]
	if !known {
		return nil, fmt.Errorf("key %.40q: %w", parts[1], ErrUnknownKey)
	}
	wrapped, err := decode(parts[2])
	if err != nil {
		return nil, ErrDamaged
	}
	body, err := decode(parts[3])
	if err != nil {
		return nil, ErrDamaged
	}
	dataKey, err := wrap.Open(nil, nil, wrapped, wrapOwner(parts[1], owner))
	if err != nil {
		return nil, ErrDamaged
	}
	data, err := newAEAD(dataKey)
	if err != nil {
		return nil, ErrDamaged
	}
	plain, err := data.Open(nil, nil, body, []byte(owner))
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

// AuditKey is the key that signs the head of the audit chain: 32 bytes, the
// same for as long as the key file keeps its audit line, whatever happens to
// the sealing keys.
func (b *Box) AuditKey() []byte { return append([]byte(nil), b.audit...) }

// String keeps the keys out of logs and messages.
func (b *Box) String() string { return "secret box, key " + b.current }

// GoString keeps the keys out of %#v.
func (b *Box) GoString() string { return b.String() }

// newAEAD is AES-256-GCM that draws a random nonce itself and puts it in front.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("preparing AES: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("preparing GCM: %w", err)
	}
	return aead, nil
}

// wrapOwner binds a wrapped data key to its key id as well as to its owner.
func wrapOwner(id, owner string) []byte { return []byte(format + "|" + id + "|" + owner) }

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decode is strict: a text has one spelling only, so a changed bit in the last
// character is found.
func decode(s string) ([]byte, error) { return base64.RawURLEncoding.Strict().DecodeString(s) }
