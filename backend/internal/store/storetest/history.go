package storetest

import (
	"encoding/json"
	"errors"
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
	// By time: from a moment on, and before one.
	hour := now.Add(-time.Hour)
	put(transition(hour, "four", "b"))
	want(store.HealthFilter{Since: now.Add(-time.Minute)}, "3 three", "2 two", "1 one")
	want(store.HealthFilter{Since: now.Truncate(time.Millisecond), Upstream: "b"}, "3 three", "2 two")
	want(store.HealthFilter{Until: now.Add(-time.Minute)}, "4 four")
	want(store.HealthFilter{Until: hour.Truncate(time.Millisecond), Upstream: "b"})
	want(store.HealthFilter{Since: hour.Add(-time.Minute), Until: now.Add(-time.Minute), Upstream: "b", Limit: 1}, "4 four")
	// What is older than the history goes with the next event.
	put(transition(now.Add(-31*24*time.Hour), "old", "a"), transition(now, "six", "a"))
	want(store.HealthFilter{Upstream: "a"}, "6 six", "2 two", "1 one")
}

// manyNames are those of an installation that has thousands of upstreams.
func manyNames() []string {
	names := make([]string, 3000)
	for i := range names {
		names[i] = fmt.Sprintf("upstream-%04d", i)
	}
	return names
}

// testLargeBodies keeps what is longer than any words may be.
func testLargeBodies(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	names := manyNames()
	job := keptJob(1, hw.JobDone)
	raw, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	job.Result = raw
	drill := hw.Drill{ID: "drl_1", State: hw.DrillEnded, StartedAt: time.UnixMilli(1).UTC(), Report: &hw.DrillReport{HealthEvents: names}}
	err = errors.Join(s.PutHealth(ctx, []hw.HealthEvent{transition(time.Now(), "all of them", names...)}), s.PutJob(ctx, job), s.PutDrill(ctx, drill))
	if err != nil {
		t.Fatal(err)
	}
	if events, err := s.Health(ctx, store.HealthFilter{Upstream: names[2999]}); err != nil || len(events) != 1 || len(events[0].Upstreams) != 3000 {
		t.Errorf("%d events, %v", len(events), err)
	}
	if jobs, err := s.Jobs(ctx); err != nil || len(jobs) != 1 || string(jobs[0].Result) != string(raw) {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
	if d, err := s.Drill(ctx, drill.ID); err != nil || len(d.Report.HealthEvents) != 3000 {
		t.Errorf("drill %s, %v", d.ID, err)
	}
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
