// Package store keeps what must survive: the configuration documents, the
// changes that led to them, the audit chain and the sessions. It runs on SQLite
// files in the state directory or on a PostgreSQL database, with the same SQL.
//
// It deliberately does not know what a document means: validation, references
// and permissions belong to the use cases, and calls to the call log. Its one
// invariant: a change is there as a whole - documents, change record and audit
// link - and has passed the caller's check, or nothing of it is there.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"
)

// Bounds on what one statement or change may take.
const (
	// readTime bounds every read, waiting for a connection included.
	readTime = 5 * time.Second
	// writeTime bounds a change from its first statement to its commit, the
	// caller's check included.
	writeTime = 30 * time.Second
	// minAuditKey is the shortest key that signs the audit chain, in bytes.
	minAuditKey = 32
)

// Config says where the store lives.
type Config struct {
	// Dir is the state directory, made when absent. Used for SQLite, and for
	// the copies that are taken before a migration.
	Dir string
	// PostgresDSN is a PostgreSQL connection string or URL. When set, it is
	// used instead of files in Dir.
	PostgresDSN string
	// Log is where state changes are told; required.
	Log *slog.Logger
	// AuditKey signs the head of the audit chain: at least 32 bytes that are
	// kept outside the database.
	AuditKey []byte
	// Rehearse reports a fire drill of a locked database: no change is taken.
	// Nil means that there are none.
	Rehearse func() bool
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	log      *slog.Logger
	auditKey []byte
	rehearse func() bool // nil without drills
	// config holds documents, changes and the audit chain; state the sessions.
	// On PostgreSQL both are the same database.
	config *database
	state  *database
}

// Open opens the store, brings its schema up to date and checks that the
// database works with the settings it needs. A SQLite file that has to be
// migrated is copied to Dir/backup first. The caller closes the store.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Log == nil {
		return nil, errors.New("opening the store: no logger")
	}
	if len(c.AuditKey) < minAuditKey {
		return nil, fmt.Errorf("opening the store: the audit key has %d bytes, it needs %d", len(c.AuditKey), minAuditKey)
	}
	s := &Store{log: c.Log, auditKey: c.AuditKey, rehearse: c.Rehearse}
	var err error
	if c.PostgresDSN != "" {
		err = s.openPostgres(ctx, c.PostgresDSN)
	} else {
		err = s.openFiles(ctx, c.Dir)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openFiles opens headwater.db and state.db.
func (s *Store) openFiles(ctx context.Context, dir string) (err error) {
	if dir == "" {
		return errors.New("opening the store: no state directory")
	}
	if s.config, err = openFile(ctx, s.log, filepath.Join(dir, "headwater.db")); err != nil {
		return err
	}
	if err := s.config.migrate(ctx, configSchema()); err != nil {
		return err
	}
	if s.state, err = openFile(ctx, s.log, filepath.Join(dir, "state.db")); err != nil {
		return err
	}
	return s.state.migrate(ctx, stateSchema())
}

// openPostgres opens the one database that holds both sets of tables.
func (s *Store) openPostgres(ctx context.Context, dsn string) (err error) {
	if s.config, err = openServer(ctx, s.log, dsn); err != nil {
		return err
	}
	s.state = s.config
	if err := s.config.migrate(ctx, configSchema()); err != nil {
		return err
	}
	return s.state.migrate(ctx, stateSchema())
}

// Close closes the database. No other method may run or follow.
func (s *Store) Close() error {
	var err error
	if s.config != nil {
		err = s.config.close()
	}
	if s.state != nil && s.state != s.config {
		err = errors.Join(err, s.state.close())
	}
	return err
}
