package knobs_test

import (
	"errors"
	"net/http"
	"testing"

	"headwater/backend/hw"
)

// fallback lets the primary refuse requests for what they are, and sees who is
// asked then.
func fallback(s *site) func(t *testing.T) {
	to := func(l *lane, model string) []hw.RouteTarget {
		return []hw.RouteTarget{{Upstream: l.other.Name, Model: model}}
	}
	none := s.lane("none", alone)
	long := s.lane("long", alone, func(l *lane) { l.path.Fallback.ContextOverflow = to(l, "large") })
	frank := s.lane("frank", alone, func(l *lane) { l.path.Fallback.ContentPolicy = to(l, "frank") })
	passed := s.lane("passed", alone, func(l *lane) {
		l.path.Fallback = hw.Fallback{ContextOverflow: to(l, ""), ContentPolicy: to(l, "")}
	})
	return func(t *testing.T) {
		for _, row := range []struct {
			l     *lane
			fault string
			model string // that the spare is asked for; empty when it is not asked
		}{
			{none, "context", ""},
			{none, "policy", ""},
			{long, "context", "large"},
			{long, "policy", ""},
			{frank, "policy", "frank"},
			{frank, "context", ""},
			{passed, "context", passed.path.Name},
			{passed, "policy", passed.path.Name},
		} {
			row.l.primary.fault(t, row.fault)
			row.l.spare.forget()
			got, came := row.l.chat(t, row.fault), row.l.spare.calls()
			switch {
			case row.model == "" && (len(came) > 0 || got.status != http.StatusBadRequest):
				t.Errorf("%s of %s: %d calls came to the spare: %s", row.fault, row.l.path.Name, len(came), got)
			case row.model != "" && (len(came) != 1 || came[0].model != row.model || got.status != http.StatusOK):
				t.Errorf("%s of %s: %+v came to the spare: %s", row.fault, row.l.path.Name, came, got)
			}
		}
		t.Run("takes no weight, since it has an order", func(t *testing.T) {
			for l, list := range map[*lane][]hw.RouteTarget{long: long.path.Fallback.ContextOverflow, frank: frank.path.Fallback.ContentPolicy} {
				list[0].Weight = 5
				if err := l.house.apply(t.Context(), l.site); !errors.Is(err, errAdmin) {
					t.Errorf("%s: a weight that means nothing was taken: %v", l.path.Name, err)
				}
				list[0].Weight = 0
			}
		})
	}
}
