package knobs_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// keyLimits asks with keys that may be used only so much.
func keyLimits(s *site) func(t *testing.T) {
	requests, tokens, none := s.lane("requests", alone), s.lane("tokens", alone), s.lane("none", alone)
	s.secret(requests.up, "one", 0).RequestsPerMinute = 3
	s.secret(tokens.up, "one", 0).TokensPerMinute = 1
	s.secret(none.up, "one", 0)
	pool := s.lane("pool", alone)
	s.secret(pool.up, "small", 1000).RequestsPerMinute = 1
	s.secret(pool.up, "large", 0)
	return func(t *testing.T) {
		for l, most := range map[*lane]int{requests: 3, tokens: 1, none: 6} {
			l.row(t, 6)
			if n := len(l.primary.calls()); n != most {
				t.Errorf("%s: %d of 6 calls were asked, want %d", l.path.Name, n, most)
			}
		}
		got := requests.chat(t, "one more")
		if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" {
			t.Errorf("past the limit: %s", got)
		}
		pool.row(t, 6)
		if n := shares(pool.primary, keyOf); n["small"] != 1 || n["large"] != 5 {
			t.Errorf("a pool whose first key may be used once got %v", n)
		}
	}
}

// keyExpiry asks with keys that end.
func keyExpiry(s *site) func(t *testing.T) {
	now := time.Now()
	ended, lasting := s.lane("ended", alone), s.lane("lasting", alone)
	s.secret(ended.up, "one", 0).ExpiresAt = now.Add(-time.Minute)
	s.secret(lasting.up, "one", 0).ExpiresAt = now.Add(time.Hour)
	soon := s.lane("soon", alone)
	s.secret(soon.up, "one", 1000).ExpiresAt = now.Add(-time.Minute)
	s.secret(soon.up, "two", 0)
	return func(t *testing.T) {
		got := ended.chat(t, "hello")
		if got.status != http.StatusBadGateway || len(ended.primary.calls()) > 0 || !strings.Contains(got.body, "upstream_credentials") {
			t.Errorf("with a key that has ended: %s", got)
		}
		served(t, "with a key that lasts", lasting.chat(t, "hello"), "1")
		soon.row(t, 3)
		if n := shares(soon.primary, keyOf); n["one"] != 0 || n["two"] != 3 {
			t.Errorf("a pool whose first key has ended got %v", n)
		}
	}
}
