package admin

import (
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestStripOf(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	since := now.Add(-24 * time.Hour)
	event := func(up, kind, id string, hours float64, from, to hw.HealthState) hw.HealthEvent {
		return hw.HealthEvent{At: since.Add(time.Duration(hours * float64(time.Hour))), HealthChanged: hw.HealthChanged{
			Scope: id, Kind: kind, Upstreams: []string{up}, From: from, To: to,
		}}
	}
	strip := stripOf([]hw.HealthEvent{
		event("a", "endpoint", "e1", 6, hw.HealthHealthy, hw.HealthOpen),
		event("b", "model", "m1", 7, hw.HealthHealthy, hw.HealthThrottled),
		event("a", "endpoint", "e1", 8, hw.HealthOpen, hw.HealthHealthy),
		event("gone", "endpoint", "e9", 23, hw.HealthHealthy, hw.HealthOpen),
	}, []hw.TargetHealth{
		{Upstream: "a", State: hw.HealthHealthy, Since: since.Add(8 * time.Hour)},
		{Upstream: "b", State: hw.HealthThrottled, Since: since.Add(7 * time.Hour)},
		{Upstream: "new", State: hw.HealthUnknown},
		{Upstream: "steady", State: hw.HealthHealthy, Since: since.Add(-time.Hour)},
	}, since, now)
	if strip.StepS != 900 || !strip.Since.Equal(since) {
		t.Errorf("steps of %d s since %s", strip.StepS, strip.Since)
	}
	want := map[string]map[int]hw.HealthState{
		"a":      {0: hw.HealthHealthy, 23: hw.HealthHealthy, 24: hw.HealthOpen, 31: hw.HealthOpen, 32: hw.HealthOpen, 33: hw.HealthHealthy, 95: hw.HealthHealthy},
		"b":      {0: hw.HealthHealthy, 27: hw.HealthHealthy, 28: hw.HealthThrottled, 95: hw.HealthThrottled},
		"gone":   {0: hw.HealthHealthy, 95: hw.HealthOpen},
		"new":    {0: "", 95: ""},
		"steady": {0: hw.HealthHealthy, 95: hw.HealthHealthy},
	}
	if len(strip.Upstreams) != len(want) {
		t.Fatalf("upstreams %+v", strip.Upstreams)
	}
	for _, up := range strip.Upstreams {
		if len(up.States) != 96 {
			t.Fatalf("%s has %d steps", up.Upstream, len(up.States))
		}
		for i, state := range want[up.Upstream] {
			if up.States[i] != state {
				t.Errorf("%s step %d is %q, want %q", up.Upstream, i, up.States[i], state)
			}
		}
	}
}
