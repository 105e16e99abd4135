// Package deferred keeps calls that nothing could answer and answers them when
// something can: the oldest first, a few at a time.
//
// It asks no upstream itself; a deferred call takes the same way as any other,
// from the gateway's first step to its last. Its one invariant: a call that was
// taken is answered, or said to have expired, also when the service restarts in
// between.
package deferred

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/gateway"
	"headwater/backend/internal/store"
)

const (
	// look is how often waiting calls are looked at without a sign that
	// something has changed.
	look = 2 * time.Second
	// pause lets signs gather.
	pause = 100 * time.Millisecond
	// batch is how many calls are read at once, together how many are tried at once.
	batch    = 500
	together = 4
	// patience bounds one try.
	patience = 15 * time.Minute
	// againMost bounds the wait between two tries of one call.
	againMost = time.Minute
	// settleTime bounds one write, also of a service that stops.
	settleTime = 10 * time.Second
)

// Store is where calls are kept.
type Store interface {
	PutDeferred(ctx context.Context, d store.DeferredCall) error
	SettleDeferred(ctx context.Context, d store.DeferredCall) error
	Deferred(ctx context.Context, id string) (store.DeferredCall, error)
	WaitingDeferred(ctx context.Context, after hw.Deferred, limit int) ([]hw.Deferred, error)
}

// Config is what a Keeper is made of; all fields are required.
type Config struct {
	Store Store
	// Seal and Open keep prompts and answers from being read in the database.
	Seal func(plain []byte, owner string) (string, error)
	Open func(sealed, owner string) ([]byte, error)
	Log  *slog.Logger
}

// Keeper keeps deferred calls. It implements gateway.Later.
type Keeper struct {
	Config
	added chan struct{}

	mu sync.Mutex
	// tries are when a call that failed is tried again; guarded by mu.
	tries map[string]time.Time
}

// New makes a Keeper.
func New(c Config) (*Keeper, error) {
	if c.Store == nil || c.Seal == nil || c.Open == nil || c.Log == nil {
		return nil, errors.New("making the keeper of deferred calls: every part of the configuration is required")
	}
	return &Keeper{Config: c, added: make(chan struct{}, 1), tries: map[string]time.Time{}}, nil
}

func owner(id, part string) string { return "deferred|" + id + "|" + part }

// Keep implements gateway.Later.
func (k *Keeper) Keep(ctx context.Context, d hw.Deferred, body []byte) error {
	sealed, err := k.Seal(body, owner(d.ID, "request"))
	if err != nil {
		return fmt.Errorf("sealing a deferred call: %w", err)
	}
	if err := k.Store.PutDeferred(ctx, store.DeferredCall{Deferred: d, Request: sealed}); err != nil {
		return err //nolint:wrapcheck // says what it was doing
	}
	select {
	case k.added <- struct{}{}:
	default:
	}
	return nil
}

// Find implements gateway.Later.
func (k *Keeper) Find(ctx context.Context, id string) (hw.Deferred, []byte, error) {
	d, err := k.Store.Deferred(ctx, id)
	if err != nil || d.State != hw.DeferredDone {
		return d.Deferred, nil, err //nolint:wrapcheck // says what it was doing
	}
	answer, err := k.Open(d.Answer, owner(id, "answer"))
	if err != nil {
		return d.Deferred, nil, fmt.Errorf("opening the answer to a deferred call: %w", err)
	}
	return d.Deferred, answer, nil
}

// Gateway answers deferred calls.
type Gateway interface {
	CanAnswer(d hw.Deferred) bool
	AnswerLater(ctx context.Context, d hw.Deferred, body []byte) gateway.LaterAnswer
}

// Run answers what waits until ctx ends. changes gives a channel that is closed
// when the health of something changes.
func (k *Keeper) Run(ctx context.Context, g Gateway, changes func() <-chan struct{}) error {
	for ctx.Err() == nil {
		changed := changes()
		if err := k.round(ctx, g); err != nil && ctx.Err() == nil {
			k.Log.Warn("deferred calls could not be looked at", "error", err)
		}
		timer := time.NewTimer(look)
		select {
		case <-timer.C:
		case <-changed:
			timer.Reset(pause)
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		case <-k.added:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// round looks at all calls that wait once, the oldest first. One that nothing
// can answer holds up no other.
func (k *Keeper) round(ctx context.Context, g Gateway) error {
	slots := make(chan struct{}, together)
	var under sync.WaitGroup
	defer under.Wait()
	var last hw.Deferred
	for ctx.Err() == nil {
		waiting, err := k.Store.WaitingDeferred(ctx, last, batch)
		if err != nil {
			return err //nolint:wrapcheck // says what it was doing
		}
		for _, d := range waiting {
			if !k.worthTrying(ctx, g, d) {
				continue
			}
			slots <- struct{}{} // a try ends with ctx
			under.Go(func() {
				defer func() { <-slots }()
				k.try(ctx, g, d.ID)
			})
		}
		if len(waiting) < batch {
			return nil
		}
		last = waiting[len(waiting)-1]
	}
	return nil
}

// worthTrying reports whether a call may be answered now; one whose time is up
// is settled.
func (k *Keeper) worthTrying(ctx context.Context, g Gateway, d hw.Deferred) bool {
	now := time.Now()
	if !now.Before(d.ExpiresAt) {
		k.settle(ctx, expired(store.DeferredCall{Deferred: d}, now))
		return false
	}
	return ctx.Err() == nil && k.dueNow(d.ID, now) && g.CanAnswer(d)
}

func expired(d store.DeferredCall, now time.Time) store.DeferredCall {
	d.State, d.DoneAt, d.Request = hw.DeferredExpired, now.UTC(), ""
	return d
}

func (k *Keeper) dueNow(id string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return !now.Before(k.tries[id])
}

// try answers one call, or notes when to try again.
func (k *Keeper) try(ctx context.Context, g Gateway, id string) {
	d, err := k.Store.Deferred(ctx, id)
	if err != nil || d.State != hw.DeferredWaiting {
		return // the next round looks again
	}
	body, err := k.Open(d.Request, owner(d.ID, "request"))
	if err != nil {
		k.Log.Error("a deferred call cannot be opened any more", "id", d.ID, "error", err)
		k.settle(ctx, expired(d, time.Now()))
		return
	}
	trying, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a := g.AnswerLater(trying, d.Deferred, body)
	if ctx.Err() != nil {
		return // the service stops; the call waits on
	}
	d.Tries++
	if a.Again {
		k.mu.Lock()
		k.tries[d.ID] = time.Now().Add(min(time.Second<<min(d.Tries, 6), againMost))
		k.mu.Unlock()
		k.settle(ctx, d)
		return
	}
	d.State, d.DoneAt, d.Status, d.ContentType, d.Request = hw.DeferredDone, time.Now().UTC(), a.Status, a.ContentType, ""
	if d.Answer, err = k.Seal(a.Body, owner(d.ID, "answer")); err != nil {
		k.Log.Error("an answer to a deferred call cannot be sealed", "id", d.ID, "error", err)
		return
	}
	k.settle(ctx, d)
}

// settle writes down how a call stands. What fails is tried again with the next
// round: the call is asked twice rather than lost.
func (k *Keeper) settle(ctx context.Context, d store.DeferredCall) {
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := k.Store.SettleDeferred(writing, d); err != nil {
		k.Log.Warn("a deferred call could not be settled", "id", d.ID, "error", err)
		return
	}
	if d.State != hw.DeferredWaiting {
		k.mu.Lock()
		delete(k.tries, d.ID)
		k.mu.Unlock()
	}
}
