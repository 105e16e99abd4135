package knobs_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"headwater/backend/hw"
)

func triesPerTier(s *site) func(t *testing.T) {
	set := func(n int) func(l *lane) {
		return func(l *lane) {
			tireless(l)
			l.path.Retry.TriesPerTier = n
			l.path.Tiers[0].Targets = nil
			for i := range 6 {
				l.path.Tiers[0].Targets = append(l.path.Tiers[0].Targets, hw.RouteTarget{Upstream: l.up.Name, Model: fmt.Sprint("m", i)})
			}
		}
	}
	one, usual, five := s.lane("1", set(1)), s.lane("0", set(0)), s.lane("5", set(5))
	return func(t *testing.T) {
		for l, want := range map[*lane]int{one: 1, usual: 3, five: 5} {
			l.primary.fault(t, "overloaded")
			served(t, l.path.Name, l.chat(t, "hello"), "2")
			if got := len(l.primary.calls()); got != want {
				t.Errorf("%s: %d targets were asked, want %d", l.path.Name, got, want)
			}
		}
	}
}

// once lets a target that failed be asked once more, for calls that may be.
func once(r hw.Retry) func(l *lane) {
	r.TriesPerTier = 1
	return func(l *lane) {
		alone(l)
		tireless(l)
		l.path.Retry = r
	}
}

// embed asks for something that may be asked twice.
func (l *lane) embed(t *testing.T, words string) reply {
	t.Helper()
	return l.send(t, ask{route: l.path.Name, words: words, embed: true})
}

func budget(s *site) func(t *testing.T) {
	set := func(percent int) func(l *lane) {
		return once(hw.Retry{BudgetPercent: percent, AgainFirstMs: 500, AgainMostMs: 500})
	}
	least, usual, all := s.lane("1", set(1)), s.lane("0", set(0)), s.lane("100", set(100))
	return func(t *testing.T) {
		const calls = 24
		again := map[*lane]int{}
		for _, l := range []*lane{least, usual, all} {
			// They fail at the same time, so that all want to be made again.
			l.primary.fault(t, "delay-400ms+server")
			many(calls, func(i int) reply { return l.embed(t, fmt.Sprint("hello ", i)) })
			again[l] = len(l.primary.calls()) - calls
		}
		if again[all] != calls {
			t.Errorf("with a budget of all calls %d of %d were made again", again[all], calls)
		}
		if again[least] < 1 || again[least] > calls/2 || again[usual] < 1 || again[usual] > calls*2/3 {
			t.Errorf("with 1 and 20 of 100, %d and %d of %d calls were made again", again[least], again[usual], calls)
		}
	}
}

func pauseBeforeAgain(s *site) func(t *testing.T) {
	set := func(first, most int64) func(l *lane) {
		return once(hw.Retry{BudgetPercent: 100, AgainFirstMs: first, AgainMostMs: most})
	}
	short, long, bounded := s.lane("1", set(1, 0)), s.lane("2000", set(2000, 0)), s.lane("2000-1", set(2000, 1))
	return func(t *testing.T) {
		longest := map[*lane]time.Duration{}
		for _, l := range []*lane{short, bounded, long} {
			l.primary.fault(t, "server")
			many(12, func(i int) reply { return l.embed(t, fmt.Sprint("hello ", i)) })
			longest[l] = l.longestPause(t)
		}
		// Of twelve pauses by chance within 2 s, one is longer than 700 ms.
		if longest[short] > 700*time.Millisecond || longest[long] < 700*time.Millisecond {
			t.Errorf("the longest pauses of at most 1 ms and 2 s were %s and %s", longest[short], longest[long])
		}
		if longest[bounded] > 700*time.Millisecond {
			t.Errorf("the longest pause of 2 s, bounded to 1 ms, was %s", longest[bounded])
		}
	}
}

// longestPause is the longest time between two requests for the same words.
func (l *lane) longestPause(t *testing.T) time.Duration {
	t.Helper()
	first := map[string]time.Time{}
	var pauses []time.Duration
	for _, a := range l.primary.calls() {
		if at, asked := first[a.words]; asked {
			pauses = append(pauses, a.at.Sub(at))
			continue
		}
		first[a.words] = a.at
	}
	if len(pauses) == 0 {
		t.Fatalf("%s: nothing was asked again", l.path.Name)
	}
	return slices.Max(pauses)
}

func hedge(s *site) func(t *testing.T) {
	on, off := s.lane("true", func(l *lane) { l.path.Hedge = true }), s.lane("false")
	return func(t *testing.T) {
		for _, l := range []*lane{on, off} {
			many(6, func(int) reply { l.row(t, 10); return reply{} }) // its usual time is to be known
			l.spare.forget()
			l.primary.fault(t, "delay-5s")
		}
		before := on.primary.gone()
		got := on.chat(t, "late")
		served(t, "with a second attempt", got, "2")
		if got.took >= 5*time.Second || len(on.spare.calls()) != 1 {
			t.Errorf("it came after %s, from %d further attempts", got.took, len(on.spare.calls()))
		}
		on.primary.await(t, "that the slower is given up", func() bool { return on.primary.gone() > before })
		got = off.chat(t, "late")
		served(t, "without", got, "1")
		if got.took < 5*time.Second || len(off.spare.calls()) != 0 {
			t.Errorf("it came after %s, with %d further attempts", got.took, len(off.spare.calls()))
		}
	}
}
