package calllog

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"headwater/backend/hw"
)

// schemaVersion is the user_version of a day file. A file of another version
// is not ours to read: it is treated like a damaged one.
const schemaVersion = 1

// schema makes a day file. What is empty or zero is NULL, which costs nothing.
// There is no index: seq is in order of time.
const schema = `
CREATE TABLE call (
	seq           INTEGER PRIMARY KEY,
	id            TEXT NOT NULL,
	started_at    INTEGER NOT NULL, -- Unix nanoseconds
	tenant        TEXT,
	app           TEXT,
	key_id        TEXT,
	client        TEXT,
	dialect       TEXT,
	endpoint      TEXT,
	asked         TEXT,
	route         TEXT,
	stream        INTEGER,
	upstream      TEXT,
	model         TEXT,
	tier          INTEGER,
	status        INTEGER NOT NULL,
	code          TEXT,
	error         TEXT,
	interrupted   INTEGER,
	tokens_in     INTEGER,
	tokens_out    INTEGER,
	tokens_cached INTEGER,
	bytes_in      INTEGER,
	bytes_out     INTEGER,
	first_byte_ms REAL,
	total_ms      REAL,
	dropped       TEXT,
	attempts      TEXT -- JSON
) STRICT
`

const columns = `seq, id, started_at, tenant, app, key_id, client, dialect, endpoint, asked, route, stream,
	upstream, model, tier, status, code, error, interrupted, tokens_in, tokens_out, tokens_cached,
	bytes_in, bytes_out, first_byte_ms, total_ms, dropped, attempts`

const columnCount = 28

// insertSQL is an insert of n rows.
func insertSQL(n int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", columnCount), ",") + ")"
	return "INSERT INTO call (" + columns + ") VALUES " + strings.TrimSuffix(strings.Repeat(row+",", n), ",")
}

// keyOf is the row's key: made from the id, or from the time where the id is
// not one of ours.
func keyOf(c *hw.Call) int64 {
	if seq, ok := seqOf(c.ID); ok {
		return seq
	}
	return seqAt(startOf(c))
}

// dayOfCall is the day whose file the call belongs to: that of its start.
func dayOfCall(c *hw.Call) day { return dayOf(startOf(c)) }

// startOf is the call's start, or now where it is missing or cannot be stored.
func startOf(c *hw.Call) time.Time {
	if y := c.StartedAt.Year(); y < 1970 || y > 2200 {
		return time.Now()
	}
	return c.StartedAt
}

// setArgs fills in the values of one row; args has columnCount places, whose
// ordinals are set. attempts is their JSON.
func setArgs(args []driver.NamedValue, seq int64, c *hw.Call, attempts string) {
	for i, value := range [columnCount]any{
		seq, c.ID, startOf(c).UnixNano(), text(c.Tenant), text(c.App), text(c.KeyID), text(c.Client),
		text(c.Dialect), text(c.Endpoint), text(c.Asked), text(c.Route), flag(c.Stream),
		text(c.Upstream), text(c.Model), integer(int64(c.Tier)), int64(c.Status), text(string(c.Code)), text(c.Error),
		flag(c.Interrupted), integer(c.TokensIn), integer(c.TokensOut), integer(c.TokensCached),
		integer(c.BytesIn), integer(c.BytesOut), number(c.FirstByteMs), number(c.TotalMs), text(c.Dropped), text(attempts),
	} {
		args[i].Value = value
	}
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func integer(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func flag(b bool) any {
	if !b {
		return nil
	}
	return int64(1)
}

func number(f float64) any {
	if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return f
}

// scanCall reads one row of columns.
func scanCall(rows *sql.Rows) (seq int64, c *hw.Call, err error) {
	c = new(hw.Call)
	var startedAt int64
	var attempts string
	err = rows.Scan(&seq, &c.ID, &startedAt, null(&c.Tenant), null(&c.App), null(&c.KeyID), null(&c.Client),
		null(&c.Dialect), null(&c.Endpoint), null(&c.Asked), null(&c.Route), null(&c.Stream),
		null(&c.Upstream), null(&c.Model), null(&c.Tier), &c.Status, null((*string)(&c.Code)), null(&c.Error),
		null(&c.Interrupted), null(&c.TokensIn), null(&c.TokensOut), null(&c.TokensCached),
		null(&c.BytesIn), null(&c.BytesOut), null(&c.FirstByteMs), null(&c.TotalMs), null(&c.Dropped), null(&attempts))
	if err != nil {
		return 0, nil, fmt.Errorf("reading a call: %w", err)
	}
	c.StartedAt = time.Unix(0, startedAt).UTC()
	c.Attempts = []hw.Attempt{}
	if attempts != "" && json.Unmarshal([]byte(attempts), &c.Attempts) != nil {
		// Bits that have flipped on the disk; the rest of the row is worth showing.
		c.Attempts = []hw.Attempt{}
	}
	c.CostUSD, c.TokensEstimated = c.Cost(), c.TokensIn+c.TokensOut > 0 && c.Estimated()
	return seq, c, nil
}

// nullable scans NULL as the zero value.
type nullable[T any] struct{ to *T }

func null[T any](to *T) *nullable[T] { return &nullable[T]{to} }

// Scan implements sql.Scanner.
func (n *nullable[T]) Scan(value any) error {
	var v sql.Null[T]
	if err := v.Scan(value); err != nil {
		return err // Rows.Scan names the column
	}
	*n.to = v.V
	return nil
}
