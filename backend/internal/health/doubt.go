package health

import (
	"fmt"
	"sync"
	"time"

	"headwater/backend/hw"
)

// The poison guard. A request can be such that every upstream fails on it;
// counting that would let one app close all targets for everyone.
const (
	// doubtTime is how long nothing but failures must have come before calls
	// that failed alike elsewhere count after all.
	doubtTime = 3 * time.Second
	// doubtTimeApps is the same when several apps meet them.
	doubtTimeApps = time.Second
	// goodTime is how long an app that was served, or failed, is remembered.
	goodTime = time.Minute
)

// doubtful reports whether an outcome may be the request's own doing: the
// upstream had the request before it failed. A limit names its own cause.
func (o *Outcome) doubtful() bool {
	return o.Counted && o.Class != hw.ClassOK && o.Class != hw.ClassRate && o.Retry == RetryNext && o.Hint == 0
}

// byStatus reports whether a failure is one of those that open a breaker only
// when different requests met it.
func (o *Outcome) byStatus() bool {
	return o.Class == hw.ClassFailed || o.Class == hw.ClassOverloaded
}

// variety tells whether failures came from different requests.
type variety struct {
	last uint64    // who asked what, of the last failure
	at   time.Time // when a failure last came from another one
}

// note adds a failure; a request nobody described counts as its own.
func (v *variety) note(who uint64, now time.Time) {
	if who == 0 || v.last != 0 && v.last != who {
		v.at = now
	}
	v.last = who
}

// seen reports whether different requests failed within the window.
func (v *variety) seen(now time.Time) bool { return !v.at.IsZero() && now.Sub(v.at) < windowTime }

// doubts are failures since the last success that were not counted, because
// the same calls failed alike elsewhere.
type doubts struct {
	n              int
	first          time.Time
	request, app   uint64
	requests, apps bool // of more than one request, of more than one app
}

func (d *doubts) note(o *Outcome, now time.Time) {
	if d.n == 0 {
		*d = doubts{first: now, request: o.Print, app: o.App}
	}
	d.n++
	d.requests = d.requests || o.Print != d.request
	d.apps = d.apps || o.App != d.app
}

// apps remembers which apps were served of late, by any target, and whose calls
// failed alike on several. Safe for concurrent use.
type apps struct {
	mu       sync.Mutex
	served   [2]appAt // the last two that were
	suspects [8]appAt // the last ones, in no order
}

type appAt struct {
	app uint64
	at  time.Time
}

// serve notes that an app was served; an app that nobody named is nobody's.
func (a *apps) serve(app uint64, now time.Time) {
	if app == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.served[0].app != app {
		a.served[1] = a.served[0]
	}
	a.served[0] = appAt{app, now}
}

// other reports whether an app beside this one was served lately.
func (a *apps) other(app uint64, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.served {
		if one.app != app && one.app != 0 && now.Sub(one.at) < goodTime {
			return true
		}
	}
	return false
}

// suspect notes that a call of an app failed alike on several targets.
func (a *apps) suspect(app uint64, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	oldest := 0
	for i := range a.suspects {
		if a.suspects[i].app == app {
			oldest = i
			break
		}
		if a.suspects[i].at.Before(a.suspects[oldest].at) {
			oldest = i
		}
	}
	a.suspects[oldest] = appAt{app, now}
}

// suspected reports whether that happened lately.
func (a *apps) suspected(app uint64, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.suspects {
		if one.app == app && app != 0 && !one.at.IsZero() && now.Sub(one.at) < goodTime {
			return true
		}
	}
	return false
}

// excuse takes a failure that may be the call's own. It counts only when
// nothing else came for a while, from different requests; a lone app must not
// be the only one that fails while others are served.
func (b *breaker) excuse(o *Outcome, now time.Time, rnd float64, othersServed bool) {
	if b.blocked() {
		return
	}
	b.doubts.note(o, now)
	d := &b.doubts
	wait, lone := doubtTime, othersServed
	if d.apps {
		wait, lone = doubtTimeApps, false
	}
	if d.n < b.policy.TripFailures || !d.requests || now.Sub(d.first) < wait || lone {
		return
	}
	b.trip(o, now, rnd, fmt.Sprintf("%d calls failed alike here and elsewhere, the last: %s", d.n, o.Cause))
}

// Doubt ends the attempt as End does, but keeps its failure back while it is
// open whether the target or the request is to blame; Blame or Excuse follows.
// What cannot be the request's doing, and the failure of a test, is charged at
// once, and Doubt returns false.
func (k *Ticket) Doubt(o Outcome, now time.Time) bool {
	if k.ended || k.slots != 0 || !o.doubtful() {
		k.End(o, now)
		return false
	}
	k.leave()
	k.doubt = o
	return true
}

// Blame charges the failure that was kept back: the call was answered elsewhere.
func (k *Ticket) Blame(now time.Time) {
	k.charge(&k.doubt, now)
}

// Excuse lets the failure go that was kept back: the call failed alike elsewhere.
func (k *Ticket) Excuse(now time.Time) {
	apps := &k.registry.apps
	apps.suspect(k.doubt.App, now)
	rec := k.entry.records[k.charged(k.doubt.Scope)]
	rnd, others := k.registry.config.Rand(), apps.other(k.doubt.App, now)
	rec.change(k.registry, now, func(b *breaker) { b.excuse(&k.doubt, now, rnd, others) })
}

// Weigh settles a failure of which nothing else tells whose it was: an app whose
// calls failed alike on several targets of late is suspect for as long as it
// goes on, and so is one that fails where others are served.
func (k *Ticket) Weigh(now time.Time) {
	served := &k.entry.records[k.charged(k.doubt.Scope)].served
	if k.registry.apps.suspected(k.doubt.App, now) || served.other(k.doubt.App, now) {
		k.Excuse(now)
		return
	}
	k.Blame(now)
}
