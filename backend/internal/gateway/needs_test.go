package gateway_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// certified lets live checks have found a model of an upstream of the rig to
// lack something, on 2026-11-29.
func (r *rig) certified(u *testupstream.Server, id, model string, lacks ...hw.Capability) {
	record := hw.CapabilityRecord{
		UpstreamID: id, Model: model, Address: u.URL() + "/v1", At: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC),
	}
	for _, c := range lacks {
		record.Checks = append(record.Checks, hw.CapabilityCheck{Name: string(c), Capability: c, Outcome: hw.CheckNo})
	}
	r.known.Put(record)
}

// needing is a chat with more in it.
func needing(model string, more map[string]any) string {
	body := map[string]any{"model": model, "messages": []any{map[string]any{"role": "user", "content": "hello"}}}
	maps.Copy(body, more)
	text, _ := json.Marshal(body)
	return string(text)
}

// withTools has a tool in it.
func withTools(more map[string]any) map[string]any {
	all := map[string]any{"tools": []any{map[string]any{"type": "function", "function": map[string]any{"name": "weather", "parameters": map[string]any{"type": "object"}}}}}
	maps.Copy(all, more)
	return all
}

// saying has one user message of such a part.
func saying(part map[string]any) map[string]any {
	return map[string]any{"messages": []any{map[string]any{"role": "user", "content": []any{part}}}}
}

const pixel = "data:image/png;base64,iVBORw0KGgo="

// needCases are requests, the capability that each needs, and where it goes.
func needCases() []struct {
	name, path string
	more       map[string]any
	needs      hw.Capability
} {
	schema := map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "x", "schema": map[string]any{"type": "object"}}}
	return []struct {
		name, path string
		more       map[string]any
		needs      hw.Capability
	}{
		{"tools", "", withTools(nil), hw.CapTools},
		{"a forced tool", "", withTools(map[string]any{"tool_choice": "required"}), hw.CapToolChoice},
		{"a named tool", "", withTools(map[string]any{"tool_choice": map[string]any{"type": "function", "function": map[string]any{"name": "weather"}}}), hw.CapToolChoice},
		{"several calls at once", "", withTools(map[string]any{"parallel_tool_calls": true}), hw.CapParallel},
		{"JSON", "", map[string]any{"response_format": map[string]any{"type": "json_object"}}, hw.CapJSON},
		{"a schema", "", map[string]any{"response_format": schema}, hw.CapSchema},
		{"a picture", "", saying(map[string]any{"type": "image_url", "image_url": map[string]any{"url": pixel}}), hw.CapVision},
		{"a document", "", saying(map[string]any{"type": "file", "file": map[string]any{"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}), hw.CapDocuments},
		{"a stop text", "", map[string]any{"stop": []string{"END"}}, hw.CapStop},
		{"effort", "", map[string]any{"reasoning_effort": "high"}, hw.CapReasoning},
		{"a stream", "", map[string]any{"stream": true}, hw.CapStream},
		{"numbers", "/v1/embeddings", map[string]any{"input": "hello", "messages": nil}, hw.CapEmbeddings},
	}
}

func TestATargetThatLacksWhatACallNeedsIsPassedOver(t *testing.T) {
	for _, row := range needCases() {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t)
			r.certified(r.primary, "ups_p", "m-primary", row.needs)
			path := "/v1/chat/completions"
			if row.path != "" {
				path = row.path
			}
			if got := r.do("POST", path, needing("fast", row.more), nil); got.status != 200 || tierOf(got) != "2" || got.header.Get("X-Headwater-Dropped") != "" {
				t.Fatalf("%d by tier %q: %v %s", got.status, tierOf(got), got.header, got.body)
			}
			if n := r.primary.Counts().Requests; n != 0 {
				t.Errorf("the one that lacks it was asked %d times", n)
			}
			c := r.calls.wait(t, 0)
			if len(c.Attempts) != 2 {
				t.Fatalf("its row: %+v", c.Attempts)
			}
			step, want := c.Attempts[0], "passed over: certified 2026-11-29 without "+string(row.needs)
			if step.Kind != hw.StepCapability || step.Class != hw.ClassNeutral || step.Cause != want || step.Tier != 1 || step.Upstream != "primary" || step.Model != "m-primary" || step.TargetID != "" {
				t.Errorf("its step: %+v", step)
			}
			if c.Upstream != "spare" || c.Tier != 2 || c.Dropped != "" {
				t.Errorf("its row: %+v", c)
			}
		})
	}
}

func TestWhatACallDoesNotNeedKeepsItNowhere(t *testing.T) {
	r := newRig(t)
	every := []hw.Capability{
		hw.CapTools, hw.CapToolChoice, hw.CapParallel, hw.CapJSON, hw.CapSchema, hw.CapVision, hw.CapDocuments, hw.CapReasoning, hw.CapStop, hw.CapEmbeddings, hw.CapStream,
	}
	r.certified(r.primary, "ups_p", "m-primary", every...)
	for name, more := range map[string]map[string]any{
		"nothing":           nil,
		"tools not to use":  withTools(map[string]any{"tool_choice": "none"}),
		"text":              {"response_format": map[string]any{"type": "text"}},
		"no effort":         {"reasoning_effort": "none"},
		"the least effort":  {"reasoning_effort": "minimal"},
		"what nobody knows": {"messages": []any{map[string]any{"role": "user", "content": []any{map[string]any{"type": "hologram"}}}}},
	} {
		got := r.do("POST", "/v1/chat/completions", needing("fast", more), nil)
		if got.status != 200 || tierOf(got) != "1" || got.header.Get("X-Headwater-Dropped") != "" {
			t.Errorf("%s: %d by tier %q: %s", name, got.status, tierOf(got), got.body)
		}
	}
	r.certified(r.primary, "ups_p", "m-primary", slices.DeleteFunc(every, func(c hw.Capability) bool { return c == hw.CapTools })...)
	if got := r.do("POST", "/v1/chat/completions", needing("fast", withTools(map[string]any{"tool_choice": "auto"})), nil); tierOf(got) != "1" {
		t.Errorf("tools that it may use keep it from tier %q", tierOf(got))
	}
}

func TestWhereNoTargetCanTheRouteSaysWhatBecomesOfACall(t *testing.T) {
	both := func(name, translation string) *hw.Route {
		return &hw.Route{Name: name, Translation: translation, Tiers: []hw.Tier{targetsOf("primary"), targetsOf("spare")}}
	}
	scripted := both("scripted", hw.TranslationStrict)
	scripted.Tiers = append(scripted.Tiers, hw.Tier{Kind: hw.TierScripted, Text: "later"})
	r := newRig(t, routes(both("warns", ""), both("strict", hw.TranslationStrict), scripted))
	r.certified(r.primary, "ups_p", "m-primary", hw.CapTools, hw.CapToolChoice)
	r.certified(r.spare, "ups_s", "m-spare", hw.CapTools)
	body := func(model string, stream bool) string {
		return needing(model, withTools(map[string]any{"tool_choice": "required", "stream": stream}))
	}
	for n, stream := range []bool{false, true} {
		got := r.do("POST", "/v1/chat/completions", body("warns", stream), nil)
		want := "tools (certified without), tool_choice (certified without)"
		if got.status != 200 || tierOf(got) != "1" || got.header.Get("X-Headwater-Dropped") != want {
			t.Errorf("stream %v: %d %v %s", stream, got.status, got.header, got.body)
		}
		if c := r.calls.wait(t, n); c.Dropped != want || len(c.Attempts) != 1 {
			t.Errorf("its row: %+v", c)
		}
	}
	before := r.primary.Counts().Requests
	got := r.do("POST", "/v1/chat/completions", body("strict", false), nil)
	for _, want := range []string{"needs tools", "m-primary", "certified 2026-11-29 without tools, tool_choice", `"param":"tools"`} {
		if got.status != 400 || !strings.Contains(got.body, want) {
			t.Errorf("%d %s lacks %q", got.status, got.body, want)
		}
	}
	if c := r.calls.wait(t, 2); c.Code != hw.CodeUnsupported || len(c.Attempts) != 2 || c.Attempts[1].Kind != hw.StepCapability {
		t.Errorf("its row: %+v", c)
	}
	if got := r.do("POST", "/v1/messages", `{"model":"strict","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"w","input_schema":{"type":"object"}}]}`, nil); got.status != 400 || !strings.Contains(got.body, `"type":"error"`) || !strings.Contains(got.body, "invalid_request_error") {
		t.Errorf("in another dialect: %d %s", got.status, got.body)
	}
	if got := r.do("POST", "/v1/chat/completions", body("scripted", false), nil); got.status != 200 || !strings.Contains(got.body, "later") || tierOf(got) != "3" {
		t.Errorf("a tier that is not targets still answers: %d %s", got.status, got.body)
	}
	if n := r.primary.Counts().Requests; n != before {
		t.Errorf("a strict route asked a target that cannot, %d times", n-before)
	}
	if got := r.chat("strict"); got.status != 200 || tierOf(got) != "1" {
		t.Errorf("a call that needs nothing: %d %s", got.status, got.body)
	}
}

func TestARecordStopsToHoldWhenTheUpstreamMoves(t *testing.T) {
	r := newRig(t)
	r.certified(r.primary, "ups_p", "m-primary", hw.CapTools)
	if got := r.do("POST", "/v1/chat/completions", needing("fast", withTools(nil)), nil); tierOf(got) != "2" {
		t.Fatalf("before: %d by tier %q", got.status, tierOf(got))
	}
	docs := r.documents()
	for _, d := range docs {
		if u, ok := d.(*hw.Upstream); ok && u.Name == "primary" {
			u.BaseURL = r.spare.URL() + "/v1"
		}
	}
	r.load(docs)
	if got := r.do("POST", "/v1/chat/completions", needing("fast", withTools(nil)), nil); tierOf(got) != "1" {
		t.Errorf("after: %d by tier %q", got.status, tierOf(got))
	}
}

func TestARecordHoldsAtOnce(t *testing.T) {
	r := newRig(t)
	in := r.holder.Load()
	send := func() string {
		return tierOf(r.do("POST", "/v1/chat/completions", needing("fast", withTools(nil)), nil))
	}
	was := []string{send()}
	r.certified(r.primary, "ups_p", "m-primary", hw.CapTools)
	was = append(was, send())
	r.certified(r.primary, "ups_p", "m-primary")
	if was = append(was, send()); !slices.Equal(was, []string{"1", "2", "1"}) {
		t.Errorf("the tiers were %v", was)
	}
	if r.holder.Load() != in {
		t.Error("a new snapshot came into force")
	}
}

func TestATargetThatPassesTheModelOnGoesByTheModel(t *testing.T) {
	two := hw.Tier{Strategy: hw.StrategyPriority, Targets: []hw.RouteTarget{{Upstream: "primary"}, {Upstream: "spare"}}}
	r := newRig(t, routes(&hw.Route{Name: "two/*", Tiers: []hw.Tier{two}}))
	r.certified(r.primary, "ups_p", "two/small", hw.CapTools)
	for model, want := range map[string]string{"two/small": "spare", "two/large": "primary"} {
		got := r.do("POST", "/v1/chat/completions", needing(model, withTools(nil)), nil)
		served := r.primary
		if want == "spare" {
			served = r.spare
		}
		if got.status != 200 || served.Counts().Requests != 1 {
			t.Errorf("%s: %d, primary %d and spare %d", model, got.status, r.primary.Counts().Requests, r.spare.Counts().Requests)
		}
	}
}

func TestOnlyWhoLacksItIsLeftToTheLast(t *testing.T) {
	r := newRig(t, routes(&hw.Route{Name: "strict", Translation: hw.TranslationStrict, Tiers: []hw.Tier{targetsOf("primary"), targetsOf("spare")}}))
	r.certified(r.primary, "ups_p", "m-primary", hw.CapTools)
	r.misbehave(r.spare, "status-500")
	got := r.do("POST", "/v1/chat/completions", needing("strict", withTools(nil)), nil)
	if got.status != 503 || !strings.Contains(got.body, "t1 (cannot serve this request)") || r.primary.Counts().Requests != 0 {
		t.Errorf("strict: %d %s", got.status, got.body)
	}
	got = r.do("POST", "/v1/chat/completions", needing("fast", withTools(nil)), nil)
	if got.status != 200 || tierOf(got) != "1" || got.header.Get("X-Headwater-Dropped") != "tools (certified without)" {
		t.Errorf("warn: %d %v %s", got.status, got.header, got.body)
	}
	r.misbehave(r.primary, "bad-request")
	got = r.do("POST", "/v1/chat/completions", needing("fast", withTools(nil)), nil)
	if got.status != 503 || got.header.Get("Retry-After") == "" {
		t.Errorf("its refusal is told in place of the outage: %d %s", got.status, got.body)
	}
}

func TestNothingIsHeldForATargetThatIsPassedOver(t *testing.T) {
	r := newRig(t, routes(ladder("held", targetsOf("primary"), hw.Tier{Kind: hw.TierHold, WaitMs: 5000}, targetsOf("spare"))))
	r.certified(r.primary, "ups_p", "m-primary", hw.CapTools)
	got := r.do("POST", "/v1/chat/completions", needing("held", withTools(nil)), nil)
	c := r.calls.wait(t, 0)
	if got.status != 200 || tierOf(got) != "3" || slices.ContainsFunc(c.Attempts, func(a hw.Attempt) bool { return a.Kind == hw.TierHold }) {
		t.Errorf("%d by tier %q: %+v", got.status, tierOf(got), c.Attempts)
	}
}

func TestNoCopyIsSentToATargetThatIsPassedOver(t *testing.T) {
	r := newRig(t, probed(hw.ProbeCopy))
	r.outOfUse()
	r.primary.Clear()
	r.certified(r.primary, "ups_p", "m-primary", hw.CapTools)
	before, target := r.primary.Counts().Requests, r.holder.Load().Targets[0]
	for end := time.Now().Add(10 * time.Second); !r.health.View(&target.Target, time.Now()).Probe && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	for range 3 {
		if got := r.do("POST", "/v1/chat/completions", needing("fast", withTools(nil)), nil); got.status != 200 || tierOf(got) != "2" {
			t.Fatalf("%d by tier %q", got.status, tierOf(got))
		}
	}
	for n := range r.calls.count() {
		if slices.ContainsFunc(r.calls.wait(t, n).Attempts, func(a hw.Attempt) bool { return a.Copy }) {
			t.Error("it was sent a copy")
		}
	}
	if n := r.primary.Counts().Requests; n != before {
		t.Errorf("it was asked %d times", n-before)
	}
}

func TestNoHedgeGoesToATargetThatIsPassedOver(t *testing.T) {
	r := newRig(t, routes(&hw.Route{Name: "both", Hedge: true, Tiers: []hw.Tier{targetsOf("primary"), targetsOf("spare")}}),
		primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 20_000; u.Health.SuspectAfterMs = 10_000 }))
	for range 60 {
		r.stream("both")
	}
	r.certified(r.spare, "ups_s", "m-spare", hw.CapTools)
	r.misbehave(r.primary, "delay-300ms")
	rows, before := r.calls.count(), r.spare.Counts().Requests
	got := r.do("POST", "/v1/chat/completions", needing("both", withTools(map[string]any{"stream": true})), nil)
	if n := r.spare.Counts().Requests; got.status != 200 || tierOf(got) != "1" || n != before {
		t.Errorf("%d by tier %q, the other was asked %d times: %s", got.status, tierOf(got), n-before, got.body)
	}
	r.stream("both")
	if hedge := r.calls.wait(t, rows+1).Attempts; !slices.ContainsFunc(hedge, func(a hw.Attempt) bool { return a.Hedge }) {
		t.Errorf("a call that needs nothing is not hedged any more: %+v", hedge)
	}
}

func TestTheFallbackOfARouteIsPassedOverToo(t *testing.T) {
	r := newRig(t, routes(&hw.Route{
		Name: "falls", Tiers: []hw.Tier{targetsOf("primary")}, Fallback: hw.Fallback{ContextOverflow: targetsOf("spare").Targets},
	}))
	r.certified(r.spare, "ups_s", "m-spare", hw.CapTools)
	r.misbehave(r.primary, "context")
	if got := r.do("POST", "/v1/chat/completions", needing("falls", withTools(nil)), nil); got.status != 400 || r.spare.Counts().Requests != 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.chat("falls"); got.status != 200 || r.spare.Counts().Requests != 1 {
		t.Errorf("a call that needs nothing: %d %s", got.status, got.body)
	}
}

func TestRecordsComeWhileCallsGoOn(t *testing.T) {
	r := newRig(t)
	var wait sync.WaitGroup
	stop := make(chan struct{})
	wait.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			lacks := []hw.Capability{hw.CapTools, hw.CapVision}[:n%3]
			r.certified(r.primary, "ups_p", "m-primary", lacks...)
		}
	})
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() {
			for range 15 {
				if got := r.do("POST", "/v1/chat/completions", needing("fast", withTools(map[string]any{"stream": true})), nil); got.status != 200 || got.header.Get("X-Headwater-Dropped") != "" {
					t.Errorf("%d %v %s", got.status, got.header, got.body)
				}
			}
		})
	}
	calls.Wait()
	close(stop)
	wait.Wait()
}
