package health

import (
	"testing"
	"time"

	"headwater/backend/hw"
)

// One attempt at a healthy target must cost at most 1 us and 1 allocation.
func BenchmarkHealthyAttempt(b *testing.B) {
	r := NewRegistry(Config{})
	t := target("a", "k", "m")
	b.ReportAllocs()
	for b.Loop() {
		if !attempt(r, t) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkHealthyAttemptParallel(b *testing.B) {
	r := NewRegistry(Config{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		t := target("a", "k", "m")
		for pb.Next() {
			if !attempt(r, t) {
				b.Fatal("refused")
			}
		}
	})
}

// attempt is one whole healthy attempt, as the gateway makes it.
func attempt(r *Registry, t *Target) bool {
	now := time.Now()
	if !r.View(t, now).Usable {
		return false
	}
	k, begun := r.Begin(t, now, false, FlowStream)
	if begun {
		k.FirstByte(now)
		k.End(Outcome{Class: hw.ClassOK, Scope: ScopeNone, Counted: true, Retry: RetryNone}, now)
	}
	return begun
}

func BenchmarkClassifySuccess(b *testing.B) {
	f := Facts{Status: 200, Header: map[string][]string{
		"Content-Type": {"application/json"}, "Date": {"Sun, 22 Nov 2026 10:00:00 GMT"}, "Server": {"x"},
		"X-Request-Id": {"1"}, "Openai-Processing-Ms": {"9"}, "X-Ratelimit-Limit-Requests": {"100"},
		"X-Ratelimit-Remaining-Requests": {"99"}, "X-Ratelimit-Reset-Requests": {"1s"},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if Classify(f, time.Time{}).Class != hw.ClassOK {
			b.Fatal("not ok")
		}
	}
}
