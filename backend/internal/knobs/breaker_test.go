package knobs_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"headwater/backend/hw"
)

// scripted answers the lane's next calls with faults, one each; "" is none.
func (l *lane) scripted(t *testing.T, faults ...string) {
	t.Helper()
	if err := l.primary.Script(faults...); err != nil {
		t.Fatal(err)
	}
}

// asked makes a row of calls in each lane and wants so many to have come to
// its primary.
func asked(t *testing.T, calls int, want map[*lane]int) {
	t.Helper()
	for l, n := range want {
		l.row(t, calls)
		if got := len(l.primary.calls()); got != n {
			t.Errorf("%s: %d calls came to the upstream, want %d", l.path.Name, got, n)
		}
		if got := len(l.spare.calls()); got < calls-n {
			t.Errorf("%s: %d calls came to the next tier of %d", l.path.Name, got, calls)
		}
	}
}

func tripFailures(s *site) func(t *testing.T) {
	set := func(n int) func(l *lane) {
		return func(l *lane) {
			l.up.Health = hw.HealthPolicy{TripFailures: n, TripSamples: 10_000, WaitFirstMs: 60_000}
		}
	}
	one, usual, six := s.lane("1", set(1)), s.lane("0", set(0)), s.lane("6", set(6))
	return func(t *testing.T) {
		for _, l := range []*lane{one, usual, six} {
			l.primary.fault(t, "cut")
		}
		asked(t, 10, map[*lane]int{one: 1, usual: 3, six: 6})
	}
}

// uneven is a row of answers of which every third, from the first, fails.
func uneven(n int) []string {
	row := make([]string, n)
	for i := range row {
		row[i] = "ok"
		if i%3 == 0 {
			row[i] = "cut"
		}
	}
	return row
}

func tripPercent(s *site) func(t *testing.T) {
	set := func(percent int) func(l *lane) {
		return func(l *lane) { l.up.Health = hw.HealthPolicy{TripPercent: percent, WaitFirstMs: 60_000} }
	}
	usual, most := s.lane("0", set(0)), s.lane("90", set(90))
	return func(t *testing.T) {
		for _, l := range []*lane{usual, most} {
			l.scripted(t, uneven(12)...)
		}
		// Two of three are more than half of them, and less than nine of ten:
		// with the seventh there are enough, and it is a failure.
		asked(t, 12, map[*lane]int{usual: 12, most: 7})
	}
}

func tripSamples(s *site) func(t *testing.T) {
	set := func(samples int) func(l *lane) {
		return func(l *lane) {
			l.up.Health = hw.HealthPolicy{TripPercent: 90, TripSamples: samples, WaitFirstMs: 60_000}
		}
	}
	two, usual, ten := s.lane("2", set(2)), s.lane("0", set(0)), s.lane("10", set(10))
	return func(t *testing.T) {
		for _, l := range []*lane{two, usual, ten} {
			l.scripted(t, uneven(12)...)
		}
		asked(t, 12, map[*lane]int{two: 4, usual: 7, ten: 10})
	}
}

// between are the times from one call at the primary to the next.
func (l *lane) between() []time.Duration {
	calls := l.primary.calls()
	var gaps []time.Duration
	for i := 1; i < len(calls); i++ {
		gaps = append(gaps, calls[i].at.Sub(calls[i-1].at))
	}
	return gaps
}

func waitFirst(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) {
		return func(l *lane) { l.up.Health = hw.HealthPolicy{TripFailures: 1, WaitFirstMs: ms} }
	}
	short, long, usual := s.lane("100", set(100)), s.lane("3000", set(3000)), s.lane("0", set(0))
	return func(t *testing.T) {
		for _, l := range []*lane{short, long, usual} {
			l.primary.fault(t, "cut")
		}
		if !until(patience, func() bool {
			for _, l := range []*lane{usual, long, short} {
				l.chat(t, "hello")
			}
			return len(short.between()) > 0 && len(long.between()) > 0
		}) {
			t.Fatal("no test is ever made")
		}
		// Half of a wait is fixed, half by chance.
		if got := short.between()[0]; got < 50*time.Millisecond || got >= 2500*time.Millisecond { // the least of the usual wait
			t.Errorf("a wait of 100 ms took %s", got)
		}
		if got := long.between()[0]; got < 1500*time.Millisecond {
			t.Errorf("a wait of 3 s took %s", got)
		}
		if gaps := usual.between(); len(gaps) > 0 && gaps[0] < 2500*time.Millisecond {
			t.Errorf("the usual wait of 5 s took %s", gaps[0])
		}
	}
}

func waitMost(s *site) func(t *testing.T) {
	set := func(most int64) func(l *lane) {
		return func(l *lane) {
			l.up.Health = hw.HealthPolicy{TripFailures: 1, WaitFirstMs: 1000, WaitMostMs: most}
		}
	}
	bounded, usual := s.lane("1000", set(1000)), s.lane("0", set(0))
	return func(t *testing.T) {
		for _, l := range []*lane{bounded, usual} {
			l.primary.fault(t, "cut")
		}
		// Where nothing bounds them the third wait is four times the first and
		// the fifth sixteen times; half of each is by chance.
		third := func(l *lane) bool { return len(l.between()) >= 3 }
		if !until(patience, func() bool {
			bounded.chat(t, "hello")
			usual.chat(t, "hello")
			calls := usual.primary.calls()
			return len(bounded.between()) >= 5 && (third(usual) || len(calls) == 3 && time.Since(calls[2].at) > 2*time.Second)
		}) {
			t.Fatalf("not tested often enough: %v, %v", bounded.between(), usual.between())
		}
		if got := bounded.between()[4]; got >= 8*time.Second {
			t.Errorf("a fifth wait of at most 1 s took %s", got)
		}
		if third(usual) && usual.between()[2] < 2*time.Second {
			t.Errorf("the third wait took %s, want at least 2 s", usual.between()[2])
		}
	}
}

func ramp(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) {
		return func(l *lane) {
			l.up.Health = hw.HealthPolicy{TripFailures: 1, WaitFirstMs: 50, RampMs: ms}
			l.path.Tiers = []hw.Tier{targets(l.up, l.other)} // one tier: the spare takes what the primary may not
		}
	}
	short, usual := s.lane("10", set(10)), s.lane("0", set(0))
	return func(t *testing.T) {
		const calls = 40
		got := map[*lane]int{}
		for _, l := range []*lane{short, usual} {
			l.scripted(t, "cut")
			l.chat(t, "breaks it")
			if !until(patience, func() bool { l.chat(t, "tests it"); return len(l.primary.calls()) >= 2 }) {
				t.Fatal("it never recovers")
			}
			<-time.After(50 * time.Millisecond)
			before := len(l.primary.calls())
			l.row(t, calls)
			got[l] = len(l.primary.calls()) - before
		}
		if got[short] != calls {
			t.Errorf("after the ramp %d of %d calls came", got[short], calls)
		}
		if got[usual] > calls/2 {
			t.Errorf("at the foot of the ramp %d of %d calls came", got[usual], calls)
		}
	}
}

func probeKind(s *site) func(t *testing.T) {
	set := func(kind string) func(l *lane) {
		return func(l *lane) {
			l.up.Health = hw.HealthPolicy{TripFailures: 1, WaitFirstMs: 200, Probe: kind}
			l.up.Check = hw.HealthCheck{IntervalMs: 200}
		}
	}
	usual, call := s.lane("usual", set("")), s.lane("call", set(hw.ProbeCall))
	copied, paid := s.lane("copy", set(hw.ProbeCopy)), s.lane("paid", set(hw.ProbePaid))
	return func(t *testing.T) {
		for _, l := range []*lane{usual, call, copied, paid} {
			l.scripted(t, "status-500", "status-500") // what a free check does not prove to be over
			for _, words := range []string{"breaks it", "breaks it as well"} {
				served(t, l.path.Name, l.chat(t, words), "2")
			}
		}
		// tested are the answers up to the one with which the primary was asked again.
		tested := func(l *lane) (all []reply) {
			if !until(patience, func() bool { all = append(all, l.chat(t, "tests it")); return len(l.primary.calls()) > 2 }) {
				t.Fatal("it is never tested")
			}
			return all
		}
		if !until(patience, func() bool { return len(paid.primary.calls()) > 2 }) {
			t.Error("no question is asked where nobody calls")
		}
		for _, l := range []*lane{usual, call} {
			all := tested(l)
			served(t, l.path.Name, all[len(all)-1], "1")
		}
		copies := 0
		for _, r := range tested(copied) {
			row, found := s.logRow(t, r, patience)
			if found && slices.ContainsFunc(row.Attempts, func(a hw.Attempt) bool { return a.Copy && a.Class == hw.ClassOK }) && row.Tier == 2 {
				copies++
				served(t, copied.path.Name, r, "2")
			}
		}
		if copies != 1 {
			t.Errorf("%d calls answered elsewhere have a copy in the log, want 1", copies)
		}
		served(t, "paid", paid.chat(t, "is answered"), "1")
	}
}

func suspectAfter(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) {
		return func(l *lane) {
			l.up.Health.SuspectAfterMs = ms
			l.up.Timeouts.FirstByteMs = 20_000
		}
	}
	// A machine that is busy for a moment is no setting: one of three will do.
	shorts := []*lane{s.lane("100", set(100)), s.lane("100-2", set(100)), s.lane("100-3", set(100))}
	long, plain := s.lane("2500", set(2500)), s.lane("plain", set(100))
	return func(t *testing.T) {
		first := func(l *lane, call func(t *testing.T, words string) reply) time.Duration {
			many(40, func(i int) reply { return call(t, fmt.Sprint("usual ", i)) }) // its usual time is to be known
			l.primary.fault(t, "hang")
			got := many(4, func(i int) reply { return call(t, fmt.Sprint("silence ", i)) })
			for _, r := range got {
				served(t, l.path.Name, r, "2")
			}
			return slices.MinFunc(got, func(a, b reply) int { return int(a.took - b.took) }).took
		}
		var borne []time.Duration
		for _, l := range shorts {
			if borne = append(borne, first(l, l.stream)); slices.Min(borne) < 2500*time.Millisecond {
				break
			}
		}
		if got := slices.Min(borne); got < 100*time.Millisecond || got >= 2500*time.Millisecond {
			t.Errorf("a silence of 100 ms was borne for %s", borne)
		}
		if got := first(long, long.stream); got < 2500*time.Millisecond || got > 15*time.Second {
			t.Errorf("a silence of 2.5 s was borne for %s", got)
		}
		if got := first(plain, plain.chat); got < 500*time.Millisecond || got > 15*time.Second {
			t.Errorf("five times 100 ms of silence before plain answers were borne for %s", got)
		}
	}
}

func hintMost(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) {
		return func(l *lane) { tireless(l); l.up.Health.HintMostMs = ms }
	}
	short, usual := s.lane("300", set(300)), s.lane("0", set(0))
	quota := s.lane("quota", set(300))
	told := map[int]*lane{2: s.lane("2000", set(2000), alone), 60: s.lane("told", set(0), alone), 500: s.lane("600000", set(600_000), alone)}
	return func(t *testing.T) {
		for _, l := range []*lane{short, usual} {
			l.primary.fault(t, "rate+retry-60")
		}
		if !until(patience, func() bool {
			usual.chat(t, "hello")
			short.chat(t, "hello")
			return len(short.between()) > 0
		}) {
			t.Fatal("it is never asked again")
		}
		if got := short.between()[0]; got < 300*time.Millisecond {
			t.Errorf("it was asked again after %s", got)
		}
		if n := len(usual.primary.calls()); n != 1 {
			t.Errorf("it was asked %d times within the minute that it asked for", n)
		}
		t.Run("of an account that is spent", func(t *testing.T) {
			quota.primary.fault(t, "quota+retry-60")
			if !until(3*time.Second, func() bool { quota.chat(t, "hello"); return len(quota.between()) > 0 }) {
				t.Error("it is not asked again although no more than 300 ms of its wait were to count")
			}
		})
		t.Run("as callers are told", func(t *testing.T) {
			for want, l := range told {
				l.primary.fault(t, "rate+retry-"+strconv.Itoa(max(want, 60)))
				if got := l.chat(t, "hello"); got.status != 429 || got.header.Get("Retry-After") != strconv.Itoa(want) {
					t.Errorf("%s: %d with Retry-After %s, want %d", l.path.Name, got.status, got.header.Get("Retry-After"), want)
				}
			}
		})
	}
}
