package calllog

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"headwater/backend/hw"
)

const (
	// readTime is the longest a question may take.
	readTime = 5 * time.Second
	// exportRows is how many rows are read at once for an export, so that a
	// slow client never keeps a file from being folded.
	exportRows = 1000
	// showDays is how many days are searched for one call.
	showDays = 64
)

// search is the state of one List.
type search struct {
	filter *Filter
	// want is one more than the page holds, to know whether there is a next.
	want  int
	calls []*hw.Call
	// places are the cursors of calls.
	places []cursor
	// from is where the search goes on.
	from cursor
	// advanced is true once a row was found or a whole day searched.
	advanced bool
}

// List returns calls, newest first, at most 200 ms behind Record. A search
// that takes longer than five seconds ends with what it has and says so.
func (l *Log) List(ctx context.Context, f Filter) (Page, error) {
	s := &search{filter: &f, want: f.limit() + 1, calls: []*hw.Call{}}
	err := f.check()
	if err != nil {
		return Page{}, err
	}
	if s.from, err = parseCursor(f.Cursor); err != nil {
		return Page{}, err
	}
	all, err := daysIn(l.dir)
	if err != nil {
		return Page{}, err
	}
	bounded, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	for _, d := range slices.Backward(f.days(all)) {
		if d > s.from.day {
			continue
		}
		if d < s.from.day {
			s.from = cursor{d, math.MaxInt64}
		}
		if err := l.searchDay(bounded, s); err != nil {
			if bounded.Err() != nil && ctx.Err() == nil {
				return s.outOfTime()
			}
			return Page{}, err
		}
		if len(s.calls) == s.want {
			break
		}
		s.advanced = true
	}
	return s.page(), nil
}

// searchDay adds the matching calls of the day s.from is in.
func (l *Log) searchDay(ctx context.Context, s *search) error {
	w := s.filter.where()
	w.add("seq < ?", s.from.seq)
	query := "SELECT " + columns + " FROM call" + w.String() + " ORDER BY seq DESC LIMIT ?"
	d := s.from.day
	return l.query(ctx, d, query, append(w.args, s.want-len(s.calls)), func(rows *sql.Rows) error {
		seq, c, err := scanCall(rows)
		if err != nil {
			return err
		}
		s.from, s.advanced = cursor{d, seq}, true
		s.calls, s.places = append(s.calls, c), append(s.places, s.from)
		return nil
	})
}

func (s *search) page() Page {
	if len(s.calls) < s.want {
		return Page{Calls: s.calls}
	}
	n := s.want - 1
	return Page{Calls: s.calls[:n], Next: s.places[n-1].String()}
}

// outOfTime ends a search in the middle. One that has got nowhere would get
// nowhere again.
func (s *search) outOfTime() (Page, error) {
	if !s.advanced {
		e := hw.Errorf(hw.CodeUnavailable, "The search took too long.")
		e.Hint = "Narrow the search by time."
		return Page{}, e.Because(context.DeadlineExceeded)
	}
	return Page{Calls: s.calls, Next: s.from.String(), Partial: true}, nil
}

// Show returns one call by its id, or CodeNotFound.
func (l *Log) Show(ctx context.Context, id string) (*hw.Call, error) {
	notFound := hw.Errorf(hw.CodeNotFound, "There is no call %.60q; it may be older than calls are kept.", id)
	seq, ok := seqOf(strings.ToLower(id))
	if !ok {
		return nil, notFound
	}
	all, err := daysIn(l.dir)
	if err != nil {
		return nil, err
	}
	// The id was made within moments of the start, unless the clock jumped: the
	// nearest days come first, and midnight is no special case.
	made := dayOfSeq(seq).start()
	distance := func(d day) time.Duration { return d.start().Sub(made).Abs() }
	slices.SortFunc(all, func(a, b day) int { return cmp.Compare(distance(a), distance(b)) })
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	const query = "SELECT " + columns + " FROM call WHERE seq BETWEEN ? AND ? AND id = ?"
	for _, d := range all[:min(len(all), showDays)] {
		var found *hw.Call
		args := []any{seq, seq + seqTries - 1, strings.ToLower(id)}
		err := l.query(ctx, d, query, args, func(rows *sql.Rows) (err error) {
			_, found, err = scanCall(rows)
			return err
		})
		if err != nil || found != nil {
			return found, err
		}
	}
	return nil, notFound
}

// Export writes the calls that a filter chooses as JSON lines, oldest first,
// and says how many. Limit and Cursor of the filter are not used. It goes on
// for as long as ctx and the writer allow; only each read is bounded.
func (l *Log) Export(ctx context.Context, w io.Writer, f Filter) (rows int64, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	lines := json.NewEncoder(out)
	err = l.Each(ctx, f, func(c *hw.Call) error {
		if err := lines.Encode(c); err != nil {
			return fmt.Errorf("writing the export: %w", err)
		}
		rows++
		return nil
	})
	if flushErr := out.Flush(); flushErr != nil {
		err = errors.Join(err, fmt.Errorf("writing the export: %w", flushErr))
	}
	return rows, err
}

// Each calls fn with the calls that a filter chooses, oldest first, until it
// returns an error. Limit and Cursor of the filter are not used.
func (l *Log) Each(ctx context.Context, f Filter, fn func(*hw.Call) error) error {
	f.Limit, f.Cursor = 0, ""
	if err := f.check(); err != nil {
		return err
	}
	all, err := daysIn(l.dir)
	if err != nil {
		return err
	}
	for _, d := range f.days(all) {
		for after := int64(-1); ; {
			calls, last, err := l.exportSome(ctx, &f, d, after)
			if err != nil {
				return err
			}
			for _, c := range calls {
				if err := fn(c); err != nil {
					return err
				}
			}
			if len(calls) < exportRows {
				break
			}
			after = last
		}
	}
	return nil
}

// exportSome reads the next rows of a day, in order of keys.
func (l *Log) exportSome(ctx context.Context, f *Filter, d day, after int64) (calls []*hw.Call, last int64, err error) {
	w := f.where()
	w.add("seq > ?", after)
	query := "SELECT " + columns + " FROM call" + w.String() + " ORDER BY seq LIMIT ?"
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	err = l.query(ctx, d, query, append(w.args, exportRows), func(rows *sql.Rows) error {
		seq, c, err := scanCall(rows)
		if err != nil {
			return err
		}
		calls, last = append(calls, c), seq
		return nil
	})
	return calls, last, err
}
