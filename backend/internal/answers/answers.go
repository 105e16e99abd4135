// Package answers keeps what callers may continue by its id: the answers of
// the Responses API, with the conversation before each.
//
// An answer can be found at once, from memory, and is written down, sealed, a
// moment later: nobody waits for the disk. Its one invariant: what was given
// to one app is never found by another.
package answers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/cache"
	"headwater/backend/internal/gateway"
	"headwater/backend/internal/store"
)

const (
	// memory bounds what is held in memory, in bytes; each of those that wait to
	// be written is held there too, at most waiting of them.
	memory  = 64 << 20
	waiting = 64
	batch   = 16
	// writeTime bounds one write, also of a service that stops.
	writeTime = 10 * time.Second
)

// Store is where answers are written down.
type Store interface {
	PutAnswers(ctx context.Context, answers []store.SealedAnswer) error
	Answer(ctx context.Context, app, id string) (store.SealedAnswer, error)
	DropAnswer(ctx context.Context, app, id string) error
}

// Config is what a Keeper is made of; all fields are required.
type Config struct {
	Store Store
	// Seal and Open keep conversations from being read in the database.
	Seal func(plain []byte, owner string) (string, error)
	Open func(sealed, owner string) ([]byte, error)
	Log  *slog.Logger
}

// Keeper keeps answers. It implements gateway.Answers.
type Keeper struct {
	Config
	recent *cache.Store
	queue  chan kept

	mu sync.Mutex
	// pending are those in the queue; false is one that was deleted meanwhile.
	pending map[cache.Key]bool
}

// kept is an answer on its way to the disk.
type kept struct {
	id, app string
	at      time.Time
	body    []byte
}

// New makes a Keeper.
func New(c Config) (*Keeper, error) {
	if c.Store == nil || c.Seal == nil || c.Open == nil || c.Log == nil {
		return nil, errors.New("making the keeper of answers: every part of the configuration is required")
	}
	return &Keeper{Config: c, recent: cache.New(memory), queue: make(chan kept, waiting), pending: map[cache.Key]bool{}}, nil
}

func key(app, id string) cache.Key { return cache.KeyOfWords("answer", app, id) }

func itemKey(app, item string) cache.Key { return cache.KeyOfWords("item", app, item) }

// AnswerOf implements gateway.Answers.
func (k *Keeper) AnswerOf(app, item string) (string, bool) {
	e, ok := k.recent.Get(itemKey(app, item), store.AnswersAge, time.Now())
	return string(e.Body), ok
}

func owner(app, id string) string { return "answer|" + app + "|" + id }

// Keep implements gateway.Answers.
func (k *Keeper) Keep(a gateway.KeptAnswer) {
	body, err := json.Marshal(a)
	if err != nil || len(body) > 2*gateway.MaxKept {
		k.Log.Warn("an answer is not kept: its conversation is too large", "answer", a.ID, "bytes", len(body), "error", err)
		return
	}
	k.recent.Put(key(a.App, a.ID), cache.Entry{Body: body, At: a.At})
	for _, item := range a.Items {
		k.recent.Put(itemKey(a.App, item), cache.Entry{Body: []byte(a.ID), At: a.At})
	}
	k.mark(key(a.App, a.ID), true)
	select {
	case k.queue <- kept{a.ID, a.App, a.At, body}:
	default:
		k.unmark(key(a.App, a.ID))
		k.Log.Warn("an answer is kept in memory only: too many wait to be written", "answer", a.ID)
	}
}

// Find implements gateway.Answers.
func (k *Keeper) Find(ctx context.Context, app, id string) (a gateway.KeptAnswer, err error) {
	e, ok := k.recent.Get(key(app, id), store.AnswersAge, time.Now())
	body := e.Body
	if !ok {
		sealed, err := k.Store.Answer(ctx, app, id)
		if err != nil {
			return a, err //nolint:wrapcheck // says what it was doing
		}
		if body, err = k.Open(sealed.Body, owner(app, id)); err != nil {
			return a, fmt.Errorf("opening a kept answer: %w", err)
		}
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("decoding a kept answer: %w", err)
	}
	return a, nil
}

// mark notes that an answer waits to be written.
func (k *Keeper) mark(at cache.Key, wanted bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pending[at] = wanted
}

// wanted reports whether an answer that waits was not deleted meanwhile.
func (k *Keeper) wanted(at cache.Key) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pending[at]
}

// unmark takes the note back and tells whether the answer is still wanted.
func (k *Keeper) unmark(at cache.Key) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	wanted := k.pending[at]
	delete(k.pending, at)
	return wanted
}

// Drop implements gateway.Answers.
func (k *Keeper) Drop(ctx context.Context, app, id string) error {
	_, held := k.recent.Get(key(app, id), store.AnswersAge, time.Now())
	k.recent.Drop(key(app, id))
	k.mu.Lock()
	if wanted, waits := k.pending[key(app, id)]; waits {
		held = held || wanted
		k.pending[key(app, id)] = false
	}
	k.mu.Unlock()
	err := k.Store.DropAnswer(ctx, app, id)
	if held {
		return nil // it was there, written or not
	}
	return err //nolint:wrapcheck // says what it was doing
}

// Run writes answers down until ctx ends, and then what still waits.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		select {
		case a := <-k.queue:
			k.write(ctx, k.gather(a))
		case <-ctx.Done():
			for {
				select {
				case a := <-k.queue:
					k.write(context.WithoutCancel(ctx), k.gather(a))
				default:
					return nil
				}
			}
		}
	}
}

// gather takes what waits behind an answer, for one write.
func (k *Keeper) gather(first kept) []kept {
	all := []kept{first}
	for len(all) < batch {
		select {
		case a := <-k.queue:
			all = append(all, a)
		default:
			return all
		}
	}
	return all
}

func (k *Keeper) write(ctx context.Context, all []kept) {
	sealed := make([]store.SealedAnswer, 0, len(all))
	for _, a := range all {
		if !k.wanted(key(a.app, a.id)) {
			k.unmark(key(a.app, a.id))
			continue
		}
		body, err := k.Seal(a.body, owner(a.app, a.id))
		if err != nil {
			k.Log.Error("an answer could not be sealed", "answer", a.id, "error", err)
			continue
		}
		sealed = append(sealed, store.SealedAnswer{ID: a.id, App: a.app, CreatedAt: a.at.UTC(), Body: body})
	}
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	if err := k.Store.PutAnswers(writing, sealed); err != nil {
		k.Log.Warn("answers could not be written down and are kept in memory only", "answers", len(sealed), "error", err)
	}
	for _, a := range sealed { // what was deleted while it was written is deleted again
		if k.unmark(key(a.App, a.ID)) {
			continue
		}
		if err := k.Store.DropAnswer(writing, a.App, a.ID); err != nil && hw.CodeOf(err) != hw.CodeNotFound {
			k.Log.Warn("a deleted answer is still on disk", "answer", a.ID, "error", err)
		}
	}
}
