package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

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

// A credential that has ended is not refused by anybody, and does not come back by
// itself.
func TestAnExpiredCredentialIsCalledThat(t *testing.T) {
	credential := func(upstream string, ends time.Time) hw.Document {
		return &hw.Credential{Meta: hw.Meta{ID: "crd_" + upstream}, Name: upstream, Upstream: upstream, Sealed: "test-" + upstream, ExpiresAt: ends}
	}
	past, never := time.Now().Add(-time.Hour), time.Time{}
	for _, row := range []struct {
		name, fault    string // of the spare
		primary, spare time.Time
		status         int
		code           hw.Code
		words          []string
		not            string
	}{
		{"all", "ok", past, past, 502, hw.CodeUpstreamAuth, []string{"credentials for the upstreams of fast have expired", "t1 (credential expired), t2 (credential expired)"}, "Next try"},
		{"one, the other refused", "auth", past, never, 502, hw.CodeUpstreamAuth, []string{"refuse Headwater's credentials, or those have expired", "t2 (auth), t1 (credential expired)"}, "Next try"},
		{"one, the other out of credit", "quota", past, never, 502, hw.CodeUpstreamAuth, []string{"have expired, or are refused, or are out of credit"}, "Next try"},
		{"one, the other asks to wait", "rate+retry-40", past, never, 503, hw.CodeNoHealthyUpstream, []string{"No healthy upstream", "credential expired", "Next try in 40 s."}, "credentials for"},
		{"none", "auth", never, never, 502, hw.CodeUpstreamAuth, []string{"refuse Headwater's credentials; the caller's key is fine"}, "expired"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t)
			r.load(append(r.documents(), credential("primary", row.primary), credential("spare", row.spare)))
			r.misbehave(r.primary, "auth")
			r.misbehave(r.spare, row.fault)
			got := r.chat("fast")
			message := got.errorField(t, "message")
			if got.status != row.status || got.errorField(t, "code") != string(row.code) || strings.Contains(message, row.not) {
				t.Errorf("%d %s", got.status, got.body)
			}
			for _, want := range row.words {
				if !strings.Contains(message, want) {
					t.Errorf("message %q lacks %q", message, want)
				}
			}
			if told := got.header.Get("Retry-After"); (told != "") != (row.code == hw.CodeNoHealthyUpstream) {
				t.Errorf("Retry-After %q", told)
			}
		})
	}
}
