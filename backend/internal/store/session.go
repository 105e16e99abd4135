package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"headwater/backend/hw"
)

// Session is a signed-in member. Only the hash of its token is kept.
type Session struct {
	// ID identifies the session for people and revocation; it opens nothing.
	ID string
	// TokenHash is the SHA-256 of the token.
	TokenHash [32]byte
	// Member is the member's name, Role its role when it signed in.
	Member string
	Role   hw.Role
	// Remote is the address it signed in from.
	Remote string
	// The times are UTC, whole milliseconds. Past ExpiresAt the session is gone.
	CreatedAt, LastSeenAt, ExpiresAt time.Time
}

const sessionColumns = `id, token_sha256, member, role, remote, created_at, last_seen_at, expires_at`

// PutSession adds a session, and removes those that have expired.
func (s *Store) PutSession(ctx context.Context, session Session) error {
	return s.state.writing(ctx, "adding a session", func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE expires_at <= $1`, now().UnixMilli()); err != nil {
			return err
		}
		const query = `
			INSERT INTO session (` + sessionColumns + `)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
		_, err := tx.ExecContext(ctx, query, session.ID, hex.EncodeToString(session.TokenHash[:]), session.Member, string(session.Role),
			clean(session.Remote), session.CreatedAt.UnixMilli(), session.LastSeenAt.UnixMilli(), session.ExpiresAt.UnixMilli())
		return err
	})
}

// SessionByToken returns the session whose token has this hash. None, or one
// that has expired, gives CodeUnauthenticated. How long a session may be idle
// is for the caller to judge by LastSeenAt.
func (s *Store) SessionByToken(ctx context.Context, hash [32]byte) (session Session, err error) {
	err = s.state.reading(ctx, "finding a session", func(ctx context.Context, tx *sql.Tx) error {
		const query = `
			SELECT ` + sessionColumns + `
			FROM session
			WHERE token_sha256 = $1
			  AND expires_at > $2`
		session, err = scanSession(tx.QueryRowContext(ctx, query, hex.EncodeToString(hash[:]), now().UnixMilli()))
		if errors.Is(err, sql.ErrNoRows) {
			return hw.Errorf(hw.CodeUnauthenticated, "The session has ended.")
		}
		return err
	})
	if err != nil {
		return Session{}, err
	}
	return session, nil
}

// TouchSession notes when a session was last used. One that is gone gives
// CodeUnauthenticated.
func (s *Store) TouchSession(ctx context.Context, id string, at time.Time) error {
	return s.state.writing(ctx, "touching a session", func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE session SET last_seen_at = $1 WHERE id = $2`, at.UnixMilli(), id)
		return changedOne(result, err, hw.Errorf(hw.CodeUnauthenticated, "The session has ended."))
	})
}

// Sessions returns the sessions that have not expired, oldest first.
func (s *Store) Sessions(ctx context.Context) ([]Session, error) {
	sessions := []Session{}
	err := s.state.reading(ctx, "reading sessions", func(ctx context.Context, tx *sql.Tx) error {
		const query = `
			SELECT ` + sessionColumns + `
			FROM session
			WHERE expires_at > $1
			ORDER BY created_at, id`
		rows, err := tx.QueryContext(ctx, query, now().UnixMilli())
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			session, err := scanSession(rows)
			if err != nil {
				return err
			}
			sessions = append(sessions, session)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return sessions, nil
}

// DeleteSession ends a session. One that is not there gives CodeNotFound.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	return s.state.writing(ctx, "ending a session", func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM session WHERE id = $1`, id)
		return changedOne(result, err, hw.Errorf(hw.CodeNotFound, "There is no such session."))
	})
}

// DeleteSessionsOf ends all sessions of a member and returns their ids, so that
// their open connections can be cut.
func (s *Store) DeleteSessionsOf(ctx context.Context, member string) (ids []string, err error) {
	err = s.state.writing(ctx, "ending the sessions of a member", func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `DELETE FROM session WHERE member = $1 RETURNING id`, member)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err tells what matters
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// changedOne returns missing when a statement changed no row.
func changedOne(result sql.Result, err error, missing *hw.Error) error {
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if changed == 0 {
		return missing
	}
	return nil
}

func scanSession(row scanner) (session Session, err error) {
	var hash string
	var created, seen, expires int64
	err = row.Scan(&session.ID, &hash, &session.Member, &session.Role, &session.Remote, &created, &seen, &expires)
	if err != nil {
		return Session{}, err
	}
	if n, err := hex.Decode(session.TokenHash[:], []byte(hash)); err != nil || n != len(session.TokenHash) {
		return Session{}, fmt.Errorf("session %s has no valid token hash", session.ID)
	}
	session.CreatedAt, session.LastSeenAt, session.ExpiresAt = fromMillis(created), fromMillis(seen), fromMillis(expires)
	return session, nil
}
