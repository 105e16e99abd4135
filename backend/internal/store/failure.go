package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"headwater/backend/hw"
)

// failure turns what a driver says into an error that tells what was being
// done, and into an hw.Error where the caller can do something about it. It is
// the only place that looks at driver errors.
func (d *database) failure(doing string, err error) error {
	if _, ok := errors.AsType[*hw.Error](err); ok {
		return err // already in the caller's words: a conflict, or the check's verdict
	}
	wrapped := fmt.Errorf("%s in %s: %w", doing, d.name, err)
	if errors.Is(err, context.Canceled) {
		return hw.Errorf(hw.CodeCanceled, "The caller gave up before this was done.").Because(wrapped)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return d.fileFailure(e.Code(), wrapped)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return serverFailure(e.Code, wrapped)
	}
	var network *pgconn.ConnectError
	if errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) {
		return hw.Errorf(hw.CodeUnavailable, "The configuration database does not answer.").Because(wrapped)
	}
	return wrapped
}

// fileFailure explains SQLite's result codes; the low byte is the family.
func (d *database) fileFailure(code int, wrapped error) error {
	switch {
	case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return hw.Errorf(hw.CodeTaken, "This name is taken.").Because(wrapped)
	case code&0xff == sqlite3.SQLITE_BUSY || code&0xff == sqlite3.SQLITE_LOCKED || code&0xff == sqlite3.SQLITE_INTERRUPT:
		return hw.Errorf(hw.CodeUnavailable, "The configuration database is busy.").Because(wrapped)
	case code&0xff == sqlite3.SQLITE_FULL:
		return hw.Errorf(hw.CodeDiskFull, "The disk is full: nothing can be saved.").Because(wrapped)
	case code&0xff == sqlite3.SQLITE_CORRUPT || code&0xff == sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %s: restore it from a backup: %w", ErrDamaged, d.path, wrapped)
	}
	return wrapped
}

// serverFailure explains PostgreSQL's SQLSTATE codes.
func serverFailure(code string, wrapped error) error {
	switch {
	case code == "23505":
		return hw.Errorf(hw.CodeTaken, "This name is taken.").Because(wrapped)
	case code == "40001" || code == "40P01" || code == "55P03" || code == "57014":
		return hw.Errorf(hw.CodeUnavailable, "The configuration database is busy.").Because(wrapped)
	case code == "53100":
		return hw.Errorf(hw.CodeDiskFull, "The disk of the configuration database is full: nothing can be saved.").Because(wrapped)
	case code[:2] == "53" || code[:2] == "57" || code[:2] == "08":
		return hw.Errorf(hw.CodeUnavailable, "The configuration database does not answer.").Because(wrapped)
	}
	return wrapped
}

// ErrDamaged is wrapped by errors about a database file that cannot be read as one.
var ErrDamaged = errors.New("database file is damaged")
