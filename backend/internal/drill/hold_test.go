package drill_test

import (
	"slices"
	"testing"
	"time"

	"headwater/backend/hw"
)

// TestTheTierThatHeldACallServedIt looks at what the report says of calls that
// waited in a hold tier: the log has the wait as a step of its own, before the
// attempt that ended it.
func TestTheTierThatHeldACallServedIt(t *testing.T) {
	held := func(class hw.Class) hw.Attempt { return hw.Attempt{Tier: 2, Kind: hw.TierHold, Class: class} }
	inTime(t, func(t *testing.T, r *rig) {
		s := spec(hw.DrillRefused)
		d := r.start(s)
		time.Sleep(time.Second)
		for n := range 3 {
			r.Record(call(n, hitThen(hw.DrillRefused, held(hw.ClassOK), answeredBy("up", 1))))
		}
		for n := range 2 { // waited in vain, then the next tier took it
			r.Record(call(n, hitThen(hw.DrillRefused, held(hw.ClassNeutral), answeredBy("third", 3))))
		}
		r.Record(call(5, hitThen(hw.DrillRefused, held(hw.ClassNeutral), hw.Attempt{Tier: 3, Kind: hw.TierScripted, Class: hw.ClassOK}), func(c *hw.Call) { c.Tier = 3 }))
		r.Record(call(6, hitThen(hw.DrillRefused, answeredBy("second", 1))))
		want := []hw.DrillTier{
			{Tier: 1, Kind: hw.TierTargets, Calls: 1},
			{Tier: 2, Kind: hw.TierHold, Calls: 3},
			{Tier: 3, Kind: hw.TierScripted, Calls: 1},
			{Tier: 3, Kind: hw.TierTargets, Calls: 2},
		}
		if rep := r.over(d.ID); !slices.Equal(rep.Tiers, want) {
			t.Errorf("tiers %+v", rep.Tiers)
		}
	})
}
