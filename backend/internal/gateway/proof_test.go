package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// Clients of OpenAI's dialect send back what it has words for: the calls and
// their results, not what another vendor signed.
func TestSignedReasoningIsPutBackForClientsThatLoseIt(t *testing.T) {
	const ask = `"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]`
	const question = `{"role":"user","content":"What is the weather?"}`
	for to, signed := range map[string]string{"to-gemini": `"thoughtSignature":`, "to-anthropic": `"signature":`} {
		for _, stream := range []bool{false, true} {
			r := travel(t)
			r.misbehave(r.primary, "reasoning+tool")
			flag := map[bool]string{false: "false", true: "true"}[stream]
			first := r.do("POST", "/v1/chat/completions", `{"model":"`+to+`","reasoning_effort":"low","stream":`+flag+`,"messages":[`+question+`],`+ask+`}`, nil)
			id := callID(t, first.body)
			call := `{"role":"assistant","content":null,"tool_calls":[{"id":"` + id + `","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]}`
			result := `{"role":"tool","tool_call_id":"` + id + `","content":"rain"}`
			second := r.do("POST", "/v1/chat/completions", `{"model":"`+to+`","reasoning_effort":"low","messages":[`+question+`,`+call+`,`+result+`],`+ask+`}`, nil)
			if asked := string(r.primary.Last().Body); second.status != 200 || !strings.Contains(asked, signed) {
				t.Errorf("%s, stream %v: %d, asked %s", to, stream, second.status, asked)
			}
			// What another vendor signed is no use to this one, and not sent.
			other := r.do("POST", "/v1/chat/completions", `{"model":"to-openai","messages":[`+question+`,`+call+`,`+result+`],`+ask+`}`, nil)
			if asked := string(r.primary.Last().Body); other.status != 200 || strings.Contains(asked, "ignature") {
				t.Errorf("%s, stream %v: the next vendor was asked %s", to, stream, asked)
			}
		}
	}
}

// callID finds the id of the first tool call in an answer, plain or streamed.
func callID(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `"tool_calls":[`)
	_, rest, found := strings.Cut(rest, `"id":`)
	var id string
	if !ok || !found || json.NewDecoder(strings.NewReader(rest)).Decode(&id) != nil || id == "" {
		t.Fatalf("no tool call in %s", body)
	}
	return id
}
