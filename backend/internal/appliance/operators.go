package appliance

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
)

const (
	// operatorNews is how many transitions are told at once: followers of the
	// bus keep up with so many, and the history misses none.
	operatorNews = 256
	// operatorLook is the longest wait for the end of a maintenance: a clock
	// that is set, or a machine that slept, must not make it much later.
	operatorLook = time.Minute
)

// operators tells the transitions that people make: an upstream that is taken
// out of use or back, and a maintenance that ends at its time. Targets show
// these states by themselves, see health.Target; here they become events. Calls
// do not pass here.
type operators struct {
	// tell publishes a transition and waits for nothing; settle waits, for a
	// bounded time, until the history has what was told.
	tell   func(hw.HealthChanged)
	settle func(ctx context.Context)
	// wake has the owner look at what has changed. It has room for one.
	wake chan struct{}

	mu sync.Mutex
	// begun says that what was told before this process is known: nothing is
	// told before.
	begun bool
	// inForce are the upstreams by id; a document is never changed once it is in
	// force.
	inForce map[string]*hw.Upstream
	// told is what was last told of those that were out of use then.
	told map[string]standingWord
}

// standingWord is a person's word on an upstream as it was told.
type standingWord struct {
	name  string
	state hw.HealthState
	since time.Time // zero when that is not known
}

func newOperators(tell func(hw.HealthChanged), settle func(ctx context.Context)) *operators {
	return &operators{tell: tell, settle: settle, wake: make(chan struct{}, 1)}
}

// wordOn is a person's word on an upstream at a moment.
func wordOn(up *hw.Upstream, now time.Time) hw.HealthState {
	if over := endOf(up); !over.IsZero() && !now.Before(over) {
		return hw.HealthEnabled
	}
	return cmp.Or(hw.HealthState(up.State), hw.HealthEnabled) // the same words
}

// endOf is when a maintenance ends by itself; zero when it does not.
func endOf(up *hw.Upstream) time.Time {
	if up.State != hw.StateMaintenance {
		return time.Time{}
	}
	return up.MaintenanceUntil
}

// changed takes the documents that have come in force.
func (o *operators) changed(docs []hw.Document) {
	ups := map[string]*hw.Upstream{}
	for _, d := range docs {
		if up, ok := d.(*hw.Upstream); ok {
			ups[up.ID] = up
		}
	}
	o.mu.Lock()
	o.inForce = ups
	o.mu.Unlock()
	o.say(time.Now(), "") // who commands it and asks next finds it told
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// restore takes what was told last before this process began, and tells what
// has changed since. When that could not be read, nothing is: better not at all
// than twice.
func (o *operators) restore(told []hw.HealthEvent, err error, now time.Time) {
	o.mu.Lock()
	o.told = make(map[string]standingWord, len(told))
	for _, e := range told {
		o.told[e.Scope] = standingWord{name: e.Name, state: e.To, since: e.At}
	}
	if err != nil {
		for id, up := range o.inForce {
			if state := wordOn(up, now); state != hw.HealthEnabled {
				o.told[id] = standingWord{name: up.Name, state: state}
			}
		}
	}
	o.begun = true
	o.mu.Unlock()
	o.say(now, "; found so when the service started")
}

// Run tells what time brings, and what was too much to be told at once.
func (o *operators) Run(ctx context.Context) error {
	for {
		for o.say(time.Now(), "") && ctx.Err() == nil {
			o.settle(ctx)
		}
		timer := time.NewTimer(o.rest(time.Now()))
		select {
		case <-o.wake:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		timer.Stop()
	}
}

// rest is how long nothing can change without a command.
func (o *operators) rest(now time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	rest := time.Duration(1<<63 - 1)
	for _, up := range o.inForce {
		if over := endOf(up); over.After(now) {
			rest = min(rest, over.Sub(now), operatorLook)
		}
	}
	return rest
}

// say tells what has changed, as much as goes at once, and reports whether there
// is more. The lock is held meanwhile, so that it is told in order; telling
// waits for nobody.
func (o *operators) say(now time.Time, how string) (more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.begun {
		return false
	}
	news := o.newsLocked(now)
	if more = len(news) > operatorNews; more {
		news = news[:operatorNews]
	}
	for i := range news {
		e := &news[i]
		delete(o.told, e.Scope)
		if e.To != hw.HealthEnabled && e.To != hw.HealthUnknown {
			o.told[e.Scope] = standingWord{name: e.Name, state: e.To, since: now}
		}
		e.Words += how
		o.tell(*e)
	}
	return more
}

// newsLocked are the transitions that were not told yet, by name. o.mu is held.
func (o *operators) newsLocked(now time.Time) (news []hw.HealthChanged) {
	for id, up := range o.inForce {
		before := cmp.Or(o.told[id].state, hw.HealthEnabled)
		if after := wordOn(up, now); after != before {
			news = append(news, transition(up, before, after))
		}
	}
	for id, before := range o.told {
		if o.inForce[id] == nil {
			news = append(news, hw.HealthChanged{
				Scope: id, Kind: hw.HealthKindUpstream, Name: before.name, Upstreams: []string{before.name},
				From: before.state, To: hw.HealthUnknown, Words: "no longer configured",
			})
		}
	}
	slices.SortFunc(news, func(a, b hw.HealthChanged) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Scope, b.Scope))
	})
	return news
}

// transition puts what a person, or the end that one has set, did into words.
func transition(up *hw.Upstream, before, after hw.HealthState) hw.HealthChanged {
	e := hw.HealthChanged{
		Scope: up.ID, Kind: hw.HealthKindUpstream, Name: up.Name, Upstreams: []string{up.Name}, From: before, To: after, By: up.UpdatedBy,
	}
	switch {
	case after != hw.HealthEnabled:
		e.NotBefore = endOf(up)
		e.Words = health.OperatorWords(after, e.NotBefore)
	case endOf(up).IsZero():
		e.Words = "in use again"
	default:
		e.By, e.Words = "", "in use again: its maintenance ended at its time"
	}
	if e.By != "" {
		e.Words += " (set by " + e.By + ")"
	}
	return e
}

// since is when the word that takes an upstream out of use began to stand; zero
// when that is not known.
func (o *operators) since(id string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.told[id].since
}

// restoreOperators goes on where the telling ended.
func (h *house) restoreOperators(ctx context.Context) {
	reading, cancel := context.WithTimeout(ctx, statesTime)
	defer cancel()
	told, err := h.store.Operators(reading)
	if err != nil {
		h.log.Warn("what was told of the upstreams that are out of use is not known", "error", err)
	}
	h.operators.restore(told, err, time.Now())
}
