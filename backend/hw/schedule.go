package hw

import (
	"slices"
	"time"
)

// DrillSchedule starts a fire drill again and again: every day, on chosen days
// of the week, or every so many days, at a time of day in the local time of
// the machine that Headwater runs on.
type DrillSchedule struct {
	Meta
	// Name is unique in the installation; the drills it starts say that
	// "schedule NAME" started them.
	Name string `json:"name" doc:"Unique name" example:"nightly"`
	// Title is shown to people; empty means Name.
	Title string `json:"title,omitempty" doc:"Shown to people; empty means the name"`
	// State is enabled or disabled; empty means enabled. A disabled one starts
	// nothing; what it has started goes on.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
	// At is the time of day, HH:MM, in this machine's local time. One that a
	// change of the clocks skips is due when the clocks have changed, one that
	// comes twice the first time only.
	At string `json:"at" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"Time of day as HH:MM, in the local time of Headwater's machine" example:"02:30"`
	// Days are the days of the week it is due on; empty means every day.
	Days []Weekday `json:"days,omitempty" maxItems:"7" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"Days of the week; none means every day"`
	// EveryDays makes it due every so many days, in place of Days. Zero means
	// that Days say when.
	EveryDays int `json:"every_days,omitempty" minimum:"0" maximum:"365" doc:"Every so many days, in place of days of the week; 0 means that those say when"`
	// First is the day, YYYY-MM-DD, from which EveryDays counts. Empty means
	// the day on which it would first be due when it is saved.
	First string `json:"first,omitempty" pattern:"^(\\d{4}-\\d{2}-\\d{2})?$" doc:"Day from which every_days counts, as YYYY-MM-DD; empty means the next time that at comes" example:"2026-12-01"`
	// Drill is what it starts.
	Drill DrillSpec `json:"drill" doc:"The drill it starts"`
}

// Weekday is a day of the week.
type Weekday string

// The days of the week.
const (
	Monday    Weekday = "mon"
	Tuesday   Weekday = "tue"
	Wednesday Weekday = "wed"
	Thursday  Weekday = "thu"
	Friday    Weekday = "fri"
	Saturday  Weekday = "sat"
	Sunday    Weekday = "sun"
)

// WeekdayOf returns the day of the week of a moment, where its clock stands.
func WeekdayOf(at time.Time) Weekday {
	return [...]Weekday{Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday}[at.Weekday()]
}

// EveryDaysMost is the largest EveryDays.
const EveryDaysMost = 365

// Kind implements Document.
func (*DrillSchedule) Kind() Kind { return KindSchedule }

// Label implements Document.
func (s *DrillSchedule) Label() string { return s.Name }

// Enabled reports whether a schedule starts anything.
func (s *DrillSchedule) Enabled() bool { return s.State != StateDisabled }

// Validate implements Document.
func (s *DrillSchedule) Validate() []Problem {
	var c checker
	c.name("name", s.Name)
	c.text("title", s.Title, 200)
	c.oneOf("state", s.State, "", StateEnabled, StateDisabled)
	if s.Tenant != "" {
		c.add("tenant", "must be empty: schedules belong to the installation")
	}
	s.checkTimes(&c)
	for _, p := range s.Drill.Validate() {
		c.add("drill."+p.Field, "%s", p.Text)
	}
	return c.problems
}

func (s *DrillSchedule) checkTimes(c *checker) {
	if _, err := time.Parse("15:04", s.At); err != nil || len(s.At) != len("15:04") {
		c.add("at", "must be a time of day such as 02:30")
	}
	for i, day := range s.Days {
		c.oneOf("days", string(day), string(Monday), string(Tuesday), string(Wednesday), string(Thursday), string(Friday), string(Saturday), string(Sunday))
		if slices.Contains(s.Days[:i], day) {
			c.add("days", "must name %s once", day)
		}
	}
	if s.EveryDays < 0 || s.EveryDays > EveryDaysMost {
		c.add("every_days", "must be between 1 and %d, or 0 for days of the week", EveryDaysMost)
	}
	if s.EveryDays > 0 && len(s.Days) > 0 {
		c.add("every_days", "does not go with days: it is either days of the week, or every so many days")
	}
	s.checkFirst(c)
}

func (s *DrillSchedule) checkFirst(c *checker) {
	if s.First == "" {
		return
	}
	if day, err := time.Parse(time.DateOnly, s.First); err != nil || day.Year() < 2000 || day.Year() > 2199 {
		c.add("first", "must be a day such as 2026-12-01")
	}
	if s.EveryDays == 0 {
		c.add("first", "goes with every_days only")
	}
}

// ScheduleResult is what came of a due time.
type ScheduleResult string

// The results of a due time. None is ever made up for later.
const (
	// ScheduleStarted has started a drill.
	ScheduleStarted ScheduleResult = "started"
	// ScheduleSkipped found that no drill could start.
	ScheduleSkipped ScheduleResult = "skipped"
	// ScheduleMissed was not noticed in time.
	ScheduleMissed ScheduleResult = "missed"
)

// ScheduleCause says why a due time started nothing.
type ScheduleCause string

// The causes, each with the result it goes with.
const (
	// ScheduleOff is a service that did not run; missed.
	ScheduleOff ScheduleCause = "off"
	// ScheduleAsleep is a machine that slept, or whose clock was moved; missed.
	ScheduleAsleep ScheduleCause = "asleep"
	// ScheduleBusy is another drill that ran; skipped.
	ScheduleBusy ScheduleCause = "busy"
	// ScheduleInvalid is a drill that names what does not exist; skipped.
	ScheduleInvalid ScheduleCause = "invalid"
	// ScheduleFailed is a drill that could not be started; skipped.
	ScheduleFailed ScheduleCause = "failed"
)

// ScheduleOutcome is what came of the last due time of a schedule.
type ScheduleOutcome struct {
	Due    time.Time      `json:"due" doc:"When it was due"`
	Result ScheduleResult `json:"result" enum:"started,skipped,missed" doc:"What came of it"`
	// Cause and Reason say why nothing was started; empty when a drill was.
	Cause  ScheduleCause `json:"cause,omitempty" enum:"off,asleep,busy,invalid,failed" doc:"Why nothing was started"`
	Reason string        `json:"reason,omitempty" doc:"The same in words"`
	// Drill is the id of the drill that was started. Only so many drills are
	// kept; an old one may be gone.
	Drill string `json:"drill,omitempty" doc:"Drill that was started"`
	// Missed counts the due times that were missed in a row, this one
	// included; zero when it was not.
	Missed int `json:"missed,omitempty" doc:"Due times missed in a row, this one included"`
}

// ScheduleState says when a schedule is due, and what came of it the last time.
type ScheduleState struct {
	ID   string `json:"id" doc:"Id of the schedule"`
	Name string `json:"name" doc:"Name of the schedule"`
	// Next is absent while the schedule is disabled.
	Next time.Time `json:"next,omitzero" doc:"When it is due; absent while it is disabled"`
	// Last is absent while it was never due.
	Last *ScheduleOutcome `json:"last,omitempty" doc:"What came of its last due time; absent while there was none"`
}
