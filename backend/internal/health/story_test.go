package health

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// noJitter makes waits exact: all of the random half is taken.
func noJitter() float64 { return 1 }

func story(t *testing.T, tell func(t *testing.T, r *Registry, told *events)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		told := &events{}
		tell(t, NewRegistry(Config{Events: told.add, Rand: noJitter}), told)
	})
}

func state(r *Registry, t *Target) hw.HealthState { return r.View(t, time.Now()).State }

func trip(tb testing.TB, r *Registry, t *Target) {
	tb.Helper()
	for range tripConsecutive {
		mustCall(tb, r, t, false, refused())
	}
}

func TestBreaker_opensAtTheThirdFailure(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, told *events) {
		a := target("a", "k", "m")
		if s := state(r, a); s != hw.HealthUnknown {
			t.Fatalf("state %s before use", s)
		}
		mustCall(t, r, a, false, ok())
		if s := state(r, a); s != hw.HealthHealthy {
			t.Fatalf("state %s after a success", s)
		}
		for range 2 {
			mustCall(t, r, a, false, refused())
		}
		if v := r.View(a, time.Now()); !v.Usable {
			t.Fatalf("two failures opened it: %+v", v)
		}
		opened := time.Now()
		mustCall(t, r, a, false, refused())
		v := r.View(a, time.Now())
		if v.Usable || v.Probe || v.Hinted || v.State != hw.HealthOpen || v.Share != 0 || v.Reason != hw.ClassUnreachable {
			t.Fatalf("not open: %+v", v)
		}
		if want := opened.Add(waitFirst); !v.NotBefore.Equal(want) {
			t.Errorf("not before %s, want %s", v.NotBefore, want)
		}
		if want := "open since " + opened.Format(clock) + ": 3 x connection refused; next probe in 5 s"; v.Words != want {
			t.Errorf("words %q, want %q", v.Words, want)
		}
		if call(r, a, false, ok()) {
			t.Error("an ordinary call was let through")
		}
		if got := told.of(a.Endpoint); !slices.Equal(got, []hw.HealthState{hw.HealthHealthy, hw.HealthOpen}) {
			t.Errorf("told %v", got)
		}
		if got := told.of("k"); !slices.Equal(got, []hw.HealthState{hw.HealthHealthy}) {
			t.Errorf("told of the credential: %v", got)
		}
	})
}

func TestBreaker_opensWhenMostOfTheWindowFails(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		for _, o := range []Outcome{ok(), status(503), status(500), ok(), status(503)} {
			if s := state(r, a); s == hw.HealthOpen {
				t.Fatal("open with fewer than five samples")
			}
			mustCall(t, r, a, false, o)
			time.Sleep(time.Second)
		}
		v := r.View(a, time.Now())
		if v.State != hw.HealthOpen || !strings.Contains(v.Words, "3 of the last 5 calls failed, the last: HTTP 503") {
			t.Fatalf("not open by the window: %+v", v)
		}
	})
}

func TestBreaker_forgetsWhatLeftTheWindow(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		for range 20 {
			for _, o := range []Outcome{status(503), status(503), ok()} {
				mustCall(t, r, a, false, o)
				time.Sleep(windowTime / 4)
			}
		}
		if s := state(r, a); s != hw.HealthHealthy {
			t.Fatalf("state %s although the window never held five samples", s)
		}
	})
}

func TestBreaker_backOffDoublesAndIsForgiven(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		trip(t, r, a)
		for _, want := range []time.Duration{5, 10, 20, 40, 58, 58} {
			v := r.View(a, time.Now())
			if wait := time.Until(v.NotBefore); wait != want*time.Second {
				t.Fatalf("wait %s, want %d s", wait, want)
			}
			time.Sleep(time.Until(v.NotBefore) - 1)
			if r.View(a, time.Now()).Probe {
				t.Fatal("due too early")
			}
			time.Sleep(time.Nanosecond)
			if v = r.View(a, time.Now()); !v.Probe || v.Usable || !strings.HasSuffix(v.Words, "next probe with the next call") {
				t.Fatalf("not due: %+v", v)
			}
			mustCall(t, r, a, true, refused())
		}
		// Five healthy minutes after the ramp take five of the seven trips off.
		time.Sleep(waitMost)
		mustCall(t, r, a, true, ok())
		time.Sleep(rampTime + 5*forgiveAfter)
		trip(t, r, a)
		if wait := time.Until(r.View(a, time.Now()).NotBefore); wait != 20*time.Second {
			t.Errorf("wait %s after five healthy minutes, want 20 s for the third trip", wait)
		}
	})
}

func TestBackOff_jittersTheUpperHalf(t *testing.T) {
	policy := DefaultPolicy()
	for n := 1; n < 100; n++ {
		whole := doubled(policy.WaitFirst, policy.WaitMost, n)
		least, most := policy.backOff(n, 0), policy.backOff(n, 1)
		if least != whole/2 || policy.backOff(n, 0.5) != least+(most-least)/2 || most != min(whole, waitMost-2*time.Second) {
			t.Fatalf("n=%d: %s, %s, %s", n, least, policy.backOff(n, 0.5), most)
		}
	}
}

func TestBreaker_halfOpenAdmitsOneProbe(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, told *events) {
		a := target("a", "k", "m")
		trip(t, r, a)
		time.Sleep(waitFirst)
		var (
			wg      sync.WaitGroup
			tickets [100]*Ticket
			got     atomic.Int32
		)
		for i := range tickets {
			wg.Go(func() {
				// Another target under the same endpoint must not be a second way in.
				at := target("a"+strconv.Itoa(i%3), "k", "m"+strconv.Itoa(i%2))
				if k, begun := r.Begin(at, time.Now(), true, FlowStream); begun {
					tickets[i] = k
					got.Add(1)
				}
			})
		}
		wg.Wait()
		if got.Load() != 1 {
			t.Fatalf("%d probes in flight", got.Load())
		}
		v := r.View(a, time.Now())
		if v.State != hw.HealthProbing || v.Usable || v.Probe || v.Trickle {
			t.Errorf("while probing: %+v", v)
		}
		for _, k := range tickets {
			if k != nil {
				k.End(ok(), time.Now())
			}
		}
		want := []hw.HealthState{hw.HealthOpen, hw.HealthProbing, hw.HealthRamp}
		if got := told.of(a.Endpoint); !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}

func TestBreaker_recoversThroughARamp(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, told *events) {
		a := target("a", "", "m")
		trip(t, r, a)
		time.Sleep(waitFirst)
		mustCall(t, r, a, true, ok())
		for _, row := range []struct {
			after time.Duration
			share float64
		}{{0, 0.1}, {10 * time.Second, 0.4}, {15 * time.Second, 0.55}, {30*time.Second - 1, 1}} {
			time.Sleep(time.Until(r.View(a, time.Now()).Since.Add(row.after)))
			v := r.View(a, time.Now())
			if v.State != hw.HealthRamp || !v.Usable || v.Share < row.share-0.001 || v.Share > row.share+0.001 {
				t.Errorf("after %s: %s, share %.3f, want %.3f", row.after, v.State, v.Share, row.share)
			}
			mustCall(t, r, a, false, ok())
		}
		time.Sleep(time.Nanosecond)
		if v := r.View(a, time.Now()); v.State != hw.HealthHealthy || v.Share != 1 {
			t.Errorf("after the ramp: %+v", v)
		}
		mustCall(t, r, a, false, ok())
		want := []hw.HealthState{hw.HealthOpen, hw.HealthProbing, hw.HealthRamp, hw.HealthHealthy}
		if got := told.of(a.Endpoint); !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}

func TestBreaker_firstByteEndsTheTest(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		trip(t, r, a)
		time.Sleep(waitFirst)
		k, begun := r.Begin(a, time.Now(), true, FlowStream)
		if !begun {
			t.Fatal("no probe")
		}
		k.FirstByte(time.Now())
		if v := r.View(a, time.Now()); v.State != hw.HealthRamp || !v.Usable {
			t.Fatalf("the stream's end is waited for: %+v", v)
		}
		time.Sleep(10 * time.Minute)
		k.End(ok(), time.Now())
		k.End(refused(), time.Now()) // a second end changes nothing
		if v := r.View(a, time.Now()); v.InFlight != 0 || v.State != hw.HealthHealthy {
			t.Errorf("after the end: %+v", v)
		}
	})
}

// A call that began before the breaker opened neither closes it nor makes it worse.
func TestBreaker_stragglersHaveNoVote(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		late := make([]*Ticket, 2)
		for i := range late {
			late[i], _ = r.Begin(a, time.Now(), false, FlowStream)
		}
		trip(t, r, a)
		before := r.View(a, time.Now())
		late[0].End(ok(), time.Now())
		late[1].End(refused(), time.Now())
		after := r.View(a, time.Now())
		if after.State != hw.HealthOpen || !after.NotBefore.Equal(before.NotBefore) {
			t.Errorf("before %+v\nafter %+v", before, after)
		}
	})
}

func TestBreaker_probeWithoutVerdictGivesItsSlotBack(t *testing.T) {
	for name, facts := range map[string]Facts{
		"own cancel":   {OwnCancel: true},
		"caller gone":  {CallerGone: true},
		"caller's 400": {Status: 400},
		"deadline":     {TimedOut: TimeoutDeadline},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(t *testing.T, r *Registry, _ *events) {
				a := target("a", "k", "m")
				trip(t, r, a)
				time.Sleep(waitFirst)
				mustCall(t, r, a, true, Classify(facts, time.Now()))
				v := r.View(a, time.Now())
				if v.State != hw.HealthOpen || v.InFlight != 0 {
					t.Fatalf("a verdict was made of it: %+v", v)
				}
				time.Sleep(probePace)
				mustCall(t, r, a, true, ok())
				if s := state(r, a); s != hw.HealthRamp {
					t.Errorf("state %s after the next probe", s)
				}
			})
		})
	}
}

func TestHint_isNeverRunAheadOf(t *testing.T) {
	for _, code := range []int{429, 503, 402} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			story(t, func(t *testing.T, r *Registry, _ *events) {
				a := target("a", "k", "m")
				mustCall(t, r, a, false, hinted(code, "17"))
				v := r.View(a, time.Now())
				if v.Usable || v.Probe || v.Trickle || !v.Hinted || time.Until(v.NotBefore) != 17*time.Second {
					t.Fatalf("not held: %+v", v)
				}
				for time.Until(v.NotBefore) > 0 {
					if call(r, a, true, ok()) || call(r, a, false, ok()) {
						t.Fatalf("called %s early", time.Until(v.NotBefore))
					}
					time.Sleep(100 * time.Millisecond)
				}
				mustCall(t, r, a, true, ok())
			})
		})
	}
}

// A shorter hint that arrives late does not shorten a longer one.
func TestHint_theLatestTimeStays(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		first, _ := r.Begin(a, time.Now(), false, FlowStream)
		second, _ := r.Begin(a, time.Now(), false, FlowStream)
		first.End(hinted(429, "90"), time.Now())
		second.End(hinted(429, "7"), time.Now())
		if v := r.View(a, time.Now()); time.Until(v.NotBefore) != 90*time.Second {
			t.Errorf("%+v", v)
		}
	})
}

func TestHint_replacesTheWaitWithoutGrowth(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		for range tripConsecutive {
			mustCall(t, r, a, false, hinted(503, "2"))
			time.Sleep(2 * time.Second)
		}
		for range 5 {
			v := r.View(a, time.Now())
			if !v.Probe {
				t.Fatalf("not due after the hint: %+v", v)
			}
			mustCall(t, r, a, true, hinted(503, "2"))
			if wait := time.Until(r.View(a, time.Now()).NotBefore); wait != 2*time.Second {
				t.Fatalf("wait %s, want the hint's 2 s", wait)
			}
			time.Sleep(2 * time.Second)
		}
		mustCall(t, r, a, true, status(503))
		if wait := time.Until(r.View(a, time.Now()).NotBefore); wait != waitFirst {
			t.Errorf("wait %s after hints, want the first one", wait)
		}
	})
}

// 10,000 hints, many of them junk, in all spellings: no panic, and not one
// call before a time that was understood.
func TestHint_tenThousand(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		rng := rand.New(rand.NewPCG(1, 2))
		targets := make([]*Target, 50)
		notBefore := make([]time.Time, len(targets))
		for i := range targets {
			targets[i] = target("t"+strconv.Itoa(i), "k"+strconv.Itoa(i), "m"+strconv.Itoa(i))
		}
		understood, early := 0, 0
		for hints := 0; hints < 10_000; {
			i := rng.IntN(len(targets))
			now := time.Now()
			if v := r.View(targets[i], now); !v.Hinted && now.Before(notBefore[i]) {
				t.Fatalf("view %+v, hint until %s", v, notBefore[i])
			}
			k, begun := r.Begin(targets[i], now, rng.IntN(2) == 0, FlowStream)
			if begun {
				if now.Before(notBefore[i]) {
					early++
				}
				header, wait := randomHint(rng, now)
				facts := Facts{Status: []int{429, 503, 529}[rng.IntN(3)], Header: header}
				k.End(Classify(facts, now), now)
				hints++
				if wait > 0 {
					understood++
					notBefore[i] = now.Add(wait)
				}
			}
			time.Sleep(time.Duration(rng.IntN(8000)) * time.Millisecond)
		}
		if early != 0 || understood < 3000 {
			t.Errorf("%d early calls, %d hints understood", early, understood)
		}
	})
}

// randomHint makes a header and the least wait that must come of it.
func randomHint(rng *rand.Rand, now time.Time) (map[string][]string, time.Duration) {
	whole := time.Duration(1+rng.IntN(400)) * time.Second
	capped := min(whole, hintMost)
	switch rng.IntN(8) {
	case 0:
		return map[string][]string{"Retry-After": {strconv.Itoa(int(whole / time.Second))}}, capped
	case 1:
		return map[string][]string{"Retry-After": {now.Add(whole).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}, capped - time.Second
	case 2:
		return map[string][]string{"Retry-After-Ms": {strconv.Itoa(int(whole / time.Millisecond))}}, capped
	case 3:
		return map[string][]string{"X-Ratelimit-Reset-Tokens": {whole.String()}}, capped
	case 4:
		return map[string][]string{
			"Anthropic-Ratelimit-Tokens-Remaining": {"0"},
			"Anthropic-Ratelimit-Tokens-Reset":     {now.Add(whole).UTC().Format(time.RFC3339Nano)},
		}, capped
	}
	junk := make([]byte, rng.IntN(40))
	for i := range junk {
		junk[i] = byte(rng.IntN(256))
	}
	junk = append(junk, '!') // never a number
	return map[string][]string{"Retry-After": {string(junk)}, "X-Ratelimit-Reset": {string(junk)}, "X-Ratelimit-Remaining": {"0"}}, 0
}

func TestRate_countsInTheWindowOnly(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		for range 5 {
			mustCall(t, r, a, false, ok())
		}
		for range 5 {
			mustCall(t, r, a, false, status(429))
		}
		if v := r.View(a, time.Now()); !v.Usable {
			t.Fatalf("five limits in a row beside five successes: %+v", v)
		}
		mustCall(t, r, a, false, status(429))
		v := r.View(a, time.Now())
		if v.State != hw.HealthOpen || v.Reason != hw.ClassRate {
			t.Errorf("most of the window is limited: %+v", v)
		}
	})
}

// A limit of one model under one key stops neither the key nor the model.
func TestRate_staysWithItsTarget(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		mustCall(t, r, target("a", "k1", "m1"), false, hinted(429, "60"))
		for _, other := range []*Target{target("b", "k2", "m1"), target("c", "k1", "m2")} {
			if v := r.View(other, time.Now()); !v.Usable {
				t.Errorf("%s is stopped too: %+v", other.ID, v)
			}
		}
	})
}

func TestSuccessThatWasTheLastOneThrottles(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		o := Classify(Facts{Status: 200, Header: map[string][]string{
			"X-Ratelimit-Remaining-Requests": {"0"}, "X-Ratelimit-Reset-Requests": {"4s"},
		}}, time.Now())
		mustCall(t, r, a, false, o)
		v := r.View(a, time.Now())
		if v.State != hw.HealthThrottled || !v.Hinted || time.Until(v.NotBefore) != 4*time.Second {
			t.Fatalf("not throttled: %+v", v)
		}
		if want := "throttled since " + time.Now().Format(clock) + ": the answer said that no request is left; next call in 4 s"; v.Words != want {
			t.Errorf("words %q", v.Words)
		}
		time.Sleep(4 * time.Second)
		if v = r.View(a, time.Now()); v.State != hw.HealthHealthy || !v.Usable || v.Share != 1 {
			t.Errorf("not healthy at once: %+v", v)
		}
	})
}

func TestTrickle_isAtMostOnePerSecond(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		trip(t, r, a)
		start, calls := time.Now(), 0
		for time.Since(start) < 10*time.Minute { // 50 a second of retrying clients
			if v := r.View(a, time.Now()); v.Usable {
				t.Fatalf("usable: %+v", v)
			}
			if call(r, a, true, refused()) {
				calls++
			}
			time.Sleep(20 * time.Millisecond)
		}
		if limit := int(time.Since(start) / time.Second); calls > limit || calls < limit*9/10 {
			t.Errorf("%d calls in %d s", calls, limit)
		}
		// Recovery does not hang on our own back-off, which is a minute by now.
		time.Sleep(probePace)
		if v := r.View(a, time.Now()); v.Probe || !v.Trickle || time.Until(v.NotBefore) < 50*time.Second {
			t.Fatalf("no trickle before the back-off is over: %+v", v)
		}
		mustCall(t, r, a, true, ok())
		if s := state(r, a); s != hw.HealthRamp {
			t.Errorf("state %s", s)
		}
	})
}

func TestQuarantine_doubles(t *testing.T) {
	for _, row := range []struct {
		name   string
		o      Outcome
		minute []float64
		words  string
	}{
		{"auth", status(401), []float64{0.5, 1, 2, 4, 8, 10, 10}, "replace the upstream's credential"},
		{"quota", status(402), []float64{15, 30, 60, 120, 240, 360, 360}, "add credit to the upstream's account"},
		{
			"no model", Classify(Facts{Status: 404, Detail: dialect.ErrorDetail{Reason: dialect.ReasonNoModel}}, time.Time{}),
			[]float64{0.5, 1, 2, 4, 8, 10, 10},
			"choose a model that the upstream has",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			story(t, func(t *testing.T, r *Registry, _ *events) {
				a := target("a", "k", "m")
				for i, minutes := range row.minute {
					mustCall(t, r, a, i > 0, row.o)
					v := r.View(a, time.Now())
					if v.State != hw.HealthQuarantined || v.Reason != row.o.Class || !strings.HasSuffix(v.Words, row.words) {
						t.Fatalf("not quarantined: %+v", v)
					}
					if wait := time.Until(v.NotBefore); wait != time.Duration(minutes*float64(time.Minute)) {
						t.Fatalf("test %d: wait %s, want %.1f min", i, wait, minutes)
					}
					time.Sleep(time.Until(v.NotBefore))
				}
				// A success ends it, and the next one begins small again.
				mustCall(t, r, a, true, ok())
				if v := r.View(a, time.Now()); !v.Usable {
					t.Fatalf("no way back: %+v", v)
				}
				mustCall(t, r, a, false, row.o)
				if wait := time.Until(r.View(a, time.Now()).NotBefore); wait != time.Duration(row.minute[0]*float64(time.Minute)) {
					t.Errorf("wait %s after a recovery", wait)
				}
			})
		})
	}
}

func TestQuarantine_followsAHint(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		mustCall(t, r, a, false, hinted(402, "40"))
		v := r.View(a, time.Now())
		if v.State != hw.HealthQuarantined || !v.Hinted || time.Until(v.NotBefore) != 40*time.Second {
			t.Errorf("%+v", v)
		}
	})
}

// With nothing else left, a quarantined key is tested ahead of its time, but
// slowly: each test is a refused call on somebody's account.
func TestQuarantine_tricklesSlowly(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		mustCall(t, r, a, false, status(402))
		start, calls := time.Now(), 0
		for time.Since(start) < 10*time.Minute {
			if call(r, a, true, status(402)) {
				calls++
			}
			time.Sleep(50 * time.Millisecond)
		}
		if limit := int(10 * time.Minute / quarantinePace); calls > limit || calls < limit-1 {
			t.Errorf("%d calls, want at most %d", calls, limit)
		}
	})
}

func TestCredentialFault_doesNotOpenTheEndpoint(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, told *events) {
		for _, o := range []Outcome{status(401), status(402), status(403)} {
			for i := range 10 {
				call(r, target("a"+strconv.Itoa(i), "k"+strconv.Itoa(i)+o.Cause, "m"), false, o)
			}
		}
		if v := r.View(target("z", "other", "m"), time.Now()); !v.Usable {
			t.Errorf("another key at the same endpoint is stopped: %+v", v)
		}
		if v := r.View(target("y", "k1"+"HTTP 401", "other"), time.Now()); v.Usable {
			t.Errorf("another model under the refused key is not stopped: %+v", v)
		}
		if got := told.of("https://up:443"); len(got) != 0 {
			t.Errorf("told of the endpoint: %v", got)
		}
	})
}

// Without a credential of its own, the target takes such a fault itself.
func TestCredentialFault_withoutCredential(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		mustCall(t, r, target("a", "", "m1"), false, status(401))
		if s := state(r, target("a", "", "m1")); s != hw.HealthQuarantined {
			t.Errorf("state %s", s)
		}
		if v := r.View(target("b", "", "m2"), time.Now()); !v.Usable {
			t.Errorf("another target is stopped: %+v", v)
		}
	})
}

func TestModelFault_isPromotedWhenTwoModelsFail(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a, b, c := target("a", "k", "m1"), target("b", "k", "m2"), target("c", "k", "m3")
		for range 3 {
			mustCall(t, r, a, false, status(500))
		}
		if v := r.View(c, time.Now()); !v.Usable {
			t.Fatalf("one bad model stopped the endpoint: %+v", v)
		}
		for range 3 {
			mustCall(t, r, b, false, status(503))
		}
		v := r.View(c, time.Now())
		if v.Usable || v.State != hw.HealthOpen {
			t.Fatalf("two bad models did not stop the endpoint: %+v", v)
		}
		time.Sleep(time.Until(v.NotBefore))
		mustCall(t, r, c, true, status(500))
		if v = r.View(c, time.Now()); v.Usable || time.Until(v.NotBefore) != 2*waitFirst {
			t.Errorf("a failed test did not count: %+v", v)
		}
	})
}

func TestModelFault_isNotPromotedFromAnotherWindow(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a, b := target("a", "k", "m1"), target("b", "k", "m2")
		for range 3 {
			mustCall(t, r, a, false, status(500))
		}
		time.Sleep(windowTime)
		for range 3 {
			mustCall(t, r, b, false, status(500))
		}
		if v := r.View(target("c", "k", "m3"), time.Now()); !v.Usable {
			t.Errorf("failures half a minute apart stopped the endpoint: %+v", v)
		}
	})
}

// An endpoint that was unreachable is proven by any answer, even a refusal.
func TestEndpoint_recoversByAnyAnswer(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a, b := target("a", "k1", "m1"), target("b", "k2", "m2")
		trip(t, r, a)
		time.Sleep(waitFirst)
		mustCall(t, r, a, true, status(401))
		if s := state(r, a); s != hw.HealthQuarantined {
			t.Errorf("the key: %s", s)
		}
		if v := r.View(b, time.Now()); v.State != hw.HealthRamp || !v.Usable {
			t.Errorf("the endpoint: %+v", v)
		}
	})
}

func TestNeutral_tenThousandCountNothing(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, told *events) {
		a := target("a", "k", "m")
		mustCall(t, r, a, false, ok())
		before := len(told.list)
		facts := []Facts{
			{Status: 400},
			{Status: 409},
			{Status: 413},
			{Status: 422},
			{CallerGone: true, Status: 500},
			{OwnCancel: true},
			{TimedOut: TimeoutDeadline},
			{Status: 400, Detail: dialect.ErrorDetail{Reason: dialect.ReasonContextLength}},
			{Status: 403, Detail: dialect.ErrorDetail{Reason: dialect.ReasonContentPolicy}},
		}
		for i := range 10_000 {
			mustCall(t, r, a, false, Classify(facts[i%len(facts)], time.Now()))
		}
		if v := r.View(a, time.Now()); v.State != hw.HealthHealthy || v.InFlight != 0 {
			t.Errorf("%+v", v)
		}
		if len(told.list) != before {
			t.Errorf("told %v", told.list[before:])
		}
		// Two failures, then neutral ones: the third failure is still the third.
		mustCall(t, r, a, false, refused())
		mustCall(t, r, a, false, refused())
		mustCall(t, r, a, false, status(400))
		mustCall(t, r, a, false, refused())
		if s := state(r, a); s != hw.HealthOpen {
			t.Errorf("a neutral outcome broke the row: %s", s)
		}
	})
}

// Where callers choose the model, a wrong name is their mistake.
func TestNoModel_chosenByTheCallerIsNobodysFault(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "")
		for range 100 {
			mustCall(t, r, a, false, Classify(Facts{Status: 404, Detail: dialect.ErrorDetail{Reason: dialect.ReasonNoModel}}, time.Now()))
		}
		if v := r.View(a, time.Now()); !v.Usable {
			t.Errorf("%+v", v)
		}
	})
}

func TestLoading_isNoFailure(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, told *events) {
		a := target("a", "", "m")
		loading := Classify(Facts{Status: 503, Detail: dialect.ErrorDetail{Reason: dialect.ReasonLoading}}, time.Now())
		mustCall(t, r, a, false, loading)
		for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(100 * time.Millisecond) {
			v := r.View(a, time.Now())
			if v.State != hw.HealthLoading || v.Usable {
				t.Fatalf("%+v", v)
			}
			if v.Probe {
				mustCall(t, r, a, true, loading)
			}
		}
		time.Sleep(loadingWait)
		mustCall(t, r, a, true, ok())
		if v := r.View(a, time.Now()); v.State != hw.HealthHealthy || v.Share != 1 {
			t.Errorf("no ramp is needed after loading: %+v", v)
		}
		for _, c := range told.list {
			if c.To == hw.HealthOpen {
				t.Errorf("a breaker opened: %+v", c)
			}
		}
	})
}

func TestInFlight_isBounded(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		a.MaxInFlight = 10
		var wg sync.WaitGroup
		var tickets [100]*Ticket
		var got atomic.Int32
		for i := range tickets {
			wg.Go(func() {
				if k, begun := r.Begin(a, time.Now(), false, FlowStream); begun {
					tickets[i] = k
					got.Add(1)
				}
			})
		}
		wg.Wait()
		v := r.View(a, time.Now())
		if got.Load() != 10 || v.InFlight != 10 || !v.Full || !v.Usable {
			t.Fatalf("%d under way: %+v", got.Load(), v)
		}
		for _, k := range tickets {
			if k != nil {
				k.End(ok(), time.Now())
			}
		}
		if v = r.View(a, time.Now()); v.InFlight != 0 || v.Full {
			t.Errorf("not released: %+v", v)
		}
		a.MaxInFlight = 0
		for range defaultInFlight {
			if _, begun := r.Begin(a, time.Now(), false, FlowStream); !begun {
				t.Fatal("the default bound is too small")
			}
		}
		if call(r, a, false, ok()) {
			t.Error("beyond the default bound")
		}
	})
}

// When one scope of several refuses the probe, the others' slots are free again.
func TestProbe_needsEveryScope(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k1", "m1")
		late, _ := r.Begin(a, time.Now(), false, FlowStream)
		trip(t, r, a)
		late.End(hinted(429, "100"), time.Now())
		time.Sleep(waitFirst)
		if v := r.View(a, time.Now()); v.Probe || v.Trickle || !v.Hinted {
			t.Fatalf("%+v", v)
		}
		if call(r, a, true, ok()) {
			t.Fatal("ran ahead of the hint")
		}
		b := target("b", "k2", "m2")
		if v := r.View(b, time.Now()); v.State != hw.HealthOpen || v.InFlight != 0 {
			t.Fatalf("the endpoint's slot is held: %+v", v)
		}
		time.Sleep(probePace)
		mustCall(t, r, b, true, ok())
	})
}

func TestForget_dropsTargetsAndTheirScopes(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a, b := target("a", "k1", "m1"), target("b", "k2", "m2")
		running, _ := r.Begin(a, time.Now(), false, FlowStream)
		mustCall(t, r, a, false, status(401))
		mustCall(t, r, b, false, status(401))
		r.Forget(func(id string) bool { return id == "b" })
		running.End(refused(), time.Now())
		views := r.Snapshot([]*Target{b, a}, time.Now())
		if views[0].State != hw.HealthQuarantined {
			t.Errorf("the kept one: %+v", views[0])
		}
		if views[1].State != hw.HealthUnknown || views[1].InFlight != 0 {
			t.Errorf("the forgotten one: %+v", views[1])
		}
		if len(r.records) != 7 { // one endpoint, two of each other scope
			t.Errorf("%d records", len(r.records))
		}
	})
}

func TestTarget_thatMovedStartsAnew(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		mustCall(t, r, a, false, hinted(429, "60"))
		moved := &Target{ID: "a", Endpoint: "https://new:443", Credential: "k", Model: "https://new:443|m"}
		if v := r.View(moved, time.Now()); !v.Usable || v.State != hw.HealthUnknown {
			t.Errorf("%+v", v)
		}
	})
}
