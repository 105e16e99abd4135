// Package drill rehearses faults in real traffic: it injects them where calls
// meet their upstreams, so that breakers, tiers, log and alerts react for real,
// and reports what callers got of it.
//
// It deliberately decides nothing about health and keeps no call: what it
// injects is judged like everything else, by package health. It does not know
// what it disturbs beyond what it is told: names, and calls as they end.
//
// Its one invariant: no call outside the scope is touched, and nothing is
// injected or held up after the end of a drill, however it came about.
package drill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
)

const (
	// recoverWatch is how long recovery is looked for after a drill; a breaker
	// waits for 60 s at most, an upstream's hint for 5 min.
	recoverWatch = 30 * time.Minute
	// keepPace is the least time between two reports of a drill that is over,
	// and keepAgain the time until a keeper that failed is asked again.
	keepPace  = time.Second
	keepAgain = 5 * time.Second
	// keepTime bounds the writing of one drill.
	keepTime = 10 * time.Second
	// idle is how long the loop sleeps when it waits for nothing.
	idle = time.Hour
)

// Keeper remembers drills; *store.Store is one.
type Keeper interface {
	PutDrill(ctx context.Context, drill hw.Drill) error
	Drills(ctx context.Context) ([]hw.Drill, error)
	Drill(ctx context.Context, id string) (hw.Drill, error)
}

// Config is what a Runner works with.
type Config struct {
	Keeper Keeper
	Log    *slog.Logger
	// Told hears of each start and end, and of a report that has grown
	// afterwards, once a second at most. It must neither wait nor start a drill.
	Told func(hw.Drill)
	// DrillKey reports whether a key, by its id, is scoped for drills; it must
	// not block. Nil means nobody knows: calls with such keys are then drilled
	// calls only when the fault hits them.
	DrillKey func(keyID string) bool
	// Dialects are the gateway's, by name. An answer in one that is not there
	// stalls or is cut after its first event, not after its first content.
	Dialects map[string]dialect.Outbound
	// Health makes the states of health that the calls of a drill see, from
	// those of everybody; its transitions go to Runner.Health. Nil means that
	// a drill works on the states of everybody.
	Health func(drillID string) *health.Registry
}

// Runner runs drills, one at a time. Run owns their end.
type Runner struct {
	config Config
	tools  *tools
	ready  chan struct{}
	begun  sync.Once // closes ready; a restarted Run finds it closed
	wake   chan struct{}

	// active is the drill that is on; the data path reads nothing else.
	active atomic.Pointer[active]
	// after is the last one that ran its time, while its calls recover.
	after atomic.Pointer[active]

	// writing keeps an older state from being written over a newer one.
	writing sync.Mutex

	mu sync.Mutex
	// The fields below are guarded by mu.
	open   bool   // Run runs
	last   *one   // the drill under way, or the one before; nil when there was none
	window window // the calls outside drills, of the last minutes
}

// one is a drill with all that is known of it. Guarded by the runner's mu.
type one struct {
	drill hw.Drill
	a     *active
	// live is false until the drill has been kept.
	live bool
	// dirty means that the keeper has an older state.
	dirty bool
	tally tally
	// before are the calls of the five minutes before it, since those that it
	// could have harmed.
	before, since count
	// watch is until when recovery and late calls are looked for; zero before
	// the end and once that is over.
	watch   time.Time
	givenUp bool // watch is over
}

// New makes a runner; it starts nothing before Run.
func New(c Config) (*Runner, error) {
	if c.Keeper == nil || c.Log == nil || c.Told == nil {
		return nil, errors.New("making the drill runner: keeper, log and told are required")
	}
	t, err := newTools(c.Dialects)
	if err != nil {
		return nil, fmt.Errorf("making the drill runner: %w", err)
	}
	return &Runner{config: c, tools: t, ready: make(chan struct{}), wake: make(chan struct{}, 1)}, nil
}

// Ready is closed once drills can be started.
func (r *Runner) Ready() <-chan struct{} { return r.ready }

// Run ends drills in time and keeps their reports, until ctx ends. A drill
// that an earlier process left running is marked as interrupted first; it is
// never taken up again. Run may be called again after it has returned.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.mend(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	r.open = true
	r.mu.Unlock()
	r.begun.Do(func() { close(r.ready) })
	for {
		timer := time.NewTimer(r.step(ctx))
		select {
		case <-ctx.Done():
			timer.Stop()
			r.shut(ctx)
			return nil
		case <-r.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// mend gives an end to the drills of a process that had none.
func (r *Runner) mend(ctx context.Context) error {
	drills, err := r.config.Keeper.Drills(ctx)
	if err != nil {
		return fmt.Errorf("reading the drills of the last time: %w", err)
	}
	for _, d := range drills {
		if d.State != hw.DrillRunning {
			continue
		}
		d.State, d.EndedAt = hw.DrillInterrupted, now()
		d.Reason = "The service stopped while it ran. It ended with the service."
		if err := r.config.Keeper.PutDrill(ctx, d); err != nil {
			return fmt.Errorf("ending a drill of the last time: %w", err)
		}
	}
	return nil
}

// step does what is due and says when to look again.
func (r *Runner) step(ctx context.Context) time.Duration {
	wait := r.settle(time.Now())
	if err := r.keep(ctx); err != nil {
		r.config.Log.Warn("the state of a drill was not kept", "error", err)
		return keepAgain
	}
	return wait
}

// settle ends what is over.
func (r *Runner) settle(now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.last
	if o == nil || !o.live {
		return idle
	}
	if o.drill.State == hw.DrillRunning {
		left := o.a.ends.Sub(now)
		if left > 0 {
			return left
		}
		r.end(o, hw.DrillEnded, "It ran its time.", now)
	}
	if o.watch.IsZero() {
		return idle
	}
	if !now.Before(o.watch) {
		o.watch, o.givenUp, o.dirty = time.Time{}, true, o.dirty || o.tally.recoverMs == 0
		return idle
	}
	return keepPace
}

// end ends a drill: from here on nothing is injected, and whoever waits in a
// fault goes on. The caller holds mu.
func (r *Runner) end(o *one, state hw.DrillState, reason string, at time.Time) {
	if state == hw.DrillEnded {
		r.after.Store(o.a)
	}
	r.active.CompareAndSwap(o.a, nil)
	close(o.a.over)
	o.drill.State, o.drill.Reason = state, reason
	o.drill.EndedAt = at.UTC().Truncate(time.Millisecond)
	o.watch, o.dirty = at.Add(recoverWatch), true
}

// keep writes the last drill down if it has changed, and tells of it.
func (r *Runner) keep(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.mu.Lock()
	o := r.last
	if o == nil || !o.live || !o.dirty {
		r.mu.Unlock()
		return nil
	}
	o.dirty = false
	d := o.view()
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	err := r.config.Keeper.PutDrill(ctx, d)
	r.config.Told(d)
	if err != nil {
		r.mu.Lock()
		o.dirty = true
		r.mu.Unlock()
		return fmt.Errorf("keeping a drill: %w", err)
	}
	return nil
}

// shut ends the drill under way because the service stops.
func (r *Runner) shut(ctx context.Context) {
	r.mu.Lock()
	r.open = false
	if o := r.last; o != nil && o.drill.State == hw.DrillRunning {
		r.end(o, hw.DrillInterrupted, "The service stopped while it ran. It ended with the service.", time.Now())
	}
	r.mu.Unlock()
	// The end is written also when the service is stopping.
	if err := r.keep(context.WithoutCancel(ctx)); err != nil {
		r.config.Log.Warn("the end of a drill was not kept", "error", err)
	}
}

// nudge lets Run look at once.
func (r *Runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default: // it will look anyway
	}
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
