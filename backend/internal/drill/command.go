package drill

import (
	"context"
	"fmt"
	"slices"
	"time"

	"headwater/backend/hw"
)

// Start begins a drill and returns it at once. There is one at a time.
func (r *Runner) Start(ctx context.Context, spec hw.DrillSpec, who string) (hw.Drill, error) {
	if err := hw.Invalid(spec.Validate()); err != nil {
		return hw.Drill{}, err //nolint:wrapcheck // names the fields
	}
	// The slot for what is not written yet is needed for the new one.
	if err := r.keep(ctx); err != nil {
		return hw.Drill{}, fmt.Errorf("keeping the drill before: %w", err)
	}
	o := newOne(spec, who, r.tools)
	if r.config.Health != nil && !o.a.machine {
		o.a.health = r.config.Health(o.drill.ID)
	}
	before, err := r.admit(o)
	if err != nil {
		return hw.Drill{}, err
	}
	if err := r.config.Keeper.PutDrill(ctx, o.drill); err != nil {
		r.dismiss(o, before)
		return hw.Drill{}, fmt.Errorf("keeping a new drill: %w", err)
	}
	drill := r.begin(o)
	r.config.Told(drill)
	r.nudge()
	return drill, nil
}

func newOne(spec hw.DrillSpec, who string, t *tools) *one {
	spec.Upstreams, spec.Scope.Apps = slices.Clone(spec.Upstreams), slices.Clone(spec.Scope.Apps)
	a := compile(spec, t)
	a.began = now()
	a.ends = a.began.Add(a.lasts)
	return &one{
		drill: hw.Drill{
			ID: hw.NewID(hw.PrefixDrill), Spec: spec, State: hw.DrillRunning,
			StartedBy: who, StartedAt: a.began, EndsAt: a.ends,
		},
		a: a,
	}
}

// admit makes room for a drill; it returns the one whose room that was.
func (r *Runner) admit(o *one) (before *one, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.open {
		return nil, hw.Errorf(hw.CodeUnavailable, "Drills do not run at the moment.")
	}
	before = r.last
	if before != nil && before.drill.State == hw.DrillRunning {
		err := hw.Errorf(hw.CodeTaken, "A drill of %s runs since %s: there is one at a time.", before.drill.StartedBy, before.drill.StartedAt.Format("15:04:05"))
		err.Hint = "Wait for it to end, or abort it."
		return nil, err
	}
	if before != nil && before.dirty {
		return nil, hw.Errorf(hw.CodeUnavailable, "The report of the drill before is still being written.")
	}
	r.last = o
	return before, nil
}

// dismiss takes back a drill that could not be kept.
func (r *Runner) dismiss(o, before *one) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == o {
		r.last = before
	}
}

// begin puts a drill in force.
func (r *Runner) begin(o *one) hw.Drill {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.live = true
	if o.drill.State != hw.DrillRunning { // the service has begun to stop meanwhile
		o.dirty = true
		return o.drill
	}
	o.before, o.tally.usual = r.window.take(o.a.began)
	r.after.Store(nil)
	r.active.Store(o.a)
	return o.drill
}

// Abort ends a drill at once. One that has ended gives CodeTaken.
func (r *Runner) Abort(ctx context.Context, id, who string) (hw.Drill, error) {
	if drill, ok := r.stop(id, who); ok {
		r.nudge() // to have it written: an abort waits for nothing
		return drill, nil
	}
	drill, err := r.Get(ctx, id)
	if err != nil {
		return hw.Drill{}, err
	}
	ended := hw.Errorf(hw.CodeTaken, "This drill has ended already.")
	ended.Hint = "Nothing is left to do."
	return drill, ended
}

func (r *Runner) stop(id, who string) (hw.Drill, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.last
	if o == nil || o.drill.ID != id || o.drill.State != hw.DrillRunning || !o.live {
		return hw.Drill{}, false
	}
	r.end(o, hw.DrillAborted, who+" aborted it.", time.Now())
	return o.view(), true
}

// List returns the drills that are kept, as they stand and without what health
// did: one alone may be long.
func (r *Runner) List(ctx context.Context) ([]hw.Drill, error) {
	drills, err := r.config.Keeper.Drills(ctx)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it was doing
	}
	for i := range drills {
		drills[i] = r.fresh(drills[i])
		if report := drills[i].Report; report != nil {
			short := *report
			short.HealthEvents = []string{}
			drills[i].Report = &short
		}
	}
	return drills, nil
}

// Get returns one drill as it stands.
func (r *Runner) Get(ctx context.Context, id string) (hw.Drill, error) {
	drill, err := r.config.Keeper.Drill(ctx, id)
	if err != nil {
		return hw.Drill{}, err //nolint:wrapcheck // says what it was doing
	}
	return r.fresh(drill), nil
}

// fresh is a kept drill with what was seen since.
func (r *Runner) fresh(drill hw.Drill) hw.Drill {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.last; o != nil && o.live && o.drill.ID == drill.ID {
		return o.view()
	}
	return drill
}

// view is the drill as it stands, with its report. The caller holds mu.
func (o *one) view() hw.Drill {
	drill := o.drill
	drill.Report = o.report()
	return drill
}
