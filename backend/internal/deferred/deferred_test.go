package deferred_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/deferred"
	"headwater/backend/internal/gateway"
	"headwater/backend/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is a store in memory.
type shelf struct {
	mu    sync.Mutex
	calls map[string]store.DeferredCall
	fail  error
}

func (s *shelf) PutDeferred(_ context.Context, d store.DeferredCall) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.calls[d.ID] = d
	}
	return s.fail
}

func (s *shelf) SettleDeferred(ctx context.Context, d store.DeferredCall) error {
	return s.PutDeferred(ctx, d)
}

func (s *shelf) Deferred(_ context.Context, id string) (store.DeferredCall, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.calls[id]
	if !ok {
		return d, hw.Errorf(hw.CodeNotFound, "none")
	}
	return d, nil
}

func (s *shelf) WaitingDeferred(context.Context, hw.Deferred, int) (all []hw.Deferred, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.calls {
		if d.State == hw.DeferredWaiting {
			all = append(all, d.Deferred)
		}
	}
	return all, s.fail
}

// gate is a gateway that can or cannot answer.
type gate struct {
	mu    sync.Mutex
	open  bool
	asked int
	again bool
}

func (g *gate) CanAnswer(hw.Deferred) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

func (g *gate) AnswerLater(_ context.Context, _ hw.Deferred, body []byte) gateway.LaterAnswer {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	return gateway.LaterAnswer{Status: 200, ContentType: "text/plain", Body: append([]byte("re: "), body...), Again: g.again}
}

func (g *gate) allow(again bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open, g.again = true, again
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

func newKeeper(t *testing.T, s *shelf) *deferred.Keeper {
	t.Helper()
	k, err := deferred.New(deferred.Config{
		Store: s, Log: slog.New(slog.DiscardHandler),
		Seal: func(plain []byte, owner string) (string, error) { return owner + "/" + string(plain), nil },
		Open: func(sealed, owner string) ([]byte, error) {
			plain, ok := strings.CutPrefix(sealed, owner+"/")
			if !ok {
				return nil, errors.New("another owner's")
			}
			return []byte(plain), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func run(t *testing.T, tell func(t *testing.T, k *deferred.Keeper, s *shelf, g *gate)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, g := &shelf{calls: map[string]store.DeferredCall{}}, &gate{}
		k := newKeeper(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		var part sync.WaitGroup
		never := make(chan struct{})
		part.Go(func() { _ = k.Run(ctx, g, func() <-chan struct{} { return never }) })
		tell(t, k, s, g)
		cancel()
		part.Wait()
	})
}

func waiting(id string, expires time.Duration) hw.Deferred {
	return hw.Deferred{ID: id, App: "app", State: hw.DeferredWaiting, CreatedAt: time.Now(), ExpiresAt: time.Now().Add(expires)}
}

func TestACallIsAnsweredWhenSomethingCan(t *testing.T) {
	run(t, func(t *testing.T, k *deferred.Keeper, _ *shelf, g *gate) {
		if err := k.Keep(t.Context(), waiting("d1", time.Hour), []byte("question")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if d, _, err := k.Find(t.Context(), "d1"); err != nil || d.State != hw.DeferredWaiting || g.count() != 0 {
			t.Fatalf("%+v, %v, asked %d times", d, err, g.count())
		}
		g.allow(false)
		time.Sleep(5 * time.Second)
		d, answer, err := k.Find(t.Context(), "d1")
		if err != nil || d.State != hw.DeferredDone || d.Status != 200 || string(answer) != "re: question" || d.DoneAt.IsZero() {
			t.Errorf("%+v %q %v", d, answer, err)
		}
		if g.count() != 1 {
			t.Errorf("asked %d times", g.count())
		}
	})
}

func TestAFailedTryIsRepeatedAtGrowingPauses(t *testing.T) {
	run(t, func(t *testing.T, k *deferred.Keeper, s *shelf, g *gate) {
		g.allow(true)
		if err := k.Keep(t.Context(), waiting("d1", time.Hour), []byte("q")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if n := g.count(); n < 8 || n > 20 {
			t.Errorf("%d tries in ten minutes", n)
		}
		g.allow(false)
		time.Sleep(2 * time.Minute)
		if d, _, _ := k.Find(t.Context(), "d1"); d.State != hw.DeferredDone || d.Tries < 8 {
			t.Errorf("%+v", d)
		}
		if s.calls["d1"].Request != "" {
			t.Error("the question is kept although it is answered")
		}
	})
}

func TestACallExpires(t *testing.T) {
	run(t, func(t *testing.T, k *deferred.Keeper, s *shelf, _ *gate) {
		if err := k.Keep(t.Context(), waiting("d1", time.Minute), []byte("q")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if d, _, err := k.Find(t.Context(), "d1"); err != nil || d.State != hw.DeferredExpired || s.calls["d1"].Request != "" {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

func TestATroubledStoreLosesNothing(t *testing.T) {
	run(t, func(t *testing.T, k *deferred.Keeper, s *shelf, g *gate) {
		if err := k.Keep(t.Context(), waiting("d1", time.Hour), []byte("q")); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.fail = errors.New("the disk is full")
		s.mu.Unlock()
		if err := k.Keep(t.Context(), waiting("d2", time.Hour), []byte("q")); err == nil {
			t.Error("a call was taken that could not be kept")
		}
		g.allow(false)
		time.Sleep(time.Minute)
		s.mu.Lock()
		s.fail = nil
		s.mu.Unlock()
		time.Sleep(time.Minute)
		if d, _, err := k.Find(t.Context(), "d1"); err != nil || d.State != hw.DeferredDone {
			t.Errorf("%+v, %v", d, err)
		}
	})
}
