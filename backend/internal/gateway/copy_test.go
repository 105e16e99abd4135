package gateway_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// probed sets how upstream primary is tested, with a short wait.
func probed(kind string) option {
	return func(docs []hw.Document) []hw.Document {
		for _, d := range docs {
			if u, ok := d.(*hw.Upstream); ok && u.Name == "primary" {
				u.Health = hw.HealthPolicy{TripFailures: 1, WaitFirstMs: 50, Probe: kind}
				u.Check.Kind = hw.CheckOff
			}
		}
		return docs
	}
}

// outOfUse lets the primary fail once, which opens it.
func (r *rig) outOfUse() {
	r.t.Helper()
	r.misbehave(r.primary, "cut")
	if got := r.chat("fast"); got.status != 200 {
		r.t.Fatalf("the spare did not answer: %d %s", got.status, got.body)
	}
}

// copied is the row with a copy among the first so many: which call it is of
// that is copied is a matter of microseconds.
func (r *rig) copied(rows int) *hw.Call {
	r.t.Helper()
	for n := range rows {
		if row := r.calls.wait(r.t, n); slices.ContainsFunc(row.Attempts, func(a hw.Attempt) bool { return a.Copy }) {
			return row
		}
	}
	r.t.Fatalf("none of %d rows has a copy", rows)
	return nil
}

func TestACopyTestsATarget(t *testing.T) {
	r := newRig(t, probed(hw.ProbeCopy))
	r.outOfUse()
	r.primary.Clear()
	before := r.primary.Counts().Requests
	rows := r.calls.count()
	for end := time.Now().Add(10 * time.Second); r.primary.Counts().Requests == before && time.Now().Before(end); rows++ {
		r.chat("fast")
	}
	row := r.copied(rows)
	if len(row.Attempts) != 2 || row.Attempts[0].Copy || !row.Attempts[1].Copy || !row.Attempts[1].Probe || row.Attempts[1].Class != hw.ClassOK || row.Tier != 2 {
		t.Errorf("its row: %+v", row)
	}
	target := r.holder.Load().Targets[0]
	if v := r.health.View(&target.Target, time.Now()); target.Upstream.Name != "primary" || !v.Usable {
		t.Errorf("%s afterwards: %+v", target.Upstream.Name, v)
	}
}

func TestNobodyWaitsForACopy(t *testing.T) {
	r := newRig(t, probed(hw.ProbeCopy), primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 3000 }))
	r.outOfUse()
	r.misbehave(r.primary, "hang")
	before := r.primary.Counts().Requests
	rows, slowest := r.calls.count(), time.Duration(0)
	for end := time.Now().Add(10 * time.Second); r.primary.Counts().Requests == before && time.Now().Before(end); rows++ {
		began := time.Now()
		if got := r.stream("fast"); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		slowest = max(slowest, time.Since(began))
	}
	if slowest > 2500*time.Millisecond { // its first content is awaited for 3 s
		t.Errorf("a call took %s", slowest)
	}
	if row := r.copied(rows); len(row.Attempts) != 2 || row.Status != 200 || row.Attempts[1].Class == hw.ClassOK {
		t.Errorf("its row: %+v", row)
	}
}

func TestWithoutAnotherTargetTheCallIsTheTest(t *testing.T) {
	for _, kind := range []string{hw.ProbeCopy, hw.ProbePaid} {
		r := newRig(t, probed(kind))
		r.misbehave(r.primary, "cut")
		r.chat("one")
		r.primary.Clear()
		var got answer
		for end := time.Now().Add(10 * time.Second); got.status != 200 && time.Now().Before(end); {
			got = r.chat("one")
		}
		if got.status != 200 {
			t.Errorf("%s: never served again: %d %s", kind, got.status, got.body)
		}
	}
}

func TestThePaidQuestion(t *testing.T) {
	r := newRig(t, probed(hw.ProbePaid))
	target := r.holder.Load().Targets[slices.IndexFunc(r.holder.Load().Targets, func(s *snapshot.Target) bool { return s.Upstream.Name == "primary" && s.Model != "" })]
	r.gateway.TestPaid(t.Context(), target)
	if n := r.primary.Counts().Requests; n != 0 {
		t.Fatal("a target that is in use was asked")
	}
	r.outOfUse()
	due := func() {
		for end := time.Now().Add(10 * time.Second); !r.health.View(&target.Target, time.Now()).Probe && time.Now().Before(end); {
			time.Sleep(5 * time.Millisecond)
		}
	}
	for _, step := range []struct {
		fault  string
		status int
		usable bool
	}{{"cut", 503, false}, {"", 200, true}} {
		due()
		r.primary.Clear()
		if step.fault != "" {
			r.misbehave(r.primary, step.fault)
		}
		rows := r.calls.count()
		r.gateway.TestPaid(t.Context(), target)
		row := r.calls.wait(t, rows)
		if row.Endpoint != hw.EndpointTest || row.Status != step.status || row.App != "" || len(row.Attempts) != 1 || !row.Attempts[0].Probe {
			t.Errorf("%q: the row %+v", step.fault, row)
		}
		if got := r.health.View(&target.Target, time.Now()); got.Usable != step.usable {
			t.Errorf("%q: afterwards %+v", step.fault, got)
		}
	}
}

func TestWhatGoesOnBesideCallsEndsWithTheGateway(t *testing.T) {
	r := newRig(t, probed(hw.ProbeCopy), func(docs []hw.Document) []hw.Document {
		for _, d := range docs {
			if u, ok := d.(*hw.Upstream); ok {
				u.Timeouts.FirstByteMs = 60_000
			}
		}
		return docs
	})
	r.outOfUse()
	r.misbehave(r.primary, "hang")
	before, rows := r.primary.Counts().Requests, r.calls.count()
	for end := time.Now().Add(10 * time.Second); r.primary.Counts().Requests == before && time.Now().Before(end); rows++ {
		r.chat("fast")
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.gateway.Run(ctx) }()
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end")
	}
	row := r.copied(rows)
	if len(row.Attempts) != 2 || row.Attempts[1].Class != hw.ClassNeutral {
		t.Fatalf("the row of the call whose copy was under way: %+v", row)
	}
	if got := r.chat("fast"); got.status != 200 { // a call that ends after that is not lost
		t.Errorf("%d %s", got.status, got.body)
	}
	if r.calls.count() != rows+1 {
		t.Errorf("%d rows, want %d", r.calls.count(), rows+1)
	}
}
