package schedule

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of these tests, on every machine

	"headwater/backend/hw"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestWhenAScheduleIsDue(t *testing.T) {
	daily := hw.DrillSchedule{At: "02:30"}
	for _, row := range []struct {
		name string
		d    hw.DrillSchedule
		zone string
		from string
		want []string
	}{
		{
			"every day", daily, "UTC", "2026-11-28T02:29:59Z",
			[]string{"2026-11-28T02:30:00Z", "2026-11-29T02:30:00Z", "2026-11-30T02:30:00Z"},
		},
		{
			"at the very moment it is over", daily, "UTC", "2026-11-28T02:30:00Z",
			[]string{"2026-11-29T02:30:00Z"},
		},
		{
			// 28 November 2026 is a Saturday.
			"on days of the week",
			hw.DrillSchedule{At: "02:30", Days: []hw.Weekday{hw.Monday, hw.Thursday}},
			"UTC", "2026-11-28T12:00:00Z",
			[]string{"2026-11-30T02:30:00Z", "2026-12-03T02:30:00Z", "2026-12-07T02:30:00Z"},
		},
		{
			"the day of the week is the zone's",
			hw.DrillSchedule{At: "23:30", Days: []hw.Weekday{hw.Sunday}},
			"America/New_York", "2026-11-28T12:00:00Z",
			[]string{"2026-11-30T04:30:00Z"},
		},
		{
			"every three days from a day on",
			hw.DrillSchedule{At: "00:00", EveryDays: 3, First: "2026-11-27"},
			"UTC", "2026-11-28T12:00:00Z",
			[]string{"2026-11-30T00:00:00Z", "2026-12-03T00:00:00Z"},
		},
		{
			"not before the first day",
			hw.DrillSchedule{At: "02:30", EveryDays: 2, First: "2030-01-01"},
			"UTC", "2026-11-28T12:00:00Z",
			[]string{"2030-01-01T02:30:00Z", "2030-01-03T02:30:00Z"},
		},
		{
			"once a year",
			hw.DrillSchedule{At: "02:30", EveryDays: 365, First: "2026-11-28"},
			"UTC", "2026-11-28T12:00:00Z",
			[]string{"2027-11-28T02:30:00Z", "2028-11-27T02:30:00Z"},
		},
		{
			"the clocks skip the time: once, when they have", daily, "Europe/Berlin", "2026-03-28T12:00:00Z",
			[]string{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		},
		{
			"the clocks show the time twice: the first time alone", daily, "Europe/Berlin", "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		},
		{
			"asked between the two", daily, "Europe/Berlin", "2026-10-25T00:45:00Z",
			[]string{"2026-10-26T01:30:00Z"},
		},
		{
			"the same at the other side of the sea",
			hw.DrillSchedule{At: "01:59"},
			"America/New_York", "2026-11-01T00:00:00Z",
			[]string{"2026-11-01T05:59:00Z", "2026-11-02T06:59:00Z"},
		},
		{
			"a midnight that is skipped",
			hw.DrillSchedule{At: "00:00"},
			"America/Asuncion", "2024-10-05T12:00:00Z",
			[]string{"2024-10-06T04:00:00Z", "2024-10-07T03:00:00Z"},
		},
		{
			"half an hour of summer time",
			hw.DrillSchedule{At: "01:45"},
			"Australia/Lord_Howe", "2026-04-04T00:00:00Z",
			[]string{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"},
		},
		{
			"a day that does not exist is due when the next begins, once",
			hw.DrillSchedule{At: "00:00"},
			"Pacific/Apia", "2011-12-29T11:00:00Z",
			[]string{"2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		},
		{"no time of day", hw.DrillSchedule{At: "noon"}, "UTC", "2026-11-28T12:00:00Z", []string{"0001-01-01T00:00:00Z"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, row.from)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range row.want {
				at = next(&row.d, at, zone(t, row.zone))
				if got := at.UTC().Format(time.RFC3339); got != want {
					t.Fatalf("due at %s, want %s", got, want)
				}
			}
		})
	}
}

// TestOnceADay looks at each hour of years in zones whose clocks change in
// every way: a daily schedule is due once for each day, in order.
func TestOnceADay(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Asuncion", "Asia/Shanghai", "Africa/Casablanca"} {
		z := zone(t, name)
		for _, clock := range []string{"00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "23:59"} {
			d := hw.DrillSchedule{At: clock}
			at := time.Date(2023, 12, 31, 12, 0, 0, 0, z)
			for day := range 3 * 366 {
				due := next(&d, at, z)
				if gap := due.Sub(at); gap <= 0 || day > 0 && (gap < 22*time.Hour || gap > 26*time.Hour) {
					t.Fatalf("%s %s: due at %s, %s after the one before", name, clock, due, gap)
				}
				at = due
			}
			if days := int(at.Sub(time.Date(2023, 12, 31, 12, 0, 0, 0, z)).Hours()/24 + 0.5); days < 3*366-1 || days > 3*366+1 {
				t.Errorf("%s %s: %d due times in %d days", name, clock, 3*366, days)
			}
		}
	}
}
