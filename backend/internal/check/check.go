// Package check asks upstreams, at no cost, whether they live: those that are
// out of use, so that they come back by themselves, and those of which nothing
// was heard for a while, so that the first call is not the one that finds out.
//
// It judges nothing itself: what it found goes to health. Its one invariant: it
// asks only for what costs nothing, unless an upstream is set to paid tests, loads
// no model, and asks nothing before a time that an upstream named.
package check

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// The pace of checks beside each upstream's own interval.
const (
	tick = 250 * time.Millisecond
	// idleAfter is how long nothing must have been heard of a target.
	idleAfter = time.Minute
	// atOnce is how many checks run at the same time.
	atOnce = 16
)

// Config is what a Checker is made of; all fields are required.
type Config struct {
	Snapshots *snapshot.Holder
	Health    *health.Registry
	Upstreams *upstream.Pool
	// Outbound lists the dialects of upstreams by name.
	Outbound map[string]dialect.Outbound
	// Rand gives numbers in [0,1) that keep checks from falling together; safe
	// for concurrent use.
	Rand func() float64
	Log  *slog.Logger
	// TestPaid asks a target a question that costs something, for the upstreams
	// that are set to that. It returns when the answer has been judged.
	TestPaid func(ctx context.Context, t *snapshot.Target)
}

// Checker makes free checks.
type Checker struct {
	Config
	slots chan struct{}
	paid  tests

	mu sync.Mutex
	// The fields below are guarded by mu.
	next    map[string]time.Time // when a group's regular check is due
	began   map[string]time.Time // when its last one began
	running map[string]bool
	engines map[string]*engineState
}

// New makes a Checker.
func New(c Config) (*Checker, error) {
	if c.Snapshots == nil || c.Health == nil || c.Upstreams == nil || c.Outbound == nil || c.Rand == nil || c.Log == nil || c.TestPaid == nil {
		return nil, errors.New("making the checker: every part of the configuration is required")
	}
	return &Checker{
		Config: c, slots: make(chan struct{}, atOnce), next: map[string]time.Time{}, began: map[string]time.Time{}, running: map[string]bool{}, engines: map[string]*engineState{},
	}, nil
}

// group is what one check covers: the targets of an upstream that share a
// credential.
type group struct {
	id         string
	up         *snapshot.Upstream
	credential *snapshot.Credential
	targets    []*health.Target
	models     []string // of each target
}

// Run checks until ctx ends.
func (k *Checker) Run(ctx context.Context) error {
	var under sync.WaitGroup
	defer under.Wait()
	timer := time.NewTicker(tick)
	defer timer.Stop()
	var seen *snapshot.Snapshot
	var groups []*group
	first := 0
rounds:
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		if s := k.Snapshots.Load(); s != seen {
			seen, groups, first = s, groupsOf(s), 0
			k.forget(groups)
			k.paid.load(s)
		}
		k.askPaid(ctx, &under)
		for i := range groups {
			g := groups[(first+i)%len(groups)]
			if !k.due(g, time.Now()) {
				continue
			}
			select {
			case k.slots <- struct{}{}:
			default: // many are being asked: this one stays due, and is the next one's first
				first = (first + i) % len(groups)
				continue rounds
			}
			k.begin(g)
			under.Go(func() {
				defer k.end(g)
				k.check(ctx, g)
			})
		}
	}
}

// groupsOf lists what is to be checked of a snapshot.
func groupsOf(s *snapshot.Snapshot) []*group {
	byID := map[string]*group{}
	var groups []*group
	for _, t := range s.Targets {
		if t.Upstream.Check.Kind == hw.CheckOff {
			continue
		}
		id := t.Upstream.ID + "|" + t.Target.Credential
		g := byID[id]
		if g == nil {
			g = &group{id: id, up: t.Upstream, credential: t.Credential}
			byID[id] = g
			groups = append(groups, g)
		}
		g.targets = append(g.targets, &t.Target)
		g.models = append(g.models, t.Model)
	}
	return groups
}

func (k *Checker) forget(groups []*group) {
	live := make(map[string]bool, len(groups))
	for _, g := range groups {
		live[g.id] = true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	for _, g := range groups {
		// A shorter interval holds at once.
		if soon := now.Add(g.up.Check.Interval); k.next[g.id].After(soon) {
			k.next[g.id] = soon
		}
	}
	for id := range k.next {
		if !live[id] {
			delete(k.next, id)
			delete(k.began, id)
			delete(k.engines, id)
		}
	}
}

// due reports whether a group is to be asked now.
func (k *Checker) due(g *group, now time.Time) bool {
	if state, until := g.up.Operator(); state == hw.HealthDisabled || state != "" && (until.IsZero() || now.Before(until)) {
		return false
	}
	k.mu.Lock()
	rest := time.Until(k.next[g.id])
	busy, since := k.running[g.id], now.Sub(k.began[g.id])
	k.mu.Unlock()
	switch {
	case busy:
		return false
	case since >= engineLook && k.watched(g), rest <= 0 && k.unknown(g):
		return true
	}
	idle, pause := min(idleAfter, 4*g.up.Check.Interval), time.Duration(0)
	if rest > 0 { // only for one whose wait has just ended
		pause = 1 << 62
	}
	return slices.ContainsFunc(g.targets, func(t *health.Target) bool { return k.Health.CheckDue(t, now, idle, pause) })
}

func (k *Checker) begin(g *group) {
	now, interval := time.Now(), g.up.Check.Interval
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running[g.id], k.began[g.id] = true, now
	k.next[g.id] = now.Add(time.Duration(float64(interval) * (0.9 + 0.2*k.Rand())))
}

func (k *Checker) end(g *group) {
	k.mu.Lock()
	delete(k.running, g.id)
	k.mu.Unlock()
	<-k.slots
}

// check asks one group and tells health.
func (k *Checker) check(ctx context.Context, g *group) {
	asking, cancel := context.WithTimeout(ctx, g.up.Check.Timeout)
	defer cancel()
	if k.paused(g) {
		return // it asked for a pause meanwhile
	}
	began := time.Now()
	found := k.ask(asking, g)
	if ctx.Err() != nil {
		return // the service stops: nothing was found out
	}
	if slow := g.up.Check.Slow; found.Outcome.Class == hw.ClassOK && slow > 0 && time.Since(began) > slow {
		found = bad(hw.ClassSlow, "the check took too long")
	}
	found.Took = time.Since(began)
	k.Health.TellChecked(g.targets, found, time.Now())
	if found.Outcome.Class == hw.ClassOK {
		k.look(ctx, g)
	}
}

// ask makes the check that the upstream is set to.
func (k *Checker) ask(ctx context.Context, g *group) health.Checked {
	c := &g.up.Check
	switch c.Kind {
	case hw.CheckConnect:
		if err := k.Upstreams.Connect(ctx, g.up); err != nil {
			return failed(ctx, err)
		}
		return health.Checked{Outcome: health.Outcome{Class: hw.ClassOK}}
	case hw.CheckHTTP:
		resp, body, err := k.Upstreams.AskRoot(ctx, g.up, g.credential, c.Path)
		if err != nil {
			return failed(ctx, err)
		}
		return k.judge(g, resp, body)
	}
	list, err := k.Outbound[g.up.Provider.Dialect].Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false)
	if err != nil {
		return health.Checked{Outcome: health.Outcome{Class: hw.ClassOK}} // nothing to ask: nothing is wrong
	}
	resp, body, err := k.Upstreams.Ask(ctx, g.up, g.credential, list)
	if err != nil {
		return failed(ctx, err)
	}
	if c.Status != 0 || c.Contains != "" {
		return k.judge(g, resp, body)
	}
	return k.judgeList(g, resp, body)
}

// judge looks for what the upstream is set to answer. A page says nothing of a
// key: it may be open to everyone.
func (k *Checker) judge(g *group, resp *upstream.Response, body []byte) health.Checked {
	c := &g.up.Check
	good := resp.Status == c.Status || c.Status == 0 && resp.Status >= 200 && resp.Status < 300
	if good && strings.Contains(string(body), c.Contains) {
		return health.Checked{Outcome: health.Outcome{Class: hw.ClassOK}, Accepted: c.Kind != hw.CheckHTTP}
	}
	detail := k.Outbound[g.up.Provider.Dialect].ReadError(resp.Status, resp.Header, body)
	found := bad(hw.ClassFailed, "the answer to the check lacks its text")
	if !good {
		found.Outcome.Cause = strings.TrimSpace("the check was answered with " + strconv.Itoa(resp.Status) + " " + http.StatusText(resp.Status))
	}
	found.Outcome.Hint = health.ParseHint(resp.Header, detail, time.Now())
	switch resp.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests: // about the key that was shown
		if g.credential != nil {
			found.Outcome.Scope = health.ScopeCredential
		}
	}
	return found
}

// judgeList judges the answer to the question for models. An upstream may have
// no such list: whatever else it says, it lives.
func (k *Checker) judgeList(g *group, resp *upstream.Response, body []byte) health.Checked {
	detail := k.Outbound[g.up.Provider.Dialect].ReadError(resp.Status, resp.Header, body)
	switch {
	case resp.Status < 300:
		return health.Checked{Outcome: health.Outcome{Class: hw.ClassOK}, Accepted: true}
	case resp.Status == 502, resp.Status == 503, resp.Status == 504, resp.Status >= 520:
		o := health.Classify(health.Facts{Status: resp.Status, Header: resp.Header, Detail: detail}, time.Now())
		if o.Class == hw.ClassLoading {
			return health.Checked{Outcome: health.Outcome{Class: hw.ClassOK}}
		}
		o.Scope = health.ScopeEndpoint
		return health.Checked{Outcome: o}
	case resp.Status == http.StatusTooManyRequests: // it lives, and asks for a pause
		o := health.Classify(health.Facts{Status: resp.Status, Header: resp.Header, Detail: detail}, time.Now())
		return health.Checked{Outcome: health.Outcome{Class: hw.ClassOK, Scope: health.ScopeCredential, Hint: o.Hint, Cause: o.Cause}}
	case resp.Status == http.StatusUnauthorized, resp.Status == http.StatusForbidden:
		o := health.Classify(health.Facts{Status: resp.Status, Header: resp.Header, Detail: detail}, time.Now())
		if o.Class == hw.ClassAuth && resp.Status == http.StatusUnauthorized && g.credential != nil {
			return health.Checked{Outcome: o}
		}
	}
	return health.Checked{Outcome: health.Outcome{Class: hw.ClassOK}}
}

// failed judges a check that got no answer.
func failed(ctx context.Context, err error) health.Checked {
	if token, ok := errors.AsType[*upstream.TokenError](err); ok {
		return health.Checked{Outcome: health.Classify(health.Facts{Token: &health.TokenFailure{Refused: token.Refused, Words: token.Words}}, time.Now())}
	}
	if ctx.Err() != nil {
		return bad(hw.ClassUnreachable, "no answer to the check in time")
	}
	f := health.Facts{Err: err, Phase: health.PhaseHead}
	if _, ok := errors.AsType[*upstream.DialError](err); ok {
		f.Phase = health.PhaseConnect
	}
	o := health.Classify(f, time.Now())
	o.Scope = health.ScopeEndpoint
	return health.Checked{Outcome: o}
}

func bad(class hw.Class, cause string) health.Checked {
	return health.Checked{Outcome: health.Outcome{Class: class, Scope: health.ScopeEndpoint, Counted: true, Cause: cause}}
}
