package storetest

import (
	"errors"
	"fmt"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// chain writes a chain of 8 links: events are odd, changes are even.
func chain(t *testing.T, s *store.Store) {
	t.Helper()
	for i := range int64(4) {
		audit(t, s, fmt.Sprintf("event %d", i))
		must(t, s, upstream("ups_1", "a", i))
	}
}

func testAudit(t *testing.T, e Engine) {
	s := e.Open(t)
	wantIntact(t, s, 0)
	chain(t, s)
	wantIntact(t, s, 8)
	head, err := s.AuditHead(t.Context())
	if err != nil || head.Link != 8 || len(head.Digest) != 64 || len(head.Signature) != 64 {
		t.Errorf("got head %+v, %v", head, err)
	}
	// More than one page.
	for i := range 100 {
		audit(t, s, fmt.Sprintf("event %d", i))
	}
	wantIntact(t, s, 108)
	if links, err := s.VerifyAuditSince(t.Context(), head); err != nil || links != 108 {
		t.Errorf("got %d, %v", links, err)
	}
	head.Digest = head.Digest[1:] + "0"
	if _, err := s.VerifyAuditSince(t.Context(), head); err == nil {
		t.Error("a forged head was believed")
	}
	head.Signature = "" // as from the log
	_, err = s.VerifyAuditSince(t.Context(), head)
	wantBroken(t, err, 8)
}

// testTampering changes the tables in every way that leaves them well-formed.
func testTampering(t *testing.T, e Engine) {
	s := e.Open(t)
	chain(t, s)
	for name, attack := range map[string]struct {
		do   []string
		want int64
	}{
		"flip an actor":               {[]string{`UPDATE audit SET actor = 'toor' WHERE link = 3`}, 3},
		"flip an address":             {[]string{`UPDATE audit SET remote = '' WHERE link = 3`}, 3},
		"flip an action":              {[]string{`UPDATE audit SET action = 'sessions.end' WHERE link = 1`}, 1},
		"flip a detail":               {[]string{`UPDATE audit SET detail = 'event 9' WHERE link = 7`}, 7},
		"flip a time":                 {[]string{`UPDATE audit SET made_at = made_at + 1 WHERE link = 2`}, 2},
		"flip a digest":               {[]string{`UPDATE audit SET digest = 'f' || SUBSTR(digest, 2) || 'f' WHERE link = 4`}, 4},
		"move text between fields":    {[]string{`UPDATE audit SET remote = remote || 's', action = SUBSTR(action, 2) WHERE link = 3`}, 3},
		"point to another change":     {[]string{`UPDATE audit SET generation = 1 WHERE link = 4`}, 4},
		"forget the change":           {[]string{`UPDATE audit SET generation = 0, content = '' WHERE link = 4`}, 4},
		"drop the first":              {[]string{`DELETE FROM audit WHERE link = 1`}, 1},
		"drop one":                    {[]string{`DELETE FROM audit WHERE link = 5`}, 5},
		"drop one and close the gap":  {[]string{`DELETE FROM audit WHERE link = 5`, `UPDATE audit SET link = 5 WHERE link = 6`, `UPDATE audit SET link = 6 WHERE link = 7`, `UPDATE audit SET link = 7 WHERE link = 8`, `UPDATE audit_head SET link = 7`}, 7},
		"swap two":                    {[]string{`UPDATE audit SET link = 100 WHERE link = 3`, `UPDATE audit SET link = 3 WHERE link = 5`, `UPDATE audit SET link = 5 WHERE link = 100`}, 3},
		"truncate":                    {[]string{`DELETE FROM audit WHERE link > 5`}, 6},
		"truncate with the head":      {[]string{`DELETE FROM audit WHERE link > 5`, `UPDATE audit_head SET link = 5, digest = (SELECT digest FROM audit WHERE link = 5)`}, 5},
		"empty the chain":             {[]string{`DELETE FROM audit`}, 1},
		"empty chain and head":        {[]string{`DELETE FROM audit`, `DELETE FROM audit_head`}, 0},
		"empty all records":           {[]string{`DELETE FROM audit`, `DELETE FROM audit_head`, `DELETE FROM change_item`, `DELETE FROM change`}, 0},
		"remove the head":             {[]string{`DELETE FROM audit_head`}, 1},
		"put a link behind the head":  {[]string{`INSERT INTO audit SELECT 9, made_at, actor, remote, action, detail, 0, '', digest, digest FROM audit WHERE link = 8`}, 9},
		"put a row before the first":  {[]string{`INSERT INTO audit SELECT 0, made_at, actor, remote, action, detail, 0, '', '', digest FROM audit WHERE link = 8`}, 0},
		"sign by hand":                {[]string{`UPDATE audit_head SET signature = digest`}, 8},
		"change a recorded body":      {[]string{`UPDATE change_item SET after_body = '{}' WHERE generation = 2`}, 4},
		"make a creation of it":       {[]string{`UPDATE change_item SET before_body = NULL WHERE generation = 2`}, 4},
		"change a recorded actor":     {[]string{`UPDATE change SET actor = 'toor' WHERE generation = 3`}, 6},
		"change a recorded version":   {[]string{`UPDATE change_item SET version = 9 WHERE generation = 4`}, 8},
		"remove a recorded document":  {[]string{`DELETE FROM change_item WHERE generation = 4`}, 8},
		"remove a change":             {[]string{`DELETE FROM change_item WHERE generation = 4`, `DELETE FROM change WHERE generation = 4`}, 8},
		"add a change without a link": {[]string{`INSERT INTO change SELECT 5, 'chg_x', made_at, actor, remote, action, summary FROM change WHERE generation = 4`}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			restore := e.remember(t)
			defer restore()
			for _, query := range attack.do {
				e.exec(t, query)
			}
			_, err := s.VerifyAudit(t.Context())
			wantBroken(t, err, attack.want)
		})
		wantIntact(t, s, 8)
	}
	t.Run("rewrite with fresh digests", func(t *testing.T) {
		defer e.remember(t)()
		e.rewrite(t)
		_, err := s.VerifyAudit(t.Context())
		wantBroken(t, err, 8)
	})
	wantIntact(t, s, 8)
}

// rewrite lets another installation, which has every right but the key, write
// the same tables anew.
func (e Engine) rewrite(t *testing.T) {
	t.Helper()
	for _, table := range []string{"audit", "audit_head", "change_item", "change", "document"} {
		e.exec(t, "DELETE FROM "+table)
	}
	e.exec(t, `UPDATE generation SET value = 0`)
	other := e.Config
	other.AuditKey = append([]byte{1}, AuditKey()...)
	forger, err := store.Open(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	chain(t, forger)
	wantIntact(t, forger, 8)
	if err := forger.Close(); err != nil {
		t.Fatal(err)
	}
}

// remember copies the tables of the chain and returns what puts them back.
func (e Engine) remember(t *testing.T) (restore func()) {
	t.Helper()
	tables := []string{"audit_head", "audit", "document", "change", "change_item"} // parents before children
	for _, table := range tables {
		e.exec(t, "CREATE TABLE kept_"+table+" AS SELECT * FROM "+table)
	}
	return func() {
		t.Helper()
		for i := range tables {
			e.exec(t, "DELETE FROM "+tables[len(tables)-1-i])
		}
		for _, table := range tables {
			e.exec(t, "INSERT INTO "+table+" SELECT * FROM kept_"+table)
			e.exec(t, "DROP TABLE kept_"+table)
		}
		e.exec(t, "UPDATE generation SET value = (SELECT MAX(generation) FROM change)")
	}
}

// testOlderCopy puts back the whole database as it was, signed head included.
func testOlderCopy(t *testing.T, e Engine) {
	s := e.Open(t)
	chain(t, s)
	restore := e.remember(t)
	audit(t, s, "what nobody shall know")
	written, err := s.AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	restore()
	wantIntact(t, s, 8) // in itself it is a good chain
	_, err = s.VerifyAuditSince(t.Context(), written)
	wantBroken(t, err, 9)
	audit(t, s, "something else")
	_, err = s.VerifyAuditSince(t.Context(), written)
	wantBroken(t, err, 9)
}

// testLaundering goes on working on a chain that was changed: the new, rightly
// signed head must not cover it up.
func testLaundering(t *testing.T, e Engine) {
	for name, attack := range map[string]struct {
		do   []string
		want int64
	}{
		"a cut chain":          {[]string{`DELETE FROM audit WHERE link > 5`}, 6},
		"a cut chain and head": {[]string{`DELETE FROM audit WHERE link > 5`, `UPDATE audit_head SET link = 5, digest = (SELECT digest FROM audit WHERE link = 5)`}, 6},
		"a flipped link":       {[]string{`UPDATE audit SET actor = 'toor' WHERE link = 8`}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			s := e.Open(t)
			if count(t, e.Raw, "audit") == 0 {
				chain(t, s)
			}
			wantIntact(t, s, 8)
			defer e.remember(t)()
			for _, query := range attack.do {
				e.exec(t, query)
			}
			audit(t, s, "went on")
			must(t, s, upstream("ups_1", "a", 4))
			_, err := s.VerifyAudit(t.Context())
			wantBroken(t, err, attack.want)
		})
	}
	t.Run("another key", func(t *testing.T) {
		other := e.Config
		other.AuditKey = append([]byte{1}, AuditKey()...)
		s, err := store.Open(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		if _, err := s.Commit(t.Context(), commit(upstream("ups_7", "z", 0)), func(int64) error { return errors.New("no") }); hw.CodeOf(err) != hw.CodeInternal {
			t.Errorf("got %v", err)
		}
		_, err = s.VerifyAudit(t.Context())
		wantBroken(t, err, 8)
	})
}
