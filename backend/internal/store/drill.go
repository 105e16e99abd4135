package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"headwater/backend/hw"
)

// DrillsKept is how many drills are kept with their reports, the newest ones.
const DrillsKept = 200

// PutDrill keeps a drill as it stands, and drops the oldest beyond DrillsKept.
func (s *Store) PutDrill(ctx context.Context, d hw.Drill) error {
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encoding a drill: %w", err)
	}
	return s.state.writing(ctx, "keeping a drill", func(ctx context.Context, tx *sql.Tx) error {
		const query = `
			INSERT INTO drill (id, started_at, body)
			VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET body = excluded.body`
		if _, err := tx.ExecContext(ctx, query, d.ID, d.StartedAt.UnixMilli(), valid(body)); err != nil {
			return err
		}
		const oldest = `
			DELETE FROM drill
			WHERE id NOT IN (SELECT id FROM drill ORDER BY started_at DESC, id DESC LIMIT $1)`
		_, err := tx.ExecContext(ctx, oldest, DrillsKept)
		return err
	})
}

// Drills returns the drills that are kept, newest first.
func (s *Store) Drills(ctx context.Context) ([]hw.Drill, error) {
	drills := []hw.Drill{}
	err := s.state.reading(ctx, "reading drills", func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT body FROM drill ORDER BY started_at DESC, id DESC`)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			var body string
			var d hw.Drill
			if err := rows.Scan(&body); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(body), &d); err != nil {
				return fmt.Errorf("decoding a drill: %w", err)
			}
			drills = append(drills, d)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return drills, nil
}

// Drill returns one drill. One that is not there gives CodeNotFound.
func (s *Store) Drill(ctx context.Context, id string) (d hw.Drill, err error) {
	err = s.state.reading(ctx, "reading a drill", func(ctx context.Context, tx *sql.Tx) error {
		var body string
		err := tx.QueryRowContext(ctx, `SELECT body FROM drill WHERE id = $1`, clean(id)).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			return hw.Errorf(hw.CodeNotFound, "There is no such drill.")
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &d); err != nil {
			return fmt.Errorf("decoding a drill: %w", err)
		}
		return nil
	})
	return d, err
}
