// Package admintest gives tests the admin use cases over the real store,
// secrets, bus, call log and compile, in a directory that goes with the test.
//
// It fakes what stands outside of administration: the catalogue has three
// providers, and tests of upstreams are answered from a function.
package admintest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/bus"
	"headwater/backend/internal/calllog"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/job"
	"headwater/backend/internal/scan"
	"headwater/backend/internal/schedule"
	"headwater/backend/internal/secret"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/store"
	"headwater/backend/internal/traffic"
)

// House is an administration under test. What it is made of is open to tests.
type House struct {
	*admin.Service
	Dir      string
	Store    *store.Store
	Secrets  *secret.Box
	Bus      *bus.Bus
	Calls    *calllog.Log
	Snapshot snapshot.Holder
	Runner   *job.Runner
	Drills   *drill.Runner
	// Planned starts the drills of schedules; a test that wants it to runs it.
	Planned *schedule.Scheduler
	Counter *traffic.Counter
	// Test answers upstream tests, by the document's id; nil answers that all
	// is well.
	Test func(id string) (hw.TestReport, error)
	// Testing is Test for those who look at the context, too; nil means Test.
	Testing func(ctx context.Context, id, model string) (hw.TestReport, error)
	// Engines are local providers whose addresses a scan tries; none by default.
	Engines []hw.Provider
	// Discover answers which models an upstream has, by the document's id; nil
	// answers that it has none.
	Discover func(id string) (hw.UpstreamModels, error)
	// Facts are those of the program; the providers are the three.
	Facts *catalog.Library
	// Targets are what Health answers.
	Targets []hw.TargetHealth
	// Standing are the routes that Status names.
	Standing []hw.RouteStanding
	// Explained are the dry runs by model; a model that is missing leads nowhere.
	Explained map[string]hw.Explanation
	// Console makes the calls of the test console; nil answers 204 to each.
	Console func(ctx context.Context, call admin.ConsoleCall, to admin.ConsoleSink) (string, error)
	// Certify stands for the live checks.
	Certify Certifier
	// Logged is everything that was logged.
	Logged *Buffer
}

// Root is an actor that may do everything.
func Root() hw.Actor {
	return hw.Actor{Name: "root", Role: hw.RoleAdministrator, Remote: "127.0.0.1"}
}

// Viewer is an actor that may only look.
func Viewer() hw.Actor {
	return hw.Actor{Name: "eve", Role: hw.RoleViewer, Remote: "127.0.0.1"}
}

// New opens a house in a fresh directory.
func New(t testing.TB) *House {
	t.Helper()
	return Open(t, t.TempDir())
}

// Open opens a house in a directory that may have been one before. It is
// closed when the test ends.
func Open(t testing.TB, dir string) *House {
	t.Helper()
	h := &House{Dir: dir, Bus: bus.New(), Logged: &Buffer{}}
	log := slog.New(slog.NewTextHandler(h.Logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ctx := context.Background()
	var err error
	if h.Secrets, err = secret.Open(dir); err != nil {
		t.Fatal(err)
	}
	if h.Store, err = store.Open(ctx, store.Config{Dir: dir, Log: log, AuditKey: h.Secrets.AuditKey()}); err != nil {
		t.Fatal(err)
	}
	if h.Calls, err = calllog.Open(ctx, calllog.Config{Dir: dir, Log: log, Bus: h.Bus}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(h.Calls.Close(), h.Store.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := h.openFacts(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.makeWorkers(log); err != nil {
		t.Fatal(err)
	}
	h.runWorkers(ctx, t)
	if h.Service, err = admin.New(ctx, h.config(t, log)); err != nil {
		t.Fatal(err)
	}
	return h
}

// makeWorkers makes what works beside the use cases.
func (h *House) makeWorkers(log *slog.Logger) error {
	var err error
	h.Runner = job.New(job.Config{Keeper: h.Store, Log: log, Told: func(j hw.Job) { h.Bus.Publish(hw.TopicJobs, j) }})
	h.Counter = traffic.New()
	h.Drills, err = drill.New(drill.Config{Keeper: h.Store, Log: log, Told: func(d hw.Drill) { h.Bus.Publish(hw.TopicDrills, d) }})
	if err != nil {
		return err
	}
	h.Planned, err = schedule.New(schedule.Config{
		Keeper: h.Store, Log: log,
		Schedules: func() []*hw.DrillSchedule { return h.Schedules() },
		Start: func(ctx context.Context, s *hw.DrillSchedule) (hw.Drill, error) {
			return h.StartScheduled(ctx, s)
		},
	})
	if err != nil {
		return err
	}
	return nil
}

// runWorkers runs them until the test ends.
func (h *House) runWorkers(ctx context.Context, t testing.TB) {
	t.Helper()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 2)
	go func() { ended <- h.Runner.Run(running) }()
	go func() { ended <- h.Drills.Run(running) }()
	<-h.Drills.Ready()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Error(err)
		}
	})
	<-h.Runner.Ready()
}

// config is what the use cases work with.
func (h *House) config(t testing.TB, log *slog.Logger) admin.Config {
	t.Helper()
	return admin.Config{
		Store: h.Store, Secrets: h.Secrets, Bus: h.Bus, Calls: h.Calls, Log: log, StateDir: h.Dir, Version: "test",
		Compile: h.compile, Health: func() []hw.TargetHealth { return h.Targets }, Providers: providers, Test: h.test,
		Standings: func() []hw.RouteStanding { return h.Standing },
		Jobs:      h.Runner, Drills: h.Drills, ScheduleStates: h.Planned.States, Traffic: h.Counter.Read,
		Catalog: h.Facts, Discover: h.discover, Scan: h.scanner(t), Certify: &h.Certify, Console: h.console,
		Explain: func(sample hw.Sample) hw.Explanation { return h.Explained[sample.Model] },
		Condition: func(test hw.ConditionTest) hw.ConditionResult {
			return hw.ConditionResult{OK: true, Holds: test.When == "true"}
		},
		Addresses: func() hw.Addresses { return hw.Addresses{Data: "127.0.0.1:4100", Admin: "127.0.0.1:4101"} },
	}
}

// Must creates a document, or ends the test.
func (h *House) Must(t testing.TB, kind hw.Kind, body string) admin.Result {
	t.Helper()
	r, err := h.Create(t.Context(), Root(), kind, json.RawMessage(body))
	if err != nil {
		t.Fatalf("creating %s %s: %v", kind, body, err)
	}
	return r
}

// LocalToken is the token of local administration.
func (h *House) LocalToken(t testing.TB) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(h.Dir, admin.LocalTokenFile))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}

// openFacts opens the catalogue and the file that was kept.
func (h *House) openFacts(ctx context.Context) error {
	box, err := catalog.Load()
	if err != nil {
		return err
	}
	h.Facts = catalog.NewLibrary(box)
	file, err := h.Store.CatalogFile(ctx)
	if err != nil || file.Digest == "" {
		return err
	}
	return h.Facts.Restore(file.Body, file.Digest)
}

func (h *House) compile(docs []hw.Document, generation int64) (func(), []hw.Problem) {
	known := h.Facts.For(docs)
	s, problems := snapshot.Compile(docs, snapshot.Facts{
		Generation: generation,
		Model:      known.Model,
		Provider: func(id string) (hw.Provider, bool) {
			for _, p := range providers() {
				if p.ID == id {
					return p, true
				}
			}
			return known.Provider(id)
		},
		Unseal: func(id, sealed string) (string, error) {
			plain, err := h.Secrets.Open(sealed, admin.CredentialOwner(id))
			return string(plain), err
		},
	})
	return func() {
		h.Facts.Use(known)
		h.Snapshot.Swap(s)
		h.Planned.Changed()
	}, problems
}

// scanner tries the addresses of Engines.
func (h *House) scanner(t testing.TB) *scan.Scanner {
	t.Helper()
	s, err := scan.New(scan.Config{
		Providers: func() []hw.Provider { return h.Engines },
		// The ports that every scan tries may be somebody's on the machine of a test.
		Refuses: func(at netip.AddrPort) string {
			if at.Port() == 3000 || at.Port() == 4000 {
				return "a test"
			}
			return ""
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (h *House) discover(_ context.Context, id string) (hw.UpstreamModels, error) {
	if h.Discover != nil {
		return h.Discover(id)
	}
	return hw.UpstreamModels{OK: true}, nil
}

func (h *House) test(ctx context.Context, id, model string) (hw.TestReport, error) {
	if h.Testing != nil {
		return h.Testing(ctx, id, model)
	}
	if h.Test != nil {
		return h.Test(id)
	}
	report := hw.TestReport{OK: true, Diagnosis: "All is well."}
	if model != "" {
		report.Completion = &hw.TestCompletion{Model: model, Endpoint: "chat", Spent: true}
	}
	for _, up := range h.Snapshot.Load().Upstreams {
		if up.ID == id {
			report.Upstream = up.Name
		}
	}
	return report, nil
}

func providers() []hw.Provider {
	return []hw.Provider{
		{ID: "openai", Name: "OpenAI", Dialect: "openai", BaseURL: "https://api.openai.com/v1", AuthHeader: "Authorization", AuthScheme: "Bearer"},
		{ID: "openai-compatible", Name: "OpenAI-compatible", Dialect: "openai", AuthHeader: "Authorization", AuthScheme: "Bearer", Local: true},
		{ID: hw.ProviderSimulator, Name: "Practice model", Dialect: "openai", BaseURL: "http://simulator.invalid/v1", Practice: true},
	}
}

// Buffer is text that may be written and read at once.
type Buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns what was written.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// console makes a call of the test console.
func (h *House) console(ctx context.Context, call admin.ConsoleCall, to admin.ConsoleSink) (string, error) {
	if h.Console == nil {
		to.Begin(204, nil)
		return "req_1", nil
	}
	return h.Console(ctx, call, to)
}
