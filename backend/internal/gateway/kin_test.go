package gateway_test

import (
	"strings"
	"testing"
)

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
