package calllog

import (
	"context"
	"time"
)

// settleTime is how long a reader waits at most for calls that are still on
// their way to the disk. A disk that fails or is this slow must not keep
// anyone from reading what is there.
const settleTime = 500 * time.Millisecond

// Settle waits until every call recorded before it is in its file, so that who
// has just made a call finds it in the log. It gives up after half a second,
// with ctx, and at once while the disk fails.
func (l *Log) Settle(ctx context.Context) {
	l.mu.Lock()
	wanted := l.recorded
	l.mu.Unlock()
	giveUp := time.NewTimer(settleTime)
	defer giveUp.Stop()
	for {
		progress := l.unsettled(wanted)
		if progress == nil {
			return
		}
		ring(l.full) // a batch need not gather any longer
		select {
		case <-progress:
		case <-giveUp.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// unsettled returns what the next batch to be written closes; nil when the
// first wanted calls are dealt with, or cannot be for now.
func (l *Log) unsettled(wanted int64) <-chan struct{} {
	if l.failing.Load() != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped || l.recorded-int64(l.queued) >= wanted {
		return nil
	}
	if l.progress == nil {
		l.progress = make(chan struct{})
	}
	return l.progress
}

// dealtWith takes n calls out of the count and wakes who waits for them.
func (l *Log) dealtWith(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued -= n
	if l.progress != nil {
		close(l.progress)
		l.progress = nil
	}
}
