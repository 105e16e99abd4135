package appliance

import (
	"context"
	"time"
)

const (
	// statesPause lets transitions gather before they are written.
	statesPause = time.Second
	// statesTime bounds one reading or writing of the states.
	statesTime = 10 * time.Second
)

// restoreStates puts back what was known of the health of upstreams when the
// service ended, so that an outage is not found out a second time. Without it
// everything begins as unknown, which is usable.
func (h *house) restoreStates(ctx context.Context) {
	reading, cancel := context.WithTimeout(ctx, statesTime)
	defer cancel()
	all, err := h.store.HealthStates(reading)
	if err != nil {
		h.log.Warn("the states of health were not restored", "error", err)
		return
	}
	now := time.Now()
	h.health.Restore(all, now)
	for _, t := range h.holder.Load().Targets {
		h.health.View(&t.Target, now) // ties the states to their targets
	}
	h.health.Forget(keeper(h.holder.Load())) // what is no longer configured
}

// keepStates writes the states down soon after they change, and at the end.
func (h *house) keepStates(ctx context.Context) error {
	for {
		changed := h.health.Changes()
		if err := h.writeStates(ctx); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return h.writeStates(ctx)
		}
		timer := time.NewTimer(statesPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

func (h *house) writeStates(ctx context.Context) error {
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), statesTime)
	defer cancel()
	return h.store.PutHealthStates(writing, h.health.Save(time.Now())) //nolint:wrapcheck // says what it was doing
}

// answerLater answers deferred calls.
func (h *house) answerLater(ctx context.Context) error {
	return h.later.Run(ctx, h.gateway, h.health.Changes) //nolint:wrapcheck // says what it was doing
}
