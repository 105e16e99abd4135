//go:build linux

package resilience

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// stage is a service with two upstreams and two apps, one of which drills take.
func stage(s *story, primary *testupstream.Server) *service {
	s.Helper()
	spare := testupstream.Start(s.T)
	c := configured{"tenants": []any{doc{"name": "acme", "show_upstreams": true}}}
	for name, key := range map[string]string{"drilled": drilledKey, "outside": outsideKey} {
		c["apps"] = append(c["apps"], doc{"name": name, "tenant": "acme", "routes": []string{"*"}})
		c["keys"] = append(c["keys"], doc{"name": name, "tenant": "acme", "app": name, "secret_sha256": hashed(key)})
	}
	sv := newService(s.T)
	sv.apply(c.upstream("spare", "openai-compatible", spare.BaseURL()).upstream("one", "openai-compatible", primary.BaseURL()).
		ladder("fast", "one", "spare"))
	return sv
}

// startDrill begins a drill at the first upstream in the calls of one app.
func (s *service) startDrill(fault hw.DrillFault, seconds int64) (d hw.Drill) {
	s.t.Helper()
	s.must("drills.start", adminclient.Params{"body": hw.DrillSpec{
		Fault: fault, Upstreams: []string{"one"}, DurationS: seconds, Scope: hw.DrillScope{Apps: []string{"drilled"}},
	}}, &d)
	return d
}

// Story 20, the red button: a drill ends when it is told to, also while calls
// hang in its fault.
func TestFireDrillCanBeAborted(t *testing.T) {
	s := begin(t, 20)
	up := testupstream.Start(t)
	sv := stage(s, up)
	c := sv.caller(t)
	faults := []hw.DrillFault{hw.DrillBlackhole, hw.DrillError500}
	if shared.full {
		faults = nil
		for _, row := range rehearsals() {
			faults = append(faults, row.spec.Fault)
		}
	}
	var late []string
	var slowest time.Duration
	for _, fault := range faults {
		d := sv.startDrill(fault, 600)
		hung := sv.hang(t, pick(20, 8))
		time.Sleep(pick(time.Second, 400*time.Millisecond))
		began := time.Now()
		sv.must("drills.abort", adminclient.Params{"id": d.ID}, &d)
		a := c.plead(t.Context(), plea{model: "fast", prompt: "after the abort", key: drilledKey})
		if tier, _ := a.served(); tier != 1 || !a.whole() || d.State != hw.DrillAborted {
			late = append(late, fmt.Sprintf("%s: the first call after it (%s): %s", fault, d.State, a))
		}
		for _, a := range hung() {
			slowest = max(slowest, a.ended.Sub(began))
			if a.ended.Sub(began) > time.Second {
				late = append(late, fmt.Sprintf("%s: a call that hung ended %s after the abort: %s", fault, short(a.ended.Sub(began)), a))
			}
			if !a.whole() && fault != hw.DrillCut {
				late = append(late, fmt.Sprintf("%s: a call that hung: %s", fault, a))
			}
		}
	}
	s.none(fmt.Sprintf("aborted drills of which something was left 1 s later, calls hang in them; the last such call ended %s after", short(slowest)), late, len(faults))
}

// hang sends calls of the app in scope that may hang; collect waits for their
// ends.
func (s *service) hang(t *testing.T, n int) (collect func() []*answer) {
	t.Helper()
	c := s.caller(t)
	var got answers
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			got.add(c.plead(context.WithoutCancel(t.Context()), plea{model: "fast", prompt: fmt.Sprint("hang ", i), stream: i%2 == 0, key: drilledKey}))
		})
	}
	return func() []*answer { all.Wait(); return got.list() }
}

// Story 20, the clock: what is known of an upstream's usual time is known in a
// drill too, so that silence is found out as soon as it really would be.
func TestRehearsedSilenceIsFoundOutAsFast(t *testing.T) {
	s := begin(t, 20)
	var took [2]time.Duration
	var states [2]hw.HealthState
	var both sync.WaitGroup
	for i, what := range []string{"real", "rehearsed"} {
		both.Go(func() {
			up := testupstream.Start(t)
			sv := stage(s, up)
			c := sv.caller(t)
			for n := range 120 {
				c.plead(t.Context(), plea{model: "fast", prompt: fmt.Sprint("usual ", n), stream: true, key: drilledKey})
			}
			began := time.Now()
			id := ""
			if what == "real" {
				if err := up.SetFaultFor("m-one", "hang"); err != nil {
					t.Error(err)
				}
			} else {
				id = sv.startDrill(hw.DrillBlackhole, 60).ID
			}
			ctx, cancel := context.WithTimeout(t.Context(), pick(20*time.Second, 6*time.Second))
			defer cancel()
			drive(ctx, 10, func(n int) {
				c.plead(ctx, plea{model: "fast", prompt: fmt.Sprint("call ", n), stream: true, key: drilledKey})
			})
			time.Sleep(1500 * time.Millisecond)
			for _, e := range sv.transitions("one") {
				if e.Drill == id && outOfUse(e.To) && took[i] == 0 {
					took[i], states[i] = e.At.Sub(began), e.To
				}
			}
		})
	}
	both.Wait()
	off := (took[1] - took[0]).Abs()
	s.figure(took[0] > 0 && took[1] > 0 && states[0] == states[1] && off <= time.Second,
		"silence of an upstream whose usual time is known: a drill finds it out as soon as it really would be", "the same, +- 1 s",
		fmt.Sprintf("really %s after %s, rehearsed %s after %s", states[0], short(took[0]), states[1], short(took[1])))
}
