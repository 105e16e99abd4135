package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

func testAnswers(t *testing.T, e Engine) {
	s := e.Open(t)
	now := time.Now().UTC().Truncate(time.Millisecond)
	put := func(answers ...store.SealedAnswer) {
		t.Helper()
		if err := s.PutAnswers(t.Context(), answers); err != nil {
			t.Fatal(err)
		}
	}
	mine := store.SealedAnswer{ID: "resp_1", App: "app_a", CreatedAt: now, Body: "sealed"}
	put(mine, store.SealedAnswer{ID: "resp_old", App: "app_a", CreatedAt: now.Add(-store.AnswersAge - time.Minute), Body: "x"})
	if got, err := s.Answer(t.Context(), "app_a", "resp_1"); err != nil || got != mine {
		t.Errorf("got %+v, %v", got, err)
	}
	put(store.SealedAnswer{ID: "resp_1", App: "app_b", CreatedAt: now, Body: "another"})
	for _, row := range [][2]string{{"app_c", "resp_1"}, {"app_a", "resp_2"}, {"app_a", "resp_old"}} {
		if _, err := s.Answer(t.Context(), row[0], row[1]); hw.CodeOf(err) != hw.CodeNotFound {
			t.Errorf("%s of %s: %v", row[1], row[0], err)
		}
	}
	if got, err := s.Answer(t.Context(), "app_b", "resp_1"); err != nil || got.Body != "another" {
		t.Errorf("the same id of another app: %+v, %v", got, err)
	}
	if err := s.DropAnswer(t.Context(), "app_c", "resp_1"); hw.CodeOf(err) != hw.CodeNotFound {
		t.Errorf("another app's answer: %v", err)
	}
	if err := s.DropAnswer(t.Context(), "app_a", "resp_1"); err != nil {
		t.Error(err)
	}
	if _, err := s.Answer(t.Context(), "app_a", "resp_1"); hw.CodeOf(err) != hw.CodeNotFound {
		t.Errorf("after it was deleted: %v", err)
	}
}

func testAnswersBound(t *testing.T, e Engine) {
	s := e.Open(t)
	const each = 16 << 20
	body := strings.Repeat("x", each)
	now := time.Now().UTC()
	for i := range store.AnswersBytes/each + 2 {
		a := store.SealedAnswer{ID: fmt.Sprint("resp_", i), App: "app", CreatedAt: now.Add(time.Duration(i) * time.Second), Body: body}
		if err := s.PutAnswers(t.Context(), []store.SealedAnswer{a}); err != nil {
			t.Fatal(err)
		}
	}
	for i, there := range map[int]bool{0: false, 1: false, 2: true, store.AnswersBytes/each + 1: true} {
		if _, err := s.Answer(t.Context(), "app", fmt.Sprint("resp_", i)); (err == nil) != there {
			t.Errorf("answer %d: %v", i, err)
		}
	}
}
