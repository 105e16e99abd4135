package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"headwater/backend/adminclient/line"
	"headwater/backend/hw"
)

// requestTime bounds what the page asks; long work is a job and answers at once.
const requestTime = 90 * time.Second

// Bridge is all that the page can reach of the window. The page's twin of it
// is frontend/src/rpc/bridge.ts.
type Bridge struct{ window *window }

// ask gives an operation the time it may take.
func (b *Bridge) ask() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.window.ctx, requestTime)
}

// Request runs one operation of the service. Params and result are JSON.
func (b *Bridge) Request(method, params string) (string, error) {
	ctx, cancel := b.ask()
	defer cancel()
	result, err := b.window.keeper.Request(ctx, method, json.RawMessage(params))
	return string(result), err //nolint:wrapcheck // problem makes it the page's
}

// Connection says where the line stands.
func (b *Bridge) Connection() line.State { return b.window.keeper.State() }

// Connections lists the Headwaters this window knows.
func (b *Bridge) Connections() []line.Connection { return b.window.keeper.Connections() }

// AddConnection remembers another Headwater by its certificate.
func (b *Bridge) AddConnection(address, fingerprint string) error {
	ctx, cancel := b.ask()
	defer cancel()
	return b.window.keeper.Add(ctx, address, fingerprint) //nolint:wrapcheck // problem makes it the page's
}

// UseConnection changes over to one of Connections.
func (b *Bridge) UseConnection(id string) error {
	return b.window.keeper.Use(id) //nolint:wrapcheck // problem makes it the page's
}

// RemoveConnection forgets one of Connections.
func (b *Bridge) RemoveConnection(id string) error {
	return b.window.keeper.Remove(id) //nolint:wrapcheck // problem makes it the page's
}

// Retry tries to reach the service now.
func (b *Bridge) Retry() { b.window.keeper.Retry() }

// SignIn opens a session; its token stays on this side.
func (b *Bridge) SignIn(name, password string) error {
	ctx, cancel := b.ask()
	defer cancel()
	return b.window.keeper.SignIn(ctx, name, password) //nolint:wrapcheck // problem makes it the page's
}

// SetUp makes the first administrator; where the window is trusted already it
// needs no code.
func (b *Bridge) SetUp(code, name, password string) error {
	ctx, cancel := b.ask()
	defer cancel()
	return b.window.keeper.SetUp(ctx, code, name, password) //nolint:wrapcheck // problem makes it the page's
}

// SignOut ends the session.
func (b *Bridge) SignOut() error {
	ctx, cancel := b.ask()
	defer cancel()
	return b.window.keeper.SignOut(ctx) //nolint:wrapcheck // problem makes it the page's
}

// StartService starts the service of this machine.
func (b *Bridge) StartService() error {
	ctx, cancel := b.ask()
	defer cancel()
	if err := startService(ctx); err != nil {
		e := hw.Errorf(hw.CodeUnavailable, "The service could not be started from here.").Because(err)
		e.Hint = "Run: " + startCommand
		return e
	}
	b.window.keeper.Retry()
	return nil
}

// CopyText puts text on the clipboard.
func (b *Bridge) CopyText(text string) error {
	if len(text) > 1<<20 {
		return hw.Errorf(hw.CodeTooLarge, "That is too much for the clipboard.")
	}
	return runtime.ClipboardSetText(b.window.ctx, text) //nolint:wrapcheck // problem makes it the page's
}

// problem is how errors reach the page: RFC 9457 details as from the service,
// as text, because the library makes a text of whatever it is given.
func problem(err error) any {
	told, ok := errors.AsType[*hw.Error](err)
	if !ok {
		told = hw.Errorf(hw.CodeInternal, "The window could not do this: %s", err)
	}
	text, _ := json.Marshal(told.Details("")) // texts and numbers: this cannot fail
	return string(text)
}
