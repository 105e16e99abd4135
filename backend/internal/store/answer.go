package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"headwater/backend/hw"
)

// The bounds of the answers that are kept: whichever is reached first, the
// oldest go.
const (
	AnswersAge   = 30 * 24 * time.Hour
	AnswersBytes = 256 << 20
)

// SealedAnswer is an answer that its app may continue.
type SealedAnswer struct {
	// ID is the answer's own, App the id of the app it was given to.
	ID, App   string
	CreatedAt time.Time
	Body      string
}

// PutAnswers keeps answers; one whose id is there already stays as it is, and
// what is past the bounds goes.
func (s *Store) PutAnswers(ctx context.Context, answers []SealedAnswer) error {
	return s.state.writing(ctx, "keeping answers", func(ctx context.Context, tx *sql.Tx) error {
		for _, a := range answers {
			const query = `
				INSERT INTO answer (id, app, created_at, size, body)
				VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (app, id) DO NOTHING`
			if _, err := tx.ExecContext(ctx, query, clean(a.ID), a.App, a.CreatedAt.UnixMilli(), len(a.Body), a.Body); err != nil {
				return err
			}
		}
		return trimAnswers(ctx, tx)
	})
}

// trimAnswers deletes what is too old and, while all are too large, the oldest.
func trimAnswers(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM answer WHERE created_at < $1`, now().Add(-AnswersAge).UnixMilli()); err != nil {
		return err
	}
	var size int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(size), 0) FROM answer`).Scan(&size); err != nil || size <= AnswersBytes {
		return err
	}
	const query = `
		DELETE FROM answer
		WHERE (app, id) IN (
			SELECT app, id
			FROM (SELECT app, id, SUM(size) OVER (ORDER BY created_at DESC, app, id) AS upto FROM answer) AS aged
			WHERE upto > $1)`
	_, err := tx.ExecContext(ctx, query, AnswersBytes)
	return err
}

// Answer returns one that an app was given; CodeNotFound when there is none.
func (s *Store) Answer(ctx context.Context, app, id string) (a SealedAnswer, err error) {
	err = s.state.reading(ctx, "reading an answer", func(ctx context.Context, tx *sql.Tx) error {
		var created int64
		row := tx.QueryRowContext(ctx, `SELECT id, app, created_at, body FROM answer WHERE id = $1 AND app = $2`, clean(id), app)
		err := row.Scan(&a.ID, &a.App, &created, &a.Body)
		if errors.Is(err, sql.ErrNoRows) {
			return hw.Errorf(hw.CodeNotFound, "There is no such answer.")
		}
		if err != nil {
			return fmt.Errorf("reading an answer: %w", err)
		}
		a.CreatedAt = time.UnixMilli(created).UTC()
		return nil
	})
	return a, err
}

// DropAnswer deletes one that an app was given; CodeNotFound when there is none.
func (s *Store) DropAnswer(ctx context.Context, app, id string) error {
	return s.state.writing(ctx, "deleting an answer", func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM answer WHERE id = $1 AND app = $2`, clean(id), app)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return hw.Errorf(hw.CodeNotFound, "There is no such answer.")
	})
}
