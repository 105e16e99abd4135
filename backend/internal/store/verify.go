package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"fmt"

	"headwater/backend/hw"
)

// verifyPage is how many links are checked in one read.
const verifyPage = 100

// AuditError says where the audit chain is not what this installation wrote.
type AuditError struct {
	// Link is the first link that is wrong.
	Link int64
	// Text says what is wrong with it.
	Text string
}

// Error implements error.
func (e *AuditError) Error() string { return fmt.Sprintf("audit link %d: %s", e.Link, e.Text) }

func broken(link int64, format string, args ...any) error {
	return &AuditError{Link: link, Text: fmt.Sprintf(format, args...)}
}

// VerifyAudit checks the whole chain against its signed head, and the change
// records against the links that stand for them. It returns how many links are
// good, all of them or those before the break; a break is an *AuditError.
func (s *Store) VerifyAudit(ctx context.Context) (links int64, err error) {
	return s.VerifyAuditSince(ctx, AuditHead{})
}

// WalkAudit is VerifyAudit for who wants to see how far it is.
func (s *Store) WalkAudit(ctx context.Context, report func(done, total int64)) (links int64, err error) {
	return (&verifier{store: s, report: report}).walk(ctx)
}

// VerifyAuditSince is VerifyAudit, and also checks that the chain still
// contains a head that was written down earlier. A head without signature, as
// the log has it, is believed.
func (s *Store) VerifyAuditSince(ctx context.Context, earlier AuditHead) (links int64, err error) {
	if earlier.Signature != "" && !s.signed(earlier) {
		return 0, broken(earlier.Link, "the head that was written down is not signed by this installation")
	}
	v := verifier{store: s, earlier: earlier, report: func(int64, int64) {}}
	return v.walk(ctx)
}

// walk checks page after page, up to the head it finds at the beginning.
func (v *verifier) walk(ctx context.Context) (links int64, err error) {
	if err := v.begin(ctx); err != nil {
		return 0, err
	}
	for v.last.number < v.head.Link {
		if err := v.page(ctx); err != nil {
			return v.last.number, err
		}
		v.report(v.last.number, v.head.Link)
	}
	return v.last.number, v.end()
}

// verifier walks the chain. It reads in pages, each in a transaction of its
// own; links that are added meanwhile are behind the head it began with.
type verifier struct {
	store   *Store
	earlier AuditHead
	// report is told how far the walk is.
	report func(done, total int64)
	head   AuditHead
	// last is the last good link; its zero value stands before the first.
	last link
	// changes is how many change records there are, generation how many there
	// were ever, linked how many had a link.
	changes, generation, linked int64
}

// begin reads what the chain should be.
func (v *verifier) begin(ctx context.Context) error {
	var rows, last int64
	err := v.store.config.reading(ctx, "verifying the audit chain", func(ctx context.Context, tx *sql.Tx) (err error) {
		if v.head, err = readHead(ctx, tx); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(MAX(link), 0) FROM audit`).Scan(&rows, &last); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM change`).Scan(&v.changes); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM generation WHERE id = 1`).Scan(&v.generation)
	})
	switch {
	case err != nil:
		return err
	case !v.store.signed(v.head):
		return broken(v.head.Link, "the head of the chain is not signed by this installation")
	case last < v.head.Link:
		return broken(last+1, "the chain ends here, but its signed head is link %d", v.head.Link)
	case last > v.head.Link:
		return broken(v.head.Link+1, "the chain goes on behind its signed head")
	case rows != v.head.Link:
		return v.countFrom(ctx)
	}
	return nil
}

// countFrom lets the walk name the first missing link; when it finds none, rows
// were added where no number is.
func (v *verifier) countFrom(ctx context.Context) error {
	for v.last.number < v.head.Link {
		if err := v.page(ctx); err != nil {
			return err
		}
	}
	return broken(0, "there are rows before the first link")
}

// page checks the next links.
func (v *verifier) page(ctx context.Context) error {
	var links []link
	changes := make(map[int64]hw.Change)
	err := v.store.config.reading(ctx, "verifying the audit chain", func(ctx context.Context, tx *sql.Tx) (err error) {
		if links, err = readLinks(ctx, tx, v.last.number, min(v.last.number+verifyPage, v.head.Link)); err != nil {
			return err
		}
		return readLinked(ctx, tx, links, changes)
	})
	if err != nil {
		return err
	}
	if len(links) == 0 {
		return broken(v.last.number+1, "the link is missing")
	}
	for _, l := range links {
		if err := v.check(l, changes); err != nil {
			return err
		}
		v.last = l
	}
	return nil
}

// check judges one link by the one before.
func (v *verifier) check(l link, changes map[int64]hw.Change) error {
	switch want := v.last.number + 1; {
	case l.number != want:
		return broken(want, "the link is missing")
	case l.previous != v.last.digest:
		return broken(l.number, "it does not follow the link before it")
	case l.digest != l.sum():
		return broken(l.number, "its content was changed")
	case l.action == actionBroken:
		return broken(l.number, "the chain before it had been changed when it was written")
	case l.number == v.earlier.Link && l.digest != v.earlier.Digest:
		return broken(l.number, "it is not the link that was written down")
	case l.generation == 0:
		return nil
	}
	change, found := changes[l.generation]
	if !found {
		return broken(l.number, "its change, generation %d, is missing", l.generation)
	}
	if subtle.ConstantTimeCompare([]byte(digestChange(change)), []byte(l.content)) != 1 {
		return broken(l.number, "the record of its change, generation %d, was changed", l.generation)
	}
	v.linked++
	return nil
}

// end judges the chain as a whole.
func (v *verifier) end() error {
	switch {
	case v.last.digest != v.head.Digest:
		return broken(v.last.number, "it is not the signed head of the chain")
	case v.earlier.Link > v.head.Link:
		return broken(v.head.Link+1, "the chain ends before link %d, which was written down: an older copy of the database was put back", v.earlier.Link)
	case v.linked != v.changes:
		return broken(v.last.number, "%d changes are recorded, but %d have a link", v.changes, v.linked)
	case v.changes != v.generation:
		return broken(v.last.number, "%d changes are recorded, but %d were made", v.changes, v.generation)
	}
	return nil
}

// readLinks returns the links after one, up to another.
func readLinks(ctx context.Context, tx *sql.Tx, after, upTo int64) ([]link, error) {
	const query = `
		SELECT link, made_at, actor, remote, action, detail, generation, content, previous, digest
		FROM audit
		WHERE link > $1
		  AND link <= $2
		ORDER BY link`
	rows, err := tx.QueryContext(ctx, query, after, upTo)
	if err != nil {
		return nil, fmt.Errorf("reading audit links: %w", err)
	}
	defer rows.Close() // rows.Err tells what matters
	var links []link
	for rows.Next() {
		var l link
		var at int64
		err := rows.Scan(&l.number, &at, &l.actor, &l.remote, &l.action, &l.detail, &l.generation, &l.content, &l.previous, &l.digest)
		if err != nil {
			return nil, fmt.Errorf("reading an audit link: %w", err)
		}
		l.at = fromMillis(at)
		links = append(links, l)
	}
	return links, rows.Err()
}

// readLinked collects the changes that links stand for, by generation.
func readLinked(ctx context.Context, tx *sql.Tx, links []link, into map[int64]hw.Change) error {
	var low, high int64
	for _, l := range links {
		if l.generation == 0 {
			continue
		}
		if low == 0 {
			low = l.generation
		}
		low, high = min(low, l.generation), max(high, l.generation)
	}
	if high == 0 {
		return nil
	}
	// Generations grow with the links, so a page of an untouched chain holds at
	// most as many changes as links; the limit keeps a touched one bounded.
	changes, err := selectChanges(ctx, tx, selectChange+` WHERE generation >= $1 AND generation <= $2 ORDER BY generation LIMIT $3`,
		[]any{low, high, int64(verifyPage)})
	if err != nil {
		return fmt.Errorf("reading changes: %w", err)
	}
	if err := addItems(ctx, tx, changes); err != nil {
		return fmt.Errorf("reading changes: %w", err)
	}
	for _, c := range changes {
		into[c.Generation] = c
	}
	return nil
}
