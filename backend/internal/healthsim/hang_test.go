package healthsim

import (
	"testing"
	"time"

	"headwater/backend/hw"
)

// A test that was sent into a silence is never answered, also after the repair.
// While it hangs, no other test begins.
func TestRecovery_isNotHeldUpByATestThatHangs(t *testing.T) {
	t.Parallel()
	slowest := time.Duration(0)
	for seed := range uint64(5) {
		w := newWorld(seed+1, hw.StrategyWeighted, 2)
		from := epoch.Add(time.Minute)
		repair := from.Add(3 * time.Minute)
		for _, s := range w.servers {
			s.fails(from, 3*time.Minute, fault{kind: silent, share: 1})
		}
		first := time.Time{}
		w.starts(load{rate: 0.5, until: repair.Add(3 * time.Minute), apps: 3, done: func(c *call) {
			if c.served && c.start.After(repair) && first.IsZero() {
				first = c.start
			}
		}})
		w.runAll(repair.Add(3 * time.Minute))
		slowest = max(slowest, first.Sub(repair))
	}
	figure(t, slowest <= recoverWithin, "both silent, few plain calls: repair to the first call that is served, the slowest of 5 seeds", "<= 60s",
		slowest.Round(10*time.Millisecond).String())
}
