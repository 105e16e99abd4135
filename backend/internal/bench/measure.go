package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// figures are one measurement of one contender.
type figures struct {
	cpuMicros float64 // CPU time a request, in microseconds, whole process tree
	ratio     float64 // to nginx measured just before
	rps       float64
	p50, p99  time.Duration
	rss       int64
	failed    int
}

// run starts the upstream, prepares a state directory and does what was asked.
func run(ctx context.Context, s settings) error {
	dir, err := os.MkdirTemp("", "headwater-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // nginx's workers run as another user
		return fmt.Errorf("opening the folder: %w", err)
	}
	b := &bench{dir: dir, settings: s}
	defer b.stop()
	if err := b.startMock(ctx); err != nil {
		return err
	}
	state := filepath.Join(dir, "state")
	key, err := b.prepareState(ctx, state)
	if err != nil {
		return err
	}
	if s.pgo != "" {
		return b.profile(ctx, state, key)
	}
	return b.measure(ctx, state, key)
}

// profile loads the gateway with both kinds of traffic while it records where
// its CPU time goes.
func (b *bench) profile(ctx context.Context, state, key string) error {
	c, err := b.startGateway(ctx, state, "--cpu-profile", b.settings.pgo)
	if err != nil {
		return err
	}
	for _, stream := range []bool{false, true} {
		l := load{addr: c.addr, key: key, stream: stream, conns: b.settings.conns}
		if _, err := l.run(ctx, b.settings.duration); err != nil {
			return fmt.Errorf("loading the gateway: %w", err)
		}
	}
	return nil
}

// measure prints all figures.
func (b *bench) measure(ctx context.Context, state, key string) error {
	nginx, err := b.startNginx(ctx)
	if err != nil {
		return err
	}
	if err := b.timeStarts(ctx, state, key); err != nil {
		return err
	}
	gateway, err := b.startGateway(ctx, state)
	if err != nil {
		return err
	}
	gateway.key = key
	idle, err := b.idle(ctx, gateway)
	if err != nil {
		return err
	}
	fmt.Printf("idle memory: %.1f MB\n\n", float64(idle)/1e6)
	for _, stream := range []bool{false, true} {
		if err := b.compare(ctx, nginx, gateway, stream); err != nil {
			return err
		}
	}
	return nil
}

// timeStarts measures from the start of the process to the first served call.
func (b *bench) timeStarts(ctx context.Context, state, key string) error {
	var times []time.Duration
	for range b.settings.starts {
		begun := time.Now()
		c, err := b.startGateway(ctx, state)
		if err != nil {
			return err
		}
		one, err := load{addr: c.addr, key: key, conns: 1}.once(ctx)
		if err != nil || one.failed > 0 {
			return fmt.Errorf("the first call failed: %w", err)
		}
		times = append(times, time.Since(begun))
		last := b.started[len(b.started)-1]
		_ = last.Process.Signal(os.Interrupt)
		_ = last.Wait()
		b.started = b.started[:len(b.started)-1]
	}
	slices.Sort(times)
	fmt.Printf("start to first served call: median %d ms, worst %d ms of %d\n",
		times[len(times)/2].Milliseconds(), times[len(times)-1].Milliseconds(), len(times))
	return nil
}

// once asks a single time.
func (l load) once(ctx context.Context) (sample, error) { return l.run(ctx, time.Nanosecond) }

// idle is the memory of a gateway that has served a call and rests.
func (b *bench) idle(ctx context.Context, c contender) (int64, error) {
	if _, err := (load{addr: c.addr, key: c.key, conns: 1}).run(ctx, 10*time.Millisecond); err != nil {
		return 0, err
	}
	select {
	case <-ctx.Done():
	case <-time.After(2 * time.Second):
	}
	u, err := tree(c.pid)
	return u.rss, err
}

// compare prints a table for one kind of load.
func (b *bench) compare(ctx context.Context, nginx, gateway contender, stream bool) error {
	results := map[string][]figures{}
	for range b.settings.rounds {
		base, err := b.one(ctx, nginx, stream)
		if err != nil {
			return err
		}
		got, err := b.one(ctx, gateway, stream)
		if err != nil {
			return err
		}
		base.ratio, got.ratio = 1, got.cpuMicros/base.cpuMicros
		results["nginx"] = append(results["nginx"], base)
		results["headwater"] = append(results["headwater"], got)
	}
	title := fmt.Sprintf("JSON, %d B asked, %d B answered, %d connections", requestBytes, answerBytes, b.settings.conns)
	if stream {
		title = fmt.Sprintf("streams of %d events, %d connections", streamEvents, b.settings.conns)
	}
	fmt.Printf("%s; median of %d pairs\n%-10s %12s %7s %9s %8s %8s %8s %7s\n", title, b.settings.rounds,
		"", "CPU us/req", "ratio", "req/s", "p50 ms", "p99 ms", "RSS MB", "failed")
	for _, name := range []string{"nginx", "headwater"} {
		m := medians(results[name])
		fmt.Printf("%-10s %12.1f %7.2f %9.0f %8.2f %8.2f %8.1f %7d\n", name, m.cpuMicros, m.ratio, m.rps,
			float64(m.p50.Microseconds())/1000, float64(m.p99.Microseconds())/1000, float64(m.rss)/1e6, m.failed)
	}
	fmt.Println()
	return nil
}

func (b *bench) one(ctx context.Context, c contender, stream bool) (figures, error) {
	l := load{addr: c.addr, key: c.key, stream: stream, conns: b.settings.conns}
	if _, err := l.run(ctx, b.settings.warm); err != nil {
		return figures{}, fmt.Errorf("warming %s: %w", c.name, err)
	}
	before, err := tree(c.pid)
	if err != nil {
		return figures{}, err
	}
	s, err := l.run(ctx, b.settings.duration)
	if err != nil {
		return figures{}, fmt.Errorf("loading %s: %w", c.name, err)
	}
	after, err := tree(c.pid)
	if err != nil {
		return figures{}, err
	}
	return figures{
		cpuMicros: float64((after.cpu - before.cpu).Microseconds()) / float64(s.requests),
		rps:       float64(s.requests) / s.took.Seconds(),
		p50:       s.quantile(0.50), p99: s.quantile(0.99), rss: after.rss, failed: s.failed,
	}, nil
}

func medians(all []figures) figures {
	pick := func(get func(figures) float64) float64 {
		values := make([]float64, len(all))
		for i, f := range all {
			values[i] = get(f)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	m := figures{
		cpuMicros: pick(func(f figures) float64 { return f.cpuMicros }),
		ratio:     pick(func(f figures) float64 { return f.ratio }),
		rps:       pick(func(f figures) float64 { return f.rps }),
		p50:       time.Duration(pick(func(f figures) float64 { return float64(f.p50) })),
		p99:       time.Duration(pick(func(f figures) float64 { return float64(f.p99) })),
		rss:       int64(pick(func(f figures) float64 { return float64(f.rss) })),
	}
	for _, f := range all {
		m.failed += f.failed
	}
	return m
}
