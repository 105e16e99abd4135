package healthsim

import (
	"slices"
	"syscall"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
)

// attempt is one try at a target: gateway/exchange.go and gateway/timer.go.
type attempt struct {
	w         *world
	c         *call
	s         *server
	candidate route.Candidate
	ticket    *health.Ticket
	start     time.Time
	test      bool // it took the one test of its target
	then      func(health.Outcome)

	alarm   int // counts timers: only the last one set may ring
	cause   health.Timeout
	hurry   bool
	looking bool
	until   time.Time

	content, mute, over bool
}

// The waits of gateway/timer.go.
const (
	maxReserve    = 5 * time.Second
	fairWait      = 5 * time.Second
	plainPatience = 4
	firstUnknown  = 30 * time.Second
	firstLeast    = 5 * time.Second
	firstMost     = 60 * time.Second
	firstTimes    = 3
	probeMost     = 20 * time.Second
	probeLeast    = 2 * time.Second
	lookPause     = 20 * time.Millisecond
	idleTimeout   = 60 * time.Second // snapshot's default
	pieceTime     = 500 * time.Millisecond
)

// send begins the exchange of an attempt that has its place.
func (x *attempt) send(a ahead) {
	c := x.c
	x.s.live = append(x.s.live, x)
	c.w.tally.upstream++
	x.watch(a.more, a.usable)
	r := x.s.reply(c, c.sent[x.s.index], x.start)
	c.sent[x.s.index]++
	switch {
	case r.never:
		x.mute = true
	case r.good:
		c.w.after(r.first, func() { x.firstContent(r) })
	default:
		c.w.after(r.after, func() {
			if !x.mute {
				x.fail(r.facts)
			}
		})
	}
}

// watch is the start of gateway's watch.
func (x *attempt) watch(more, elsewhere bool) {
	wait := x.patience(more)
	x.looking, x.until = elsewhere, x.start.Add(wait)
	if x.looking {
		_, again := x.ticket.Silent(x.start)
		wait = min(wait, again)
	}
	x.ring(wait)
}

func (x *attempt) ring(wait time.Duration) {
	x.alarm++
	mine := x.alarm
	x.w.after(wait, func() {
		if !x.over && x.alarm == mine {
			x.expire()
		}
	})
}

func (x *attempt) expire() {
	now := x.w.now
	if !x.looking || !now.Before(x.until) {
		x.fail(health.Facts{Phase: health.PhaseHead, TimedOut: x.cause, OwnCancel: x.hurry})
		return
	}
	gone, again := x.ticket.Silent(now)
	if gone {
		x.fail(health.Facts{Phase: health.PhaseHead, TimedOut: health.TimeoutSilent})
		return
	}
	x.ring(min(max(again, lookPause), x.until.Sub(now)))
}

func (x *attempt) patience(more bool) time.Duration {
	wait := x.firstWait(more)
	left := x.c.deadline.Sub(x.w.now)
	x.cause = health.TimeoutFirstByte
	if kept := left - min(left/2, maxReserve); more && kept < wait {
		x.hurry = kept < min(wait, fairWait) && !x.candidate.Probe
		return kept
	}
	if left < wait {
		x.cause = health.TimeoutDeadline
		return left
	}
	return wait
}

func (x *attempt) firstWait(more bool) time.Duration {
	times := time.Duration(1)
	if !x.c.stream {
		times = plainPatience
	}
	p95, n := x.w.health.Usual(&x.candidate.Target.Target, x.c.flow(), x.start)
	wait := firstUnknown * times
	if n >= health.LatencyEnough {
		wait = min(max(firstTimes*p95, firstLeast*times), firstMost*times)
	}
	if !x.candidate.Probe {
		return wait
	}
	if more && n >= health.LatencyEnough {
		wait = min(wait, max(firstTimes*p95, probeLeast))
	}
	return min(wait, probeMost)
}

// firstContent commits: from here on the call is served.
func (x *attempt) firstContent(r reply) {
	if x.over || x.mute {
		return
	}
	x.content = true
	x.alarm++
	x.ticket.FirstByte(x.w.now)
	x.s.tested(x)
	x.ticket.Heard(x.w.now)
	x.c.serve()
	x.w.when(x.start.Add(r.total), func() {
		if !x.over && !x.mute {
			x.end(health.Classify(health.Facts{Status: 200}, x.w.now))
		}
	})
	x.piece(x.start.Add(r.total))
}

// piece is a part of a stream: a sign of life for all calls to the target.
func (x *attempt) piece(last time.Time) {
	if next := x.w.now.Add(pieceTime); next.Before(last) {
		x.w.when(next, func() {
			if !x.over && !x.mute {
				x.ticket.Heard(x.w.now)
				x.piece(last)
			}
		})
	}
}

// reset is a connection that breaks because its server died.
func (x *attempt) reset() {
	if x.content {
		x.fail(health.Facts{Status: 200, Err: syscall.ECONNRESET, Phase: health.PhaseBody})
		return
	}
	x.fail(health.Facts{Err: syscall.ECONNRESET, Phase: health.PhaseHead})
}

// fallSilent is a connection that nothing comes from any more.
func (x *attempt) fallSilent() {
	x.mute = true
	if x.content {
		x.w.after(idleTimeout, func() {
			x.fail(health.Facts{Status: 200, Phase: health.PhaseBody, TimedOut: health.TimeoutIdle})
		})
	}
}

// fail ends the attempt: in doubt before the first content, else as it is.
func (x *attempt) fail(f health.Facts) {
	if x.over {
		return
	}
	o := health.Classify(f, x.w.now)
	if x.content {
		x.w.tally.interrupted++
		x.end(o)
		return
	}
	x.leave()
	x.s.audit.told(o, x.w.now)
	if x.ticket.Doubt(x.signed(o), x.w.now) {
		x.c.doubts = append(x.c.doubts, doubt{ticket: x.ticket, class: o.Class, model: x.candidate.Target.Target.Model})
	}
	x.s.tested(x)
	x.c.tried++
	if f.TimedOut == health.TimeoutDeadline || o.Retry == health.RetryNever {
		x.c.end()
		return
	}
	x.then(o)
}

// end settles an attempt that had answered.
func (x *attempt) end(o health.Outcome) {
	x.leave()
	x.ticket.End(x.signed(o), x.w.now)
	x.w.active--
}

func (x *attempt) leave() {
	x.over = true
	i := slices.Index(x.s.live, x)
	x.s.live = slices.Delete(x.s.live, i, i+1)
}

// signed says who asked for it, and what.
func (x *attempt) signed(o health.Outcome) health.Outcome {
	o.App = x.c.app
	if o.Class != hw.ClassOK {
		o.Print = x.c.print
	}
	return o
}
