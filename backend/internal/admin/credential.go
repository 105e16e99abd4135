package admin

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"

	"headwater/backend/hw"
	"headwater/backend/internal/keyform"
)

// shortSecret is the length below which the last four characters of a secret
// say too much of it. Unit: characters.
const shortSecret = 16

// CredentialOwner is whom a credential's secret is sealed for. Whoever opens
// one must give the same.
func CredentialOwner(id string) string { return "credential|" + id + "|secret" }

// prepareCredential seals the secret that came in, or keeps the one that is there.
func prepareCredential(s *Service, e *edit) error {
	if e.after == nil {
		return nil
	}
	after := e.after.(*hw.Credential)
	after.Last4 = ""
	if before, ok := e.before.(*hw.Credential); ok {
		after.Last4 = before.Last4
	}
	if e.secret == "" {
		return nil
	}
	// A key is pasted from a web page or a terminal; the line end that comes
	// with it would break the header it is sent in.
	plain := keyform.OneLine(strings.TrimSpace(e.secret))
	if plain == "" || strings.ContainsFunc(plain, unicode.IsControl) {
		return hw.Invalid([]hw.Problem{{Field: "secret", Text: "must be text without control characters"}})
	}
	sealed, err := s.cfg.Secrets.Seal([]byte(plain), CredentialOwner(after.ID))
	if err != nil {
		return fmt.Errorf("sealing the secret of credential %q: %w", after.Name, err)
	}
	after.Sealed, after.Last4 = sealed, lastFour(plain)
	return nil
}

// lastFour are the characters by which a person tells a secret from others: of
// the id that it carries, where it carries one; those of a short secret are not
// shown.
func lastFour(plain string) string {
	shown := cmp.Or(keyform.PublicID(plain), plain)
	if len(shown) < shortSecret {
		return ""
	}
	return shown[len(shown)-4:]
}

// sameSecret reports whether a credential already holds a secret.
func (s *Service) sameSecret(c *hw.Credential, secret string) bool {
	plain, err := s.cfg.Secrets.Open(c.Sealed, CredentialOwner(c.ID))
	return err == nil && string(plain) == keyform.OneLine(strings.TrimSpace(secret))
}

// shownCredential leaves the sealed secret behind.
func shownCredential(d hw.Document) hw.Document {
	c := *d.(*hw.Credential)
	c.Sealed = ""
	return &c
}
