package gateway

import (
	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// Behalf says in whose name a call is made that no caller made.
type Behalf struct {
	// App is the id of the app's document, Key that of one of its keys; empty
	// means that the call counts as made without any.
	App, Key string
}

// ServeFor answers a call in the name of an app, the way the app's own calls
// go, but without a secret; it returns the call's id. Whoever asks has made
// sure that it may. CodeNotFound means that there is no such app or key in
// force: then there was no call.
func (g *Gateway) ServeFor(front Front, head Head, of Behalf) (id string, err error) {
	c := g.accept(front, head)
	if c.key, err = keyFor(c.snap, of); err != nil {
		return "", err
	}
	c.vouched = true
	g.serve(c)
	return c.id, nil
}

// keyFor finds the key of a call, or makes the one that an app without a key
// would have: nothing in it but the app.
func keyFor(s *snapshot.Snapshot, of Behalf) (*snapshot.Key, error) {
	app, ok := s.AppByID(of.App)
	if !ok {
		return nil, hw.Errorf(hw.CodeNotFound, "This app is not in force any more.")
	}
	if of.Key == "" {
		return &snapshot.Key{App: app, Enabled: true}, nil
	}
	key, ok := s.KeyByID(of.Key)
	if !ok || key.App != app {
		return nil, hw.Errorf(hw.CodeNotFound, "This key of the app is not in force any more.")
	}
	return key, nil
}
