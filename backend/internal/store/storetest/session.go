package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// putSessions adds sessions of root, root and ann, out of order.
func putSessions(t *testing.T, s *store.Store) []store.Session {
	t.Helper()
	sessions := []store.Session{session("ses_1", 1, "root"), session("ses_2", 2, "root"), session("ses_3", 3, "ann")}
	for i := range sessions {
		sessions[i].CreatedAt = sessions[i].CreatedAt.Add(time.Duration(i) * time.Second)
	}
	for _, i := range []int{1, 2, 0} {
		if err := s.PutSession(t.Context(), sessions[i]); err != nil {
			t.Fatal(err)
		}
	}
	return sessions
}

// wantSessions checks what is listed.
func wantSessions(t *testing.T, s *store.Store, want ...store.Session) {
	t.Helper()
	got, err := s.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func testSessions(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	sessions := putSessions(t, s)
	wantSessions(t, s, sessions...)
	got, err := s.SessionByToken(ctx, sessions[0].TokenHash)
	if err != nil || got != sessions[0] {
		t.Errorf("got %+v, %v, want %+v", got, err, sessions[0])
	}
	_, err = s.SessionByToken(ctx, [32]byte{9})
	wantCode(t, err, hw.CodeUnauthenticated)
	if err := s.PutSession(ctx, session("ses_4", 1, "eve")); err == nil {
		t.Error("two sessions have one token")
	}
	sessions[0].LastSeenAt = sessions[0].LastSeenAt.Add(time.Minute)
	if err := s.TouchSession(ctx, "ses_1", sessions[0].LastSeenAt); err != nil {
		t.Error(err)
	}
	wantCode(t, s.TouchSession(ctx, "ses_9", time.Now()), hw.CodeUnauthenticated)
	wantSessions(t, s, sessions...)
}

func testSessionEnds(t *testing.T, e Engine) {
	s, ctx := e.Open(t), t.Context()
	sessions := putSessions(t, s)
	expired := session("ses_5", 5, "root")
	expired.ExpiresAt = time.Now().Add(-time.Second)
	if err := s.PutSession(ctx, expired); err != nil {
		t.Fatal(err)
	}
	_, err := s.SessionByToken(ctx, expired.TokenHash)
	wantCode(t, err, hw.CodeUnauthenticated)
	wantSessions(t, s, sessions...)

	// The next sign-in sweeps it out.
	sixth := session("ses_6", 6, "bob")
	if err := s.PutSession(ctx, sixth); err != nil {
		t.Fatal(err)
	}
	wantRows(t, e.State, "session", 4)
	if err := s.DeleteSession(ctx, "ses_6"); err != nil {
		t.Error(err)
	}
	wantCode(t, s.DeleteSession(ctx, "ses_6"), hw.CodeNotFound)
	for _, want := range []int{2, 0} {
		ids, err := s.DeleteSessionsOf(ctx, "root")
		if err != nil || len(ids) != want {
			t.Errorf("ended %v, %v; want %d", ids, err, want)
		}
	}
	wantSessions(t, s, sessions[2])
}
