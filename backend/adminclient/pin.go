package adminclient

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"strings"

	"headwater/backend/hw"
)

// Fingerprint is how people compare certificates: the SHA-256 of the whole
// certificate, in hex.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// Pinned trusts the one certificate with this fingerprint and no other,
// whoever signed it and whatever name it carries. The fingerprint may have
// colons, spaces, capitals and "sha256:" before it. A certificate with another
// one ends the handshake with an *hw.Error that names both.
func Pinned(fingerprint string) (*tls.Config, error) {
	text := strings.ToLower(strings.TrimSpace(fingerprint))
	text = strings.NewReplacer(":", "", " ", "").Replace(strings.TrimPrefix(text, "sha256:"))
	pin, err := hex.DecodeString(text)
	if err != nil || len(pin) != sha256.Size {
		e := hw.Errorf(hw.CodeBadRequest, "A fingerprint is 64 hexadecimal digits.").At("fingerprint")
		e.Hint = "Copy it from that Headwater's settings, or from `headwater status` there."
		return nil, e
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{"http/1.1"}, // a WebSocket needs it
		// Trust comes from the pin alone, checked below on every handshake.
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection is stricter: exactly one certificate
		VerifyConnection: func(state tls.ConnectionState) error {
			leaf := state.PeerCertificates[0] // a TLS 1.3 server always shows one
			sum := sha256.Sum256(leaf.Raw)
			if subtle.ConstantTimeCompare(sum[:], pin) == 1 {
				return nil
			}
			e := hw.Errorf(hw.CodeForbidden, "This is not the Headwater you know: its certificate is %s, not %s.", Fingerprint(leaf), text)
			e.Hint = "Ask its administrator whether the certificate was renewed. If not, somebody stands in between."
			return e
		},
	}, nil
}
