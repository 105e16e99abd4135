package gateway

import (
	"context"
	"sync"
)

// appFetches is how many places for fetching one app may hold: one that names
// slow servers must leave some to the others.
const appFetches = fetchPlaces / 2

// fetchRoom has the places for fetching, of all apps and of each.
type fetchRoom struct {
	all chan struct{}

	mu sync.Mutex
	// apps holds those that fetch or wait, by id; guarded by mu.
	apps map[string]*appFetching
}

// appFetching are the places of one app.
type appFetching struct {
	places chan struct{}
	users  int // guarded by the mutex of fetchRoom
}

func newFetchRoom() *fetchRoom {
	return &fetchRoom{all: make(chan struct{}, fetchPlaces), apps: map[string]*appFetching{}}
}

// enter waits for a place; false means that ctx ended before there was one. leave
// gives it back. Who waits for the app's own place holds none of all.
func (f *fetchRoom) enter(ctx context.Context, app string) (leave func(), ok bool) {
	own := f.of(app)
	select {
	case own.places <- struct{}{}:
	case <-ctx.Done():
		f.forget(app, own)
		return nil, false
	}
	select {
	case f.all <- struct{}{}:
		return func() {
			<-f.all
			<-own.places
			f.forget(app, own)
		}, true
	case <-ctx.Done():
		<-own.places
		f.forget(app, own)
		return nil, false
	}
}

func (f *fetchRoom) of(app string) *appFetching {
	f.mu.Lock()
	defer f.mu.Unlock()
	own := f.apps[app]
	if own == nil {
		own = &appFetching{places: make(chan struct{}, appFetches)}
		f.apps[app] = own
	}
	own.users++
	return own
}

func (f *fetchRoom) forget(app string, own *appFetching) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(f.apps, app)
	}
}
