package upstream

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// The times of an access token. Google's and Microsoft's live about an hour.
const (
	// renewAhead is how long before its end a token is renewed in the background,
	// and spareTime how long before its end it is not used any more. Of tokens that
	// live shorter than an hour it is less, in proportion.
	renewAhead = 5 * time.Minute
	spareTime  = 30 * time.Second
	// usualLife is for a token of which its issuer does not say how long it lives.
	usualLife = 5 * time.Minute
	// mintPatience is how long the issuer may take beside connecting.
	mintPatience = 10 * time.Second
	// A failure is told to everyone for a while, which doubles, so that not each
	// call asks the issuer anew.
	failureFirst = time.Second
	failureMost  = 30 * time.Second
)

// minter keeps one access token for each credential that has an account: one
// request to the issuer is under way at a time, whoever waits for it.
type minter struct {
	pool *Pool
	// life ends when the pool is closed; minting outlives the call that began it.
	life context.Context //nolint:containedctx // see above
	stop context.CancelFunc
	// under are the requests under way.
	under sync.WaitGroup

	mu sync.Mutex
	// The fields below are guarded by mu.
	closed bool
	tokens map[tokenKey]*token // bounded by the credentials in force
}

// tokenKey is what a token depends on: the way to the issuer, and the secret.
type tokenKey struct{ fingerprint, secret string }

// token is what is known of one credential's token; guarded by the minter's mu.
type token struct {
	value string
	// until is when it is not used any more, renew when it is renewed.
	until, renew time.Time
	// under is the request under way; nil when there is none.
	under *minting
	// failure is why there is none, and holds until retry; fails counts them.
	failure error
	retry   time.Time
	fails   int
}

// minting is one request to an issuer; the others are read after done is closed.
type minting struct {
	done  chan struct{}
	value string
	err   error
}

func (m *minter) begin(p *Pool) {
	m.pool, m.tokens = p, map[tokenKey]*token{}
	m.life, m.stop = context.WithCancel(context.Background())
}

func (m *minter) end() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.stop()
	m.under.Wait()
}

// keep forgets the tokens of credentials that a snapshot no longer has.
func (m *minter) keep(s *snapshot.Snapshot) {
	live := map[tokenKey]bool{}
	for _, up := range s.Upstreams {
		for _, c := range up.Credentials {
			if c.Account != nil {
				live[tokenKey{up.Fingerprint, c.Secret}] = true
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.tokens {
		if !live[key] {
			delete(m.tokens, key)
		}
	}
}

// wall is the time on the wall: a token goes on to age while the machine sleeps,
// when the other clock stands still.
func wall() time.Time { return time.Now().Round(0) }

// get gives the credential's token. While one is good nobody waits for the next.
func (m *minter) get(ctx context.Context, up *snapshot.Upstream, credential *snapshot.Credential) (string, error) {
	value, under, err := m.look(up, credential, wall()) //nolint:contextcheck // minting outlives the call
	if under == nil {
		return value, err
	}
	return under.wait(ctx, credential)
}

func (m *minter) look(up *snapshot.Upstream, credential *snapshot.Credential, now time.Time) (string, *minting, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.of(up, credential)
	good, rests := now.Before(t.until), now.Before(t.retry)
	switch {
	case good && (now.Before(t.renew) || rests || t.under != nil):
		return t.value, nil, nil
	case good:
		m.mint(t, up, credential)
		return t.value, nil, nil
	case t.under != nil:
		return "", t.under, nil
	case rests:
		return "", nil, t.failure
	}
	m.mint(t, up, credential)
	return "", t.under, nil
}

// anew asks the issuer now, for a test: the credential may have been taken back
// since.
func (m *minter) anew(ctx context.Context, up *snapshot.Upstream, credential *snapshot.Credential) (string, error) {
	m.mu.Lock()
	t := m.of(up, credential)
	if t.under == nil {
		m.mint(t, up, credential) //nolint:contextcheck // as in get
	}
	under := t.under
	m.mu.Unlock()
	return under.wait(ctx, credential)
}

// of finds what is known of a credential's token; mu is held.
func (m *minter) of(up *snapshot.Upstream, credential *snapshot.Credential) *token {
	key := tokenKey{up.Fingerprint, credential.Secret}
	t := m.tokens[key]
	if t == nil {
		t = &token{}
		m.tokens[key] = t
	}
	return t
}

func (u *minting) wait(ctx context.Context, credential *snapshot.Credential) (string, error) {
	select {
	case <-u.done:
		return u.value, u.err
	case <-ctx.Done():
		return "", tokenError(false, context.Cause(ctx), hw.Say("token.late", "server", serverOf(credential.Account)))
	}
}

var errClosed = errors.New("the pool is closed")

// mint begins a request for a token; mu is held.
func (m *minter) mint(t *token, up *snapshot.Upstream, credential *snapshot.Credential) {
	under := &minting{done: make(chan struct{})}
	t.under = under
	if m.closed {
		under.err = tokenError(false, errClosed, hw.Say("token.stops"))
		close(under.done)
		return
	}
	m.under.Go(func() {
		limit := up.Timeouts.Connect + up.Timeouts.TLS + mintPatience
		ctx, cancel := context.WithTimeout(m.life, limit)
		defer cancel()
		value, life, err := m.guarded(ctx, up, credential)
		m.settle(t, under, value, life, err)
	})
}

// guarded turns a bug in minting into a failure: on a goroutine of its own it
// would cost the process.
func (m *minter) guarded(ctx context.Context, up *snapshot.Upstream, credential *snapshot.Credential) (value string, life time.Duration, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			bug := fmt.Errorf("bug in minting: %v\n%s", cause, debug.Stack())
			err = tokenError(false, bug, hw.Say("token.unasked", "server", serverOf(credential.Account)))
		}
	}()
	return m.pool.mint(ctx, up, credential.Account)
}

// settle notes how a request ended. One that fails leaves a token that is still
// good in use.
func (m *minter) settle(t *token, under *minting, value string, life time.Duration, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := wall()
	t.under, under.value, under.err = nil, value, err
	close(under.done)
	if err != nil {
		t.failure = err
		t.retry = now.Add(min(failureFirst<<min(t.fails, 8), failureMost))
		t.fails++
		return
	}
	t.value, t.failure, t.retry, t.fails = value, nil, time.Time{}, 0
	t.renew = now.Add(life - min(renewAhead, life/6))
	t.until = now.Add(life - min(spareTime, life/12))
}

// refused forgets a token that the upstream did not take, unless there is
// another one by now.
func (m *minter) refused(up *snapshot.Upstream, credential *snapshot.Credential, who proof) {
	sent, ok := who.(shown)
	if credential == nil || credential.Account == nil || !ok {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.of(up, credential); t.value == sent.value {
		t.value, t.until = "", time.Time{}
	}
}

// prove makes the proof of a credential, for a test: where a token is needed for
// it, getting one is a step of its own, with a new one each time.
func (d *diagnosis) prove(ctx context.Context, credential *snapshot.Credential) (proof, bool) {
	if credential == nil || credential.Account == nil {
		who, err := d.pool.proofOf(ctx, d.up, credential)
		return who, err == nil
	}
	d.start(hw.StepToken)
	token, err := d.pool.tokens.anew(ctx, d.up, credential)
	if err == nil {
		d.worked(hw.StepToken, "token.given", "server", serverOf(credential.Account))
		return bearer(token), true
	}
	failure, _ := errors.AsType[*TokenError](err)
	if failure.Refused {
		return nil, d.fail(hw.StepToken, hw.CodeUpstreamAuth, failure.Said, hw.Say("token.check_key", "key", credential.Name))
	}
	return nil, d.fail(hw.StepToken, hw.CodeUpstreamUnreachable, failure.Said, hw.Say("token.check_way"))
}
