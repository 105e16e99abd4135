package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// The life of a session.
const (
	// sessionIdle is how long a session may rest.
	sessionIdle = 30 * time.Minute
	// sessionLife is how long it may last at all.
	sessionLife = 12 * time.Hour
	// touchEvery is the grain of LastSeenAt: a write per call would be waste.
	touchEvery = time.Minute
	// sweepEvery is how often ended sessions are removed.
	sweepEvery = 10 * time.Minute
	// tokenBytes is the length of a token before it is written in hex.
	tokenBytes = 32
	// maxToken bounds what is hashed of a caller's token, in characters.
	maxToken = 256
)

// LocalActor is the name of who holds the token of local administration.
const LocalActor = "local"

// SignIn opens a session for a member who knows the password.
func (s *Service) SignIn(ctx context.Context, in hw.SignInInput, remote string) (hw.SignedIn, error) {
	if err := s.signIns.check(in.Name); err != nil {
		return hw.SignedIn{}, err
	}
	var hash string
	m := s.member(in.Name)
	if m != nil {
		hash = m.PasswordHash
	}
	if !s.passwords.matches(in.Password, hash) {
		s.signIns.failed(in.Name)
		s.audit(ctx, store.AuditEvent{Actor: in.Name, Remote: remote, Action: "sessions.refused"})
		return hw.SignedIn{}, hw.Errorf(hw.CodeUnauthenticated, "Name or password is wrong.")
	}
	s.signIns.succeeded(in.Name)
	return s.openSession(ctx, m, remote)
}

// openSession makes a session and its token.
func (s *Service) openSession(ctx context.Context, m *hw.Member, remote string) (hw.SignedIn, error) {
	token := newToken()
	now := time.Now().UTC()
	session := store.Session{
		ID: hw.NewID(hw.PrefixSession), TokenHash: sha256.Sum256([]byte(token)),
		Member: m.Name, Role: m.Role, Remote: remote,
		CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(sessionLife),
	}
	if err := s.cfg.Store.PutSession(ctx, session); err != nil {
		return hw.SignedIn{}, fmt.Errorf("opening a session: %w", err)
	}
	s.audit(ctx, store.AuditEvent{Actor: m.Name, Remote: remote, Action: "sessions.create", Detail: session.ID})
	info := sessionInfo(session)
	info.Current = true
	return hw.SignedIn{Token: token, Session: info}, nil
}

// Authenticate tells who holds a token, and notes that the session is in use.
func (s *Service) Authenticate(ctx context.Context, token, remote string) (hw.Actor, error) {
	return s.authenticate(ctx, token, remote, true)
}

// Check is Authenticate without keeping the session alive: for a line that is
// open but silent.
func (s *Service) Check(ctx context.Context, token string) error {
	_, err := s.authenticate(ctx, token, "", false)
	return err
}

func (s *Service) authenticate(ctx context.Context, token, remote string, touch bool) (hw.Actor, error) {
	refused := hw.Errorf(hw.CodeUnauthenticated, "The session has ended, or the token is wrong.")
	refused.Hint = "Sign in again."
	if token == "" || len(token) > maxToken {
		return hw.Actor{}, refused
	}
	hash := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(hash[:], s.local[:]) == 1 {
		return hw.Actor{Name: LocalActor, Role: hw.RoleAdministrator, Remote: remote}, nil
	}
	session, err := s.cfg.Store.SessionByToken(ctx, hash)
	if err != nil {
		if hw.CodeOf(err) == hw.CodeUnauthenticated {
			return hw.Actor{}, refused.Because(err)
		}
		return hw.Actor{}, fmt.Errorf("looking up a session: %w", err)
	}
	now := time.Now().UTC()
	m := s.member(session.Member)
	if m == nil || ended(session, now) {
		if err := s.endSession(ctx, session.ID); err != nil {
			return hw.Actor{}, err
		}
		return hw.Actor{}, refused
	}
	if touch && now.Sub(session.LastSeenAt) >= touchEvery {
		if err := s.cfg.Store.TouchSession(ctx, session.ID, now); err != nil {
			return hw.Actor{}, fmt.Errorf("noting that a session is in use: %w", err)
		}
	}
	return hw.Actor{Name: m.Name, Role: m.Role, Session: session.ID, Remote: remote}, nil
}

func ended(session store.Session, now time.Time) bool {
	return !now.Before(session.ExpiresAt) || now.Sub(session.LastSeenAt) >= sessionIdle
}

// CurrentSession describes the actor's own session.
func (s *Service) CurrentSession(ctx context.Context, actor hw.Actor) (hw.SessionInfo, error) {
	if err := permit(actor, hw.PermSelf); err != nil {
		return hw.SessionInfo{}, err
	}
	if actor.Session == "" {
		return hw.SessionInfo{Member: actor.Name, Role: actor.Role, Remote: actor.Remote, Current: true}, nil
	}
	all, err := s.cfg.Store.Sessions(ctx)
	if err != nil {
		return hw.SessionInfo{}, fmt.Errorf("reading sessions: %w", err)
	}
	for _, session := range all {
		if session.ID == actor.Session {
			info := sessionInfo(session)
			info.Role, info.Current = actor.Role, true
			return info, nil
		}
	}
	return hw.SessionInfo{}, hw.Errorf(hw.CodeUnauthenticated, "The session has ended.")
}

// SignOut ends the actor's own session.
func (s *Service) SignOut(ctx context.Context, actor hw.Actor) error {
	if err := permit(actor, hw.PermSelf); err != nil {
		return err
	}
	if actor.Session == "" {
		return hw.Errorf(hw.CodeUnsupported, "The token of local administration has no session to end.")
	}
	if err := s.endSession(ctx, actor.Session); err != nil {
		return err
	}
	s.audit(ctx, store.AuditEvent{Actor: actor.Name, Remote: actor.Remote, Action: "sessions.end", Detail: actor.Session})
	return nil
}

// Sessions lists the open sessions, oldest first.
func (s *Service) Sessions(ctx context.Context, actor hw.Actor) ([]hw.SessionInfo, error) {
	if err := permit(actor, hw.PermMembersRead); err != nil {
		return nil, err
	}
	all, err := s.cfg.Store.Sessions(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading sessions: %w", err)
	}
	infos := make([]hw.SessionInfo, 0, len(all))
	now := time.Now().UTC()
	for _, session := range all {
		if ended(session, now) {
			continue
		}
		info := sessionInfo(session)
		info.Current = session.ID == actor.Session
		infos = append(infos, info)
	}
	return infos, nil
}

// RevokeSession ends any session.
func (s *Service) RevokeSession(ctx context.Context, actor hw.Actor, id string) error {
	if err := permit(actor, hw.PermMembersWrite); err != nil {
		return err
	}
	all, err := s.cfg.Store.Sessions(ctx)
	if err != nil {
		return fmt.Errorf("reading sessions: %w", err)
	}
	for _, session := range all {
		if session.ID != id {
			continue
		}
		if err := s.endSession(ctx, id); err != nil {
			return err
		}
		s.audit(ctx, store.AuditEvent{Actor: actor.Name, Remote: actor.Remote, Action: "sessions.revoke", Detail: id})
		return nil
	}
	return hw.Errorf(hw.CodeNotFound, "There is no session %q.", id)
}

// endSession removes a session and cuts the lines that use it.
func (s *Service) endSession(ctx context.Context, id string) error {
	err := s.cfg.Store.DeleteSession(ctx, id)
	if err != nil && hw.CodeOf(err) != hw.CodeNotFound { // gone already is what we want
		return fmt.Errorf("ending a session: %w", err)
	}
	s.ends.end(id)
	return nil
}

// endSessionsOf ends all sessions of a member. The change that asks for it is
// already in force, and authenticate looks at the member: a session that could
// not be removed is refused all the same.
func (s *Service) endSessionsOf(member string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ids, err := s.cfg.Store.DeleteSessionsOf(ctx, member)
	if err != nil {
		s.cfg.Log.Error("ending the sessions of a member", "member", member, "error", err)
	}
	for _, id := range ids {
		s.ends.end(id)
	}
}

// sweepSessions removes the sessions that have ended by themselves.
func (s *Service) sweepSessions(ctx context.Context) error {
	all, err := s.cfg.Store.Sessions(ctx)
	if err != nil {
		return fmt.Errorf("reading sessions: %w", err)
	}
	now := time.Now().UTC()
	for _, session := range all {
		if !ended(session, now) {
			continue
		}
		if err := s.endSession(ctx, session.ID); err != nil {
			return err
		}
	}
	return nil
}

// audit links an event that changes no document. It does not undo what has
// happened when that fails; the log then says so.
func (s *Service) audit(ctx context.Context, event store.AuditEvent) {
	if err := s.cfg.Store.Audit(ctx, event); err != nil {
		s.cfg.Log.Error("writing the audit chain", "action", event.Action, "error", err)
	}
}

func sessionInfo(session store.Session) hw.SessionInfo {
	return hw.SessionInfo{
		ID: session.ID, Member: session.Member, Role: session.Role, Remote: session.Remote,
		CreatedAt: session.CreatedAt, LastSeenAt: session.LastSeenAt, ExpiresAt: session.ExpiresAt,
	}
}

// newToken returns 32 random bytes in hex.
func newToken() string {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return hex.EncodeToString(raw)
}

// endings tells open lines that their session has ended. Its zero value is ready.
type endings struct {
	mu sync.Mutex
	// The fields below are guarded by mu.
	lines map[string]map[*line]bool
}

type line struct{ cut chan struct{} }

// SessionEnded returns a channel that is closed when the session ends, and a
// function that the caller must call when it no longer listens.
func (s *Service) SessionEnded(session string) (<-chan struct{}, func()) {
	return s.ends.watch(session)
}

func (e *endings) watch(session string) (<-chan struct{}, func()) {
	l := &line{cut: make(chan struct{})}
	if session == "" {
		return l.cut, func() {}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lines == nil {
		e.lines = map[string]map[*line]bool{}
	}
	if e.lines[session] == nil {
		e.lines[session] = map[*line]bool{}
	}
	e.lines[session][l] = true
	return l.cut, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.lines[session], l)
		if len(e.lines[session]) == 0 {
			delete(e.lines, session)
		}
	}
}

func (e *endings) end(session string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for l := range e.lines[session] {
		close(l.cut)
	}
	delete(e.lines, session)
}
