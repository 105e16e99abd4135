package knobs_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"testing"

	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// secureConnect looks at the address that a check by connection dials: an
// address that names no port has the one of its scheme.
func secureConnect(t *testing.T) {
	for base, want := range map[string]string{
		"https://ai.example":      "ai.example:443",
		"http://ai.example":       "ai.example:80",
		"https://ai.example:8443": "ai.example:8443",
	} {
		got := ""
		pool, err := upstream.New(upstream.Config{
			Practice: http.NewFileTransport(http.Dir(t.TempDir())),
			Dial: func(_ context.Context, _, address string) (net.Conn, error) {
				got = address
				return nil, errors.New("nobody is there")
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		at, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		if pool.Connect(t.Context(), &snapshot.Upstream{Name: "up", Base: at}) == nil {
			t.Error("it connects to nobody")
		}
		pool.Close()
		if got != want {
			t.Errorf("%s is dialled at %s, want %s", base, got, want)
		}
	}
}
