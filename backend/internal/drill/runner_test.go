package drill_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/upstream"
)

func TestADrillEndsByItself(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		s := spec(hw.DrillRefused)
		s.DurationS = 30
		d := r.start(s)
		if d.State != hw.DrillRunning || d.StartedBy != "root" || !hw.IsID(hw.PrefixDrill, d.ID) || d.EndsAt.Sub(d.StartedAt) != 30*time.Second {
			t.Errorf("began as %+v", d)
		}
		time.Sleep(29 * time.Second)
		r.hit(inScope(), atUp())
		time.Sleep(time.Second)
		if _, hit := r.Match(inScope(), atUp()); hit {
			t.Error("hit after the end")
		}
		synctest.Wait()
		got, err := r.kept.Drill(t.Context(), d.ID)
		if err != nil || got.State != hw.DrillEnded || got.Reason == "" || !got.EndedAt.Equal(d.EndsAt) || got.Report == nil {
			t.Errorf("kept as %+v, %v", got, err)
		}
		if told := r.heard(); len(told) != 2 || told[0].State != hw.DrillRunning || told[1].State != hw.DrillEnded {
			t.Errorf("told %+v", told)
		}
	})
}

func TestADrillWithoutATimeEndsAfterAMinute(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		d := r.start(spec(hw.DrillRefused))
		if d.EndsAt.Sub(d.StartedAt) != time.Minute {
			t.Errorf("ends at %s", d.EndsAt)
		}
	})
}

func TestOneDrillAtATime(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		d := r.start(spec(hw.DrillRefused))
		_, err := r.Start(t.Context(), spec(hw.DrillRate), "ann")
		if hw.CodeOf(err) != hw.CodeTaken || !strings.Contains(err.Error(), "root") {
			t.Errorf("a second one: %v", err)
		}
		if i := r.hit(inScope(), atUp()); i.Fault() != string(hw.DrillRefused) {
			t.Errorf("the fault became %s", i.Fault())
		}
		if _, err := r.Abort(t.Context(), d.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		next := r.start(spec(hw.DrillRate))
		if i := r.hit(inScope(), atUp()); i.Fault() != string(hw.DrillRate) {
			t.Errorf("the fault is %s", i.Fault())
		}
		drills, err := r.List(t.Context())
		if err != nil || len(drills) != 2 || drills[0].ID != next.ID || drills[1].State != hw.DrillAborted {
			t.Errorf("listed %+v, %v", drills, err)
		}
	})
}

func TestAnInvalidDrillDoesNotStart(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		_, err := r.Start(t.Context(), hw.DrillSpec{Fault: hw.DrillRefused}, "root")
		if hw.CodeOf(err) != hw.CodeInvalid {
			t.Errorf("got %v", err)
		}
		if r.kept.asked() != 0 || len(r.heard()) != 0 {
			t.Error("it left something behind")
		}
	})
}

func TestAnAbortTakesEffectAtOnce(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		d := r.start(spec(hw.DrillRefused))
		time.Sleep(3 * time.Second)
		got, err := r.Abort(t.Context(), d.ID, "ann")
		if err != nil || got.State != hw.DrillAborted || !strings.Contains(got.Reason, "ann") || got.EndedAt.Sub(got.StartedAt) != 3*time.Second {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, hit := r.Match(inScope(), atUp()); hit {
			t.Error("hit after the abort")
		}
		if _, err := r.Abort(t.Context(), d.ID, "ann"); hw.CodeOf(err) != hw.CodeTaken {
			t.Errorf("aborted twice: %v", err)
		}
		if _, err := r.Abort(t.Context(), "drl_none", "ann"); hw.CodeOf(err) != hw.CodeNotFound {
			t.Errorf("aborted nothing: %v", err)
		}
		synctest.Wait()
		if kept, _ := r.kept.Drill(t.Context(), d.ID); kept.State != hw.DrillAborted {
			t.Errorf("kept as %s", kept.State)
		}
	})
}

// TestWhoeverWaitsInAFaultGoesOnAfterAnAbort holds up an attempt in every fault
// that can, and lets the real upstream answer it after the abort.
func TestWhoeverWaitsInAFaultGoesOnAfterAnAbort(t *testing.T) {
	const stream = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"}}]}\n\ndata: [DONE]\n\n"
	next := body(stream)
	for _, fault := range []hw.DrillFault{hw.DrillBlackhole, hw.DrillSlowConnect, hw.DrillSlowFirstToken, hw.DrillStall} {
		for name, end := range map[string]func(r *rig, id string){
			"abort":                   func(r *rig, id string) { _, _ = r.Abort(r.t.Context(), id, "ann") },
			"the drill's own end":     func(*rig, string) { time.Sleep(time.Minute - 3*time.Second) },
			"the end of the service":  func(r *rig, _ string) { r.stop() },
			"harm to the bystanders":  func(r *rig, _ string) { harm(r) },
			"abort while it is heard": func(r *rig, id string) { go func() { _, _ = r.Abort(context.Background(), id, "ann") }() },
		} {
			t.Run(string(fault)+", "+name, func(t *testing.T) {
				inTime(t, func(t *testing.T, r *rig) {
					s := spec(fault)
					if fault == hw.DrillSlowConnect || fault == hw.DrillSlowFirstToken {
						s.DelayMs = 300_000
					}
					d := r.start(s)
					var body []byte
					var err error
					over := make(chan struct{})
					go func() {
						defer close(over)
						var resp *upstream.Response
						if resp, err = r.hit(inScope(), atUp()).Send(t.Context(), "openai", next); err == nil {
							body, err = io.ReadAll(resp.Body)
							_ = resp.Body.Close()
						}
					}()
					time.Sleep(3 * time.Second)
					synctest.Wait()
					select {
					case <-over:
						t.Fatal("the fault held nobody up")
					default:
					}
					end(r, d.ID)
					at := time.Now()
					<-over
					if waited := time.Since(at); waited > 0 {
						t.Errorf("released %s late", waited)
					}
					if err != nil || string(body) != stream {
						t.Errorf("the answer is %q, %v", body, err)
					}
				})
			})
		}
	}
}

// harm has calls outside the drill fail.
func harm(r *rig) {
	for n := range 40 {
		r.Record(call(n, route("other"), ended(503, hw.CodeNoHealthyUpstream)))
	}
}

func TestTheEndOfTheServiceInterrupts(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		d := r.start(spec(hw.DrillRefused))
		r.stop()
		if _, hit := r.Match(inScope(), atUp()); hit {
			t.Error("hit after the end of the service")
		}
		if got, err := r.kept.Drill(t.Context(), d.ID); err != nil || got.State != hw.DrillInterrupted || got.EndedAt.IsZero() {
			t.Errorf("kept as %+v, %v", got, err)
		}
		if _, err := r.Start(t.Context(), spec(hw.DrillRefused), "root"); hw.CodeOf(err) != hw.CodeUnavailable {
			t.Errorf("a drill began after the end: %v", err)
		}
	})
}

func TestADrillOfAKilledProcessIsNeverTakenUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		kept := &memory{drills: []hw.Drill{
			{ID: "drl_1", Spec: spec(hw.DrillRefused), State: hw.DrillRunning, StartedAt: began, EndsAt: began.Add(time.Hour)},
			{ID: "drl_0", Spec: spec(hw.DrillRefused), State: hw.DrillEnded, Reason: "It ran its time."},
		}}
		r := newRig(t, kept)
		defer r.stop()
		if _, hit := r.Match(inScope(), atUp()); hit {
			t.Error("it goes on")
		}
		if got := r.get("drl_1"); got.State != hw.DrillInterrupted || got.EndedAt.IsZero() || got.Reason == "" {
			t.Errorf("got %+v", got)
		}
		if got := r.get("drl_0"); got.State != hw.DrillEnded {
			t.Errorf("got %+v", got)
		}
		r.start(spec(hw.DrillRefused)) // and nothing is in the way
	})
}

func TestAKeeperThatFails(t *testing.T) {
	broken := errLocked
	t.Run("at the start, nothing has begun", func(t *testing.T) {
		inTime(t, func(t *testing.T, r *rig) {
			r.kept.broken(broken)
			if _, err := r.Start(t.Context(), spec(hw.DrillRefused), "root"); !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			if _, hit := r.Match(inScope(), atUp()); hit {
				t.Error("it runs all the same")
			}
			r.kept.broken(nil)
			r.start(spec(hw.DrillRefused))
		})
	})
	t.Run("at the end, it ends all the same and is written later", func(t *testing.T) {
		inTime(t, func(t *testing.T, r *rig) {
			d := r.start(spec(hw.DrillRefused))
			r.kept.broken(broken)
			time.Sleep(2 * time.Minute)
			if _, hit := r.Match(inScope(), atUp()); hit {
				t.Error("it goes on")
			}
			if got := r.get(d.ID); got.State != hw.DrillEnded {
				t.Errorf("it is shown as %s", got.State)
			}
			if _, err := r.Start(t.Context(), spec(hw.DrillRefused), "root"); !errors.Is(err, broken) {
				t.Errorf("a new one would have been kept in its place: %v", err)
			}
			r.kept.broken(nil)
			time.Sleep(10 * time.Second)
			if got, _ := r.kept.Drill(t.Context(), d.ID); got.State != hw.DrillEnded {
				t.Errorf("kept as %s", got.State)
			}
		})
	})
	t.Run("it is asked a few times a minute, not more", func(t *testing.T) {
		inTime(t, func(t *testing.T, r *rig) {
			r.start(spec(hw.DrillRefused))
			r.kept.broken(broken)
			time.Sleep(61 * time.Second)
			before := r.kept.asked()
			time.Sleep(time.Minute)
			if n := r.kept.asked() - before; n < 6 || n > 30 {
				t.Errorf("%d times in a minute", n)
			}
		})
	})
}

func TestARunnerIsMadeOfAllItNeeds(t *testing.T) {
	if _, err := drill.New(drill.Config{Keeper: &memory{}, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("made without anybody to tell")
	}
}

// TestDrillsUnderLoad lets everything happen at once, for the race detector.
func TestDrillsUnderLoad(t *testing.T) {
	r := newRig(t, &memory{})
	ctx, cancel := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	faults := []hw.DrillFault{hw.DrillRefused, hw.DrillBlackhole, hw.DrillRate, hw.DrillStall, hw.DrillSlowFirstToken, hw.DrillFlapping, hw.DrillDatabaseLocked}
	for worker := range 8 {
		crowd.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				changes := []row{by("up", 1)}
				if i, hit := r.Match(inScope(), atUp()); hit {
					changes = []row{hitThen(hw.DrillFault(i.Fault()), answeredBy("second", 1))}
					if resp, err := i.Send(ctx, "openai", unsent); err == nil {
						_, _ = io.Copy(io.Discard, resp.Body)
						_ = resp.Body.Close()
					}
				}
				r.Record(call(worker<<20|n, changes...))
				r.Health(hw.HealthChanged{Upstreams: []string{"up"}, To: hw.HealthOpen, Words: "open"}, time.Now())
				r.Faults()
			}
		})
	}
	for n := range 60 {
		s := spec(faults[n%len(faults)])
		if s.Fault.OfMachine() {
			s.Upstreams = nil
		}
		d, err := r.Start(t.Context(), s, "root")
		if err != nil {
			if hw.CodeOf(err) != hw.CodeUnavailable { // the last report is being written
				t.Error(err)
			}
			continue
		}
		for range 20 {
			r.get(d.ID)
		}
		if _, err := r.Abort(t.Context(), d.ID, "root"); err != nil {
			t.Error(err)
		}
	}
	cancel()
	crowd.Wait()
}
