package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// primarily edits the primary upstream of the rig's documents.
func primarily(edit func(u *hw.Upstream)) option {
	return func(docs []hw.Document) []hw.Document {
		for _, d := range docs {
			if u, ok := d.(*hw.Upstream); ok && u.Name == "primary" {
				edit(u)
			}
		}
		return docs
	}
}

// setting adds the installation's settings.
func setting(s hw.Setting) option {
	s.Name = hw.SettingName
	return routes(&s)
}

// statuses counts what many calls at once get.
type statuses struct {
	mu sync.Mutex
	n  map[int]int
}

func (s *statuses) add(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n == nil {
		s.n = map[int]int{}
	}
	s.n[status]++
}

// waiting returns once so many calls wait for a place.
func (r *rig) waiting(calls int) {
	r.t.Helper()
	for limit := time.After(10 * time.Second); r.gateway.Room.Len() < calls; {
		select {
		case <-time.After(time.Millisecond):
		case <-limit:
			r.t.Fatalf("%d calls wait for a place, not %d", r.gateway.Room.Len(), calls)
		}
	}
}

// gate is a vendor that keeps every request until it is opened.
type gate struct {
	*testupstream.Server
	came chan struct{} // one for each request
	open chan struct{}
}

// gated puts a gate before the primary.
func gated(t *testing.T, edit func(u *hw.Upstream)) (*gate, option) {
	t.Helper()
	g := &gate{Server: testupstream.New(), came: make(chan struct{}, 64), open: make(chan struct{})}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, primarily(func(u *hw.Upstream) {
		u.BaseURL = server.URL + "/v1"
		edit(u)
	})
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.came <- struct{}{}
	select {
	case <-g.open:
		g.Server.ServeHTTP(w, r)
	case <-r.Context().Done(): // the test has failed
	}
}

func TestQueue_waitsForAPlaceWhenEveryTargetIsFull(t *testing.T) {
	r := newRig(t, primarily(func(u *hw.Upstream) { u.MaxInFlight = 2; u.Timeouts.FirstByteMs = 5000 }))
	r.misbehave(r.primary, "delay-50ms")
	var got statuses
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { got.add(r.chat("one").status) })
	}
	all.Wait()
	if got.n[200] != 20 {
		t.Errorf("statuses %v", got.n)
	}
	if most := r.primary.Counts().Peak; most > 2 {
		t.Errorf("%d at once, the bound is 2", most)
	}
}

func TestQueue_isBoundedInCallsAndTime(t *testing.T) {
	r := newRig(t, primarily(func(u *hw.Upstream) { u.MaxInFlight = 1; u.Timeouts.FirstByteMs = 5000 }), setting(hw.Setting{QueueCalls: 1, QueueMs: 1500}))
	r.misbehave(r.primary, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var under sync.WaitGroup
	defer under.Wait()
	hang := func() {
		under.Go(func() {
			resp, err := http.DefaultClient.Do(r.request(ctx, "POST", "/v1/chat/completions", []byte(chatBody("one", false)), nil))
			if err == nil {
				_ = resp.Body.Close()
			}
		})
	}
	hang()
	if err := r.primary.Await(t.Context(), func(c testupstream.Counts) bool { return c.Requests == 1 }); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	got := r.chat("one")
	if took := time.Since(begin); got.status != 503 || got.errorField(t, "code") != "overloaded" || took < 1450*time.Millisecond || took > 4*time.Second {
		t.Errorf("in vain: %d %s after %s", got.status, got.body, took)
	}
	if got.header.Get("Retry-After") != "1" || got.header.Get("X-Should-Retry") != "true" {
		t.Errorf("headers %v", got.header)
	}
	first := make(chan answer, 1)
	under.Go(func() { first <- r.chat("one") })
	r.waiting(1)
	if got := r.chat("one"); got.status != 503 || r.gateway.Room.Len() != 1 || len(first) != 0 {
		t.Errorf("a full queue did not say so before the call that waits in it had given up: %d", got.status)
	}
	<-first
	cancel()
}

func TestQueue_theImportantGoFirst(t *testing.T) {
	g, before := gated(t, func(u *hw.Upstream) { u.MaxInFlight = 1 })
	r := newRig(t, before,
		routes(
			&hw.App{Meta: hw.Meta{ID: "app_2", Tenant: "acme"}, Name: "vip", Routes: []string{"*"}, Criticality: hw.CriticalPlus},
			&hw.Key{Meta: hw.Meta{ID: "key_2", Tenant: "acme"}, Name: "k2", App: "vip", SecretSHA256: sha("hw_vip")},
		))
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { r.chat("one") })
	}
	r.waiting(5)
	all.Go(func() {
		r.do("POST", "/v1/chat/completions", ask("one", "important", false), map[string]string{"Authorization": "Bearer hw_vip"})
	})
	r.waiting(6)
	close(g.open)
	all.Wait()
	n := slices.IndexFunc(g.Seen(), func(s testupstream.Request) bool { return strings.Contains(string(s.Body), "important") })
	if n != 1 {
		t.Errorf("%d of 6 ordinary calls went first, want only the one that was under way", n)
	}
}

func TestAFullTargetIsPassedOverWhileAnotherHasRoom(t *testing.T) {
	g, before := gated(t, func(u *hw.Upstream) { u.MaxInFlight = 1 })
	r := newRig(t, before)
	var all sync.WaitGroup
	all.Go(func() { r.chat("fast") })
	<-g.came
	if got := r.chat("fast"); got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
		t.Errorf("while the first is under way: %d %v", got.status, got.header)
	}
	close(g.open)
	all.Wait()
}

func TestTooManyCallsAreTurnedAwayAtOnce(t *testing.T) {
	g, before := gated(t, func(*hw.Upstream) {})
	r := newRig(t, setting(hw.Setting{MaxCalls: 4}), before)
	var got statuses
	var all sync.WaitGroup
	told := make(chan int, 12)
	for range 12 {
		all.Go(func() { told <- r.chat("one").status })
	}
	for range 8 { // whoever was let in cannot be answered yet
		got.add(<-told)
	}
	if got.n[503] != 8 {
		t.Errorf("statuses %v while nobody is answered", got.n)
	}
	close(g.open)
	all.Wait()
	for range 4 {
		got.add(<-told)
	}
	if got.n[200] < 3 || got.n[503] < 8 || got.n[200]+got.n[503] != 12 {
		t.Errorf("statuses %v", got.n)
	}
}

func TestTheSameTargetIsAskedAgainBeforeAnythingWasSent(t *testing.T) {
	r := newRig(t, routes(&hw.Route{Name: "stubborn", Tiers: []hw.Tier{targetsOf("primary")}, Retry: hw.Retry{AgainFirstMs: 400, AgainMostMs: 400}}))
	r.primary.Down()
	var up sync.WaitGroup
	up.Go(func() {
		<-time.After(20 * time.Millisecond)
		if err := r.primary.Up(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	served := 0
	for range 3 {
		if r.chat("stubborn").status == 200 {
			served++
		}
	}
	up.Wait()
	if served < 2 {
		t.Errorf("%d of 3 calls were answered", served)
	}
	if c := r.calls.wait(t, 0); len(c.Attempts) < 2 && c.Status == 503 {
		t.Errorf("asked once only: %+v", c.Attempts)
	}
}

func TestAnErrorIsNotAskedAgainOfTheSameTarget(t *testing.T) {
	r := newRig(t)
	r.misbehave(r.primary, "server")
	r.chat("one")
	if n := r.primary.Counts().Requests; n != 1 {
		t.Errorf("a chat was sent %d times to a target that had it", n)
	}
	t.Run("but embeddings may be", func(t *testing.T) {
		if err := r.primary.Script("server", "ok"); err != nil {
			t.Fatal(err)
		}
		r.primary.Clear()
		if err := r.primary.Script("server", "ok"); err != nil {
			t.Fatal(err)
		}
		if got := r.do("POST", "/v1/embeddings", `{"model":"one","input":"x"}`, nil); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}

func TestTriesPerTier(t *testing.T) {
	tier := hw.Tier{Strategy: hw.StrategyPriority}
	for i := range 4 {
		tier.Targets = append(tier.Targets, hw.RouteTarget{Upstream: "primary", Model: fmt.Sprint("m", i)})
	}
	r := newRig(t, routes(
		&hw.Route{Name: "three", Tiers: []hw.Tier{tier}},
		&hw.Route{Name: "one-try", Tiers: []hw.Tier{tier, targetsOf("spare")}, Retry: hw.Retry{TriesPerTier: 1}},
	))
	r.misbehave(r.primary, "overloaded")
	for route, want := range map[string]int64{"one-try": 1, "three": 3} {
		before := r.primary.Counts().Requests
		r.chat(route)
		if n := r.primary.Counts().Requests - before; n != want {
			t.Errorf("%s: %d attempts at the first tier, want %d", route, n, want)
		}
	}
}

func TestASilentTargetIsLeftByEveryoneAtOnce(t *testing.T) {
	r := newRig(t, primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 20_000; u.Health.SuspectAfterMs = 200 }))
	for range 8 { // so that its usual time is known
		r.stream("fast")
	}
	r.misbehave(r.primary, "hang")
	var slowest atomic.Int64
	var got statuses
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			begin := time.Now()
			got.add(r.stream("fast").status)
			for took := int64(time.Since(begin)); ; {
				old := slowest.Load()
				if took <= old || slowest.CompareAndSwap(old, took) {
					return
				}
			}
		})
	}
	all.Wait()
	if got.n[200] != 8 || time.Duration(slowest.Load()) > 3*time.Second {
		t.Errorf("statuses %v, the slowest after %s", got.n, time.Duration(slowest.Load()))
	}
	before := r.primary.Counts().Requests
	if a := r.stream("fast"); a.status != 200 || r.primary.Counts().Requests != before {
		t.Errorf("the next call: %d; it asked the silent one first", a.status)
	}
}

func TestOneSlowCallIsNotCalledSilence(t *testing.T) {
	r := newRig(t, primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 20_000; u.Health.SuspectAfterMs = 50 }))
	for range 8 {
		r.stream("fast")
	}
	r.misbehave(r.primary, "delay-600ms")
	if got := r.stream("fast"); got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=1") {
		t.Errorf("%d %v", got.status, got.header)
	}
}

func TestHedge(t *testing.T) {
	r := newRig(t, routes(&hw.Route{Name: "both", Hedge: true, Tiers: []hw.Tier{targetsOf("primary"), targetsOf("spare")}}),
		primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 20_000; u.Health.SuspectAfterMs = 10_000 }))
	for range 60 {
		r.stream("both")
	}
	r.misbehave(r.primary, "delay-8s")
	before := r.primary.Counts().Cancelled // on a busy machine some of those were late, and lost
	begin := time.Now()
	got := r.stream("both")
	if took := time.Since(begin); got.status != 200 || took > 4*time.Second || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
		t.Errorf("%d after %s: %v", got.status, took, got.header)
	}
	c := r.calls.wait(t, 60)
	hedges := 0
	for _, a := range c.Attempts {
		if a.Hedge {
			hedges++
		}
		if a.Upstream == "primary" && (a.Class != hw.ClassNeutral || a.Hedge) {
			t.Errorf("the one that was late: %+v", a)
		}
	}
	if hedges != 1 || c.Upstream != "spare" {
		t.Errorf("attempts %+v", c.Attempts)
	}
	if err := r.primary.Await(t.Context(), func(n testupstream.Counts) bool { return n.Cancelled > before }); err != nil {
		t.Errorf("the loser was not cancelled: %v", err)
	}
	if n := r.calls.count(); n != 61 {
		t.Errorf("%d calls in the log", n)
	}
	t.Run("a panic in one of them costs the call at most", func(t *testing.T) {
		r.misbehave(r.primary, "ok")
		r.breakDialect.Store(true)
		defer r.breakDialect.Store(false)
		if got := r.stream("both"); got.status < 500 {
			t.Errorf("%d %s", got.status, got.body)
		}
		r.breakDialect.Store(false)
		if got := r.stream("both"); got.status != 200 {
			t.Errorf("afterwards: %d %s", got.status, got.body)
		}
	})
	t.Run("without it nothing is asked twice", func(t *testing.T) {
		r.misbehave(r.primary, "delay-200ms")
		before := r.spare.Counts().Requests
		r.stream("fast")
		if r.spare.Counts().Requests != before {
			t.Error("a second target was asked")
		}
	})
}

func TestOperatorStates(t *testing.T) {
	for _, row := range []struct {
		state string
		until time.Time
		used  bool
	}{
		{hw.StateDisabled, time.Time{}, false},
		{hw.StateDraining, time.Time{}, false},
		{hw.StateMaintenance, time.Time{}, false},
		{hw.StateMaintenance, time.Now().Add(time.Hour), false},
		{hw.StateMaintenance, time.Now().Add(-time.Second), true},
	} {
		t.Run(row.state, func(t *testing.T) {
			r := newRig(t, primarily(func(u *hw.Upstream) { u.State, u.MaintenanceUntil = row.state, row.until }))
			got := r.chat("fast")
			if used := r.primary.Counts().Requests > 0; got.status != 200 || used != row.used {
				t.Errorf("%d, the upstream was asked: %v", got.status, used)
			}
			alone := r.chat("one")
			if row.used {
				return
			}
			if alone.status != 503 || alone.errorField(t, "code") != "no_healthy_upstream" || !strings.Contains(alone.errorField(t, "message"), "taken out of use") {
				t.Errorf("%d %s", alone.status, alone.body)
			}
		})
	}
}

func TestAPoisonedRequestOpensNoBreaker(t *testing.T) {
	r := newRig(t)
	r.misbehave(r.primary, "ok")
	for name, u := range map[string]*testupstream.Server{"primary": r.primary, "spare": r.spare} {
		if err := u.SetFaultFor("m-"+name, "server"); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		r.do("POST", "/v1/chat/completions", ask("fast", fmt.Sprint("poison ", i), false), nil)
	}
	for name, state := range r.states() {
		if state == hw.HealthOpen {
			t.Errorf("%s is open", name)
		}
	}
}

func TestAFailureThatAnotherTargetAnsweredCounts(t *testing.T) {
	r := newRig(t)
	r.misbehave(r.primary, "server")
	for i := range 3 {
		if got := r.do("POST", "/v1/chat/completions", ask("fast", fmt.Sprint("good ", i), false), nil); got.status != 200 {
			t.Fatalf("call %d: %d", i, got.status)
		}
	}
	if s := r.states()["primary"]; s != hw.HealthOpen {
		t.Errorf("the primary is %s after 3 failures that the spare made good", s)
	}
	t.Run("the same request over and over does not", func(t *testing.T) {
		r.misbehave(r.spare, "ok")
		same := newRig(t)
		same.misbehave(same.primary, "server")
		for range 6 {
			same.chat("fast")
		}
		if s := same.states()["primary"]; s == hw.HealthOpen {
			t.Error("one request opened the breaker")
		}
	})
}

// states are those of the targets of route fast, by upstream.
func (r *rig) states() map[string]hw.HealthState {
	states := map[string]hw.HealthState{}
	for _, t := range r.holder.Load().Targets {
		if v := r.health.View(&t.Target, time.Now()); t.Model != "" {
			states[t.Upstream.Name] = v.State
		}
	}
	return states
}
