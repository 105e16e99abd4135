package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"headwater/backend/hw"
)

// The strip covers a day in quarters of an hour, the one that runs included.
const (
	stripStep  = 15 * time.Minute
	stripSteps = 96
	// stripEvents bounds the transitions that one look takes in.
	stripEvents = 20_000
)

// HealthStrip says how upstreams did over the last day; without names, all.
func (s *Service) HealthStrip(ctx context.Context, actor hw.Actor, upstreams []string) (hw.HealthStrip, error) {
	if err := permit(actor, hw.PermStatusRead); err != nil {
		return hw.HealthStrip{}, err
	}
	s.settleHealth(ctx)
	s.strips.mu.Lock()
	defer s.strips.mu.Unlock()
	events, err := s.cfg.Store.HealthAfter(ctx, s.strips.read, stripEvents)
	if err != nil {
		return hw.HealthStrip{}, fmt.Errorf("reading the history of health: %w", err)
	}
	now := time.Now()
	s.strips.takeLocked(events, now)
	s.strips.standLocked(s.cfg.Health(), now)
	return s.strips.answerLocked(upstreams, now), nil
}

// severities orders states from well to bad; those up to unknown paint nothing.
func severities() [15]hw.HealthState {
	return [...]hw.HealthState{
		"", hw.HealthEnabled, hw.HealthUnknown, hw.HealthHealthy, hw.HealthRamp, hw.HealthDegraded, hw.HealthSuspect, hw.HealthDraining, hw.HealthMaintenance,
		hw.HealthDisabled, hw.HealthLoading, hw.HealthThrottled, hw.HealthProbing, hw.HealthOpen, hw.HealthQuarantined,
	}
}

// severity is a state's place in severities; 0 for one that is not there.
func severity(state hw.HealthState) uint8 {
	for i, one := range severities() {
		if one == state {
			return uint8(i)
		}
	}
	return 0
}

// strips remember what the transitions up to one of them came to: under many of
// them, reading a day of history for every look would cost more than the calls
// that made it, and a day may hold more than the history keeps.
type strips struct {
	mu sync.Mutex
	// read is the id of the last transition that was painted.
	read int64
	// whole is from when on no transition is missing; zero means always.
	whole  time.Time
	scopes map[stripScope]standing
	byUp   map[string]*stripRow
	// hands are when a person last had an upstream out of use, by its name.
	hands map[string]hand
}

// hand is the time in which a person had an upstream out of use: nothing was
// asked of it then, so what was known of it before says nothing of that time.
type hand struct{ from, to time.Time } // to is zero while it lasts

// stripScope is what transitions are told of.
type stripScope struct{ kind, id string }

// standing is the state that a scope was last told to be in.
type standing struct {
	state     hw.HealthState
	from      time.Time
	upstreams []string
}

// stripRow is the last day of one upstream: the severity of each step, at the
// step's number modulo their count.
type stripRow struct {
	states [stripSteps]uint8
	// last is the number of the newest step that was painted.
	last int64
}

// stepOf numbers the quarters of an hour since 1970, so that they stay where
// they are while the day moves over them.
func stepOf(t time.Time) int64 { return t.Unix() / int64(stripStep/time.Second) }

// stripSince is when the first step of a day up to now begins.
func stripSince(now time.Time) time.Time {
	return time.Unix((stepOf(now)-stripSteps+1)*int64(stripStep/time.Second), 0).UTC()
}

// paint notes a state from one step to another.
func (r *stripRow) paint(severe uint8, from, to int64) {
	for r.last = max(r.last, to-stripSteps); r.last < to; r.last++ {
		r.states[(r.last+1)%stripSteps] = 0 // what was there is a day old
	}
	for i := max(from, r.last-stripSteps+1); i <= to; i++ {
		if at := i % stripSteps; severe > r.states[at] {
			r.states[at] = severe
		}
	}
}

// takeHandLocked notes that a person took an upstream out of use, or back.
func (p *strips) takeHandLocked(upstream string, e *hw.HealthEvent) {
	h, known := p.hands[upstream]
	switch {
	case !e.To.ByOperator():
		h.to = e.At
	case !known || !h.to.IsZero():
		h = hand{from: e.At}
	}
	p.hands[upstream] = h
}

// paintKnownLocked notes what was known of an upstream, but for the time in
// which a person had it out of use.
func (p *strips) paintKnownLocked(upstream string, state hw.HealthState, from, to time.Time) {
	h, known := p.hands[upstream]
	if !known {
		p.paintLocked(upstream, state, from, to)
		return
	}
	if from.Before(h.from) {
		p.paintLocked(upstream, state, from, earliest(to, h.from))
	}
	if !h.to.IsZero() && !to.Before(h.to) {
		p.paintLocked(upstream, state, latest(from, h.to), to)
	}
}

// paintLocked notes a state of an upstream.
func (p *strips) paintLocked(upstream string, state hw.HealthState, from, to time.Time) {
	row := p.byUp[upstream]
	if row == nil {
		row = &stripRow{last: stepOf(to)}
		p.byUp[upstream] = row
	}
	if severe := severity(state); severe > severity(hw.HealthUnknown) {
		row.paint(severe, stepOf(from), stepOf(to))
	}
}

// takeLocked paints transitions, oldest first, that follow those before.
func (p *strips) takeLocked(events []hw.HealthEvent, now time.Time) {
	if p.byUp == nil {
		p.scopes, p.byUp, p.hands = map[stripScope]standing{}, map[string]*stripRow{}, map[string]hand{}
	}
	if len(events) == 0 {
		return
	}
	first := &events[0]
	if p.read > 0 && first.ID != p.read+1 || len(events) == stripEvents {
		p.whole = first.At
	}
	since := stripSince(now)
	for i := range events {
		e := &events[i]
		p.read = e.ID
		if e.Drill != "" {
			continue // what a drill did happened to nobody else
		}
		key := stripScope{e.Kind, e.Scope}
		before, known := p.scopes[key]
		if !known {
			before = standing{state: e.From, from: since}
		}
		for _, up := range e.Upstreams {
			p.paintScopeLocked(key, up, before.state, before.from, e.At)
			if key.kind == hw.HealthKindUpstream {
				p.takeHandLocked(up, e)
			}
		}
		p.scopes[key] = standing{state: e.To, from: e.At, upstreams: e.Upstreams}
	}
}

// standLocked paints what stands now, and forgets what is gone: scopes of which
// no upstream is in use any more, and upstreams that were not for a day.
func (p *strips) standLocked(current []hw.TargetHealth, now time.Time) {
	since := stripSince(now)
	used, unwell := make(map[string]bool, len(current)), map[string]bool{}
	for i := range current {
		t := &current[i]
		used[t.Upstream] = true
		unwell[t.Upstream] = unwell[t.Upstream] || bad(t.State)
		p.paintTargetLocked(t, since, now)
	}
	for key, last := range p.scopes {
		if !p.standScopeLocked(key, last, used, unwell, now) {
			p.rememberEndLocked(last)
			delete(p.scopes, key)
		}
	}
	oldest := stepOf(since)
	for name, row := range p.byUp {
		if row.last < oldest && !used[name] {
			delete(p.byUp, name)
			delete(p.hands, name)
		}
	}
}

// standScopeLocked paints what was last told of a scope, and reports whether it
// is still in use.
func (p *strips) standScopeLocked(key stripScope, last standing, used, unwell map[string]bool, now time.Time) bool {
	person := key.kind == hw.HealthKindUpstream
	// A person's word ends with another one, whether or not it is used.
	kept := person && last.state.ByOperator()
	for _, up := range last.upstreams {
		if !used[up] && !kept {
			continue
		}
		kept = true
		to := now
		// Nobody tells the end of a key or a model that was taken out: what is
		// bad of an upstream shows at one of its targets.
		if !person && bad(last.state) && !unwell[up] {
			to = last.from
		}
		p.paintScopeLocked(key, up, last.state, last.from, to)
	}
	return kept
}

// bad reports whether a state is worse than coming back.
func bad(state hw.HealthState) bool { return severity(state) > severity(hw.HealthRamp) }

// paintTargetLocked notes how a target is now.
func (p *strips) paintTargetLocked(t *hw.TargetHealth, since, now time.Time) {
	from := latest(t.Since, since)
	switch {
	case !t.State.ByOperator():
		p.paintKnownLocked(t.Upstream, t.State, from, now)
	case t.Since.IsZero(): // nobody knows since when
		p.paintLocked(t.Upstream, t.State, now, now)
	default:
		p.paintLocked(t.Upstream, t.State, from, now)
	}
}

// paintScopeLocked notes the state of a scope of an upstream.
func (p *strips) paintScopeLocked(key stripScope, upstream string, state hw.HealthState, from, to time.Time) {
	if key.kind == hw.HealthKindUpstream {
		p.paintLocked(upstream, state, from, to)
		return
	}
	p.paintKnownLocked(upstream, state, from, to)
}

// rememberEndLocked notes the last that was told of a scope that is gone.
func (p *strips) rememberEndLocked(last standing) {
	for _, up := range last.upstreams {
		p.paintLocked(up, last.state, last.from, last.from)
	}
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// answerLocked is the strip of some upstreams, or of all.
func (p *strips) answerLocked(names []string, now time.Time) hw.HealthStrip {
	since := stripSince(now)
	s := hw.HealthStrip{Since: since, StepS: int(stripStep / time.Second), Upstreams: []hw.UpstreamStrip{}, Partial: p.whole.After(since)}
	if len(names) == 0 {
		for name := range p.byUp {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if row := p.byUp[name]; row != nil {
			s.Upstreams = append(s.Upstreams, hw.UpstreamStrip{Upstream: name, States: row.day(stepOf(now))})
		}
	}
	slices.SortFunc(s.Upstreams, func(a, b hw.UpstreamStrip) int { return cmp.Compare(a.Upstream, b.Upstream) })
	return s
}

// day is what was painted in the day up to a step, oldest first.
func (r *stripRow) day(last int64) []hw.HealthState {
	words, states := severities(), make([]hw.HealthState, stripSteps)
	for i := range states {
		step := last - stripSteps + 1 + int64(i)
		if step <= r.last && step > r.last-stripSteps {
			states[i] = words[r.states[step%stripSteps]]
		}
	}
	return states
}
