package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"headwater/backend/hw"
)

// Bounds of ChangeFilter.Limit.
const (
	defaultChanges = 50
	maxChanges     = 500
)

// Changes returns changes, newest first.
func (s *Store) Changes(ctx context.Context, f ChangeFilter) ([]hw.Change, error) {
	changes := []hw.Change{}
	err := s.config.reading(ctx, "reading changes", func(ctx context.Context, tx *sql.Tx) (err error) {
		query, args := f.query()
		if changes, err = selectChanges(ctx, tx, query, args); err != nil {
			return err
		}
		return addItems(ctx, tx, changes)
	})
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// query is the filter as SQL.
func (f ChangeFilter) query() (string, []any) {
	limit := f.Limit
	if limit <= 0 {
		limit = defaultChanges
	}
	var args []any
	bind := func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	}
	var where []string
	if f.Before > 0 {
		where = append(where, "generation < "+bind(f.Before))
	}
	var item []string
	if f.Kind != "" {
		item = append(item, "kind = "+bind(string(f.Kind)))
	}
	if f.DocID != "" {
		item = append(item, "doc_id = "+bind(f.DocID))
	}
	if len(item) > 0 {
		where = append(where, "generation IN (SELECT generation FROM change_item WHERE "+strings.Join(item, " AND ")+")")
	}
	query := selectChange
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	return query + " ORDER BY generation DESC LIMIT " + bind(int64(min(limit, maxChanges))), args
}

const selectChange = `SELECT generation, id, made_at, actor, remote, action, summary FROM change`

// selectChanges runs a query that begins with selectChange.
func selectChanges(ctx context.Context, tx *sql.Tx, query string, args []any) ([]hw.Change, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // rows.Err tells what matters
	changes := []hw.Change{}
	for rows.Next() {
		var c hw.Change
		var at int64
		if err := rows.Scan(&c.Generation, &c.ID, &at, &c.Actor, &c.Remote, &c.Action, &c.Summary); err != nil {
			return nil, fmt.Errorf("reading a change: %w", err)
		}
		c.At = fromMillis(at)
		c.Items = []hw.ChangeItem{}
		changes = append(changes, c)
	}
	return changes, rows.Err()
}

// addItems fills in the items of changes.
func addItems(ctx context.Context, tx *sql.Tx, changes []hw.Change) error {
	if len(changes) == 0 {
		return nil
	}
	places := make(map[int64]int, len(changes))
	args := make([]any, len(changes))
	marks := make([]string, len(changes))
	for i, c := range changes {
		places[c.Generation] = i
		args[i] = c.Generation
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	//nolint:gosec // only the numbers of the marks are put together
	query := `
		SELECT generation, kind, doc_id, name, tenant, version, before_body, after_body
		FROM change_item
		WHERE generation IN (` + strings.Join(marks, ", ") + `)
		ORDER BY generation, item`
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() // rows.Err tells what matters
	for rows.Next() {
		var generation int64
		var item hw.ChangeItem
		var before, after sql.NullString
		if err := rows.Scan(&generation, &item.Kind, &item.DocID, &item.Name, &item.Tenant, &item.Version, &before, &after); err != nil {
			return fmt.Errorf("reading a changed document: %w", err)
		}
		item.Before, item.After = fromText(before), fromText(after)
		c := &changes[places[generation]]
		c.Items = append(c.Items, item)
	}
	return rows.Err()
}

// insertChange writes the record of a change.
func insertChange(ctx context.Context, tx *sql.Tx, c hw.Change) error {
	const change = `
		INSERT INTO change (generation, id, made_at, actor, remote, action, summary)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	if _, err := tx.ExecContext(ctx, change, c.Generation, c.ID, c.At.UnixMilli(), c.Actor, c.Remote, c.Action, c.Summary); err != nil {
		return fmt.Errorf("writing the change: %w", err)
	}
	const row = `
		INSERT INTO change_item (generation, item, kind, doc_id, name, tenant, version, before_body, after_body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	for i, item := range c.Items {
		_, err := tx.ExecContext(ctx, row, c.Generation, int64(i), string(item.Kind), item.DocID, item.Name, item.Tenant,
			item.Version, toText(item.Before), toText(item.After))
		if err != nil {
			return fmt.Errorf("writing the changed document: %w", err)
		}
	}
	return nil
}

func toText(body json.RawMessage) sql.NullString {
	return sql.NullString{String: string(body), Valid: body != nil}
}

func fromText(text sql.NullString) json.RawMessage {
	if !text.Valid {
		return nil
	}
	return json.RawMessage(text.String)
}
