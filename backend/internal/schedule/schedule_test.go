package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/schedule"
)

// rig is a scheduler in virtual time, which begins at midnight, UTC, of
// Saturday, 1 January 2000.
type rig struct {
	t *testing.T
	*schedule.Scheduler
	stop func()

	mu      sync.Mutex
	docs    []*hw.DrillSchedule
	kept    map[string]hw.ScheduleOutcome
	starts  []string // "NAME at TIME"
	refuse  error    // what Start says
	unkept  error    // what the keeper says
	written int
	heard   func() // is told of a start before it has returned
}

func inTime(t *testing.T, do func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, kept: map[string]hw.ScheduleOutcome{}}
		do(r)
		r.off()
	})
}

// on begins a process; off ends it.
func (r *rig) on() {
	r.t.Helper()
	s, err := schedule.New(schedule.Config{
		Keeper: r, Log: slog.New(slog.DiscardHandler),
		Schedules: r.schedules, Start: r.start, Zone: time.UTC,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Scheduler = s
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	synctest.Wait()
	r.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
	}
}

func (r *rig) off() {
	if r.stop != nil {
		r.stop()
	}
	r.stop = nil
}

func (r *rig) schedules() []*hw.DrillSchedule {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.docs
}

// put brings schedules in force, as a change does.
func (r *rig) put(docs ...hw.DrillSchedule) {
	r.mu.Lock()
	r.docs = nil
	for _, d := range docs {
		if d.UpdatedAt.IsZero() {
			d.UpdatedAt = time.Now().UTC()
		}
		r.docs = append(r.docs, &d)
	}
	r.mu.Unlock()
	if r.Scheduler != nil {
		r.Changed()
		synctest.Wait()
	}
}

func (r *rig) start(ctx context.Context, d *hw.DrillSchedule) (hw.Drill, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return hw.Drill{}, err
	}
	if r.refuse != nil {
		return hw.Drill{}, r.refuse
	}
	if r.heard != nil {
		go r.heard()
		for range 1000 {
			runtime.Gosched() // virtual time stands still while it waits
		}
	}
	r.starts = append(r.starts, d.Name+" at "+time.Now().UTC().Format("2 15:04:05"))
	return hw.Drill{ID: fmt.Sprintf("drl_%d", len(r.starts))}, nil
}

func (r *rig) ScheduleOutcomes(context.Context) (map[string]hw.ScheduleOutcome, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.kept), r.unkept
}

func (r *rig) PutScheduleOutcome(_ context.Context, id string, o hw.ScheduleOutcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unkept == nil {
		r.kept[id] = o
		r.written++
	}
	return r.unkept
}

func (r *rig) DropScheduleOutcome(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.kept, id)
	return r.unkept
}

func (r *rig) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.starts, ", ")
}

func (r *rig) writes() int {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.written
}

func (r *rig) want(starts ...string) {
	r.t.Helper()
	synctest.Wait()
	if got := r.told(); got != strings.Join(starts, ", ") {
		r.t.Errorf("started %q, want %q", got, starts)
	}
}

// state is that of a schedule by its name.
func (r *rig) state(name string) hw.ScheduleState {
	r.t.Helper()
	synctest.Wait()
	states, err := r.States(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range states {
		if s.Name == name {
			if s.Last == nil {
				s.Last = &hw.ScheduleOutcome{}
			}
			return s
		}
	}
	r.t.Fatalf("there is no state of %s in %+v", name, states)
	return hw.ScheduleState{}
}

func daily(name, at string) hw.DrillSchedule {
	return hw.DrillSchedule{Meta: hw.Meta{ID: "sch_" + name}, Name: name, At: at}
}

func TestAScheduleStartsItsDrillAtItsTime(t *testing.T) {
	inTime(t, func(r *rig) {
		r.on()
		r.put(daily("nightly", "02:30"))
		if s := r.state("nightly"); s.Next.Format(time.RFC3339) != "2000-01-01T02:30:00Z" || s.Last.Result != "" {
			t.Errorf("before: %+v", s)
		}
		time.Sleep(49 * time.Hour)
		r.want("nightly at 1 02:30:00", "nightly at 2 02:30:00")
		s := r.state("nightly")
		if s.Last.Result != hw.ScheduleStarted || s.Last.Drill != "drl_2" || s.Last.Due.Day() != 2 || s.Last.Cause != "" || s.Last.Missed != 0 {
			t.Errorf("last: %+v", s.Last)
		}
		if s.Next.Format(time.RFC3339) != "2000-01-03T02:30:00Z" {
			t.Errorf("next: %s", s.Next)
		}
	})
}

func TestWhoHearsOfADrillAndAsksFindsIt(t *testing.T) {
	inTime(t, func(r *rig) {
		r.on()
		found := make(chan []hw.ScheduleState, 1)
		r.heard = func() {
			states, _ := r.States(context.Background())
			found <- states
		}
		r.put(daily("nightly", "02:30"))
		time.Sleep(3 * time.Hour)
		if s := <-found; len(s) != 1 || s[0].Last == nil || s[0].Last.Drill != "drl_1" {
			t.Errorf("found %+v", s)
		}
	})
}

func TestEachWayToSayWhen(t *testing.T) {
	inTime(t, func(r *rig) {
		r.on()
		week, third, off := daily("week", "01:00"), daily("third", "02:00"), daily("off", "03:00")
		week.Days = []hw.Weekday{hw.Sunday, hw.Tuesday}
		third.EveryDays, third.First = 3, "2000-01-02"
		off.State = hw.StateDisabled
		r.put(week, third, off)
		time.Sleep(5 * 24 * time.Hour)
		r.want("week at 2 01:00:00", "third at 2 02:00:00", "week at 4 01:00:00", "third at 5 02:00:00")
		if s := r.state("off"); !s.Next.IsZero() || s.Last.Result != "" {
			t.Errorf("the disabled one: %+v", s)
		}
	})
}

func TestWhatWasDueWhileTheServiceWasOffIsMissed(t *testing.T) {
	inTime(t, func(r *rig) {
		r.put(daily("nightly", "02:30"))
		r.on()
		time.Sleep(3 * time.Hour)
		r.want("nightly at 1 02:30:00")
		r.off()
		time.Sleep(3 * 24 * time.Hour) // over three due times
		r.on()
		r.want("nightly at 1 02:30:00")
		s := r.state("nightly").Last
		if s.Result != hw.ScheduleMissed || s.Cause != hw.ScheduleOff || s.Missed != 3 || s.Due.Day() != 4 || s.Reason == "" || s.Drill != "" {
			t.Errorf("missed as %+v", s)
		}
		r.off()
		r.on() // told once
		if s := r.state("nightly").Last; s.Missed != 3 || r.writes() != 2 {
			t.Errorf("missed again: %+v, %d writes", s, r.writes())
		}
		time.Sleep(24 * time.Hour)
		r.want("nightly at 1 02:30:00", "nightly at 5 02:30:00")
		if s := r.state("nightly").Last; s.Result != hw.ScheduleStarted || s.Missed != 0 {
			t.Errorf("afterwards %+v", s)
		}
	})
}

func TestAStartInTheMinuteOfADueTimeDoesNotMakeUpForIt(t *testing.T) {
	inTime(t, func(r *rig) {
		r.put(daily("nightly", "02:30"))
		time.Sleep(2*time.Hour + 30*time.Minute + time.Second)
		r.on()
		time.Sleep(time.Hour)
		r.want()
		if s := r.state("nightly").Last; s.Result != hw.ScheduleMissed || s.Missed != 1 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestTheLastOutcomeOutlivesTheProcess(t *testing.T) {
	inTime(t, func(r *rig) {
		r.on()
		r.put(daily("nightly", "02:30"))
		time.Sleep(3 * time.Hour)
		r.off()
		r.on()
		if s := r.state("nightly").Last; s.Result != hw.ScheduleStarted || s.Drill != "drl_1" {
			t.Errorf("got %+v", s)
		}
		time.Sleep(time.Hour)
		r.want("nightly at 1 02:30:00")
	})
}

func TestWhyADrillWasSkipped(t *testing.T) {
	busy := hw.Errorf(hw.CodeTaken, "A drill of root runs.")
	gone := hw.Invalid([]hw.Problem{{Field: "upstreams", Text: `names upstream "x", which does not exist`}})
	for _, row := range []struct {
		why   error
		cause hw.ScheduleCause
		words string
	}{
		{busy, hw.ScheduleBusy, "A drill of root runs."},
		{gone, hw.ScheduleInvalid, `names upstream "x", which does not exist`},
		{hw.Errorf(hw.CodeUnavailable, "Drills do not run at the moment."), hw.ScheduleFailed, "do not run"},
		{errors.New("secret detail"), hw.ScheduleFailed, ""},
	} {
		inTime(t, func(r *rig) {
			r.on()
			r.refuse = row.why
			r.put(daily("nightly", "02:30"))
			time.Sleep(3 * time.Hour)
			s := r.state("nightly")
			if s.Last.Result != hw.ScheduleSkipped || s.Last.Cause != row.cause || !strings.Contains(s.Last.Reason, row.words) || strings.Contains(s.Last.Reason, "secret") {
				t.Errorf("%v: got %+v", row.why, s.Last)
			}
			r.mu.Lock()
			r.refuse = nil
			r.mu.Unlock()
			time.Sleep(time.Hour) // not made up for
			r.want()
			time.Sleep(24 * time.Hour)
			r.want("nightly at 2 02:30:00")
		})
	}
}

func TestAChangeHasEffectAtOnce(t *testing.T) {
	inTime(t, func(r *rig) {
		r.on()
		r.put(daily("a", "02:30"), daily("b", "02:30"), daily("c", "02:30"))
		time.Sleep(2*time.Hour + 29*time.Minute + 59*time.Second)
		off, moved := daily("a", "02:30"), daily("c", "00:15")
		off.State = hw.StateDisabled
		r.put(off, moved) // b is gone
		time.Sleep(time.Hour)
		r.want()
		if s := r.state("c"); s.Last.Result != "" || s.Next.Format(time.RFC3339) != "2000-01-02T00:15:00Z" {
			t.Errorf("a time of today that was over when it was set: %+v", s)
		}
		r.put(daily("a", "02:30"), moved)
		time.Sleep(24 * time.Hour)
		r.want("c at 2 00:15:00", "a at 2 02:30:00")
	})
}

func TestADeletedScheduleIsForgotten(t *testing.T) {
	inTime(t, func(r *rig) {
		r.on()
		r.put(daily("nightly", "02:30"))
		time.Sleep(3 * time.Hour)
		r.put()
		time.Sleep(time.Hour)
		if kept, _ := r.ScheduleOutcomes(t.Context()); len(kept) != 0 {
			t.Errorf("kept %v", kept)
		}
	})
}

func TestAKeeperThatFailsIsAskedAgain(t *testing.T) {
	inTime(t, func(r *rig) {
		r.on()
		r.put(daily("nightly", "02:30"))
		r.mu.Lock()
		r.unkept = errors.New("disk full")
		r.mu.Unlock()
		time.Sleep(3 * time.Hour)
		r.want("nightly at 1 02:30:00") // once, though nothing was written
		if s := r.state("nightly").Last; s.Drill != "drl_1" {
			t.Errorf("got %+v", s)
		}
		r.mu.Lock()
		r.unkept = nil
		r.mu.Unlock()
		time.Sleep(2 * time.Minute)
		if kept, _ := r.ScheduleOutcomes(t.Context()); kept["sch_nightly"].Drill != "drl_1" {
			t.Errorf("kept %v", kept)
		}
	})
}

func TestAStoppingServiceLeavesADueTimeToTheNext(t *testing.T) {
	inTime(t, func(r *rig) {
		r.put(daily("nightly", "02:30"))
		r.on()
		time.Sleep(2 * time.Hour)
		r.off()
		if len(r.kept) != 0 {
			t.Errorf("kept %v", r.kept)
		}
	})
}

// TestAClockThatWasWrong: what a schedule has from a time that is still to come
// silences it for a day at most.
func TestAClockThatWasWrong(t *testing.T) {
	inTime(t, func(r *rig) {
		set := daily("set", "02:30") // while the clock was wrong
		set.UpdatedAt = time.Now().AddDate(5, 0, 0)
		r.kept["sch_far"] = hw.ScheduleOutcome{Due: time.Now().AddDate(5, 0, 0), Result: hw.ScheduleStarted}
		r.kept["sch_near"] = hw.ScheduleOutcome{Due: time.Now().Add(2*time.Hour + 30*time.Minute), Result: hw.ScheduleStarted}
		r.put(daily("far", "02:30"), daily("near", "02:30"), set)
		r.docs[0].UpdatedAt = time.Now().AddDate(5, 0, 0)
		r.on()
		time.Sleep(3 * time.Hour)
		r.want("far at 1 02:30:00", "set at 1 02:30:00") // near had its drill before the clock was set back
		time.Sleep(24 * time.Hour)
		r.want("far at 1 02:30:00", "set at 1 02:30:00", "far at 2 02:30:00", "near at 2 02:30:00", "set at 2 02:30:00")
	})
}

func TestASchedulerNeedsItsParts(t *testing.T) {
	if _, err := schedule.New(schedule.Config{}); err == nil {
		t.Error("made without anything")
	}
}
