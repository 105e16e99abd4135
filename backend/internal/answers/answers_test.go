package answers_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/answers"
	"headwater/backend/internal/gateway"
	"headwater/backend/internal/store"
)

// shelf is a Store in memory.
type shelf struct {
	mu   sync.Mutex
	rows map[string]store.SealedAnswer
}

func (s *shelf) PutAnswers(_ context.Context, all []store.SealedAnswer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range all {
		s.rows[a.App+a.ID] = a
	}
	return nil
}

func (s *shelf) Answer(_ context.Context, app, id string) (store.SealedAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.rows[app+id]; ok {
		return a, nil
	}
	return store.SealedAnswer{}, hw.Errorf(hw.CodeNotFound, "none")
}

func (s *shelf) DropAnswer(_ context.Context, app, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.rows[app+id]; !ok {
		return hw.Errorf(hw.CodeNotFound, "none")
	}
	delete(s.rows, app+id)
	return nil
}

func keeper(t *testing.T, s *shelf) *answers.Keeper {
	t.Helper()
	k, err := answers.New(answers.Config{
		Store: s, Log: slog.New(slog.DiscardHandler),
		Seal: func(plain []byte, owner string) (string, error) { return owner + "#" + string(plain), nil },
		Open: func(sealed, owner string) ([]byte, error) {
			return []byte(strings.TrimPrefix(sealed, owner+"#")), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// runToEnd lets a keeper write what waits, as a stop does.
func runToEnd(t *testing.T, k *answers.Keeper) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := k.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

func answer(id string) gateway.KeptAnswer {
	return gateway.KeptAnswer{
		ID: id, App: "app", Target: "t", At: time.Now().UTC().Truncate(time.Millisecond),
		Answer: json.RawMessage(`{"id":"` + id + `"}`), Input: json.RawMessage(`[1]`),
	}
}

func TestAnAnswerIsFoundAtOnceAndAfterARestart(t *testing.T) {
	s := &shelf{rows: map[string]store.SealedAnswer{}}
	k := keeper(t, s)
	want := answer("resp_1")
	k.Keep(want)
	check := func(k *answers.Keeper, when string) {
		t.Helper()
		got, err := k.Find(t.Context(), "app", "resp_1")
		if err != nil || string(got.Answer) != string(want.Answer) || string(got.Input) != "[1]" || got.Target != "t" || !got.At.Equal(want.At) {
			t.Errorf("%s: %+v, %v", when, got, err)
		}
		if _, err := k.Find(t.Context(), "other", "resp_1"); hw.CodeOf(err) != hw.CodeNotFound {
			t.Errorf("%s, another app: %v", when, err)
		}
	}
	check(k, "at once")
	runToEnd(t, k)
	check(keeper(t, s), "after a restart")
	for _, row := range s.rows {
		if !strings.HasPrefix(row.Body, "answer|app|resp_1#") {
			t.Errorf("it is not sealed: %s", row.Body)
		}
	}
}

func TestWhatIsDeletedStaysSo(t *testing.T) {
	s := &shelf{rows: map[string]store.SealedAnswer{}}
	k := keeper(t, s)
	k.Keep(answer("waits"))
	if err := k.Drop(t.Context(), "app", "waits"); err != nil {
		t.Fatal(err)
	}
	runToEnd(t, k)
	k.Keep(answer("written"))
	runToEnd(t, k)
	if err := k.Drop(t.Context(), "other", "written"); hw.CodeOf(err) != hw.CodeNotFound {
		t.Errorf("another app's: %v", err)
	}
	if err := k.Drop(t.Context(), "app", "written"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"waits", "written"} {
		if _, err := k.Find(t.Context(), "app", id); hw.CodeOf(err) != hw.CodeNotFound {
			t.Errorf("%s is still there: %v", id, err)
		}
	}
	if len(s.rows) != 0 {
		t.Errorf("on disk: %v", s.rows)
	}
}

func TestTooMuchIsNotKept(t *testing.T) {
	s := &shelf{rows: map[string]store.SealedAnswer{}}
	k := keeper(t, s)
	big := answer("big")
	big.Input = json.RawMessage(`["` + strings.Repeat("x", 2*gateway.MaxKept) + `"]`)
	k.Keep(big)
	for range 1000 { // more than may wait
		k.Keep(answer("many"))
	}
	runToEnd(t, k)
	if _, err := k.Find(t.Context(), "app", "big"); hw.CodeOf(err) != hw.CodeNotFound {
		t.Errorf("too large: %v", err)
	}
	if _, err := k.Find(t.Context(), "app", "many"); err != nil {
		t.Errorf("too many: %v", err)
	}
}
