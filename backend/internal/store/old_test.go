package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"headwater/backend/hw"
)

// update keeps a database of today's schema for the tests of tomorrow. One that
// is there already is never written again: it is what an old version wrote.
var update = flag.Bool("update", false, "keep a database of the current schema in testdata")

// TestOldDatabases opens what every schema so far has written. It also holds
// the encoding under the audit digests still: a chain is verified for good.
func TestOldDatabases(t *testing.T) {
	if *update {
		keepDatabase(t)
	}
	kept, err := filepath.Glob(filepath.Join("testdata", "headwater-schema*.db.gz"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("no old database is kept, %v", err)
	}
	for _, path := range kept {
		t.Run(filepath.Base(path), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "headwater.db"), unzip(t, path), 0o600); err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, dir)
			defer mustClose(t, s)
			wantOld(t, s)
		})
	}
}

// writeOld writes what wantOld looks for.
func writeOld(t *testing.T, s *Store) {
	t.Helper()
	credential := Write{Document: Document{
		Kind: hw.KindCredential, ID: "crd_1", Name: "main", Body: json.RawMessage(`{"name":"main","sealed":"v1.k.x.y","last4":"汉字!"}`),
	}}
	key := Write{Document: Document{Kind: hw.KindKey, ID: "key_1", Name: "prod", Tenant: "acme", Body: json.RawMessage(`{"name":"prod"}`)}}
	second := credential
	second.Expect, second.Body = 1, json.RawMessage(`{"name":"main","sealed":"v1.k.z.y"}`)
	third := key
	third.Expect, third.Delete = 1, true
	for _, writes := range [][]Write{{credential, key}, {second}, {third}} {
		c := Commit{Actor: "root", Remote: "127.0.0.1", Action: "config.apply", Summary: "an old change", Writes: writes}
		if _, err := s.Commit(t.Context(), c, func(int64) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if err := s.Audit(t.Context(), AuditEvent{Actor: "root", Action: "sessions.create", Detail: "an old event"}); err != nil {
			t.Fatal(err)
		}
	}
}

func wantOld(t *testing.T, s *Store) {
	t.Helper()
	docs, generation, err := s.Load(t.Context())
	if err != nil || generation != 3 || len(docs) != 1 {
		t.Fatalf("got %d documents, generation %d, %v", len(docs), generation, err)
	}
	if d := docs[0]; d.ID != "crd_1" || d.Version != 2 || string(d.Body) != `{"name":"main","sealed":"v1.k.z.y"}` {
		t.Errorf("got %+v", d)
	}
	changes, err := s.Changes(t.Context(), ChangeFilter{})
	if err != nil || len(changes) != 3 || string(changes[2].Items[0].After) != `{"last4":"汉字!","name":"main"}` {
		t.Errorf("got %+v, %v", changes, err)
	}
	if links, err := s.VerifyAudit(t.Context()); err != nil || links != 6 {
		t.Errorf("verified %d links, %v", links, err)
	}
}

// keepDatabase writes a database of the current schema into testdata.
func keepDatabase(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, dir)
	writeOld(t, s)
	var version int64
	if err := s.config.read.QueryRowContext(t.Context(), `SELECT MAX(version_id) FROM schema_headwater`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	path := filepath.Join("testdata", fmt.Sprintf("headwater-schema%d.db.gz", version))
	if there, err := exists(path); err != nil || there {
		t.Logf("%s is kept as it is, %v", path, err)
		return
	}
	var text bytes.Buffer
	zip := gzip.NewWriter(&text)
	if _, err := zip.Write(content(t, filepath.Join(dir, "headwater.db"))); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func unzip(t *testing.T, path string) []byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(content(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(io.LimitReader(zip, 16<<20))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
