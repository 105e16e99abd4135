package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// refusalRig has a route to an upstream of each dialect, all of them one vendor,
// which does what the model says.
func refusalRig(t *testing.T) (*rig, *paced) {
	t.Helper()
	r, vendor := newRig(t), &paced{vendor: testupstream.New()}
	server := httptest.NewServer(vendor)
	t.Cleanup(server.Close)
	docs := r.documents()
	for _, shore := range shores {
		up := "up-" + shore.name
		docs = append(docs,
			&hw.Upstream{Meta: hw.Meta{ID: "ups_" + up}, Name: up, Provider: shore.provider, BaseURL: server.URL + shore.path, Local: true},
			&hw.Credential{Meta: hw.Meta{ID: "crd_" + up}, Name: up, Upstream: up, Sealed: "test-" + up},
			&hw.Route{Name: shore.name + "/*", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: up}}}}},
		)
	}
	r.load(docs)
	return r, vendor
}

// toldIn finds the error that a caller of a dialect reads: its code, its type or
// status word, and its text.
func toldIn(t *testing.T, body string) (code, kind, text string) {
	t.Helper()
	var told struct {
		Code  string          `json:"code"` // Ollama's stands outside
		Error json.RawMessage `json:"error"`
	}
	at := max(strings.LastIndex(body, `{"error":`), strings.LastIndex(body, `{"type":"error"`))
	if at < 0 || json.NewDecoder(strings.NewReader(body[at:])).Decode(&told) != nil {
		t.Fatalf("no error in %s", body)
	}
	if json.Unmarshal(told.Error, &text) == nil {
		return told.Code, "", text
	}
	var e struct {
		Type, Status, Message string
		Code                  any
		Details               []struct{ Metadata map[string]string }
	}
	if err := json.Unmarshal(told.Error, &e); err != nil {
		t.Fatalf("%v in %s", err, told.Error)
	}
	if len(e.Details) > 0 {
		return e.Details[0].Metadata["code"], e.Status, e.Message
	}
	code, _ = e.Code.(string)
	return code, e.Type, e.Message
}

// wrongRequest are the dialects' words for the kind of an error that blames the
// request; Ollama has none.
var wrongRequest = map[string]string{
	"openai": "invalid_request_error", "openai-responses": "invalid_request_error", "anthropic": "invalid_request_error",
	"gemini": "INVALID_ARGUMENT",
}

// refusals are ways to refuse a request for its length or for a policy.
var refusals = []struct {
	fault  string
	code   hw.Code
	stream bool
	begun  bool // after content, so that the status is 200
	// not are the upstreams that have no such refusal.
	not string
}{
	{fault: "context", code: hw.CodeContextLength},
	{fault: "context", code: hw.CodeContextLength, stream: true},
	{fault: "context+status-413", code: hw.CodeContextLength},
	{fault: "policy", code: hw.CodeContentPolicy, not: "gemini, cohere"}, // the one answers so, the other has no words for it
	{fault: "policy", code: hw.CodeContentPolicy, stream: true, not: "gemini, cohere"},
	{fault: "error-in-stream-after-0+context", code: hw.CodeContextLength, stream: true, not: "cohere"}, // its streams tell no reason
	{fault: "error-in-stream-after-3+context", code: hw.CodeContextLength, stream: true, begun: true, not: "cohere"},
	{fault: "error-in-stream-after-3+policy", code: hw.CodeContentPolicy, stream: true, begun: true, not: "gemini, cohere"},
}

// Clients shorten a conversation, or ask a person, by these codes: whatever the
// dialect of who refuses.
func TestContextAndPolicyKeepTheirCodeInEveryDialect(t *testing.T) {
	r, vendor := refusalRig(t)
	words := regexp.MustCompile("(?i)token|too long|context|policy|safety|content filter|blocked")
	for _, shore := range shores {
		for _, g := range tongues() {
			for _, row := range refusals {
				if spoken(g.name, shore.name) == g.name || strings.Contains(row.not, shore.name) {
					continue // what speaks the caller's dialect is passed on in its own words
				}
				t.Run(fmt.Sprintf("%s to %s, %s, stream %v", g.name, shore.name, row.fault, row.stream), func(t *testing.T) {
					before, model := r.calls.count(), shore.name+"/"+row.fault
					got := vendor.ask(r, g.path(model, row.stream), g.body(model, g.say, row.stream))
					code, kind, text := toldIn(t, got.body)
					if row.begun != (got.status == 200) || !row.begun && got.status != 400 {
						t.Errorf("status %d", got.status)
					}
					if code != string(row.code) || kind != wrongRequest[g.name] {
						t.Errorf("code %q, kind %q in %s", code, kind, got.body)
					}
					if g.name == "anthropic" && row.code == hw.CodeContextLength && !strings.HasPrefix(text, "prompt is too long") {
						t.Errorf("Anthropic's callers look for its words, not for %q", text)
					}
					if !words.MatchString(strings.TrimPrefix(text, "prompt is too long")) {
						t.Errorf("the upstream's words are lost: %q", text)
					}
					if log := r.calls.wait(t, before); log.Code != row.code || log.Interrupted != row.begun {
						t.Errorf("the log has %s, interrupted %v", log.Code, log.Interrupted)
					}
				})
			}
		}
	}
}

// An upstream's path is none that a caller of another dialect wrote.
func TestAForeignPathIsNotHandedOn(t *testing.T) {
	r, vendor := refusalRig(t)
	for _, g := range tongues() {
		for _, shore := range shores {
			if spoken(g.name, shore.name) == g.name {
				continue
			}
			model := shore.name + "/bad-request"
			got := vendor.ask(r, g.path(model, false), g.body(model, g.say, false))
			if got.status != 400 || regexp.MustCompile(`"(param|field)":\s*"`).MatchString(got.body) {
				t.Errorf("%s to %s: %d %s", g.name, shore.name, got.status, got.body)
			}
		}
	}
}
