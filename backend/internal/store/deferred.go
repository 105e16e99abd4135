package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"headwater/backend/hw"
)

const (
	// DeferredMost bounds the calls that wait; more are not taken.
	DeferredMost = 10_000
	// deferredKeep is how long an answer can be fetched after the call would
	// have expired.
	deferredKeep = 24 * time.Hour
)

// DeferredCall is a deferred call with its sealed request and answer.
type DeferredCall struct {
	hw.Deferred
	Request, Answer string
}

// PutDeferred keeps a new call. CodeOverloaded means that too many wait.
func (s *Store) PutDeferred(ctx context.Context, d DeferredCall) error {
	body, err := json.Marshal(d.Deferred)
	if err != nil {
		return fmt.Errorf("encoding a deferred call: %w", err)
	}
	return s.state.writing(ctx, "keeping a deferred call", func(ctx context.Context, tx *sql.Tx) error {
		var waiting int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM deferred WHERE state = $1`, string(hw.DeferredWaiting)).Scan(&waiting); err != nil {
			return err
		}
		if waiting >= DeferredMost {
			return hw.Errorf(hw.CodeOverloaded, "Too many deferred calls wait already.")
		}
		const query = `
			INSERT INTO deferred (id, state, created_at, expires_at, body, request, answer)
			VALUES ($1, $2, $3, $4, $5, $6, '')`
		_, err := tx.ExecContext(ctx, query, d.ID, string(d.State), d.CreatedAt.UnixMilli(), d.ExpiresAt.UnixMilli(), valid(body), d.Request)
		return err
	})
}

// SettleDeferred writes down how a call stands: with its answer, and without
// its request once it needs none any more.
func (s *Store) SettleDeferred(ctx context.Context, d DeferredCall) error {
	body, err := json.Marshal(d.Deferred)
	if err != nil {
		return fmt.Errorf("encoding a deferred call: %w", err)
	}
	return s.state.writing(ctx, "answering a deferred call", func(ctx context.Context, tx *sql.Tx) error {
		const query = `UPDATE deferred SET state = $1, body = $2, request = $3, answer = $4 WHERE id = $5`
		if _, err := tx.ExecContext(ctx, query, string(d.State), valid(body), d.Request, d.Answer, d.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM deferred WHERE expires_at < $1`, now().Add(-deferredKeep).UnixMilli())
		return err
	})
}

// Deferred returns one call; CodeNotFound when there is none of that id.
func (s *Store) Deferred(ctx context.Context, id string) (d DeferredCall, err error) {
	err = s.state.reading(ctx, "reading a deferred call", func(ctx context.Context, tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, `SELECT body, request, answer FROM deferred WHERE id = $1`, clean(id))
		d, err = scanDeferred(row)
		if errors.Is(err, sql.ErrNoRows) {
			return hw.Errorf(hw.CodeNotFound, "There is no such deferred call.")
		}
		return err
	})
	return d, err
}

// WaitingDeferred returns calls that wait, without their requests, the oldest
// first: at most limit of those that come after one. The zero Deferred begins.
func (s *Store) WaitingDeferred(ctx context.Context, after hw.Deferred, limit int) ([]hw.Deferred, error) {
	var all []hw.Deferred
	since := int64(0)
	if !after.CreatedAt.IsZero() {
		since = after.CreatedAt.UnixMilli()
	}
	err := s.state.reading(ctx, "reading the deferred calls", func(ctx context.Context, tx *sql.Tx) error {
		all = nil
		const query = `
			SELECT body
			FROM deferred
			WHERE state = $1 AND (created_at > $2 OR created_at = $2 AND id > $3)
			ORDER BY created_at, id
			LIMIT $4`
		rows, err := tx.QueryContext(ctx, query, string(hw.DeferredWaiting), since, clean(after.ID), limit)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			var body string
			var d hw.Deferred
			if err := rows.Scan(&body); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(body), &d); err != nil {
				return fmt.Errorf("decoding a deferred call: %w", err)
			}
			all = append(all, d)
		}
		return rows.Err()
	})
	return all, err
}

func scanDeferred(row scanner) (d DeferredCall, err error) {
	var body string
	if err := row.Scan(&body, &d.Request, &d.Answer); err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(body), &d.Deferred); err != nil {
		return d, fmt.Errorf("decoding a deferred call: %w", err)
	}
	return d, nil
}
