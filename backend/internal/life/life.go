// Package life starts the parts of a process in a written order, watches them
// and stops them in reverse.
//
// It deliberately knows nothing of what the parts do, handles no signals and
// never exits the process. Its one invariant: when Run returns, every part
// has ended, or the returned error names the one that would not.
package life

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"
)

// Need says what the end of a part means.
type Need string

// The needs.
const (
	// Vital parts end the group when they end, so that the operating system
	// starts the process anew.
	Vital Need = "vital"
	// Optional parts are started again, with growing pauses.
	Optional Need = "optional"
)

// Part is one thing that runs as long as the process does.
type Part struct {
	// Name is shown in errors and warnings.
	Name string
	// Need is required.
	Need Need
	// Run works until its context ends. An optional part's Run is called again
	// after it has returned.
	Run func(ctx context.Context) error
	// Ready is closed by the part when it has begun its work; the next part
	// starts only then. Nil means at once.
	Ready <-chan struct{}
	// StartTimeout bounds the wait for Ready. Zero means 30 s.
	StartTimeout time.Duration
	// StopTimeout bounds the wait for Run to return when the group stops.
	// Zero means 10 s.
	StopTimeout time.Duration
}

// Warning says that an optional part is not running, or that it runs again.
type Warning struct {
	Part string
	// Err is why the part ended; nil when it ended without an error and when
	// the warning is over.
	Err error
	// Restarts counts the restarts since the part last ran well.
	Restarts int
	// Next is the pause before the next start; zero when the warning is over.
	Next time.Duration
	// Over is true when the part has run well for a minute again.
	Over bool
}

// Config is what a Group is made of.
type Config struct {
	// Parts in the order of their start.
	Parts []Part
	// Ready is called once, when all parts have started. Nil means nobody asks.
	Ready func()
	// Warn is told about optional parts; it is called from their goroutines
	// and must not block. Nil means nobody listens.
	Warn func(Warning)
	// Rand gives numbers in [0,1) for the jitter; safe for concurrent use. Nil
	// means math/rand/v2.
	Rand func() float64
}

// The defaults and the pauses between restarts.
const (
	startTimeout = 30 * time.Second
	stopTimeout  = 10 * time.Second
	pauseFirst   = time.Second
	pauseMost    = time.Minute
	ranWell      = time.Minute // so long a run makes the next pause the first again
)

// Group is the parts of one process.
type Group struct {
	config Config
}

// New checks the parts and makes a Group; nothing starts yet.
func New(c Config) (*Group, error) {
	for i, p := range c.Parts {
		if p.Name == "" || p.Run == nil || p.Need != Vital && p.Need != Optional {
			return nil, fmt.Errorf("making a group: part %d (%q) lacks a name, a need or a run", i, p.Name)
		}
	}
	if c.Warn == nil {
		c.Warn = func(Warning) {}
	}
	if c.Ready == nil {
		c.Ready = func() {}
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	return &Group{config: c}, nil
}

// running is a part that was started.
type running struct {
	part   Part
	cancel context.CancelFunc
	// done is closed by the part's goroutine, after err was written.
	done chan struct{}
	err  error
	// stumbled is closed when an optional part has ended for the first time:
	// the start does not wait for it any longer.
	stumbled chan struct{}
}

// errStopped says inside this package that the group was asked to stop.
var errStopped = errors.New("stopped")

// Run starts the parts one after the other, waits until ctx ends or a vital
// part does, and stops what was started in reverse order. It returns nil only
// after a stop that was asked for and went well. Call it once.
func (g *Group) Run(ctx context.Context) error {
	var (
		started []*running
		ended   = make(chan *running, len(g.config.Parts))
		err     error
	)
	for _, part := range g.config.Parts {
		r := g.start(ctx, part, ended)
		started = append(started, r)
		if err = r.await(ctx, ended); err != nil {
			break
		}
	}
	if err == nil {
		g.config.Ready()
		err = watch(ctx, ended)
	}
	if errors.Is(err, errStopped) {
		err = nil
	}
	return errors.Join(err, stop(started))
}

// start runs a part in its own goroutine. Its context is not ctx's child: a
// part goes on until its turn to stop has come.
func (g *Group) start(ctx context.Context, part Part, ended chan<- *running) *running {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{part: part, cancel: cancel, done: make(chan struct{}), stumbled: make(chan struct{})}
	go func() {
		defer close(r.done)
		if part.Need == Optional {
			g.keep(own, r)
			return
		}
		r.err = runOnce(own, part)
		ended <- r
	}()
	return r
}

// await waits until the part is ready. A vital part that is not ready in time
// is an error; an optional one is left to itself.
func (r *running) await(ctx context.Context, ended <-chan *running) error {
	if r.part.Ready == nil {
		return nil
	}
	wait := r.part.StartTimeout
	if wait == 0 {
		wait = startTimeout
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-r.part.Ready:
		return nil
	case <-r.stumbled:
		return nil
	case other := <-ended:
		return other.verdict()
	case <-ctx.Done():
		return errStopped
	case <-timer.C:
	}
	if r.part.Need == Optional {
		return nil
	}
	return fmt.Errorf("starting %s: not ready after %s", r.part.Name, wait)
}

// watch waits for the group's end.
func watch(ctx context.Context, ended <-chan *running) error {
	select {
	case r := <-ended:
		return r.verdict()
	case <-ctx.Done():
		return errStopped
	}
}

// verdict is the error of a vital part that ended although nobody asked it to.
func (r *running) verdict() error {
	if r.err == nil {
		return fmt.Errorf("running %s: it ended by itself", r.part.Name)
	}
	return fmt.Errorf("running %s: %w", r.part.Name, r.err)
}

// stop ends the started parts, the last one first, each within its own time.
func stop(started []*running) error {
	var problems []error
	for _, r := range slices.Backward(started) {
		problems = append(problems, r.stop())
	}
	return errors.Join(problems...)
}

func (r *running) stop() error {
	select {
	case <-r.done: // ended before; Run has told why
		r.cancel()
		return nil
	default:
	}
	r.cancel()
	wait := r.part.StopTimeout
	if wait == 0 {
		wait = stopTimeout
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
		return fmt.Errorf("stopping %s: still running after %s", r.part.Name, wait)
	}
	if r.err == nil || errors.Is(r.err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("stopping %s: %w", r.part.Name, r.err)
}

// keep runs an optional part again and again until ctx ends.
func (g *Group) keep(ctx context.Context, r *running) {
	for restarts := 0; ; {
		began := time.Now()
		err := g.runWarned(ctx, r.part, restarts)
		if ctx.Err() != nil {
			r.err = err
			return
		}
		if time.Since(began) >= ranWell {
			restarts = 0
		}
		restarts++
		pause := backOff(restarts, g.config.Rand())
		g.config.Warn(Warning{Part: r.part.Name, Err: err, Restarts: restarts, Next: pause})
		r.stumble()
		if !sleep(ctx, pause) {
			return
		}
	}
}

// runWarned runs a part once. A warning that stands since its last end is
// over when it has run well.
func (g *Group) runWarned(ctx context.Context, part Part, restarts int) error {
	if restarts == 0 {
		return runOnce(ctx, part)
	}
	result := make(chan error, 1)
	go func() { result <- runOnce(ctx, part) }()
	timer := time.NewTimer(ranWell)
	defer timer.Stop()
	select {
	case err := <-result:
		return err
	case <-timer.C:
	}
	g.config.Warn(Warning{Part: part.Name, Restarts: restarts, Over: true})
	return <-result
}

// stumble says that the part has ended once; only the part's goroutine calls it.
func (r *running) stumble() {
	select {
	case <-r.stumbled:
	default:
		close(r.stumbled)
	}
}

// sleep waits for a pause and reports false when ctx ended first.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// backOff is min(1 s x 2^(n-1), 60 s), half of it fixed, half by chance.
func backOff(n int, rnd float64) time.Duration {
	pause := pauseFirst
	for i := 1; i < n && pause < pauseMost; i++ {
		pause *= 2
	}
	pause = min(pause, pauseMost)
	return pause/2 + time.Duration(rnd*float64(pause/2))
}

// runOnce runs a part and makes an error of its panic, so that an optional
// part cannot take the others down.
func runOnce(ctx context.Context, part Part) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return part.Run(ctx)
}
