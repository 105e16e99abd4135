package health

import (
	"math"
	"sync"
	"time"
)

// The memory of how long first content takes.
const (
	latencyBuckets = 72
	// latencySteps is how many buckets double the time: each is 19 % wide.
	latencySteps = 4
	latencyBase  = time.Millisecond
	// latencyFull halves all counts, so that old times fade.
	latencyFull = 512
	// latencyFew is below which a quantile is no more than a guess.
	latencyFew = 5
	// LatencyEnough is how many samples a timer or a hedge may be derived from.
	LatencyEnough = 50
	// peakFade is how fast the peak forgets a slow answer.
	peakFade = 10 * time.Second
)

// latency keeps the times to the first content of one target: a histogram for
// quantiles and a moving average that follows a rise at once and a fall
// slowly. Safe for concurrent use.
type latency struct {
	mu     sync.Mutex
	counts [latencyBuckets]uint16
	total  int
	peak   float64 // nanoseconds
	last   time.Time
}

func (l *latency) add(took time.Duration, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[latencyBucket(took)]++
	l.total++
	if l.total >= latencyFull {
		l.total = 0
		for i := range l.counts {
			l.counts[i] /= 2
			l.total += int(l.counts[i])
		}
	}
	cost := float64(took)
	if cost < l.peak {
		keep := math.Exp(-float64(now.Sub(l.last)) / float64(peakFade))
		cost = l.peak*keep + cost*(1-keep)
	}
	l.peak, l.last = cost, now
}

// copy takes over what another one holds.
func (l *latency) copy(from *latency) {
	from.mu.Lock()
	counts, total, peak, last := from.counts, from.total, from.peak, from.last
	from.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts, l.total, l.peak, l.last = counts, total, peak, last
}

// p95 gives the time that 95 of 100 samples did not pass, and how many samples
// that rests on.
func (l *latency) p95() (time.Duration, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := l.total / 20
	for i := len(l.counts) - 1; i >= 0; i-- {
		rest -= int(l.counts[i])
		if rest < 0 {
			return latencyUpper(i), l.total
		}
	}
	return 0, l.total
}

// load is the cost of one more attempt as far as time tells; zero when nothing
// is known.
func (l *latency) load() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Duration(l.peak)
}

func latencyBucket(took time.Duration) int {
	if took <= latencyBase {
		return 0
	}
	return min(int(math.Log2(float64(took)/float64(latencyBase))*latencySteps)+1, latencyBuckets-1)
}

// latencyUpper is the longest time of a bucket.
func latencyUpper(i int) time.Duration {
	return time.Duration(float64(latencyBase) * math.Exp2(float64(i)/latencySteps))
}
