// Package calllog keeps what happened to every call: one row per call, its
// attempts inside, in one SQLite file per UTC day.
//
// It deliberately stores no payload, computes no statistics and decides
// nothing about traffic. Rows are committed in groups, so a crash may lose the
// last 200 ms of them. Its one invariant: Record never waits, neither for the
// disk nor for a reader; what cannot be kept is dropped and counted.
//
// # Order and identity
//
// A call's id is a UUIDv7 made when the call began. Its first 60 bits, which
// grow with each id, and three random ones are the row's key (seq), so that a
// day's file is one tree in order of time: the newest rows, a page of them and
// one row by its id are found without any other index.
//
// # Who may do what
//
// Record, List, Show, Export, Dropped and Stats may be called by anybody at
// any time. Run owns the writing side and is the only goroutine; Close comes
// after it has returned.
package calllog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"headwater/backend/hw"

	"modernc.org/sqlite"
)

// The bounds of the writing side.
const (
	// queueRows is how many calls may wait for the disk, those being written
	// included; more are dropped.
	queueRows = 65_536
	// batchRows is the most rows of one transaction.
	batchRows = 500
	// commitEvery is the longest a call waits for others before it is written.
	commitEvery = 200 * time.Millisecond
	// tidyEvery is how often old days are looked for.
	tidyEvery = time.Hour
	// defaultRetention is how long calls are kept when nobody says. Unit: days.
	defaultRetention = 30
	// firstRetry and lastRetry bound the wait before a failed write is tried again.
	firstRetry = 250 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// Publisher is told of every call; *bus.Bus is one.
type Publisher interface {
	Publish(topic hw.Topic, data any)
}

// Config is what a Log is made of.
type Config struct {
	// Dir is where the day files are; made when absent. Required.
	Dir string
	// Log takes what an operator should know; nil means slog.Default.
	Log *slog.Logger
	// Bus is told of every recorded call, as *hw.Call; nil means nobody is.
	Bus Publisher
	// RetentionDays says how many whole days before today are kept; it is
	// asked each time. Nil, or an answer below 1, means 30.
	RetentionDays func() int
	// Rehearse, when it returns an error, stands for a disk that takes nothing:
	// a fire drill. Nil means that there are none.
	Rehearse func() error
}

// Log is the call log.
type Log struct {
	dir       string
	log       *slog.Logger
	bus       Publisher
	retention func() int
	rehearse  func() error // nil without drills

	// mu guards the queue. It is held for moments only, never during I/O.
	mu sync.Mutex
	// pending waits to be written; spare is the other half of the pair that
	// the writer swaps, so that neither is ever allocated anew.
	pending, spare []*hw.Call
	// queued counts pending and what the writer has in hand.
	queued int
	// recorded counts the calls that were ever queued.
	recorded int64
	// progress is closed with the next batch that is written; nil while nobody
	// waits for it.
	progress chan struct{}
	// stopped is true once nobody will write any more.
	stopped bool

	bell chan struct{} // rung when the queue stops being empty
	full chan struct{} // rung when a whole batch waits

	writer  writer // used by Run's goroutine, and by Close after it
	readers readers

	written, dropped, damaged atomic.Int64
	failing                   atomic.Pointer[trouble] // nil while rows can be written
}

// Open makes the directory and the log. Day files are opened when they are
// needed: a damaged one is no reason not to start.
func Open(ctx context.Context, c Config) (*Log, error) {
	if c.Dir == "" {
		return nil, errors.New("opening the call log: no directory")
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("opening the call log: %w", err)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the call log: %w", err)
	}
	l := &Log{
		dir: c.Dir, log: c.Log, bus: c.Bus, retention: c.RetentionDays, rehearse: c.Rehearse,
		bell: make(chan struct{}, 1), full: make(chan struct{}, 1),
	}
	if l.log == nil {
		l.log = slog.Default()
	}
	// Without this, any code of the process that opens and closes a file by
	// other means would strip SQLite's locks. Where there is no such lock the
	// documented error changes nothing.
	if _, err := sqlite.OFDLocking(true); err != nil && !errors.Is(err, sqlite.ErrOFDLockingUnavailable) {
		l.log.Warn("database locks can be lost to other readers of the files", "error", err)
	}
	l.writer = writer{dir: c.Dir, open: map[day]*dayWriter{}}
	l.readers = readers{dir: c.Dir, open: map[day]*dayReader{}, damaged: map[day]os.FileInfo{}}
	return l, nil
}

// Record takes a finished call, which nobody may change afterwards. It never
// blocks: a full queue drops the row and counts it. Followers of the bus hear
// of the call in any case.
func (l *Log) Record(c *hw.Call) {
	l.enqueue(c)
	if l.bus != nil {
		l.bus.Publish(hw.TopicCalls, c)
	}
}

func (l *Log) enqueue(c *hw.Call) {
	l.mu.Lock()
	if l.stopped || l.queued >= queueRows {
		l.mu.Unlock()
		l.dropped.Add(1)
		return
	}
	l.pending = append(l.pending, c)
	l.queued++
	l.recorded++
	n := len(l.pending)
	l.mu.Unlock()
	switch n {
	case 1:
		ring(l.bell)
	case batchRows:
		ring(l.full)
	}
}

// ring wakes the writer; one ring is as good as many.
func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Dropped is how many calls were not kept since the log was opened.
func (l *Log) Dropped() int64 { return l.dropped.Load() }

// Stats is the state of the log in figures, since it was opened.
type Stats struct {
	Written int64
	Dropped int64
	// Damaged counts day files that were moved aside.
	Damaged int64
	// Queued is how many calls wait for the disk now.
	Queued int
	// Failing says why rows cannot be written at present; empty when they can.
	Failing string
	// Trouble is the same as a code: disk_full, or internal for anything else.
	Trouble hw.Code
}

// trouble is why rows cannot be written at present.
type trouble struct {
	why  string
	code hw.Code
}

// Stats returns the figures of the moment.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	queued := l.queued
	l.mu.Unlock()
	s := Stats{Written: l.written.Load(), Dropped: l.dropped.Load(), Damaged: l.damaged.Load(), Queued: queued}
	if why := l.failing.Load(); why != nil {
		s.Failing, s.Trouble = why.why, why.code
	}
	return s
}

// Close closes every file. Run must have returned, or never have been called;
// what was recorded after it is counted as dropped.
func (l *Log) Close() error {
	l.mu.Lock()
	l.stopped = true
	l.dropped.Add(int64(l.queued))
	l.pending, l.spare, l.queued = nil, nil, 0
	l.mu.Unlock()
	// Readers first: the last connection to close folds the write-ahead log
	// into the file, and only a writer can.
	return errors.Join(l.readers.close(), l.writer.close())
}
