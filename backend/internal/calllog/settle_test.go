package calllog

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSettle(t *testing.T) {
	t.Run("who has just made a call finds it, without the wait for a batch", func(t *testing.T) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			l := open(t, Config{Dir: dir})
			stop := run(t, l)
			l.Record(callAt(noon(), 1))
			begun := time.Now()
			l.Settle(t.Context())
			if waited := time.Since(begun); waited >= commitEvery {
				t.Errorf("waited %v", waited)
			}
			page, err := l.List(t.Context(), Filter{})
			if err != nil || len(page.Calls) != 1 {
				t.Errorf("got %d calls, %v", len(page.Calls), err)
			}
			begun = time.Now()
			l.Settle(t.Context())
			if time.Since(begun) != 0 {
				t.Error("waited for nothing")
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a log that is not written keeps nobody for long", func(t *testing.T) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			l := open(t, Config{Dir: dir})
			l.Record(callAt(noon(), 1))
			begun := time.Now()
			l.Settle(t.Context())
			if waited := time.Since(begun); waited != settleTime {
				t.Errorf("waited %v", waited)
			}
			why := "the disk is full"
			l.failing.Store(&trouble{why: why})
			begun = time.Now()
			l.Settle(t.Context())
			if time.Since(begun) != 0 {
				t.Error("waited for a disk that fails")
			}
		})
	})
}
