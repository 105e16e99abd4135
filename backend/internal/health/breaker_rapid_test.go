package health

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"headwater/backend/hw"
)

// naive is the breaker told as plainly as possible: it keeps every sample and
// every moment, and derives everything when asked.
type naive struct {
	samples []sample // since the last change of mode
	row     int
	weak    bool
	grey    bool // weak when the row began
	lastBad time.Time
	mode    hw.HealthState
	since   time.Time
	until   time.Time
	hint    time.Time
	trips   int
	calmAt  time.Time
	strikes int
	testing bool
	tested  time.Time
}

type sample struct {
	bucket int64
	good   bool
}

func (n *naive) blocked() bool {
	return n.mode == hw.HealthOpen || n.mode == hw.HealthQuarantined || n.mode == hw.HealthLoading
}

func (n *naive) may(now time.Time, probe bool) (ok, slot bool) {
	hinted := now.Before(n.hint)
	if !n.blocked() {
		return !hinted, false
	}
	if !probe || hinted || n.testing || now.Before(n.tested.Add(time.Second)) {
		return false, false
	}
	pace := time.Second
	if n.mode == hw.HealthQuarantined {
		pace = 30 * time.Second
	}
	due := !now.Before(n.until)
	idle := !now.Before(n.tested.Add(pace)) && (n.mode == hw.HealthOpen || !now.Before(n.since.Add(pace)))
	return due || idle, due || idle
}

func (n *naive) open(now time.Time, o Outcome) {
	if !n.blocked() && n.mode != hw.HealthUnknown {
		for now.Sub(n.calmAt) >= time.Minute && n.trips > 0 {
			n.trips--
			n.calmAt = n.calmAt.Add(time.Minute)
		}
	}
	n.until = now.Add(o.Hint)
	if o.Hint == 0 {
		n.trips++
		seconds := 5
		for i := 1; i < n.trips && seconds < 60; i++ {
			seconds *= 2
		}
		n.until = now.Add(time.Duration(min(seconds, 58)) * time.Second) // 60, and two of them for the next call to come
	}
	n.enter(hw.HealthOpen, now)
}

func (n *naive) enter(mode hw.HealthState, now time.Time) {
	if n.mode != mode {
		n.since = now
	}
	n.mode, n.samples, n.row, n.weak = mode, nil, 0, false
}

func (n *naive) quarantine(now time.Time, o Outcome) {
	n.strikes++
	wait, limit := 30*time.Second, 10*time.Minute
	if o.Class == hw.ClassQuota {
		wait, limit = 15*time.Minute, 6*time.Hour
	}
	for i := 1; i < n.strikes; i++ {
		wait = min(2*wait, limit)
	}
	if o.Hint > 0 {
		wait = o.Hint
	}
	n.until = now.Add(wait)
	n.enter(hw.HealthQuarantined, now)
}

func (n *naive) succeed(now time.Time, bucket int64, slot bool) {
	n.testing = n.testing && !slot
	n.row = 0
	switch {
	case n.blocked() && (slot || n.mode == hw.HealthLoading):
		was := n.mode
		n.strikes = 0
		n.enter(hw.HealthRamp, now)
		n.calmAt = now.Add(30 * time.Second)
		if was == hw.HealthLoading {
			n.mode, n.calmAt = hw.HealthHealthy, now
		}
	case n.blocked():
		return
	case n.mode == hw.HealthUnknown:
		n.mode, n.since, n.calmAt = hw.HealthHealthy, now, now
	}
	n.samples = append(n.samples, sample{bucket, true})
	if n.fade(now); !n.lastBad.IsZero() && now.Sub(n.lastBad) < 30*time.Second {
		n.weigh(bucket)
	}
}

func (n *naive) fail(now time.Time, bucket int64, o Outcome, slot bool) {
	n.testing = n.testing && !slot
	if until := now.Add(o.Hint); o.Hint > 0 && until.After(n.hint) {
		n.hint = until
	}
	switch {
	case n.blocked() && !slot:
		if o.Quarantine && n.mode != hw.HealthQuarantined {
			n.quarantine(now, o)
		}
		return
	case o.Quarantine:
		n.quarantine(now, o)
		return
	case o.Class == hw.ClassLoading:
		n.until = now.Add(max(o.Hint, 2*time.Second))
		n.enter(hw.HealthLoading, now)
		return
	case slot:
		n.open(now, o)
		if o.Hint == 0 {
			n.until = n.until.Add(n.tested.Sub(now))
		}
		return
	}
	n.fade(now)
	n.lastBad = now
	n.samples = append(n.samples, sample{bucket, false})
	if o.Class != hw.ClassRate {
		if n.row == 0 {
			n.grey = n.weak
		}
		n.row++
	}
	most := 3
	if n.grey {
		most = 9
	}
	good, all := n.recent(bucket)
	if n.row >= most || all >= 5 && 2*good < all {
		n.open(now, o)
		return
	}
	n.weigh(bucket)
}

// fade forgets a weakness that was last seen a window ago.
func (n *naive) fade(now time.Time) {
	if now.Sub(n.lastBad) >= 30*time.Second {
		n.weak = false
	}
}

func (n *naive) weigh(bucket int64) {
	good, all := n.recent(bucket)
	n.weak = all >= 10 && (float64(good) < 0.9*float64(all) || n.weak && float64(good) < 0.95*float64(all))
}

func (n *naive) recent(bucket int64) (good, all int) {
	for _, s := range n.samples {
		if s.bucket > bucket-10 {
			all++
			if s.good {
				good++
			}
		}
	}
	return good, all
}

func (n *naive) state(now time.Time) hw.HealthState {
	switch {
	case n.blocked() && n.testing:
		return hw.HealthProbing
	case n.blocked():
		return n.mode
	case now.Before(n.hint):
		return hw.HealthThrottled
	case n.mode == hw.HealthRamp && now.Sub(n.since) >= 30*time.Second:
		return hw.HealthHealthy
	}
	return n.mode
}

// The breaker and the naive model agree after any sequence of begins, ends
// and pauses.
func TestBreaker_agreesWithNaiveModel(t *testing.T) {
	faults := []Outcome{
		{Class: hw.ClassUnreachable, Counted: true},
		{Class: hw.ClassFailed, Counted: true},
		{Class: hw.ClassOverloaded, Counted: true},
		{Class: hw.ClassOverloaded, Counted: true, Hint: 7 * time.Second},
		{Class: hw.ClassRate, Counted: true},
		{Class: hw.ClassRate, Counted: true, Hint: 90 * time.Second},
		{Class: hw.ClassLoading},
		{Class: hw.ClassLoading, Hint: 5 * time.Second},
		{Class: hw.ClassAuth, Quarantine: true},
		{Class: hw.ClassQuota, Quarantine: true},
		{Class: hw.ClassQuota, Quarantine: true, Hint: 3 * time.Minute},
	}
	rapid.Check(t, func(t *rapid.T) {
		born := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
		now := born
		b, n := newBreaker(born), &naive{mode: hw.HealthUnknown}
		var slots []bool // attempts under way
		take := func(t *rapid.T) bool {
			if len(slots) == 0 {
				t.Skip("nothing under way")
			}
			i := rapid.IntRange(0, len(slots)-1).Draw(t, "attempt")
			slot := slots[i]
			slots = append(slots[:i], slots[i+1:]...)
			b.settle(now)
			return slot
		}
		bucket := func() int64 { return int64(now.Sub(born) / (3 * time.Second)) }
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(t *rapid.T) {
				probe := rapid.Bool().Draw(t, "probe")
				b.settle(now)
				allowed, slot := b.reserve(now, probe)
				wantAllowed, wantSlot := n.may(now, probe)
				if allowed != wantAllowed || slot != wantSlot {
					t.Fatalf("reserve gave %v %v, want %v %v", allowed, slot, wantAllowed, wantSlot)
				}
				if slot {
					n.testing, n.tested = true, now
				}
				if allowed {
					slots = append(slots, slot)
				}
			},
			"whole calls": func(t *rapid.T) {
				for range rapid.IntRange(1, 6).Draw(t, "calls") {
					o := rapid.SampledFrom(append(faults, Outcome{Class: hw.ClassOK})).Draw(t, "outcome")
					now = now.Add(time.Duration(rapid.IntRange(0, 12).Draw(t, "seconds")) * time.Second)
					b.settle(now)
					allowed, slot := b.reserve(now, true)
					wantAllowed, wantSlot := n.may(now, true)
					if allowed != wantAllowed || slot != wantSlot {
						t.Fatalf("reserve gave %v %v, want %v %v", allowed, slot, wantAllowed, wantSlot)
					}
					switch {
					case !allowed:
						if next := b.look(now).notBefore; next.After(now) {
							now = next
						}
					case slot:
						n.tested = now
					}
					if !allowed {
						continue
					}
					if o.Class == hw.ClassOK {
						b.proven()
						b.succeed(now, slot)
						n.succeed(now, bucket(), slot)
						continue
					}
					b.fail(&o, now, slot, 1)
					n.fail(now, bucket(), o, slot)
				}
			},
			"succeed": func(t *rapid.T) {
				slot := take(t)
				b.proven()
				b.succeed(now, slot)
				n.succeed(now, bucket(), slot)
			},
			"fail": func(t *rapid.T) {
				slot := take(t)
				o := rapid.SampledFrom(faults).Draw(t, "fault")
				b.fail(&o, now, slot, 1)
				n.fail(now, bucket(), o, slot)
			},
			"end without verdict": func(t *rapid.T) {
				if slot := take(t); slot {
					b.release()
					n.testing = false
				}
			},
			"wait": func(t *rapid.T) {
				pauses := []time.Duration{time.Millisecond, 300 * time.Millisecond, time.Second, 4 * time.Second, 31 * time.Second, 3 * time.Minute, time.Hour}
				now = now.Add(rapid.SampledFrom(pauses).Draw(t, "pause"))
			},
			"": func(t *rapid.T) {
				l := b.look(now)
				got := l.state
				if got == hw.HealthDegraded { // advisory: the naive model has no such word
					got = hw.HealthHealthy
				}
				if want := n.state(now); got != want {
					t.Fatalf("state %s, want %s", got, want)
				}
				if l.usable && (l.share <= 0 || l.share > 1 || !l.notBefore.IsZero()) || !l.usable && l.notBefore.IsZero() {
					t.Fatalf("inconsistent: %+v", l)
				}
				if l.hinted != now.Before(n.hint) || l.hinted && (l.usable || l.due || l.trickle || l.notBefore.Before(n.hint)) {
					t.Fatalf("hint until %s: %+v", n.hint, l)
				}
				if n.blocked() && l.notBefore.Before(n.until) {
					t.Fatalf("not before %s, want %s", l.notBefore, n.until)
				}
				if b.words(l, now) == "" {
					t.Fatal("no words")
				}
			},
		})
	})
}
