// Package traffic counts calls as they end, for the figures of the last day.
//
// It deliberately keeps no call and writes nothing: the call log does. Its one
// invariant: it holds a bounded amount of memory, about 800 KiB and 300 bytes
// for each target, and counting a call allocates nothing but the first time that
// a target is met.
package traffic

import (
	"math"
	"sync"
	"time"

	"headwater/backend/hw"
)

const (
	// minutes is how far back the figures go.
	minutes = 24 * 60
	// shortest and growth make the steps of a histogram: 0.25 ms, each a
	// quarter longer than the one before, up to 19 minutes. A quantile is off
	// by less than an eighth.
	shortest = 0.25
	growth   = 1.25
	steps    = 70
)

// histogram counts durations by steps.
type histogram [steps]uint32

func (h *histogram) add(ms float64) {
	if ms <= 0 {
		return
	}
	i := 0
	if ms > shortest {
		i = min(int(math.Log(ms/shortest)/math.Log(growth))+1, steps-1)
	}
	h[i]++
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other {
		h[i] += n
	}
}

// quantile is the duration that a share of the counted ones kept to, as the
// middle of its step; 0 when nothing was counted.
func (h *histogram) quantile(share float64) float64 {
	var all uint64
	for _, n := range h {
		all += uint64(n)
	}
	if all == 0 {
		return 0
	}
	wanted := uint64(math.Ceil(share * float64(all)))
	var seen uint64
	for i, n := range h {
		if seen += uint64(n); seen >= wanted {
			return shortest * math.Pow(growth, float64(i)-0.5)
		}
	}
	return 0
}

// minute is what ended in one minute of the clock.
type minute struct {
	at           int64 // Unix time in minutes; another one's figures are void
	count        hw.TrafficCount
	total, first histogram
}

// Counter counts. It is safe for concurrent use.
type Counter struct {
	mu sync.Mutex
	// ring holds each minute at its number modulo the length. Guarded by mu.
	ring [minutes]minute
	// partial says that earlier calls are not all counted. Guarded by mu.
	partial bool
	// targets are those that calls were sent to, by their ids; swept is the step
	// in which there last was no room. Guarded by mu.
	targets map[string]*targetCount
	swept   int64
}

// New returns a counter of nothing, which says of itself that it is partial
// until Complete.
func New() *Counter { return &Counter{partial: true, targets: map[string]*targetCount{}} }

// Complete says that the calls from before the start have been counted.
func (t *Counter) Complete() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partial = false
}

// Record counts a call that has ended just now or earlier; what is older than
// a day is left out.
func (t *Counter) Record(c *hw.Call) {
	at := c.StartedAt.Add(time.Duration(c.TotalMs*float64(time.Millisecond))).Unix() / 60
	if at <= time.Now().Unix()/60-minutes || c.Endpoint == hw.EndpointTest {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.addTargetsLocked(c, at)
	m := &t.ring[at%minutes]
	if m.at != at {
		if m.at > at {
			return // the clock went back by a day: what is there is newer
		}
		*m = minute{at: at}
	}
	m.add(c)
}

func (m *minute) add(c *hw.Call) {
	m.count.Calls++
	m.count.TokensIn += c.TokensIn
	m.count.TokensOut += c.TokensOut
	switch {
	case c.Status >= 500 || c.Interrupted:
		m.count.Failed++
	case c.Status >= 400:
		m.count.Refused++
	default:
		// While a breaker is open the next tier is asked first: one attempt.
		if asked(c) > 1 || c.Tier > 1 {
			m.count.FailedOver++
		}
		m.total.add(c.TotalMs)
		m.first.add(c.FirstByteMs)
	}
}

// asked is how many steps a call took; a target that cannot serve such calls is
// no way that failed.
func asked(c *hw.Call) int {
	n := len(c.Attempts)
	for i := range c.Attempts {
		if c.Attempts[i].Kind == hw.StepCapability {
			n--
		}
	}
	return n
}

// Read sums up the last minutes, 1 to 1440; the minute under way is the last.
// It takes the minutes one by one, so that no call waits for the sum of a day.
func (t *Counter) Read(span int, now time.Time) hw.Traffic {
	span = min(max(span, 1), minutes)
	width := max(1, (span+59)/60) // minutes a bucket: sixty buckets at most
	last := now.Unix() / 60
	out := hw.Traffic{Minutes: span, Buckets: []hw.TrafficBucket{}}
	var total, first, part histogram
	out.Partial = t.isPartial()
	before := t.at(last - 1)
	out.PerSecond = float64(before.count.Calls) / 60
	for at := last - int64(span) + 1; at <= last; at++ {
		m := t.at(at)
		if n := len(out.Buckets); n == 0 || at%int64(width) == 0 {
			out.Buckets, part = append(out.Buckets, hw.TrafficBucket{At: time.Unix(at*60, 0).UTC()}), histogram{}
		}
		b := &out.Buckets[len(out.Buckets)-1]
		b.Calls += m.count.Calls
		b.Failed += m.count.Failed
		part.merge(&m.total)
		b.P95Ms = part.quantile(0.95)
		add(&out.TrafficCount, &m.count)
		total.merge(&m.total)
		first.merge(&m.first)
	}
	out.P50Ms, out.P95Ms, out.FirstP95Ms = total.quantile(0.5), total.quantile(0.95), first.quantile(0.95)
	return out
}

// at is a copy of a minute's figures.
func (t *Counter) at(minuteNumber int64) minute {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m := &t.ring[minuteNumber%minutes]; m.at == minuteNumber {
		return *m
	}
	return minute{}
}

func (t *Counter) isPartial() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.partial
}

func add(to, from *hw.TrafficCount) {
	to.Calls += from.Calls
	to.Failed += from.Failed
	to.Refused += from.Refused
	to.FailedOver += from.FailedOver
	to.TokensIn += from.TokensIn
	to.TokensOut += from.TokensOut
}
