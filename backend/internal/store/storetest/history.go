package storetest

import (
	"fmt"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// transition is one of an upstream's endpoint.
func transition(at time.Time, words string, upstreams ...string) hw.HealthEvent {
	return hw.HealthEvent{At: at.UTC().Truncate(time.Millisecond), HealthChanged: hw.HealthChanged{
		Scope: "https://h:1", Kind: "endpoint", Name: "h:1", Upstreams: upstreams,
		From: hw.HealthHealthy, To: hw.HealthOpen, Reason: hw.ClassUnreachable, Words: words,
	}}
}

func testHealthHistory(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	put := func(events ...hw.HealthEvent) {
		t.Helper()
		if err := s.PutHealth(ctx, events); err != nil {
			t.Fatal(err)
		}
	}
	words := func(f store.HealthFilter) (found []string) {
		t.Helper()
		events, err := s.Health(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			found = append(found, fmt.Sprint(e.ID, " ", e.Words))
		}
		return found
	}
	want := func(f store.HealthFilter, want ...string) {
		t.Helper()
		if got := words(f); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%+v: got %v, want %v", f, got, want)
		}
	}
	now := time.Now()
	put(transition(now, "one", "a"), transition(now, "two", "a", "b"))
	put(transition(now, "three", "b"))
	want(store.HealthFilter{}, "3 three", "2 two", "1 one")
	want(store.HealthFilter{Upstream: "a"}, "2 two", "1 one")
	want(store.HealthFilter{Upstream: "b", Before: 3}, "2 two")
	want(store.HealthFilter{Limit: 1}, "3 three")
	want(store.HealthFilter{Upstream: "nobody"})
	// What is older than the history goes with the next event.
	put(transition(now.Add(-31*24*time.Hour), "old", "a"), transition(now, "five", "a"))
	want(store.HealthFilter{Upstream: "a"}, "5 five", "2 two", "1 one")
}

// keptJob is one with a number that its id and its start tell.
func keptJob(i int, state hw.JobState) hw.Job {
	return hw.Job{ID: fmt.Sprintf("job_%04d", i), Kind: hw.JobAuditVerify, State: state, Actor: "root", StartedAt: time.UnixMilli(int64(i)).UTC()}
}

func testJobs(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	put := func(job hw.Job) {
		t.Helper()
		if err := s.PutJob(ctx, job); err != nil {
			t.Fatal(err)
		}
	}
	put(keptJob(0, hw.JobRunning)) // the oldest, and not over
	for i := range store.JobsKept + 4 {
		put(keptJob(i+1, hw.JobDone))
	}
	jobs, err := s.Jobs(ctx)
	if err != nil || len(jobs) != store.JobsKept+1 || jobs[0].ID != "job_0204" || jobs[store.JobsKept].State != hw.JobRunning {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	put(keptJob(0, hw.JobInterrupted))
	if _, err := s.Job(ctx, "job_0000"); err == nil {
		t.Error("a job that is over and the oldest is still kept")
	}
	got, err := s.Job(ctx, "job_0100")
	if err != nil || got.Kind != hw.JobAuditVerify || !got.StartedAt.Equal(time.UnixMilli(100)) {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = s.Job(ctx, "job_none")
	wantCode(t, err, hw.CodeNotFound)
}
