package drill_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/upstream"
)

// body is a real answer of a stream, in pieces.
func body(pieces ...string) sender {
	return func(context.Context) (*upstream.Response, error) {
		readers := make([]io.Reader, len(pieces))
		for i, piece := range pieces {
			readers[i] = strings.NewReader(piece)
		}
		return &upstream.Response{
			Status: 200, Header: dialect.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}, Body: io.NopCloser(io.MultiReader(readers...)),
		}, nil
	}
}

func TestAStreamBreaksAfterItsFirstContent(t *testing.T) {
	const (
		role  = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
		one   = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"}}]}\n\n"
		two   = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"two\"}}]}\n\n"
		start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n"
		delta = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"one\"}}\n\n"
	)
	bytewise := strings.Split(role+one+two, "")
	for name, row := range map[string]struct {
		speaks string
		sent   []string
		want   string
	}{
		"in pieces":             {"openai", []string{": hello\n\n", role, one, two}, ": hello\n\n" + role + one},
		"all at once":           {"openai", []string{role + one + two}, role + one},
		"byte by byte":          {"openai", bytewise, role + one},
		"of another dialect":    {"anthropic", []string{start + delta + delta}, start + delta},
		"of an unknown dialect": {"gemini", []string{": hello\n\n" + role + one}, ": hello\n\n" + role},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T, r *rig) {
				r.start(spec(hw.DrillCut))
				resp, err := r.hit(inScope(), atUp()).Send(t.Context(), row.speaks, body(row.sent...))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(resp.Body)
				if string(got) != row.want || !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("got %q, %v; want %q", got, err, row.want)
				}
				if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("once more: %v", err)
				}
				_ = resp.Body.Close()
			})
		})
	}
}

func TestAnAnswerThatHasNothingToBreakIsLeftAlone(t *testing.T) {
	for name, row := range map[string]struct {
		send sender
		want string
	}{
		"a stream without content": {body("data: [DONE]\n\n"), "data: [DONE]\n\n"},
		"what is no stream at all": {body(strings.Repeat("x", 2<<20)), strings.Repeat("x", 2<<20)},
		"an end inside an event":   {body("data: {\"choi"), "data: {\"choi"},
		"an error of the upstream's": {func(context.Context) (*upstream.Response, error) {
			return &upstream.Response{Status: 500, Body: io.NopCloser(strings.NewReader("oh"))}, nil
		}, "oh"},
	} {
		for _, fault := range []hw.DrillFault{hw.DrillStall, hw.DrillCut} {
			t.Run(name+", "+string(fault), func(t *testing.T) {
				inTime(t, func(t *testing.T, r *rig) {
					r.start(spec(fault))
					resp, err := r.hit(inScope(), atUp()).Send(t.Context(), "openai", row.send)
					if err != nil {
						t.Fatal(err)
					}
					if got, err := io.ReadAll(resp.Body); err != nil || string(got) != row.want {
						t.Errorf("got %.100q, %v", got, err)
					}
				})
			})
		}
	}
}

func TestAnErrorOfTheRealUpstreamIsHandedOn(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		for _, fault := range []hw.DrillFault{hw.DrillSlowConnect, hw.DrillSlowFirstToken, hw.DrillStall, hw.DrillCut} {
			d := r.start(spec(fault))
			resp, err := r.hit(inScope(), atUp()).Send(t.Context(), "openai", unsent)
			if resp != nil || err == nil || err.Error() != "the upstream was asked" {
				t.Errorf("%s: %v, %v", fault, resp, err)
			}
			_, _ = r.Abort(t.Context(), d.ID, "root")
			synctest.Wait()
		}
	})
}

func TestTheFirstTokenIsLateAndTheHeadIsNot(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		s := spec(hw.DrillSlowFirstToken)
		s.DelayMs = 7000
		r.start(s)
		began := time.Now()
		resp, err := r.hit(inScope(), atUp()).Send(t.Context(), "openai", body("data: x\n\n"))
		if err != nil || time.Since(began) > 0 {
			t.Fatalf("the head came after %s: %v", time.Since(began), err)
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || string(got) != "data: x\n\n" || time.Since(began) != 7*time.Second {
			t.Errorf("%q after %s: %v", got, time.Since(began), err)
		}
	})
}

func TestACallThatGivesUpIsNotHeld(t *testing.T) {
	errOver := errors.New("the caller has gone")
	for _, fault := range []hw.DrillFault{hw.DrillBlackhole, hw.DrillSlowConnect, hw.DrillSlowFirstToken, hw.DrillStall} {
		for name, closes := range map[string]bool{"by its context": false, "by closing the body": true} {
			t.Run(string(fault)+", "+name, func(t *testing.T) {
				inTime(t, func(t *testing.T, r *rig) {
					r.start(spec(fault))
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					began := time.Now()
					time.AfterFunc(2*time.Second, func() {
						if !closes {
							cancel(errOver)
						}
					})
					if closes && (fault == hw.DrillBlackhole || fault == hw.DrillSlowConnect) {
						t.Skip("there is no body yet")
					}
					resp, err := r.hit(inScope(), atUp()).Send(ctx, "openai", body("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"))
					if err == nil {
						if closes {
							time.AfterFunc(2*time.Second, func() { _ = resp.Body.Close() })
						}
						_, err = io.ReadAll(resp.Body)
					}
					if !closes && !errors.Is(err, errOver) {
						t.Errorf("err = %v", err)
					}
					if waited := time.Since(began); waited != 2*time.Second {
						t.Errorf("held for %s", waited)
					}
				})
			})
		}
	}
}
