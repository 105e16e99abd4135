package healthsim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// maxServers bounds the targets of a world.
const maxServers = 8

// world is a gateway with its upstreams and callers.
type world struct {
	clock
	seed    uint64
	rng     *rand.Rand
	health  *health.Registry
	planner *route.Planner
	route   snapshot.Route
	servers []*server
	length  time.Duration // the median of an answer after its first content
	room    []*waiter
	groups  []*group
	active  int // calls under way
	spent   int // of the budget
	calls   uint64
	tally   tally
	opened  []opening
}

// opening is a breaker that opened.
type opening struct {
	at           time.Time
	scope, words string
}

// is reports whether the breaker is one of a target's.
func (o *opening) is(s *server) bool {
	t := &s.target.Target
	return o.scope == t.ID || o.scope == t.Model || o.scope == t.Credential || o.scope == t.Endpoint
}

// newWorld makes a world with tiers of so many targets each.
func newWorld(seed uint64, strategy string, tiers ...int) *world {
	w := &world{clock: clock{now: epoch}, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), length: time.Second}
	w.health = health.NewRegistry(health.Config{
		Events: w.changed, Freed: w.freed, Rand: rand.New(rand.NewPCG(seed, 2)).Float64,
	})
	w.planner = &route.Planner{Health: w.health, Rand: rand.New(rand.NewPCG(seed, 3)).Float64}
	w.route.Retry = snapshot.Retry{TriesPerTier: 3, Budget: 0.2, AgainFirst: 250 * time.Millisecond, AgainMost: 8 * time.Second}
	w.route.Deadline, w.route.StreamDeadline = 120*time.Second, 15*time.Minute
	for t, n := range tiers {
		tier := snapshot.Tier{Kind: hw.TierTargets, Strategy: strategy}
		for range n {
			tier.Targets = append(tier.Targets, w.newServer(t))
		}
		w.route.Tiers = append(w.route.Tiers, tier)
	}
	return w
}

// newServer adds a target of its own upstream.
func (w *world) newServer(tier int) *snapshot.Target {
	name := fmt.Sprintf("up%d", len(w.servers))
	target := &snapshot.Target{
		Target: health.Target{
			ID: name + "|m|" + name, Endpoint: "https://" + name + ":443", Credential: name, Model: name + "|m", FreeCheck: true,
		},
		Upstream: &snapshot.Upstream{ID: name, Name: name, Enabled: true}, Model: "m", Weight: 1,
	}
	w.servers = append(w.servers, &server{
		w: w, index: len(w.servers), tier: tier, target: target, median: 150 * time.Millisecond,
	})
	return target
}

// share puts the second target at the upstream of the first, as another model.
func (w *world) share(first, second int) {
	a, b := w.servers[first].target, w.servers[second].target
	b.Upstream, b.Endpoint, b.Target.Credential, b.Model = a.Upstream, a.Endpoint, a.Target.Credential, "n"
	b.Target.Model = a.Upstream.ID + "|n"
	b.ID = b.Target.Model + "|" + b.Target.Credential
}

func (w *world) serverOf(t *snapshot.Target) *server {
	for _, s := range w.servers {
		if s.target == t {
			return s
		}
	}
	panic("bug: a target of another world")
}

// load is who calls: at random moments, at a rate.
type load struct {
	rate   float64
	until  time.Time
	apps   int     // at least 1
	first  uint64  // the number of its first app
	stream float64 // the share of streams
	poison bool    // every upstream fails on it
	done   func(*call)
}

// starts lets a load begin now.
func (w *world) starts(l load) {
	w.after(time.Duration(w.rng.ExpFloat64()/l.rate*float64(time.Second)), func() {
		if w.now.Before(l.until) {
			w.newCall(&l).begin()
			w.starts(l)
		}
	})
}

// newCall makes a call whose body is like no other's.
func (w *world) newCall(l *load) *call {
	w.calls++
	c := &call{
		w: w, id: w.calls, app: l.first + 1 + w.rng.Uint64N(uint64(max(l.apps, 1))), print: w.calls,
		stream: w.rng.Float64() < l.stream, poison: l.poison, start: w.now, done: l.done,
	}
	c.deadline = w.now.Add(w.route.Deadline)
	if c.stream {
		c.deadline = w.now.Add(w.route.StreamDeadline)
	}
	return c
}

// runAll runs a world up to a moment, and on until every call has ended.
func (w *world) runAll(until time.Time) {
	w.checks(until.Add(time.Hour))
	w.run(until)
	for limit := until.Add(30 * time.Minute); w.active > 0 && w.now.Before(limit); {
		w.run(w.now.Add(time.Second))
	}
}
