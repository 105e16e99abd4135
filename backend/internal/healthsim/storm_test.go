package healthsim

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
)

// The generated hours of the versions.
const (
	stormsFull  = 1000
	stormsShort = 30
	stormsRaced = 5
)

// pick draws one of several.
func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }

// between draws a time.
func between(rng *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(rng.Int64N(int64(most-least)))
}

// stormy makes an hour of trouble: its route, its load and two to six
// incidents of every sort, which may overlap.
func stormy(seed uint64) *world {
	rng := rand.New(rand.NewPCG(seed, 77))
	shape := pick(rng, []int{2}, []int{1, 1}, []int{2, 1}, []int{1, 1, 1}, []int{3}, []int{2, 2})
	w := newWorld(seed, pick(rng, hw.StrategyWeighted, hw.StrategyPriority, hw.StrategyBalanced), shape...)
	if len(w.servers) > 2 && rng.IntN(3) == 0 {
		w.share(0, len(w.servers)-1)
	}
	for _, s := range w.servers {
		s.target.MaxInFlight = 1000 // a clairvoyant has no bound either
	}
	for range 2 + rng.IntN(5) {
		w.incident(rng)
	}
	w.starts(load{
		rate: pick(rng, 0.5, 1, 2, 5, 10), until: epoch.Add(time.Hour), apps: 1 + rng.IntN(5), stream: pick(rng, 0, 0.5, 0.8, 1),
	})
	return w
}

// incident adds one.
func (w *world) incident(rng *rand.Rand) {
	from := epoch.Add(between(rng, 2*time.Minute, 55*time.Minute))
	switch hit := w.hit(rng); rng.IntN(4) {
	case 0: // an outage, often of several at once
		lasts := between(rng, 10*time.Second, 10*time.Minute)
		f := outage(rng)
		for _, s := range hit {
			s.fails(from.Add(between(rng, 0, 3*time.Second)), lasts+between(rng, 0, 20*time.Second), f)
		}
	case 1: // a grey failure
		f := fault{kind: pick(rng, refused, silent, status, broken, reset), code: pick(rng, 500, 502, 503), share: 0.2 + 0.4*rng.Float64()}
		hit[0].fails(from, between(rng, time.Minute, 10*time.Minute), f)
	case 2: // flapping
		f, period := outage(rng), between(rng, 10*time.Second, time.Minute)
		for range int(between(rng, 2*time.Minute, 8*time.Minute) / period) {
			hit[0].fails(from, period/2, f)
			from = from.Add(period)
		}
	case 3: // a limit or an overload that lies
		f := fault{
			kind: status, code: pick(rng, 429, 503, 529), hint: pick(rng, hintLong, hintShort, hintJunk, hintHonest),
			share: pick(rng, 1, 1, 0.5),
		}
		hit[0].fails(from, between(rng, 10*time.Second, 5*time.Minute), f)
	}
}

// hit draws the targets of an incident: one in half of all, else several, and
// all of them in a quarter.
func (w *world) hit(rng *rand.Rand) []*server {
	all := make([]*server, len(w.servers))
	for i, k := range rng.Perm(len(w.servers)) {
		all[i] = w.servers[k]
	}
	switch rng.IntN(4) {
	case 0, 1:
		return all[:1]
	case 2:
		return all[:2]
	}
	return all
}

// outage draws a way not to answer at all, or very late.
func outage(rng *rand.Rand) fault {
	f := fault{
		kind: pick(rng, refused, refused, unconnectable, silent, status, status, broken, reset, slow),
		code: pick(rng, 500, 502, 503, 529), share: 1, factor: 10, list: rng.IntN(2) == 0,
	}
	return f
}

func TestGeneratedHours_loseAlmostNothingThatAClairvoyantWouldServe(t *testing.T) {
	t.Parallel()
	n := many(stormsFull, stormsShort, stormsRaced)
	hours := make([]tally, n)
	next, work := make(chan int), sync.WaitGroup{}
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range next {
				w := stormy(uint64(i + 1))
				w.runAll(epoch.Add(time.Hour))
				hours[i] = w.tally
				hours[i].firsts = nil
			}
		})
	}
	for i := range hours {
		next <- i
	}
	close(next)
	work.Wait()
	var all tally
	worst := 0
	for i := range hours {
		all.add(&hours[i])
		if hours[i].lostShare() > hours[worst].lostShare() {
			worst = i
		}
	}
	h := &hours[worst]
	t.Logf("| %d hours: calls; served; attempts a call; breakers opened | - | %d; %d; %.4f; %d |", n, all.calls, all.served, all.perCall(), all.opened)
	t.Logf("| the worst hour (seed %d) | - | lost %d of %d = %.3f %%, %d of them held by a hint |", worst+1, h.lost, h.served+h.lost, 100*h.lostShare(), h.held)
	t.Logf("| lost calls that only a held target would have served | - | %d |", all.held)
	keepsPace(t, &all)
	bound := all.lost - all.held // what a hint forbids to ask is lost to the clairvoyant, too
	share := float64(bound) / float64(max(all.served+bound, 1))
	figure(t, share <= 0.001, "lost calls that a clairvoyant would have served who keeps to hints as well", "<= 0.1 %", fmt.Sprintf("%d of %d = %.4f %%", bound, all.served+bound, 100*share))
	figure(t, all.lostShare() <= 0.002, "the same of one who runs ahead of hints", "<= 0.2 %", fmt.Sprintf("%d of %d = %.4f %%", all.lost, all.served+all.lost, 100*all.lostShare()))
	late := fmt.Sprintf("%d of %d", all.unused, len(all.recoveries))
	figure(t, all.unused*1000 <= len(all.recoveries), "repaired targets that a call passed by > 60 s (+hint) later", "0, and under 1 in 1,000 is bearable", late)
}

// lostShare is the part of what a clairvoyant would have served that was lost.
func (t *tally) lostShare() float64 { return float64(t.lost) / float64(max(t.served+t.lost, 1)) }
