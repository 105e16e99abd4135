package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestTokensAreCountedByTheUpstreamOrEstimated(t *testing.T) {
	r := travel(t)
	const ask = `,"messages":[{"role":"user","content":"How many words are these?"}]}`
	count := func(got answer) float64 {
		t.Helper()
		var m map[string]any
		if err := json.Unmarshal([]byte(got.body), &m); err != nil || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		for _, name := range []string{"input_tokens", "totalTokens"} {
			if n, ok := m[name].(float64); ok {
				return n
			}
		}
		t.Fatalf("no count in %s", got.body)
		return 0
	}
	estimated := r.do("POST", "/v1/messages/count_tokens", `{"model":"to-openai"`+ask, nil)
	if n := count(estimated); n < 8 || n > 20 || estimated.header.Get("X-Headwater-Served-By") != "kind=estimate" {
		t.Errorf("estimated %v, %v", n, estimated.header)
	}
	if n := len(r.primary.Seen()); n != 0 {
		t.Errorf("an upstream that cannot count was asked %d times", n)
	}
	real := r.do("POST", "/v1/messages/count_tokens", `{"model":"to-anthropic"`+ask, nil)
	if n := count(real); n != 5 || strings.Contains(real.header.Get("X-Headwater-Served-By"), "estimate") || r.primary.Last().Path != "/v1/messages/count_tokens" {
		t.Errorf("the upstream's own %v, %v", n, real.header)
	}
	r.misbehave(r.primary, "server")
	if got := r.do("POST", "/v1/messages/count_tokens", `{"model":"to-anthropic"`+ask, nil); count(got) < 8 || got.header.Get("X-Headwater-Served-By") != "kind=estimate" {
		t.Errorf("with a sick upstream %s, %v", got.body, got.header)
	}
	other := r.do("POST", "/v1beta/models/to-openai:countTokens", `{"contents":[{"role":"user","parts":[{"text":"How many words are these?"}]}]}`, nil)
	if n := count(other); n < 8 || n > 20 {
		t.Errorf("in Gemini's dialect %v", n)
	}
	bad := r.do("POST", "/v1/messages/count_tokens", `{"model":"to-openai","messages":7}`, nil)
	if bad.status != 400 {
		t.Errorf("a request that cannot be read: %d %s", bad.status, bad.body)
	}
}
