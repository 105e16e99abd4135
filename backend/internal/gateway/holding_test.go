package gateway

import (
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

func callOf(class snapshot.Class, size int) *Call {
	return &Call{key: &snapshot.Key{App: &snapshot.App{Class: class}}, body: make([]byte, size)}
}

func TestHoldingIsBoundedAndGivesBack(t *testing.T) {
	var h holding
	small, minor := callOf(snapshot.ClassCriticalPlus, 1), callOf(snapshot.ClassSheddable, 1)
	fill := func(c *Call) (n int) {
		for h.take(c) {
			n++
		}
		return n
	}
	if n := fill(minor); n != maxHeld*80/100 {
		t.Errorf("%d unimportant calls are held, want %d", n, maxHeld*80/100)
	}
	if n := fill(small); n != maxHeld/5 {
		t.Errorf("%d important ones beside them, want %d", n, maxHeld/5)
	}
	for range maxHeld * 80 / 100 {
		h.give(minor)
	}
	for range maxHeld / 5 {
		h.give(small)
	}
	if h.calls.Load() != 0 || h.bytes.Load() != 0 {
		t.Fatalf("%d calls and %d bytes are left, although those turned away held nothing", h.calls.Load(), h.bytes.Load())
	}
	if n := fill(callOf(snapshot.ClassCriticalPlus, maxHeldBodies/4)); n != 4 {
		t.Errorf("%d calls of a quarter of the bytes are held", n)
	}
}

func TestOnlyATestThatSomebodyAsksIsLeftToIt(t *testing.T) {
	g, due := &Gateway{}, time.Now()
	candidate := func(probe, model string, notBefore time.Time) route.Candidate {
		return route.Candidate{
			Target: &snapshot.Target{Upstream: &snapshot.Upstream{Probe: probe}, Model: model},
			View:   health.View{NotBefore: notBefore}, Probe: true,
		}
	}
	for _, row := range []struct {
		name string
		c    route.Candidate
		want bool
	}{
		{"a call is the test", candidate(hw.ProbeCall, "m", due), false},
		{"a question is due", candidate(hw.ProbePaid, "m", due), true},
		{"it has not come", candidate(hw.ProbePaid, "m", due.Add(-paidGrace)), false},
		{"there is no model to ask", candidate(hw.ProbePaid, "", due), false},
	} {
		if got := g.spared(&Call{}, row.c); got != row.want {
			t.Errorf("%s: spared %v", row.name, got)
		}
	}
}

func TestBodiesUnderWayAreBounded(t *testing.T) {
	g := &Gateway{Config: Config{MaxBodies: 1000}}
	for _, step := range []struct {
		class snapshot.Class
		size  int
		in    bool
	}{
		{snapshot.ClassSheddable, 700, true},
		{snapshot.ClassSheddable, 200, false},
		{snapshot.ClassCriticalPlus, 100, true}, // what was turned away is still being answered
		{snapshot.ClassCriticalPlus, 1, false},
	} {
		err := g.weigh(callOf(step.class, step.size), step.size)
		if (err == nil) != step.in || err != nil && hw.CodeOf(err) != hw.CodeOverloaded {
			t.Errorf("%+v: %v", step, err)
		}
	}
	if err := (&Gateway{}).weigh(callOf(snapshot.ClassSheddable, 1<<20), 1<<20); err != nil {
		t.Errorf("without a bound: %v", err)
	}
}
