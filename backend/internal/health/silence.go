package health

import (
	"sync/atomic"
	"time"
)

// The silence detector: calls that hang say nothing one by one, but several at
// once that hear nothing at all say that the target is gone, long before the
// first of them runs into its timer.
const (
	suspectCalls = 3
	suspectAfter = time.Second
	// suspectTimes is how many times longer than nearly every first content
	// the silence must be.
	suspectTimes = 3
	// suspectUnknown is the silence that is too long where nothing is known of
	// the target's usual time.
	suspectUnknown = 5 * time.Second
	// suspectPlain is how many times more patience a plain answer gets, which
	// shows nothing before it is complete.
	suspectPlain = 5
	// suspectFor is how long a target stays suspect of which nothing is heard
	// because nothing is asked of it.
	suspectFor = 30 * time.Second
)

// Flow is how an answer comes.
type Flow uint8

// The flows: a plain answer shows its first byte when it is complete.
const (
	FlowPlain Flow = iota
	FlowStream
	flows
)

// silence watches the attempts of one flow at one target that have heard
// nothing yet.
type silence struct {
	waiting atomic.Int32
	// since is when so many were waiting without a byte to any of them, in
	// Unix nanoseconds.
	since atomic.Int64
	took  latency
}

func (s *silence) begin(now time.Time) {
	if s.waiting.Add(1) == suspectCalls {
		s.since.Store(now.UnixNano())
	}
}

func (s *silence) end() { s.waiting.Add(-1) }

// bound is how long the silence may last.
func (s *silence) bound(flow Flow, after time.Duration) time.Duration {
	times := time.Duration(1)
	if flow == FlowPlain {
		times = suspectPlain
	}
	p95, n := s.took.p95()
	if n < latencyFew {
		return max(after, suspectUnknown) * times
	}
	return max(after*times, suspectTimes*p95)
}

// left is how long the silence may still last at least; zero or less when it has
// lasted too long.
func (s *silence) left(flow Flow, after time.Duration, now time.Time) time.Duration {
	bound := s.bound(flow, after)
	if s.waiting.Load() < suspectCalls {
		return bound
	}
	return time.Unix(0, s.since.Load()).Add(bound).Sub(now)
}

// heard notes a byte to anyone: the target lives.
func (e *entry) heard(now time.Time) {
	for i := range e.silence {
		e.silence[i].since.Store(now.UnixNano())
	}
}

// silent reports whether the target is suspect at this moment.
func (e *entry) silent(now time.Time) bool {
	if e.cold.Load() {
		return false
	}
	for i := range e.silence {
		s := &e.silence[i]
		if s.waiting.Load() >= suspectCalls && s.left(Flow(i), e.policy.Load().SuspectAfter, now) <= 0 {
			return true
		}
	}
	return false
}

// Silent tells an attempt that still waits for its first byte whether its
// target has gone silent, and else when to look again. A target found silent
// is suspect from then on, until a byte of it arrives; the others that wait for
// it leave as soon as they have waited for the least time themselves.
func (k *Ticket) Silent(now time.Time) (silent bool, again time.Duration) {
	if k.entry.loads(k.began) {
		return false, engineWord
	}
	after := k.entry.policy.Load().SuspectAfter
	s := &k.entry.silence[k.flow]
	left, waited := s.left(k.flow, after, now), now.Sub(k.began)
	own := k.entry.own()
	// Calls that come and go before anything was due prove nothing, however
	// many and however long: only one that has waited so long itself can tell.
	if bound := s.bound(k.flow, after); left > 0 || waited < bound {
		next := after - waited
		if next <= 0 {
			next = bound - waited
		}
		return waited >= after && own.suspected(now), max(left, next)
	}
	own.change(k.registry, now, func(b *breaker) {
		if b.suspect(now) {
			// That it takes longer than this is all that is known of its time.
			k.entry.silence[k.flow].took.add(now.Sub(k.began), now)
		}
	})
	return true, 0
}

// engineWord is how soon it is looked again at a local engine that loads its
// model, or has not said yet whether it does.
const engineWord = 250 * time.Millisecond

// loads reports whether an attempt that began then may be waiting for a local
// engine to load its model: silence says nothing of it.
func (e *entry) loads(began time.Time) bool {
	told := e.told.Load()
	return e.cold.Load() || told != 0 && told < began.UnixNano()
}

// Cold reports whether a local engine says that it has to load the target's
// model, or loads it.
func (k *Ticket) Cold() bool { return k.entry.cold.Load() }

// suspected reports whether somebody has found the target silent.
func (rec *record) suspected(now time.Time) bool {
	if rec.calm.Load() != calmNot {
		return false
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.b.suspected(now)
}

// Heard says that a further piece of the answer has arrived.
func (k *Ticket) Heard(now time.Time) { k.entry.heard(now) }

// Usual is how long the first content of a target takes for nearly all calls
// of a flow, and on how many samples that rests.
func (r *Registry) Usual(t *Target, flow Flow, now time.Time) (p95 time.Duration, samples int) {
	return r.entry(t, now).silence[flow].took.p95()
}
