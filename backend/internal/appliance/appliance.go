// Package appliance puts the parts of Headwater together: the only place where
// the concrete types of the data path, the state and the administration meet.
// The binary and the tests run the same assembly.
//
// It holds no logic of its own beyond wiring. Its one invariant: nothing
// listens before the stored configuration has been compiled and put in force.
package appliance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/answers"
	"headwater/backend/internal/bus"
	"headwater/backend/internal/cache"
	"headwater/backend/internal/calllog"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/check"
	"headwater/backend/internal/deferred"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/gateway"
	"headwater/backend/internal/health"
	"headwater/backend/internal/job"
	"headwater/backend/internal/limit"
	"headwater/backend/internal/listen"
	"headwater/backend/internal/room"
	"headwater/backend/internal/route"
	"headwater/backend/internal/schedule"
	"headwater/backend/internal/secret"
	"headwater/backend/internal/simulator"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/store"
	"headwater/backend/internal/traffic"
	"headwater/backend/internal/upstream"
)

// Options are the process settings; everything else is configuration.
type Options struct {
	// StateDir holds every file of the installation; made with mode 0700.
	StateDir string
	// Listen, AdminListen and PortalListen are host:port; port 0 chooses a
	// free one. Empty means 127.0.0.1:4100, :4101 and :4102.
	Listen, AdminListen, PortalListen string
	// RemoteAdminListen opens administration to other machines, over TLS;
	// empty, the default, means that it stays closed. RemoteAdminHosts are
	// names by which it may be addressed beside its addresses and this
	// machine's own name.
	RemoteAdminListen string
	RemoteAdminHosts  []string
	// PostgresDSN moves documents and sessions to a PostgreSQL server.
	PostgresDSN string
	LogLevel    slog.Level
	Version     string
	// Out gets what a person should see at the start; nil discards it.
	Out io.Writer
	// LogTo gets the log; nil means standard error.
	LogTo io.Writer
	// Grace is how long calls under way may go on after a stop. Zero means 10 s.
	Grace time.Duration
	// Ready is called once all listeners are open; may be nil.
	Ready func(hw.Addresses)
}

// house is everything below the listeners.
type house struct {
	opts    Options
	log     *slog.Logger
	lock    *os.File
	secrets *secret.Box
	store   *store.Store
	bus     *bus.Bus
	calls   *calllog.Log
	traffic *traffic.Counter
	jobs    *job.Runner
	catalog *catalog.Library
	holder  *snapshot.Holder
	health  *health.Registry
	pool    *upstream.Pool
	gateway *gateway.Gateway
	later   *deferred.Keeper
	levels  limit.Levels    // what credentials have used
	shown   capability.Book // what live checks showed of models
	answers *answers.Keeper
	drills  *drill.Runner
	planned *schedule.Scheduler
	rooms   *room.Room
	checker *check.Checker
	admin   *admin.Service
	doors   *doors
	// operators tells what people do to upstreams; history follows what is told
	// of health.
	operators *operators
	history   *bus.Subscription
	// told and written count the transitions of health that were published and
	// that the history has; hurry has it written at once.
	told, written atomic.Int64
	hurry         chan struct{}
	// opened is when this process began to count calls.
	opened time.Time
}

// open builds the house from the state directory. What was opened is closed
// again when a later part fails.
func open(ctx context.Context, opts Options) (h *house, err error) {
	h = &house{opts: opts, log: newLog(opts), holder: &snapshot.Holder{}, bus: bus.New(), doors: &doors{}, traffic: traffic.New(), opened: time.Now(), rooms: &room.Room{}, hurry: make(chan struct{}, 1)}
	h.operators, h.history = newOperators(h.tellHealth, h.settleHistory), h.bus.Subscribe(0, hw.TopicHealth)
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
			h = nil
		}
	}()
	if err := os.MkdirAll(opts.StateDir, 0o700); err != nil {
		return h, fmt.Errorf("making the state directory: %w", err)
	}
	if h.lock, err = takeLock(filepath.Join(opts.StateDir, "lock")); err != nil {
		return h, err
	}
	if h.secrets, err = secret.Open(opts.StateDir); err != nil {
		return h, fmt.Errorf("opening the secret key: %w", err)
	}
	box := unpackCatalog()
	if err := h.openState(ctx); err != nil {
		return h, err
	}
	if err := h.openCatalog(ctx, box); err != nil {
		return h, err
	}
	if err := h.buildDataPath(); err != nil {
		return h, err
	}
	h.openCapabilities(ctx)
	h.jobs = job.New(job.Config{Keeper: h.store, Log: h.log, Told: func(j hw.Job) { h.bus.Publish(hw.TopicJobs, j) }})
	scanner, err := h.newScanner()
	if err != nil {
		return h, err
	}
	certifier, err := h.newCertifier()
	if err != nil {
		return h, err
	}
	h.admin, err = admin.New(ctx, admin.Config{
		Store: h.store, Secrets: h.secrets, Bus: h.bus, Calls: h.calls, Log: h.log,
		StateDir: opts.StateDir, Version: opts.Version,
		Compile: h.compile, Health: h.targets, Explain: h.explain, Condition: condition, Providers: h.providers, Catalog: h.catalog, Discover: h.discover,
		Test: h.test, Certify: certifier, Scan: scanner, Console: h.console, Addresses: h.doors.addresses, Jobs: h.jobs, Drills: h.drills, ScheduleStates: h.planned.States, Traffic: h.traffic.Read, Standings: h.standings, SettleHealth: h.settleHistory,
	})
	if err != nil {
		return h, fmt.Errorf("opening the administration: %w", err)
	}
	return h, nil
}

func (h *house) openState(ctx context.Context) (err error) {
	h.store, err = store.Open(ctx, store.Config{
		Dir: h.opts.StateDir, PostgresDSN: h.opts.PostgresDSN, Log: h.log, AuditKey: h.secrets.AuditKey(), Rehearse: h.rehearseLock,
	})
	if err != nil {
		return fmt.Errorf("opening the store: %w", err)
	}
	h.later, err = deferred.New(deferred.Config{Store: h.store, Seal: h.secrets.Seal, Open: h.secrets.Open, Log: h.log})
	if err != nil {
		return fmt.Errorf("opening the deferred calls: %w", err)
	}
	h.answers, err = answers.New(answers.Config{Store: h.store, Seal: h.secrets.Seal, Open: h.secrets.Open, Log: h.log})
	if err != nil {
		return fmt.Errorf("opening the kept answers: %w", err)
	}
	if err := h.openDrills(); err != nil {
		return err
	}
	h.calls, err = calllog.Open(ctx, calllog.Config{
		Dir: h.opts.StateDir, Log: h.log, Bus: h.bus, RetentionDays: h.retentionDays, Rehearse: h.rehearseFull,
	})
	if err != nil {
		return fmt.Errorf("opening the call log: %w", err)
	}
	return nil
}

func (h *house) buildDataPath() (err error) {
	h.health = health.NewRegistry(health.Config{Events: h.healthChanged, Rand: rand.Float64, Freed: h.rooms.Offer})
	h.pool, err = upstream.New(upstream.Config{Practice: simulator.New(simulator.Config{Gap: simulator.DefaultGap}).RoundTripper(), Own: h.doors.owns})
	if err != nil {
		return fmt.Errorf("building the data path: %w", err)
	}
	h.gateway, err = gateway.New(gateway.Config{
		Snapshots: h.holder, Health: h.health, Upstreams: h.pool, Calls: sinks{h.calls, h.traffic, h.drills},
		Inbound: inbound(), Outbound: outbound(),
		Planner: &route.Planner{Health: h.health, Rand: rand.Float64}, Log: h.log,
		Room: h.rooms, Drills: h.drills, Cache: cache.New(0), Later: h.later, Answers: h.answers, MaxCalls: mostCalls(), MaxBodies: mostMemory() / bodyShare, Fetch: upstream.NewFetcher(upstream.FetchConfig{Own: h.doors.owns}),
	})
	if err != nil {
		return fmt.Errorf("building the data path: %w", err)
	}
	h.checker, err = check.New(check.Config{
		Snapshots: h.holder, Health: h.health, Upstreams: h.pool, Outbound: outbound(), Rand: rand.Float64, Log: h.log,
		TestPaid: h.gateway.TestPaid,
	})
	if err != nil {
		return fmt.Errorf("building the data path: %w", err)
	}
	return nil
}

// The share of the machine that calls under way may take.
const (
	// callMemory is what a call may hold at worst on average, and callFiles the
	// descriptors of one: the caller's and its upstream's.
	callMemory = 64 << 10
	callFiles  = 2
	spareFiles = 256
	// bodyShare is the part of the memory, one in so many, that the bodies of
	// requests may take; a request that is translated exists twice.
	bodyShare = 2
)

// mostMemory is the limit of memory that the runtime keeps to: ours, or that of
// GOMEMLIMIT.
func mostMemory() int64 {
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		return limit
	}
	return memoryLimit
}

// mostCalls derives the bound on calls under way from the limits of memory and
// open files.
func mostCalls() int64 {
	most := mostMemory() / callMemory
	if files, err := listen.RaiseFileLimit(); err == nil && files > 2*spareFiles {
		most = min(most, int64(min(files, 1<<30)-spareFiles)/callFiles)
	}
	return most
}

// retentionDays is read before the first snapshot exists, too.
func (h *house) retentionDays() int {
	if s := h.holder.Load(); s != nil {
		return s.Settings.CallRetentionDays
	}
	return 30
}

// compile is what admin runs inside each transaction.
func (h *house) compile(docs []hw.Document, generation int64) (func(), []hw.Problem) {
	facts := h.catalog.For(docs)
	s, problems := snapshot.Compile(docs, snapshot.Facts{
		Model: facts.Model, Level: h.levels.Of, Capabilities: &h.shown,
		Generation: generation, Provider: facts.Provider, Unseal: h.unseal,
	})
	if len(problems) > 0 {
		return nil, problems
	}
	return func() {
		h.catalog.Use(facts)
		h.holder.Swap(s)
		h.pool.Keep(s)
		h.health.Forget(keeper(s))
		h.levels.Keep(credentialsOf(s))
		h.shown.Keep(modelsOf(s))
		h.operators.changed(docs)
		h.planned.Changed()
	}, nil
}

func (h *house) unseal(credentialID, sealed string) (string, error) {
	plain, err := h.secrets.Open(sealed, "credential|"+credentialID+"|secret")
	if err != nil {
		return "", fmt.Errorf("opening credential %s: %w", credentialID, err)
	}
	return string(plain), nil
}

// credentialsOf tells which credentials a snapshot has.
func credentialsOf(s *snapshot.Snapshot) func(id string) bool {
	there := map[string]bool{}
	for _, up := range s.Upstreams {
		for _, cred := range up.Credentials {
			there[cred.ID] = true
		}
	}
	return func(id string) bool { return there[id] }
}

// keeper tells which states a new snapshot still has a use for.
func keeper(s *snapshot.Snapshot) func(id string) bool {
	live := make(map[string]bool, 3*len(s.Targets))
	for _, t := range s.Targets {
		live[t.ID], live[t.Endpoint], live[t.Target.Model], live[t.Target.Credential] = true, true, true, true
	}
	return func(id string) bool { return live[id] }
}

// targets lists the health of everything configured.
func (h *house) targets() []hw.TargetHealth {
	s, now := h.holder.Load(), time.Now()
	seen := make(map[string]bool, len(s.Targets))
	list := make([]hw.TargetHealth, 0, len(s.Targets))
	for _, t := range s.Targets {
		if seen[t.ID] {
			continue
		}
		seen[t.ID] = true
		view := h.health.View(&t.Target, now)
		if view.State == hw.HealthHealthy && view.Since.IsZero() {
			view.Since = h.health.WellSince(&t.Target, now)
		}
		if view.State == t.Operator {
			view.Since = h.operators.since(t.Upstream.ID)
		}
		row := hw.TargetHealth{
			TargetID: t.ID, Upstream: t.Upstream.Name, Model: t.Model, State: view.State,
			Since: view.Since, NotBefore: view.NotBefore, Reason: view.Reason, Words: view.Words, InFlight: view.InFlight,
			FirstP95Ms: h.firstP95(&t.Target, now),
		}
		row.Asked, row.RateLimited = h.traffic.Target(t.ID, now)
		if t.Credential != nil {
			row.Credential = t.Credential.Name
		}
		list = append(list, row)
	}
	return list
}

// usualKnown is how many answers tell what is usual.
const usualKnown = 20

// firstP95 is how long the first content of a target usually takes, in
// milliseconds: of streams, or of plain answers, which show nothing before they
// are complete, where hardly anybody streams. Zero means that too few are known.
func (h *house) firstP95(t *health.Target, now time.Time) float64 {
	for _, flow := range [...]health.Flow{health.FlowStream, health.FlowPlain} {
		if usual, n := h.health.Usual(t, flow, now); n >= usualKnown {
			return float64(usual) / float64(time.Millisecond)
		}
	}
	return 0
}

// close releases everything, in reverse order of opening.
func (h *house) close() error {
	var errs []error
	h.history.Close()
	if h.pool != nil {
		h.pool.Close()
	}
	if h.calls != nil {
		errs = append(errs, h.calls.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	if h.lock != nil {
		errs = append(errs, h.lock.Close())
	}
	return errors.Join(errs...)
}

func newLog(opts Options) *slog.Logger {
	to := opts.LogTo
	if to == nil {
		to = os.Stderr
	}
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: opts.LogLevel}))
}

// Offline opens the administration of a stopped installation in this process,
// under the state lock. The returned function closes it.
func Offline(ctx context.Context, stateDir string) (*admin.Service, func() error, error) {
	h, err := open(ctx, Options{StateDir: stateDir, LogTo: io.Discard})
	if err != nil {
		return nil, nil, err
	}
	return h.admin, h.close, nil
}
