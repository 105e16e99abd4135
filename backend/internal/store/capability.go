package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"headwater/backend/hw"
)

// The bounds of the records of live checks: whichever is reached first, the
// oldest go. Those of a deleted upstream stay until then and mean nothing any
// more: its id is never used again.
const (
	// CapabilitiesOfModel is how many are kept of one model behind one upstream.
	CapabilitiesOfModel = 10
	// CapabilitiesKept is how many are kept in all, and CapabilitiesListed how
	// many are listed at once.
	CapabilitiesKept   = 2000
	CapabilitiesListed = 500
	// CapabilityBytes bounds one record. Unit: bytes of its JSON.
	CapabilityBytes = 128 << 10
)

// PutCapabilityRecord keeps what a run of live checks showed, and drops what is
// past the bounds.
func (s *Store) PutCapabilityRecord(ctx context.Context, r hw.CapabilityRecord) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding a record of live checks: %w", err)
	}
	if len(body) > CapabilityBytes {
		return fmt.Errorf("keeping a record of live checks: it has %d bytes, at most %d are kept", len(body), CapabilityBytes)
	}
	whole := 0
	if r.Whole() {
		whole = 1
	}
	return s.state.writing(ctx, "keeping a record of live checks", func(ctx context.Context, tx *sql.Tx) error {
		const query = `
			INSERT INTO capability (id, upstream_id, model, at, whole, body)
			VALUES ($1, $2, $3, $4, $5, $6)`
		model := clean(r.Model)
		if _, err := tx.ExecContext(ctx, query, r.ID, r.UpstreamID, model, r.At.UnixMilli(), whole, valid(body)); err != nil {
			return err
		}
		const ofModel = `
			DELETE FROM capability
			WHERE upstream_id = $1
			  AND model = $2
			  AND id NOT IN (
				SELECT id FROM capability
				WHERE upstream_id = $1 AND model = $2
				ORDER BY at DESC, id DESC
				LIMIT $3)`
		if _, err := tx.ExecContext(ctx, ofModel, r.UpstreamID, model, CapabilitiesOfModel); err != nil {
			return err
		}
		const oldest = `
			DELETE FROM capability
			WHERE id NOT IN (SELECT id FROM capability ORDER BY at DESC, id DESC LIMIT $1)`
		_, err := tx.ExecContext(ctx, oldest, CapabilitiesKept)
		return err
	})
}

// CapabilityRecord returns one record. One that is not there gives CodeNotFound.
func (s *Store) CapabilityRecord(ctx context.Context, id string) (r hw.CapabilityRecord, err error) {
	err = s.state.reading(ctx, "reading a record of live checks", func(ctx context.Context, tx *sql.Tx) error {
		r, err = scanCapability(tx.QueryRowContext(ctx, `SELECT body FROM capability WHERE id = $1`, clean(id)))
		if errors.Is(err, sql.ErrNoRows) {
			return hw.Errorf(hw.CodeNotFound, "There is no such record of live checks.")
		}
		return err
	})
	if err != nil {
		return hw.CapabilityRecord{}, err
	}
	return r, nil
}

// CapabilityRecords returns the one that stands for each model behind each
// upstream, newest first, at most CapabilitiesListed: the latest run that came to
// its end, else the latest.
func (s *Store) CapabilityRecords(ctx context.Context) ([]hw.CapabilityRecord, error) {
	const query = `
		SELECT body
		FROM (
			SELECT body, at, id, ROW_NUMBER() OVER (
				PARTITION BY upstream_id, model
				ORDER BY whole DESC, at DESC, id DESC
			) AS nth
			FROM capability) AS ranked
		WHERE nth = 1
		ORDER BY at DESC, id DESC
		LIMIT $1`
	return s.capabilities(ctx, query, CapabilitiesListed)
}

// CapabilityHistory returns what is kept of one model behind one upstream, newest
// first.
func (s *Store) CapabilityHistory(ctx context.Context, upstreamID, model string) ([]hw.CapabilityRecord, error) {
	const query = `
		SELECT body
		FROM capability
		WHERE upstream_id = $1
		  AND model = $2
		ORDER BY at DESC, id DESC`
	return s.capabilities(ctx, query, clean(upstreamID), clean(model))
}

func (s *Store) capabilities(ctx context.Context, query string, args ...any) ([]hw.CapabilityRecord, error) {
	records := []hw.CapabilityRecord{}
	err := s.state.reading(ctx, "reading the records of live checks", func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			r, err := scanCapability(rows)
			if err != nil {
				return err
			}
			records = append(records, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

func scanCapability(row scanner) (r hw.CapabilityRecord, err error) {
	var body string
	if err := row.Scan(&body); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return r, fmt.Errorf("decoding a record of live checks: %w", err)
	}
	return r, nil
}
