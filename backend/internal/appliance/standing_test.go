package appliance

import (
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestStanding(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 27, 14, minute, 0, 0, time.UTC) }
	target := func(order, tier, minute int) hw.ExplainedTarget {
		return hw.ExplainedTarget{Order: order, Tier: tier, Upstream: "u", Since: at(minute)}
	}
	probe := target(1, 1, 5)
	probe.Probe = true
	for name, c := range map[string]struct {
		targets []hw.ExplainedTarget
		lagging bool
		tier    int
		since   time.Time
	}{
		"on its first choice":         {[]hw.ExplainedTarget{target(1, 1, 1), target(2, 2, 2)}, false, 1, time.Time{}},
		"half of the first tier down": {[]hw.ExplainedTarget{target(1, 1, 1), target(0, 1, 2)}, false, 1, time.Time{}},
		"on its second choice":        {[]hw.ExplainedTarget{target(1, 2, 9), target(0, 1, 2), target(0, 1, 4)}, true, 2, at(4)},
		"a test is not an answer":     {[]hw.ExplainedTarget{probe, target(2, 2, 9)}, true, 2, at(5)},
		"nobody can answer":           {[]hw.ExplainedTarget{target(0, 1, 2), target(0, 2, 7)}, true, 0, at(7)},
		"a route without targets":     {nil, false, 0, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			s, lagging := standing(hw.Explanation{Route: "r", Targets: c.targets})
			if lagging != c.lagging || s.Tier != c.tier || lagging && !s.Since.Equal(c.since) {
				t.Errorf("got %+v, %v", s, lagging)
			}
		})
	}
}
