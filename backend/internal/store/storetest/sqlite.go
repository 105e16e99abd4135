package storetest

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver of the raw connections

	"headwater/backend/internal/store"
)

// SQLite returns an engine on files in a directory of its own.
func SQLite(t *testing.T) Engine {
	t.Helper()
	dir := t.TempDir()
	config := store.Config{Dir: dir, Log: Log(), AuditKey: AuditKey()}
	// Opened once first, so that the raw connections do not lay the files out.
	s, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return Engine{Config: config, Raw: rawFile(t, filepath.Join(dir, "headwater.db")), State: rawFile(t, filepath.Join(dir, "state.db"))}
}

// rawFile opens a file past the store. It enforces no foreign keys.
func rawFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	return Raw(t, "sqlite", "file:"+filepath.ToSlash(path)+"?_pragma=busy_timeout(5000)&_pragma=synchronous(OFF)")
}

// Raw opens a connection past the store, which is closed with the test.
func Raw(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing the raw connection: %v", err)
		}
	})
	return db
}
