// Package admin holds what an administrator can do: one use case per verb for
// all configured nouns, and one small file per noun for what is special about
// it, plus setup, sessions, and applying and exporting whole configurations.
//
// It deliberately knows no transport - no HTTP, no JSON-RPC, no command line -
// and nothing of the data path. Its one invariant: every command asks for its
// permission first and runs the same way - authorise, decode, validate, write
// and compile in one transaction, put in force, tell - so nothing is ever in
// force that is not stored, and nothing is stored that does not compile.
package admin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/bus"
	"headwater/backend/internal/calllog"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/job"
	"headwater/backend/internal/scan"
	"headwater/backend/internal/secret"
	"headwater/backend/internal/store"
)

// Config is what the use cases work with. All fields are required but where noted.
type Config struct {
	Store   *store.Store
	Secrets *secret.Box
	Bus     *bus.Bus
	Calls   *calllog.Log

	Log *slog.Logger
	// StateDir is where admin.token and setup.code live.
	StateDir string
	Version  string
	// Compile checks a whole candidate configuration. Without problems it
	// returns a function that puts it in force. It is called inside the
	// transaction and must not wait for anything.
	Compile func(docs []hw.Document, generation int64) (publish func(), problems []hw.Problem)
	// Health lists every target of every route.
	Health func() []hw.TargetHealth
	// Standings are the routes that are not on their first choice now, the
	// worst first.
	Standings func() []hw.RouteStanding
	// SettleHealth has the history of health written up to now. Nil means that
	// it always is.
	SettleHealth func(ctx context.Context)
	// Explain says which targets a call would be offered to now, Condition what
	// a condition says to one.
	Explain   func(sample hw.Sample) hw.Explanation
	Condition func(test hw.ConditionTest) hw.ConditionResult
	// Providers lists the catalogue.
	Providers func() []hw.Provider
	// Test asks an upstream, by the id of its document, for its models and, unless
	// model is empty, that model for one tiny completion.
	Test func(ctx context.Context, upstreamID, model string) (hw.TestReport, error)
	// Discover asks an upstream, by the id of its document, which models it has:
	// ids and the reason why there are none, no more.
	Discover func(ctx context.Context, upstreamID string) (hw.UpstreamModels, error)
	// Catalog are the facts about models; Compile takes them from the same one.
	Catalog *catalog.Library
	// Scan looks for engines on this machine and its networks.
	Scan *scan.Scanner
	// Certify makes live checks.
	Certify Certifier
	// Jobs runs long work, Drills runs fire drills.
	Jobs   *job.Runner
	Drills Drills
	// ScheduleStates says when each schedule is due and what came of it.
	ScheduleStates func(ctx context.Context) ([]hw.ScheduleState, error)
	// Traffic says what callers got over the last minutes.
	Traffic func(minutes int, now time.Time) hw.Traffic
	// Console makes a call in the name of an app, as apps make theirs, and gives
	// its answer to a sink; see ConsoleRun. Nil means that no calls can be made.
	Console func(ctx context.Context, call ConsoleCall, to ConsoleSink) (id string, err error)
	// Addresses are those of the open listeners.
	Addresses func() hw.Addresses
}

func (c Config) check() error {
	if c.Store == nil || c.Secrets == nil || c.Bus == nil || c.Calls == nil || c.Log == nil || c.StateDir == "" {
		return errors.New("admin: store, secrets, bus, calls, log and state directory are required")
	}
	if c.Jobs == nil || c.Drills == nil || c.ScheduleStates == nil || c.Traffic == nil || c.Standings == nil {
		return errors.New("admin: jobs, drills, schedules, traffic and standings are required")
	}
	return c.checkPorts()
}

// checkPorts checks what comes from the parts around it.
func (c Config) checkPorts() error {
	if c.Compile == nil || c.Health == nil || c.Explain == nil || c.Condition == nil || c.Providers == nil || c.Test == nil || c.Addresses == nil {
		return errors.New("admin: compile, health, explain, condition, providers, test and addresses are required")
	}
	if c.Catalog == nil || c.Discover == nil || c.Certify == nil || c.Scan == nil {
		return errors.New("admin: catalog, discover, certify and scan are required")
	}
	return nil
}

// Service carries the use cases. It is safe for concurrent use.
type Service struct {
	cfg       Config
	startedAt time.Time
	// local is the SHA-256 of the token of local administration.
	local [sha256.Size]byte

	// change is held by the one command that runs. Taken before every other
	// lock of this package.
	change sync.Mutex
	// inForce is replaced by the holder of change only.
	inForce atomic.Pointer[view]
	// models are the merged facts of the configuration in force, made when asked.
	models atomic.Pointer[shelved]

	setup     setupCode
	signIns   throttle
	passwords hasher
	ends      endings
	strips    strips
}

// New loads and compiles the stored configuration, puts it in force and makes
// the token of local administration. While there is no administrator it also
// makes a setup code.
func New(ctx context.Context, c Config) (*Service, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Service{cfg: c, startedAt: time.Now().UTC()}
	s.passwords.init()
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	if err := s.makeLocalToken(); err != nil {
		return nil, err
	}
	if err := s.prepareSetup(); err != nil {
		return nil, err
	}
	return s, nil
}

// load reads every document and puts the configuration in force.
func (s *Service) load(ctx context.Context) error {
	stored, generation, err := s.cfg.Store.Load(ctx)
	if err != nil {
		return fmt.Errorf("loading the configuration: %w", err)
	}
	docs := make([]hw.Document, 0, len(stored))
	for _, d := range stored {
		doc, err := d.Decode()
		if err != nil {
			return fmt.Errorf("loading the configuration: %w", err)
		}
		docs = append(docs, doc)
	}
	publish, problems := s.cfg.Compile(docs, generation)
	if err := hw.Invalid(problems); err != nil {
		return fmt.Errorf("compiling the stored configuration: %w", err)
	}
	s.inForce.Store(newView(generation, docs))
	publish()
	return nil
}

// Run removes sessions that have ended, until ctx does.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.sweepSessions(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("sweeping sessions", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Documents returns what is in force, for parts that read configuration
// beside the compiled one. The documents must not be changed.
func (s *Service) Documents() (docs []hw.Document, generation int64) {
	v := s.inForce.Load()
	return v.docs, v.generation
}

// permit refuses an actor that does not hold a permission.
func permit(actor hw.Actor, p hw.Permission) error {
	if actor.May(p) {
		return nil
	}
	if actor.Name == "" {
		return hw.Errorf(hw.CodeUnauthenticated, "Sign in first.")
	}
	return hw.Errorf(hw.CodeForbidden, "%s may not do this: it needs the permission %s.", actor.Name, p)
}
