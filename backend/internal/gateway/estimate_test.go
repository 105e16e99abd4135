package gateway_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// lastTokens are those of the attempt that answered.
func lastTokens(t *testing.T, c *hw.Call) hw.Tokens {
	t.Helper()
	if n := len(c.Attempts); n == 0 || c.Attempts[n-1].Tokens == nil {
		t.Fatalf("no tokens: %+v", c.Attempts)
	}
	return *c.Attempts[len(c.Attempts)-1].Tokens
}

// TestUsageThatNobodyToldIsEstimated asks upstreams of every dialect that tell
// no usage, from every dialect. The answer of eight words has some twenty tokens.
func TestUsageThatNobodyToldIsEstimated(t *testing.T) {
	r, calls := travel(t), 0
	r.misbehave(r.primary, "nousage")
	for _, g := range tongues() {
		for _, to := range tongues() {
			for _, stream := range []bool{false, true} {
				name := g.name + " to " + to.name
				model := "to-" + to.name
				got := r.do("POST", g.path(model, stream), g.body(model, g.say, stream), nil)
				c := r.calls.wait(t, calls)
				calls++
				if got.status != 200 {
					t.Fatalf("%s, stream %v: %d %s", name, stream, got.status, got.body)
				}
				tokens := lastTokens(t, c)
				if !c.TokensEstimated || !tokens.Estimated || tokens.In != c.TokensIn || tokens.Out != c.TokensOut {
					t.Errorf("%s, stream %v: %+v, %+v", name, stream, tokens, c)
				}
				if tokens.In < 4 || tokens.In > 20 || tokens.Out < 8 || tokens.Out > 32 {
					t.Errorf("%s, stream %v: %d tokens in, %d out", name, stream, tokens.In, tokens.Out)
				}
				// Callers of OpenAI's chat get usage in a stream only when they ask.
				// Ollama speaks that too.
				shown := g.name != to.name && (g.name != "openai" || !stream && to.name != "ollama")
				if marked := strings.Contains(got.body, `"estimated":true`); marked != shown {
					t.Errorf("%s, stream %v: estimated in the answer: %v\n%s", name, stream, marked, got.body)
				}
				if header := got.header.Get("X-Headwater-Usage"); (header == "estimated") != shown && (!shown || !stream) {
					t.Errorf("%s, stream %v: header %q", name, stream, header)
				}
			}
		}
	}
}

func TestUsageThatWasToldIsNotEstimated(t *testing.T) {
	r, calls := travel(t), 0
	for _, g := range tongues() {
		for _, stream := range []bool{false, true} {
			got := r.do("POST", g.path("to-openai", stream), g.body("to-openai", g.say, stream), nil)
			c := r.calls.wait(t, calls)
			calls++
			if c.TokensEstimated || lastTokens(t, c).Estimated || got.header.Get("X-Headwater-Usage") != "" || strings.Contains(got.body, "estimated") {
				t.Errorf("%s, stream %v: %+v %s", g.name, stream, c, got.body)
			}
		}
	}
}

func TestACallerWhoAsksForUsageGetsTheEstimate(t *testing.T) {
	r := travel(t)
	r.misbehave(r.primary, "nousage")
	got := r.do("POST", "/v1/chat/completions", `{"model":"to-anthropic","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hello"}]}`, nil)
	if !strings.Contains(got.body, `"estimated":true`) || !strings.Contains(got.body, "[DONE]") {
		t.Errorf("%s", got.body)
	}
}

func TestEmbeddingsWithoutUsageCountTheirInput(t *testing.T) {
	r := newRig(t)
	r.misbehave(r.primary, "nousage")
	got := r.do("POST", "/v1/embeddings", `{"model":"one","input":["the quick brown fox","jumps over"]}`, nil)
	if tokens := lastTokens(t, r.calls.wait(t, 0)); got.status != 200 || !tokens.Estimated || tokens.In < 6 || tokens.In > 14 || tokens.Out != 0 {
		t.Errorf("%d, %+v", got.status, tokens)
	}
}

func TestAStreamThatBreaksOffIsEstimated(t *testing.T) {
	r := travel(t)
	for i, row := range []struct{ model, path, fault string }{
		{"one", "/v1/chat/completions", "cut-after-6"},
		{"to-anthropic", "/v1/messages", "cut-after-6"}, // has told one token of output
		{"to-anthropic", "/v1/chat/completions", "cut-after-6"},
	} {
		r.misbehave(r.primary, row.fault+"+tokens-40")
		body := `{"model":"` + row.model + `","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hello"}]}`
		got := r.do("POST", row.path, body, nil)
		c := r.calls.wait(t, i)
		words := int64(strings.Count(got.body, "word"))
		if tokens := lastTokens(t, c); !c.Interrupted || words < 2 || !tokens.Estimated || !c.TokensEstimated || tokens.In < 1 || tokens.Out < words || tokens.Out > 4*words {
			t.Errorf("%s to %s: %d words were given, %+v counted: %+v", row.path, row.model, words, tokens, c)
		}
	}
}

func TestAStreamThatItsCallerLeavesIsEstimated(t *testing.T) {
	r := newRig(t, primarily(func(u *hw.Upstream) { u.Timeouts.IdleMs = 20_000 }))
	r.misbehave(r.primary, "stall-after-5+tokens-40")
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	resp, err := http.DefaultClient.Do(r.request(ctx, "POST", "/v1/chat/completions", []byte(chatBody("one", true)), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for words := 0; words < 3 && lines.Scan(); {
		words += strings.Count(lines.Text(), "word")
	}
	leave()
	c := r.calls.wait(t, 0)
	if tokens := lastTokens(t, c); c.Status != 499 || !tokens.Estimated || tokens.In == 0 || tokens.Out < 3 || tokens.Out > 20 {
		t.Errorf("%+v: %+v", tokens, c)
	}
}

func TestWhatDidNotAnswerHasNoTokens(t *testing.T) {
	r := newRig(t)
	r.misbehave(r.primary, "status-503")
	r.chat("fast")
	if first := r.calls.wait(t, 0).Attempts[0]; first.Upstream != "primary" || first.Tokens != nil {
		t.Errorf("%+v", first)
	}
}

// TestAHedgeThatLostIsEstimated: its upstream has read the request, and said
// nothing yet.
func TestAHedgeThatLostIsEstimated(t *testing.T) {
	r := newRig(t, routes(&hw.Route{Name: "both", Hedge: true, Tiers: []hw.Tier{targetsOf("primary"), targetsOf("spare")}}),
		primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 20_000; u.Health.SuspectAfterMs = 10_000 }))
	for range 60 {
		r.stream("both")
	}
	r.misbehave(r.primary, "delay-5s+nousage")
	r.misbehave(r.spare, "nousage")
	before := r.primary.Counts().Cancelled
	r.stream("both")
	c := r.calls.wait(t, 60)
	found := 0
	for _, a := range c.Attempts {
		switch {
		case a.Tokens == nil || !a.Tokens.Estimated || a.Tokens.In == 0:
			t.Errorf("%s: %+v", a.Upstream, a.Tokens)
		case a.Upstream == "primary" && a.Tokens.Out == 0, a.Upstream == "spare" && a.Tokens.Out > 0:
			found++
		}
	}
	if found != 2 || !c.TokensEstimated || c.TokensOut == 0 {
		t.Errorf("%+v", c)
	}
	if err := r.primary.Await(t.Context(), func(n testupstream.Counts) bool { return n.Cancelled > before }); err != nil {
		t.Error(err)
	}
}

func TestAnEstimateCostsAndCountsAgainstTheKeysLimit(t *testing.T) {
	r := newRig(t)
	docs := append(r.documents(),
		&hw.Upstream{Meta: hw.Meta{ID: "ups_b"}, Name: "billed", Provider: "openai", BaseURL: r.primary.URL() + "/v1", Local: true, Timeouts: hw.Timeouts{FirstByteMs: 20_000}},
		&hw.Credential{Meta: hw.Meta{ID: "crd_b"}, Name: "k", Upstream: "billed", Sealed: "sk-1", TokensPerMinute: 10},
		&hw.Route{Name: "billed", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "billed", Model: "gpt-4o-mini"}}}}},
	)
	r.load(docs)
	r.misbehave(r.primary, "nousage")
	first := r.chat("billed")
	c := r.calls.wait(t, 0)
	if tokens := lastTokens(t, c); first.status != 200 || !tokens.Estimated || c.CostUSD <= 0 || c.Attempts[0].Price == nil {
		t.Errorf("%d: %+v, %+v", first.status, tokens, c)
	}
	begin := time.Now()
	if second := r.chat("billed"); second.status == 200 {
		t.Errorf("the limit did not hold: %d after %s", second.status, time.Since(begin))
	}
}
