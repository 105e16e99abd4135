package gateway

import (
	"crypto/sha256"
	"net/url"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// identify finds the app behind the credential. It comes before anything is
// read of the body, so that a stranger costs nothing.
func (g *Gateway) identify(c *Call) error {
	if c.problem != nil && c.problem.Code == hw.CodeNotFound {
		return c.problem
	}
	if c.later != "" {
		return usable(c.key, c.start) // it showed its key when it was deferred
	}
	if c.vouched {
		return g.letIn(c, c.key)
	}
	secret := c.head.secret()
	if secret == "" {
		return hw.Errorf(hw.CodeMissingKey, "This gateway needs an app's key.")
	}
	if len(secret) > maxKeyLen {
		return errInvalidKey()
	}
	key, ok := c.snap.Key(sha256.Sum256([]byte(secret)))
	if !ok {
		return errInvalidKey()
	}
	return g.letIn(c, key)
}

// letIn checks whether a key may be used now, and whether there is room.
func (g *Gateway) letIn(c *Call, key *snapshot.Key) error {
	if err := usable(key, c.start); err != nil {
		return err
	}
	c.key = key
	if c.problem != nil {
		return c.problem
	}
	return g.admit(c)
}

func errInvalidKey() *hw.Error { return hw.Errorf(hw.CodeInvalidKey, "This key is not valid here.") }

// usable checks everything that can take a key out of use.
func usable(key *snapshot.Key, now time.Time) error {
	switch {
	case !key.ExpiresAt.IsZero() && !now.Before(key.ExpiresAt):
		return hw.Errorf(hw.CodeExpiredKey, "This key expired on %s.", key.ExpiresAt.UTC().Format(time.DateOnly))
	case !key.Enabled:
		return hw.Errorf(hw.CodeInvalidKey, "This key is disabled.")
	case !key.App.Enabled:
		return hw.Errorf(hw.CodeForbidden, "App %q is disabled.", key.App.Name)
	case !key.App.Tenant.Enabled:
		return hw.Errorf(hw.CodeForbidden, "Tenant %q is disabled.", key.App.Tenant.Name)
	}
	return nil
}

// secret reads the key from where the vendors' SDKs put it. A client that
// fills in several places gets the first that holds anything.
func (h *Head) secret() string {
	if auth := h.get("Authorization"); auth != "" {
		scheme, token, ok := strings.Cut(auth, " ")
		if ok && strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(token)
		}
	}
	for _, name := range [...]string{"X-Api-Key", "Api-Key", "X-Goog-Api-Key"} {
		if value := h.get(name); value != "" {
			return value
		}
	}
	query, err := url.ParseQuery(h.Query)
	if err != nil {
		return ""
	}
	return query.Get(queryKey)
}

// queryKey is the parameter in which Google's clients may send the key.
const queryKey = "key"
