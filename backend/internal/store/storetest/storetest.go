// Package storetest is the suite that every engine of the store has to pass,
// so that SQLite and PostgreSQL cannot drift apart.
//
// It deliberately looks only at what the store promises to its callers, and at
// the tables where somebody else might change them. Its one invariant: no test
// of the suite knows which engine it runs on.
package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// Engine is one fresh database.
type Engine struct {
	// Config opens stores on it, as often as a test wants.
	Config store.Config
	// Raw is a connection past the store to the configuration, for looking and
	// for tampering; State one to the sessions.
	Raw, State *sql.DB
}

// AuditKey is the audit key of the suite.
func AuditKey() []byte { return bytes.Repeat([]byte{7}, 32) }

// Log discards what the store tells.
func Log() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Run runs the suite, each test on a fresh database.
func Run(t *testing.T, fresh func(t *testing.T) Engine) {
	suite := map[string]func(t *testing.T, e Engine){
		"documents":  testDocuments,
		"versions":   testVersions,
		"conflicts":  testConflicts,
		"rollback":   testRollback,
		"changes":    testChanges,
		"filter":     testChangeFilter,
		"words":      testWords,
		"writers":    testWriters,
		"reopen":     testReopen,
		"newer":      testNewer,
		"audit":      testAudit,
		"tampering":  testTampering,
		"older copy": testOlderCopy,
		"laundering": testLaundering,
		"sessions":   testSessions,
		"ends":       testSessionEnds,
		"callers":    testCallers,
		"health":     testHealthHistory,
		"jobs":       testJobs,
		"states":     testHealthStates,
		"operators":  testOperators,
		"after":      testHealthAfter,
		"large":      testLargeBodies,
		"deferred":   testDeferred,
		"schedules":  testScheduleOutcomes,
		"answers":    testAnswers,
		"many bytes": testAnswersBound,
		"catalogue":  testCatalogFile,
		"abilities":  testCapabilities,
		"many runs":  testCapabilityBounds,
	}
	for name, test := range suite {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// Open opens a store on the engine's database and closes it with the test.
func (e Engine) Open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), e.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// exec changes the database past the store.
func (e Engine) exec(t *testing.T, query string) {
	t.Helper()
	if _, err := e.Raw.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// wantRows counts the rows of a table past the store.
func wantRows(t *testing.T, raw *sql.DB, table string, want int64) {
	t.Helper()
	if got := count(t, raw, table); got != want {
		t.Errorf("there are %d rows in %s, want %d", got, table, want)
	}
}

// count asks a database past the store.
func count(t *testing.T, raw *sql.DB, table string) (n int64) {
	t.Helper()
	if err := raw.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// pass is a check that accepts everything.
func pass(int64) error { return nil }

// upstream is a write of an upstream, the usual document of the suite.
func upstream(id, name string, expect int64) store.Write {
	return store.Write{
		Document: store.Document{
			Kind: hw.KindUpstream, ID: id, Name: name,
			Body: json.RawMessage(fmt.Sprintf(`{"name":%q,"provider":"simulator"}`, name)),
		},
		Expect: expect,
	}
}

// deletion is a write that removes a document.
func deletion(kind hw.Kind, id string, expect int64) store.Write {
	return store.Write{Document: store.Document{Kind: kind, ID: id}, Expect: expect, Delete: true}
}

// commit wraps writes into a change by root.
func commit(writes ...store.Write) store.Commit {
	return store.Commit{Actor: "root", Remote: "127.0.0.1", Action: "upstreams.update", Summary: "a test", Writes: writes}
}

// must commits and expects success.
func must(t *testing.T, s *store.Store, writes ...store.Write) hw.Change {
	t.Helper()
	change, err := s.Commit(t.Context(), commit(writes...), pass)
	if err != nil {
		t.Fatal(err)
	}
	return change
}

// load returns the documents by name.
func load(t *testing.T, s *store.Store) (map[string]store.Document, int64) {
	t.Helper()
	docs, generation, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]store.Document, len(docs))
	for _, d := range docs {
		byName[d.Name] = d
	}
	return byName, generation
}

// wantCode checks the code of an error.
func wantCode(t *testing.T, err error, want hw.Code) {
	t.Helper()
	if got := hw.CodeOf(err); got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

// wantIntact checks that the chain verifies and is this long.
func wantIntact(t *testing.T, s *store.Store, links int64) {
	t.Helper()
	got, err := s.VerifyAudit(t.Context())
	if err != nil || got != links {
		t.Errorf("verified %d links, %v; want %d", got, err, links)
	}
}

// wantBroken checks that the chain is found broken at a link.
func wantBroken(t *testing.T, err error, link int64) {
	t.Helper()
	broken, ok := errors.AsType[*store.AuditError](err)
	if !ok {
		t.Fatalf("got %v, want a broken audit chain", err)
	}
	if broken.Link != link {
		t.Errorf("broken at link %d (%s), want %d", broken.Link, broken.Text, link)
	}
}

// event is an audit event of the suite.
func event(detail string) store.AuditEvent {
	return store.AuditEvent{Actor: "root", Remote: "127.0.0.1", Action: "sessions.create", Detail: detail}
}

// audit adds an event and expects success.
func audit(t *testing.T, s *store.Store, detail string) {
	t.Helper()
	if err := s.Audit(context.WithoutCancel(t.Context()), event(detail)); err != nil {
		t.Fatal(err)
	}
}
