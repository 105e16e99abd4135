package line

import (
	"context"
	"encoding/json"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

// fromHere are the operations that would hand a token to who asks: the window
// does them itself.
func fromHere(method string) bool {
	return method == "auth" || method == "sessions.create" || method == "setup.redeem" || method == "sessions.end"
}

// Request runs one operation and returns its result as it came.
func (k *Keeper) Request(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	if fromHere(method) {
		return nil, hw.Errorf(hw.CodeForbidden, "The window does %s itself.", method)
	}
	k.mu.Lock()
	client := k.client
	k.mu.Unlock()
	if client != nil {
		var result json.RawMessage
		err := client.Call(ctx, method, params, &result)
		return result, err //nolint:wrapcheck // an *hw.Error in words for the page
	}
	if method == "setup.get" {
		return k.setupState(ctx)
	}
	e := hw.Errorf(hw.CodeUnavailable, "There is no contact with the service.")
	e.Hint = "The window keeps trying; what you typed stays."
	return nil, e
}

func (k *Keeper) setupState(ctx context.Context) (json.RawMessage, error) {
	at, err := k.place()
	if err != nil {
		return nil, err
	}
	state, err := adminclient.SetupState(ctx, at.config)
	if err != nil {
		return nil, err //nolint:wrapcheck // an *hw.Error in words for the page
	}
	return json.Marshal(state) //nolint:wrapcheck // two plain fields
}

// SignIn opens a session on the current connection.
func (k *Keeper) SignIn(ctx context.Context, name, password string) error {
	at, err := k.place()
	if err != nil {
		return err
	}
	at.config.Token = ""
	session, err := adminclient.SignIn(ctx, at.config, hw.SignInInput{Name: name, Password: password})
	if err != nil {
		return err //nolint:wrapcheck // an *hw.Error in words for the page
	}
	k.admit(session.Token)
	return nil
}

// SetUp makes the first administrator. Without a code the window makes one: it
// is the local administrator when it is online before there is any other.
func (k *Keeper) SetUp(ctx context.Context, code, name, password string) error {
	k.mu.Lock()
	client := k.client
	k.mu.Unlock()
	if code == "" && client != nil {
		var fresh hw.SetupCode
		if err := client.Call(ctx, "setup.renew", nil, &fresh); err != nil {
			return err //nolint:wrapcheck // an *hw.Error in words for the page
		}
		code = fresh.Code
	}
	at, err := k.place()
	if err != nil {
		return err
	}
	local := at.config.Token != ""
	at.config.Token = ""
	session, err := adminclient.SetUp(ctx, at.config, hw.SetupInput{Code: code, Name: name, Password: password})
	if err != nil {
		return err //nolint:wrapcheck // an *hw.Error in words for the page
	}
	if local { // who is on this machine already needs no session
		at.config.Token = session.Token
		return adminclient.SignOut(ctx, at.config) //nolint:wrapcheck // an *hw.Error in words for the page
	}
	k.admit(session.Token)
	return nil
}

// SignOut ends the session; the token of local administration waits until
// somebody signs in or comes back to this connection.
func (k *Keeper) SignOut(ctx context.Context) error {
	k.mu.Lock()
	client, session := k.client, k.sessions[k.current]
	delete(k.sessions, k.current)
	k.away[k.current] = true
	cut := k.cut
	k.mu.Unlock()
	defer cut()
	if client == nil || session == "" {
		return nil
	}
	err := client.Call(ctx, "sessions.end", nil, nil)
	if hw.CodeOf(err) == hw.CodeUnauthenticated {
		return nil // the service was quicker to cut the line than to answer
	}
	return err //nolint:wrapcheck // an *hw.Error in words for the page
}

// admit uses a session from now on.
func (k *Keeper) admit(token string) {
	k.mu.Lock()
	k.sessions[k.current] = token
	delete(k.away, k.current)
	cut := k.cut
	k.mu.Unlock()
	cut()
}

// State is where the line stands.
func (k *Keeper) State() State {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// Retry tries now instead of later. A line that works stays.
func (k *Keeper) Retry() {
	k.mu.Lock()
	cut, client := k.cut, k.client
	k.mu.Unlock()
	if client == nil {
		cut()
	}
}
