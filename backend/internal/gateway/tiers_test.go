package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/gateway"
	"headwater/backend/internal/testupstream"
)

// routes adds routes to the documents of a rig.
func routes(more ...hw.Document) option {
	return func(docs []hw.Document) []hw.Document { return append(docs, more...) }
}

func targetsOf(upstream string) hw.Tier {
	return hw.Tier{Targets: []hw.RouteTarget{{Upstream: upstream, Model: "m-" + upstream}}}
}

func ladder(name string, tiers ...hw.Tier) *hw.Route { return &hw.Route{Name: name, Tiers: tiers} }

func ask(model, words string, stream bool) string {
	body, _ := json.Marshal(map[string]any{
		"model": model, "stream": stream, "messages": []map[string]string{{"role": "user", "content": words}},
	})
	return string(body)
}

func TestCacheTier(t *testing.T) {
	r := newRig(t, routes(
		ladder("kept", targetsOf("primary"), hw.Tier{Kind: hw.TierCache}),
		ladder("fresh", hw.Tier{Kind: hw.TierCache, FreshSeconds: 60}, targetsOf("primary")),
		&hw.Tenant{Name: "other"},
		&hw.App{Meta: hw.Meta{ID: "app_2", Tenant: "other"}, Name: "crm", Routes: []string{"*"}},
		&hw.Key{Meta: hw.Meta{ID: "key_2", Tenant: "other"}, Name: "k", App: "crm", SecretSHA256: sha("hw_other")},
	))
	post := func(body, key string) answer {
		return r.do("POST", "/v1/chat/completions", body, map[string]string{"Authorization": "Bearer " + key})
	}
	plain := post(ask("kept", "hello", false), testKey)
	streamed := post(ask("kept", "streamed", true), testKey)
	post(ask("fresh", "hello", false), testKey)
	before := r.primary.Counts().Requests

	t.Run("answers at once while fresh, and says so", func(t *testing.T) {
		got := post(ask("fresh", "hello", false), testKey)
		if got.status != 200 || got.header.Get("Age") == "" || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=1;kind=cache;model=m-primary") {
			t.Errorf("%d %v", got.status, got.header)
		}
		if r.primary.Counts().Requests != before {
			t.Error("the upstream was asked all the same")
		}
	})
	t.Run("is not asked while a target can answer", func(t *testing.T) {
		if got := post(ask("kept", "hello", false), testKey); got.header.Get("Age") != "" {
			t.Errorf("answered from memory: %v", got.header)
		}
	})
	r.primary.Down()
	t.Run("answers when no target can, with the same body", func(t *testing.T) {
		got := post(ask("kept", "hello", false), testKey)
		if got.status != 200 || got.header.Get("Age") == "" || words(t, got.body) != words(t, plain.body) {
			t.Errorf("%d %v %s", got.status, got.header, got.body)
		}
		if !strings.HasPrefix(got.header.Get("X-Headwater-Attempts"), "t1;class=unreachable") {
			t.Errorf("the attempts are not told: %v", got.header)
		}
	})
	t.Run("a stream is replayed, and a plain call gets it whole", func(t *testing.T) {
		again := post(ask("kept", "streamed", true), testKey)
		if again.status != 200 || again.body != streamed.body {
			t.Errorf("%d %q, want %q", again.status, again.body, streamed.body)
		}
		whole := post(ask("kept", "streamed", false), testKey)
		if whole.status != 200 || words(t, whole.body) == "" {
			t.Errorf("%d %s", whole.status, whole.body)
		}
		parts := post(ask("kept", "hello", true), testKey)
		if parts.status != 200 || !strings.HasSuffix(strings.TrimSpace(parts.body), "data: [DONE]") {
			t.Errorf("%d %s", parts.status, parts.body)
		}
	})
	t.Run("another request, and another tenant, get none of it", func(t *testing.T) {
		if got := post(ask("kept", "hullo", false), testKey); got.status != 503 {
			t.Errorf("another request: %d", got.status)
		}
		if got := post(ask("kept", "hello", false), "hw_other"); got.status != 503 {
			t.Errorf("another tenant: %d %s", got.status, got.body)
		}
	})
	t.Run("the log has it as a step", func(t *testing.T) {
		post(ask("kept", "hello", false), testKey)
		c := r.calls.wait(t, r.calls.count()-1)
		last := c.Attempts[len(c.Attempts)-1]
		if last.Kind != hw.TierCache || last.Tier != 2 || last.Class != hw.ClassOK || c.Tier != 2 || c.Upstream != "" {
			t.Errorf("call %+v", c)
		}
	})
}

func TestCacheTier_looksAtTheAge(t *testing.T) {
	r := newRig(t, routes(ladder("short", targetsOf("primary"), hw.Tier{Kind: hw.TierCache, StaleSeconds: 1})))
	r.do("POST", "/v1/chat/completions", ask("short", "hello", false), nil)
	r.primary.Down()
	if got := r.do("POST", "/v1/chat/completions", ask("short", "hello", false), nil); got.status != 200 {
		t.Fatalf("while young enough: %d", got.status)
	}
	<-time.After(1100 * time.Millisecond)
	if got := r.do("POST", "/v1/chat/completions", ask("short", "hello", false), nil); got.status != 503 {
		t.Errorf("when too old: %d", got.status)
	}
}

func TestScriptedTier(t *testing.T) {
	r := newRig(t, routes(ladder("said", targetsOf("primary"), hw.Tier{Kind: hw.TierScripted, Text: "Please try later."})))
	r.primary.Down()
	got := r.chat("said")
	if got.status != 200 || words(t, got.body) != "Please try later." || !strings.Contains(got.body, `"headwater/scripted"`) ||
		!strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2;kind=scripted") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	stream := r.stream("said")
	if stream.status != 200 || !strings.Contains(stream.body, "Please try later.") || !strings.HasSuffix(strings.TrimSpace(stream.body), "data: [DONE]") {
		t.Errorf("%d %s", stream.status, stream.body)
	}
	if c := r.calls.wait(t, 1); c.Attempts[len(c.Attempts)-1].Kind != hw.TierScripted || c.Model != "" {
		t.Errorf("the log says %+v", c)
	}
	if got := r.do("POST", "/v1/embeddings", `{"model":"said","input":"x"}`, nil); got.status != 503 {
		t.Errorf("numbers were made up: %d %s", got.status, got.body)
	}
}

func TestHoldTier(t *testing.T) {
	r := newRig(t, routes(
		ladder("patient", targetsOf("primary"), hw.Tier{Kind: hw.TierHold, WaitMs: 20_000}),
		ladder("hasty", targetsOf("primary"), hw.Tier{Kind: hw.TierHold, WaitMs: 300}),
	))
	r.primary.Down()
	t.Run("gives up after its wait", func(t *testing.T) {
		begin := time.Now()
		got := r.chat("hasty")
		if took := time.Since(begin); got.status != 503 || took < 250*time.Millisecond || took > 10*time.Second {
			t.Errorf("%d after %s", got.status, took)
		}
	})
	t.Run("answers when a target recovers", func(t *testing.T) {
		for range 4 { // shut the breaker
			r.chat("one")
		}
		var up sync.WaitGroup
		up.Go(func() {
			<-time.After(1500 * time.Millisecond)
			if err := r.primary.Up(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		got := r.chat("patient")
		up.Wait()
		if got.status != 200 || words(t, got.body) == "" {
			t.Fatalf("%d %s", got.status, got.body)
		}
		c := r.calls.wait(t, r.calls.count()-1)
		i := slices.IndexFunc(c.Attempts, func(a hw.Attempt) bool { return a.Kind == hw.TierHold })
		if i < 0 || c.Attempts[i].Class != hw.ClassOK || c.Attempts[i].TotalMs < 500 || c.Upstream != "primary" {
			t.Errorf("the log says %+v", c)
		}
	})
	t.Run("a target that asked for more time is not waited for", func(t *testing.T) {
		r.misbehave(r.primary, "status-429-retry-60")
		r.chat("one")
		begin := time.Now()
		if got := r.chat("patient"); got.status != 429 || time.Since(begin) > time.Second {
			t.Errorf("%d after %s", got.status, time.Since(begin))
		}
	})
}

// drawer is a place for deferred calls.
type drawer struct {
	mu     sync.Mutex
	calls  map[string]hw.Deferred
	bodies map[string][]byte
}

func (d *drawer) Keep(_ context.Context, c hw.Deferred, body []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls[c.ID], d.bodies[c.ID] = c, body
	return nil
}

func (d *drawer) Find(_ context.Context, id string) (hw.Deferred, []byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.calls[id]
	if !ok {
		return c, nil, hw.Errorf(hw.CodeNotFound, "no such call")
	}
	return c, d.bodies[id], nil
}

func (d *drawer) set(c hw.Deferred, body []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls[c.ID], d.bodies[c.ID] = c, body
}

func TestDeferredTier(t *testing.T) {
	d := &drawer{calls: map[string]hw.Deferred{}, bodies: map[string][]byte{}}
	r := newRig(t, routes(
		ladder("later", targetsOf("primary"), hw.Tier{Kind: hw.TierDeferred, ExpireSeconds: 3600}),
		ladder("later-said", targetsOf("primary"), hw.Tier{Kind: hw.TierDeferred}, hw.Tier{Kind: hw.TierScripted, Text: "Later."}),
		&hw.App{Meta: hw.Meta{ID: "app_2", Tenant: "acme"}, Name: "erp", Routes: []string{"*"}},
		&hw.Key{Meta: hw.Meta{ID: "key_2", Tenant: "acme"}, Name: "k2", App: "erp", SecretSHA256: sha("hw_other")},
	))
	r.gateway.Later = d
	prefer := map[string]string{"Prefer": "wait=1, respond-async"}
	r.primary.Down()
	if got := r.chat("later"); got.status != 503 {
		t.Errorf("deferred although nobody asked for it: %d", got.status)
	}
	got := r.do("POST", "/v1/chat/completions", ask("later", "hello", false), prefer)
	var told struct{ ID, Status, StatusURL string }
	if err := json.Unmarshal([]byte(strings.Replace(got.body, "status_url", "StatusURL", 1)), &told); err != nil || got.status != 202 {
		t.Fatalf("%d %s (%v)", got.status, got.body, err)
	}
	if told.Status != "waiting" || got.header.Get("Location") != told.StatusURL || got.header.Get("Retry-After") == "" || got.header.Get("Preference-Applied") != "respond-async" {
		t.Errorf("%s %v", got.body, got.header)
	}
	kept := d.calls[told.ID]
	t.Run("its place says that it waits", func(t *testing.T) {
		if got := r.do("GET", told.StatusURL, "", nil); got.status != 202 || !strings.Contains(got.body, told.ID) {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
	t.Run("another app does not know it", func(t *testing.T) {
		if got := r.do("GET", told.StatusURL, "", map[string]string{"Authorization": "Bearer hw_other"}); got.status != 404 {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
	t.Run("it is not answered while nothing can", func(t *testing.T) {
		if a := r.gateway.AnswerLater(t.Context(), kept, d.bodies[kept.ID]); !a.Again {
			t.Errorf("taken for answered: %d %s", a.Status, a.Body)
		}
	})
	t.Run("nor by a text that is always there", func(t *testing.T) {
		said := kept
		said.Route, said.Model, said.HeadBytes = "later-said", "later-said", 0
		if a := r.gateway.AnswerLater(t.Context(), said, []byte(ask("later-said", "hello", false))); !a.Again {
			t.Errorf("answered with %d %s", a.Status, a.Body)
		}
	})
	t.Run("it is answered after the recovery", func(t *testing.T) {
		if err := r.primary.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		var a gateway.LaterAnswer
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-time.After(100 * time.Millisecond) {
			if a = r.gateway.AnswerLater(t.Context(), kept, d.bodies[kept.ID]); !a.Again {
				break
			}
		}
		if a.Again || a.Status != 200 || a.ContentType != "application/json" || words(t, string(a.Body)) == "" {
			t.Fatalf("%+v %s", a, a.Body)
		}
		kept.State, kept.Status, kept.ContentType, kept.DoneAt = hw.DeferredDone, a.Status, a.ContentType, time.Now()
		d.set(kept, a.Body)
		got := r.do("GET", told.StatusURL, "", nil)
		if got.status != 200 || got.body != string(a.Body) || got.header.Get("Age") == "" {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
	t.Run("one that expired says so", func(t *testing.T) {
		kept.State = hw.DeferredExpired
		d.set(kept, nil)
		if got := r.do("GET", told.StatusURL, "", nil); got.status != 410 || got.errorField(t, "code") != "expired" {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
	t.Run("a key that was deleted meanwhile gets nothing", func(t *testing.T) {
		orphan := kept
		orphan.KeyID = "key_9"
		if a := r.gateway.AnswerLater(t.Context(), orphan, nil); a.Again || a.Status != 401 {
			t.Errorf("%+v", a)
		}
	})
	for _, bad := range []string{"/v1/deferred/", "/v1/deferred/x", "/v1/deferred/" + hw.NewID(hw.PrefixDeferred)} {
		if got := r.do("GET", bad, "", nil); got.status != 404 {
			t.Errorf("GET %s: %d", bad, got.status)
		}
	}
	if got := r.do("POST", told.StatusURL, "", nil); got.status != 405 {
		t.Errorf("POST: %d", got.status)
	}
}

// words is what a plain answer says.
func words(t *testing.T, body string) string {
	t.Helper()
	var a struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || len(a.Choices) == 0 {
		t.Fatalf("not an answer: %q (%v)", body, err)
	}
	return a.Choices[0].Message.Content
}

func TestAffinity(t *testing.T) {
	both := hw.Tier{Strategy: hw.StrategyAffinity, Targets: []hw.RouteTarget{{Upstream: "primary", Model: "m-primary"}, {Upstream: "spare", Model: "m-spare"}}}
	r := newRig(t, routes(ladder("talk", both)))
	served := map[string]int{}
	for i := range 20 {
		opening := fmt.Sprintf(`{"role":"system","content":"be brief"},{"role":"user","content":"topic %d"}`, i)
		place := ""
		for turn := range 4 {
			more := strings.Repeat(`,{"role":"assistant","content":"a"},{"role":"user","content":"b"}`, turn)
			got := r.do("POST", "/v1/chat/completions", `{"model":"talk","messages":[`+opening+more+`]}`, nil)
			now := got.header.Get("X-Headwater-Served-By")
			if turn > 0 && now != place {
				t.Fatalf("conversation %d moved from %s to %s", i, place, now)
			}
			place = now
		}
		served[place]++
	}
	if len(served) != 2 {
		t.Errorf("all conversations went to %v", served)
	}
}

func TestFallback(t *testing.T) {
	r := newRig(t, routes(
		&hw.Route{Name: "long", Tiers: []hw.Tier{targetsOf("primary")}, Fallback: hw.Fallback{ContextOverflow: []hw.RouteTarget{{Upstream: "spare", Model: "m-large"}}}},
		&hw.Route{Name: "frank", Tiers: []hw.Tier{targetsOf("primary")}, Fallback: hw.Fallback{ContentPolicy: []hw.RouteTarget{{Upstream: "spare", Model: "m-frank"}}}},
	))
	for _, row := range []struct {
		fault, route string
		status       int
		model        string
	}{
		{"context", "long", 200, "m-large"},
		{"context", "frank", 400, ""},
		{"policy", "frank", 200, "m-frank"},
		{"policy", "long", 400, ""},
		{"bad-request", "long", 400, ""},
	} {
		r.misbehave(r.primary, row.fault)
		for name, got := range map[string]answer{"plain": r.chat(row.route), "stream": r.stream(row.route)} {
			if got.status != row.status || row.model != "" && !strings.HasSuffix(got.header.Get("X-Headwater-Served-By"), "model="+row.model) {
				t.Errorf("%s, %s of %s: %d %v %s", row.fault, name, row.route, got.status, got.header, got.body)
			}
		}
	}
	r.misbehave(r.primary, "context")
	r.misbehave(r.spare, "server")
	if got := r.chat("long"); got.status != 400 || got.errorField(t, "code") == "" {
		t.Errorf("when nobody takes it, the first refusal stands: %d %s", got.status, got.body)
	}
}

func TestAClientsOwnRetryDrawsOnTheBudget(t *testing.T) {
	for name, want := range map[string]int{"0": 3, "1": 1} {
		r := newRig(t, routes(&hw.Route{Name: "dead", Tiers: []hw.Tier{targetsOf("spare")}, Retry: hw.Retry{TriesPerTier: 2, AgainFirstMs: 1, AgainMostMs: 1}}),
			primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 20_000 }))
		r.spare.Down()
		r.misbehave(r.primary, "hang")
		ctx, cancel := context.WithCancel(t.Context())
		var under sync.WaitGroup
		for range 3 {
			under.Go(func() {
				req := r.request(ctx, "POST", "/v1/chat/completions", []byte(chatBody("one", false)), map[string]string{"X-Stainless-Retry-Count": name})
				if resp, err := http.DefaultClient.Do(req); err == nil {
					_ = resp.Body.Close()
				}
			})
		}
		if err := r.primary.Await(t.Context(), func(c testupstream.Counts) bool { return c.InFlight == 3 }); err != nil {
			t.Fatal(err)
		}
		r.chat("dead")
		if n := len(r.calls.wait(t, 0).Attempts); n != want {
			t.Errorf("while 3 clients say that it is retry %s: %d attempts, want %d", name, n, want)
		}
		cancel()
		under.Wait()
	}
}
