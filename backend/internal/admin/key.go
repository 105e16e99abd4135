package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"math/big"
	"strings"

	"headwater/backend/hw"
)

// The shape of a key: a prefix that scanners of leaked secrets can look for,
// random characters, and a check sum that tells a typing error from a key that
// was deleted. 30 characters of base62 are 178 bits.
const (
	keyPrefix      = "hw_"
	keyRandomChars = 30
	keySumChars    = 6
	base62         = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// prepareKey makes the secret of a new key that came without a hash. A key's
// secret never changes: a new secret is a new key.
func prepareKey(_ *Service, e *edit) error {
	if e.after == nil {
		return nil
	}
	after := e.after.(*hw.Key)
	if before, ok := e.before.(*hw.Key); ok {
		if after.SecretSHA256 != before.SecretSHA256 {
			return hw.Invalid([]hw.Problem{{Field: "secret_sha256", Text: "cannot be changed; create a new key and delete this one"}})
		}
		after.Last4 = before.Last4
		return nil
	}
	if after.SecretSHA256 != "" {
		return nil
	}
	e.reveal = newKeySecret()
	sum := sha256.Sum256([]byte(e.reveal))
	after.SecretSHA256 = hex.EncodeToString(sum[:])
	after.Last4 = e.reveal[len(e.reveal)-4:]
	return nil
}

// newKeySecret returns a whole new key.
func newKeySecret() string {
	var b strings.Builder
	b.WriteString(keyPrefix)
	for range keyRandomChars {
		b.WriteByte(base62[randomBelow(int64(len(base62)))])
	}
	return b.String() + keySum(b.String())
}

// keySum is the CRC-32 (IEEE) of what precedes it, in base62.
func keySum(text string) string {
	n := crc32.ChecksumIEEE([]byte(text))
	sum := make([]byte, keySumChars)
	for i := len(sum) - 1; i >= 0; i-- {
		sum[i] = base62[n%uint32(len(base62))]
		n /= uint32(len(base62))
	}
	return string(sum)
}

// randomBelow returns a number without bias. crypto/rand does not fail.
func randomBelow(n int64) int64 {
	v, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		panic("bug: no randomness: " + err.Error())
	}
	return v.Int64()
}
