package storetest

import (
	"fmt"
	"slices"
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
	for _, all := range [][]health.Saved{{one, two}, {one}, {one, one}} {
		if err := s.PutHealthStates(ctx, all); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.HealthStates(ctx)
	if err != nil || len(got) != 1 || got[0] != one {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := s.PutHealthStates(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.HealthStates(ctx); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func testHealthSince(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	events := []hw.HealthEvent{transition(time.Now().Add(-2*time.Hour), "old", "a"), transition(time.Now(), "one", "a"), transition(time.Now(), "two", "b")}
	if err := s.PutHealth(ctx, events); err != nil {
		t.Fatal(err)
	}
	since := func(limit int) (words []string) {
		found, err := s.HealthSince(ctx, time.Now().Add(-time.Hour), limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range found {
			words = append(words, e.Words)
		}
		return words
	}
	if got := since(10); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("since an hour ago: %v", got)
	}
	if got := since(1); !slices.Equal(got, []string{"two"}) {
		t.Errorf("the newest: %v", got)
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
