package appliance_test

import (
	"crypto/sha256"
	"encoding/hex"
)

func sha256Of(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
