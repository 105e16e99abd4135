package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/store"
)

func testHealthStates(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	until := time.Now().Add(time.Minute).UTC().Truncate(time.Millisecond)
	one := health.Saved{Scope: health.ScopeEndpoint, ID: "https://h:1", State: hw.HealthOpen, Until: until, Trips: 3, Cause: "3 x refused"}
	two := health.Saved{Scope: health.ScopeModel, ID: "ups|m\x00", State: hw.HealthHealthy}
	better := one
	better.State, better.Until = hw.HealthHealthy, time.Time{}
	for number, step := range []struct{ put, gone, want []health.Saved }{
		{put: []health.Saved{one, two}, want: []health.Saved{one, two}},
		{want: []health.Saved{one, two}},
		{put: []health.Saved{better}, want: []health.Saved{better, two}},
		{gone: []health.Saved{two}, want: []health.Saved{better}},
		{put: []health.Saved{one, one}, gone: []health.Saved{better, two}, want: []health.Saved{one}},
		{gone: []health.Saved{one}},
	} {
		if err := s.PutHealthStates(ctx, step.put, step.gone); err != nil {
			t.Fatal(err)
		}
		got, err := s.HealthStates(ctx)
		slices.SortFunc(got, func(a, b health.Saved) int { return strings.Compare(string(a.Scope), string(b.Scope)) })
		if err != nil || !slices.Equal(got, step.want) {
			t.Errorf("step %d: got %+v, %v", number, got, err)
		}
	}
}

// testOperators looks at what is kept of the upstreams that a person took out
// of use: the last word of each, beside the states and beyond the history.
func testOperators(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	word := func(id string, to hw.HealthState, at time.Time) hw.HealthEvent {
		return hw.HealthEvent{At: at.UTC().Truncate(time.Millisecond), HealthChanged: hw.HealthChanged{
			Scope: id, Kind: hw.HealthKindUpstream, Name: id, Upstreams: []string{id}, To: to, By: "root",
		}}
	}
	old := time.Now().Add(-60 * 24 * time.Hour)
	kept := health.Saved{Scope: health.ScopeEndpoint, ID: "https://h:1", State: hw.HealthOpen}
	err := errors.Join(
		s.PutHealthStates(ctx, []health.Saved{kept}, nil),
		s.PutHealth(ctx, []hw.HealthEvent{word("a", hw.HealthDraining, old), word("b", hw.HealthDisabled, old), transition(old, "one", "a")}),
		s.PutHealth(ctx, []hw.HealthEvent{word("b", hw.HealthEnabled, time.Now()), word("a", hw.HealthMaintenance, old.Add(time.Hour))}),
	)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Operators(ctx)
	if err != nil || len(got) != 1 || got[0].Scope != "a" || got[0].To != hw.HealthMaintenance || !got[0].At.Equal(word("", "", old.Add(time.Hour)).At) {
		t.Errorf("got %+v, %v", got, err)
	}
	if states, err := s.HealthStates(ctx); err != nil || len(states) != 1 || states[0] != kept {
		t.Errorf("states %+v, %v", states, err)
	}
}

func testHealthAfter(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	if err := s.PutHealth(ctx, []hw.HealthEvent{transition(time.Now(), "one", "a"), transition(time.Now(), "two", "a"), transition(time.Now(), "three", "b")}); err != nil {
		t.Fatal(err)
	}
	after := func(id int64, limit int) (words []string) {
		found, err := s.HealthAfter(ctx, id, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range found {
			words = append(words, e.Words)
		}
		return words
	}
	if got := after(1, 10); !slices.Equal(got, []string{"two", "three"}) {
		t.Errorf("after the first: %v", got)
	}
	if got := after(0, 2); !slices.Equal(got, []string{"two", "three"}) {
		t.Errorf("the newest two: %v", got)
	}
	if got := after(3, 10); got != nil {
		t.Errorf("after the last: %v", got)
	}
}

func testDeferred(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	now := time.Now().UTC().Truncate(time.Millisecond)
	call := func(i int, expires time.Duration) store.DeferredCall {
		return store.DeferredCall{Request: fmt.Sprint("sealed ", i), Deferred: hw.Deferred{
			ID: fmt.Sprintf("dfr_%032d", i), App: "app_1", State: hw.DeferredWaiting,
			CreatedAt: now.Add(time.Duration(i) * time.Second), ExpiresAt: now.Add(expires),
		}}
	}
	for i := range 3 {
		if err := s.PutDeferred(ctx, call(i, time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PutDeferred(ctx, call(3, -48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	waiting, err := s.WaitingDeferred(ctx, hw.Deferred{}, 2)
	if err != nil || len(waiting) != 2 || waiting[0].ID != call(0, 0).ID {
		t.Fatalf("waiting %+v, %v", waiting, err)
	}
	if next, err := s.WaitingDeferred(ctx, waiting[1], 2); err != nil || len(next) != 2 || next[0].ID != call(2, 0).ID {
		t.Fatalf("after them %+v, %v", next, err)
	}
	settleOne(t, s, waiting[0].ID)
	if _, err := s.Deferred(ctx, call(3, 0).ID); hw.CodeOf(err) != hw.CodeNotFound {
		t.Errorf("the expired one: %v", err)
	}
}

func settleOne(t *testing.T, s *store.Store, id string) {
	t.Helper()
	ctx := t.Context()
	done, err := s.Deferred(ctx, id)
	if err != nil || done.Request != "sealed 0" {
		t.Fatalf("the first %+v, %v", done, err)
	}
	done.State, done.Status, done.Request, done.Answer = hw.DeferredDone, 200, "", "sealed answer"
	if err := s.SettleDeferred(ctx, done); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Deferred(ctx, done.ID); err != nil || got != done {
		t.Errorf("got %+v, %v", got, err)
	}
	if waiting, _ := s.WaitingDeferred(ctx, hw.Deferred{}, 10); len(waiting) != 2 {
		t.Errorf("%d wait, one should be answered and one long expired", len(waiting))
	}
}

func testScheduleOutcomes(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	due := time.Now().UTC().Truncate(time.Millisecond)
	one := hw.ScheduleOutcome{Due: due, Result: hw.ScheduleStarted, Drill: "drl_1"}
	two := hw.ScheduleOutcome{Due: due, Result: hw.ScheduleMissed, Cause: hw.ScheduleOff, Reason: "关机", Missed: 3}
	for _, put := range []struct {
		id string
		o  hw.ScheduleOutcome
	}{{"sch_1", two}, {"sch_2", two}, {"sch_1", one}} {
		if err := s.PutScheduleOutcome(ctx, put.id, put.o); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.ScheduleOutcomes(ctx); err != nil || len(got) != 2 || got["sch_1"] != one || got["sch_2"] != two {
		t.Errorf("got %+v, %v", got, err)
	}
	for range 2 {
		if err := s.DropScheduleOutcome(ctx, "sch_1"); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.ScheduleOutcomes(ctx); err != nil || len(got) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}
