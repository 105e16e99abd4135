package drill

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
)

// Asked is what the scope of a drill must know of a call.
type Asked struct {
	// Tenant, App and Route are names, as the call's log row has them.
	Tenant, App, Route string
	// DrillKey is true for a call with a key that is scoped for drills.
	DrillKey bool
	// CallHash is Hash of the call's id: all attempts of a call are in scope,
	// or none is.
	CallHash uint64
}

// Target is what a drill must know of the target of an attempt.
type Target struct {
	// Upstream and Model are names, as the attempt's log row has them.
	Upstream, Model string
	// Op is what is asked of it, for the watcher of its stream.
	Op dialect.Operation
	// Local is true for an upstream on this machine or a private network.
	Local bool
	// Connect is the upstream's bound on connecting, which a slow connection
	// passes or keeps to. Zero means it has none.
	Connect time.Duration
}

// Hash is the CallHash of a call's id.
func Hash(callID string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(callID)) // never fails
	return h.Sum64()
}

// Match reports whether a drill hits an attempt, and with what. It is asked
// for each attempt of each call.
func (r *Runner) Match(asked Asked, target Target) (*Injection, bool) {
	a := r.active.Load()
	if a == nil {
		return nil, false
	}
	return a.match(&asked, &target)
}

// Faults reports which faults of this machine are rehearsed at the moment.
func (r *Runner) Faults() (diskFull, databaseLocked bool) {
	a := r.active.Load()
	if a == nil || !a.machine || !time.Now().Before(a.ends) {
		return false, false
	}
	return a.fault == hw.DrillDiskFull, a.fault == hw.DrillDatabaseLocked
}

// active is a drill as the data path needs it: defaults filled in, names
// looked up. Only hit and over change.
type active struct {
	fault       hw.DrillFault
	machine     bool // the fault is this machine's: no attempt is hit
	began, ends time.Time
	lasts       time.Duration
	upstreams   map[string]bool
	allCloud    bool
	model       string
	percent     int
	delay, flap time.Duration
	retryAfter  int64
	scope       scope
	objective   hw.DrillObjective
	tools       *tools
	health      *health.Registry // nil means that of everybody

	// over is closed at the end of the drill.
	over chan struct{}
	// hit holds the names of the upstreams that were: which are meant by "all
	// clouds" only their targets tell. As many as are configured.
	hit sync.Map
}

// compile fills in the defaults of a valid drill.
func compile(spec hw.DrillSpec, t *tools) *active {
	a := &active{
		fault: spec.Fault, machine: spec.Fault.OfMachine(), allCloud: spec.AllCloud, model: spec.Model,
		upstreams: make(map[string]bool, len(spec.Upstreams)),
		percent:   orElse(spec.Percent, 100),
		lasts:     time.Duration(orElse(spec.DurationS, hw.DrillDurationS)) * time.Second,
		delay:     time.Duration(orElse(spec.DelayMs, hw.DrillDelayMs)) * time.Millisecond,
		flap:      time.Duration(orElse(spec.FlapS, hw.DrillFlapS)) * time.Second, retryAfter: spec.RetryAfterS,
		scope: compileScope(&spec.Scope), objective: spec.Objective, tools: t, over: make(chan struct{}),
	}
	for _, name := range spec.Upstreams {
		a.upstreams[name] = true
	}
	a.objective.ServedPercent = orElse(a.objective.ServedPercent, hw.DrillServedPercent)
	return a
}

func orElse[N int | int64 | float64](n, fallback N) N {
	if n == 0 {
		return fallback
	}
	return n
}

func (a *active) match(asked *Asked, target *Target) (*Injection, bool) {
	if a.machine || !a.scope.holds(asked) {
		return nil, false
	}
	return a.aimed(target)
}

// aimed is match for a call that is known to be in scope.
func (a *active) aimed(target *Target) (*Injection, bool) {
	if !a.aims(target) {
		return nil, false
	}
	now := time.Now()
	// Looked at here too: the end of a drill depends on no timer.
	if !now.Before(a.ends) || a.fault == hw.DrillFlapping && a.well(now) {
		return nil, false
	}
	if a.percent < 100 && rand.IntN(100) >= a.percent { //nolint:gosec // a share of attempts is no secret
		return nil, false
	}
	if _, known := a.hit.Load(target.Upstream); !known {
		a.hit.Store(target.Upstream, true)
	}
	return &Injection{a: a, upstream: target.Upstream, connect: target.Connect, op: target.Op}, true
}

// aims reports whether the fault is meant for a target.
func (a *active) aims(target *Target) bool {
	if a.model != "" && a.model != target.Model {
		return false
	}
	return a.upstreams[target.Upstream] || a.allCloud && !target.Local
}

// well reports whether a flapping upstream is, at the moment.
func (a *active) well(now time.Time) bool { return now.Sub(a.began)/a.flap%2 == 1 }

// drills reports whether an upstream, by name, is among those the fault is
// meant for, as far as that is known yet.
func (a *active) drills(upstream string) bool {
	if a.upstreams[upstream] {
		return true
	}
	_, hit := a.hit.Load(upstream)
	return hit
}

// scope is a hw.DrillScope with its names looked up.
type scope struct {
	keys          bool
	apps          map[appName]bool // nil means any
	route, tenant string
	percent       uint64
}

// appName is an app as a drill names it; without a tenant it is any tenant's.
type appName struct{ tenant, app string }

func compileScope(s *hw.DrillScope) scope {
	out := scope{keys: s.Keys, route: s.Route, tenant: s.Tenant, percent: 100}
	if s.CallPercent > 0 {
		out.percent = uint64(s.CallPercent)
	}
	if len(s.Apps) == 0 {
		return out
	}
	out.apps = make(map[appName]bool, len(s.Apps))
	for _, app := range s.Apps {
		tenant, name, both := strings.Cut(app, "/")
		if !both {
			tenant, name = "", app
		}
		out.apps[appName{tenant, name}] = true
	}
	return out
}

// holds reports whether a call is in scope.
func (s *scope) holds(asked *Asked) bool {
	switch {
	case s.keys && !asked.DrillKey,
		s.tenant != "" && s.tenant != asked.Tenant,
		s.route != "" && s.route != asked.Route,
		s.apps != nil && !s.apps[appName{asked.Tenant, asked.App}] && !s.apps[appName{"", asked.App}]:
		return false
	}
	return s.percent >= 100 || spread(asked.CallHash)%100 < s.percent
}

// spread evens out the low bits of a hash, so that a poor one gives a fair
// share too: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
func spread(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
