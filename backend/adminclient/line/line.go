// Package line keeps the window's line to a service: it finds the service,
// signs in, holds the socket and its token, and says where it stands.
//
// It deliberately shows nothing and knows no operation but those that come
// before a line. Its one invariant: no token ever leaves it.
package line

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

// Phase is where the line stands.
type Phase string

// The phases; the page has the same list.
const (
	Connecting Phase = "connecting"
	Online     Phase = "online"
	SignedOut  Phase = "signed_out" // the service answers and wants a sign-in
	NoService  Phase = "no_service" // never reached
	Lost       Phase = "lost"       // reached before; being tried again
)

// State is what the page is told.
type State struct {
	Phase   Phase  `json:"state"`
	ID      string `json:"id"` // of the connection
	Address string `json:"address"`
	Remote  bool   `json:"remote,omitempty"`
	// RetryAt is when the next try is due; zero when none is planned.
	RetryAt time.Time `json:"retry_at,omitzero"`
	Error   string    `json:"error,omitempty"`
	Member  string    `json:"member,omitempty"`
	Role    hw.Role   `json:"role,omitempty"`
}

// Frame is a notification of the service.
type Frame struct {
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// The rhythm of a line.
const (
	retryFirst = 250 * time.Millisecond
	retryMost  = 8 * time.Second
	retryHere  = 700 * time.Millisecond // on this machine: who has started the service looks at the window
	probeEvery = 3 * time.Second        // looks whether a service that wants a sign-in is still there
	frameEvery = 50 * time.Millisecond  // frames are handed on together: each hand-over costs the window
	frameMost  = 64                     // frames that may wait; then the service holds the rest back
	dialTime   = 15 * time.Second
)

// Config is what a Keeper works with. All of it is required.
type Config struct {
	// File keeps the connections to other machines.
	File string
	// Local finds the service of this machine.
	Local func() (adminclient.Place, error)
	// Told is given each new state, Frames what the service sends by itself.
	// Neither may wait for the Keeper.
	Told   func(State)
	Frames func([]Frame)
}

// Keeper keeps one line at a time. Run owns all of its goroutines.
type Keeper struct {
	config Config

	mu sync.Mutex
	// The fields below are guarded by mu.
	known   []Connection
	current string
	state   State
	client  *adminclient.Client
	// sessions are tokens by the id of their connection, until the window closes.
	sessions map[string]string
	// away are the connections that somebody has signed out of: there the
	// token of local administration waits, too.
	away map[string]bool
	// cut ends the round of the moment; never nil.
	cut context.CancelFunc
}

// New reads the connections of earlier times.
func New(c Config) (*Keeper, error) {
	known, err := load(c.File)
	if err != nil {
		return nil, err
	}
	return &Keeper{
		config: c, known: known, current: here, sessions: map[string]string{}, away: map[string]bool{},
		state: State{Phase: Connecting, ID: here}, cut: func() {},
	}, nil
}

// Run keeps the line until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	delay := retryFirst
	for ctx.Err() == nil {
		round, cut := context.WithCancel(ctx)
		k.mu.Lock()
		k.cut = cut
		k.mu.Unlock()
		held, err := k.round(round)
		switch {
		case held:
			delay = retryFirst
		case err != nil:
			delay = min(delay*8/5, k.longest())
		}
		if err != nil && round.Err() == nil {
			k.failed(err, delay)
			pause(round, delay)
		}
		if round.Err() != nil {
			delay = retryFirst // somebody wants it now
		}
		cut()
	}
}

// longest is how long the pause between two tries may become.
func (k *Keeper) longest() time.Duration {
	if k.State().Remote {
		return retryMost
	}
	return retryHere
}

// round tries once and, when that works, stays until the line has ended. Held
// says that there was a service.
func (k *Keeper) round(ctx context.Context) (held bool, err error) {
	at, err := k.place()
	k.trying(at)
	if err != nil {
		return false, err
	}
	if at.config.Token == "" {
		return k.wait(ctx, at.config)
	}
	// Frames end before the line does: its reader must not wait for them.
	flowing, end := context.WithCancel(ctx)
	frames := make(chan Frame, frameMost)
	at.config.Notify = func(method string, params json.RawMessage) {
		select {
		case frames <- Frame{method, params}:
		case <-flowing.Done():
		}
	}
	var handing sync.WaitGroup
	handing.Go(func() { k.handOn(flowing, frames) })
	defer handing.Wait()
	defer end()
	dialling, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	client, err := adminclient.Dial(dialling, at.config)
	if hw.CodeOf(err) == hw.CodeUnauthenticated {
		k.dropToken()
		return true, nil
	}
	if err != nil {
		return false, err //nolint:wrapcheck // in words for people already
	}
	defer func() {
		end()
		_ = client.Close() // it is over either way
	}()
	return k.serve(ctx, client)
}

// serve says who is signed in and waits for the end of the line.
func (k *Keeper) serve(ctx context.Context, client *adminclient.Client) (held bool, err error) {
	var who hw.SessionInfo
	if err := client.Call(ctx, "sessions.current", nil, &who); err != nil {
		return false, err //nolint:wrapcheck // in words for people already
	}
	k.set(client, func(s *State) {
		*s = State{Phase: Online, ID: s.ID, Address: s.Address, Remote: s.Remote, Member: who.Member, Role: who.Role}
	})
	defer k.set(nil, func(*State) {})
	select {
	case <-ctx.Done():
		return true, nil
	case <-client.Done():
	}
	if err = client.Err(); hw.CodeOf(err) == hw.CodeUnauthenticated {
		k.dropToken()
		err = nil // it was the session that ended, not the contact
	}
	return true, err //nolint:wrapcheck // in words for people already
}

// wait stands before a service that wants a sign-in.
func (k *Keeper) wait(ctx context.Context, at adminclient.Config) (held bool, err error) {
	for {
		if _, err := adminclient.SetupState(ctx, at); err != nil {
			return held, err //nolint:wrapcheck // in words for people already
		}
		if !held {
			held = true
			k.set(nil, func(s *State) {
				*s = State{Phase: SignedOut, ID: s.ID, Address: s.Address, Remote: s.Remote}
			})
		}
		if pause(ctx, probeEvery); ctx.Err() != nil {
			return held, nil //nolint:nilerr // it was ended from here
		}
	}
}

// place is where a connection leads, with the token there is for it.
type place struct {
	id, address string
	remote      bool
	config      adminclient.Config
}

// place works out where the current connection leads. What is known of it is
// filled in even where there is an error.
func (k *Keeper) place() (place, error) {
	k.mu.Lock()
	id := k.current
	connection, remote := find(k.known, id)
	token, away := k.sessions[id], k.away[id]
	k.mu.Unlock()
	if remote {
		pinned, err := adminclient.Pinned(connection.Fingerprint)
		config := adminclient.Config{Address: "https://" + connection.Address, TLS: pinned, Token: token}
		return place{id, connection.Address, true, config}, err //nolint:wrapcheck // an *hw.Error in words for people
	}
	local, err := k.config.Local()
	at := place{id: id, address: cmp.Or(local.Address, adminclient.DefaultAddress)}
	if !adminclient.IsLocal(at.address) {
		return at, cmp.Or(err, error(hw.Errorf(hw.CodeForbidden, "%s is not on this machine.", at.address)))
	}
	// Who may not read the token signs in; a service that never ran does not
	// answer. Neither is an error here.
	if !away {
		token = cmp.Or(token, local.Token)
	}
	at.config = adminclient.Config{Address: at.address, Token: token}
	return at, nil
}

// trying notes which connection is being tried.
func (k *Keeper) trying(at place) {
	k.set(nil, func(s *State) {
		if s.ID != at.id {
			*s = State{Phase: Connecting}
		}
		s.ID, s.Address, s.Remote = at.id, at.address, at.remote
	})
}

// failed says that there is no contact, and when it is tried again.
func (k *Keeper) failed(err error, delay time.Duration) {
	why := err.Error()
	if told, ok := errors.AsType[*hw.Error](err); ok {
		why = told.Text
	}
	k.set(nil, func(s *State) {
		phase := NoService
		if s.Phase == Online || s.Phase == Lost {
			phase = Lost
		}
		*s = State{Phase: phase, ID: s.ID, Address: s.Address, Remote: s.Remote, RetryAt: time.Now().Add(delay), Error: why}
	})
}

// dropToken forgets the token that the service refused.
func (k *Keeper) dropToken() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sessions[k.current] == "" {
		k.away[k.current] = true // the file's token is not good here
	}
	delete(k.sessions, k.current)
}

// set changes the state and tells it when it is another one.
func (k *Keeper) set(client *adminclient.Client, change func(*State)) {
	k.mu.Lock()
	k.client = client
	before := k.state
	change(&k.state)
	after := k.state
	k.mu.Unlock()
	if after != before {
		k.config.Told(after)
	}
}

// handOn gives frames to the page, several at a time.
func (k *Keeper) handOn(ctx context.Context, frames <-chan Frame) {
	tick := time.NewTicker(frameEvery)
	defer tick.Stop()
	var batch []Frame
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-frames:
			if batch = append(batch, f); len(batch) < frameMost {
				continue
			}
		case <-tick.C:
		}
		if len(batch) > 0 {
			k.config.Frames(batch)
			batch = nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
