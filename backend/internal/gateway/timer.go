package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
)

// watch is the clock of one attempt: it ends the attempt when what it waits
// for does not come. Safe for concurrent use: the timer has a goroutine.
type watch struct {
	x *exchange

	mu    sync.Mutex
	timer *time.Timer
	// cause is what the attempt is cancelled with when the timer runs out.
	cause error
	// looking is true while the first content is awaited of a target that may
	// fall silent; until is then when patience ends, with the cause then.
	looking bool
	until   time.Time
	// more says that something can take over; patient that the wait has been
	// lengthened for an engine that loads its model.
	more, patient bool
}

// The share of a call's time that an attempt leaves to those after it, and the
// wait below which silence says nothing about the target.
const (
	maxReserve = 5 * time.Second
	fairWait   = 5 * time.Second
	// leastFair is that wait where the target's usual time is known.
	leastFair = time.Second
	// plainPatience is how many times longer than the first content of a
	// stream a plain answer may take, since it comes only when it is complete.
	plainPatience = 4
)

// The wait for the first content of a target without a bound of its own.
// Source: the health design, 4.1.
const (
	firstUnknown = 30 * time.Second // until enough is known
	firstReasons = 120 * time.Second
	firstLeast   = 5 * time.Second
	firstMost    = 60 * time.Second
	firstTimes   = 3 // of what nearly all calls take
	// probeLeast is the least patience with a test while another target can
	// take over: nobody should wait long for the news that nothing changed.
	probeLeast = 2 * time.Second
	// probeMost bounds it in any case: no other test can begin meanwhile.
	probeMost = 20 * time.Second
)

// start begins to wait for the first content; ahead says what can take over.
func (w *watch) start(ahead ahead) {
	wait, cause := w.x.patience(ahead)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cause, w.looking, w.until, w.more = cause, ahead.usable, w.x.start.Add(wait), ahead.more
	if w.looking {
		_, again := w.x.ticket.Silent(w.x.start)
		wait = min(wait, again)
	}
	w.timer = time.AfterFunc(wait, w.expire)
}

// lookPause is the least time between two looks at a target's silence.
const lookPause = 20 * time.Millisecond

// expire ends the attempt, or looks whether its target is silent for everyone.
func (w *watch) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if !now.Before(w.until) || !w.looking {
		if !w.lengthen(now) {
			w.x.cancel(w.cause)
		}
		return
	}
	silent, again := w.x.ticket.Silent(now)
	if silent {
		w.x.cancel(errSilent)
		return
	}
	w.timer.Reset(min(max(again, lookPause), w.until.Sub(now)))
}

// lengthen gives an engine time that turns out to be loading its model, when
// nothing else can answer. It needs w.mu.
func (w *watch) lengthen(now time.Time) bool {
	x := w.x
	if w.patient || w.more || !errors.Is(w.cause, errFirstByte) || !x.ticket.Cold() || x.target.Upstream.Timeouts.FirstByte > 0 {
		return false
	}
	w.patient = true
	wait, cause := x.coldPatience()
	w.cause, w.until = cause, x.start.Add(wait)
	if !now.Before(w.until) {
		return false
	}
	w.timer.Reset(w.until.Sub(now))
	return true
}

// coldPatience is the patience with an engine that loads its model.
func (x *exchange) coldPatience() (time.Duration, error) {
	wait := firstReasons
	if !x.c.peek.Stream {
		wait *= plainPatience
	}
	if left := x.c.deadline.Sub(x.start); left < wait {
		return left, errDeadline
	}
	return wait, errFirstByte
}

// reset waits anew, for something else.
func (w *watch) reset(wait time.Duration, cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if left := time.Until(w.x.c.deadline); left < wait {
		wait, cause = left, errDeadline
	}
	w.looking, w.cause = false, cause
	w.timer.Reset(wait)
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
}

// progress restarts the idle timer: something arrived.
func (x *exchange) progress() {
	x.ticket.Heard(time.Now())
	x.watch.reset(x.target.Upstream.Timeouts.Idle, errIdle)
}

// pause leaves only the deadline on the timer: while a caller takes its time,
// the upstream is not the one who is silent.
func (x *exchange) pause() {
	x.watch.reset(time.Until(x.c.deadline)+time.Second, errDeadline)
}

// patience is how long to wait for the first content, and with which cause it
// ends. While another candidate can take over, part of the time is kept for it.
func (x *exchange) patience(ahead ahead) (time.Duration, error) {
	wait := x.firstWait(ahead)
	left := time.Until(x.c.deadline)
	if kept := left - x.reserve(left, ahead); ahead.more && kept < wait {
		if !x.fair(kept, wait) && !x.candidate.Probe {
			return kept, errHurry
		}
		return kept, errFirstByte
	}
	if left < wait {
		return left, errDeadline
	}
	return wait, errFirstByte
}

// reserve is what an attempt leaves of the call's time to those after it. A
// plain answer takes as long as all of it, so that one more needs its share.
func (x *exchange) reserve(left time.Duration, ahead ahead) time.Duration {
	if x.c.peek.Stream || !ahead.usable {
		return min(left/2, maxReserve)
	}
	usual, n := x.c.states.Usual(&ahead.second.Target.Target, x.flow(), x.start)
	if n < fewSamples {
		return left / 3
	}
	return min(left/2, max(usual*3/2, maxReserve))
}

// fewSamples is how many times must be known to judge a target by.
const fewSamples = 5

// fair reports whether a target that has said nothing for so long can be blamed
// for it, although a call would usually wait longer.
func (x *exchange) fair(kept, wait time.Duration) bool {
	if kept >= min(wait, fairWait) {
		return true
	}
	usual, n := x.c.states.Usual(&x.target.Target, x.flow(), x.start)
	return n >= fewSamples && kept >= max(firstTimes*usual, leastFair)
}

// firstWait is what the target may take for its first content.
func (x *exchange) firstWait(ahead ahead) time.Duration {
	times := time.Duration(1)
	if !x.c.peek.Stream {
		times = plainPatience
	}
	p95, n := x.c.states.Usual(&x.target.Target, x.flow(), x.start)
	wait := x.target.Upstream.Timeouts.FirstByte * times
	switch {
	case wait > 0:
	case reasons(x.model), x.candidate.View.Cold:
		wait = firstReasons * times
	case n < health.LatencyEnough:
		wait = firstUnknown * times
	default:
		wait = min(max(firstTimes*p95, firstLeast*times), firstMost*times)
	}
	return x.probeWait(wait, ahead, p95, n)
}

// probeWait shortens the patience with a test, except where a person set it or
// the model is slow by nature and nothing else is well.
func (x *exchange) probeWait(wait time.Duration, ahead ahead, p95 time.Duration, samples int) time.Duration {
	if !x.candidate.Probe {
		return wait
	}
	if ahead.usable && reasons(x.model) && x.target.Upstream.Timeouts.FirstByte == 0 {
		wait = min(wait, firstMost)
	}
	if ahead.more && samples >= health.LatencyEnough {
		wait = min(wait, max(firstTimes*p95, probeLeast))
	}
	if x.target.Upstream.Timeouts.FirstByte > 0 || reasons(x.model) || x.candidate.View.Cold {
		return wait
	}
	return min(wait, probeMost)
}

func (x *exchange) flow() health.Flow { return x.c.flow() }

// flow is how the call's answer will come.
func (c *Call) flow() health.Flow {
	if c.peek.Stream {
		return health.FlowStream
	}
	return health.FlowPlain
}

// reasons reports whether a model is known by its name to think before it
// answers.
func reasons(model string) bool { return dialect.Reasons(model) }

// timedOut tells the timer that ended the attempt, if one did.
func timedOut(ctx context.Context) health.Timeout {
	for _, row := range [...]struct {
		cause error
		timer health.Timeout
	}{
		{errFirstByte, health.TimeoutFirstByte},
		{errSilent, health.TimeoutSilent},
		{errIdle, health.TimeoutIdle},
		{errDeadline, health.TimeoutDeadline},
	} {
		if errors.Is(context.Cause(ctx), row.cause) {
			return row.timer
		}
	}
	return health.TimeoutNone
}
