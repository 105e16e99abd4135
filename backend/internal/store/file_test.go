package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"headwater/backend/hw"
)

// openIn opens a store in a directory; the caller closes it.
func openIn(t *testing.T, dir string) (*Store, error) {
	t.Helper()
	return Open(t.Context(), Config{Dir: dir, Log: slog.New(slog.DiscardHandler), AuditKey: bytes.Repeat([]byte{7}, 32)})
}

func mustOpen(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := openIn(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// fill commits documents, enough for the file to have a good number of pages.
func fill(t *testing.T, s *Store, documents int) {
	t.Helper()
	c := Commit{Actor: "root", Action: "config.apply"}
	for i := range documents {
		c.Writes = append(c.Writes, Write{Document: Document{
			Kind: hw.KindRoute, ID: hw.NewIDFor(hw.KindRoute), Name: fmt.Sprintf("r%d-%s", i, hw.NewID("x")),
			Body: json.RawMessage(`{"pad":"` + strings.Repeat("x", 1000) + `"}`),
		}})
	}
	if _, err := s.Commit(t.Context(), c, func(int64) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestPragmas(t *testing.T) {
	dir := t.TempDir()
	for _, round := range []string{"a new file", "an old file"} {
		t.Run(round, func(t *testing.T) {
			s := mustOpen(t, dir)
			defer mustClose(t, s)
			for _, d := range []*database{s.config, s.state} {
				wantPragmas(t, d.write, 1, map[string]string{
					"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000", "foreign_keys": "1", "page_size": "8192",
					"auto_vacuum": "2", "wal_autocheckpoint": "4000", "journal_size_limit": "67108864", "query_only": "0",
				})
				wantPragmas(t, d.read, readConns, map[string]string{
					"journal_mode": "wal", "busy_timeout": "5000", "query_only": "1", "page_size": "8192",
				})
			}
		})
	}
}

// wantPragmas looks at as many connections of a pool at once as it can have.
func wantPragmas(t *testing.T, pool *sql.DB, conns int, want map[string]string) {
	t.Helper()
	if got := pool.Stats().MaxOpenConnections; got != conns {
		t.Errorf("the pool has %d connections, want %d", got, conns)
	}
	for range conns {
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer release(t, conn) //nolint:gocritic // all of them are held until the last was looked at
		for name, value := range want {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != value {
				t.Errorf("pragma %s is %s, want %s (%v)", name, got, value, err)
			}
		}
	}
}

func release(t *testing.T, conn *sql.Conn) {
	t.Helper()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestReaderCannotWrite(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	defer mustClose(t, s)
	for _, query := range []string{`DELETE FROM document`, `PRAGMA query_only = OFF; DELETE FROM generation`} {
		if _, err := s.config.read.ExecContext(t.Context(), query); err == nil {
			t.Errorf("%s was done on the read-only pool", query)
		}
	}
}

func TestFilesAreForTheOwner(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no mode bits on Windows")
	}
	dir := filepath.Join(t.TempDir(), "state")
	s := mustOpen(t, dir)
	defer mustClose(t, s)
	fill(t, s, 1)
	for name, want := range map[string]os.FileMode{
		".": 0o700, "headwater.db": 0o600, "headwater.db-wal": 0o600, "headwater.db-shm": 0o600, "state.db": 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o, want %04o", name, got, want)
		}
	}
}

func TestAwkwardDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c=d&e#f%20g;h'i汉")
	s := mustOpen(t, dir)
	fill(t, s, 1)
	mustClose(t, s)
	if size := len(content(t, filepath.Join(dir, "headwater.db"))); size == 0 {
		t.Error("the database is somewhere else")
	}
	s = mustOpen(t, dir)
	defer mustClose(t, s)
	if docs, _, err := s.Load(t.Context()); err != nil || len(docs) != 1 {
		t.Errorf("got %d documents, %v", len(docs), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	key := bytes.Repeat([]byte{7}, 32)
	for name, config := range map[string]Config{
		"a short audit key":       {Dir: t.TempDir(), Log: log, AuditKey: key[:31]},
		"no directory":            {Log: log, AuditKey: key},
		"no logger":               {Dir: t.TempDir(), AuditKey: key},
		"a bad connection string": {PostgresDSN: "postgres://u:CANARY@h:port/", Log: log, AuditKey: key},
		"a server that is not":    {PostgresDSN: "postgres://u:CANARY@127.0.0.1:1/db", Log: log, AuditKey: key},
	} {
		_, err := Open(t.Context(), config)
		if err == nil {
			t.Errorf("%s was taken", name)
			continue
		}
		if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: the password is in the error: %v", name, err)
		}
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	fill(t, s, 60)
	mustClose(t, s)
	good := content(t, filepath.Join(dir, "headwater.db"))

	for name, damage := range map[string]func([]byte) []byte{
		"no database at all": func([]byte) []byte { return []byte(strings.Repeat("this is not a database. ", 1000)) },
		"a torn first page":  func(b []byte) []byte { return append(make([]byte, 8192), b[8192:]...) },
		"cut short":          func(b []byte) []byte { return b[:3*8192] },
		"noise in the pages": func(b []byte) []byte {
			for i := 2 * 8192; i < len(b); i++ {
				b[i] ^= 0x5a
			}
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "headwater.db")
			if err := os.WriteFile(path, damage(bytes.Clone(good)), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := openIn(t, dir)
			if err == nil { // found when it is read, then
				_, _, err = s.Load(t.Context())
				mustClose(t, s)
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want damage to %s", err, path)
			}
		})
	}
}

// TestUncleanStop copies the files of an open store, as a power cut leaves them.
func TestUncleanStop(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	defer mustClose(t, s)
	fill(t, s, 60)
	if _, err := s.config.write.ExecContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 1)

	crash := func(t *testing.T, damage func([]byte)) string {
		t.Helper()
		dir := t.TempDir()
		for _, suffix := range []string{"", "-wal"} {
			text := content(t, s.config.path+suffix)
			if suffix == "" {
				damage(text)
			}
			if err := os.WriteFile(filepath.Join(dir, "headwater.db"+suffix), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	t.Run("what was committed is there", func(t *testing.T) {
		s := mustOpen(t, crash(t, func([]byte) {}))
		defer mustClose(t, s)
		docs, generation, err := s.Load(t.Context())
		if err != nil || len(docs) != 61 || generation != 2 {
			t.Errorf("got %d documents, generation %d, %v", len(docs), generation, err)
		}
		if links, err := s.VerifyAudit(t.Context()); err != nil || links != 2 {
			t.Errorf("verified %d links, %v", links, err)
		}
	})
	t.Run("damage is found before anything is read", func(t *testing.T) {
		dir := crash(t, func(b []byte) { clear(b[4*8192 : 8*8192]) })
		s, err := openIn(t, dir)
		if err == nil {
			mustClose(t, s)
		}
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), filepath.Join(dir, "headwater.db")) {
			t.Errorf("got %v", err)
		}
	})
}

// oneMore is a schema with one migration more than this version has.
func oneMore(second string) schema {
	return schema{"headwater", fstest.MapFS{
		"00001_configuration.sql": configFile("00001_configuration.sql"),
		"00002_catalog_file.sql":  configFile("00002_catalog_file.sql"),
		"00003_more.sql":          {Data: []byte("-- +goose Up\n" + second + "\n-- +goose Down\nSELECT 1;\n")},
	}}
}

func configFile(name string) *fstest.MapFile {
	text, err := migrations.ReadFile("migrations/headwater/" + name)
	if err != nil {
		panic("bug: " + err.Error())
	}
	return &fstest.MapFile{Data: text}
}

func TestCopyBeforeMigration(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	fill(t, s, 3)
	defer mustClose(t, s)
	copies := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "backup", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := copies(); len(found) != 0 {
		t.Errorf("a new file was copied: %v", found)
	}
	if err := s.config.migrate(t.Context(), configSchema()); err != nil || len(copies()) != 0 {
		t.Errorf("without anything to do: %v, copies %v", err, copies())
	}

	// A migration that fails at every start may not fill the disk.
	for range keepCopies + 2 {
		if err := s.config.migrate(t.Context(), oneMore("ALTER TABLE nowhere ADD COLUMN x TEXT;")); err == nil {
			t.Fatal("a wrong migration went through")
		}
	}
	if found := copies(); len(found) != keepCopies {
		t.Errorf("%d copies are left: %v", len(found), found)
	}
	if docs, _, err := s.Load(t.Context()); err != nil || len(docs) != 3 {
		t.Errorf("after a failed migration: %d documents, %v", len(docs), err)
	}

	if err := s.config.migrate(t.Context(), oneMore("ALTER TABLE document ADD COLUMN note TEXT;")); err != nil {
		t.Fatal(err)
	}
	found := copies()
	newest := found[len(found)-1]
	if matched, err := filepath.Match("headwater-schema2-2*T*Z.db", filepath.Base(newest)); err != nil || !matched {
		t.Errorf("the copy is called %s", newest)
	}
	if info, err := os.Stat(newest); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has mode %v, %v", info.Mode(), err)
	}
	wantCopy(t, newest)
}

// wantCopy opens a copy as the database it was.
func wantCopy(t *testing.T, path string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "headwater.db"), content(t, path), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir)
	defer mustClose(t, s)
	docs, generation, err := s.Load(t.Context())
	if err != nil || len(docs) != 3 || generation != 1 {
		t.Errorf("the copy has %d documents, generation %d, %v", len(docs), generation, err)
	}
	if links, err := s.VerifyAudit(t.Context()); err != nil || links != 1 {
		t.Errorf("the copy verifies %d links, %v", links, err)
	}
	wantPragmas(t, s.config.write, 1, map[string]string{"page_size": "8192", "auto_vacuum": "2", "journal_mode": "wal"})
}

func TestNewerSchemaIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if err := s.config.migrate(t.Context(), oneMore("ALTER TABLE document ADD COLUMN note TEXT;")); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	before := content(t, filepath.Join(dir, "headwater.db"))
	_, err := openIn(t, dir)
	if err == nil || !strings.Contains(err.Error(), "newer version of Headwater (schema 3, this one knows 2)") || !strings.Contains(err.Error(), "headwater.db") {
		t.Errorf("got %v", err)
	}
	if !bytes.Equal(before, content(t, filepath.Join(dir, "headwater.db"))) {
		t.Error("the file was changed")
	}
}

// TestBusy has another process hold the writer's lock.
func TestBusy(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	defer mustClose(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	conn, err := s.config.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	go cancel()
	if err := s.Audit(ctx, AuditEvent{Action: "x"}); hw.CodeOf(err) != hw.CodeCanceled {
		t.Errorf("waiting for the writer ended with %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Audit(t.Context(), AuditEvent{Action: "x"}); err != nil {
		t.Error(err)
	}
}
