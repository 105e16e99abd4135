package calllog

import (
	"context"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"headwater/backend/hw"
)

func noContext() context.Context { return context.Background() }

// BenchmarkRecord measures one call from Record to disk; on systems that tell,
// with the processor time of everything that took part.
func BenchmarkRecord(b *testing.B) {
	l, err := Open(b.Context(), Config{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler), RetentionDays: forTenYears})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	calls := make([]*hw.Call, b.N)
	for i := range calls {
		c := fullCall(noon().Add(time.Duration(i) * time.Microsecond))
		c.ID = idAt(c.StartedAt, i)
		c.Attempts = c.Attempts[1:]
		c.Error, c.Code, c.Dropped, c.Interrupted = "", "", "", false
		calls[i] = c
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime()
	for _, c := range calls {
		for l.Stats().Queued > queueRows/2 {
			runtime.Gosched()
		}
		l.Record(c)
	}
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(processorTime()-before)/float64(b.N)/1e3, "cpu-us/row")
	if s := l.Stats(); s.Dropped > 0 {
		b.Fatalf("%+v", s)
	}
	_ = l.Close()
}

func BenchmarkAttempts(b *testing.B) {
	attempts := fullCall(noon()).Attempts
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = appendAttempts(buf[:0], attempts)
	}
}
