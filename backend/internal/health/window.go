package health

import "time"

// The sliding window: ten buckets of three seconds.
const (
	windowBuckets = 10
	bucketTime    = 3 * time.Second
	windowTime    = windowBuckets * bucketTime
)

// window counts successes and failures of the last 30 seconds.
type window struct {
	buckets [windowBuckets]struct{ good, bad uint32 }
	newest  int64 // number of the newest bucket since the window's owner was born
}

// add counts one outcome at age, the time since the owner was born.
func (w *window) add(age time.Duration, good bool) {
	b := &w.buckets[w.advance(age)%windowBuckets]
	if good {
		b.good++
		return
	}
	b.bad++
}

// count gives what the window holds.
func (w *window) count(age time.Duration) (good, bad uint32) {
	w.advance(age)
	for i := range w.buckets {
		good += w.buckets[i].good
		bad += w.buckets[i].bad
	}
	return good, bad
}

// advance empties the buckets that time has passed over and returns the
// number of the newest. A clock that steps back counts into the newest one.
func (w *window) advance(age time.Duration) int64 {
	number := int64(age / bucketTime)
	if number-w.newest >= windowBuckets {
		clear(w.buckets[:])
		w.newest = number
	}
	for w.newest < number {
		w.newest++
		w.buckets[w.newest%windowBuckets].good = 0
		w.buckets[w.newest%windowBuckets].bad = 0
	}
	return w.newest
}
