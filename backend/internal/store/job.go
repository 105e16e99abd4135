package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"headwater/backend/hw"
)

// JobsKept is how many jobs are kept, the newest ones.
const JobsKept = 200

// PutJob keeps a job as it stands, and drops the oldest beyond JobsKept.
func (s *Store) PutJob(ctx context.Context, job hw.Job) error {
	body, err := json.Marshal(job)
	if err != nil {
		return fmt.Errorf("encoding a job: %w", err)
	}
	return s.state.writing(ctx, "keeping a job", func(ctx context.Context, tx *sql.Tx) error {
		const query = `
			INSERT INTO job (id, state, started_at, body)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`
		if _, err := tx.ExecContext(ctx, query, job.ID, string(job.State), job.StartedAt.UnixMilli(), valid(body)); err != nil {
			return err
		}
		const oldest = `
			DELETE FROM job
			WHERE state <> $1
			  AND id NOT IN (SELECT id FROM job ORDER BY started_at DESC, id DESC LIMIT $2)`
		_, err := tx.ExecContext(ctx, oldest, string(hw.JobRunning), JobsKept)
		return err
	})
}

// Jobs returns the jobs that are kept, newest first.
func (s *Store) Jobs(ctx context.Context) ([]hw.Job, error) {
	jobs := []hw.Job{}
	err := s.state.reading(ctx, "reading jobs", func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT body FROM job ORDER BY started_at DESC, id DESC`)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			job, err := scanJob(rows)
			if err != nil {
				return err
			}
			jobs = append(jobs, job)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

// Job returns one job. One that is not there gives CodeNotFound.
func (s *Store) Job(ctx context.Context, id string) (job hw.Job, err error) {
	err = s.state.reading(ctx, "reading a job", func(ctx context.Context, tx *sql.Tx) error {
		job, err = scanJob(tx.QueryRowContext(ctx, `SELECT body FROM job WHERE id = $1`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return hw.Errorf(hw.CodeNotFound, "There is no such job.")
		}
		return err
	})
	if err != nil {
		return hw.Job{}, err
	}
	return job, nil
}

func scanJob(row scanner) (job hw.Job, err error) {
	var body string
	if err := row.Scan(&body); err != nil {
		return job, err
	}
	if err := json.Unmarshal([]byte(body), &job); err != nil {
		return job, fmt.Errorf("decoding a job: %w", err)
	}
	return job, nil
}
