package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
)

// unbounded leaves the first content to what is usual.
func unbounded(docs []hw.Document) []hw.Document {
	for _, d := range docs {
		if u, ok := d.(*hw.Upstream); ok {
			u.Timeouts.FirstByteMs, u.Timeouts.IdleMs, u.Check.Kind = 0, 0, hw.CheckOff
		}
	}
	return docs
}

func TestAPlainCallLeavesTimeForTheNextTarget(t *testing.T) {
	r := newRig(t, unbounded)
	r.misbehave(r.primary, "hang")
	r.misbehave(r.spare, "delay-1500ms") // its first answer: nothing is known of it
	got := r.do("POST", "/v1/chat/completions", chatBody("fast", false), map[string]string{"X-Headwater-Deadline-Ms": "6000"})
	if got.status != http.StatusOK || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if at := r.calls.wait(t, 0).Attempts[0].TotalMs; at < 3000 || at > 4500 {
		t.Errorf("the first target had %.0f ms of 6000, want two thirds", at)
	}
}

func TestASilentTargetIsFoundOutInSpiteOfShortDeadlines(t *testing.T) {
	r := newRig(t, unbounded)
	for n := range 6 { // how long it usually takes is known
		r.do("POST", "/v1/chat/completions", ask("fast", fmt.Sprint("usual ", n), true), nil)
	}
	r.misbehave(r.primary, "hang")
	for n := range 4 {
		got := r.do("POST", "/v1/chat/completions", ask("fast", fmt.Sprint("silence ", n), true), map[string]string{"X-Headwater-Deadline-Ms": "2500"})
		if got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if v := r.health.View(&r.holder.Load().Targets[0].Target, time.Now()); v.State != hw.HealthOpen {
		t.Errorf("after three calls that waited for it in vain: %+v", v)
	}
}

func TestASuspectIsAskedAfterALaterTier(t *testing.T) {
	r := newRig(t, func(docs []hw.Document) []hw.Document {
		for _, d := range unbounded(docs) {
			if u, ok := d.(*hw.Upstream); ok && u.Name == "primary" {
				u.Health = hw.HealthPolicy{TripFailures: 100, TripSamples: 10_000, SuspectAfterMs: 50}
			}
		}
		return docs
	})
	for n := range 6 {
		r.do("POST", "/v1/chat/completions", ask("fast", fmt.Sprint("usual ", n), true), nil)
	}
	r.misbehave(r.primary, "hang")
	var crowd sync.WaitGroup
	for n := range 4 {
		crowd.Go(func() { r.do("POST", "/v1/chat/completions", ask("fast", fmt.Sprint("silence ", n), true), nil) })
	}
	crowd.Wait()
	if v := r.health.View(&r.holder.Load().Targets[0].Target, time.Now()); !v.Suspect {
		t.Fatalf("it is not suspect: %+v", v)
	}
	before := r.primary.Counts().Requests
	if got := r.stream("fast"); got.status != http.StatusOK || r.primary.Counts().Requests != before {
		t.Errorf("a suspect was asked before a target that is well: %d %v", got.status, got.header)
	}
	r.spare.Down()
	r.primary.Clear()
	if got := r.stream("fast"); got.status != http.StatusOK || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=1") {
		t.Errorf("a suspect was not asked when nothing else could answer: %d %s", got.status, got.body)
	}
}
