package calllog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"headwater/backend/hw"
)

// Run writes what is recorded until ctx ends, then writes what is left and
// returns. A disk that fails is tried again for as long as it takes; only what
// cannot be written at the very end makes an error.
func (l *Log) Run(ctx context.Context) error {
	tidy := time.NewTicker(tidyEvery)
	defer tidy.Stop()
	l.tidy()
	for {
		select {
		case <-ctx.Done():
			return l.drain(ctx)
		case <-tidy.C:
			l.tidy()
			continue
		case <-l.bell:
		}
		l.replaceCondemned()
		l.gather(ctx)
		l.flush(ctx)
	}
}

// replaceCondemned moves the files aside that readers found damaged. One that
// is being read at the moment is left for the next time.
func (l *Log) replaceCondemned() {
	for _, d := range l.readers.condemned() {
		if err := l.replace(d, errFoundReading); err != nil && !errors.Is(err, errBusyReader) {
			l.log.Warn("damaged call file not moved aside", "day", int(d), "error", err)
			l.readers.mend(d) // not again and again; the next reader says so again
		}
	}
}

// errFoundReading is why a file is moved aside that the writer had no fault with.
var errFoundReading = errors.New("a reader found it damaged")

// gather gives a batch time to fill.
func (l *Log) gather(ctx context.Context) {
	timer := time.NewTimer(commitEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.full:
	case <-ctx.Done():
	}
}

// flush writes all that waits, and goes on only while whole batches do: what
// arrived meanwhile may gather again, since each commit costs a sync of the
// disk. It returns early only when ctx ends while the disk fails; then the
// rest is back in the queue.
func (l *Log) flush(ctx context.Context) {
	retry := firstRetry
	for {
		calls := l.take()
		if len(calls) == 0 {
			l.giveBack(calls)
			return
		}
		rest, err := l.write(ctx, calls)
		l.report(err)
		l.giveBack(rest)
		if err == nil {
			if l.waiting() < batchRows {
				return
			}
			continue
		}
		if isFull(err) {
			l.makeRoom()
		}
		timer := time.NewTimer(retry)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		retry = min(2*retry, lastRetry)
	}
}

// waiting is how many calls are in the queue and not in hand.
func (l *Log) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pending)
}

// drain is the last flush: one try for what is left, and nobody queues more.
func (l *Log) drain(ctx context.Context) error {
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	rest, err := l.write(ctx, l.take())
	l.report(err)
	if err == nil {
		return nil
	}
	l.dropped.Add(int64(len(rest)))
	l.mu.Lock()
	l.queued = 0
	l.mu.Unlock()
	return fmt.Errorf("writing the last %d calls: %w", len(rest), err)
}

// take hands the waiting calls to the writer, in order of days.
func (l *Log) take() []*hw.Call {
	l.mu.Lock()
	calls := l.pending
	l.pending, l.spare = l.spare[:0], nil
	l.mu.Unlock()
	byDay := func(a, b *hw.Call) int { return int(dayOfCall(a) - dayOfCall(b)) }
	if !slices.IsSortedFunc(calls, byDay) {
		slices.SortStableFunc(calls, byDay)
	}
	return calls
}

// giveBack puts what could not be written in front of the queue; it is the
// counterpart of each take, also when nothing is left.
func (l *Log) giveBack(rest []*hw.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(rest) == 0 {
		l.spare = rest[:0]
		return
	}
	l.pending = append(rest, l.pending...)
}

// write stores calls, which are in order of days, and returns those it could
// not; it forgets what it has stored. The end of ctx does not cut it off.
func (l *Log) write(ctx context.Context, calls []*hw.Call) (rest []*hw.Call, err error) {
	ctx = context.WithoutCancel(ctx)
	whole := calls
	for len(calls) > 0 {
		if l.rehearse != nil {
			if err := l.rehearse(); err != nil {
				return calls, err
			}
		}
		d, n := dayOfCall(calls[0]), 1
		for n < min(len(calls), batchRows) && dayOfCall(calls[n]) == d {
			n++
		}
		lost, err := l.writeDay(ctx, d, calls[:n])
		if err != nil {
			return calls, err
		}
		l.written.Add(int64(n - lost))
		l.dropped.Add(int64(lost))
		l.dealtWith(n)
		clear(calls[:n])
		calls = calls[n:]
	}
	return whole[:0], nil
}

// writeDay stores calls of one day. A damaged file is moved aside and the
// calls go into a new one.
func (l *Log) writeDay(ctx context.Context, d day, calls []*hw.Call) (lost int, err error) {
	for tries := 0; ; tries++ {
		file, err := l.writer.day(ctx, d)
		if err == nil {
			if lost, err = file.insert(ctx, calls); err == nil {
				return lost, nil
			}
		}
		if !isDamage(err) || tries > 0 {
			// A fresh connection is the cure for most of what is not the disk's
			// fault; what closing says is no news.
			_ = l.writer.drop(d)
			return 0, err
		}
		if err := l.replace(d, err); err != nil {
			return 0, err
		}
	}
}

// replace moves a damaged day file aside. Only the writer does it for a day it
// may have open.
func (l *Log) replace(d day, why error) error {
	_ = l.writer.drop(d) // the file is bad: closing it may well fail
	if err := l.readers.drop(d); err != nil {
		return err
	}
	to, err := moveAside(d.file(l.dir))
	if err != nil {
		return err
	}
	l.readers.mend(d)
	l.damaged.Add(1)
	l.log.Warn("damaged call file moved aside", "file", filepath.Base(to), "error", why)
	return nil
}

// report tells of the beginning and the end of trouble, not of each failure.
func (l *Log) report(err error) {
	if err == nil {
		if l.failing.Swap(nil) != nil {
			l.log.Info("calls are written again", "dropped", l.Dropped())
		}
		return
	}
	now := trouble{why: err.Error(), code: hw.CodeInternal}
	// A rehearsal says by the code what it plays; it may not count as full
	// elsewhere, for then old calls would be deleted to make room.
	if isFull(err) || hw.CodeOf(err) == hw.CodeDiskFull {
		now.code = hw.CodeDiskFull
	}
	if l.failing.Swap(&now) == nil {
		l.log.Warn("calls cannot be written; keeping them in memory", "code", now.code.Info().Public, "error", err)
	}
}

// tidy deletes the days that are older than the retention and closes files
// that nothing is written to any more.
func (l *Log) tidy() {
	days := 0
	if l.retention != nil {
		days = l.retention()
	}
	if days < 1 {
		days = defaultRetention
	}
	today := dayOf(time.Now())
	for _, d := range l.writer.days() {
		if d < today.add(-1) {
			if err := l.writer.drop(d); err != nil {
				l.log.Warn("call file not closed properly", "error", err)
			}
		}
	}
	first := min(today, today.add(-days))
	isOpen := func(d day) bool {
		_, open := l.writer.open[d]
		return open || l.readers.drop(d) != nil
	}
	removed, err := removeBefore(l.dir, first, isOpen)
	if err != nil {
		l.log.Warn("old call files not deleted", "error", err)
	}
	if removed > 0 {
		l.log.Info("old call files deleted", "files", removed, "kept_days", days)
	}
}

// makeRoom deletes the oldest closed day, because on a full disk the newest
// calls are worth more than the oldest. Today's and yesterday's files stay.
func (l *Log) makeRoom() {
	days, err := daysIn(l.dir)
	if err != nil || len(days) == 0 {
		return // nothing to give; the write that failed tells the operator
	}
	oldest := days[0]
	if oldest >= dayOf(time.Now()).add(-1) || l.readers.drop(oldest) != nil {
		return
	}
	_ = l.writer.drop(oldest) // it is about to be deleted
	_, err = removeBefore(l.dir, oldest.add(1), func(day) bool { return false })
	l.log.Warn("oldest call file deleted because the disk is full", "day", int(oldest), "error", err)
}
