package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"headwater/backend/internal/health"
)

// PutHealthStates keeps the states of scopes in place of all that was kept
// before.
func (s *Store) PutHealthStates(ctx context.Context, all []health.Saved) error {
	return s.state.writing(ctx, "keeping the states of health", func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM health_state`); err != nil {
			return err
		}
		for i := range all {
			body, err := json.Marshal(&all[i])
			if err != nil {
				return fmt.Errorf("encoding a state: %w", err)
			}
			const query = `INSERT INTO health_state (scope, id, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
			if _, err := tx.ExecContext(ctx, query, string(all[i].Scope), clean(all[i].ID), valid(body)); err != nil {
				return err
			}
		}
		return nil
	})
}

// HealthStates returns the states that were kept last. One that cannot be read
// is left out: unknown is always safe.
func (s *Store) HealthStates(ctx context.Context) ([]health.Saved, error) {
	var all []health.Saved
	err := s.state.reading(ctx, "reading the states of health", func(ctx context.Context, tx *sql.Tx) error {
		all = nil
		rows, err := tx.QueryContext(ctx, `SELECT body FROM health_state`)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			var body string
			if err := rows.Scan(&body); err != nil {
				return err
			}
			var one health.Saved
			if json.Unmarshal([]byte(body), &one) == nil {
				all = append(all, one)
			}
		}
		return rows.Err()
	})
	return all, err
}
