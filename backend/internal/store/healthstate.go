package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
)

// PutHealthStates keeps the states of some scopes, in place of those that were
// kept of them, and drops those that are gone.
func (s *Store) PutHealthStates(ctx context.Context, put, gone []health.Saved) error {
	return s.state.writing(ctx, "keeping the states of health", func(ctx context.Context, tx *sql.Tx) error {
		for i := range gone {
			const query = `DELETE FROM health_state WHERE scope = $1 AND id = $2`
			if _, err := tx.ExecContext(ctx, query, string(gone[i].Scope), clean(gone[i].ID)); err != nil {
				return err
			}
		}
		for i := range put {
			body, err := json.Marshal(&put[i])
			if err != nil {
				return fmt.Errorf("encoding a state: %w", err)
			}
			if err := putState(ctx, tx, string(put[i].Scope), put[i].ID, body); err != nil {
				return err
			}
		}
		return nil
	})
}

func putState(ctx context.Context, tx *sql.Tx, scope, id string, body []byte) error {
	const query = `
		INSERT INTO health_state (scope, id, body)
		VALUES ($1, $2, $3)
		ON CONFLICT (scope, id) DO UPDATE SET body = excluded.body`
	_, err := tx.ExecContext(ctx, query, scope, clean(id), valid(body))
	return err
}

// HealthStates returns the states that were kept last. One that cannot be read
// has no state: unknown is always safe.
func (s *Store) HealthStates(ctx context.Context) ([]health.Saved, error) {
	var all []health.Saved
	const query = `SELECT scope, id, body FROM health_state WHERE scope <> $1`
	err := readStates(ctx, s, query, &all, func(scope, id string, body []byte) (one health.Saved, ok bool) {
		if json.Unmarshal(body, &one) != nil {
			one = health.Saved{Scope: health.Scope(scope), ID: id}
		}
		return one, true
	})
	return all, err
}

// putOperator notes the last that was told of an upstream, while a person has it
// out of use. It is part of the transaction that keeps the transition, so that
// each is told once, whatever happens in between.
func putOperator(ctx context.Context, tx *sql.Tx, e hw.HealthEvent, body []byte) error {
	if e.To.ByOperator() {
		return putState(ctx, tx, hw.HealthKindUpstream, e.Scope, body)
	}
	const query = `DELETE FROM health_state WHERE scope = $1 AND id = $2`
	_, err := tx.ExecContext(ctx, query, hw.HealthKindUpstream, clean(e.Scope))
	return err
}

// Operators returns, for each upstream that a person has out of use, the
// transition that told it last.
func (s *Store) Operators(ctx context.Context) ([]hw.HealthEvent, error) {
	var all []hw.HealthEvent
	const query = `SELECT scope, id, body FROM health_state WHERE scope = $1`
	err := readStates(ctx, s, query, &all, func(_, _ string, body []byte) (one hw.HealthEvent, ok bool) {
		err := json.Unmarshal(body, &one)
		return one, err == nil // told once more is better than never
	})
	return all, err
}

// readStates reads what is kept of one sort of scopes; both queries take the
// scope that tells them apart.
func readStates[T any](ctx context.Context, s *Store, query string, all *[]T, decode func(scope, id string, body []byte) (T, bool)) error {
	return s.state.reading(ctx, "reading the states of health", func(ctx context.Context, tx *sql.Tx) error {
		*all = nil
		rows, err := tx.QueryContext(ctx, query, hw.HealthKindUpstream)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			var scope, id, body string
			if err := rows.Scan(&scope, &id, &body); err != nil {
				return err
			}
			if one, ok := decode(scope, id, []byte(body)); ok {
				*all = append(*all, one)
			}
		}
		return rows.Err()
	})
}
