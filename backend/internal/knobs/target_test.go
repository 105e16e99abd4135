package knobs_test

import (
	"fmt"
	"testing"

	"headwater/backend/hw"
)

// shares counts the calls at a vendor by something of theirs.
func shares(v *vendor, of func(a arrival) string) map[string]int {
	n := map[string]int{}
	for _, a := range v.calls() {
		n[of(a)]++
	}
	return n
}

func keyOf(a arrival) string { return a.key }

func credentialWeight(s *site) func(t *testing.T) {
	even, uneven := s.lane("even", alone), s.lane("uneven", alone)
	for l, weight := range map[*lane]int{even: 0, uneven: 1000} {
		s.secret(l.up, "one", weight)
		s.secret(l.up, "two", 0)
		l.path.Tiers[0].Strategy = hw.StrategyWeighted
	}
	mixed := s.lane("mixed")
	s.secret(mixed.up, "heavy", 1000)
	mixed.path.Tiers = []hw.Tier{targets(mixed.up, mixed.other)}
	mixed.path.Tiers[0].Strategy = hw.StrategyWeighted
	ordered := s.lane("ordered")
	s.secret(ordered.up, "one", 0)
	s.secret(ordered.up, "two", 0)
	return func(t *testing.T) {
		const calls = 40
		even.row(t, calls)
		uneven.row(t, calls)
		if n := shares(even.primary, keyOf); n["one"] < 4 || n["two"] < 4 {
			t.Errorf("equal keys got %v", n)
		}
		if n := shares(uneven.primary, keyOf); n["one"] < calls-4 {
			t.Errorf("keys of weights 1000 and 1 got %v", n)
		}
		t.Run("has no part in the shares of upstreams", func(t *testing.T) {
			mixed.row(t, calls)
			if a, b := len(mixed.primary.calls()), len(mixed.spare.calls()); a < 4 || b < 4 {
				t.Errorf("of two equal targets one got %d calls and the other %d", a, b)
			}
		})
		t.Run("holds in the order of a list too", func(t *testing.T) {
			ordered.row(t, calls)
			if n := shares(ordered.primary, keyOf); n["one"] < 4 || n["two"] < 4 {
				t.Errorf("equal keys of the first target got %v", n)
			}
		})
	}
}

func credentialState(s *site) func(t *testing.T) {
	both, one := s.lane("both", alone), s.lane("one", alone)
	for _, l := range []*lane{both, one} {
		l.path.Tiers[0].Strategy = hw.StrategyWeighted
		s.secret(l.up, "one", 0).State = hw.StateEnabled
		off := s.secret(l.up, "two", 0)
		if l == one {
			off.State = hw.StateDisabled
		}
	}
	return func(t *testing.T) {
		both.row(t, 40)
		one.row(t, 40)
		if n := shares(both.primary, keyOf); n["one"] == 0 || n["two"] == 0 {
			t.Errorf("both are enabled and got %v", n)
		}
		if n := shares(one.primary, keyOf); n["one"] != 40 {
			t.Errorf("one is enabled and they got %v", n)
		}
		for _, v := range []*vendor{both.spare, one.spare} {
			if n := len(v.calls()); n > 0 {
				t.Errorf("the keys came to another upstream, %d times", n)
			}
		}
	}
}

func targetModel(s *site) func(t *testing.T) {
	named := s.lane("named", func(l *lane) { l.path.Tiers[0].Targets[0].Model = "theirs" })
	passed := s.lane("passed", func(l *lane) { l.path.Tiers[0].Targets[0].Model = "" })
	return func(t *testing.T) {
		for l, want := range map[*lane]string{named: "theirs", passed: passed.path.Name} {
			served(t, l.path.Name, l.chat(t, "hello"), "1")
			if got := l.primary.calls()[0].model; got != want {
				t.Errorf("%s: the upstream was asked for %q, want %q", l.path.Name, got, want)
			}
		}
	}
}

// pair puts both upstreams of a lane in one tier.
func pair(strategy string, weight int) func(l *lane) {
	return func(l *lane) {
		l.path.Tiers = []hw.Tier{targets(l.up, l.other)}
		l.path.Tiers[0].Strategy = strategy
		l.path.Tiers[0].Targets[0].Weight = weight
	}
}

func targetWeight(s *site) func(t *testing.T) {
	even, uneven := s.lane("even", pair("", 0)), s.lane("uneven", pair("", 1000))
	return func(t *testing.T) {
		const calls = 40
		even.row(t, calls)
		uneven.row(t, calls)
		if a, b := len(even.primary.calls()), len(even.spare.calls()); a < 4 || b < 4 {
			t.Errorf("equal targets got %d and %d", a, b)
		}
		if a := len(uneven.primary.calls()); a < calls-4 {
			t.Errorf("a target of weight 1000 beside one of 1 got %d of %d", a, calls)
		}
	}
}

func strategy(s *site) func(t *testing.T) {
	lanes := map[string]*lane{}
	for _, name := range []string{hw.StrategyWeighted, hw.StrategyPriority, hw.StrategyBalanced, hw.StrategyAffinity} {
		lanes[name] = s.lane(name, pair(name, 0))
	}
	return func(t *testing.T) {
		const calls = 24
		first := map[string]int{}
		for _, name := range []string{hw.StrategyWeighted, hw.StrategyBalanced} {
			lanes[name].primary.fault(t, "delay-150ms")
		}
		for name, l := range lanes {
			l.row(t, calls)
			first[name] = len(l.primary.calls())
			l.primary.fault(t, "")
		}
		if first[hw.StrategyPriority] != calls {
			t.Errorf("by priority the first was asked %d times of %d", first[hw.StrategyPriority], calls)
		}
		if n := first[hw.StrategyWeighted]; n < 2 || n > calls-2 {
			t.Errorf("by weight one of two was asked %d times of %d", n, calls)
		}
		if n := first[hw.StrategyBalanced]; 2*n > first[hw.StrategyWeighted] && n > 2 {
			t.Errorf("balanced, the slower was asked %d times of %d", n, calls)
		}
		affine(t, lanes[hw.StrategyAffinity])
		affine(t, lanes[hw.StrategyWeighted])
	}
}

// affine asks the same conversations over and over.
func affine(t *testing.T, l *lane) {
	t.Helper()
	moved := 0
	for i := range 6 {
		before := len(l.primary.calls())
		for range 6 {
			l.chat(t, fmt.Sprint("conversation ", i))
		}
		if n := len(l.primary.calls()) - before; n > 0 && n < 6 {
			moved++
		}
	}
	if l.path.Tiers[0].Strategy == hw.StrategyAffinity && moved > 0 || l.path.Tiers[0].Strategy == hw.StrategyWeighted && moved == 0 {
		t.Errorf("%s: %d of 6 conversations moved", l.path.Name, moved)
	}
}
