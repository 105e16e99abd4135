package knobs_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"headwater/backend/hw"
)

// outage keeps every call from upstreams, at once.
func outage(ups ...*hw.Upstream) hw.DrillSpec {
	spec := hw.DrillSpec{Fault: hw.DrillOverloaded503}
	for _, u := range ups {
		spec.Upstreams = append(spec.Upstreams, u.Name)
	}
	return spec
}

// hit wants a call to be hit by a drill, or spared.
func hit(t *testing.T, what string, r reply, want bool) {
	t.Helper()
	status := http.StatusOK
	if want {
		status = http.StatusServiceUnavailable
	}
	if r.status != status {
		t.Errorf("%s: want it hit: %v, got %s", what, want, r)
	}
}

func drillUpstreams(s *site) func(t *testing.T) {
	a, b := s.lane("a", alone, tireless), s.lane("b", alone, tireless)
	return func(t *testing.T) {
		for _, row := range []struct {
			ups  []*hw.Upstream
			a, b bool
		}{
			{[]*hw.Upstream{a.up}, true, false},
			{[]*hw.Upstream{b.up}, false, true},
			{[]*hw.Upstream{a.up, b.up}, true, true},
		} {
			s.during(t, outage(row.ups...), func() {
				hit(t, "a", a.chat(t, "hello"), row.a)
				hit(t, "b", b.chat(t, "hello"), row.b)
			})
		}
		if a, b := len(a.primary.calls()), len(b.primary.calls()); a != 1 || b != 1 {
			t.Errorf("%d and %d calls came through", a, b)
		}
	}
}

func drillAllCloud(s *site) func(t *testing.T) {
	here := s.lane("here", alone, tireless)
	cloud := s.lane("cloud", alone, tireless, func(l *lane) {
		*l.up = hw.Upstream{Name: l.up.Name, Provider: hw.ProviderSimulator}
		l.path.Tiers[0].Targets[0].Model = "practice"
	})
	return func(t *testing.T) {
		everywhere := hw.DrillSpec{Fault: hw.DrillOverloaded503, AllCloud: true}
		for _, row := range []struct {
			spec        hw.DrillSpec
			here, cloud bool
		}{{everywhere, false, true}, {outage(here.up), true, false}} {
			s.during(t, row.spec, func() {
				hit(t, "at an upstream here", here.chat(t, "hello"), row.here)
				hit(t, "at one in the cloud", cloud.chat(t, "hello"), row.cloud)
			})
		}
	}
}

func drillModel(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	other := s.route("other", hw.Tier{Targets: []hw.RouteTarget{{Upstream: l.up.Name, Model: "another"}}})
	passed := s.route("passed", hw.Tier{Targets: []hw.RouteTarget{{Upstream: l.up.Name}}})
	return func(t *testing.T) {
		one := outage(l.up)
		one.Model = l.path.Tiers[0].Targets[0].Model
		for spec, both := range map[*hw.DrillSpec]bool{&one: false, new(outage(l.up)): true} {
			s.during(t, *spec, func() {
				hit(t, "the model", l.chat(t, "hello"), true)
				hit(t, "another model", s.send(t, ask{route: other.Name}), both)
			})
		}
		t.Run("that the caller chose", func(t *testing.T) {
			chosen := outage(l.up)
			chosen.Model = passed.Name
			s.during(t, chosen, func() {
				hit(t, "the model", s.send(t, ask{route: passed.Name}), true)
			})
		})
	}
}

// tally counts which of a row of calls are hit.
func (l *lane) tally(t *testing.T, calls int) (hits int) {
	t.Helper()
	for range calls {
		if l.chat(t, "hello").status != http.StatusOK {
			hits++
		}
	}
	return hits
}

func drillPercent(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	return func(t *testing.T) {
		const calls = 40
		for percent, want := range map[int][2]int{0: {calls, calls}, 100: {calls, calls}, 40: {2, calls - 4}} {
			spec := outage(l.up)
			spec.Percent = percent
			s.during(t, spec, func() {
				if n := l.tally(t, calls); n < want[0] || n > want[1] {
					t.Errorf("at %d of 100, %d of %d calls were hit", percent, n, calls)
				}
			})
		}
	}
}

func drillCallPercent(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	// Two tries of a call are both in scope, or none is.
	l.path.Tiers = []hw.Tier{targets(l.up), targets(l.other)}
	return func(t *testing.T) {
		const calls = 40
		for percent, want := range map[int][2]int{0: {calls, calls}, 100: {calls, calls}, 40: {2, calls - 4}} {
			spec := outage(l.up, l.other)
			spec.Scope.Tenant, spec.Scope.CallPercent = s.tag, percent
			spare := len(l.spare.calls())
			s.during(t, spec, func() {
				if n := l.tally(t, calls); n < want[0] || n > want[1] {
					t.Errorf("%d of 100 calls: %d of %d were hit", percent, n, calls)
				}
			})
			if n := len(l.spare.calls()) - spare; n > 0 {
				t.Errorf("of %d calls the first try was hit and the second was not", n)
			}
		}
	}
}

func drillDelay(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	return func(t *testing.T) {
		for _, fault := range []hw.DrillFault{hw.DrillSlowConnect, hw.DrillSlowFirstToken} {
			took := map[int64]time.Duration{}
			for _, ms := range []int64{100, 900} {
				spec := hw.DrillSpec{Fault: fault, Upstreams: []string{l.up.Name}, DelayMs: ms}
				s.during(t, spec, func() {
					got := l.chat(t, "hello")
					served(t, string(fault), got, "1")
					took[ms] = got.took
				})
			}
			slower(t, string(fault), took[100], 100*time.Millisecond, took[900], 900*time.Millisecond)
		}
	}
}

func drillRetryAfter(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	return func(t *testing.T) {
		for _, seconds := range []int64{0, 7, 90} {
			spec := hw.DrillSpec{Fault: hw.DrillRate, Upstreams: []string{l.up.Name}, RetryAfterS: seconds}
			s.during(t, spec, func() {
				got := l.chat(t, "hello")
				if want := strconv.FormatInt(max(seconds, 1), 10); got.status != 429 || got.header.Get("Retry-After") != want {
					t.Errorf("want to be told %s s: %s, %v", want, got, got.header["Retry-After"])
				}
			})
		}
	}
}

// drillFlap asks on through a phase of refusal, one of health and another.
func drillFlap(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless, func(l *lane) { l.path.Retry = hw.Retry{AgainFirstMs: 1, AgainMostMs: 1} })
	return func(t *testing.T) {
		spec := hw.DrillSpec{Fault: hw.DrillFlapping, Upstreams: []string{l.up.Name}, FlapS: 1}
		d := s.begin(t, spec)
		var well []bool
		until(patience, func() bool {
			now := l.chat(t, "hello").status == http.StatusOK
			if n := len(well); n == 0 || well[n-1] != now {
				well = append(well, now)
			}
			return len(well) == 3
		})
		if took := time.Since(d.StartedAt); !slices.Equal(well, []bool{false, true, false}) || took < 2*time.Second || took > 15*time.Second {
			t.Errorf("each second: well %v after %s", well, took)
		}
		s.end(t, d)
		spec.FlapS = 0
		s.during(t, spec, func() {
			if until(1500*time.Millisecond, func() bool { return l.chat(t, "hello").status == http.StatusOK }) {
				t.Error("it was well within the usual ten seconds")
			}
		})
	}
}
