package drill

import (
	"math"
	"time"
)

// The steps of a histogram: from 0.05 ms, each a fiftieth longer than the one
// before, up to 80 minutes, which is longer than any call may take. A quantile
// is off by 1 % at most.
const (
	shortest = 0.05
	growth   = 1.02
	steps    = 930
)

// histogram counts durations by steps.
type histogram [steps]uint32

func (h *histogram) add(ms float64) {
	i := 0
	if ms > shortest {
		i = int(min(math.Log(ms/shortest)/math.Log(growth), steps-2)) + 1
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
	wanted := max(uint64(math.Ceil(share*float64(all))), 1)
	var seen uint64
	for i, n := range h {
		if seen += uint64(n); seen >= wanted {
			return shortest * math.Pow(growth, float64(i)-0.5)
		}
	}
	return 0
}

// count counts calls and those of them that failed.
type count struct{ calls, failed int64 }

func (c *count) add(failed bool) {
	c.calls++
	if failed {
		c.failed++
	}
}

func (c *count) plus(other count) {
	c.calls += other.calls
	c.failed += other.failed
}

func (c *count) share() float64 { return float64(c.failed) / float64(max(c.calls, 1)) }

// The window remembers the calls of the last five minutes, in slots of time.
const (
	slotTime    = 10 * time.Second
	slots       = 30
	recentSlots = 6
)

// slot is what ended in one slot of time.
type slot struct {
	at int64 // its number since 1970; another one's figures are void
	count
	first histogram
}

// window is a ring of slots: a fixed amount of memory, about 110 KiB.
type window struct{ ring [slots]slot }

func slotOf(at time.Time) int64 { return at.UnixNano() / int64(slotTime) }

// add counts a call; first is the time to its first content, of one that was
// served.
func (w *window) add(at time.Time, how ending, first float64) {
	n := slotOf(at)
	s := &w.ring[n%slots]
	if s.at != n {
		*s = slot{at: n}
	}
	s.count.add(how.bad())
	if how == served {
		s.first.add(first)
	}
}

// recent counts what ended in the last minute.
func (w *window) recent(at time.Time) count {
	var sum count
	n := slotOf(at)
	for back := range int64(recentSlots) {
		if s := &w.ring[(n-back)%slots]; s.at == n-back {
			sum.plus(s.count)
		}
	}
	return sum
}

// take sums up what is there and begins anew.
func (w *window) take(at time.Time) (all count, first histogram) {
	oldest := slotOf(at) - slots
	for i := range w.ring {
		if s := &w.ring[i]; s.at > oldest {
			all.plus(s.count)
			first.merge(&s.first)
		}
	}
	*w = window{}
	return all, first
}
