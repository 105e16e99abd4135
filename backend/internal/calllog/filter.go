package calllog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"headwater/backend/hw"
)

// The bounds of a question.
const (
	// DefaultLimit and MaxLimit are for List; Export has no limit of its own.
	DefaultLimit = 50
	MaxLimit     = 500
	maxText      = 200 // runes
)

// Filter chooses calls; the zero Filter means all of them. Fields are joined by
// "and"; texts are compared exactly unless said otherwise.
type Filter struct {
	// Since and Until bound the call's start: Since is in, Until is out. Zero
	// means no bound.
	Since, Until time.Time
	// Status is one HTTP status, StatusClass the first digit of it (4 means
	// 400 to 499); 0 means any.
	Status, StatusClass int
	// Errors keeps only calls that failed or were interrupted.
	Errors bool
	// Code is an error code.
	Code hw.Code
	// Model matches the model as asked for or as answered by.
	Model string
	Route string
	// Tenant, App and Key (the key document's id) say who called.
	Tenant, App, Key string
	// Upstream matches what answered and what was tried.
	Upstream string
	// Text is looked for in id, asked model and error, without regard to the
	// case of ASCII letters. At most 200 characters.
	Text string
	// Limit is the size of a page. Zero means 50; at most 500.
	Limit int
	// Cursor is the Next of the page before; empty means the newest calls.
	Cursor string
}

// Page is a part of a list, newest first.
type Page struct {
	Calls []*hw.Call `json:"calls" nullable:"false"`
	// Next is the cursor of the next page; empty when this is the last.
	Next string `json:"next,omitempty"`
	// Partial is true when the search ran out of time; Next goes on where it
	// stopped, and there may be few calls on this page, or none.
	Partial bool `json:"partial,omitempty"`
}

// check refuses what cannot be asked. Errors are *hw.Error.
func (f *Filter) check() error {
	switch {
	case f.Limit < 0 || f.Limit > MaxLimit:
		return hw.Errorf(hw.CodeBadRequest, "The limit must be between 1 and %d.", MaxLimit).At("limit")
	case f.StatusClass < 0 || f.StatusClass > 9:
		return hw.Errorf(hw.CodeBadRequest, "The status class must be a digit from 1 to 9.").At("status")
	case utf8.RuneCountInString(f.Text) > maxText || !utf8.ValidString(f.Text):
		return hw.Errorf(hw.CodeBadRequest, "The text must be valid and have at most %d characters.", maxText).At("text")
	case !f.Since.IsZero() && !f.Until.IsZero() && f.Until.Before(f.Since):
		return hw.Errorf(hw.CodeBadRequest, "The end must not be before the beginning.").At("until")
	}
	return nil
}

// limit is the size of a page.
func (f *Filter) limit() int {
	if f.Limit == 0 {
		return DefaultLimit
	}
	return f.Limit
}

// where collects conditions and the values they bind.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(condition string, args ...any) {
	w.conditions = append(w.conditions, condition)
	w.args = append(w.args, args...)
}

func (w *where) equal(column, value string) {
	if value != "" {
		w.add(column+" = ?", value)
	}
}

// String is the WHERE clause; empty when there are no conditions.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// where is the filter in SQL, without its cursor.
func (f *Filter) where() *where {
	w := &where{}
	if !f.Since.IsZero() {
		w.add("started_at >= ?", nano(f.Since))
	}
	if !f.Until.IsZero() {
		w.add("started_at < ?", nano(f.Until))
	}
	if f.Status != 0 {
		w.add("status = ?", f.Status)
	}
	if f.StatusClass != 0 {
		w.add("status BETWEEN ? AND ?", f.StatusClass*100, f.StatusClass*100+99)
	}
	if f.Errors {
		w.add("(status >= 400 OR interrupted = 1)")
	}
	w.equal("code", string(f.Code))
	w.equal("route", f.Route)
	w.equal("tenant", f.Tenant)
	w.equal("app", f.App)
	w.equal("key_id", f.Key)
	if f.Model != "" {
		w.add("(asked = ? OR model = ?)", f.Model, f.Model)
	}
	if f.Upstream != "" {
		tried := string(appendString([]byte(`"upstream":`), f.Upstream))
		w.add("(upstream = ? OR instr(attempts, ?) > 0)", f.Upstream, tried)
	}
	if f.Text != "" {
		pattern := "%" + likeEscaper().Replace(f.Text) + "%"
		w.add(`(id LIKE ? ESCAPE '\' OR asked LIKE ? ESCAPE '\' OR error LIKE ? ESCAPE '\')`, pattern, pattern, pattern)
	}
	return w
}

func likeEscaper() *strings.Replacer {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
}

// nano is a bound in the column's unit, within what the column can hold.
func nano(t time.Time) int64 {
	switch y := t.Year(); {
	case y < 1970:
		return 0
	case y > 2200:
		return time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	}
	return t.UnixNano()
}

// days keeps the days that can hold what the filter asks for.
func (f *Filter) days(all []day) []day {
	var out []day
	for _, d := range all {
		if !f.Since.IsZero() && d < dayOf(f.Since) || !f.Until.IsZero() && d > dayOf(f.Until) {
			continue
		}
		out = append(out, d)
	}
	return out
}

// cursor is a place in the list: what comes next has a smaller key on this
// day, or is of an earlier day.
type cursor struct {
	day day
	seq int64
}

func (c cursor) String() string {
	return fmt.Sprintf("%08d-%x", int(c.day), c.seq)
}

// parseCursor reads a cursor; the empty one is before all calls.
func parseCursor(text string) (cursor, error) {
	if text == "" {
		return cursor{day: 99991231, seq: 1<<63 - 1}, nil
	}
	name, key, ok := strings.Cut(text, "-")
	d, isDay := parseDay(name)
	seq, err := strconv.ParseUint(key, 16, 63)
	if !ok || !isDay || err != nil || len(key) > 16 {
		return cursor{}, hw.Errorf(hw.CodeBadRequest, "The cursor is not one of a page of calls.").At("cursor")
	}
	return cursor{d, int64(seq)}, nil
}
