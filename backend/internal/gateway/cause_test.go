package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// No waiting mends a key or an account: the caller is not told to come back.
func TestABadKeyHereAndNoCreditThere(t *testing.T) {
	r := newRig(t)
	r.misbehave(r.primary, "auth")
	r.misbehave(r.spare, "quota")
	got := r.chat("fast")
	if got.status != http.StatusBadGateway || got.errorField(t, "code") != string(hw.CodeUpstreamAuth) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if after := got.header.Get("Retry-After"); after != "" {
		t.Errorf("Retry-After %q", after)
	}
	message := got.errorField(t, "message")
	for _, want := range []string{"refuse Headwater's credentials or are out of credit", "(auth)", "(quota)"} {
		if !strings.Contains(message, want) {
			t.Errorf("message %q lacks %q", message, want)
		}
	}
	// Later calls find both out of use, and are answered alike.
	if got := r.chat("fast"); got.status != http.StatusBadGateway {
		t.Errorf("then %d %s", got.status, got.body)
	}
}
