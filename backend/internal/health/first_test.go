package health_test

import (
	"testing"
	"time"

	"headwater/backend/internal/health"
)

func TestFirstContentIsKnownForAMinute(t *testing.T) {
	r, now := health.NewRegistry(health.Config{}), time.Now()
	target := &health.Target{ID: "a", Endpoint: "https://a:443", Model: "a|m"}
	if got := r.First(target, health.FlowStream, now); got != 0 {
		t.Errorf("never used: %s", got)
	}
	ticket, ok := r.Begin(target, now, false, health.FlowStream)
	if !ok {
		t.Fatal("the target could not be begun")
	}
	now = now.Add(300 * time.Millisecond)
	ticket.FirstByte(now)
	ticket.End(health.Outcome{Class: "ok"}, now)
	for after, want := range map[time.Duration]time.Duration{0: 300 * time.Millisecond, time.Minute: 300 * time.Millisecond, 61 * time.Second: 0} {
		if got := r.First(target, health.FlowStream, now.Add(after)); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
	if got := r.First(target, health.FlowPlain, now); got != 0 {
		t.Errorf("of plain answers: %s", got)
	}
}
