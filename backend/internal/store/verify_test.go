package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
)

// forge changes links of a chain the way someone does who can write to the
// database and knows how digests are made, but has no key.
func forge(t *testing.T, s *Store, from, to int64, head bool) {
	t.Helper()
	err := s.config.writing(t.Context(), "forging", func(ctx context.Context, tx *sql.Tx) error {
		links, err := readLinks(ctx, tx, 0, 1000)
		if err != nil {
			return err
		}
		for i := from; i <= to; i++ {
			l := &links[i-1]
			if i == from {
				l.detail = "nothing of note"
			} else {
				l.previous = links[i-2].digest
			}
			l.digest = l.sum()
			const query = `UPDATE audit SET detail = $1, previous = $2, digest = $3 WHERE link = $4`
			if _, err := tx.ExecContext(ctx, query, l.detail, l.previous, l.digest, l.number); err != nil {
				return err
			}
		}
		if !head {
			return nil
		}
		_, err = tx.ExecContext(ctx, `UPDATE audit_head SET digest = $1`, links[len(links)-1].digest)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestForgedDigests(t *testing.T) {
	for name, row := range map[string]struct {
		from, to int64
		head     bool
		want     int64
	}{
		"one link":                        {3, 3, false, 4},
		"the first link":                  {1, 1, false, 2},
		"the last link":                   {8, 8, false, 8},
		"the last link and the head":      {8, 8, true, 8},
		"some links":                      {3, 6, false, 7},
		"all links from one on":           {3, 8, false, 8},
		"all links from one and the head": {3, 8, true, 8},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, t.TempDir())
			defer mustClose(t, s)
			for i := range 8 {
				if err := s.Audit(t.Context(), AuditEvent{Actor: "root", Action: "sessions.create", Detail: fmt.Sprint(i)}); err != nil {
					t.Fatal(err)
				}
			}
			forge(t, s, row.from, row.to, row.head)
			_, err := s.VerifyAudit(t.Context())
			broken, ok := errors.AsType[*AuditError](err)
			if !ok || broken.Link != row.want {
				t.Errorf("got %v, want link %d", err, row.want)
			}
		})
	}
}
