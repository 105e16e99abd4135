package drill_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
)

func (r *rig) report(id string) *hw.DrillReport {
	r.t.Helper()
	d := r.get(id)
	if d.Report == nil {
		r.t.Fatalf("no report in %+v", d)
	}
	return d.Report
}

// over lets a drill run its time and gives its report.
func (r *rig) over(id string) *hw.DrillReport {
	r.t.Helper()
	time.Sleep(time.Until(r.get(id).EndsAt))
	synctest.Wait()
	return r.report(id)
}

func finds(rep *hw.DrillReport, words string) bool {
	return slices.ContainsFunc(rep.Findings, func(f string) bool { return strings.Contains(f, words) })
}

func TestAReportSaysWhatCallersGot(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		for n := range 100 { // what is usual, before
			r.Record(call(n, by("up", 1)))
		}
		time.Sleep(time.Minute)
		s := spec(hw.DrillRefused)
		s.Objective.ServedPercent = 80
		d := r.start(s)
		time.Sleep(time.Second)
		slow := func(c *hw.Call) { c.FirstByteMs, c.TokensIn, c.TokensOut = 120, 10, 20 }
		for n := range 80 {
			r.Record(call(n, hitThen(hw.DrillRefused, answeredBy("second", 2)), slow))
		}
		for n := range 10 { // the breaker is open: nothing is left to hit
			r.Record(call(n, by("second", 2), slow))
		}
		r.Record(call(1, hitThen(hw.DrillRefused), ended(503, hw.CodeNoHealthyUpstream)))
		r.Record(call(2, ended(503, hw.CodeNoHealthyUpstream)))
		r.Record(call(3, hitThen(hw.DrillRefused, answeredBy("second", 2)), func(c *hw.Call) { c.Interrupted, c.Code = true, hw.CodeStreamInterrupted }))
		r.Record(call(4, hitThen(hw.DrillRefused), ended(499, hw.CodeCanceled)))
		r.Record(call(5, ended(400, hw.CodeUpstreamRefused)))
		r.Record(call(6, hitThen(hw.DrillRefused, hw.Attempt{Tier: 3, Kind: hw.TierScripted, Class: hw.ClassOK}), slow, func(c *hw.Call) { c.Tier = 3 }))
		// And beside it:
		r.Record(call(7, by("up", 1), route("other")))
		r.Record(call(8, route("other"), ended(503, hw.CodeNoHealthyUpstream)))
		rep := r.over(d.ID)
		if rep.Calls != 96 || rep.Served != 91 || rep.Failed != 2 || rep.Interrupted != 1 {
			t.Errorf("%d calls: %d served, %d failed, %d interrupted", rep.Calls, rep.Served, rep.Failed, rep.Interrupted)
		}
		if want := 100 * 91.0 / 94; math.Abs(rep.ServedPercent-want) > 1e-9 || !rep.Passed {
			t.Errorf("%.3f %% served, passed %v", rep.ServedPercent, rep.Passed)
		}
		if rep.UndrilledCalls != 2 || rep.UndrilledFailed != 1 {
			t.Errorf("%d calls beside it, %d failed", rep.UndrilledCalls, rep.UndrilledFailed)
		}
		if want := []hw.DrillTier{{Tier: 2, Kind: "targets", Calls: 90}, {Tier: 3, Kind: "scripted", Calls: 1}}; !slices.Equal(rep.Tiers, want) {
			t.Errorf("tiers %+v", rep.Tiers)
		}
		want := []hw.DrillSaw{
			{Status: 200, Calls: 91},
			{Status: 503, Code: hw.CodeNoHealthyUpstream, Calls: 2},
			{Status: 200, Code: hw.CodeStreamInterrupted, Calls: 1},
			{Status: 400, Code: hw.CodeUpstreamRefused, Calls: 1},
			{Status: 499, Code: hw.CodeCanceled, Calls: 1},
		}
		if !slices.Equal(rep.Saw, want) {
			t.Errorf("callers saw %+v", rep.Saw)
		}
		if rep.Attempts != 80*2+10+1+2+1+1 || math.Abs(rep.CallsPerCall-float64(rep.Attempts)/96) > 0.001 {
			t.Errorf("%d attempts, %.3f for each call", rep.Attempts, rep.CallsPerCall)
		}
		if rep.TokensIn != 910 || rep.TokensOut != 1820 {
			t.Errorf("%d and %d tokens", rep.TokensIn, rep.TokensOut)
		}
		for name, q := range map[string][2]float64{
			"p50": {rep.P50Ms, 120}, "p99": {rep.P99Ms, 120}, "usual p50": {rep.BaselineP50Ms, 100}, "usual p99": {rep.BaselineP99Ms, 100},
		} {
			if math.Abs(q[0]-q[1]) > q[1]/100 {
				t.Errorf("%s is %g, want %g", name, q[0], q[1])
			}
		}
		if rep.AddedP50Ms < 17 || rep.AddedP50Ms > 23 || rep.AddedP99Ms < 17 || rep.AddedP99Ms > 23 {
			t.Errorf("added %g and %g", rep.AddedP50Ms, rep.AddedP99Ms)
		}
		for _, words := range []string{"broke off", "outside the drill", "scripted"} {
			if !finds(rep, words) {
				t.Errorf("nothing is found about %q: %q", words, rep.Findings)
			}
		}
	})
}

func TestWhichCallsTakePart(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		s := spec(hw.DrillRefused)
		s.Scope = hw.DrillScope{Keys: true}
		key := func(c *hw.Call) { c.KeyID = "key_drill" }
		began := call(0, by("second", 1), key)
		time.Sleep(time.Second)
		d := r.start(s)
		r.Record(call(1, by("second", 1), key)) // the route is not known to be hit yet
		r.Record(call(2, by("second", 1), hitThen(hw.DrillRefused, answeredBy("second", 1)), key))
		r.Record(call(3, by("second", 1), key))
		r.Record(call(4, by("second", 1), key, route("other"))) // never hit
		r.Record(call(5, by("second", 1)))                      // another key
		r.Record(began)                                         // from before
		if rep := r.report(d.ID); rep.Calls != 2 || rep.UndrilledCalls != 4 {
			t.Errorf("%d took part, %d did not", rep.Calls, rep.UndrilledCalls)
		}
	})
}

func TestACallThatEndsAfterTheDrillIsCountedInIt(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		d := r.start(spec(hw.DrillStall))
		time.Sleep(30 * time.Second)
		late := call(1, hitThen(hw.DrillStall))
		time.Sleep(40 * time.Second)
		stranger := call(2, hitThen(hw.DrillStall)) // of no drill that we know
		r.Record(late)
		r.Record(stranger)
		time.Sleep(5 * time.Second)
		kept, err := r.kept.Drill(t.Context(), d.ID)
		if err != nil || kept.Report.Calls != 1 {
			t.Errorf("kept %+v, %v", kept.Report, err)
		}
	})
}

func TestDetectionAndRecovery(t *testing.T) {
	event := func(to hw.HealthState, upstreams ...string) hw.HealthChanged {
		return hw.HealthChanged{Kind: "endpoint", Name: "api.example.com:443", Upstreams: upstreams, To: to, Words: "it is " + string(to)}
	}
	inTime(t, func(t *testing.T, r *rig) {
		s := hw.DrillSpec{AllCloud: true, Fault: hw.DrillRefused, Scope: hw.DrillScope{Route: "fast"}}
		d := r.start(s)
		r.Health(event(hw.HealthOpen, "up"), time.Now()) // not hit yet: none of ours
		time.Sleep(2 * time.Second)
		r.hit(inScope(), atUp())
		r.Health(event(hw.HealthDegraded, "up"), time.Now())
		r.Health(event(hw.HealthOpen, "engine"), time.Now())
		time.Sleep(time.Second)
		r.Health(event(hw.HealthOpen, "other", "up"), time.Now())
		time.Sleep(time.Second)
		r.Health(event(hw.HealthQuarantined, "up"), time.Now())
		r.Record(call(1, hitThen(hw.DrillRefused, answeredBy("second", 1))))
		running := call(2, by("up", 1))
		time.Sleep(time.Until(d.EndsAt))
		synctest.Wait()
		r.Record(running) // asked before the end
		r.Record(call(3, by("second", 1)))
		r.Record(call(4, ended(503, hw.CodeNoHealthyUpstream), by("up", 1)))
		if rep := r.report(d.ID); rep.DetectMs != 3000 || rep.RecoverMs != 0 {
			t.Errorf("detected after %d, recovered after %d", rep.DetectMs, rep.RecoverMs)
		}
		time.Sleep(20 * time.Second)
		r.Health(event(hw.HealthHealthy, "up"), time.Now())
		r.Record(call(5, by("up", 1)))
		time.Sleep(time.Minute)
		r.Record(call(6, by("up", 1)))
		time.Sleep(2 * time.Second)
		kept, _ := r.kept.Drill(t.Context(), d.ID)
		if rep := kept.Report; rep.RecoverMs != 20_100 {
			t.Errorf("recovered after %d", rep.RecoverMs)
		}
		want := []string{
			"+2.0 s: endpoint api.example.com:443: it is degraded", "+3.0 s: endpoint api.example.com:443: it is open",
			"+4.0 s: endpoint api.example.com:443: it is quarantined", "+80.0 s: endpoint api.example.com:443: it is healthy",
		}
		if !slices.Equal(kept.Report.HealthEvents, want) {
			t.Errorf("health: %q", kept.Report.HealthEvents)
		}
		listed, err := r.List(t.Context())
		if err != nil || len(listed[0].Report.HealthEvents) != 0 || listed[0].Report.Calls != 1 {
			t.Errorf("listed %+v, %v", listed, err)
		}
	})
}

func TestAnUpstreamThatNeverRecoversIsAFinding(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		d := r.start(spec(hw.DrillRevokedKey))
		r.Record(call(1, hitThen(hw.DrillRevokedKey, answeredBy("second", 1))))
		if rep := r.over(d.ID); finds(rep, "after the end") {
			t.Errorf("found at once: %q", rep.Findings)
		}
		time.Sleep(time.Hour)
		kept, _ := r.kept.Drill(t.Context(), d.ID)
		if !finds(kept.Report, "No drilled upstream served a call within 30 minutes after the end") {
			t.Errorf("found %q", kept.Report.Findings)
		}
	})
}

func TestFindingsComeFromEvidence(t *testing.T) {
	failed := ended(503, hw.CodeNoHealthyUpstream)
	bad := func(upstream string, class hw.Class) hw.Attempt {
		return hw.Attempt{Upstream: upstream, Model: "m", Tier: 2, Class: class}
	}
	for name, row := range map[string]struct {
		change func(*hw.DrillSpec)
		calls  func(r *rig)
		finds  string
		passed bool
	}{
		"nothing took part": {nil, func(*rig) {}, "nothing was rehearsed", false},
		"no second upstream": {nil, func(r *rig) {
			for n := range 4 {
				r.Record(call(n, hitThen(hw.DrillRefused), failed))
			}
		}, "Route fast has no second upstream: 4 of its 4 calls were not served", false},
		"the second failed": {nil, func(r *rig) {
			r.Record(call(1, hitThen(hw.DrillRefused, bad("second", hw.ClassRate)), failed))
		}, "second was to take over and failed 1 times, the last time as rate", false},
		"the second was not asked": {nil, func(r *rig) {
			r.Record(call(1, hitThen(hw.DrillRefused, answeredBy("second", 1))))
			r.Record(call(2, hitThen(hw.DrillRefused), failed))
		}, "1 of 2 calls ended before second was asked", false},
		"slower than allowed": {func(s *hw.DrillSpec) { s.Objective.AddedP99Ms = 10 }, func(r *rig) {
			r.Record(call(1, by("up", 1), route("other")))
			r.Record(call(2, hitThen(hw.DrillRefused, answeredBy("second", 1)), func(c *hw.Call) { c.FirstByteMs = 300 }))
		}, "The slowest calls waited", false},
		"slow, and nobody cares": {nil, func(r *rig) {
			r.Record(call(1, by("up", 1), route("other")))
			r.Record(call(2, hitThen(hw.DrillRefused, answeredBy("second", 1)), func(c *hw.Call) { c.FirstByteMs = 5000 }))
		}, "The slowest calls waited", true},
		"nothing to compare with": {func(s *hw.DrillSpec) { s.Objective.AddedP99Ms = 10 }, func(r *rig) {
			r.Record(call(2, hitThen(hw.DrillRefused, answeredBy("second", 1))))
		}, "is not known", false},
		"dear": {nil, func(r *rig) {
			r.Record(call(2, hitThen(hw.DrillRefused, answeredBy("second", 1))))
		}, "Each call cost 2.00 upstream calls", true},
		"unseen by health": {nil, func(r *rig) {
			for n := range 3 {
				r.Record(call(n, hitThen(hw.DrillRefused, answeredBy("second", 1))))
			}
		}, "The fault failed 3 attempts and health took nothing out of use", true},
		"a disk that calls wait for": {func(s *hw.DrillSpec) { s.Upstreams, s.Fault = nil, hw.DrillDiskFull }, func(r *rig) {
			r.Record(call(1, by("up", 1)))
			r.Record(call(2, ended(500, hw.CodeInternal)))
		}, "1 of 2 calls were not served although the fault was this machine's", false},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T, r *rig) {
				s := spec(hw.DrillRefused)
				if row.change != nil {
					row.change(&s)
				}
				d := r.start(s)
				row.calls(r)
				rep := r.over(d.ID)
				if !finds(rep, row.finds) || rep.Passed != row.passed {
					t.Errorf("passed %v: %q", rep.Passed, rep.Findings)
				}
			})
		})
	}
	t.Run("a drill that all survived has none", func(t *testing.T) {
		inTime(t, func(t *testing.T, r *rig) {
			d := r.start(spec(hw.DrillRefused))
			r.Health(hw.HealthChanged{Upstreams: []string{"up"}, To: hw.HealthOpen}, time.Now())
			for n := range 10 {
				r.Record(call(n, hitThen(hw.DrillRefused, answeredBy("second", 1)), route("fast")))
				for more := range 9 {
					r.Record(call(100+more, by("second", 1)))
				}
			}
			if rep := r.over(d.ID); !rep.Passed || len(rep.Findings) > 0 || rep.ServedPercent != 100 {
				t.Errorf("%+v", rep)
			}
		})
	})
	t.Run("one that was aborted is not passed", func(t *testing.T) {
		inTime(t, func(t *testing.T, r *rig) {
			d := r.start(spec(hw.DrillRefused))
			r.Record(call(1, hitThen(hw.DrillRefused, answeredBy("second", 1))))
			if got, err := r.Abort(t.Context(), d.ID, "ann"); err != nil || got.Report.Passed {
				t.Errorf("%+v, %v", got, err)
			}
		})
	})
}

func TestManifoldTrafficTakesBoundedMemory(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		s := spec(hw.DrillRefused)
		s.Scope, s.DurationS = hw.DrillScope{Tenant: "acme"}, 900
		d := r.start(s)
		flood := func(from, to int) {
			for n := from; n < to; n++ {
				name := fmt.Sprintf("name-%d", n)
				r.Record(call(n, hitThen(hw.DrillRefused, answeredBy(name, n)), route(name), func(c *hw.Call) { c.Code, c.Status, c.Tier = hw.Code(name), 100+n, n }))
				r.Record(call(n, hitThen(hw.DrillRefused, answeredBy(name, n)), func(c *hw.Call) { c.Tier = n }))
				r.Health(hw.HealthChanged{Upstreams: []string{"up"}, Name: name, To: hw.HealthOpen, Words: name}, time.Now())
			}
		}
		flood(0, 20_000)
		rep := r.report(d.ID)
		if len(rep.Saw) > 64 || len(rep.HealthEvents) > 201 || len(rep.Tiers) > 128 || len(rep.Findings) > 20 {
			t.Errorf("%d statuses, %d events, %d tiers, %d findings", len(rep.Saw), len(rep.HealthEvents), len(rep.Tiers), len(rep.Findings))
		}
		if rep.Calls != 40_000 {
			t.Errorf("%d calls", rep.Calls)
		}
		if last := rep.HealthEvents[len(rep.HealthEvents)-1]; last != "and 19800 more" {
			t.Errorf("the last event is %q", last)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		flood(20_000, 40_000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 256<<10 {
			t.Errorf("20,000 more kept %d bytes", grown)
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	r := newRig(b, &memory{})
	one := call(1, by("up", 1))
	b.ReportAllocs()
	for b.Loop() {
		r.Record(one)
	}
}
