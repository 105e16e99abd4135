package appliance

import (
	"slices"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
)

func TestOnlyWhatHasChangedIsWritten(t *testing.T) {
	state := func(id string, state hw.HealthState) health.Saved {
		return health.Saved{Scope: health.ScopeEndpoint, ID: id, State: state, Since: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	}
	a, b := state("a", hw.HealthOpen), state("b", hw.HealthHealthy)
	better, other := state("a", hw.HealthHealthy), a
	other.Scope = health.ScopeModel
	for name, c := range map[string]struct{ kept, now, put, gone []health.Saved }{
		"nothing":                  {},
		"nothing new":              {kept: []health.Saved{a, b}, now: []health.Saved{b, a}},
		"one of two":               {kept: []health.Saved{a, b}, now: []health.Saved{better, b}, put: []health.Saved{better}},
		"a new one":                {kept: []health.Saved{a}, now: []health.Saved{a, b}, put: []health.Saved{b}},
		"one that is gone":         {kept: []health.Saved{a, b}, now: []health.Saved{b}, gone: []health.Saved{a}},
		"the same id elsewhere":    {kept: []health.Saved{a}, now: []health.Saved{other}, put: []health.Saved{other}, gone: []health.Saved{a}},
		"one that was not legible": {kept: []health.Saved{{Scope: a.Scope, ID: a.ID}}, now: []health.Saved{a}, put: []health.Saved{a}},
	} {
		t.Run(name, func(t *testing.T) {
			put, gone := keptOf(c.kept).behind(c.now)
			if !slices.Equal(put, c.put) || !slices.Equal(gone, c.gone) {
				t.Errorf("put %+v, gone %+v", put, gone)
			}
		})
	}
}
