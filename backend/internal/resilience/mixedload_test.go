//go:build linux

package resilience

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"headwater/backend/internal/testupstream"
)

// moods are what an upstream may do to one call of a mixed load.
var moods = []string{
	"status-500", "overloaded", "rate+retry-ms-50", "cut", "cut-after-2", "badjson", "html+status-502", "error-in-200", "empty", "hang",
	"stall-after-2", "noend", "error-in-stream-after-2", "status-502", "retry-junk+status-503", "slow-body", "delay-30ms", "gap-5ms", "bytes", "pings+crlf",
}

// moody is an upstream that does something else to each of its calls, or to
// some of them.
type moody struct {
	vendor *testupstream.Server
	server *httptest.Server
	// every is how many calls go by from one mood to the next; 0 is none.
	every atomic.Int64
	// lulls says that it is well for a while in each second.
	lulls bool
	n     atomic.Int64
	moods atomic.Int64
}

func newMoody(t *testing.T, every int64) *moody {
	t.Helper()
	m := &moody{vendor: testupstream.New()}
	m.every.Store(every)
	m.server = httptest.NewServer(m)
	t.Cleanup(m.server.Close)
	return m
}

// ServeHTTP implements http.Handler.
func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	every := m.every.Load()
	lull := m.lulls && time.Now().UnixMilli()%1000 < 400
	if every > 0 && !lull && r.Method == http.MethodPost {
		if n := m.n.Add(1); n%every == 0 {
			m.moods.Add(1)
			r.Header.Set("X-Test-Fault", moods[int(n/every)%len(moods)])
		}
	}
	m.vendor.ServeHTTP(w, r)
}

// base is its address as an upstream is configured.
func (m *moody) base() string { return m.server.URL + "/v1" }

// medley is a mixed load and what it got.
type medley struct {
	wild       [3]*moody // what is asked first
	sick, calm *moody
	still      *testupstream.Server // never fails
	dead       *testupstream.Server // comes back after the load
	gone       *testupstream.Server // never does

	mu       sync.Mutex
	calls    int
	hungUp   int
	wrong    []string
	by       map[string]int // answers by what gave them
	deferred []string       // where the answers to deferred calls will be
	only     []string       // routes to one upstream each that is there
	back     bool           // dead is alive
}

func newMedley(t *testing.T) *medley {
	t.Helper()
	m := &medley{
		wild: [3]*moody{newMoody(t, 4), newMoody(t, 4), newMoody(t, 4)}, sick: newMoody(t, 1), calm: newMoody(t, 50), still: testupstream.Start(t), dead: testupstream.Start(t), gone: testupstream.Start(t), by: map[string]int{},
	}
	m.sick.lulls = true
	m.dead.Down()
	m.gone.Down()
	return m
}

func (m *medley) configuration() configured {
	quick := doc{"timeouts": doc{"first_byte_ms": 150, "idle_ms": 200}, "health": doc{"wait_first_ms": 200, "wait_most_ms": 400, "ramp_ms": 500}}
	scripted := doc{"kind": "scripted", "text": "Please try again later."}
	stale := doc{"kind": "cache", "stale_s": 3600}
	c := configured{}.app().tuned("calm", m.calm.base(), quick).tuned("sick", m.sick.base(), quick).
		tuned("dead", m.dead.BaseURL(), quick).tuned("gone", m.gone.BaseURL(), quick).
		upstream("still", "openai-compatible", m.still.BaseURL()).ladder("quiet", "still")
	var wild []any
	for i, up := range m.wild {
		name := fmt.Sprint("wild-", i)
		c.tuned(name, up.base(), quick)
		wild = append(wild, doc{"upstream": name, "model": "m-" + name})
	}
	first := doc{"targets": wild}
	m.only = []string{"quiet"}
	for _, up := range []string{"wild-0", "wild-1", "wild-2", "sick", "calm"} {
		c.ladder("only-"+up, up)
		m.only = append(m.only, "only-"+up)
	}
	return c.ladder("mixed", first, "calm", scripted).
		ladder("cached", "sick", stale, scripted).
		ladder("fresh", doc{"kind": "cache", "fresh_s": 1}, first, "calm", scripted).
		ladder("held", "sick", doc{"kind": "hold", "wait_ms": 1000}, scripted).
		ladder("only-dead", "dead").ladder("later", "dead", doc{"kind": "deferred", "expire_s": 3600}, scripted).
		ladder("never", "gone", doc{"kind": "deferred", "expire_s": 2}, scripted)
}

// routes are asked in this proportion: a call in a hundred may be deferred.
var medleyRoutes = [...]string{"mixed", "cached", "mixed", "fresh", "mixed", "held", "mixed", "cached", "mixed", "mixed"}

// run makes so many calls, some at a time.
func (m *medley) run(c *caller, calls, hands int) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for i := next.Add(1); i <= int64(calls); i = next.Add(1) {
				m.call(c, int(i))
			}
		})
	}
	all.Wait()
}

// call makes the call of a number.
func (m *medley) call(c *caller, i int) {
	p := plea{model: medleyRoutes[i%len(medleyRoutes)], prompt: fmt.Sprint("question ", i%97), stream: i%3 == 0}
	switch i % 200 {
	case 7, 107:
		p.model, p.prefer = "later", "respond-async"
	case 57:
		p.model, p.prefer = "never", "respond-async"
	case 157: // one that does not want to wait
		p.model = "later"
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	if i%23 == 0 { // one that leaves
		cancel()
		ctx, cancel = context.WithTimeout(context.Background(), 15*time.Millisecond)
	}
	defer cancel()
	a := c.plead(ctx, p)
	m.note(a, p, ctx.Err() != nil)
}

func (m *medley) note(a *answer, p plea, left bool) {
	_, by := a.served()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	switch {
	case left:
		m.hungUp++
	case a.status == http.StatusAccepted && p.prefer != "":
		m.by["deferred"]++
		m.deferred = append(m.deferred, a.header.Get("Location"))
	case a.whole():
		m.by[by]++
	case a.status == http.StatusOK && a.stream && a.told != "" && a.text != "" && !a.done:
		m.by["broke off, and said so"]++
	default:
		m.wrong = append(m.wrong, p.model+": "+a.String())
	}
}

// quiet makes calls that nothing disturbs, so that the runtime has work.
func (m *medley) quiet(c *caller) {
	for range 50 {
		m.crowd(c, 8)
	}
}

// crowd makes such calls at once.
func (m *medley) crowd(c *caller, n int) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { c.plead(context.Background(), plea{model: "quiet", prompt: fmt.Sprint("question ", i)}) })
	}
	all.Wait()
}

// calmDown repairs all but the upstream that never comes back.
func (m *medley) calmDown(t *testing.T) {
	t.Helper()
	for _, up := range m.moodies() {
		up.every.Store(0)
	}
	if err := m.dead.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.back = true
	m.only = append(m.only, "only-dead")
}

// moodies are all upstreams with moods.
func (m *medley) moodies() []*moody { return append(m.wild[:], m.sick, m.calm) }

// cut ends the connections that the service keeps to the upstreams.
func (m *medley) cut(t *testing.T) {
	t.Helper()
	for _, up := range m.moodies() {
		up.server.CloseClientConnections()
	}
	cut := []*testupstream.Server{m.still}
	if m.back {
		cut = append(cut, m.dead)
	}
	for _, up := range cut {
		up.Down()
		if err := up.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// settle lets go of the connections that only wait for more calls: the
// service finds out that its own are over with the next call to each upstream.
func (m *medley) settle(t *testing.T, c *caller) {
	t.Helper()
	m.cut(t)
	for _, route := range m.only {
		c.plead(t.Context(), plea{model: route, prompt: "one more"})
	}
	c.client.CloseIdleConnections()
	time.Sleep(300 * time.Millisecond) // the service sees them go
}

// Story 21, deferred calls of several routes: what waits for one upstream does
// not hold up what another can answer.
func TestDeferredCallsOfADeadRouteHoldUpNoOthers(t *testing.T) {
	s := begin(t, 21)
	m := newMedley(t)
	sv := newService(t)
	sv.apply(configured{}.app().upstream("gone", "openai-compatible", m.gone.BaseURL()).upstream("dead", "openai-compatible", m.dead.BaseURL()).
		ladder("never", "gone", doc{"kind": "deferred", "expire_s": 3600}).ladder("later", "dead", doc{"kind": "deferred", "expire_s": 3600}))
	c := sv.caller(t)
	for i := range 150 {
		a := c.plead(t.Context(), plea{model: "never", prompt: fmt.Sprint("question ", i), prefer: "respond-async"})
		if a.status != http.StatusAccepted {
			t.Fatal(a)
		}
	}
	for i := range 5 {
		a := c.plead(t.Context(), plea{model: "later", prompt: fmt.Sprint("question ", i), prefer: "respond-async"})
		m.deferred = append(m.deferred, a.header.Get("Location"))
	}
	m.calmDown(t)
	began := time.Now()
	answered := 0
	within(pick(90*time.Second, 50*time.Second), func() bool {
		answered = 0
		for _, path := range m.deferred {
			if c.fetch(t.Context(), path).whole() {
				answered++
			}
		}
		return answered == len(m.deferred)
	})
	s.figure(answered == len(m.deferred) && time.Since(began) < time.Minute, "deferred calls answered after their upstream was repaired, behind 150 older ones of another that stays dead", "5 of 5, <= 60s",
		fmt.Sprintf("%d of 5 after %s", answered, short(time.Since(began))))
}
