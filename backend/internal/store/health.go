package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"headwater/backend/hw"
)

// The history of health is bounded twice.
const (
	healthAge  = 30 * 24 * time.Hour
	healthMost = 100_000
	// HealthPage is how many events one read gives at most.
	HealthPage = 200
)

// HealthFilter chooses events.
type HealthFilter struct {
	// Upstream is a name; empty means all.
	Upstream string
	// Since and Until bound when it happened: at or after, and before. Zero
	// means no bound.
	Since, Until time.Time
	// Before is an event's id: only earlier ones. Zero means from the newest on.
	Before int64
	// Limit is 1 to HealthPage; zero means HealthPage.
	Limit int
}

// PutHealth keeps events, numbers them after those that are there, and drops
// what is too old or too much. What was last told of an upstream that a person
// took out of use stays, see Operators: it may last longer than any history.
func (s *Store) PutHealth(ctx context.Context, events []hw.HealthEvent) error {
	return s.state.writing(ctx, "keeping the history of health", func(ctx context.Context, tx *sql.Tx) error {
		var last int64
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM health_event`).Scan(&last); err != nil {
			return err
		}
		for i, e := range events {
			e.ID = last + int64(i) + 1
			if err := putHealth(ctx, tx, e); err != nil {
				return err
			}
		}
		return trimHealth(ctx, tx, last+int64(len(events))-healthMost)
	})
}

func putHealth(ctx context.Context, tx *sql.Tx, e hw.HealthEvent) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encoding an event: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO health_event (id, at, body) VALUES ($1, $2, $3)`, e.ID, e.At.UnixMilli(), valid(body)); err != nil {
		return err
	}
	if e.Kind == hw.HealthKindUpstream {
		if err := putOperator(ctx, tx, e, body); err != nil {
			return err
		}
	}
	for _, upstream := range e.Upstreams {
		const query = `INSERT INTO health_event_upstream (event, upstream) VALUES ($1, $2) ON CONFLICT DO NOTHING`
		if _, err := tx.ExecContext(ctx, query, e.ID, clean(upstream)); err != nil {
			return err
		}
	}
	return nil
}

// trimHealth drops the events up to an id, and those that are too old.
func trimHealth(ctx context.Context, tx *sql.Tx, upTo int64) error {
	// Two statements, so that each has an index to go by.
	many, err := tx.ExecContext(ctx, `DELETE FROM health_event WHERE id <= $1`, upTo)
	if err != nil {
		return err
	}
	old, err := tx.ExecContext(ctx, `DELETE FROM health_event WHERE at < $1`, now().Add(-healthAge).UnixMilli())
	if err != nil {
		return err
	}
	dropped, err := many.RowsAffected()
	if err != nil {
		return err
	}
	aged, err := old.RowsAffected()
	if err != nil || dropped+aged == 0 {
		return err
	}
	const orphans = `
		DELETE FROM health_event_upstream
		WHERE event < (SELECT COALESCE(MIN(id), 0) FROM health_event)`
	_, err = tx.ExecContext(ctx, orphans)
	return err
}

// Health returns events, newest first.
func (s *Store) Health(ctx context.Context, f HealthFilter) ([]hw.HealthEvent, error) {
	if f.Limit <= 0 || f.Limit > HealthPage {
		f.Limit = HealthPage
	}
	if f.Before <= 0 {
		f.Before = 1 << 62
	}
	since, until := int64(0), int64(1<<62)
	if !f.Since.IsZero() {
		since = upMillis(f.Since)
	}
	if !f.Until.IsZero() {
		until = upMillis(f.Until)
	}
	// With + the index by time is left alone: the newest come first by id, and
	// a plan that sorts by it would read everything for each page.
	const (
		all = `
			SELECT body
			FROM health_event
			WHERE id < $1 AND $2 = '' AND +at >= $4 AND +at < $5
			ORDER BY id DESC
			LIMIT $3`
		some = `
			SELECT e.body
			FROM health_event_upstream u
			JOIN health_event e ON e.id = u.event
			WHERE u.event < $1 AND u.upstream = $2 AND +e.at >= $4 AND +e.at < $5
			ORDER BY u.event DESC
			LIMIT $3`
	)
	query := all
	if f.Upstream != "" {
		query = some
	}
	return s.healthEvents(ctx, query, f.Before, f.Upstream, f.Limit, since, until)
}

// upMillis is the first whole millisecond at or after a moment: events are
// numbered by whole ones.
func upMillis(t time.Time) int64 { return t.Add(time.Millisecond - 1).UnixMilli() }

// HealthAfter returns the events after one, given by its id, oldest first: the
// newest of them, at most limit.
func (s *Store) HealthAfter(ctx context.Context, id int64, limit int) ([]hw.HealthEvent, error) {
	const query = `
		SELECT body
		FROM health_event
		WHERE id > $1
		ORDER BY id DESC
		LIMIT $2`
	events, err := s.healthEvents(ctx, query, id, limit)
	slices.Reverse(events)
	return events, err
}

func (s *Store) healthEvents(ctx context.Context, query string, args ...any) ([]hw.HealthEvent, error) {
	events := []hw.HealthEvent{}
	err := s.state.reading(ctx, "reading the history of health", func(ctx context.Context, tx *sql.Tx) error {
		events = events[:0]
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			var body string
			var e hw.HealthEvent
			if err := rows.Scan(&body); err != nil {
				return err
			}
			// One that cannot be read is left out: the others are still true.
			if json.Unmarshal([]byte(body), &e) == nil {
				events = append(events, e)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return events, nil
}
