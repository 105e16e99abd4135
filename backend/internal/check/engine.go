package check

import (
	"context"
	"errors"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/engine"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
)

const (
	// engineLook is how often a local engine in use is asked how it stands.
	engineLook = time.Second
	// engineKnown is how long an engine's kind is taken for granted.
	engineKnown = 5 * time.Minute
)

// engineState is what is known of the engine behind a group.
type engineState struct {
	kind engine.Kind
	till time.Time // when the kind is to be found out again
}

// mayBeEngine reports whether an upstream can be a local engine.
func mayBeEngine(up *snapshot.Upstream) bool {
	return up.Local && up.Provider.ID != hw.ProviderSimulator
}

// watched reports whether a group is a local engine that calls are under way
// to, or that is out of use. It takes k.mu.
func (k *Checker) watched(g *group) bool {
	k.mu.Lock()
	known := k.engines[g.id]
	k.mu.Unlock()
	if known == nil || known.kind == engine.None {
		return false
	}
	now := time.Now()
	for _, t := range g.targets {
		if v := k.Health.View(t, now); !v.Hinted && (v.InFlight > 0 || v.State == hw.HealthLoading || v.Cold) {
			return true
		}
	}
	return false
}

// unknown reports whether a group may be a local engine of which nothing is
// known yet: it is asked at once, before a call finds out that it has to load.
func (k *Checker) unknown(g *group) bool {
	if !mayBeEngine(g.up) || k.paused(g) {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.engines[g.id] == nil
}

// errPaused is why an engine is not asked any further.
var errPaused = errors.New("the upstream has asked for a pause")

// paused reports whether a target of a group has named a time before which
// nothing may be asked of it.
func (k *Checker) paused(g *group) bool {
	now := time.Now()
	for _, t := range g.targets {
		if k.Health.View(t, now).Hinted {
			return true
		}
	}
	return false
}

// look asks a local engine how it stands and tells health.
func (k *Checker) look(ctx context.Context, g *group) {
	if !mayBeEngine(g.up) {
		return
	}
	asking, cancel := context.WithTimeout(ctx, g.up.Check.Timeout)
	defer cancel()
	kind := k.kindOf(asking, g)
	if kind == engine.None {
		return
	}
	state, err := engine.Read(asking, kind, k.getter(g))
	if err != nil {
		k.Log.Debug("reading the state of a local engine", "upstream", g.up.Name, "error", err)
		return
	}
	for i, t := range g.targets {
		k.Health.TellEngine(t, says(state, g.models[i]), time.Now())
	}
}

// says is what an engine's state means for one model.
func says(state engine.State, model string) health.Engine {
	e := health.Engine{Capacity: state.Capacity, Loading: state.Loading, Backlog: state.Waiting > 0}
	if state.Loaded != nil && model != "" {
		e.Cold = state.Has(model) && !state.IsLoaded(model)
	}
	return e
}

func (k *Checker) kindOf(ctx context.Context, g *group) engine.Kind {
	k.mu.Lock()
	known := k.engines[g.id]
	k.mu.Unlock()
	now := time.Now()
	if known != nil && now.Before(known.till) {
		return known.kind
	}
	kind, err := engine.Detect(ctx, k.getter(g))
	if err != nil {
		return engine.None // undecided: asked again with the next check
	}
	k.mu.Lock()
	k.engines[g.id] = &engineState{kind: kind, till: now.Add(engineKnown)}
	k.mu.Unlock()
	return kind
}

func (k *Checker) getter(g *group) engine.Get {
	return func(ctx context.Context, path string) (int, []byte, error) {
		if k.paused(g) {
			return 0, nil, errPaused
		}
		resp, body, err := k.Upstreams.AskRoot(ctx, g.up, g.credential, path)
		if err != nil {
			return 0, nil, err
		}
		return resp.Status, body, nil
	}
}
