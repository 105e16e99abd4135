package healthsim

import (
	"fmt"
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestSilentPrimary_delaysAHandfulOfStreams(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		kind     kind
		strategy string
		tiers    []int
	}{
		{"takes requests and says nothing, spare in a later tier", silent, hw.StrategyPriority, []int{1, 1}},
		{"takes requests and says nothing, spare in its tier", silent, hw.StrategyPriority, []int{2}},
		{"says nothing to calls while free checks pass", silent, hw.StrategyPriority, []int{1, 1}},
		{"packets vanish", unconnectable, hw.StrategyPriority, []int{1, 1}},
		{"says nothing, one of two by weight", silent, hw.StrategyWeighted, []int{2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var all tally
			for seed := range many[uint64](10, 2, 1) {
				w := newWorld(seed+1, row.strategy, row.tiers...)
				before, during := []time.Duration(nil), []time.Duration(nil)
				from := epoch.Add(5 * time.Minute)
				w.servers[0].fails(from, 5*time.Minute, fault{kind: row.kind, share: 1, list: true})
				w.starts(load{rate: 20, until: from.Add(5 * time.Minute), apps: 3, stream: 1, done: func(c *call) {
					switch {
					case !c.served:
						t.Errorf("seed %d: a call of %s was not served", seed+1, c.start.Sub(epoch))
					case c.start.Before(from.Add(-time.Second)):
						before = append(before, c.first)
					default:
						during = append(during, c.first)
					}
				}})
				w.runAll(from.Add(7 * time.Minute))
				late := 0
				for _, d := range during {
					if d > 3*time.Second {
						late++
					}
				}
				added := quantile(during, 0.99) - quantile(before, 0.99)
				figure(t, late <= 5 && added <= 3*time.Second,
					fmt.Sprintf("seed %d: calls delayed > 3 s; added p99", seed+1), "<= 5; <= 3s",
					fmt.Sprintf("%d of %d; %s (before %s, during %s)", late, len(during), added, spread(before), spread(during)))
				all.add(&w.tally)
			}
			promises(t, &all)
		})
	}
}
