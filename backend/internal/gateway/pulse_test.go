package gateway_test

import (
	"strings"
	"testing"
	"time"
)

// beating is a rig whose streams get a sign of life every so often.
func beating(t *testing.T, every time.Duration) *rig {
	t.Helper()
	r := travel(t)
	r.gateway.KeepAlive = every // nothing is under way yet
	return r
}

func TestASilentStreamIsKeptAlive(t *testing.T) {
	r := beating(t, 20*time.Millisecond)
	r.misbehave(r.primary, "delay-200ms+gap-50ms")
	for path, row := range map[string]struct{ body, beat string }{
		"/v1/chat/completions": {chatBody("to-openai", true), "\n:"},
		"/v1/responses":        {`{"model":"to-openai","stream":true,"input":"hello"}`, "\n:"},
		"/v1/messages":         {`{"model":"to-openai","stream":true,"max_tokens":50,"messages":[{"role":"user","content":"hello"}]}`, "\n:"},
	} {
		got := r.do("POST", path, row.body, nil)
		head, _, answered := strings.Cut("\n"+got.body, "word1")
		if got.status != 200 || !answered || !strings.Contains(head, row.beat) || !strings.Contains(got.body, "word8") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		if got.header.Get("X-Request-Id") == "" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/event-stream") {
			t.Errorf("%s: %v", path, got.header)
		}
	}
}

func TestAFailureAfterASignOfLifeIsToldInsideTheStream(t *testing.T) {
	r := beating(t, 20*time.Millisecond)
	r.misbehave(r.primary, "delay-100ms+server")
	r.misbehave(r.spare, "delay-100ms+server")
	got := r.stream("fast")
	if got.status != 200 || !strings.Contains(got.body, `data: {"error":`) || !strings.Contains(got.body, "no_healthy_upstream") || strings.Contains(got.body, "[DONE]") {
		t.Errorf("%d %s", got.status, got.body)
	}
	row := r.calls.wait(t, 0)
	if row.Status != 503 || !row.Interrupted || row.Code != "no_healthy_upstream" || len(row.Attempts) < 2 {
		t.Errorf("the log has %+v", row)
	}
}

func TestAFailoverBehindASignOfLifeStaysInvisible(t *testing.T) {
	r := beating(t, 20*time.Millisecond)
	r.misbehave(r.primary, "delay-100ms+server")
	got := r.stream("fast")
	if got.status != 200 || !strings.Contains(got.body, "word8") || !strings.Contains(got.body, "[DONE]") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAPlainAnswerGetsNoSignOfLife(t *testing.T) {
	r := beating(t, 10*time.Millisecond)
	r.misbehave(r.primary, "delay-100ms")
	if got := r.chat("fast"); got.status != 200 || !strings.HasPrefix(got.body, "{") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
