package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// schema is a set of tables that is migrated as one.
type schema struct {
	// name tells the sets apart in a database that holds several.
	name string
	// files are the migrations, one per version.
	files fs.FS
}

// configSchema is what headwater.db holds.
func configSchema() schema { return embedded("headwater") }

// stateSchema is what state.db holds.
func stateSchema() schema { return embedded("state") }

func embedded(name string) schema {
	files, err := fs.Sub(migrations, "migrations/"+name)
	if err != nil {
		panic("bug: " + err.Error())
	}
	return schema{name, files}
}

// migrate brings a schema up to date. A file that has one already is copied
// first; one from a newer version of Headwater is left alone.
func (d *database) migrate(ctx context.Context, set schema) error {
	provider, err := d.migrator(set)
	if err != nil {
		return fmt.Errorf("preparing the migrations of %s: %w", d.name, err)
	}
	if d.existed {
		if err := d.reading(ctx, "reading the schema version", set.readable); err != nil {
			return err
		}
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return d.failure("reading the schema version", err)
	}
	switch {
	case current == target:
		return nil
	case current > target:
		return fmt.Errorf("%s was written by a newer version of Headwater (schema %d, this one knows %d): install that version, or restore a backup made before it",
			d.name, current, target)
	case current > 0 && d.path != "":
		copied, err := d.copyBefore(ctx, current)
		if err != nil {
			return fmt.Errorf("copying %s before its migration: %w", d.name, err)
		}
		d.log.Info("database copied before its migration", "file", d.path, "copy", copied)
	}
	if _, err := provider.Up(ctx); err != nil {
		return d.failure("migrating the schema", err)
	}
	d.log.Info("database schema is up to date", "database", d.name, "schema", set.name, "from", current, "to", target)
	return nil
}

// table is where the migrations of a schema that were applied are recorded.
func (set schema) table() string { return "schema_" + set.name }

// readable fails when the record of a SQLite file cannot be read. The provider
// takes a damaged table for a missing one, and tries for seconds to make it.
func (set schema) readable(ctx context.Context, tx *sql.Tx) error {
	var tables, version int64
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = $1`, set.table()).Scan(&tables)
	if err != nil || tables == 0 {
		return err
	}
	return tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+set.table()).Scan(&version)
}

// migrator returns the provider of a schema's migrations. Nobody closes it: it
// would close the pool.
func (d *database) migrator(set schema) (*goose.Provider, error) {
	options := []goose.ProviderOption{
		goose.WithTableName(set.table()),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)), // migrate tells what happened
	}
	if d.dialect == goose.DialectPostgres {
		// Nodes of a cluster start together. Ask each second, for a minute.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(d.dialect, d.write, set.files, options...)
}
