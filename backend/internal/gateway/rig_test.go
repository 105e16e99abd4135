package gateway_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/cache"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/cohere"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
	"headwater/backend/internal/gateway"
	"headwater/backend/internal/health"
	"headwater/backend/internal/room"
	"headwater/backend/internal/route"
	"headwater/backend/internal/simulator"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/testupstream"
	"headwater/backend/internal/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "hw_test"

// sink keeps finished calls for a test to look at.
type sink struct {
	mu    sync.Mutex
	calls []*hw.Call
	more  chan struct{}
}

func (s *sink) Record(c *hw.Call) {
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// wait returns the nth call, from 0, once it is finished.
func (s *sink) wait(t *testing.T, n int) *hw.Call {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		if c := s.at(n); c != nil {
			return c
		}
		select {
		case <-s.more:
		case <-limit:
			t.Fatalf("call %d was never finished", n)
		}
	}
}

// at returns the nth call; nil when there are not so many yet.
func (s *sink) at(n int) *hw.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) <= n {
		return nil
	}
	return s.calls[n]
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// rig is a gateway over real sockets with test upstreams behind it.
type rig struct {
	t       *testing.T
	url     string
	calls   *sink
	holder  *snapshot.Holder
	health  *health.Registry
	gateway *gateway.Gateway
	known   capability.Book
	primary *testupstream.Server
	spare   *testupstream.Server
	// breakDialect makes the OpenAI dialect panic inside attempts.
	breakDialect atomic.Bool
	// fetcher gets what is at addresses; nil means the real one.
	fetcher gateway.Fetcher
}

// Fetch implements gateway.Fetcher.
func (r *rig) Fetch(ctx context.Context, address string, grow func(n int) error) (data []byte, kind string, err error) {
	if r.fetcher == nil {
		return upstream.NewFetcher(upstream.FetchConfig{}).Fetch(ctx, address, grow) //nolint:wrapcheck // it is the real one
	}
	return r.fetcher.Fetch(ctx, address, grow) //nolint:wrapcheck // it is the test's
}

// switched is the OpenAI dialect, which a test can break.
type switched struct {
	dialect.Outbound
	r *rig
}

// Watcher implements dialect.Outbound.
func (s switched) Watcher(op dialect.Operation) dialect.Watcher {
	if s.r.breakDialect.Load() {
		panic("planted")
	}
	return s.Outbound.Watcher(op)
}

// NeedsData implements dialect.Inliner.
func (s switched) NeedsData(p *dialect.Part) bool { return openai.Outbound{}.NeedsData(p) }

// Override implements dialect.Overrider.
func (s switched) Override(op dialect.Operation, body []byte, to dialect.Target, p *hw.Parameters) (edited []byte, dropped []string, err error) {
	return openai.Outbound{}.Override(op, body, to, p)
}

// Spoken implements dialect.Speaker.
func (s switched) Spoken() (keys [][]byte, mark []byte) { return openai.Outbound{}.Spoken() }

type option func(docs []hw.Document) []hw.Document

// newRig serves route "fast": tier 1 the primary, tier 2 the spare; routes
// "one" (the primary alone), "claude" (the primary as Anthropic), "any/*" and
// "practice" (the simulator).
func newRig(t *testing.T, opts ...option) *rig {
	t.Helper()
	return newRigOn(t, nil, opts...)
}

// newRigOn is newRig on another network; nil means the real one.
func newRigOn(t *testing.T, dial func(ctx context.Context, network, address string) (net.Conn, error), opts ...option) *rig {
	t.Helper()
	r := &rig{
		t: t, calls: &sink{more: make(chan struct{}, 1)}, holder: &snapshot.Holder{},
		primary: testupstream.Start(t), spare: testupstream.Start(t),
	}
	docs := r.documents()
	for _, opt := range opts {
		docs = opt(docs)
	}
	rooms := &room.Room{}
	r.health = health.NewRegistry(health.Config{Rand: rand.Float64, Freed: rooms.Offer})
	pool, err := upstream.New(upstream.Config{Practice: simulator.New(simulator.Config{}).RoundTripper(), Dial: dial})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(gateway.Config{
		Snapshots: r.holder, Health: r.health, Upstreams: pool, Calls: r.calls,
		Inbound:  []dialect.Inbound{responses.Inbound{}, anthropic.Inbound{}, gemini.Inbound{}, ollama.Inbound{}, openai.Inbound{}},
		Outbound: map[string]dialect.Outbound{"openai": switched{openai.Outbound{}, r}, "anthropic": anthropic.Outbound{}, "openai-responses": responses.Outbound{}, "gemini": gemini.Outbound{}, "ollama": ollama.Outbound{}, "cohere": cohere.Outbound{}, "bedrock": bedrock.Outbound{}, "voyage": openai.Voyage{}, "openai-azure": openai.Azure{}, "anthropic-vertex": anthropic.Vertex{}, "anthropic-bedrock": anthropic.Bedrock{}, "vertex": gemini.Vertex{}, "gemini-vertex": gemini.VertexNative{}},
		Planner:  &route.Planner{Health: r.health, Rand: rand.Float64},
		Log:      slog.New(slog.DiscardHandler),
		Answers:  &shelf{kept: map[string]gateway.KeptAnswer{}},
		Room:     rooms, Cache: cache.New(0), Fetch: r,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.gateway = g
	r.load(docs)
	server := httptest.NewServer(g)
	t.Cleanup(func() {
		server.Close()
		pool.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	r.url = server.URL
	return r
}

// facts is the catalogue, which is read once: every rig looks things up in it.
var facts = sync.OnceValues(catalog.Load)

// primaries edits the primary upstream under both of its names.
func primaries(edit func(u *hw.Upstream)) option {
	return func(docs []hw.Document) []hw.Document {
		for _, d := range docs {
			if u, ok := d.(*hw.Upstream); ok && (u.Name == "primary" || u.Name == "anthro") {
				edit(u)
			}
		}
		return docs
	}
}

// awaiting gives the primary up soon where its fault is silence. Everything else
// does come, and a busy machine may be late with it.
func awaiting(fault string) option {
	switch {
	case fault == "hang", fault == "silent":
		return primaries(func(u *hw.Upstream) { u.Timeouts.FirstByteMs, u.Timeouts.IdleMs = 250, 250 })
	case strings.HasPrefix(fault, "stall"): // its first pieces may take their time
		return primaries(func(u *hw.Upstream) { u.Timeouts.IdleMs = 500 })
	}
	return func(docs []hw.Document) []hw.Document { return docs }
}

func (r *rig) load(docs []hw.Document) {
	r.t.Helper()
	c, err := facts()
	if err != nil {
		r.t.Fatal(err)
	}
	s, problems := snapshot.Compile(docs, snapshot.Facts{
		Provider: c.Provider, Model: c.Model, Unseal: func(_, sealed string) (string, error) { return sealed, nil },
		Capabilities: &r.known,
	})
	if len(problems) > 0 {
		r.t.Fatal(problems)
	}
	r.holder.Swap(s)
}

func (r *rig) documents() []hw.Document {
	up := func(id, name, provider, base string) *hw.Upstream {
		return &hw.Upstream{
			Meta: hw.Meta{ID: id}, Name: name, Provider: provider, BaseURL: base + "/v1", Local: true,
			Timeouts: hw.Timeouts{ConnectMs: 20_000, FirstByteMs: 20_000, IdleMs: 20_000}, // see awaiting
		}
	}
	targets := func(name string) hw.Tier {
		return hw.Tier{Targets: []hw.RouteTarget{{Upstream: name, Model: "m-" + name}}}
	}
	return []hw.Document{
		&hw.Tenant{Name: "acme"},
		up("ups_p", "primary", "openai-compatible", r.primary.URL()),
		up("ups_s", "spare", "openai-compatible", r.spare.URL()),
		up("ups_a", "anthro", "anthropic-compatible", r.primary.URL()),
		&hw.Upstream{Meta: hw.Meta{ID: "ups_x"}, Name: "sim", Provider: hw.ProviderSimulator},
		&hw.Route{Name: "fast", Tiers: []hw.Tier{targets("primary"), targets("spare")}},
		&hw.Route{Name: "one", Tiers: []hw.Tier{targets("primary")}},
		&hw.Route{Name: "claude", Tiers: []hw.Tier{targets("anthro")}},
		&hw.Route{Name: "any/*", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "primary"}}}}},
		&hw.Route{Name: "practice", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "sim", Model: "practice"}}}}},
		&hw.App{Meta: hw.Meta{ID: "app_1", Tenant: "acme"}, Name: "crm", Routes: []string{"*"}},
		&hw.Key{Meta: hw.Meta{ID: "key_1", Tenant: "acme"}, Name: "k", App: "crm", SecretSHA256: sha(testKey)},
	}
}

func sha(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// answer is what a caller got.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) errorField(t *testing.T, name string) string {
	t.Helper()
	var body struct {
		Error map[string]any `json:"error"`
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || body.Error == nil {
		t.Fatalf("not an OpenAI error: %q (%v)", a.body, err)
	}
	s, _ := body.Error[name].(string)
	return s
}

func (r *rig) request(ctx context.Context, method, path string, body []byte, header map[string]string) *http.Request {
	r.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Set(name, value)
	}
	return req
}

// patience bounds one call of a test: what is never answered must fail the test,
// and not hang it. The largest are of 20 MB, and the race detector is slow.
const patience = 3 * time.Minute

func (r *rig) do(method, path, body string, header map[string]string) answer {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	resp, err := http.DefaultClient.Do(r.request(ctx, method, path, []byte(body), header))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatalf("reading the answer: %v", err)
	}
	return answer{resp.StatusCode, resp.Header, string(got)}
}

func chatBody(model string, stream bool) string {
	body, _ := json.Marshal(map[string]any{
		"model": model, "stream": stream,
		"messages": []map[string]string{{"role": "user", "content": "hello"}},
	})
	return string(body)
}

func (r *rig) chat(model string) answer {
	r.t.Helper()
	return r.do("POST", "/v1/chat/completions", chatBody(model, false), nil)
}

func (r *rig) stream(model string) answer {
	r.t.Helper()
	return r.do("POST", "/v1/chat/completions", chatBody(model, true), nil)
}

func (r *rig) misbehave(u *testupstream.Server, fault string) {
	r.t.Helper()
	if err := u.SetFault(fault); err != nil {
		r.t.Fatal(err)
	}
}
