package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"headwater/backend/hw"
)

func TestAKeyThatAnUpstreamRepeatsReachesNoCaller(t *testing.T) {
	const secret = "sk-proj-0123456789-of-the-administrator"
	r := newRig(t)
	r.load(append(r.documents(),
		&hw.Upstream{Meta: hw.Meta{ID: "ups_e"}, Name: "echoing", Provider: "openai-compatible", BaseURL: r.primary.URL() + "/v1", Local: true},
		&hw.Credential{Meta: hw.Meta{ID: "crd_e"}, Name: "echoed", Upstream: "echoing", Sealed: secret},
		&hw.Route{Name: "echoing", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "echoing", Model: "capable+lacks-tools+echo-key"}}}}},
	))
	n := 0
	for path, body := range map[string]string{
		"/v1/chat/completions": `{"model":"echoing","stream":%v,"max_tokens":9,"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]}`,
		"/v1/messages":         `{"model":"echoing","stream":%v,"max_tokens":9,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":{"type":"object"}}]}`,
	} {
		for _, stream := range []bool{false, true} {
			a := r.do("POST", path, fmt.Sprintf(body, stream), nil)
			if a.status != 400 || !strings.Contains(a.body, "[key]") || strings.Contains(a.body, secret[8:]) {
				t.Errorf("%s stream %v: %d %s", path, stream, a.status, a.body)
			}
			row := r.calls.wait(t, n)
			n++
			if !strings.Contains(row.Error+row.Attempts[0].Cause, "[key]") || strings.Contains(fmt.Sprintf("%+v", row), secret[8:]) {
				t.Errorf("%s: the row says %q %q", path, row.Error, row.Attempts[0].Cause)
			}
		}
	}
}
