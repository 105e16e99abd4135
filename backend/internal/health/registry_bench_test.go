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
		attempt(b, r, t)
	}
}

func BenchmarkHealthyAttemptParallel(b *testing.B) {
	r := NewRegistry(Config{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		t := target("a", "k", "m")
		for pb.Next() {
			attempt(b, r, t)
		}
	})
}

func attempt(tb testing.TB, r *Registry, t *Target) {
	now := time.Now()
	if !r.View(t, now).Usable {
		tb.Fatal("not usable")
	}
	k, ok := r.Begin(t, now, false)
	if !ok {
		tb.Fatal("refused")
	}
	k.FirstByte(now)
	k.End(Outcome{Class: hw.ClassOK, Scope: ScopeNone, Counted: true, Retry: RetryNone}, now)
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
