package calllog

import (
	"context"
	"errors"
	"slices"
)

// writer holds the day files that are being written. Not safe for concurrent use.
type writer struct {
	dir  string
	open map[day]*dayWriter
}

// openDays is how many day files are kept open: today's, and yesterday's for
// calls that began before midnight.
const openDays = 2

func (w *writer) day(ctx context.Context, d day) (*dayWriter, error) {
	if f, ok := w.open[d]; ok {
		if !f.gone() {
			return f, nil
		}
		_ = w.drop(d) // there is nothing left to be saved
	}
	for len(w.open) >= openDays {
		if err := w.drop(slices.Min(w.days())); err != nil {
			return nil, err
		}
	}
	f, err := openDayWriter(ctx, w.dir, d)
	if err != nil {
		return nil, err
	}
	w.open[d] = f
	return f, nil
}

func (w *writer) days() []day {
	days := make([]day, 0, len(w.open))
	for d := range w.open {
		days = append(days, d)
	}
	return days
}

// drop closes a day's file; not being open is fine.
func (w *writer) drop(d day) error {
	f, ok := w.open[d]
	if !ok {
		return nil
	}
	delete(w.open, d)
	return f.close()
}

func (w *writer) close() error {
	var errs []error
	for _, d := range w.days() {
		errs = append(errs, w.drop(d))
	}
	return errors.Join(errs...)
}
