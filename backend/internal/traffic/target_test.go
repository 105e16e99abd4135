package traffic

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
)

func TestTargets(t *testing.T) {
	sent := func(id string, statuses ...int) *hw.Call {
		c := call(200, 1, 0)
		for _, status := range statuses {
			c.Attempts = append(c.Attempts, hw.Attempt{TargetID: id, Status: status})
		}
		return c
	}
	want := func(t *testing.T, c *Counter, id string, asked, limited int64) {
		t.Helper()
		if a, l := c.Target(id, time.Now()); a != asked || l != limited {
			t.Errorf("%s was asked %d times, %d of them in vain; want %d and %d", id, a, l, asked, limited)
		}
	}
	t.Run("attempts and their 429 are counted for an hour", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := New()
			c.Record(sent("a", 429, 200))
			drilled := sent("a", 429, 503)
			drilled.Attempts[0].Drill = "rate"
			drilled.Attempts = append(drilled.Attempts, hw.Attempt{Kind: hw.TierHold})
			c.Record(drilled)
			test := sent("a", 429)
			test.Endpoint = hw.EndpointTest
			c.Record(test)
			want(t, c, "a", 3, 1)
			want(t, c, "", 0, 0)
			time.Sleep(30 * time.Minute)
			c.Record(sent("a", 429))
			want(t, c, "a", 4, 2)
			time.Sleep(35 * time.Minute)
			want(t, c, "a", 1, 1)
			time.Sleep(time.Hour)
			want(t, c, "a", 0, 0)
		})
	})
	t.Run("what the log has of earlier comes in beside what happens now", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := New()
			for _, ago := range []time.Duration{0, 10 * time.Minute, 50 * time.Minute, 65 * time.Minute, 5 * time.Hour} {
				one := sent("a", 429)
				one.StartedAt = one.StartedAt.Add(-ago)
				c.Record(one)
			}
			want(t, c, "a", 3, 3)
		})
	})
	t.Run("they are bounded, and an hour without calls makes room", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := New()
			for i := range mostTargets + 10 {
				c.Record(sent(fmt.Sprint("t", i), 200))
			}
			want(t, c, "t0", 1, 0)
			want(t, c, fmt.Sprint("t", mostTargets+9), 0, 0)
			time.Sleep(2 * time.Hour)
			c.Record(sent("new", 200))
			want(t, c, "new", 1, 0)
			if len(c.targets) != 1 {
				t.Errorf("%d are kept", len(c.targets))
			}
		})
	})
	t.Run("counting one that is known allocates nothing", func(t *testing.T) {
		c, one := New(), sent("a", 200)
		if n := testing.AllocsPerRun(100, func() { c.Record(one) }); n > 0 {
			t.Errorf("%g allocations", n)
		}
	})
}
