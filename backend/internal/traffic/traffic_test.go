package traffic

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func call(status int, ms float64, attempts int) *hw.Call {
	return &hw.Call{StartedAt: time.Now(), Status: status, TotalMs: ms, FirstByteMs: ms / 2, TokensIn: 3, TokensOut: 5, Attempts: make([]hw.Attempt, attempts)}
}

func TestCounter(t *testing.T) {
	t.Run("nothing is zero, not absent", func(t *testing.T) {
		got := New().Read(60, time.Now())
		if got.Calls != 0 || got.P95Ms != 0 || len(got.Buckets) != 60 || !got.Partial {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("calls are counted by how they ended", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := New()
			for _, one := range []*hw.Call{call(200, 10, 1), call(200, 10, 2), call(404, 1, 0), call(503, 4, 2), call(429, 1, 1)} {
				c.Record(one)
			}
			broken := call(200, 10, 1)
			broken.Interrupted = true
			c.Record(broken)
			c.Complete()
			got := c.Read(5, time.Now())
			want := hw.TrafficCount{Calls: 6, Failed: 2, Refused: 2, FailedOver: 1, TokensIn: 18, TokensOut: 30}
			if got.TrafficCount != want || got.Partial {
				t.Errorf("got %+v", got)
			}
		})
	})
	t.Run("a call that went straight to a later tier has failed over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := New()
			for _, tier := range []int{1, 2, 3} {
				one := call(200, 10, 1)
				one.Tier = tier
				c.Record(one)
			}
			refused := call(503, 10, 1)
			refused.Tier = 2
			c.Record(refused)
			if got := c.Read(1, time.Now()); got.FailedOver != 2 {
				t.Errorf("%d calls failed over, want 2", got.FailedOver)
			}
		})
	})
	t.Run("quantiles are off by less than an eighth", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := New()
			for i := 1; i <= 1000; i++ {
				c.Record(call(200, float64(i), 1))
			}
			got := c.Read(1, time.Now())
			for _, q := range []struct{ got, want float64 }{{got.P50Ms, 500}, {got.P95Ms, 950}, {got.FirstP95Ms, 475}} {
				if math.Abs(q.got-q.want) > q.want/8 {
					t.Errorf("got %.0f, want %.0f", q.got, q.want)
				}
			}
		})
	})
	t.Run("a day passes, and its minutes are used again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := New()
			c.Record(call(200, 1, 1))
			time.Sleep(time.Minute)
			if got := c.Read(60, time.Now()); got.Calls != 1 || got.PerSecond != 1.0/60 || got.Buckets[58].Calls != 1 {
				t.Errorf("a minute later: %+v", got.TrafficCount)
			}
			time.Sleep(24*time.Hour - time.Minute)
			c.Record(call(503, 1, 1))
			if got := c.Read(1440, time.Now()); got.Calls != 1 || got.Failed != 1 || len(got.Buckets) > 61 {
				t.Errorf("a day later: %+v in %d buckets", got.TrafficCount, len(got.Buckets))
			}
			old := call(200, 1, 1)
			old.StartedAt = time.Now().Add(-25 * time.Hour)
			c.Record(old)
			if got := c.Read(1440, time.Now()); got.Calls != 1 {
				t.Error("a call of the day before was counted")
			}
		})
	})
}

func BenchmarkRecord(b *testing.B) {
	c, one := New(), call(200, 12, 1)
	b.ReportAllocs()
	for b.Loop() {
		c.Record(one)
	}
}

// BenchmarkRecordWhileRead is what counting costs a call while somebody looks
// at a whole day without a pause.
func BenchmarkRecordWhileRead(b *testing.B) {
	c, one := New(), call(200, 12, 1)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			default:
				c.Read(minutes, time.Now())
			}
		}
	}()
	for b.Loop() {
		c.Record(one)
	}
	close(stop)
	<-ended
}
