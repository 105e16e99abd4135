package knobs_test

import (
	"net/http"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// fetchMedia shows an image at an address to an upstream that takes data only.
// Everything here is on this machine, so what is tried is refused by the guard:
// that it is tried is the setting's doing.
func fetchMedia(s *site) func(t *testing.T) {
	l := s.lane("l", alone, func(l *lane) { l.up.Provider = "amazon-bedrock" })
	return func(t *testing.T) {
		show := func() reply {
			image := map[string]any{"type": "image_url", "image_url": map[string]any{"url": l.spare.http.URL + "/a.png"}}
			return l.send(t, ask{route: l.path.Name, more: map[string]any{"messages": []any{map[string]any{"role": "user", "content": []any{image}}}}})
		}
		for _, row := range []struct {
			on  bool
			why string
		}{{false, "send the data"}, {true, "not a public one"}, {false, "send the data"}} {
			s.settle(t, hw.Setting{FetchMedia: row.on})
			if got := show(); got.status != http.StatusBadRequest || !strings.Contains(got.body, row.why) {
				t.Errorf("fetch_media %v: %s", row.on, got)
			}
		}
		if n := len(l.primary.calls()) + len(l.spare.calls()); n != 0 {
			t.Errorf("vendors were asked %d times", n)
		}
	}
}
