package healthsim

import (
	"fmt"
	"testing"
	"time"
)

func TestNothingHealthy_targetsGetOneCallASecondAtMost(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		f    fault
	}{
		{"refused", fault{kind: refused, share: 1, list: true}},
		{"500", fault{kind: status, code: 500, share: 1}},
		{"503, the free check, too", fault{kind: status, code: 503, share: 1, list: true}},
		{"503 that says to come back in a second", fault{kind: status, code: 503, share: 1, hint: hintShort}},
		{"silent", fault{kind: silent, share: 1}},
		{"packets vanish", fault{kind: unconnectable, share: 1, list: true}},
		{"broken answers", fault{kind: broken, share: 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, shape := range many(ladders(), ladders()[2:4], ladders()[3:4]) {
				most, closest := 0.0, time.Hour
				for seed := range many[uint64](3, 1, 1) {
					w := newWorld(seed+1, shape.strategy, shape.tiers...)
					n, gap := w.nothingHealthy(row.f)
					most, closest = max(most, n), min(closest, gap)
				}
				figure(t, most <= 1 && closest >= time.Second, shape.name+": attempts a second at the busiest target; the closest two", "<= 1; >= 1s",
					fmt.Sprintf("%.2f; %s", most, closest.Round(time.Millisecond)))
			}
		})
	}
}

// nothingHealthy gives the attempts a second at the busiest target while all
// are out, under 50 calls a second of clients that each try again twice, and
// how close to each other two of them came.
func (w *world) nothingHealthy(f fault) (perSecond float64, closest time.Duration) {
	const settle, lasts = time.Minute, 2 * time.Minute
	from := epoch.Add(20 * time.Second)
	end := from.Add(settle + lasts)
	for _, s := range w.servers {
		s.fails(from, settle+lasts, f)
	}
	var again func(left int) func(*call)
	again = func(left int) func(*call) {
		return func(c *call) {
			if c.served || left == 0 {
				return
			}
			w.after(time.Second+time.Duration(w.rng.Float64()*float64(time.Second)), func() {
				w.newCall(&load{apps: 3, stream: 0.7, done: again(left - 1)}).begin()
			})
		}
	}
	w.starts(load{rate: 50, until: end, apps: 3, stream: 0.7, done: again(2)})
	w.checks(end)
	w.run(from.Add(settle))
	for _, s := range w.servers {
		s.begins = nil
	}
	w.run(end.Add(-time.Second))
	closest = time.Hour
	for _, s := range w.servers {
		perSecond = max(perSecond, float64(len(s.begins))/(lasts-time.Second).Seconds())
		for i := 1; i < len(s.begins); i++ {
			closest = min(closest, s.begins[i].Sub(s.begins[i-1]))
		}
	}
	return perSecond, closest
}
