package healthsim

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"headwater/backend/hw"
)

// incidentTime is how long each incident of the simulated hour lasts.
const incidentTime = 5 * time.Minute

// incidents spreads n of them over the hour, one at a time, so that another
// target can always serve.
func (w *world) incidents(rng *rand.Rand, n int) {
	every := time.Hour / time.Duration(n)
	kinds := []fault{
		{kind: refused, share: 1, list: true},
		{kind: silent, share: 1, list: true},
		{kind: status, share: 1, code: 500},
		{kind: status, share: 1, code: 429, hint: hintHonest},
		{kind: slow, factor: 10},
	}
	rng.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	for i := range n {
		spare := every - incidentTime - time.Minute
		from := epoch.Add(time.Minute + time.Duration(i)*every + time.Duration(rng.Int64N(int64(spare))))
		f := kinds[i%len(kinds)]
		if f.kind == silent && rng.IntN(2) == 0 {
			f.kind = unconnectable
		}
		if f.kind == status && f.code == 500 {
			f.list = rng.IntN(2) == 0
		}
		w.servers[rng.IntN(len(w.servers))].fails(from, incidentTime, f)
	}
}

func TestSimulatedHour_everyCallIsServedAtHardlyMoreThanOneAttempt(t *testing.T) {
	t.Parallel()
	strategies := []string{hw.StrategyWeighted, hw.StrategyPriority, hw.StrategyBalanced}
	var all tally
	for _, rate := range []float64{1, 20} {
		worst, lost, waits := 0.0, 0, []time.Duration(nil)
		var sum tally
		seeds := many[uint64](10, 10, 2)
		if rate > 1 { // an hour of 72,000 calls
			seeds = many[uint64](10, 2, 1)
		}
		for seed := range seeds {
			w := newWorld(seed+1, strategies[seed%3], 2, 1)
			w.incidents(rand.New(rand.NewPCG(seed+1, 9)), 5)
			w.starts(load{rate: rate, until: epoch.Add(time.Hour), apps: 4, stream: 0.7})
			w.runAll(epoch.Add(time.Hour))
			worst = max(worst, w.tally.perCall())
			lost += w.tally.calls - w.tally.served
			waits = append(waits, w.tally.firsts...)
			if miss := w.tally.calls - w.tally.served; miss > 0 || w.tally.perCall() > 1.05 {
				t.Errorf("seed %d at %g/s: %d lost of %d calls, %.4f attempts a call", seed+1, rate, miss, w.tally.calls, w.tally.perCall())
			}
			sum.add(&w.tally)
		}
		figure(t, lost == 0, fmt.Sprintf("%g/s, %d seeds: calls served", rate, seeds), "100 %", fmt.Sprintf("%d of %d", sum.served, sum.calls))
		figure(t, worst <= 1.05, fmt.Sprintf("%g/s: attempts a call, the worst seed", rate), "<= 1.05", fmt.Sprintf("%.4f", worst))
		t.Logf("| %g/s: first content | - | %s; %d streams broke off after it |", rate, spread(waits), sum.interrupted)
		all.add(&sum)
	}
	promises(t, &all)
}
