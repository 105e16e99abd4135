package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
)

// maxCatalogFile bounds the file of facts that is kept. Unit: bytes.
const maxCatalogFile = 64 << 20

// CatalogFile is a packed file of facts.
type CatalogFile struct {
	// Digest names it; empty means that no file is kept any more.
	Digest string
	Body   []byte
}

// putCatalogFile keeps one file in place of every other.
func putCatalogFile(ctx context.Context, tx *sql.Tx, f *CatalogFile) error {
	if f == nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM catalog_file`); err != nil {
		return fmt.Errorf("dropping the catalogue file: %w", err)
	}
	if f.Digest == "" {
		return nil
	}
	const query = `INSERT INTO catalog_file (digest, body) VALUES ($1, $2)`
	if _, err := tx.ExecContext(ctx, query, f.Digest, base64.StdEncoding.EncodeToString(f.Body)); err != nil {
		return fmt.Errorf("writing the catalogue file: %w", err)
	}
	return nil
}

// CatalogFile returns the file that is kept; one without a digest when there is
// none.
func (s *Store) CatalogFile(ctx context.Context) (f CatalogFile, err error) {
	var body string
	err = s.config.reading(ctx, "reading the catalogue file", func(ctx context.Context, tx *sql.Tx) error {
		f = CatalogFile{}
		err := tx.QueryRowContext(ctx, `SELECT digest, body FROM catalog_file`).Scan(&f.Digest, &body)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return CatalogFile{}, err
	}
	if f.Body, err = base64.StdEncoding.DecodeString(body); err != nil {
		return CatalogFile{}, fmt.Errorf("decoding the catalogue file: %w", err)
	}
	return f, nil
}
