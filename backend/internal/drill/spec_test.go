package drill_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
)

func TestASpecSaysWhatIsWrong(t *testing.T) {
	good := []hw.DrillSpec{
		spec(hw.DrillRefused),
		{AllCloud: true, Fault: hw.DrillRate, RetryAfterS: 7, Percent: 30, Scope: hw.DrillScope{Keys: true, CallPercent: 5}, DurationS: 900},
		{Upstreams: []string{"a"}, Model: "gpt-4o", Fault: hw.DrillSlowConnect, DelayMs: 100, Scope: hw.DrillScope{Apps: []string{"chat", "acme/chat"}, Tenant: "acme", Route: "gpt-*"}},
		{Upstreams: []string{"a"}, Fault: hw.DrillStall, Scope: hw.DrillScope{Route: "*"}},
		{Fault: hw.DrillDiskFull},
		{Fault: hw.DrillDatabaseLocked, Scope: hw.DrillScope{Route: "fast"}},
	}
	for _, s := range good {
		if problems := s.Validate(); len(problems) > 0 {
			t.Errorf("%+v: %v", s, problems)
		}
	}
	for name, row := range map[string]struct {
		change func(*hw.DrillSpec)
		field  string
	}{
		"no fault":              {func(s *hw.DrillSpec) { s.Fault = "" }, "fault"},
		"an unknown fault":      {func(s *hw.DrillSpec) { s.Fault = "flood" }, "fault"},
		"no upstream":           {func(s *hw.DrillSpec) { s.Upstreams = nil }, "upstreams"},
		"both ways to name":     {func(s *hw.DrillSpec) { s.AllCloud = true }, "upstreams"},
		"a name that is none":   {func(s *hw.DrillSpec) { s.Upstreams = []string{"Up!"} }, "upstreams"},
		"a model that is none":  {func(s *hw.DrillSpec) { s.Model = "a b" }, "model"},
		"nobody in scope":       {func(s *hw.DrillSpec) { s.Scope = hw.DrillScope{CallPercent: 5} }, "scope"},
		"an app that is none":   {func(s *hw.DrillSpec) { s.Scope.Apps = []string{"acme/"} }, "scope.apps"},
		"a route that is none":  {func(s *hw.DrillSpec) { s.Scope.Route = "a b" }, "scope.route"},
		"a tenant that is none": {func(s *hw.DrillSpec) { s.Scope.Tenant = "A" }, "scope.tenant"},
		"more than all calls":   {func(s *hw.DrillSpec) { s.Scope.CallPercent = 101 }, "scope.call_percent"},
		"more than all hits":    {func(s *hw.DrillSpec) { s.Percent = 101 }, "percent"},
		"too long":              {func(s *hw.DrillSpec) { s.DurationS = 901 }, "duration_s"},
		"a delay of nothing":    {func(s *hw.DrillSpec) { s.DelayMs = 5 }, "delay_ms"},
		"a hint of nobody":      {func(s *hw.DrillSpec) { s.RetryAfterS = 5 }, "retry_after_s"},
		"a flap of nothing":     {func(s *hw.DrillSpec) { s.FlapS = 5 }, "flap_s"},
		"an endless note":       {func(s *hw.DrillSpec) { s.Note = strings.Repeat("x", 501) }, "note"},
		"better than perfect":   {func(s *hw.DrillSpec) { s.Objective.ServedPercent = 101 }, "objective.served_percent"},
		"no number":             {func(s *hw.DrillSpec) { s.Objective.AddedP99Ms = math.NaN() }, "objective.added_p99_ms"},
		"a disk's upstream":     {func(s *hw.DrillSpec) { s.Fault = hw.DrillDiskFull }, "upstreams"},
		"the world's upstreams": {func(s *hw.DrillSpec) { s.Upstreams = slices.Repeat([]string{"a"}, 101) }, "upstreams"},
		"the world's apps":      {func(s *hw.DrillSpec) { s.Scope.Apps = slices.Repeat([]string{"a"}, 101) }, "scope.apps"},
	} {
		s := spec(hw.DrillRefused)
		row.change(&s)
		if problems := s.Validate(); !slices.ContainsFunc(problems, func(p hw.Problem) bool { return p.Field == row.field }) {
			t.Errorf("%s: want a problem with %s, got %v", name, row.field, problems)
		}
	}
}
