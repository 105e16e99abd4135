package health

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
)

func begin(tb testing.TB, r *Registry, t *Target) *Ticket {
	tb.Helper()
	k, ok := r.Begin(t, time.Now(), false, FlowStream)
	if !ok {
		tb.Fatalf("not let through: %+v", r.View(t, time.Now()))
	}
	return k
}

// warm teaches the registry a target's usual time.
func warm(tb testing.TB, r *Registry, t *Target, took time.Duration) {
	tb.Helper()
	for range LatencyEnough + 10 {
		k := begin(tb, r, t)
		time.Sleep(took)
		k.FirstByte(time.Now())
		k.End(ok(), time.Now())
	}
}

func TestSilence_ofThreeCallsMakesATargetSuspect(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, told *events) {
		a := target("a", "k", "m")
		warm(t, r, a, 200*time.Millisecond)
		waiting := []*Ticket{begin(t, r, a), begin(t, r, a)}
		time.Sleep(time.Minute)
		if r.View(a, time.Now()).Suspect {
			t.Fatal("two calls are not enough")
		}
		waiting = append(waiting, begin(t, r, a))
		if silent, again := waiting[0].Silent(time.Now()); silent || again != time.Second {
			t.Fatalf("at once: %v, look again in %s", silent, again)
		}
		time.Sleep(time.Second)
		if v := r.View(a, time.Now()); !v.Suspect || !v.Usable {
			t.Fatalf("after a second: %+v", v)
		}
		if silent, _ := waiting[0].Silent(time.Now()); !silent {
			t.Fatal("the call that waits is not told")
		}
		if v := r.View(a, time.Now()); v.State != hw.HealthSuspect || !strings.HasPrefix(v.Words, "suspect since") {
			t.Errorf("it shows %s: %s", v.State, v.Words)
		}
		waiting[1].FirstByte(time.Now())
		if v := r.View(a, time.Now()); v.Suspect || v.State != hw.HealthHealthy {
			t.Errorf("after its first byte: %+v", v)
		}
		states := told.of("a")
		if len(states) < 2 || states[len(states)-2] != hw.HealthSuspect || states[len(states)-1] != hw.HealthHealthy {
			t.Errorf("told %v", states)
		}
	})
}

func TestSilence_isMeasuredByTheUsualTime(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		warm(t, r, a, 2*time.Second)
		for range 3 {
			begin(t, r, a)
		}
		time.Sleep(5 * time.Second)
		if r.View(a, time.Now()).Suspect {
			t.Error("suspect before three times its usual time")
		}
		time.Sleep(2500 * time.Millisecond)
		if !r.View(a, time.Now()).Suspect {
			t.Error("not suspect after more than three times its usual time")
		}
	})
}

func TestSilence_anyByteSpeaksForAll(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		warm(t, r, a, 100*time.Millisecond)
		speaking := begin(t, r, a)
		speaking.FirstByte(time.Now())
		for range 5 {
			begin(t, r, a)
		}
		for range 20 {
			time.Sleep(900 * time.Millisecond)
			speaking.Heard(time.Now())
			if r.View(a, time.Now()).Suspect {
				t.Fatal("suspect although a stream of it goes on")
			}
		}
	})
}

func TestSilence_isNotSuspectForEver(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		warm(t, r, a, 100*time.Millisecond)
		var waiting []*Ticket
		for range 3 {
			waiting = append(waiting, begin(t, r, a))
		}
		time.Sleep(2 * time.Second)
		waiting[0].Silent(time.Now())
		for _, k := range waiting {
			k.End(Classify(Facts{CallerGone: true}, time.Now()), time.Now())
		}
		if s := state(r, a); s != hw.HealthSuspect {
			t.Fatalf("state %s", s)
		}
		time.Sleep(suspectFor)
		if s := state(r, a); s != hw.HealthHealthy {
			t.Errorf("state %s for good", s)
		}
	})
}

// print gives an outcome a request and an app.
func asked(o Outcome, app, request uint64) Outcome {
	o.App, o.Print = app, request
	return o
}

func TestTripByStatus_needsDifferentRequests(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		for range 20 {
			mustCall(t, r, a, false, asked(status(500), 1, 7))
		}
		if s := state(r, a); s == hw.HealthOpen {
			t.Fatal("one request opened it")
		}
		mustCall(t, r, a, false, asked(status(500), 1, 8))
		if s := state(r, a); s != hw.HealthOpen {
			t.Errorf("state %s after another request failed, too", s)
		}
	})
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		for range 3 {
			mustCall(t, r, a, false, asked(refused(), 1, 7))
		}
		if s := state(r, a); s != hw.HealthOpen {
			t.Errorf("a refused connection is nobody's request: %s", s)
		}
	})
}

func doubt(tb testing.TB, r *Registry, t *Target, o Outcome) *Ticket {
	tb.Helper()
	k := begin(tb, r, t)
	if !k.Doubt(o, time.Now()) {
		tb.Fatal("the failure was charged at once")
	}
	return k
}

func TestExcuse_countsNothingBesideHealthyTraffic(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, told *events) {
		a := target("a", "k", "m")
		for i := range uint64(6000) { // 5 minutes at 20/s, a good call of another app each second
			doubt(t, r, a, asked(status(500), 1, i+1)).Excuse(time.Now())
			if i%20 == 0 {
				mustCall(t, r, a, false, asked(ok(), 2, 0))
			}
			time.Sleep(50 * time.Millisecond)
			if v := r.View(a, time.Now()); !v.Usable {
				t.Fatalf("call %d: %+v", i, v)
			}
		}
		for _, s := range told.of(a.Model) {
			if s == hw.HealthOpen {
				t.Error("it was open")
			}
		}
	})
}

func TestExcuse_countsWhenNothingElseComes(t *testing.T) {
	for name, c := range map[string]struct {
		apps uint64
		good bool // another app was served lately
		open bool
	}{
		"an outage that several apps see":             {2, true, true},
		"one app alone":                               {1, false, true},
		"one app, while another was served of late":   {1, true, false},
		"several apps, also without a success before": {3, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(t *testing.T, r *Registry, _ *events) {
				a := target("a", "k", "m")
				if c.good {
					mustCall(t, r, a, false, asked(ok(), 99, 0))
				}
				for i := range uint64(100) {
					k, allowed := r.Begin(a, time.Now(), false, FlowStream)
					if !allowed {
						break
					}
					k.Doubt(asked(status(500), i%c.apps+1, i+1), time.Now())
					k.Excuse(time.Now())
					time.Sleep(50 * time.Millisecond)
				}
				if got := state(r, a) == hw.HealthOpen; got != c.open {
					t.Errorf("open: %v", got)
				}
			})
		})
	}
}

func TestDoubt_isChargedWhenAnotherAnswers(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		for i := range uint64(3) {
			k := doubt(t, r, a, asked(status(500), 1, i+1))
			if n := r.View(a, time.Now()).InFlight; n != 0 {
				t.Fatalf("%d under way", n)
			}
			k.Blame(time.Now())
		}
		if s := state(r, a); s != hw.HealthOpen {
			t.Errorf("state %s", s)
		}
	})
	t.Run("a failed test is charged at once", func(t *testing.T) {
		story(t, func(t *testing.T, r *Registry, _ *events) {
			a := target("a", "k", "m")
			trip(t, r, a)
			time.Sleep(waitFirst)
			k, allowed := r.Begin(a, time.Now(), true, FlowStream)
			if !allowed || k.Doubt(asked(status(500), 1, 1), time.Now()) {
				t.Error("kept back")
			}
		})
	})
}

func TestDegraded_isAskedAfterOthersAndNotShut(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		for i := range uint64(40) {
			o := ok()
			if i%5 == 0 {
				o = asked(status(500), 1, i+1)
			}
			mustCall(t, r, a, false, o)
		}
		v := r.View(a, time.Now())
		if !v.Usable || !v.Degraded || v.State != hw.HealthDegraded || !strings.HasPrefix(v.Words, "degraded: 8 of its last 40 calls failed") {
			t.Errorf("%+v", v)
		}
		time.Sleep(windowTime)
		if v := r.View(a, time.Now()); v.Degraded || v.State != hw.HealthHealthy {
			t.Errorf("for good: %+v", v)
		}
	})
}

func TestSaved_comesBackWithItsExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRegistry(Config{Rand: noJitter})
		open, limited, revoked, well := target("open", "k1", "m1"), target("limited", "k2", "m2"), target("revoked", "k3", "m3"), target("well", "k4", "m4")
		open.Endpoint = "https://other:443"
		trip(t, r, open)
		mustCall(t, r, limited, false, hinted(429, "40"))
		mustCall(t, r, revoked, false, status(401))
		mustCall(t, r, well, false, ok())
		all := []*Target{open, limited, revoked, well}
		before := r.Snapshot(all, time.Now())

		text, err := json.Marshal(r.Save(time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		var saved []Saved
		if err := json.Unmarshal(text, &saved); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // the service is away
		told := &events{}
		again := NewRegistry(Config{Rand: noJitter, Events: told.add})
		again.Restore(saved, time.Now())
		for i, v := range again.Snapshot(all, time.Now()) {
			if v.State != before[i].State || v.Usable != before[i].Usable || !v.NotBefore.Equal(before[i].NotBefore) || v.Reason != before[i].Reason || !v.Since.Equal(before[i].Since) {
				t.Errorf("%s: %+v, was %+v", all[i].ID, v, before[i])
			}
		}
		if len(told.list) != 0 {
			t.Errorf("told of %v", told.list)
		}
		time.Sleep(waitFirst)
		if !again.View(open, time.Now()).Probe {
			t.Error("its test is not due")
		}
		mustCall(t, again, open, true, ok())
		if s := state(again, open); s != hw.HealthRamp {
			t.Errorf("after a good test: %s", s)
		}
		time.Sleep(time.Hour)
		for _, a := range all {
			if v := again.View(a, time.Now()); !v.Usable && !v.Probe && !v.Trickle {
				t.Errorf("%s is stuck: %+v", a.ID, v)
			}
		}
	})
}

func TestRestore_takesNoNonsense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, now := NewRegistry(Config{}), time.Now()
		a := target("a", "k", "m")
		r.Restore([]Saved{
			{Scope: ScopeTarget, ID: "a", State: "melted"},
			{Scope: "house", ID: "a", State: hw.HealthOpen},
			{Scope: ScopeEndpoint, ID: "", State: hw.HealthOpen},
			{Scope: ScopeModel, ID: a.Model, State: hw.HealthOpen, Since: now.Add(time.Hour), Until: now.Add(1e6 * time.Hour), Trips: -5, Strikes: 1 << 30},
		}, now)
		v := r.View(a, now)
		if v.State != hw.HealthOpen || v.NotBefore.After(now.Add(longestWait)) || v.Since.After(now) {
			t.Errorf("%+v", v)
		}
		time.Sleep(longestWait)
		mustCall(t, r, a, true, ok())
	})
}

func checked(o Outcome, accepted bool) Checked { return Checked{Outcome: o, Accepted: accepted} }

func TestCheck_bringsBackWhatItProves(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		a.FreeCheck = true
		trip(t, r, a)
		r.TellChecked([]*Target{a, a}, checked(ok(), true), time.Now())
		if s := state(r, a); s != hw.HealthOpen {
			t.Fatalf("one good check brought it back: %s", s)
		}
		r.TellChecked([]*Target{a}, checked(ok(), true), time.Now())
		if s := state(r, a); s != hw.HealthRamp {
			t.Errorf("two good checks: %s", s)
		}
	})
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		a.FreeCheck = true
		mustCall(t, r, a, false, status(401))
		for range 3 {
			r.TellChecked([]*Target{a}, checked(ok(), false), time.Now())
		}
		if s := state(r, a); s != hw.HealthQuarantined {
			t.Fatalf("a check without the key brought it back: %s", s)
		}
		r.TellChecked([]*Target{a}, checked(ok(), true), time.Now())
		if s := state(r, a); s != hw.HealthRamp {
			t.Errorf("a check with the key: %s", s)
		}
	})
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		a.FreeCheck = true
		for i := range uint64(3) {
			mustCall(t, r, a, false, asked(status(500), 1, i+1))
		}
		for range 5 {
			r.TellChecked([]*Target{a}, checked(ok(), true), time.Now())
		}
		if s := state(r, a); s != hw.HealthOpen {
			t.Errorf("a model list proves nothing about a model: %s", s)
		}
	})
}

func TestCheck_comesBeforeACallIsRisked(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		a.FreeCheck = true
		for i := range uint64(3) {
			mustCall(t, r, a, false, asked(status(500), 1, i+1))
		}
		time.Sleep(waitFirst)
		if r.View(a, time.Now()).Probe {
			t.Fatal("a call is risked before the check")
		}
		r.TellChecked([]*Target{a}, checked(ok(), true), time.Now())
		if !r.View(a, time.Now()).Probe {
			t.Error("no call is risked after a good check")
		}
		r.TellChecked([]*Target{a}, checked(refused(), false), time.Now())
		mustCall(t, r, a, true, asked(status(500), 1, 9))
		time.Sleep(2*waitFirst + checkGrace)
		if !r.View(a, time.Now()).Probe {
			t.Error("a check that never comes holds the test up for good")
		}
	})
}

func TestCheck_thatFailsForReasonsOfItsOwnShutsNobodyOutForGood(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		a.FreeCheck = true
		trip(t, r, a)
		for begin := time.Now(); !r.View(a, time.Now()).Probe; time.Sleep(time.Second) {
			r.TellChecked([]*Target{a}, checked(refused(), false), time.Now())
			if time.Since(begin) > probeAnyway {
				t.Fatalf("no call is ever risked: %+v", r.View(a, time.Now()))
			}
		}
		mustCall(t, r, a, true, ok())
		if s := state(r, a); s != hw.HealthRamp {
			t.Errorf("state %s", s)
		}
	})
}

func TestCheck_failuresOpenWhatIsIdle(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		mustCall(t, r, a, false, ok())
		for i := range checkFall {
			if s := state(r, a); s != hw.HealthHealthy {
				t.Fatalf("%d failed checks: %s", i, s)
			}
			r.TellChecked([]*Target{a}, checked(refused(), false), time.Now())
		}
		v := r.View(a, time.Now())
		if v.State != hw.HealthOpen || !strings.Contains(v.Words, "3 checks failed, the last: connection refused") {
			t.Errorf("%+v", v)
		}
		before := v.NotBefore
		r.TellChecked([]*Target{a}, checked(refused(), false), time.Now())
		if v := r.View(a, time.Now()); !v.NotBefore.Equal(before) {
			t.Error("a check before its time moved the wait")
		}
		time.Sleep(waitFirst)
		r.TellChecked([]*Target{a}, checked(refused(), false), time.Now())
		if v := r.View(a, time.Now()); time.Until(v.NotBefore) != 2*waitFirst {
			t.Errorf("the next wait is %s", time.Until(v.NotBefore))
		}
	})
}

func TestCheck_whatChecksShutTheyOpen(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		broken := Classify(Facts{Status: 503}, time.Now())
		broken.Scope = ScopeEndpoint
		good := Checked{Outcome: Outcome{Class: hw.ClassOK}}
		rounds := func(n int, c Checked) {
			for range n {
				time.Sleep(15 * time.Second)
				r.TellChecked([]*Target{a}, c, time.Now())
			}
		}
		mustCall(t, r, a, false, ok())
		rounds(checkFall, Checked{Outcome: broken})
		if s := state(r, a); s != hw.HealthOpen {
			t.Fatalf("state %s", s)
		}
		saved := r.Save(time.Now())
		again := NewRegistry(Config{Rand: func() float64 { return 1 }})
		again.Restore(saved, time.Now())
		rounds(checkRise, good)
		if v := r.View(a, time.Now()); !v.Usable {
			t.Errorf("after good checks: %+v", v)
		}
		for range checkRise {
			again.TellChecked([]*Target{a}, good, time.Now())
		}
		if v := again.View(a, time.Now()); !v.Usable {
			t.Errorf("after good checks that followed a restart: %+v", v)
		}
		b := target("b", "k2", "m2") // but not what a call showed
		b.Endpoint = "https://other:443"
		for range tripConsecutive {
			mustCall(t, r, b, false, Classify(Facts{Status: 503}, time.Now()))
		}
		for range 4 * checkRise {
			time.Sleep(15 * time.Second)
			r.TellChecked([]*Target{b}, good, time.Now())
		}
		if v := r.View(b, time.Now()); v.Usable {
			t.Errorf("%+v", v)
		}
	})
}

func TestCheck_hintsOfChecksHold(t *testing.T) {
	for name, outcome := range map[string]Outcome{
		"an error":               {Class: hw.ClassOverloaded, Scope: ScopeEndpoint, Counted: true, Hint: 2 * time.Minute},
		"a list that was denied": {Class: hw.ClassOK, Scope: ScopeCredential, Hint: 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(t *testing.T, r *Registry, _ *events) {
				a := target("a", "k", "m")
				mustCall(t, r, a, false, ok())
				r.TellChecked([]*Target{a}, Checked{Outcome: outcome}, time.Now())
				for range 119 {
					v := r.View(a, time.Now())
					if v.Usable || v.Probe || v.Trickle || !v.Hinted || r.CheckDue(a, time.Now(), time.Hour, 0) {
						t.Fatalf("asked before the time that it named: %+v", v)
					}
					time.Sleep(time.Second)
				}
				time.Sleep(time.Second)
				if v := r.View(a, time.Now()); !v.Usable {
					t.Errorf("after it: %+v", v)
				}
			})
		})
	}
}

func TestCheckDue_aRefusedKeyHasItsTime(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		mustCall(t, r, a, false, Classify(Facts{Status: 401}, time.Now()))
		refused := Checked{Outcome: Classify(Facts{Status: 401}, time.Now())}
		checks, start := 0, time.Now()
		for ; time.Since(start) < time.Hour; time.Sleep(15 * time.Second) {
			if r.CheckDue(a, time.Now(), 2*time.Hour, 0) {
				checks++
				r.TellChecked([]*Target{a}, refused, time.Now())
			}
		}
		if checks < 6 || checks > 12 { // 30 s, doubled up to 10 min
			t.Errorf("%d checks of a revoked key in an hour", checks)
		}
	})
}

func TestCheckDue_isAboutWhatIsHeard(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		mustCall(t, r, a, false, ok())
		for range 13 { // calls that give up of themselves say nothing
			time.Sleep(5 * time.Second)
			k, _ := r.Begin(a, time.Now(), false, FlowPlain)
			k.End(Classify(Facts{OwnCancel: true}, time.Now()), time.Now())
		}
		if !r.CheckDue(a, time.Now(), time.Minute, 0) {
			t.Error("not due although nothing was heard for a minute")
		}
	})
}

func TestEngine_backlogMakesItFullWhileItIsKnown(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "", "m")
		r.TellEngine(a, Engine{Backlog: true}, time.Now())
		if v := r.View(a, time.Now()); !v.Full || !v.Usable {
			t.Errorf("with requests that wait inside: %+v", v)
		}
		time.Sleep(backlogKnown)
		if v := r.View(a, time.Now()); v.Full {
			t.Errorf("when nothing was heard of it for long: %+v", v)
		}
	})
}

func TestCheckDue(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		due := func() bool { return r.CheckDue(a, time.Now(), time.Minute, 0) }
		mustCall(t, r, a, false, ok())
		if due() {
			t.Error("due right after a call")
		}
		time.Sleep(time.Minute)
		if !due() {
			t.Error("not due when nothing was heard for a minute")
		}
		trip(t, r, a)
		if !due() {
			t.Error("not due when it is open")
		}
		b := target("c", "k3", "m3")
		b.Endpoint = "https://hinted:443"
		mustCall(t, r, b, false, hinted(503, "100"))
		if r.CheckDue(b, time.Now(), time.Minute, 0) {
			t.Error("due although the upstream asked for time")
		}
	})
}

func TestEngine_capacityColdAndLoading(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "", "m")
		r.TellEngine(a, Engine{Capacity: 2, Cold: true}, time.Now())
		if v := r.View(a, time.Now()); !v.Cold || !v.Usable || v.Full {
			t.Fatalf("%+v", v)
		}
		begin(t, r, a)
		begin(t, r, a)
		if v := r.View(a, time.Now()); !v.Full {
			t.Errorf("not full at its capacity: %+v", v)
		}
		slow := Classify(Facts{Cold: true, TimedOut: TimeoutFirstByte}, time.Now())
		if slow.Class != hw.ClassLoading || slow.Counted {
			t.Errorf("silence while it loads is %+v", slow)
		}
		r.TellEngine(a, Engine{Capacity: 2, Loading: true}, time.Now())
		if v := r.View(a, time.Now()); v.State != hw.HealthLoading || v.Usable {
			t.Errorf("while loading: %+v", v)
		}
		r.TellEngine(a, Engine{Capacity: 4}, time.Now())
		if v := r.View(a, time.Now()); !v.Usable || v.Cold || v.Full {
			t.Errorf("when loaded: %+v", v)
		}
		bounded := target("b", "", "n")
		bounded.MaxInFlight = 7
		r.TellEngine(bounded, Engine{Capacity: 1}, time.Now())
		begin(t, r, bounded)
		if r.View(bounded, time.Now()).Full {
			t.Error("what the administrator set is not what counts")
		}
	})
}

func TestOperator_takesATargetOutAndItsTimeBringsItBack(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		k := begin(t, r, a)
		out := *a
		out.Operator, out.OperatorUntil = hw.HealthMaintenance, time.Now().Add(time.Hour)
		v := r.View(&out, time.Now())
		if v.Usable || v.Probe || v.Trickle || v.State != hw.HealthMaintenance || v.InFlight != 1 || !strings.HasPrefix(v.Words, "in maintenance until") {
			t.Errorf("%+v", v)
		}
		if _, allowed := r.Begin(&out, time.Now(), true, FlowStream); allowed {
			t.Error("a call was let through")
		}
		k.End(ok(), time.Now()) // a call under way ends as usual
		time.Sleep(time.Hour)
		mustCall(t, r, &out, false, ok())
	})
}

func TestPolicy_eachNumberCounts(t *testing.T) {
	failures := func(t *testing.T, p Policy, n int) View {
		t.Helper()
		var v View
		story(t, func(t *testing.T, r *Registry, _ *events) {
			a := target("a", "k", "m")
			a.Policy = &p
			for range n {
				mustCall(t, r, a, false, refused())
			}
			v = r.View(a, time.Now())
			v.NotBefore = time.Time{}.Add(time.Until(v.NotBefore))
		})
		return v
	}
	if failures(t, Policy{TripFailures: 5, TripSamples: 100}, 4).State == hw.HealthOpen || failures(t, Policy{TripFailures: 5, TripSamples: 100}, 5).State != hw.HealthOpen {
		t.Error("trip failures")
	}
	if failures(t, Policy{TripFailures: 100, TripSamples: 4}, 3).State == hw.HealthOpen || failures(t, Policy{TripFailures: 100, TripSamples: 4}, 4).State != hw.HealthOpen {
		t.Error("trip samples")
	}
	if got := failures(t, Policy{WaitFirst: 7 * time.Second}, 3).NotBefore; got != (time.Time{}).Add(7*time.Second) {
		t.Errorf("first wait until %s", got)
	}
	if got := failures(t, Policy{WaitFirst: 6 * time.Second, WaitMost: 6 * time.Second}, 3).NotBefore; got != (time.Time{}).Add(5800*time.Millisecond) {
		t.Errorf("longest wait until %s", got)
	}
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		a.Policy = &Policy{Ramp: 2 * time.Second, HintMost: 9 * time.Second}
		trip(t, r, a)
		time.Sleep(waitFirst)
		mustCall(t, r, a, true, ok())
		time.Sleep(2 * time.Second)
		if s := state(r, a); s != hw.HealthHealthy {
			t.Errorf("ramp: %s", s)
		}
		mustCall(t, r, a, false, hinted(429, "100"))
		if v := r.View(a, time.Now()); time.Until(v.NotBefore) != 9*time.Second {
			t.Errorf("longest hint: %s", time.Until(v.NotBefore))
		}
	})
	t.Run("a new configuration takes effect on a known target", func(t *testing.T) {
		story(t, func(t *testing.T, r *Registry, _ *events) {
			a := target("a", "k", "m")
			mustCall(t, r, a, false, ok())
			b := *a
			b.Policy = &Policy{TripFailures: 1}
			mustCall(t, r, &b, false, refused())
			if s := state(r, &b); s != hw.HealthOpen {
				t.Errorf("state %s", s)
			}
		})
	})
}

func TestWellSince(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		if !r.WellSince(a, time.Now()).IsZero() {
			t.Error("well before it was used")
		}
		began := time.Now()
		mustCall(t, r, a, false, ok())
		time.Sleep(time.Hour)
		mustCall(t, r, a, false, ok())
		if got := r.WellSince(a, time.Now()); !got.Equal(began) {
			t.Errorf("well since %s, want %s", got, began)
		}
	})
}

func TestLatency(t *testing.T) {
	var l latency
	now := time.Now()
	for i := range 1000 {
		l.add(time.Duration(i+1)*time.Millisecond, now)
	}
	p95, n := l.p95()
	if n > latencyFull || n < latencyFull/2 || p95 < 900*time.Millisecond || p95 > 1200*time.Millisecond {
		t.Errorf("p95 %s of %d samples", p95, n)
	}
	l.add(10*time.Second, now)
	if l.load() != 10*time.Second {
		t.Errorf("a slow answer counts as %s", l.load())
	}
	l.add(100*time.Millisecond, now.Add(peakFade))
	if got := l.load(); got < 3*time.Second || got > 5*time.Second {
		t.Errorf("after a while: %s", got)
	}
	var none latency
	if p, n := none.p95(); p != 0 || n != 0 || none.load() != 0 {
		t.Error("nothing is known of nothing")
	}
}

func TestStreamsThatBeginAndBreakOpenTheBreakerAsWell(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		mustCall(t, r, a, false, ok())
		for i := range uint64(3) {
			if s := state(r, a); s == hw.HealthOpen {
				t.Fatalf("open after %d", i)
			}
			k := begin(t, r, a)
			k.FirstByte(time.Now())
			k.End(asked(Classify(Facts{Status: 200, Phase: PhaseBody, Err: syscall.ECONNRESET}, time.Now()), 1, i+1), time.Now())
		}
		if s := state(r, a); s != hw.HealthOpen {
			t.Errorf("state %s after 3 streams that broke off", s)
		}
	})
}

func TestTheEndOfAnOldStreamEndsNoRow(t *testing.T) {
	story(t, func(t *testing.T, r *Registry, _ *events) {
		a := target("a", "k", "m")
		old := begin(t, r, a)
		old.FirstByte(time.Now())
		time.Sleep(10 * time.Second)
		mustCall(t, r, a, false, refused())
		mustCall(t, r, a, false, refused())
		old.End(ok(), time.Now())
		mustCall(t, r, a, false, refused())
		if s := state(r, a); s != hw.HealthOpen {
			t.Errorf("state %s", s)
		}
	})
}
