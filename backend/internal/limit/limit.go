// Package limit counts what is used within a minute.
//
// It keeps levels, asks no clock (whoever asks says when) and knows nothing of
// who uses what. Its one invariant: within any minute no more requests are let
// through than the limit names.
package limit

import (
	"sync"
	"time"
)

// A minute is counted in slots, and one more that is on its way out: what was
// used leaves the count between one minute and one minute and a slot later.
const (
	slotTime = 5 * time.Second
	slots    = int64(time.Minute/slotTime) + 1
)

// Level is how much is in use. It holds for whatever limit it is asked about,
// so that a limit may change while the level stays. The zero value is empty.
// Safe for concurrent use.
type Level struct {
	mu               sync.Mutex
	requests, tokens count
}

// count is what was used in each of the last slots.
type count struct {
	used [slots]int64
	sum  int64
	last int64 // the number of the newest slot, in slots since 1970
}

// move forgets what has left the minute. A clock that goes back changes nothing.
func (c *count) move(now time.Time) {
	slot := now.UnixNano() / int64(slotTime)
	for n := min(slot-c.last, slots); n > 0; n-- {
		gone := &c.used[(slot-n+1)%slots]
		c.sum -= *gone
		*gone = 0
	}
	c.last = max(c.last, slot)
}

func (c *count) add(n int64) {
	c.used[c.last%slots] += n
	c.sum += n
}

// free is when less than most is in use; not after now when it is.
func (c *count) free(most int64, now time.Time) time.Time {
	if most <= 0 || c.sum < most {
		return now
	}
	left := c.sum
	for slot := c.last - slots + 1; slot <= c.last; slot++ {
		if left -= c.used[((slot%slots)+slots)%slots]; left < most {
			return time.Unix(0, (slot+slots)*int64(slotTime))
		}
	}
	return now
}

// Allowance is a level and its limits.
type Allowance struct {
	Level *Level
	// Requests and Tokens are the most within a minute; 0 means no bound. Tokens
	// are known when they are used: as long as any is left, the next request is
	// let through.
	Requests, Tokens int64
}

// Until is when something is left of it: not after now when something is.
func (a *Allowance) Until(now time.Time) time.Time {
	a.Level.mu.Lock()
	defer a.Level.mu.Unlock()
	return a.untilLocked(now)
}

func (a *Allowance) untilLocked(now time.Time) time.Time {
	a.Level.requests.move(now)
	a.Level.tokens.move(now)
	until := a.Level.requests.free(a.Requests, now)
	if free := a.Level.tokens.free(a.Tokens, now); free.After(until) {
		until = free
	}
	return until
}

// Take uses one request; false when none, or no token, is left.
func (a *Allowance) Take(now time.Time) bool {
	a.Level.mu.Lock()
	defer a.Level.mu.Unlock()
	if a.untilLocked(now).After(now) {
		return false
	}
	a.Level.requests.add(1)
	return true
}

// Spend uses tokens, also more than are left.
func (a *Allowance) Spend(tokens int64, now time.Time) {
	a.Level.mu.Lock()
	defer a.Level.mu.Unlock()
	a.Level.tokens.move(now)
	a.Level.tokens.add(max(tokens, 0))
}

// Levels keeps one level for each name. Safe for concurrent use.
type Levels struct {
	mu     sync.Mutex
	byName map[string]*Level
}

// Of gives the level of a name, empty when it is new.
func (l *Levels) Of(name string) *Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byName == nil {
		l.byName = map[string]*Level{}
	}
	level, ok := l.byName[name]
	if !ok {
		level = &Level{}
		l.byName[name] = level
	}
	return level
}

// Keep forgets every level whose name is not kept.
func (l *Levels) Keep(kept func(name string) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range l.byName {
		if !kept(name) {
			delete(l.byName, name)
		}
	}
}
