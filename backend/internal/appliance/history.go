package appliance

import (
	"context"
	"errors"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/bus"
	"headwater/backend/internal/calllog"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
)

// sinks are all that take finished calls; none of them blocks.
type sinks []interface{ Record(c *hw.Call) }

// Record implements gateway.CallSink.
func (all sinks) Record(c *hw.Call) {
	for _, one := range all {
		one.Record(c)
	}
}

const (
	// countTime bounds the reading of the last day's calls at the start.
	countTime = 30 * time.Second
	// historyPause lets transitions gather: each batch costs a sync of the disk.
	historyPause = time.Second
)

// countEarlier fills the figures with what the call log has of the last day,
// beside the traffic that has begun already. When it does not get through, the
// figures say that they are partial.
func (h *house) countEarlier(ctx context.Context) error {
	begun := h.opened
	reading, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	err := h.calls.Each(reading, calllog.Filter{Since: begun.Add(-24 * time.Hour), Until: begun}, func(c *hw.Call) error {
		h.traffic.Record(c)
		return reading.Err()
	})
	switch {
	case err == nil:
		h.traffic.Complete()
	case ctx.Err() == nil:
		h.log.Warn("the figures of the last day are not complete", "error", err)
	}
	<-ctx.Done()
	return nil
}

// healthChanged gives a transition its names and tells it.
func (h *house) healthChanged(e hw.HealthChanged) {
	e.Name, e.Upstreams = nameScope(h.holder.Load(), e.Kind, e.Scope)
	h.tellHealth(e)
}

// tellHealth tells a transition, and counts it for who waits for the history.
func (h *house) tellHealth(e hw.HealthChanged) {
	h.told.Add(1)
	h.bus.Publish(hw.TopicHealth, e)
}

const (
	// settleMost is how long a reader of the history waits for what has just
	// happened, and settleLook how often it looks.
	settleMost = 300 * time.Millisecond
	settleLook = 5 * time.Millisecond
)

// settleHistory has the history written up to now: who hears of a transition
// and asks finds it there.
func (h *house) settleHistory(ctx context.Context) {
	want := h.told.Load()
	if h.written.Load() >= want {
		return
	}
	select {
	case h.hurry <- struct{}{}:
	default:
	}
	end, look := time.NewTimer(settleMost), time.NewTicker(settleLook)
	defer end.Stop()
	defer look.Stop()
	for h.written.Load() < want {
		select {
		case <-look.C:
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// nameScope says what people call a scope, and whose it is. One that is no
// longer configured has no upstream.
func nameScope(s *snapshot.Snapshot, kind, scope string) (name string, upstreams []string) {
	upstreams = []string{}
	if health.Scope(kind) == health.ScopeEndpoint {
		_, name, _ = strings.Cut(scope, "://")
	}
	if s == nil {
		return name, upstreams
	}
	named := map[string]bool{} // thousands may stand behind one endpoint
	for _, t := range s.Targets {
		known := ""
		switch health.Scope(kind) {
		case health.ScopeEndpoint:
			known = t.Endpoint
		case health.ScopeCredential:
			known = t.Target.Credential
		case health.ScopeModel:
			known = t.Target.Model
		case health.ScopeTarget:
			known = t.ID
		case health.ScopeNone:
		}
		if known != scope {
			continue
		}
		if !named[t.Upstream.Name] {
			named[t.Upstream.Name] = true
			upstreams = append(upstreams, t.Upstream.Name)
		}
		name = scopeName(name, health.Scope(kind), t)
	}
	return name, upstreams
}

// scopeName is what people call the scope of a target.
func scopeName(known string, kind health.Scope, t *snapshot.Target) string {
	switch {
	case kind == health.ScopeCredential && t.Credential != nil:
		return t.Credential.Name
	case kind == health.ScopeModel, kind == health.ScopeTarget:
		return strings.TrimSuffix(t.Upstream.Name+"/"+t.Model, "/")
	}
	return known
}

// keepHistory writes transitions down as the bus tells them. A write that fails
// ends the part, which life starts again: those transitions are not kept, and
// the warning says so. It has followed since before anything was told.
func (h *house) keepHistory(ctx context.Context) error {
	for {
		events, dropped, err := h.history.Next(ctx)
		if err != nil {
			if errors.Is(err, bus.ErrClosed) || ctx.Err() != nil {
				return nil //nolint:nilerr // it was asked to end
			}
			return err //nolint:wrapcheck // says what it was doing
		}
		if dropped > 0 {
			h.log.Warn("transitions of health were not kept", "count", dropped)
		}
		unkept := h.writeHistory(ctx, events)
		h.written.Add(int64(len(events)) + dropped) // or will never be: nobody waits for them
		if unkept != nil {
			return unkept
		}
		timer := time.NewTimer(historyPause)
		select {
		case <-timer.C:
		case <-h.hurry:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// writeHistory keeps what has just happened, also while the service stops.
func (h *house) writeHistory(ctx context.Context, events []hw.Event) error {
	kept := make([]hw.HealthEvent, 0, len(events))
	for _, e := range events {
		if changed, ok := e.Data.(hw.HealthChanged); ok {
			kept = append(kept, hw.HealthEvent{At: e.At, HealthChanged: changed})
		}
	}
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), historyTime)
	defer cancel()
	return h.store.PutHealth(writing, kept) //nolint:wrapcheck // says what it was doing
}

// historyTime bounds one write, also the last one of a service that stops.
const historyTime = 10 * time.Second
