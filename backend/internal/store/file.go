package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// readConns is how many connections read a SQLite file at a time.
const readConns = 4

// pragma is one setting of a SQLite connection or file.
type pragma struct {
	name, set string
	// want is what the pragma must answer afterwards.
	want string
	// lasting settings belong to the file: on one that was made elsewhere they
	// may differ, which costs speed or space and nothing else.
	lasting bool
}

// writerPragmas are the settings of the writer and of a new file. Their order
// matters for a new file only; see layOut.
func writerPragmas() []pragma {
	return []pragma{
		{"busy_timeout", "5000", "5000", false},
		{"page_size", "8192", "8192", true},
		{"auto_vacuum", "INCREMENTAL", "2", true},
		{"journal_mode", "WAL", "wal", false},
		// With NORMAL a power cut may lose what was acknowledged.
		{"synchronous", "FULL", "2", false},
		{"foreign_keys", "ON", "1", false},
		{"wal_autocheckpoint", "4000", "4000", false},
		{"journal_size_limit", "67108864", "67108864", false},
	}
}

// readerPragmas are those of the read-only pool.
func readerPragmas() []pragma {
	return []pragma{
		{"busy_timeout", "5000", "5000", false},
		{"query_only", "ON", "1", false},
	}
}

// openFile opens a SQLite file, made with its directory when absent.
func openFile(ctx context.Context, log *slog.Logger, path string) (*database, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	d := &database{log: log, name: path, path: path, dialect: goose.DialectSQLite3}
	// Without this, any code in the process that opens and closes the file by
	// other means would strip SQLite's locks. Elsewhere than on Linux there is
	// no such lock, and its documented error changes nothing.
	if _, err := sqlite.OFDLocking(true); err != nil && !errors.Is(err, sqlite.ErrOFDLockingUnavailable) {
		log.Warn("database locks can be lost to other readers of the files", "error", err)
	}
	if err := d.prepare(); err != nil {
		return nil, err
	}
	// A clean stop leaves no write-ahead log behind.
	unclean, err := exists(path + "-wal")
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	if err := d.connect(ctx); err != nil {
		return nil, errors.Join(d.failure("opening the file", err), d.close())
	}
	if unclean {
		log.Info("checking database after an unclean stop", "file", path)
		if err := quickCheck(ctx, d.write, path); err != nil {
			return nil, errors.Join(d.failure("checking the file", err), d.close())
		}
	}
	return d, nil
}

// prepare makes the file and its directory, readable by the owner only: SQLite
// itself would leave that to the umask, and its side files copy the mode.
func (d *database) prepare() (err error) {
	if err := os.MkdirAll(filepath.Dir(d.path), 0o700); err != nil {
		return fmt.Errorf("making the state directory: %w", err)
	}
	if d.existed, err = exists(d.path); err != nil || d.existed {
		return err
	}
	file, err := os.OpenFile(d.path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("making the database file: %w", err)
	}
	return file.Close()
}

// connect opens both pools and checks that the settings took. The writer comes
// first: it makes what a read-only connection needs to find.
func (d *database) connect(ctx context.Context) (err error) {
	if !d.existed {
		if err := layOut(ctx, d.path); err != nil {
			return err
		}
	}
	if d.write, err = sql.Open("sqlite", dataSource(d.path, "rw", writerPragmas(), "immediate")); err != nil {
		return err
	}
	d.write.SetMaxOpenConns(1)
	d.write.SetMaxIdleConns(1)
	if err := d.checkPragmas(ctx, d.write, writerPragmas()); err != nil {
		return err
	}
	if d.read, err = sql.Open("sqlite", dataSource(d.path, "ro", readerPragmas(), "deferred")); err != nil {
		return err
	}
	d.read.SetMaxOpenConns(readConns)
	d.read.SetMaxIdleConns(readConns)
	if err := d.checkPragmas(ctx, d.read, readerPragmas()); err != nil {
		return err
	}
	d.opened, err = os.Stat(d.path)
	return err
}

// layOut gives a new file its lasting settings, one after the other. The data
// source cannot do that: the driver would run auto_vacuum and journal_mode
// first, which write the first page, and from then on SQLite silently ignores
// page_size.
func layOut(ctx context.Context, path string) (err error) {
	pool, err := sql.Open("sqlite", dataSource(path, "rw", nil, "immediate"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	for _, p := range writerPragmas() {
		if _, err := pool.ExecContext(ctx, "PRAGMA "+p.name+" = "+p.set); err != nil {
			return fmt.Errorf("setting pragma %s: %w", p.name, err)
		}
	}
	return nil
}

// dataSource is the driver's name for a file. Pragmas go in as _pragma, which the
// driver runs on every new connection of the pool, sorted by name. The lasting
// ones stay out: layOut has set them, and auto_vacuum would write to the file
// each time.
func dataSource(path, mode string, pragmas []pragma, lock string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a Windows drive
	}
	query := url.Values{"mode": {mode}, "_txlock": {lock}}
	for _, p := range pragmas {
		if !p.lasting {
			query.Add("_pragma", p.name+"("+p.set+")")
		}
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}
	return u.String()
}

// checkPragmas asks every setting back.
func (d *database) checkPragmas(ctx context.Context, pool *sql.DB, pragmas []pragma) error {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	for _, p := range pragmas {
		var got string
		if err := pool.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("reading pragma %s: %w", p.name, err)
		}
		switch {
		case got == p.want:
		case p.lasting && d.existed:
			d.log.Warn("database file was made with another setting", "file", d.path, "pragma", p.name, "value", got, "expected", p.want)
		default:
			return fmt.Errorf("pragma %s is %s instead of %s", p.name, got, p.want)
		}
	}
	return nil
}

// quickCheck has SQLite look through a whole file.
func quickCheck(ctx context.Context, pool *sql.DB, path string) error {
	var verdict string
	if err := pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("checking %s: %w", path, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s: %s; restore it from a backup", ErrDamaged, path, verdict)
	}
	return nil
}
