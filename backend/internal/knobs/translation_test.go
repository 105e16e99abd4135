package knobs_test

import (
	"net/http"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// translation asks an upstream of another dialect, which has no words for the
// seed that every call has.
func translation(s *site) func(t *testing.T) {
	set := func(value string) func(l *lane) {
		return func(l *lane) { alone(l); l.up.Provider, l.path.Translation = "anthropic-compatible", value }
	}
	usual, warn, strict := s.lane("", set("")), s.lane("warn", set(hw.TranslationWarn)), s.lane("strict", set(hw.TranslationStrict))
	return func(t *testing.T) {
		for _, l := range []*lane{usual, warn} {
			got := l.send(t, ask{route: l.path.Name, words: "hello", seed: 7})
			served(t, "without the seed", got, "1")
			if got.header.Get("X-Headwater-Dropped") != "seed" {
				t.Errorf("dropped %q", got.header.Get("X-Headwater-Dropped"))
			}
		}
		got := strict.send(t, ask{route: strict.path.Name, words: "hello", seed: 7})
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, "seed") || len(strict.primary.calls()) > 0 {
			t.Errorf("strict: %s", got)
		}
		served(t, "strict, with nothing to leave out", strict.chat(t, "hello"), "1")
	}
}
