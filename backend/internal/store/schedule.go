package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"headwater/backend/hw"
)

// PutScheduleOutcome keeps what came of the last due time of a schedule, by the
// schedule's id.
func (s *Store) PutScheduleOutcome(ctx context.Context, id string, o hw.ScheduleOutcome) error {
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("encoding what came of a schedule: %w", err)
	}
	return s.state.writing(ctx, "keeping what came of a schedule", func(ctx context.Context, tx *sql.Tx) error {
		const query = `
			INSERT INTO schedule_outcome (schedule, body)
			VALUES ($1, $2)
			ON CONFLICT (schedule) DO UPDATE SET body = excluded.body`
		_, err := tx.ExecContext(ctx, query, clean(id), valid(body))
		return err
	})
}

// DropScheduleOutcome forgets a schedule. One that is not there is forgotten.
func (s *Store) DropScheduleOutcome(ctx context.Context, id string) error {
	return s.state.writing(ctx, "forgetting a schedule", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM schedule_outcome WHERE schedule = $1`, clean(id))
		return err
	})
}

// ScheduleOutcomes returns what is kept, by the ids of schedules. One that
// cannot be read is left out: the next due time writes another.
func (s *Store) ScheduleOutcomes(ctx context.Context) (map[string]hw.ScheduleOutcome, error) {
	var all map[string]hw.ScheduleOutcome
	err := s.state.reading(ctx, "reading what came of the schedules", func(ctx context.Context, tx *sql.Tx) error {
		all = map[string]hw.ScheduleOutcome{}
		rows, err := tx.QueryContext(ctx, `SELECT schedule, body FROM schedule_outcome`)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			var id, body string
			if err := rows.Scan(&id, &body); err != nil {
				return err
			}
			var one hw.ScheduleOutcome
			if json.Unmarshal([]byte(body), &one) == nil {
				all[id] = one
			}
		}
		return rows.Err()
	})
	return all, err
}
