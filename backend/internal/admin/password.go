package admin

import (
	"fmt"

	"github.com/alexedwards/argon2id"
)

// hashParams is argon2id with 46 MiB, one pass, one lane. Source: the OWASP
// password storage recommendations; one hash takes tens of milliseconds.
func hashParams() *argon2id.Params {
	return &argon2id.Params{Memory: 46 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// hashesAtOnce bounds the memory that sign-ins can take: 46 MiB each.
const hashesAtOnce = 2

// hasher hashes and compares passwords, a few at a time.
type hasher struct {
	slots chan struct{}
	// params are those of new hashes; a stored one carries its own.
	params *argon2id.Params
	// decoy is compared against when there is no member, so that an unknown
	// name costs the same time as a wrong password.
	decoy string
}

func (h *hasher) init() {
	h.slots = make(chan struct{}, hashesAtOnce)
	h.params = hashParams()
	// The hash of nothing that can be typed: its salt and key are zeros.
	h.decoy = "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
}

// hash returns the argon2id hash of a password.
func (h *hasher) hash(password string) (string, error) {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	hash, err := argon2id.CreateHash(password, h.params)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return hash, nil
}

// matches compares a password with a hash; an empty hash matches nothing and
// takes as long.
func (h *hasher) matches(password, hash string) bool {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	if hash == "" {
		_, _ = argon2id.ComparePasswordAndHash(password, h.decoy)
		return false
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && match
}
