package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"headwater/backend/hw"
)

// The strip covers a day in quarters of an hour.
const (
	stripStep  = 15 * time.Minute
	stripSteps = 96
	// stripEvents bounds the transitions that are looked at.
	stripEvents = 20_000
)

// HealthStrip says how each upstream did over the last day.
func (s *Service) HealthStrip(ctx context.Context, actor hw.Actor) (hw.HealthStrip, error) {
	if err := permit(actor, hw.PermStatusRead); err != nil {
		return hw.HealthStrip{}, err
	}
	s.settleHealth(ctx)
	now := time.Now()
	since := now.Add(-stripSteps * stripStep)
	events, err := s.cfg.Store.HealthSince(ctx, since, stripEvents)
	if err != nil {
		return hw.HealthStrip{}, fmt.Errorf("reading the history of health: %w", err)
	}
	strip := stripOf(events, s.cfg.Health(), since, now)
	strip.Partial = len(events) == stripEvents
	return strip, nil
}

// severity orders states from well to bad.
func severity(state hw.HealthState) int {
	order := [...]hw.HealthState{
		"", hw.HealthUnknown, hw.HealthHealthy, hw.HealthRamp, hw.HealthDegraded, hw.HealthSuspect, hw.HealthDraining, hw.HealthMaintenance,
		hw.HealthDisabled, hw.HealthLoading, hw.HealthThrottled, hw.HealthProbing, hw.HealthOpen, hw.HealthQuarantined,
	}
	return slices.Index(order[:], state)
}

// strips gathers the steps of upstreams by name.
type strips struct {
	since time.Time
	byUp  map[string][]hw.HealthState
}

// paint notes a state from one moment to another.
func (p *strips) paint(upstream string, state hw.HealthState, from, to time.Time) {
	if state == hw.HealthUnknown || to.Before(p.since) {
		return
	}
	states := p.byUp[upstream]
	if states == nil {
		states = make([]hw.HealthState, stripSteps)
		p.byUp[upstream] = states
	}
	first := max(int(from.Sub(p.since)/stripStep), 0)
	last := min(int(to.Sub(p.since)/stripStep), stripSteps-1)
	for i := first; i <= last; i++ {
		if severity(state) > severity(states[i]) {
			states[i] = state
		}
	}
}

// stripOf makes the strip from transitions, oldest first, and from what stands now.
func stripOf(events []hw.HealthEvent, current []hw.TargetHealth, since, now time.Time) hw.HealthStrip {
	type scope struct{ kind, id string }
	type standing struct {
		state     hw.HealthState
		from      time.Time
		upstreams []string
	}
	p := strips{since: since, byUp: map[string][]hw.HealthState{}}
	at := map[scope]standing{}
	for i := range events {
		e := &events[i]
		if e.Drill != "" {
			continue // what a drill did happened to nobody else
		}
		key := scope{e.Kind, e.Scope}
		before, known := at[key]
		if !known {
			before = standing{state: e.From, from: since}
		}
		for _, up := range e.Upstreams {
			p.paint(up, before.state, before.from, e.At)
		}
		at[key] = standing{state: e.To, from: e.At, upstreams: e.Upstreams}
	}
	for _, last := range at {
		for _, up := range last.upstreams {
			p.paint(up, last.state, last.from, now)
		}
	}
	for i := range current {
		p.byUp[current[i].Upstream] = orBlank(p.byUp[current[i].Upstream])
		p.paint(current[i].Upstream, current[i].State, latest(current[i].Since, since), now)
	}
	return p.strip()
}

func orBlank(states []hw.HealthState) []hw.HealthState {
	if states == nil {
		return make([]hw.HealthState, stripSteps)
	}
	return states
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (p *strips) strip() hw.HealthStrip {
	s := hw.HealthStrip{Since: p.since, StepS: int(stripStep / time.Second), Upstreams: []hw.UpstreamStrip{}}
	for name, states := range p.byUp {
		s.Upstreams = append(s.Upstreams, hw.UpstreamStrip{Upstream: name, States: states})
	}
	slices.SortFunc(s.Upstreams, func(a, b hw.UpstreamStrip) int { return cmp.Compare(a.Upstream, b.Upstream) })
	return s
}
