package adminclient_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

func TestPinned(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"needed":true,"version":"1"}`))
	}))
	t.Cleanup(server.Close)
	own := adminclient.Fingerprint(server.Certificate())

	ask := func(t *testing.T, address, fingerprint string) error {
		t.Helper()
		pinned, err := adminclient.Pinned(fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		_, err = adminclient.SetupState(t.Context(), adminclient.Config{Address: address, TLS: pinned})
		return err
	}
	t.Run("takes the certificate it was given, however it is written", func(t *testing.T) {
		var colons []string
		for i := 0; i < len(own); i += 2 {
			colons = append(colons, strings.ToUpper(own[i:i+2]))
		}
		for _, written := range []string{own, "sha256:" + own, " " + strings.Join(colons, ":") + " "} {
			if err := ask(t, server.URL, written); err != nil {
				t.Errorf("%q: %v", written, err)
			}
		}
	})
	t.Run("refuses another one and names both", func(t *testing.T) {
		other := strings.Repeat("ab", 32)
		e := wantCode(t, ask(t, server.URL, other), hw.CodeForbidden)
		if !strings.Contains(e.Text, own) || !strings.Contains(e.Text, other) || e.Hint == "" {
			t.Errorf("got %q, hint %q", e.Text, e.Hint)
		}
	})
	t.Run("does not talk to a service without TLS", func(t *testing.T) {
		plain := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(plain.Close)
		wantCode(t, ask(t, "https://"+plain.Listener.Addr().String(), own), hw.CodeUnavailable)
	})
	t.Run("says what a fingerprint is", func(t *testing.T) {
		for _, written := range []string{"", "abc", strings.Repeat("g", 64), own[2:]} {
			_, err := adminclient.Pinned(written)
			if e := wantCode(t, err, hw.CodeBadRequest); e.Hint == "" {
				t.Errorf("%q: no next step", written)
			}
		}
	})
}
