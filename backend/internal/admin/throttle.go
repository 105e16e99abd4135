package admin

import (
	"sync"
	"time"

	"headwater/backend/hw"
)

// The brake on guessing: after maxFailures the name waits for lockTime.
const (
	maxFailures = 5
	lockTime    = 15 * time.Minute
	// maxThrottled bounds the names that are remembered.
	maxThrottled = 10_000
)

// throttle counts failures per name. Its zero value is ready.
type throttle struct {
	mu sync.Mutex
	// The fields below are guarded by mu.
	names map[string]failures
}

type failures struct {
	count int
	// until is when the count is forgotten: lockTime after the last failure.
	until time.Time
}

// check refuses a name that has failed too often.
func (t *throttle) check(name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.names[name]
	wait := time.Until(f.until)
	if f.count < maxFailures || wait <= 0 {
		return nil
	}
	e := hw.Errorf(hw.CodeRateLimited, "Too many wrong attempts.")
	e.RetryAfter = wait
	return e
}

// failed counts a failure.
func (t *throttle) failed(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	f := t.names[name]
	if !now.Before(f.until) {
		f.count = 0
	}
	if t.names == nil {
		t.names = map[string]failures{}
	}
	if len(t.names) >= maxThrottled {
		t.forgetLocked(now)
	}
	t.names[name] = failures{count: f.count + 1, until: now.Add(lockTime)}
}

// succeeded forgets the failures of a name.
func (t *throttle) succeeded(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.names, name)
}

// forgetLocked makes room: what has run out goes first, then any tenth of the
// names. Needs mu.
func (t *throttle) forgetLocked(now time.Time) {
	for name, f := range t.names {
		if !now.Before(f.until) {
			delete(t.names, name)
		}
	}
	for name := range t.names {
		if len(t.names) < maxThrottled*9/10 {
			return
		}
		delete(t.names, name)
	}
}
