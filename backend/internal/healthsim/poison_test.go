package healthsim

import (
	"fmt"
	"testing"
	"time"

	"headwater/backend/hw"
)

// ladder is a shape of a route.
type ladder struct {
	name     string
	strategy string
	tiers    []int
}

func ladders() []ladder {
	return []ladder{
		{"two by weight", hw.StrategyWeighted, []int{2}},
		{"two balanced", hw.StrategyBalanced, []int{2}},
		{"two by priority", hw.StrategyPriority, []int{2}},
		{"a spare in a second tier", hw.StrategyPriority, []int{1, 1}},
		{"two and a spare", hw.StrategyWeighted, []int{2, 1}},
	}
}

// poisonTime is how long one app sends what every target fails on.
const poisonTime = 5 * time.Minute

func TestPoison_opensNothingAndHarmsNobody(t *testing.T) {
	t.Parallel()
	for _, shape := range ladders() {
		t.Run(shape.name, func(t *testing.T) {
			for _, rate := range many([]float64{1, 5, 20}, []float64{1, 5, 20}, []float64{1}) {
				var all tally
				var opened []opening
				for seed := range many[uint64](5, 1, 1) {
					w := newWorld(seed+1, shape.strategy, shape.tiers...)
					from := epoch.Add(2 * time.Minute)
					w.starts(load{rate: rate, until: from.Add(poisonTime), apps: 1, stream: 0.7})
					w.when(from, func() {
						w.starts(load{rate: 20, until: from.Add(poisonTime), apps: 1, first: 100, stream: 0.7, poison: true})
					})
					w.runAll(from.Add(poisonTime))
					all.add(&w.tally)
					opened = append(opened, w.opened...)
				}
				figure(t, len(opened) == 0 && all.served == all.calls,
					fmt.Sprintf("20/s of poison beside %g/s: breakers opened; others served", rate), "0; 100 %",
					fmt.Sprintf("%d; %d of %d%s", len(opened), all.served, all.calls, firstWords(opened)))
			}
		})
	}
}

func firstWords(all []opening) string {
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf(" (the first after %s: %s)", all[0].at.Sub(epoch).Round(time.Millisecond), all[0].words)
}

// A spare that is out leaves the poison with one target: nothing to compare with.
func TestPoison_whileTheSpareIsOutHarmsNobody(t *testing.T) {
	t.Parallel()
	for _, out := range []time.Duration{time.Second, 4 * time.Minute} {
		t.Run("out from "+out.String(), func(t *testing.T) {
			opened := 0
			var all tally
			for seed := range uint64(3) {
				w := newWorld(seed+1, hw.StrategyWeighted, 2)
				from := epoch.Add(2 * time.Minute)
				w.servers[1].fails(epoch.Add(out), time.Hour, fault{kind: refused, share: 1, list: true})
				w.starts(load{rate: 5, until: from.Add(poisonTime), apps: 1, stream: 0.7})
				w.when(from, func() {
					w.starts(load{rate: 20, until: from.Add(poisonTime), apps: 1, first: 100, stream: 0.7, poison: true})
				})
				w.runAll(from.Add(poisonTime))
				all.add(&w.tally)
				for i := range w.opened {
					if w.opened[i].is(w.servers[0]) {
						opened++
					}
				}
			}
			figure(t, opened == 0 && all.served == all.calls, "20/s of poison beside 5/s at one target: openings; others served", "0; 100 %",
				fmt.Sprintf("%d; %d of %d", opened, all.served, all.calls))
		})
	}
}

func TestOutageOfAllTargets_opensThemWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	for _, shape := range ladders()[:4] {
		t.Run(shape.name, func(t *testing.T) {
			for _, rate := range []float64{5, 20} {
				slowest := slowestOpening(shape, rate, time.Second, 0.7)
				figure(t, slowest <= 5*time.Second,
					fmt.Sprintf("both fail with 500, %g/s of 3 apps: both open", rate), "<= 5s", slowest.Round(time.Millisecond).String())
			}
		})
	}
}

// Streams that began before the outage go on to a good end for a while. That
// says nothing of how things stand.
func TestOutageOfAllTargets_isSeenBehindLongStreams(t *testing.T) {
	t.Parallel()
	for _, shape := range ladders()[:4] {
		t.Run(shape.name, func(t *testing.T) {
			slowest := slowestOpening(shape, 5, 20*time.Second, 1)
			figure(t, slowest <= 5*time.Second, "both fail with 500, 5/s of 3 apps, streams of 20 s: both open", "<= 5s",
				slowest.Round(time.Millisecond).String())
		})
	}
}

// slowestOpening is how long it takes, in the slowest of several worlds, until
// both targets are open that fail with 500.
func slowestOpening(shape ladder, rate float64, length time.Duration, stream float64) time.Duration {
	slowest := time.Duration(0)
	for seed := range many[uint64](10, 5, 1) {
		w := newWorld(seed+1, shape.strategy, shape.tiers...)
		w.length = length
		from := epoch.Add(2 * time.Minute)
		for _, s := range w.servers {
			s.target.MaxInFlight = 1000
			s.fails(from, time.Minute, fault{kind: status, code: 500, share: 1})
		}
		w.starts(load{rate: rate, until: from.Add(time.Minute), apps: 3, stream: stream})
		w.runAll(from.Add(time.Minute))
		slowest = max(slowest, w.allOpen().Sub(from))
	}
	return slowest
}

// allOpen is when the last of the targets had opened for the first time; an
// hour from the beginning when one never did.
func (w *world) allOpen() time.Time {
	last := epoch
	for _, s := range w.servers {
		at := epoch.Add(time.Hour)
		for _, o := range w.opened {
			if o.is(s) {
				at = o.at
				break
			}
		}
		if at.After(last) {
			last = at
		}
	}
	return last
}
