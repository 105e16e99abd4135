package appliance

import (
	"context"
	"time"

	"headwater/backend/internal/health"
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
	all, err := h.storedStates(ctx)
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

func (h *house) storedStates(ctx context.Context) ([]health.Saved, error) {
	reading, cancel := context.WithTimeout(ctx, statesTime)
	defer cancel()
	return h.store.HealthStates(reading) //nolint:wrapcheck // says what it was doing
}

// stateKey is what a state is kept by.
type stateKey struct {
	scope health.Scope
	id    string
}

// keptStates are the states as the store has them.
type keptStates map[stateKey]health.Saved

func keptOf(all []health.Saved) keptStates {
	kept := make(keptStates, len(all))
	for _, one := range all {
		kept[stateKey{one.Scope, one.ID}] = one
	}
	return kept
}

// behind says what has to be written for the store to have these.
func (k keptStates) behind(all []health.Saved) (put, gone []health.Saved) {
	live := make(map[stateKey]bool, len(all))
	for _, one := range all {
		key := stateKey{one.Scope, one.ID}
		live[key] = true
		if k[key] != one {
			put = append(put, one)
		}
	}
	for key, one := range k {
		if !live[key] {
			gone = append(gone, one)
		}
	}
	return put, gone
}

// keepStates writes the states down soon after they change, and at the end: of
// thousands only those that have. It begins with what the store has, so that
// after a write that failed, which ends the part, nothing is taken for written.
func (h *house) keepStates(ctx context.Context) error {
	all, err := h.storedStates(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	kept := keptOf(all)
	for {
		changed := h.health.Changes()
		if err := h.writeStates(ctx, kept); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return h.writeStates(ctx, kept)
		}
		timer := time.NewTimer(statesPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// writeStates writes what the store does not have yet.
func (h *house) writeStates(ctx context.Context, kept keptStates) error {
	put, gone := kept.behind(h.health.Save(time.Now()))
	if len(put)+len(gone) == 0 {
		return nil
	}
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), statesTime)
	defer cancel()
	if err := h.store.PutHealthStates(writing, put, gone); err != nil {
		return err //nolint:wrapcheck // says what it was doing
	}
	for _, one := range gone {
		delete(kept, stateKey{one.Scope, one.ID})
	}
	for _, one := range put {
		kept[stateKey{one.Scope, one.ID}] = one
	}
	return nil
}

// answerLater answers deferred calls.
func (h *house) answerLater(ctx context.Context) error {
	return h.later.Run(ctx, h.gateway, h.health.Changes) //nolint:wrapcheck // says what it was doing
}
