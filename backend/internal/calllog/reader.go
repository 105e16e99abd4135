package calllog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// readConns is how many connections read one day file at a time.
	readConns = 4
	// openReaders is how many day files are kept open for reading.
	openReaders = 4
)

// errBusyReader says that a file cannot be closed because somebody reads it.
var errBusyReader = errors.New("the call file is being read")

// readers hands out read-only pools of day files and keeps a few open.
type readers struct {
	dir string

	// mu guards the fields below; opening a file under it is cheap, because
	// sql.Open connects only at the first query.
	mu      sync.Mutex
	open    map[day]*dayReader
	damaged map[day]os.FileInfo // files that the writer should replace
	clock   int64
	closed  bool
}

// dayReader is one open day.
type dayReader struct {
	db *sql.DB
	// file is what was opened, to notice that it has been replaced.
	file os.FileInfo
	uses int
	last int64
}

// acquire opens a day for reading; release must follow. The error wraps
// fs.ErrNotExist when the day has no file.
func (r *readers) acquire(d day) (*dayReader, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.New("opening a call file: the call log is closed")
	}
	path := d.file(r.dir)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening a call file: %w", err)
	}
	one, ok := r.open[d]
	if ok && !os.SameFile(one.file, info) {
		r.forgetLocked(d)
		ok = false
	}
	if !ok {
		db, err := sql.Open("sqlite", source(path, "ro", "busy_timeout(5000)", "query_only(1)", "cache_size(-4000)", "temp_store(MEMORY)"))
		if err != nil {
			return nil, fmt.Errorf("opening call file %s: %w", filepath.Base(path), err)
		}
		db.SetMaxOpenConns(readConns)
		one = &dayReader{db: db, file: info}
		r.makeRoomLocked()
		r.open[d] = one
	}
	r.clock++
	one.uses++
	one.last = r.clock
	return one, nil
}

// release ends a use; the last user of a forgotten reader closes it.
func (r *readers) release(d day, one *dayReader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one.uses--
	if one.uses == 0 && r.open[d] != one {
		_ = one.db.Close() // read-only: nothing can be lost
	}
}

// forgetLocked takes a reader out; it closes now or with its last release.
func (r *readers) forgetLocked(d day) {
	one := r.open[d]
	delete(r.open, d)
	if one != nil && one.uses == 0 {
		_ = one.db.Close()
	}
}

// makeRoomLocked closes the reader that has not been used for longest. When
// all are in use there may be more for a while: as many as there are queries.
func (r *readers) makeRoomLocked() {
	for len(r.open) >= openReaders {
		var oldest day
		found := false
		for d, one := range r.open {
			if one.uses == 0 && (!found || one.last < r.open[oldest].last) {
				oldest, found = d, true
			}
		}
		if !found {
			return
		}
		r.forgetLocked(oldest)
	}
}

// drop closes a day's reader so that its file can be renamed or deleted.
func (r *readers) drop(d day) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one, ok := r.open[d]; ok && one.uses > 0 {
		return errBusyReader
	}
	r.forgetLocked(d)
	return nil
}

// condemn notes that a day's file is damaged; the writer replaces it.
func (r *readers) condemn(d day, file os.FileInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.damaged[d] = file
}

// condemned lists the damaged files that are still in their place.
func (r *readers) condemned() []day {
	r.mu.Lock()
	defer r.mu.Unlock()
	var days []day
	for d, file := range r.damaged {
		// The writer may have met the damage first, and the file of that name
		// may be a good one again.
		if now, err := os.Stat(d.file(r.dir)); err == nil && os.SameFile(now, file) {
			days = append(days, d)
		} else {
			delete(r.damaged, d)
		}
	}
	return days
}

func (r *readers) mend(d day) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.damaged, d)
}

func (r *readers) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for d := range r.open {
		r.forgetLocked(d)
	}
	return nil
}

// query runs fn for each row that a query gives on one day. A day without a
// file, or with one that has no rows yet, gives none; a damaged one gives what
// could be read and is moved aside by the writer.
func (l *Log) query(ctx context.Context, d day, query string, args []any, fn func(*sql.Rows) error) error {
	one, err := l.readers.acquire(d)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = each(ctx, one.db, query, args, fn)
	if isEmpty(ctx, one.db, err) {
		err = nil
	}
	l.readers.release(d, one)
	if isDamage(err) {
		l.log.Warn("damaged call file found while reading", "day", int(d), "error", err)
		l.readers.condemn(d, one.file)
		ring(l.bell)
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the calls of %d: %w", int(d), err)
	}
	return nil
}

func each(ctx context.Context, db *sql.DB, query string, args []any, fn func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err // query wraps it
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// isEmpty reports whether a query failed only because the writer has made the
// file but not yet its table.
func isEmpty(ctx context.Context, db *sql.DB, err error) bool {
	if err == nil || resultCode(err) != sqlite3.SQLITE_ERROR {
		return false
	}
	var tables int
	probe := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'call'").Scan(&tables)
	return probe == nil && tables == 0
}
