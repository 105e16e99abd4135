package health

import (
	"time"

	"headwater/backend/hw"
)

// breaker is the state of one scope. It is a plain machine: not safe for
// concurrent use, and time only passes where it is told.
type breaker struct {
	// mode is unknown, healthy, ramp, open, loading or quarantined. What else
	// a scope can show (probing, throttled) lies over it, see look.
	mode  hw.HealthState
	since time.Time // when mode began; zero for unknown
	// until is when a blocked mode may be tested.
	until time.Time
	// trips is the n of the back-off; healthyFrom is when it began to shrink.
	trips       int
	healthyFrom time.Time
	// strikes counts quarantines in a row.
	strikes int
	reason  hw.Class
	cause   string // in words, behind the mode

	policy Policy
	// free is true when a free check is made before a call is risked as a test.
	free bool
	// rises and falls are the free checks in a row that passed or failed;
	// passed is when one last did.
	rises, falls int
	passed       time.Time
	// byCheck is true while it is shut for what free checks showed: they can
	// open it again.
	byCheck bool

	born        time.Time
	win         window
	lastBad     time.Time // when the window last got a failure
	grey        bool      // weak when the row of failures began
	weak        bool      // usable, but noticeably failing
	consecutive int
	lastCause   string
	lastClass   hw.Class
	sameCause   bool // all failures of the row had lastCause
	// latest is the last failure that was charged to it, counted or not; its zero
	// value means that there was none.
	latest lapse

	vary   variety
	doubts doubts
	// silent is when the target fell silent; zero when it is heard.
	silent time.Time

	// throttle is the time an upstream asked us to wait for; zero when it never did.
	throttle       time.Time
	throttleSince  time.Time
	throttleReason hw.Class
	throttleCause  string

	// probing is true while one call tests a blocked scope; probed is when the
	// last such call began.
	probing bool
	probed  time.Time
}

// look is what a breaker shows at one moment.
type look struct {
	state     hw.HealthState
	usable    bool
	due       bool // may be tested now
	trickle   bool // may be tested now when nothing else is usable
	hinted    bool
	notBefore time.Time // zero when usable
	share     float64
	since     time.Time
	reason    hw.Class
}

func newBreaker(now time.Time) breaker {
	return breaker{mode: hw.HealthUnknown, born: now, policy: DefaultPolicy()}
}

func (b *breaker) blocked() bool {
	return b.mode == hw.HealthOpen || b.mode == hw.HealthLoading || b.mode == hw.HealthQuarantined
}

// calm reports whether the breaker will show the same whatever the time is.
func (b *breaker) calm() bool {
	return b.throttle.IsZero() && !b.weak && b.silent.IsZero() && (b.mode == hw.HealthHealthy || b.mode == hw.HealthUnknown)
}

// suspect notes that the target has fallen silent; false when that was known.
func (b *breaker) suspect(now time.Time) bool {
	if b.suspected(now) {
		return false
	}
	b.silent = now
	return true
}

func (b *breaker) suspected(now time.Time) bool {
	return !b.silent.IsZero() && now.Sub(b.silent) < suspectFor
}

// hear notes a byte of it.
func (b *breaker) hear() { b.silent = time.Time{} }

// settle makes the changes that time alone brings.
func (b *breaker) settle(now time.Time) {
	if b.mode == hw.HealthRamp && now.Sub(b.since) >= b.policy.Ramp {
		b.mode, b.since, b.reason, b.cause = hw.HealthHealthy, b.since.Add(b.policy.Ramp), "", ""
	}
	if !b.throttle.IsZero() && !now.Before(b.throttle) {
		b.throttle = time.Time{}
	}
	if b.weak && now.Sub(b.lastBad) >= windowTime {
		b.weak = false
	}
	if !b.suspected(now) {
		b.silent = time.Time{}
	}
}

// look tells what the breaker shows; it changes nothing.
func (b *breaker) look(now time.Time) look {
	hinted := now.Before(b.throttle)
	switch {
	case b.blocked():
		return b.lookBlocked(now, hinted)
	case hinted:
		return look{
			state: hw.HealthThrottled, hinted: true, notBefore: b.throttle,
			since: b.throttleSince, reason: b.throttleReason,
		}
	}
	return b.lookUsable(now)
}

func (b *breaker) lookUsable(now time.Time) look {
	l := look{state: b.mode, usable: true, share: 1, since: b.since, reason: b.reason}
	if b.mode == hw.HealthUnknown {
		l.reason = b.latest.class
	}
	if b.mode == hw.HealthRamp {
		elapsed, ramp := now.Sub(b.since), b.policy.Ramp
		if elapsed < ramp {
			l.share = rampFirst + (1-rampFirst)*max(0, float64(elapsed)/float64(ramp))
		} else {
			l.state, l.since, l.reason = hw.HealthHealthy, b.since.Add(ramp), ""
		}
	}
	switch {
	case b.suspected(now):
		l.state, l.since, l.reason = hw.HealthSuspect, b.silent, hw.ClassSlow
	case b.weak && l.state == hw.HealthHealthy && now.Sub(b.lastBad) < windowTime:
		l.state, l.since, l.reason = hw.HealthDegraded, b.lastBad, b.lastClass
	}
	return l
}

func (b *breaker) lookBlocked(now time.Time, hinted bool) look {
	l := look{state: b.mode, hinted: hinted, since: b.since, reason: b.reason, notBefore: b.until}
	if hinted && b.throttle.After(l.notBefore) {
		l.notBefore = b.throttle
	}
	if next := b.probed.Add(probePace); next.After(l.notBefore) {
		l.notBefore = next
	}
	if b.probing {
		l.state, l.since = hw.HealthProbing, b.probed
		return l
	}
	pace := probePace
	if b.mode == hw.HealthQuarantined {
		pace = quarantinePace
	}
	last := b.since
	if b.probed.After(last) {
		last = b.probed
	}
	l.due = !now.Before(l.notBefore) && !b.waitsForCheck(last, l.notBefore, now) || b.pastChecks(last, hinted, now)
	if b.mode == hw.HealthOpen {
		last = b.probed
	}
	l.trickle = !hinted && (l.due || now.Sub(last) >= pace)
	return l
}

// reserve asks for permission to begin a call. slot is true when the call has
// become the one test of a blocked breaker; then end or release must follow.
func (b *breaker) reserve(now time.Time, probe bool) (ok, slot bool) {
	l := b.look(now)
	if l.usable {
		return true, false
	}
	if !probe || !l.due && !l.trickle {
		return false, false
	}
	b.probing, b.probed = true, now
	return true, true
}

// release gives a test's slot back without a verdict.
func (b *breaker) release() { b.probing = false }

// proven ends the row of failures: content came.
func (b *breaker) proven() { b.consecutive, b.doubts = 0, doubts{} }

// succeed counts a success; slot says that it was the test.
func (b *breaker) succeed(now time.Time, slot bool) {
	if slot {
		b.probing = false
	}
	b.falls = 0
	b.hear()
	if !b.blocked() {
		b.win.add(now.Sub(b.born), true)
		b.weigh(now)
		if b.mode == hw.HealthUnknown {
			b.mode, b.since, b.healthyFrom = hw.HealthHealthy, now, now
		}
		return
	}
	// A call that began before the breaker opened proves nothing, except that
	// an engine which was loading has loaded.
	if !slot && b.mode != hw.HealthLoading {
		return
	}
	b.recover(now)
	b.win.add(now.Sub(b.born), true)
}

func (b *breaker) recover(now time.Time) {
	b.strikes, b.win, b.since = 0, window{newest: b.win.newest}, now
	b.weak, b.vary, b.silent, b.rises = false, variety{}, time.Time{}, 0
	if b.mode == hw.HealthLoading {
		b.mode, b.reason, b.cause, b.healthyFrom = hw.HealthHealthy, "", "", now
		return
	}
	b.mode, b.healthyFrom = hw.HealthRamp, now.Add(b.policy.Ramp)
}

// fail takes an outcome that is charged to this breaker; slot says that it
// was the test. rnd is in [0,1).
func (b *breaker) fail(o *Outcome, now time.Time, slot bool, rnd float64) {
	b.latest = lapse{o.Class, o.Cause}
	b.hold(o, now)
	if slot {
		b.probing = false
	}
	switch {
	case b.blocked() && !slot:
		// A call that began before: only news that time will not mend counts.
		if o.Quarantine && b.mode != hw.HealthQuarantined {
			b.quarantine(o, now)
		}
	case o.Quarantine:
		b.quarantine(o, now)
	case o.Class == hw.ClassLoading:
		b.block(hw.HealthLoading, now, max(min(o.Hint, b.policy.HintMost), loadingWait), o.Class, o.Cause)
	case !o.Counted:
	case slot:
		b.trip(o, now, rnd, "the probe failed: "+o.Cause)
		if o.Hint <= 0 { // what it shows is how things stood when it began
			b.until = b.until.Add(b.probed.Sub(now))
		}
	default:
		b.count(o, now, rnd)
	}
}

// hold keeps the latest time an upstream asked us to wait for.
func (b *breaker) hold(o *Outcome, now time.Time) {
	until := now.Add(min(o.Hint, b.policy.HintMost))
	if o.Hint <= 0 || !until.After(b.throttle) {
		return
	}
	if !now.Before(b.throttle) {
		b.throttleSince = now
	}
	b.throttle, b.throttleReason, b.throttleCause = until, o.Class, o.Cause
}

// count adds a failure and opens the breaker when that was one too many. A
// rate limit alone is no sign of a row: only its share of the window counts.
func (b *breaker) count(o *Outcome, now time.Time, rnd float64) {
	age := now.Sub(b.born)
	b.win.add(age, false)
	b.lastBad, b.lastClass = now, o.Class
	b.vary.note(o.Print, now)
	if o.Class != hw.ClassRate {
		b.sameCause = b.consecutive == 0 || b.sameCause && b.lastCause == o.Cause
		if b.consecutive == 0 {
			b.grey = b.weak
		}
		b.consecutive++
		b.lastCause = o.Cause
	}
	good, bad := b.win.count(age)
	switch {
	case o.byStatus() && !b.vary.seen(now): // one request that fails is its own problem
	case b.consecutive >= b.rowMost():
		b.trip(o, now, rnd, rowWords(b.consecutive, b.sameCause, o.Cause))
	case int(good+bad) >= b.policy.TripSamples && float64(good) < b.policy.TripRatio*float64(good+bad):
		b.trip(o, now, rnd, ratioWords(good, bad, o.Cause))
	}
	b.weigh(now)
}

// greyTimes is how many times longer the row must be that opens a target which
// was known to fail now and then: there it comes by chance.
const greyTimes = 3

func (b *breaker) rowMost() int {
	if b.grey {
		return greyTimes * b.policy.TripFailures
	}
	return b.policy.TripFailures
}

// The shares of successes below which a usable scope is called degraded, and
// above which it is well again.
const (
	weakSamples = 10
	weakBelow   = 0.9
	wellFrom    = 0.95
)

// weigh says whether a scope fails often enough to be asked after others,
// though not often enough to be shut.
func (b *breaker) weigh(now time.Time) {
	if b.lastBad.IsZero() || now.Sub(b.lastBad) >= windowTime || b.blocked() {
		b.weak = false
		return
	}
	good, bad := b.win.count(now.Sub(b.born))
	share, all := float64(good), float64(good+bad)
	b.weak = all >= weakSamples && (share < weakBelow*all || b.weak && share < wellFrom*all)
}

// trip opens the breaker. A hint replaces our own wait and leaves the count
// of trips alone: the upstream knows better than our back-off.
func (b *breaker) trip(o *Outcome, now time.Time, rnd float64, cause string) {
	if b.mode == hw.HealthHealthy || b.mode == hw.HealthRamp {
		b.trips = max(0, b.trips-int(now.Sub(b.healthyFrom)/forgiveAfter))
	}
	wait := min(o.Hint, b.policy.HintMost)
	if wait <= 0 {
		b.trips++
		wait = b.policy.backOff(b.trips, rnd)
	}
	b.block(hw.HealthOpen, now, wait, o.Class, cause)
}

// callShare is the part of the longest wait that is kept for the call to come:
// a repaired target is used within that wait, and the test that finds out needs
// a caller.
const callShare = 30

// backOff is min(5 s x 2^(n-1), 60 s) with equal jitter: half of it fixed, half
// by chance.
func (p *Policy) backOff(n int, rnd float64) time.Duration {
	wait := doubled(p.WaitFirst, p.WaitMost, n)
	most := min(wait, p.WaitMost-p.WaitMost/callShare)
	return wait/2 + time.Duration(rnd*float64(most-wait/2))
}

// doubled is first x 2^(n-1), at most limit.
func doubled(first, limit time.Duration, n int) time.Duration {
	for range n - 1 {
		if first >= limit {
			break
		}
		first *= 2
	}
	return min(first, limit)
}

func (b *breaker) quarantine(o *Outcome, now time.Time) {
	b.strikes++
	wait := doubled(b.policy.AuthFirst, b.policy.AuthMost, b.strikes)
	if o.Class == hw.ClassQuota {
		wait = doubled(b.policy.QuotaFirst, b.policy.QuotaMost, b.strikes)
	}
	if o.Hint > 0 {
		wait = min(o.Hint, b.policy.HintMost)
	}
	b.block(hw.HealthQuarantined, now, wait, o.Class, o.Cause)
}

// block closes the breaker's scope to calls for at least wait. A state that a
// failed test only prolongs keeps its beginning.
func (b *breaker) block(mode hw.HealthState, now time.Time, wait time.Duration, reason hw.Class, cause string) {
	if b.mode != mode {
		b.mode, b.since = mode, now
	}
	b.until, b.reason, b.cause = now.Add(wait), reason, cause
	b.consecutive, b.sameCause, b.win = 0, false, window{newest: b.win.newest}
	b.weak, b.vary, b.doubts, b.silent, b.rises, b.falls = false, variety{}, doubts{}, time.Time{}, 0, 0
	b.byCheck = false
}
