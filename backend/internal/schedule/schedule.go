// Package schedule starts fire drills at the times that people have set.
//
// It deliberately knows nothing of drills but that one can be started: what may
// run, and for how long, is decided where every drill is started. It makes up
// for nothing: a time that went by while nobody looked is told as missed, since
// a drill in the middle of a working day is not what was asked for.
//
// Its one invariant: a due time starts one drill at most, in this process or
// another after it.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"headwater/backend/hw"
)

const (
	// look is the longest wait of the loop while something is due some time: a
	// timer does not count the time that the machine sleeps, and does not hear
	// of a clock that is moved.
	look = time.Minute
	// late is how much after its time a drill may still start.
	late = 2 * time.Minute
	// idle is the wait when nothing is scheduled; a change ends it.
	idle = time.Hour
	// keepTime bounds the writing of one outcome.
	keepTime = 10 * time.Second
	// ahead is how far in the future the last due time may be: a clock that is
	// set right by seconds must not start a drill twice, and one that was wrong
	// by years must not silence a schedule for as long.
	ahead = 24 * time.Hour
	// missedMost bounds the due times that one look goes through.
	missedMost = 1000
)

// Keeper remembers what came of due times, by the ids of their schedules;
// *store.Store is one.
type Keeper interface {
	ScheduleOutcomes(ctx context.Context) (map[string]hw.ScheduleOutcome, error)
	PutScheduleOutcome(ctx context.Context, id string, outcome hw.ScheduleOutcome) error
	DropScheduleOutcome(ctx context.Context, id string) error
}

// Config is what a Scheduler works with. All but Zone is required.
type Config struct {
	Keeper Keeper
	Log    *slog.Logger
	// Schedules are those in force; they are not changed.
	Schedules func() []*hw.DrillSchedule
	// Start begins the drill of one, or says why not.
	Start func(ctx context.Context, schedule *hw.DrillSchedule) (hw.Drill, error)
	// Zone is where the times of day are read. Nil means the machine's own.
	Zone *time.Location
}

// Scheduler starts drills when they are due. Run owns the starting; everything
// is safe for concurrent use.
type Scheduler struct {
	config Config
	wake   chan struct{}

	// settling is held while due times are settled: the word of a drill goes
	// round before its start has returned, and who hears it and asks finds here
	// what came of all that was due with it. Taken before mu.
	settling sync.RWMutex

	mu sync.Mutex
	// The fields below are guarded by mu.
	loaded bool
	kept   map[string]*outcome // by the ids of schedules
	// noticed is since when schedules are looked through of which everything is
	// dated in the future, by their ids.
	noticed map[string]time.Time
}

// outcome is what came of the last due time of a schedule.
type outcome struct {
	hw.ScheduleOutcome
	// dirty means that the keeper has an older one.
	dirty bool
}

// New makes a scheduler; it starts nothing before Run.
func New(c Config) (*Scheduler, error) {
	if c.Keeper == nil || c.Log == nil || c.Schedules == nil || c.Start == nil {
		return nil, errors.New("making the scheduler: keeper, log, schedules and start are required")
	}
	if c.Zone == nil {
		c.Zone = time.Local
	}
	return &Scheduler{config: c, wake: make(chan struct{}, 1), kept: map[string]*outcome{}, noticed: map[string]time.Time{}}, nil
}

// Changed says that other schedules may be in force; it does not block.
func (s *Scheduler) Changed() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run starts drills when they are due, until ctx ends. What was due before it
// is told as missed. Run may be called again after it has returned.
func (s *Scheduler) Run(ctx context.Context) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	began := time.Now()
	for {
		timer := time.NewTimer(s.step(ctx, began))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// load reads what an earlier process has kept, once.
func (s *Scheduler) load(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loaded {
		return nil
	}
	kept, err := s.config.Keeper.ScheduleOutcomes(ctx)
	if err != nil {
		return fmt.Errorf("reading what came of the schedules: %w", err)
	}
	for id, one := range kept {
		s.kept[id] = &outcome{ScheduleOutcome: one}
	}
	s.loaded = true
	return nil
}

// step does what is due and says how long to wait.
func (s *Scheduler) step(ctx context.Context, began time.Time) time.Duration {
	s.settling.Lock()
	defer s.settling.Unlock()
	wait := idle
	live := map[string]bool{}
	for _, d := range s.config.Schedules() {
		live[d.ID] = true
		if !d.Enabled() {
			continue
		}
		s.settle(ctx, d, began)
		wait = min(wait, look)
		if due := next(d, s.from(d, time.Now()), s.config.Zone); !due.IsZero() {
			wait = min(wait, max(time.Until(due), 0))
		}
	}
	if !s.keep(ctx, live) {
		wait = min(wait, look)
	}
	return wait
}

// from is the moment from which a schedule is looked through: its last due
// time, or its last change, since another time of day tells nothing of the
// days before. What a wrong clock has dated in the future does not count.
func (s *Scheduler) from(d *hw.DrillSchedule, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	var from time.Time
	if d.UpdatedAt.Sub(now) <= ahead {
		from = d.UpdatedAt
	}
	if last := s.kept[d.ID]; last != nil && last.Due.Sub(now) <= ahead && last.Due.After(from) {
		from = last.Due
	}
	if !from.IsZero() {
		delete(s.noticed, d.ID)
		return from
	}
	if s.noticed[d.ID].IsZero() {
		s.noticed[d.ID] = now
	}
	return s.noticed[d.ID]
}

func (s *Scheduler) last(id string) (hw.ScheduleOutcome, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.kept[id]
	if !ok {
		return hw.ScheduleOutcome{}, false
	}
	return one.ScheduleOutcome, true
}

// settle goes through the due times of a schedule up to now. What came of the
// last of them is what is told.
func (s *Scheduler) settle(ctx context.Context, d *hw.DrillSchedule, began time.Time) {
	now := time.Now().Round(0) // the wall clock decides, which goes on in sleep
	before, _ := s.last(d.ID)
	due := next(d, s.from(d, now), s.config.Zone)
	if due.IsZero() || due.After(now) {
		return
	}
	result := hw.ScheduleOutcome{Missed: before.Missed}
	for range missedMost {
		result = s.missed(due, began, now, result.Missed)
		following := next(d, due, s.config.Zone)
		if following.IsZero() || following.After(now) {
			break
		}
		due = following
	}
	if result.Result == "" {
		if result = s.start(ctx, d, due); result.Result == "" {
			return
		}
	}
	if result.Result != hw.ScheduleStarted {
		s.config.Log.Warn("a scheduled fire drill was not started", "schedule", d.Name, "due", due, "result", result.Result, "reason", result.Reason)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[d.ID] = &outcome{ScheduleOutcome: result, dirty: true}
}

// missed says how a due time was; it has no result when it can still be kept.
func (s *Scheduler) missed(due, began, now time.Time, before int) hw.ScheduleOutcome {
	o := hw.ScheduleOutcome{Due: due.UTC(), Result: hw.ScheduleMissed, Missed: before + 1}
	switch {
	case !due.After(began):
		o.Cause, o.Reason = hw.ScheduleOff, "Headwater did not run at that time. A missed drill is not made up for."
	case now.Sub(due) > late:
		o.Cause, o.Reason = hw.ScheduleAsleep, "The machine slept at that time, or its clock was moved. A missed drill is not made up for."
	default:
		return hw.ScheduleOutcome{}
	}
	return o
}

// start begins a drill that is due. Without a result, the service stops: the
// next process finds the time missed.
func (s *Scheduler) start(ctx context.Context, d *hw.DrillSchedule, due time.Time) hw.ScheduleOutcome {
	o := hw.ScheduleOutcome{Due: due.UTC(), Result: hw.ScheduleSkipped}
	started, err := s.config.Start(ctx, d)
	if err == nil {
		o.Result, o.Drill = hw.ScheduleStarted, started.ID
		return o
	}
	if ctx.Err() != nil {
		return hw.ScheduleOutcome{}
	}
	told := hw.AsError(err)
	o.Reason = told.Text
	switch told.Code {
	case hw.CodeTaken:
		o.Cause = hw.ScheduleBusy
	case hw.CodeInvalid:
		o.Cause = hw.ScheduleInvalid
		for _, p := range told.Problems {
			o.Reason += " " + p.Field + " " + p.Text + "."
		}
	default:
		o.Cause = hw.ScheduleFailed
		s.config.Log.Error("starting a scheduled fire drill", "schedule", d.Name, "error", err)
	}
	return o
}

// keep writes down what is new, and forgets what schedules left that are gone.
// It reports whether all of that was done.
func (s *Scheduler) keep(ctx context.Context, live map[string]bool) bool {
	// What has happened is written also when the service is stopping.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	done := true
	maps.DeleteFunc(s.noticed, func(id string, _ time.Time) bool { return !live[id] })
	for id, one := range s.kept {
		var err error
		switch {
		case !live[id]:
			if err = s.config.Keeper.DropScheduleOutcome(ctx, id); err == nil {
				delete(s.kept, id)
			}
		case one.dirty:
			err = s.config.Keeper.PutScheduleOutcome(ctx, id, one.ScheduleOutcome)
			one.dirty = err != nil
		}
		if err != nil {
			s.config.Log.Warn("what came of a schedule was not kept", "schedule", id, "error", err)
			done = false
		}
	}
	return done
}

// States says of every schedule when it is due, and what came of it.
func (s *Scheduler) States(ctx context.Context) ([]hw.ScheduleState, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	s.settling.RLock()
	defer s.settling.RUnlock()
	states := []hw.ScheduleState{}
	for _, d := range s.config.Schedules() {
		state := hw.ScheduleState{ID: d.ID, Name: d.Name}
		if d.Enabled() {
			state.Next = next(d, time.Now(), s.config.Zone).UTC()
		}
		if last, ok := s.last(d.ID); ok {
			state.Last = &last
		}
		states = append(states, state)
	}
	return states, nil
}
