package storetest

import (
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// session is a session that is good for an hour.
func session(id string, token byte, member string) store.Session {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return store.Session{
		ID: id, TokenHash: [32]byte{token}, Member: member, Role: hw.RoleAdministrator, Remote: "127.0.0.1",
		CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

func testSessions(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	put := func(session store.Session) {
		t.Helper()
		if err := s.PutSession(ctx, session); err != nil {
			t.Fatal(err)
		}
	}
	first, second := session("ses_1", 1, "root"), session("ses_2", 2, "root")
	second.CreatedAt = second.CreatedAt.Add(time.Second)
	third := session("ses_3", 3, "ann")
	third.CreatedAt = third.CreatedAt.Add(2 * time.Second)
	put(second)
	put(first)
	put(third)

	got, err := s.SessionByToken(ctx, first.TokenHash)
	if err != nil || got != first {
		t.Errorf("got %+v, %v, want %+v", got, err, first)
	}
	_, err = s.SessionByToken(ctx, [32]byte{9})
	wantCode(t, err, hw.CodeUnauthenticated)
	if err := s.PutSession(ctx, session("ses_4", 1, "eve")); err == nil {
		t.Error("two sessions have one token")
	}

	seen := first.LastSeenAt.Add(time.Minute)
	if err := s.TouchSession(ctx, "ses_1", seen); err != nil {
		t.Error(err)
	}
	wantCode(t, s.TouchSession(ctx, "ses_9", seen), hw.CodeUnauthenticated)
	list, err := s.Sessions(ctx)
	if err != nil || len(list) != 3 || list[0].ID != "ses_1" || list[2].ID != "ses_3" || !list[0].LastSeenAt.Equal(seen) {
		t.Errorf("got %+v, %v", list, err)
	}

	expired := session("ses_5", 5, "root")
	expired.ExpiresAt = time.Now().Add(-time.Second)
	put(expired)
	_, err = s.SessionByToken(ctx, expired.TokenHash)
	wantCode(t, err, hw.CodeUnauthenticated)
	if list, err := s.Sessions(ctx); err != nil || len(list) != 3 {
		t.Errorf("an expired session is listed: %+v, %v", list, err)
	}
	put(session("ses_6", 6, "bob"))
	if rows := count(t, e.State, "session"); rows != 4 {
		t.Errorf("%d rows: the expired session was not removed", rows)
	}

	if err := s.DeleteSession(ctx, "ses_6"); err != nil {
		t.Error(err)
	}
	wantCode(t, s.DeleteSession(ctx, "ses_6"), hw.CodeNotFound)
	ids, err := s.DeleteSessionsOf(ctx, "root")
	if err != nil || len(ids) != 2 {
		t.Errorf("ended %v, %v", ids, err)
	}
	if ids, err := s.DeleteSessionsOf(ctx, "root"); err != nil || len(ids) != 0 {
		t.Errorf("ended %v, %v", ids, err)
	}
	if list, err := s.Sessions(ctx); err != nil || len(list) != 1 || list[0].Member != "ann" {
		t.Errorf("got %+v, %v", list, err)
	}
}
