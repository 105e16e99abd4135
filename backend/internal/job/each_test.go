package job_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/job"
	"headwater/backend/internal/store/storetest"
)

func TestEach(t *testing.T) {
	t.Run("all items are done, so many at once, and the count never goes back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var under, most int
			var mu sync.Mutex // guards under and most
			var seen []int64
			did := make([]bool, 100)
			begun := time.Now()
			err := job.Each(t.Context(), len(did), 4, func(done, total int64) {
				if total != 100 {
					t.Errorf("of %d", total)
				}
				seen = append(seen, done)
			}, func(item int) {
				mu.Lock()
				under++
				most = max(most, under)
				mu.Unlock()
				time.Sleep(time.Second)
				did[item] = true
				mu.Lock()
				under--
				mu.Unlock()
			})
			if err != nil || most != 4 || time.Since(begun) != 25*time.Second {
				t.Errorf("%d at once, in %s, %v", most, time.Since(begun), err)
			}
			for i, done := range seen {
				if done != int64(i) {
					t.Fatalf("report %d says %d", i, done)
				}
			}
			for item, done := range did {
				if !done {
					t.Errorf("item %d was left out", item)
				}
			}
			if len(seen) != 101 {
				t.Errorf("%d reports", len(seen))
			}
		})
	})
	t.Run("a canceled job begins nothing more and waits for what is under way", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var begun, ended atomic.Int64
			time.AfterFunc(500*time.Millisecond, cancel)
			err := job.Each(ctx, 10, 2, func(int64, int64) {}, func(int) {
				begun.Add(1)
				time.Sleep(time.Second)
				ended.Add(1)
			})
			if !errors.Is(err, context.Canceled) || begun.Load() != 2 || ended.Load() != 2 {
				t.Errorf("%d begun, %d ended, %v", begun.Load(), ended.Load(), err)
			}
		})
	})
	t.Run("nothing to do is done", func(t *testing.T) {
		if err := job.Each(t.Context(), 0, 2, func(int64, int64) {}, func(int) { t.Error("did something") }); err != nil {
			t.Error(err)
		}
	})
}

func TestABugInAnItemFailsTheJobAndTheServiceGoesOn(t *testing.T) {
	r := newRig(t, storetest.SQLite(t).Open(t))
	j := r.start(t, hw.JobUpstreamsTest, func(ctx context.Context, report func(done, total int64)) (any, string, error) {
		return nil, "", job.Each(ctx, 8, 4, report, func(item int) {
			if item == 3 {
				panic("oh")
			}
		})
	})
	if got := r.ended(t, j.ID); got.State != hw.JobFailed || strings.Contains(got.Words, "oh") {
		t.Errorf("got %+v", got)
	}
}
