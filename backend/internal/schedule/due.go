package schedule

import (
	"slices"
	"time"

	"headwater/backend/hw"
)

// next is the first due time of a schedule after a moment, in a zone; zero for
// one whose time of day cannot be read. There is one for each day that the
// schedule is for, whatever the clocks do on it.
func next(d *hw.DrillSchedule, after time.Time, zone *time.Location) time.Time {
	clock, err := time.Parse("15:04", d.At)
	if err != nil {
		return time.Time{}
	}
	local := after.In(zone)
	// The day before is looked at too: a change of the clocks around midnight
	// may have put its time after the moment.
	day := date(local.Year(), local.Month(), local.Day()).AddDate(0, 0, -1)
	first := firstDay(d)
	if d.EveryDays > 0 && day.Before(first) {
		day = first
	}
	// A day that is right comes within a week or EveryDays; one more day may be
	// over already, on both sides.
	for range max(d.EveryDays, 7) + 3 {
		if falls(d, day, first) {
			if due := moment(day, clock, zone); due.After(after) {
				return due
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return time.Time{}
}

// date is a day without a zone, so that days can be counted.
func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// firstDay is the day from which EveryDays counts.
func firstDay(d *hw.DrillSchedule) time.Time {
	day, err := time.Parse(time.DateOnly, d.First)
	if err != nil {
		return time.Unix(0, 0).UTC()
	}
	return day
}

// falls reports whether a schedule is for a day.
func falls(d *hw.DrillSchedule, day, first time.Time) bool {
	if d.EveryDays > 0 {
		days := int(day.Sub(first) / (24 * time.Hour))
		return days >= 0 && days%d.EveryDays == 0
	}
	return len(d.Days) == 0 || slices.Contains(d.Days, hw.WeekdayOf(day))
}

// moment is when a clock shows a time on a day: the first time when it does so
// twice, and the moment of the change when a change skips it.
func moment(day, clock time.Time, zone *time.Location) time.Time {
	at := time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), 0, 0, zone)
	began, ends := at.ZoneBounds()
	if at.Hour() != clock.Hour() || at.Minute() != clock.Minute() {
		// Which side of the gap time.Date has chosen is not promised.
		if !began.IsZero() && at.Sub(began) < 24*time.Hour {
			return began
		}
		return ends
	}
	if began.IsZero() {
		return at
	}
	_, now := at.Zone()
	_, before := began.Add(-time.Second).Zone()
	if earlier := at.Add(time.Duration(now-before) * time.Second); earlier.Before(began) && before > now {
		return earlier
	}
	return at
}
