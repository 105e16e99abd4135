package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"headwater/backend/hw"
)

// maxBody bounds one document. Unit: bytes.
const maxBody = 4 << 20

// Load returns every document, by kind and id, with the generation they make.
func (s *Store) Load(ctx context.Context) (docs []Document, generation int64, err error) {
	err = s.config.reading(ctx, "loading the configuration", func(ctx context.Context, tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT value FROM generation WHERE id = 1`).Scan(&generation); err != nil {
			return fmt.Errorf("reading the generation: %w", err)
		}
		docs, err = loadDocuments(ctx, tx)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	// Sorted here: the engines do not agree on the order of text.
	slices.SortFunc(docs, func(a, b Document) int {
		if byKind := strings.Compare(string(a.Kind), string(b.Kind)); byKind != 0 {
			return byKind
		}
		return strings.Compare(a.ID, b.ID)
	})
	return docs, generation, nil
}

// errRehearsed is why a change is refused while a drill plays a locked database.
var errRehearsed = errors.New("a fire drill plays a locked database")

// Commit makes one change, all of it or nothing: it compares the versions,
// writes documents, change record and audit link, and then asks check whether
// the configuration of this generation may be. An error of check undoes
// everything and is returned as it is. A version that is not the expected one
// gives CodeConflict, a name that another document has CodeTaken.
//
// Check runs while other writers wait. It may read from the store, where the
// change is not visible yet, but must not write to it.
func (s *Store) Commit(ctx context.Context, c Commit, check func(generation int64) error) (hw.Change, error) {
	if err := c.validate(); err != nil {
		return hw.Change{}, err
	}
	if s.rehearse != nil && s.rehearse() {
		return hw.Change{}, hw.Errorf(hw.CodeUnavailable, "The configuration database is busy.").Because(errRehearsed)
	}
	change := hw.Change{
		ID:      hw.NewID(hw.PrefixChange),
		Actor:   clean(c.Actor),
		Remote:  clean(c.Remote),
		Action:  clean(c.Action),
		Summary: clean(c.Summary),
	}
	var head AuditHead
	err := s.config.writing(ctx, "saving a change", func(ctx context.Context, tx *sql.Tx) (err error) {
		if change.Generation, err = nextGeneration(ctx, tx); err != nil {
			return err
		}
		change.At = now()
		if change.Items, err = writeDocuments(ctx, tx, change, c.Writes); err != nil {
			return err
		}
		if err := insertChange(ctx, tx, change); err != nil {
			return err
		}
		if err := putCatalogFile(ctx, tx, c.Catalog); err != nil {
			return err
		}
		if head, err = s.addLink(ctx, tx, linkOf(change)); err != nil {
			return err
		}
		return check(change.Generation)
	})
	if err != nil {
		return hw.Change{}, err
	}
	s.tellHead(head)
	return change, nil
}

// validate refuses what no caller of ours sends.
func (c Commit) validate() error {
	if c.Actor == "" || c.Action == "" || len(c.Writes) == 0 {
		return errors.New("saving a change: actor, action and at least one document are required")
	}
	if c.Catalog != nil && len(c.Catalog.Body) > maxCatalogFile {
		return hw.Errorf(hw.CodeTooLarge, "A catalogue file may have at most %d bytes.", maxCatalogFile)
	}
	for _, w := range c.Writes {
		if err := w.validate(); err != nil {
			return fmt.Errorf("saving %s %q: %w", w.Kind, w.Name, err)
		}
	}
	return nil
}

func (w Write) validate() error {
	switch {
	case w.ID == "" || w.Kind == "":
		return errors.New("kind and id are required")
	case w.Delete && w.Expect <= 0:
		return errors.New("a deletion needs the version that is to be deleted")
	case w.Delete:
		return nil
	case w.Name == "":
		return errors.New("the name is required")
	case len(w.Body) > maxBody:
		return hw.Errorf(hw.CodeTooLarge, "A document may have at most %d bytes.", maxBody)
	case !json.Valid(w.Body) || !utf8.Valid(w.Body) || !bytes.HasPrefix(bytes.TrimSpace(w.Body), []byte("{")):
		return errors.New("the body is not a JSON object")
	}
	return nil
}

// nextGeneration counts up. As the first statement of a change it is also what
// makes the next writer wait.
func nextGeneration(ctx context.Context, tx *sql.Tx) (generation int64, err error) {
	const query = `
		UPDATE generation
		SET value = value + 1
		WHERE id = 1
		RETURNING value`
	if err := tx.QueryRowContext(ctx, query).Scan(&generation); err != nil {
		return 0, fmt.Errorf("counting the generation: %w", err)
	}
	return generation, nil
}

// writeDocuments applies the writes of a change and returns what each did, in
// their order. Deletions go first, so that a name may move to a new document.
func writeDocuments(ctx context.Context, tx *sql.Tx, change hw.Change, writes []Write) ([]hw.ChangeItem, error) {
	items := make([]hw.ChangeItem, len(writes))
	for _, deletions := range []bool{true, false} {
		for i, w := range writes {
			if w.Delete != deletions {
				continue
			}
			item, err := writeDocument(ctx, tx, change, w)
			if err != nil {
				return nil, fmt.Errorf("saving %s %q: %w", w.Kind, w.Name, err)
			}
			items[i] = item
		}
	}
	return items, nil
}

// writeDocument compares the version and writes one document.
func writeDocument(ctx context.Context, tx *sql.Tx, change hw.Change, w Write) (hw.ChangeItem, error) {
	before, err := findDocument(ctx, tx, w.Kind, w.ID)
	if err != nil {
		return hw.ChangeItem{}, err
	}
	if before.Version != w.Expect {
		return hw.ChangeItem{}, conflict(before, w)
	}
	item := hw.ChangeItem{Kind: w.Kind, DocID: w.ID, Name: w.Name, Tenant: w.Tenant, Version: w.Expect + 1}
	if before.Version > 0 {
		item.Before = hw.Redact(before.Body)
	}
	if w.Delete {
		item.Name, item.Tenant, item.Version = before.Name, before.Tenant, before.Version
		return item, deleteDocument(ctx, tx, w.ID)
	}
	item.After = hw.Redact(w.Body)
	after := w.Document
	after.Version, after.UpdatedAt, after.UpdatedBy = item.Version, change.At, change.Actor
	if before.Version > 0 {
		return item, updateDocument(ctx, tx, after)
	}
	return item, insertDocument(ctx, tx, after)
}

// conflict says what is there instead of what was expected.
func conflict(found Document, w Write) error {
	switch {
	case found.Version == 0:
		return hw.Errorf(hw.CodeConflict, "This %s does not exist any more.", w.Kind)
	case w.Expect == 0:
		return hw.Errorf(hw.CodeConflict, "This %s exists already, as %q.", w.Kind, found.Name)
	}
	return hw.Errorf(hw.CodeConflict, "The %s %q has been changed by %s: version %d is there now, not %d.",
		w.Kind, found.Name, found.UpdatedBy, found.Version, w.Expect)
}

const documentColumns = `id, kind, name, tenant, version, updated_at, updated_by, body`

// findDocument returns the document, or one with version 0 when there is none.
func findDocument(ctx context.Context, tx *sql.Tx, kind hw.Kind, id string) (Document, error) {
	const query = `
		SELECT ` + documentColumns + `
		FROM document
		WHERE id = $1
		  AND kind = $2`
	doc, err := scanDocument(tx.QueryRowContext(ctx, query, id, string(kind)))
	if errors.Is(err, sql.ErrNoRows) {
		return Document{}, nil
	}
	return doc, err
}

func loadDocuments(ctx context.Context, tx *sql.Tx) (docs []Document, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+documentColumns+` FROM document`)
	if err != nil {
		return nil, fmt.Errorf("reading documents: %w", err)
	}
	defer rows.Close() // rows.Err tells what matters
	for rows.Next() {
		doc, err := scanDocument(rows)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, rows.Err()
}

// scanner is a row or the current one of several.
type scanner interface{ Scan(targets ...any) error }

func scanDocument(row scanner) (doc Document, err error) {
	var updatedAt int64
	var body string
	err = row.Scan(&doc.ID, &doc.Kind, &doc.Name, &doc.Tenant, &doc.Version, &updatedAt, &doc.UpdatedBy, &body)
	if err != nil {
		return Document{}, fmt.Errorf("reading a document: %w", err)
	}
	doc.UpdatedAt = fromMillis(updatedAt)
	doc.Body = json.RawMessage(body)
	return doc, nil
}

func insertDocument(ctx context.Context, tx *sql.Tx, d Document) error {
	const query = `
		INSERT INTO document (` + documentColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	_, err := tx.ExecContext(ctx, query,
		d.ID, string(d.Kind), d.Name, d.Tenant, d.Version, d.UpdatedAt.UnixMilli(), d.UpdatedBy, string(d.Body))
	return err
}

func updateDocument(ctx context.Context, tx *sql.Tx, d Document) error {
	const query = `
		UPDATE document
		SET name = $1, tenant = $2, version = $3, updated_at = $4, updated_by = $5, body = $6
		WHERE id = $7`
	_, err := tx.ExecContext(ctx, query,
		d.Name, d.Tenant, d.Version, d.UpdatedAt.UnixMilli(), d.UpdatedBy, string(d.Body), d.ID)
	return err
}

func deleteDocument(ctx context.Context, tx *sql.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM document WHERE id = $1`, id)
	return err
}

// now is the wall clock as it can be stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// maxText bounds the words of a change or an audit event. Unit: bytes.
const maxText = 4096

// clean makes text that came from outside fit to be stored: whole UTF-8
// characters without NUL, which PostgreSQL does not take, and bounded.
func clean(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// valid makes JSON fit for every database. Unlike words it is never cut: half
// of it could not be read, and would take with it the list it stands in.
func valid(body []byte) string { return strings.ToValidUTF8(string(body), "") }
