package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"headwater/backend/hw"
)

// database is one open database: a SQLite file or a PostgreSQL server.
type database struct {
	log *slog.Logger
	// name is how messages call it: the file's path, or "PostgreSQL database x".
	name string
	// path is the file; empty on PostgreSQL.
	path    string
	dialect goose.Dialect
	// write has one connection on SQLite, so writers queue here and not inside
	// SQLite; read cannot write. On PostgreSQL both are the same pool.
	write, read *sql.DB
	// existed is true when the file was there before it was opened.
	existed bool
	// opened is the file as it was opened; nil on PostgreSQL.
	opened os.FileInfo
}

// openServer connects to PostgreSQL.
func openServer(ctx context.Context, log *slog.Logger, dsn string) (*database, error) {
	// pgx leaves the password out of its parse errors.
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("reading the PostgreSQL connection string: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = readTime
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(8)
	pool.SetMaxIdleConns(4)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	d := &database{
		log: log, name: fmt.Sprintf("PostgreSQL database %q on %s", config.Database, config.Host),
		dialect: goose.DialectPostgres, write: pool, read: pool,
	}
	ctx, cancel := context.WithTimeout(ctx, 2*readTime)
	defer cancel()
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to %s: %w", d.name, err), pool.Close())
	}
	return d, nil
}

// close closes the pools, the writer last: closing the last connection of a
// SQLite file moves the rest of the WAL into it.
func (d *database) close() error {
	var err error
	if d.read != nil && d.read != d.write {
		err = d.read.Close()
	}
	if d.write != nil {
		err = errors.Join(err, d.write.Close())
	}
	if err != nil {
		return fmt.Errorf("closing %s: %w", d.name, err)
	}
	return nil
}

// reading runs fn in one read-only transaction, so that all it reads is of one
// moment.
func (d *database) reading(ctx context.Context, doing string, fn func(ctx context.Context, tx *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	tx, err := d.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return d.failure(doing, err)
	}
	defer tx.Rollback() // nothing was written: its error says nothing
	if err := fn(ctx, tx); err != nil {
		return d.failure(doing, err)
	}
	return nil
}

// writing runs fn in one transaction and commits it. The caller's context ends
// the wait for the writer's turn only: once begun, a transaction is not cut off
// by a client that hangs up, because nobody could then say whether it was
// committed.
func (d *database) writing(ctx context.Context, doing string, fn func(ctx context.Context, tx *sql.Tx) error) error {
	conn, err := d.writer(ctx)
	if err != nil {
		return d.failure(doing, err)
	}
	defer func() { _ = conn.Close() }() // back to the pool: the transaction has ended
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return d.failure(doing, err)
	}
	// For a panic in fn, such as one of the caller's check: an open transaction
	// would block every writer to come. Otherwise the transaction has ended.
	defer func() { _ = rollback(tx) }()
	if err := fn(ctx, tx); err != nil {
		if undone := rollback(tx); undone != nil {
			err = errors.Join(err, undone)
		}
		return d.failure(doing, err)
	}
	if err := d.inPlace(); err != nil {
		return errors.Join(err, rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return d.failure(doing, err)
	}
	return nil
}

// writer waits for the writer's turn.
func (d *database) writer(ctx context.Context) (*sql.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	return d.write.Conn(ctx)
}

// rollback undoes a transaction; one that the driver has ended already is fine.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("rolling back: %w", err)
	}
	return nil
}

// inPlace makes sure that what is about to be committed will be found again:
// SQLite goes on writing to a file that somebody has deleted or replaced, or
// to its write-ahead log, and the change would end with the process.
func (d *database) inPlace() error {
	if d.opened == nil {
		return nil
	}
	now, err := os.Stat(d.path)
	if err == nil && os.SameFile(now, d.opened) {
		_, err = os.Stat(d.path + "-wal")
	} else if err == nil {
		err = errors.New("it is another file")
	}
	if err == nil {
		return nil
	}
	e := hw.Errorf(hw.CodeUnavailable, "The database file was deleted or replaced under the running service: nothing can be saved.")
	e.Hint = "Save what is in force with 'headwater export' before the service is stopped; then restore the file."
	return e.Because(fmt.Errorf("looking for %s: %w", d.path, err))
}

// exists reports whether a file with content is there.
func exists(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.Size() > 0, nil
}
