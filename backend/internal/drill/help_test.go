package drill_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a keeper that can fail.
type memory struct {
	mu     sync.Mutex
	drills []hw.Drill // newest first
	puts   int
	fail   error
}

func (m *memory) PutDrill(_ context.Context, d hw.Drill) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.puts++
	if m.fail != nil {
		return m.fail
	}
	for i := range m.drills {
		if m.drills[i].ID == d.ID {
			m.drills[i] = d
			return nil
		}
	}
	m.drills = slices.Insert(m.drills, 0, d)
	return nil
}

func (m *memory) Drills(context.Context) ([]hw.Drill, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.drills), nil
}

func (m *memory) Drill(_ context.Context, id string) (hw.Drill, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.drills {
		if d.ID == id {
			return d, nil
		}
	}
	return hw.Drill{}, hw.Errorf(hw.CodeNotFound, "There is no such drill.")
}

func (m *memory) asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.puts
}

func (m *memory) broken(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

type rig struct {
	*drill.Runner
	t    testing.TB
	kept *memory
	stop func()

	mu   sync.Mutex
	told []hw.Drill
}

func dialects() map[string]dialect.Outbound {
	return map[string]dialect.Outbound{"openai": openai.Outbound{}, "anthropic": anthropic.Outbound{}}
}

func newRig(tb testing.TB, kept *memory) *rig {
	tb.Helper()
	r := &rig{t: tb, kept: kept}
	runner, err := drill.New(drill.Config{
		Keeper: kept, Log: slog.New(slog.DiscardHandler), Dialects: dialects(),
		DrillKey: func(id string) bool { return id == "key_drill" },
		Told: func(d hw.Drill) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.told = append(r.told, d)
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	r.Runner = runner
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(r.stop)
	<-runner.Ready()
	return r
}

// heard is what was told so far.
func (r *rig) heard() []hw.Drill {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

// inTime runs a test of a rig in virtual time.
func inTime(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &memory{})
		defer r.stop() // inside the bubble
		test(t, r)
	})
}

func (r *rig) start(spec hw.DrillSpec) hw.Drill {
	r.t.Helper()
	d, err := r.Start(r.t.Context(), spec, "root")
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func (r *rig) get(id string) hw.Drill {
	r.t.Helper()
	d, err := r.Get(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func (r *rig) hit(asked drill.Asked, target drill.Target) *drill.Injection {
	r.t.Helper()
	i, ok := r.Match(asked, target)
	if !ok {
		r.t.Fatalf("%+v at %+v was not hit", asked, target)
	}
	return i
}

// spec is a drill of route fast at upstream up.
func spec(fault hw.DrillFault) hw.DrillSpec {
	return hw.DrillSpec{Upstreams: []string{"up"}, Fault: fault, Scope: hw.DrillScope{Route: "fast"}}
}

func inScope() drill.Asked { return drill.Asked{Tenant: "acme", App: "chat", Route: "fast"} }
func atUp() drill.Target   { return drill.Target{Upstream: "up", Model: "m"} }

func unsent(context.Context) (*upstream.Response, error) {
	return nil, errors.New("the upstream was asked")
}

// calls makes log rows.
type row func(*hw.Call)

func call(n int, changes ...row) *hw.Call {
	c := &hw.Call{
		ID: fmt.Sprintf("req_%d", n), Tenant: "acme", App: "chat", Route: "fast", KeyID: "key_1",
		StartedAt: time.Now(), Status: 200, FirstByteMs: 100, TotalMs: 400,
	}
	for _, change := range changes {
		change(c)
	}
	return c
}

// hitThen was hit at up, and what followed is in the attempts after that.
func hitThen(fault hw.DrillFault, after ...hw.Attempt) row {
	return func(c *hw.Call) {
		c.Attempts = append(c.Attempts, hw.Attempt{Upstream: "up", Model: "m", Tier: 1, Class: hw.ClassUnreachable, Drill: string(fault)})
		c.Attempts = append(c.Attempts, after...)
		if n := len(after); n > 0 && after[n-1].Class == hw.ClassOK {
			c.Upstream, c.Model, c.Tier = after[n-1].Upstream, after[n-1].Model, after[n-1].Tier
		}
	}
}

func by(upstream string, tier int) row {
	return func(c *hw.Call) {
		c.Upstream, c.Model, c.Tier = upstream, "m", tier
		c.Attempts = append(c.Attempts, hw.Attempt{Upstream: upstream, Model: "m", Tier: tier, Class: hw.ClassOK, FirstByteMs: 100, TotalMs: 400})
	}
}

func answeredBy(upstream string, tier int) hw.Attempt {
	return hw.Attempt{Upstream: upstream, Model: "m", Tier: tier, Class: hw.ClassOK}
}

func route(name string) row { return func(c *hw.Call) { c.Route = name } }

func ended(status int, code hw.Code) row {
	return func(c *hw.Call) { c.Status, c.Code, c.FirstByteMs = status, code, 0 }
}
