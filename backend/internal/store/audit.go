package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"time"

	"headwater/backend/hw"
)

// AuditEvent is something worth keeping that changed no document: a sign-in, a
// refused one, a look at stored secrets.
type AuditEvent struct {
	// Actor is who did it, as far as known.
	Actor string
	// Remote is the address it came from; may be empty.
	Remote string
	// Action names it, e.g. sessions.create.
	Action string
	// Detail is the rest, in words; at most 4096 bytes are kept.
	Detail string
}

// AuditHead is the newest link of the chain, signed with the audit key. One
// that was written down elsewhere proves later that nothing before it was
// taken away, not even by putting back an older copy of the whole database.
type AuditHead struct {
	// Link counts the links from 1; zero means an empty chain.
	Link int64 `json:"link"`
	// Digest is the link's SHA-256 in hex.
	Digest string `json:"digest"`
	// Signature is an HMAC-SHA-256 of the two in hex.
	Signature string `json:"signature"`
}

// actionBroken marks the place where a head was found that this installation
// had not signed.
const actionBroken = "audit.broken"

// Audit adds an event to the chain.
func (s *Store) Audit(ctx context.Context, event AuditEvent) error {
	var head AuditHead
	err := s.config.writing(ctx, "auditing "+event.Action, func(ctx context.Context, tx *sql.Tx) (err error) {
		if err := lockChain(ctx, tx); err != nil {
			return err
		}
		head, err = s.addLink(ctx, tx, link{
			at: now(), actor: clean(event.Actor), remote: clean(event.Remote), action: clean(event.Action), detail: clean(event.Detail),
		})
		return err
	})
	if err != nil {
		return err
	}
	s.tellHead(head)
	return nil
}

// AuditHead returns the newest link, for writing it down elsewhere.
func (s *Store) AuditHead(ctx context.Context) (head AuditHead, err error) {
	err = s.config.reading(ctx, "reading the audit head", func(ctx context.Context, tx *sql.Tx) error {
		head, err = readHead(ctx, tx)
		return err
	})
	return head, err
}

// link is one row of the chain. Its digest covers every other field.
type link struct {
	number                        int64
	at                            time.Time
	actor, remote, action, detail string
	// generation is the change the link stands for, content its digest; zero
	// and empty for an event.
	generation       int64
	content          string
	previous, digest string
}

// linkOf is the link that stands for a change.
func linkOf(c hw.Change) link {
	return link{
		at: c.At, actor: c.Actor, remote: c.Remote, action: c.Action, detail: c.Summary,
		generation: c.Generation, content: digestChange(c),
	}
}

// sum is the digest of a link.
func (l link) sum() string {
	e := newEncoder("headwater audit link 1")
	e.number(l.number)
	e.number(l.at.UnixMilli())
	e.text(l.actor, l.remote, l.action, l.detail)
	e.number(l.generation)
	e.text(l.content, l.previous)
	return e.sum()
}

// digestChange is the digest of everything a change record says.
func digestChange(c hw.Change) string {
	e := newEncoder("headwater change 1")
	e.number(c.Generation)
	e.number(c.At.UnixMilli())
	e.text(c.ID, c.Actor, c.Remote, c.Action, c.Summary)
	e.number(int64(len(c.Items)))
	for _, item := range c.Items {
		e.text(string(item.Kind), item.DocID, item.Name, item.Tenant)
		e.number(item.Version)
		e.body(item.Before)
		e.body(item.After)
	}
	return e.sum()
}

// encoder is the canonical encoding under the digests: numbers as 8 bytes,
// text behind its length, so that no two contents give the same bytes.
type encoder struct{ h hash.Hash }

func newEncoder(purpose string) encoder {
	e := encoder{sha256.New()}
	e.text(purpose)
	return e
}

func (e encoder) number(n int64) {
	e.h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // the bits matter, not the sign; and a hash never fails
}

func (e encoder) text(texts ...string) {
	for _, t := range texts {
		e.number(int64(len(t)))
		e.h.Write([]byte(t))
	}
}

// body tells an absent document from an empty one.
func (e encoder) body(body json.RawMessage) {
	if body == nil {
		e.number(-1)
		return
	}
	e.text(string(body))
}

func (e encoder) sum() string { return hex.EncodeToString(e.h.Sum(nil)) }

// sign returns a head with its signature.
func (s *Store) sign(number int64, digest string) AuditHead {
	return AuditHead{Link: number, Digest: digest, Signature: hex.EncodeToString(s.mac(number, digest))}
}

// signed reports whether this installation signed a head. The empty chain of a
// new database has none.
func (s *Store) signed(head AuditHead) bool {
	if head == (AuditHead{}) {
		return true
	}
	signature, err := hex.DecodeString(head.Signature)
	return err == nil && hmac.Equal(signature, s.mac(head.Link, head.Digest))
}

func (s *Store) mac(number int64, digest string) []byte {
	mac := hmac.New(sha256.New, s.auditKey)
	e := encoder{mac}
	e.text("headwater audit head 1")
	e.number(number)
	e.text(digest)
	return mac.Sum(nil)
}

// addLink appends to the chain and signs the new head. It goes on from the
// head, not from the last row: what was cut off between them stays missing for
// good. A head with a wrong signature does not stop the service, but leaves a
// mark that every later verification finds.
func (s *Store) addLink(ctx context.Context, tx *sql.Tx, l link) (AuditHead, error) {
	head, err := readHead(ctx, tx)
	if err != nil {
		return AuditHead{}, err
	}
	if !s.signed(head) {
		s.log.Error("audit chain was changed by someone else, or the key file was replaced", "link", head.Link)
		mark := link{at: l.at, action: actionBroken, detail: "The head before this link was not signed by this installation."}
		if head, err = s.insertLink(ctx, tx, head, mark); err != nil {
			return AuditHead{}, err
		}
	}
	return s.insertLink(ctx, tx, head, l)
}

// insertLink writes one link behind a head, and the head it makes.
func (s *Store) insertLink(ctx context.Context, tx *sql.Tx, head AuditHead, l link) (AuditHead, error) {
	l.number, l.previous = head.Link+1, head.Digest
	l.digest = l.sum()
	const query = `
		INSERT INTO audit (link, made_at, actor, remote, action, detail, generation, content, previous, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	_, err := tx.ExecContext(ctx, query, l.number, l.at.UnixMilli(), l.actor, l.remote, l.action, l.detail,
		l.generation, l.content, l.previous, l.digest)
	if err != nil {
		return AuditHead{}, fmt.Errorf("writing audit link %d: %w", l.number, err)
	}
	next := s.sign(l.number, l.digest)
	return next, writeHead(ctx, tx, next)
}

// lockChain makes the next writer wait, as nextGeneration does for a change.
func lockChain(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `UPDATE generation SET value = value WHERE id = 1`); err != nil {
		return fmt.Errorf("locking the audit chain: %w", err)
	}
	return nil
}

// readHead returns the stored head, or an empty one when there is none.
func readHead(ctx context.Context, tx *sql.Tx) (head AuditHead, err error) {
	const query = `
		SELECT link, digest, signature
		FROM audit_head
		WHERE id = 1`
	err = tx.QueryRowContext(ctx, query).Scan(&head.Link, &head.Digest, &head.Signature)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return AuditHead{}, fmt.Errorf("reading the audit head: %w", err)
	}
	return head, nil
}

func writeHead(ctx context.Context, tx *sql.Tx, head AuditHead) error {
	const query = `
		INSERT INTO audit_head (id, link, digest, signature)
		VALUES (1, $1, $2, $3)
		ON CONFLICT (id) DO UPDATE
		SET link = excluded.link, digest = excluded.digest, signature = excluded.signature`
	if _, err := tx.ExecContext(ctx, query, head.Link, head.Digest, head.Signature); err != nil {
		return fmt.Errorf("writing the audit head: %w", err)
	}
	return nil
}

// tellHead writes the head down where the database cannot change it: the
// system's log. Without the signature, which would let a reader of the log cut
// the chain off at this link.
func (s *Store) tellHead(head AuditHead) {
	s.log.Info("audit chain grew", "link", head.Link, "digest", head.Digest)
}
