package gateway_test

import (
	"strings"
	"testing"

	"headwater/backend/hw"
)

// TestAVendorsOwnWordsGoToTheVendorAlone asks for one model at two upstreams:
// Mistral's own, and one that serves Mistral's model in OpenAI's words.
func TestAVendorsOwnWordsGoToTheVendorAlone(t *testing.T) {
	r := newRig(t, func(docs []hw.Document) []hw.Document {
		base := docs[1].(*hw.Upstream).BaseURL
		for name, provider := range map[string]string{"own": "mistral", "other": "scaleway"} {
			docs = append(docs,
				&hw.Upstream{Meta: hw.Meta{ID: "ups_" + name}, Name: name, Provider: provider, BaseURL: base, Local: true},
				&hw.Credential{Meta: hw.Meta{ID: "crd_" + name}, Name: name, Upstream: name, Sealed: "plain-" + name},
				ladder(name, hw.Tier{Targets: []hw.RouteTarget{{Upstream: name, Model: "mistral-large-latest"}}}))
		}
		return docs
	})
	for route, want := range map[string][2]string{"own": {`"random_seed":7`, `"seed"`}, "other": {`"seed":7`, `"random_seed"`}} {
		got := r.do("POST", "/api/chat", `{"model":"`+route+`","stream":false,"options":{"seed":7},"messages":[{"role":"user","content":"hi"}]}`, nil)
		if asked := string(r.primary.Last().Body); got.status != 200 || !strings.Contains(asked, want[0]) || strings.Contains(asked, want[1]) {
			t.Errorf("%s: %d, asked %s", route, got.status, asked)
		}
	}
}

// TestOpenAIsOwnDialectsGiveEachOtherWhatOnlyTheyHave asks an upstream of
// Responses in the words of chat completions.
func TestOpenAIsOwnDialectsGiveEachOtherWhatOnlyTheyHave(t *testing.T) {
	r := travel(t)
	got := r.do("POST", "/v1/chat/completions", `{"model":"to-openai-responses","messages":[{"role":"user","content":"hi"}],
		"prompt_cache_key":"k","safety_identifier":"s","metadata":{"a":"b"},"store":true,"service_tier":"flex","verbosity":"low"}`, nil)
	asked := string(r.primary.Last().Body)
	for _, want := range []string{`"prompt_cache_key":"k"`, `"safety_identifier":"s"`, `"metadata":{"a":"b"}`, `"store":true`, `"service_tier":"flex"`, `"verbosity":"low"`} {
		if !strings.Contains(asked, want) {
			t.Errorf("no %s in %s", want, asked)
		}
	}
	if dropped := got.header.Get("X-Headwater-Dropped"); got.status != 200 || dropped != "" {
		t.Errorf("%d, dropped %q", got.status, dropped)
	}
}

// TestAnAnswerRepeatsWhatWasInForce asks an upstream that knows nothing of some
// fields, and wants the answer not to claim them.
func TestAnAnswerRepeatsWhatWasInForce(t *testing.T) {
	r := travel(t)
	got := r.do("POST", "/v1/responses", `{"model":"to-anthropic","input":"hi","max_tool_calls":3,"service_tier":"flex","text":{"verbosity":"low"},"metadata":{"a":"b"}}`, nil)
	for _, want := range []string{`"max_tool_calls":null`, `"service_tier":"default"`, `"text":{"format":{"type":"text"}}`, `"metadata":{"a":"b"}`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %s in %s", want, got.body)
		}
	}
	if dropped := got.header.Get("X-Headwater-Dropped"); dropped != "text.verbosity, service_tier, max_tool_calls" {
		t.Errorf("dropped %q", dropped)
	}
}
