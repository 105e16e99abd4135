package life

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBroken = errors.New("broken")

// diary collects what happens, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) write(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

// steady is a part that needs a second to get ready and runs until it is stopped.
func steady(d *diary, name string, need Need) Part {
	ready := make(chan struct{})
	return Part{Name: name, Need: need, Ready: ready, Run: func(ctx context.Context) error {
		d.write("start " + name)
		time.Sleep(time.Second)
		d.write("ready " + name)
		close(ready)
		<-ctx.Done()
		time.Sleep(time.Second)
		d.write("end " + name)
		return ctx.Err()
	}}
}

func group(t *testing.T, c Config) *Group {
	t.Helper()
	c.Rand = func() float64 { return 1 }
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// runIn runs a group in the background.
func runIn(g *Group) (stop context.CancelFunc, result <-chan error) {
	ctx, cancel := context.WithCancel(context.Background())
	out := make(chan error, 1)
	go func() { out <- g.Run(ctx) }()
	return cancel, out
}

func TestGroup_startsInOrderAndStopsInReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		g := group(t, Config{
			Parts: []Part{steady(d, "a", Vital), steady(d, "b", Optional), steady(d, "c", Vital)},
			Ready: func() { d.write("all ready") },
		})
		stop, result := runIn(g)
		time.Sleep(time.Minute)
		stop()
		if err := <-result; err != nil {
			t.Errorf("a stop that was asked for gave %v", err)
		}
		want := []string{
			"start a", "ready a", "start b", "ready b", "start c", "ready c", "all ready", "end c", "end b", "end a",
		}
		if got := d.read(); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
}

func TestGroup_endsWithItsVitalPart(t *testing.T) {
	for _, row := range []struct {
		name string
		run  func(context.Context) error
		is   error
		text string
	}{
		{"error", func(context.Context) error { time.Sleep(time.Hour); return errBroken }, errBroken, "running heart: broken"},
		{"no error", func(context.Context) error { return nil }, nil, "running heart: it ended by itself"},
		{"panic", func(context.Context) error { panic("bug: no beat") }, nil, "running heart: panic: bug: no beat"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &diary{}
				g := group(t, Config{Parts: []Part{
					steady(d, "a", Vital), {Name: "heart", Need: Vital, Run: row.run}, steady(d, "c", Optional),
				}})
				stop, result := runIn(g)
				defer stop()
				err := <-result
				if err == nil || !strings.HasPrefix(err.Error(), row.text) || row.is != nil && !errors.Is(err, row.is) {
					t.Errorf("got %v", err)
				}
				if got := d.read(); !slices.Contains(got, "end a") {
					t.Errorf("the others were not stopped: %v", got)
				}
			})
		})
	}
}

func TestGroup_stopsTheStartWhenAPartFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		never := make(chan struct{})
		g := group(t, Config{
			Parts: []Part{
				steady(d, "a", Vital),
				{Name: "b", Need: Vital, Ready: never, Run: func(context.Context) error { return errBroken }},
				steady(d, "c", Vital),
			},
			Ready: func() { d.write("all ready") },
		})
		if err := g.Run(t.Context()); !errors.Is(err, errBroken) {
			t.Errorf("got %v", err)
		}
		if got := d.read(); !slices.Equal(got, []string{"start a", "ready a", "end a"}) {
			t.Errorf("got %v", got)
		}
	})
}

func TestGroup_vitalPartMustBeReadyInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		idle := func(ctx context.Context) error { <-ctx.Done(); return nil }
		g := group(t, Config{Parts: []Part{{Name: "b", Need: Vital, Ready: make(chan struct{}), Run: idle}}})
		began := time.Now()
		err := g.Run(t.Context())
		if err == nil || err.Error() != "starting b: not ready after 30s" || time.Since(began) != startTimeout {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

func TestGroup_optionalPartHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		idle := func(ctx context.Context) error { <-ctx.Done(); return nil }
		fails := func(context.Context) error { return errBroken }
		g := group(t, Config{Parts: []Part{
			{Name: "slow", Need: Optional, Ready: make(chan struct{}), StartTimeout: 5 * time.Second, Run: idle},
			{Name: "bad", Need: Optional, Ready: make(chan struct{}), Run: fails},
			steady(d, "c", Vital),
		}})
		stop, result := runIn(g)
		time.Sleep(6100 * time.Millisecond)
		if got := d.read(); !slices.Equal(got, []string{"start c", "ready c"}) {
			t.Errorf("got %v", got)
		}
		stop()
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
}

func TestGroup_stopDuringTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		g := group(t, Config{Parts: []Part{steady(d, "a", Vital), steady(d, "b", Vital)}})
		stop, result := runIn(g)
		time.Sleep(500 * time.Millisecond)
		stop()
		if err := <-result; err != nil {
			t.Error(err)
		}
		if got := d.read(); slices.Contains(got, "start b") || !slices.Contains(got, "end a") {
			t.Errorf("got %v", got)
		}
	})
}

func TestGroup_restartsOptionalPartsWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var warnings []Warning
		runs := 0
		g := group(t, Config{
			Parts: []Part{{Name: "extra", Need: Optional, Run: func(ctx context.Context) error {
				runs++
				switch {
				case runs == 2:
					panic("bug: here")
				case runs == 3:
					return nil
				case runs <= 9:
					return errBroken
				case runs == 10:
					time.Sleep(2 * time.Minute) // runs well, then fails once more
					return errBroken
				}
				<-ctx.Done()
				return ctx.Err()
			}}},
			Warn: func(w Warning) { warnings = append(warnings, w) },
		})
		stop, result := runIn(g)
		time.Sleep(time.Hour)
		stop()
		if err := <-result; err != nil {
			t.Error(err)
		}
		seconds := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60}
		if len(warnings) != len(seconds)+3 {
			t.Fatalf("%d warnings: %+v", len(warnings), warnings)
		}
		for i, s := range seconds {
			if w := warnings[i]; w.Next != s*time.Second || w.Restarts != i+1 || w.Part != "extra" || w.Over {
				t.Errorf("warning %d: %+v, want a pause of %d s", i, w, s)
			}
		}
		if !errors.Is(warnings[0].Err, errBroken) || !strings.HasPrefix(warnings[1].Err.Error(), "panic: bug: here") || warnings[2].Err != nil {
			t.Errorf("causes: %v, %v, %v", warnings[0].Err, warnings[1].Err, warnings[2].Err)
		}
		if w := warnings[9]; !w.Over {
			t.Errorf("not over after a good minute: %+v", w)
		}
		if w := warnings[10]; w.Restarts != 1 || w.Next != time.Second {
			t.Errorf("a good run did not shorten the pause: %+v", w)
		}
		if w := warnings[11]; !w.Over {
			t.Errorf("not over: %+v", w)
		}
	})
}

func TestGroup_stopInterruptsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group(t, Config{Parts: []Part{{Name: "extra", Need: Optional, Run: func(context.Context) error { return errBroken }}}})
		stop, result := runIn(g)
		time.Sleep(10 * time.Minute)
		began := time.Now()
		stop()
		if err := <-result; err != nil || time.Since(began) != 0 {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestGroup_namesThePartThatDoesNotStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		release := make(chan struct{})
		g := group(t, Config{Parts: []Part{
			steady(d, "a", Vital),
			{Name: "stuck", Need: Vital, StopTimeout: 3 * time.Second, Run: func(context.Context) error { <-release; return nil }},
			{Name: "sour", Need: Vital, Run: func(ctx context.Context) error { <-ctx.Done(); return errBroken }},
		}})
		stop, result := runIn(g)
		time.Sleep(time.Minute)
		began := time.Now()
		stop()
		err := <-result
		if want := "stopping sour: broken\nstopping stuck: still running after 3s"; err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("the stop took %s", took)
		}
		if !slices.Contains(d.read(), "end a") {
			t.Error("a was not stopped")
		}
		close(release)
	})
}

func TestNew_refusesIncompleteParts(t *testing.T) {
	run := func(context.Context) error { return nil }
	for _, p := range []Part{{Need: Vital, Run: run}, {Name: "a", Run: run}, {Name: "a", Need: "nice", Run: run}, {Name: "a", Need: Vital}} {
		if _, err := New(Config{Parts: []Part{p}}); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
}

func TestBackOff_jittersTheUpperHalf(t *testing.T) {
	if backOff(1, 0) != pauseFirst/2 || backOff(1, 1) != pauseFirst || backOff(1000, 1) != pauseMost {
		t.Error(backOff(1, 0), backOff(1, 1), backOff(1000, 1))
	}
}
