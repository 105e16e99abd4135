// Package room is the waiting room of the gateway: calls whose targets are all
// full wait here for a place, the important ones first, tenants in turn.
//
// It knows no call and no target, only keys. Its one invariant: a place that
// becomes free goes to exactly one waiter or to nobody, and nobody waits
// longer than he said.
package room

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ErrFull is returned to who finds no room to wait in, or has to make room for
// someone more important; ErrLate to who waited in vain.
var (
	ErrFull = errors.New("the waiting room is full")
	ErrLate = errors.New("no place became free in time")
)

// Wait describes who waits.
type Wait struct {
	// Keys are the places that would do.
	Keys []string
	// Class is how important it is; a larger one goes first.
	Class uint8
	// Tenant is whose turn it takes.
	Tenant string
	// Bytes is what it holds in memory meanwhile.
	Bytes int64
	// Until is when it gives up.
	Until time.Time
	// Free reports whether a place is free now. It is asked once, after the
	// waiter stands in the room: a place that became free just before was
	// offered to nobody. Nil means that there is none.
	Free func() bool
}

// Limits bound the room.
type Limits struct {
	Calls int
	Bytes int64
}

// Room holds waiters. The zero Room is empty and ready. Safe for concurrent use.
type Room struct {
	// n is the number of waiters, so that an empty room costs no lock.
	n       atomic.Int32
	mu      sync.Mutex
	waiters []*waiter // in order of arrival
	bytes   int64
	// turns counts the places each waiting tenant got, so that one with many
	// calls does not starve the others.
	turns map[string]int
}

type waiter struct {
	Wait
	done chan string // gets the key, or "" when it has to leave
}

// Enter waits for one of the keys. A key that was given is the caller's, also
// when its context has ended meanwhile. No key and no error means that a place
// is free and has to be asked for as usual.
func (r *Room) Enter(ctx context.Context, w Wait, limits Limits) (string, error) {
	me := &waiter{Wait: w, done: make(chan string, 1)}
	if !r.admit(me, limits) {
		return "", ErrFull
	}
	if w.Free != nil && w.Free() && r.leave(me) {
		return "", nil
	}
	timer := time.NewTimer(time.Until(w.Until))
	defer timer.Stop()
	reason := ErrLate
	select {
	case key := <-me.done:
		return given(key)
	case <-timer.C:
	case <-ctx.Done():
		reason = context.Cause(ctx)
	}
	if r.leave(me) {
		return "", reason
	}
	return given(<-me.done) // it came in the same moment
}

func given(key string) (string, error) {
	if key == "" {
		return "", ErrFull
	}
	return key, nil
}

// admit lets a waiter in, for whom a less important one may have to leave.
func (r *Room) admit(me *waiter, limits Limits) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.waiters) >= limits.Calls || r.bytes+me.Bytes > limits.Bytes {
		last := r.leastLocked()
		if last < 0 || r.waiters[last].Class >= me.Class {
			return false
		}
		evicted := r.waiters[last]
		r.removeLocked(last)
		evicted.done <- ""
	}
	r.waiters = append(r.waiters, me)
	r.n.Add(1)
	r.bytes += me.Bytes
	if r.turns == nil {
		r.turns = map[string]int{}
	}
	if _, known := r.turns[me.Tenant]; !known {
		r.turns[me.Tenant] = r.fewestLocked()
	}
	return true
}

// leastLocked finds who leaves first: of the least important class, of the
// tenant with the most calls in it, the latest.
func (r *Room) leastLocked() int {
	count := map[string]int{}
	for _, w := range r.waiters {
		count[w.Tenant]++
	}
	least := -1
	for i, w := range r.waiters {
		if least < 0 {
			least = i
			continue
		}
		l := r.waiters[least]
		if w.Class < l.Class || w.Class == l.Class && count[w.Tenant] >= count[l.Tenant] {
			least = i
		}
	}
	return least
}

// fewestLocked is the count a newcomer begins with: neither ahead of those who
// wait already nor behind.
func (r *Room) fewestLocked() int {
	fewest := -1
	for _, n := range r.turns {
		if fewest < 0 || n < fewest {
			fewest = n
		}
	}
	return max(fewest, 0)
}

func (r *Room) removeLocked(i int) {
	w := r.waiters[i]
	r.waiters = slices.Delete(r.waiters, i, i+1)
	r.bytes -= w.Bytes
	r.n.Add(-1)
	if !slices.ContainsFunc(r.waiters, func(o *waiter) bool { return o.Tenant == w.Tenant }) {
		delete(r.turns, w.Tenant)
	}
}

// leave takes a waiter out; false when a key, or its eviction, was faster.
func (r *Room) leave(me *waiter) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.Index(r.waiters, me)
	if i < 0 {
		return false
	}
	r.removeLocked(i)
	return true
}

// Offer gives a place that became free to who is next for it; false when
// nobody wants it.
func (r *Room) Offer(key string) bool {
	if r.n.Load() == 0 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	best := -1
	for i, w := range r.waiters {
		if !slices.Contains(w.Keys, key) {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		b := r.waiters[best]
		if w.Class > b.Class || w.Class == b.Class && r.turns[w.Tenant] < r.turns[b.Tenant] {
			best = i
		}
	}
	if best < 0 {
		return false
	}
	w := r.waiters[best]
	r.turns[w.Tenant]++
	r.removeLocked(best)
	w.done <- key
	return true
}

// Wanted reports whether somebody waits for a key: who comes now must not take
// it from under him.
func (r *Room) Wanted(key string) bool {
	if r.n.Load() == 0 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.waiters, func(w *waiter) bool { return slices.Contains(w.Keys, key) })
}

// Len is how many wait.
func (r *Room) Len() int { return int(r.n.Load()) }
