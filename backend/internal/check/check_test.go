package check_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/check"
	"headwater/backend/internal/dialect"
	ollamadialect "headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/health"
	"headwater/backend/internal/simulator"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/testupstream"
	"headwater/backend/internal/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine is a local server of which a test decides every answer.
type engine struct {
	mu     sync.Mutex
	status map[string]int
	body   map[string]string
	asked  []string
	slow   time.Duration
}

func (e *engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.asked = append(e.asked, r.Method+" "+r.URL.Path)
	status, body, slow := e.status[r.URL.Path], e.body[r.URL.Path], e.slow
	e.mu.Unlock()
	time.Sleep(slow)
	if status == 0 {
		status = 404
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func (e *engine) set(path string, status int, body string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status[path], e.body[path] = status, body
}

func (e *engine) paths() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.asked)
}

// rig is a running checker over one upstream.
type rig struct {
	health *health.Registry
	target *health.Target
	paid   atomic.Int64 // questions that cost something
}

func start(t *testing.T, u hw.Upstream, model string, secret string) *rig {
	t.Helper()
	u.ID, u.Name, u.Local = "ups_1", "up", true
	docs := []hw.Document{&u, &hw.Route{Name: "r", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "up", Model: model}}}}}}
	if secret != "" {
		docs = append(docs, &hw.Credential{Meta: hw.Meta{ID: "crd_1"}, Name: "c", Upstream: "up", Sealed: secret})
	}
	facts, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, problems := snapshot.Compile(docs, snapshot.Facts{Provider: facts.Provider, Unseal: func(_, sealed string) (string, error) { return sealed, nil }})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	holder := &snapshot.Holder{}
	holder.Swap(s)
	pool, err := upstream.New(upstream.Config{Practice: simulator.New(simulator.Config{}).RoundTripper()})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{health: health.NewRegistry(health.Config{}), target: &s.Targets[0].Target}
	k, err := check.New(check.Config{
		Snapshots: holder, Health: r.health, Upstreams: pool, Outbound: map[string]dialect.Outbound{"openai": openai.Outbound{}, "ollama": ollamadialect.Outbound{}},
		Rand: rand.Float64, Log: slog.New(slog.DiscardHandler),
		TestPaid: func(context.Context, *snapshot.Target) { r.paid.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var part sync.WaitGroup
	part.Go(func() {
		if err := k.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); part.Wait(); pool.Close() })
	return r
}

func (r *rig) view() health.View { return r.health.View(r.target, time.Now()) }

// reaches waits for a state of the target.
func (r *rig) reaches(t *testing.T, want ...hw.HealthState) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if slices.Contains(want, r.view().State) {
			return
		}
	}
	t.Fatalf("it is %+v, want %v", r.view(), want)
}

// call ends an attempt with an outcome.
func (r *rig) call(t *testing.T, o health.Outcome) {
	t.Helper()
	k, ok := r.health.Begin(r.target, time.Now(), true, health.FlowPlain)
	if !ok {
		t.Fatalf("not let through: %+v", r.view())
	}
	k.End(o, time.Now())
}

func quick(kind string) hw.HealthCheck {
	return hw.HealthCheck{Kind: kind, IntervalMs: 100, TimeoutMs: 500}
}

func TestAnIdleUpstreamThatDiesIsNoticedAndComesBack(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"", hw.CheckConnect} {
		up := testupstream.Start(t)
		r := start(t, hw.Upstream{Provider: "openai-compatible", BaseURL: up.URL() + "/v1", Check: quick(kind)}, "m", "")
		r.call(t, health.Classify(health.Facts{Status: 200}, time.Now()))
		up.Down()
		r.reaches(t, hw.HealthOpen)
		if err := up.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.reaches(t, hw.HealthRamp, hw.HealthHealthy)
		if n := up.Counts().BySuffix["completions"]; n != 0 {
			t.Errorf("%d real calls were made", n)
		}
	}
}

func TestARevokedKeyIsTriedForFree(t *testing.T) {
	t.Parallel()
	up := testupstream.Start(t)
	r := start(t, hw.Upstream{Provider: "openai-compatible", BaseURL: up.URL() + "/v1", Check: quick("")}, "m", "good")
	r.call(t, health.Classify(health.Facts{Status: 401}, time.Now()))
	if s := r.view().State; s != hw.HealthQuarantined {
		t.Fatalf("state %s", s)
	}
	r.reaches(t, hw.HealthRamp, hw.HealthHealthy)
}

func TestAnUpstreamWithoutAModelListLives(t *testing.T) {
	t.Parallel()
	e := &engine{status: map[string]int{}, body: map[string]string{}}
	server := httptest.NewServer(e)
	defer server.Close()
	r := start(t, hw.Upstream{Provider: "openai-compatible", BaseURL: server.URL + "/v1", Check: quick("")}, "m", "")
	time.Sleep(1500 * time.Millisecond)
	if v := r.view(); !v.Usable {
		t.Errorf("%+v", v)
	}
	if len(e.paths()) == 0 {
		t.Error("it was not asked")
	}
}

func TestAPathSaysHowItIs(t *testing.T) {
	t.Parallel()
	e := &engine{status: map[string]int{"/healthz": 200}, body: map[string]string{"/healthz": `{"state":"green"}`}}
	server := httptest.NewServer(e)
	defer server.Close()
	c := quick(hw.CheckHTTP)
	c.Path, c.Contains, c.Fall, c.Rise = "/healthz?deep=1", "green", 2, 1
	r := start(t, hw.Upstream{Provider: "openai-compatible", BaseURL: server.URL + "/v1", Check: c}, "m", "")
	r.call(t, health.Classify(health.Facts{Status: 200}, time.Now()))
	for _, bad := range []func(){
		func() { e.set("/healthz", 200, `{"state":"red"}`) },
		func() { e.set("/healthz", 500, `{"state":"green"}`) },
	} {
		bad()
		r.reaches(t, hw.HealthOpen)
		e.set("/healthz", 200, `{"state":"green"}`)
		r.reaches(t, hw.HealthRamp, hw.HealthHealthy)
	}
	// What it says of itself is no proof of what a call has shown: one is the test.
	for range 3 {
		r.call(t, health.Classify(health.Facts{Status: 500}, time.Now()))
	}
	r.reaches(t, hw.HealthOpen)
	for end := time.Now().Add(15 * time.Second); !r.view().Probe; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no test is due: %+v", r.view())
		}
	}
}

func TestAnOpenPageProvesNoKey(t *testing.T) {
	t.Parallel()
	e := &engine{status: map[string]int{"/healthz": 200}, body: map[string]string{}}
	server := httptest.NewServer(e)
	defer server.Close()
	c := quick(hw.CheckHTTP)
	c.Path, c.Rise = "/healthz", 1
	r := start(t, hw.Upstream{Provider: "openai-compatible", BaseURL: server.URL + "/v1", Check: c}, "m", "revoked")
	r.call(t, health.Classify(health.Facts{Status: 401}, time.Now()))
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if v := r.view(); v.Usable {
			t.Fatalf("a page that anybody may read brought the key back: %+v", v)
		}
	}
}

func TestARefusedCheckIsAboutItsKey(t *testing.T) {
	t.Parallel()
	e := &engine{status: map[string]int{"/healthz": 401}, body: map[string]string{}}
	server := httptest.NewServer(e)
	defer server.Close()
	c := quick(hw.CheckHTTP)
	c.Path, c.Fall = "/healthz", 1
	r := start(t, hw.Upstream{Provider: "openai-compatible", BaseURL: server.URL + "/v1", Check: c}, "m", "revoked")
	r.reaches(t, hw.HealthOpen)
	other := *r.target
	other.ID, other.Credential = "other", "crd_other"
	if v := r.health.View(&other, time.Now()); !v.Usable {
		t.Errorf("the good key: %+v", v)
	}
}

func TestAGoodAnswerMayComeTooLate(t *testing.T) {
	t.Parallel()
	e := &engine{status: map[string]int{"/up": 200}, body: map[string]string{}, slow: 120 * time.Millisecond}
	server := httptest.NewServer(e)
	defer server.Close()
	c := quick(hw.CheckHTTP)
	c.Path, c.SlowMs, c.Fall = "/up", 50, 1
	r := start(t, hw.Upstream{Provider: "openai-compatible", BaseURL: server.URL + "/v1", Check: c}, "m", "")
	r.reaches(t, hw.HealthOpen)
}

func TestNobodyIsAskedWhoShouldNotBe(t *testing.T) {
	for name, edit := range map[string]func(u *hw.Upstream){
		"switched off check":   func(u *hw.Upstream) { u.Check.Kind = hw.CheckOff },
		"disabled":             func(u *hw.Upstream) { u.State = hw.StateDisabled },
		"in maintenance":       func(u *hw.Upstream) { u.State = hw.StateMaintenance },
		"a longer interval":    func(u *hw.Upstream) { u.Check.IntervalMs = 60_000 },
		"asked us for a pause": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := testupstream.Start(t)
			u := hw.Upstream{Provider: "openai-compatible", BaseURL: up.URL() + "/v1", Check: quick("")}
			if edit != nil {
				edit(&u)
			}
			if edit == nil {
				u.Check.IntervalMs = 400
			}
			r := start(t, u, "m", "")
			if edit == nil {
				r.call(t, health.Classify(health.Facts{Status: 503, Header: map[string][]string{"Retry-After": {"60"}}}, time.Now()))
			}
			time.Sleep(1500 * time.Millisecond)
			once := int64(0)
			if name == "a longer interval" {
				once = 8 // it may be a local engine: what it is, is found out at once
			}
			if n := up.Counts().Requests; n > once {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

// ollama is an engine that has a model, in memory or not.
func ollama(t *testing.T, loaded bool) (*engine, string) {
	t.Helper()
	e := &engine{status: map[string]int{}, body: map[string]string{}}
	list := func(there bool) string {
		models := []map[string]string{}
		if there {
			models = append(models, map[string]string{"name": "llama3:latest", "model": "llama3:latest"})
		}
		body, _ := json.Marshal(map[string]any{"models": models})
		return string(body)
	}
	e.set("/", 200, "Ollama is running")
	e.set("/api/version", 200, `{"version":"0.12.6"}`)
	e.set("/api/tags", 200, list(true))
	e.set("/api/ps", 200, list(loaded))
	e.set("/v1/models", 200, `{"object":"list","data":[{"id":"llama3","object":"model"}]}`)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return e, server.URL
}

func TestALocalEngineIsLookedAtAndNeverMadeToLoad(t *testing.T) {
	t.Parallel()
	e, url := ollama(t, false)
	r := start(t, hw.Upstream{Provider: "ollama", BaseURL: url + "/v1", Check: quick("")}, "llama3", "")
	for end := time.Now().Add(10 * time.Second); !r.view().Cold; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it is not known that the model is not in memory: %v", e.paths())
		}
	}
	if v := r.view(); !v.Usable {
		t.Errorf("%+v", v)
	}
	for range 5 { // silence while it loads opens nothing
		r.call(t, health.Classify(health.Facts{Cold: true, TimedOut: health.TimeoutFirstByte}, time.Now()))
		time.Sleep(2100 * time.Millisecond)
	}
	e.set("/api/ps", 200, `{"models":[{"name":"llama3:latest"}]}`)
	for end := time.Now().Add(10 * time.Second); r.view().Cold || !r.view().Usable; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", r.view())
		}
	}
	for _, path := range e.paths() {
		if !slices.Contains([]string{"GET /", "GET /api/version", "GET /api/tags", "GET /api/ps", "GET /v1/models", "GET /props", "GET /health", "GET /api/v0/models", "GET /metrics", "GET /version"}, path) {
			t.Errorf("it was asked for %s", path)
		}
	}
}

func TestPaidQuestionsWaitForTheEndOfTheWait(t *testing.T) {
	t.Parallel()
	up := testupstream.Start(t)
	for _, probe := range []string{"", hw.ProbePaid} {
		u := hw.Upstream{Provider: "openai-compatible", BaseURL: up.URL() + "/v1", Health: hw.HealthPolicy{TripFailures: 1, WaitFirstMs: 1000, Probe: probe}, Check: quick("")}
		r := start(t, u, "m", "")
		r.call(t, health.Classify(health.Facts{Status: 500}, time.Now()))
		for time.Now().Before(r.view().NotBefore) {
			if r.paid.Load() > 0 {
				t.Fatal("asked before the end of the wait")
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Second)
		switch n := r.paid.Load(); {
		case probe == "" && n > 0:
			t.Errorf("%d questions that nobody wants to pay", n)
		case probe != "" && (n < 1 || n > 15): // every interval of 100 ms, for it stays out of use
			t.Errorf("%d questions in a second", n)
		}
	}
}
