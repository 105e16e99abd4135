package gateway_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// when is a tier of one upstream for the calls that meet a condition.
func when(condition, upstream string) hw.Tier {
	tier := targetsOf(upstream)
	tier.When = condition
	return tier
}

// tierOf is the tier that answered; empty when none did.
func tierOf(a answer) string {
	_, after, _ := strings.Cut(a.header.Get("X-Headwater-Served-By"), "tier=")
	tier, _, _ := strings.Cut(after, ";")
	return tier
}

func TestConditionsChooseTheTier(t *testing.T) {
	r := newRig(t, routes(
		ladder("by-header", when(`"x-tier" in headers && headers["x-tier"] == "gold"`, "spare"), targetsOf("primary")),
		ladder("by-app", when(`app == "crm" && tenant == "acme"`, "spare"), targetsOf("primary")),
		ladder("by-other-app", when(`app == "erp"`, "spare"), targetsOf("primary")),
		ladder("by-size", when(`tokens_in > 1000`, "spare"), targetsOf("primary")),
		ladder("by-stream", when(`stream`, "spare"), targetsOf("primary")),
		ladder("by-endpoint", when(`endpoint == "embeddings" && dialect == "openai" && model == "by-endpoint"`, "spare"), targetsOf("primary")),
		ladder("by-secret", when(`"authorization" in headers`, "spare"), targetsOf("primary")),
	))
	long := strings.Repeat("many words ", 1000)
	for _, row := range []struct {
		name, path, body, tier string
		header                 map[string]string
	}{
		{"a header that fits", "chat/completions", ask("by-header", "hello", false), "1", map[string]string{"X-Tier": "gold"}},
		{"a header that does not", "chat/completions", ask("by-header", "hello", false), "2", map[string]string{"X-Tier": "tin"}},
		{"no such header", "chat/completions", ask("by-header", "hello", false), "2", nil},
		{"the app", "chat/completions", ask("by-app", "hello", false), "1", nil},
		{"another app", "chat/completions", ask("by-other-app", "hello", false), "2", nil},
		{"a short request", "chat/completions", ask("by-size", "hello", false), "2", nil},
		{"a long request", "chat/completions", ask("by-size", long, false), "1", nil},
		{"a plain call", "chat/completions", ask("by-stream", "hello", false), "2", nil},
		{"a stream", "chat/completions", ask("by-stream", "hello", true), "1", nil},
		{"a chat", "chat/completions", ask("by-endpoint", "hello", false), "2", nil},
		{"an embedding", "embeddings", `{"model":"by-endpoint","input":"hello"}`, "1", nil},
		{"what a key is in", "chat/completions", ask("by-secret", "hello", false), "2", nil},
	} {
		got := r.do("POST", "/v1/"+row.path, row.body, row.header)
		if got.status != 200 || tierOf(got) != row.tier {
			t.Errorf("%s: %d by tier %q, want %s: %s", row.name, got.status, tierOf(got), row.tier, got.body)
		}
	}
}

func TestAConditionThatCannotBeEvaluatedIsSaidInTheLog(t *testing.T) {
	r := newRig(t, routes(ladder("odd", when(`headers["x-none"] == "a"`, "spare"), targetsOf("primary"))))
	if got := r.chat("odd"); got.status != 200 || tierOf(got) != "2" {
		t.Fatalf("%d %v", got.status, got.header)
	}
	c := r.calls.wait(t, 0)
	if len(c.Attempts) != 2 || c.Attempts[0].Kind != hw.StepCondition || c.Attempts[0].Tier != 1 || !strings.Contains(c.Attempts[0].Cause, "no such key: x-none") {
		t.Errorf("the log has %+v", c.Attempts)
	}
	if c.Upstream != "primary" || c.Tier != 2 || c.Route != "odd" {
		t.Errorf("answered by %s of tier %d", c.Upstream, c.Tier)
	}
}

func TestATierThatIsPassedOverIsNoWayOut(t *testing.T) {
	hold := hw.Tier{Kind: hw.TierHold, WaitMs: 100, When: "false"}
	script := hw.Tier{Kind: hw.TierScripted, Text: "no", When: "false"}
	r := newRig(t, routes(
		ladder("shut", when("false", "primary"), when("false", "spare")),
		ladder("cached", when("false", "primary"), hw.Tier{Kind: hw.TierCache}),
		ladder("down", targetsOf("primary"), when("false", "spare"), hold, script),
	))
	for _, model := range []string{"shut", "cached"} {
		got := r.chat(model)
		if got.status != 403 || !strings.Contains(got.body, "no tier of its route is for it") {
			t.Errorf("%s: %d %s", model, got.status, got.body)
		}
	}
	r.misbehave(r.primary, "status-500")
	if got := r.chat("down"); got.status != 503 || strings.Contains(got.body, "t2") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := len(r.spare.Seen()); n > 0 {
		t.Errorf("the tier that was passed over was asked %d times", n)
	}
}

func TestACanaryAndWhatKeepsToItsSide(t *testing.T) {
	some, keeps := targetsOf("spare"), targetsOf("spare")
	some.Percent, keeps.Percent, keeps.StickyBy = 50, 50, "header:x-session-id"
	r := newRig(t, routes(ladder("some", some, targetsOf("primary")), ladder("keeps", keeps, targetsOf("primary"))))
	tiers := map[string]int{}
	for range 60 {
		tiers[tierOf(r.chat("some"))]++
	}
	if tiers["1"] < 15 || tiers["2"] < 15 || tiers["1"]+tiers["2"] != 60 {
		t.Errorf("half of the calls: %v", tiers)
	}
	sides := map[string]int{}
	for session := range 20 {
		was := ""
		for range 3 {
			got := r.do("POST", "/v1/chat/completions", chatBody("keeps", false), map[string]string{"X-Session-Id": fmt.Sprint(session)})
			if side := tierOf(got); was != "" && side != was {
				t.Fatalf("session %d changed sides", session)
			} else if was = side; side == "" {
				t.Fatalf("%d %s", got.status, got.body)
			}
		}
		sides[was]++
	}
	if sides["1"] < 3 || sides["2"] < 3 {
		t.Errorf("half of the sessions: %v", sides)
	}
}

func TestStickyCallsKeepToTheirTarget(t *testing.T) {
	by := func(name, what string) *hw.Route {
		return ladder(name, hw.Tier{Strategy: hw.StrategySticky, StickyBy: what, Targets: []hw.RouteTarget{{Upstream: "primary", Model: "a"}, {Upstream: "spare", Model: "b"}}})
	}
	r := newRig(t, routes(by("session", "header:X-Session-Id"), by("user", "user"), by("app", "app")))
	for name, send := range map[string]func(i int) answer{
		"session": func(i int) answer {
			return r.do("POST", "/v1/chat/completions", chatBody("session", false), map[string]string{"X-Session-Id": fmt.Sprint(i)})
		},
		"user": func(i int) answer {
			return r.do("POST", "/v1/chat/completions", fmt.Sprintf(`{"model":"user","user":"u%d","messages":[{"role":"user","content":"hello"}]}`, i), nil)
		},
		"anthropic's user": func(i int) answer {
			return r.do("POST", "/v1/messages", fmt.Sprintf(`{"model":"user","max_tokens":9,"metadata":{"user_id":"v%d"},"messages":[{"role":"user","content":"hello"}]}`, i), nil)
		},
		"app": func(int) answer { return r.chat("app") },
	} {
		count := map[int]int{}
		for i := range 12 {
			before := len(r.spare.Seen())
			for range 3 {
				if got := send(i); got.status != 200 {
					t.Fatalf("%s: %d %s", name, got.status, got.body)
				}
			}
			count[len(r.spare.Seen())-before]++
		}
		if count[0]+count[3] != 12 {
			t.Errorf("%s: some moved: %v", name, count)
		}
		if both := count[0] > 0 && count[3] > 0; both != (name != "app") {
			t.Errorf("%s: %v", name, count)
		}
	}
}

func TestTheCheapestByTheCatalogueIsAsked(t *testing.T) {
	r := newRig(t, func(docs []hw.Document) []hw.Document {
		for _, d := range docs {
			if up, ok := d.(*hw.Upstream); ok && (up.Name == "primary" || up.Name == "spare") {
				up.Provider = "openai"
			}
		}
		tier := func(first, second string) hw.Tier {
			return hw.Tier{Strategy: hw.StrategyCost, Targets: []hw.RouteTarget{{Upstream: "primary", Model: first, Weight: 1000}, {Upstream: "spare", Model: second}}}
		}
		return append(docs, ladder("known", tier("gpt-4o", "gpt-4o-mini")), ladder("unknown", tier("of-our-own", "gpt-4o")))
	})
	for _, model := range []string{"known", "unknown"} {
		for range 5 {
			if got := r.chat(model); got.status != 200 {
				t.Fatalf("%d %s", got.status, got.body)
			}
		}
	}
	if a, b := len(r.primary.Seen()), len(r.spare.Seen()); a != 0 || b != 10 {
		t.Errorf("the dearer was asked %d times, the cheaper %d times", a, b)
	}
}

// sentTo is a field of the body that an upstream was sent last; nil for none.
func sentTo(t *testing.T, u *testupstream.Server, path ...string) any {
	t.Helper()
	var at any
	if err := json.Unmarshal(u.Last().Body, &at); err != nil {
		t.Fatal(err)
	}
	for _, name := range path {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	return at
}

func TestParametersReachEveryUpstreamInItsOwnWords(t *testing.T) {
	r := travel(t)
	p := hw.Parameters{Set: hw.ParameterValues{MaxTokens: 321}, Default: hw.ParameterValues{Temperature: new(0.25), Seed: new(int64(7))}}
	docs := abroad(r)(r.documents())
	for _, d := range docs {
		if one, ok := d.(*hw.Route); ok {
			one.Parameters = p
		}
	}
	r.load(docs)
	bounds := map[string][]string{
		"openai": {"max_tokens"}, "openai-responses": {"max_output_tokens"}, "anthropic": {"max_tokens"},
		"gemini": {"generationConfig", "maxOutputTokens"}, "ollama": {"options", "num_predict"},
	}
	seedless := []string{"openai-responses", "anthropic"}
	for _, g := range tongues() {
		for _, to := range tongues() {
			model := "to-" + to.name
			got := r.do("POST", g.path(model, false), g.body(model, g.say, false), nil)
			if got.status != 200 {
				t.Fatalf("%s to %s: %d %s", g.name, to.name, got.status, got.body)
			}
			bound := bounds[to.name]
			if g.name == "openai" && to.name == "ollama" {
				bound = bounds[g.name] // which it speaks as well
			}
			if value := sentTo(t, r.primary, bound...); value != 321.0 {
				t.Errorf("%s to %s: the bound is %v", g.name, to.name, value)
			}
			if value := sentTo(t, r.primary, append(slices.Clone(bound[:len(bound)-1]), "temperature")...); value != 0.25 {
				t.Errorf("%s to %s: the temperature is %v", g.name, to.name, value)
			}
			dropped := got.header.Get("X-Headwater-Dropped")
			if slices.Contains(seedless, to.name) != strings.Contains(dropped, "seed") {
				t.Errorf("%s to %s: dropped %q", g.name, to.name, dropped)
			}
		}
	}
}

func TestParametersOfAStrictRouteMustHaveTheirFields(t *testing.T) {
	r := newRig(t, routes(&hw.Route{
		Name: "strict", Tiers: []hw.Tier{targetsOf("anthro")}, Translation: hw.TranslationStrict,
		Parameters: hw.Parameters{Set: hw.ParameterValues{Seed: new(int64(7))}},
	}))
	for path, body := range map[string]string{
		"/v1/messages": `{"model":"strict","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}`, "/v1/chat/completions": chatBody("strict", false),
	} {
		if got := r.do("POST", path, body, nil); got.status != 400 || !strings.Contains(got.body, "seed") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestAnAnswerIsRememberedForItsParameters(t *testing.T) {
	route := func(user string) *hw.Route {
		return &hw.Route{
			Name: "kept", Tiers: []hw.Tier{{Kind: hw.TierCache, FreshSeconds: 60}, targetsOf("primary")},
			Parameters: hw.Parameters{Set: hw.ParameterValues{User: user}},
		}
	}
	r := newRig(t)
	for i, user := range []string{"ann", "ann", "bob"} {
		r.load(append(r.documents(), route(user)))
		if got := r.chat("kept"); got.status != 200 || (got.header.Get("Age") != "") != (i == 1) {
			t.Errorf("%d, for %s: %d %v", i, user, got.status, got.header)
		}
	}
}
