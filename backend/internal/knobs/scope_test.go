package knobs_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"headwater/backend/hw"
)

// drillKey: the keys that are scoped for drills are hit by one that takes
// keys, and all keys by one that does not.
func drillKey(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	marked := s.caller("marked", func(_ *hw.App, k *hw.Key) { k.Drill = true })
	return func(t *testing.T) {
		for _, keys := range []bool{true, false} {
			spec := outage(l.up)
			spec.Scope = hw.DrillScope{Keys: keys, Tenant: s.tag}
			s.during(t, spec, func() {
				hit(t, "a key for drills", l.send(t, ask{route: l.path.Name, key: marked}), true)
				hit(t, "another key", l.chat(t, "hello"), !keys)
			})
		}
	}
}

func drillApps(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	other := s.caller("other", nil)
	return func(t *testing.T) {
		for _, row := range []struct {
			apps        []string
			mine, other bool
		}{
			{[]string{s.tag + "app"}, true, false},
			{[]string{s.tag + "/" + s.tag + "other"}, false, true},
			{[]string{s.tag + "app", s.tag + "other"}, true, true},
		} {
			spec := outage(l.up)
			spec.Scope.Apps = row.apps
			s.during(t, spec, func() {
				hit(t, "one app", l.chat(t, "hello"), row.mine)
				hit(t, "another app", l.send(t, ask{route: l.path.Name, key: other}), row.other)
			})
		}
	}
}

func drillRoute(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	other := s.route("other", targets(l.up))
	return func(t *testing.T) {
		for _, row := range []struct {
			route    string
			one, two bool
		}{{l.path.Name, true, false}, {other.Name, false, true}, {"", true, true}} {
			spec := outage(l.up)
			spec.Scope.Route = row.route
			s.during(t, spec, func() {
				hit(t, "one route", l.chat(t, "hello"), row.one)
				hit(t, "another route", s.send(t, ask{route: other.Name}), row.two)
			})
		}
	}
}

func drillTenant(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	s.Tenants = append(s.Tenants, &hw.Tenant{Name: s.tag + "-two"})
	other := s.caller("other", func(a *hw.App, k *hw.Key) { a.Tenant, k.Tenant = s.tag+"-two", s.tag+"-two" })
	return func(t *testing.T) {
		for _, row := range []struct {
			tenant   string
			one, two bool
		}{{s.tag, true, false}, {s.tag + "-two", false, true}, {"", true, true}} {
			spec := outage(l.up)
			spec.Scope = hw.DrillScope{Tenant: row.tenant, Route: l.path.Name}
			s.during(t, spec, func() {
				hit(t, "one tenant", l.chat(t, "hello"), row.one)
				hit(t, "another tenant", l.send(t, ask{route: l.path.Name, key: other}), row.two)
			})
		}
	}
}

func drillDuration(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	return func(t *testing.T) {
		spec := outage(l.up)
		spec.DurationS = 1
		begun := s.begin(t, spec)
		if !until(patience, func() bool { return l.chat(t, "hello").status == http.StatusOK }) {
			t.Fatal("it does not end by itself")
		}
		if took := l.primary.calls()[0].at.Sub(begun.StartedAt); took < time.Second || took > 15*time.Second {
			t.Errorf("a drill of 1 s ended after %s", took)
		}
		spec.DurationS = 0
		s.during(t, spec, func() {
			if until(2*time.Second, func() bool { return l.chat(t, "hello").status == http.StatusOK }) {
				t.Error("it ended within the usual minute")
			}
		})
	}
}

// ended waits for the end of a drill and returns it with the calls that took
// part in its report.
func (s *site) ended(t *testing.T, d hw.Drill, calls int64) hw.Drill {
	t.Helper()
	if !until(patience, func() bool {
		if err := s.house.admin(t.Context(), http.MethodGet, "drills/"+d.ID, nil, &d); err != nil {
			t.Fatal(err)
		}
		return d.State != hw.DrillRunning && d.Report.Calls == calls
	}) {
		t.Fatalf("it did not end: %+v %+v", d, d.Report)
	}
	return d
}

// servedPercent drills two calls, one of which is served by the next tier.
func servedPercent(s *site) func(t *testing.T) {
	l := s.lane("l", tireless)
	single := s.route("single", targets(l.up))
	return func(t *testing.T) {
		for percent, passed := range map[float64]bool{40: true, 60: false, 0: false} {
			spec := outage(l.up)
			spec.DurationS, spec.Objective.ServedPercent = 2, percent
			d := s.begin(t, spec)
			served(t, "with a second tier", l.chat(t, "hello"), "2")
			hit(t, "without", s.send(t, ask{route: single.Name}), true)
			d = s.ended(t, d, 2)
			if d.State != hw.DrillEnded || d.Report.Served != 1 || d.Report.Passed != passed {
				t.Errorf("with an objective of %g of 100: %s, %+v", percent, d.State, d.Report)
			}
		}
	}
}

// addedWait drills a call that comes late, beside one that does not.
func addedWait(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	other := s.caller("other", nil)
	return func(t *testing.T) {
		for most, passed := range map[float64]bool{1: false, 60_000: true} {
			spec := hw.DrillSpec{Fault: hw.DrillSlowFirstToken, Upstreams: []string{l.up.Name}, DelayMs: 600, DurationS: 2}
			spec.Scope.Apps = []string{s.tag + "app"}
			spec.Objective.AddedP99Ms = most
			d := s.begin(t, spec)
			served(t, "beside the drill", l.send(t, ask{route: l.path.Name, key: other}), "1")
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			late := l.send(t, ask{route: l.path.Name, words: "late", ctx: ctx})
			cancel()
			served(t, "in the drill", late, "1")
			d = s.ended(t, d, 1)
			if d.State != hw.DrillEnded || d.Report.Passed != passed {
				t.Errorf("with at most %g ms: %s, %+v", most, d.State, d.Report)
			}
		}
	}
}
