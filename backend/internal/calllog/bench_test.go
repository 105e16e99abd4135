package calllog

import (
	"context"
	"log/slog"
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
	model := fullCall(noon())
	model.Attempts = model.Attempts[1:]
	model.Error, model.Code, model.Dropped, model.Interrupted = "", "", "", false
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime()
	for i := range b.N {
		c := *model
		c.ID = hw.NewID(hw.PrefixCall)
		l.Record(&c)
		if i%batchRows != 0 {
			continue
		}
		for l.Stats().Queued > queueRows/2 {
			time.Sleep(5 * time.Millisecond) // the disk is slower than a loop
		}
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
