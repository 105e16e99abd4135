package health

import (
	"fmt"
	"strconv"
	"time"

	"headwater/backend/hw"
)

const clock = "15:04:05"

func rowWords(n int, same bool, cause string) string {
	if same {
		return strconv.Itoa(n) + " x " + cause
	}
	return strconv.Itoa(n) + " failures in a row, the last: " + cause
}

func ratioWords(good, bad uint32, cause string) string {
	return fmt.Sprintf("%d of the last %d calls failed, the last: %s", bad, good+bad, cause)
}

// lapse is what a failure leaves behind for who asks how a target is.
type lapse struct {
	class hw.Class
	cause string // in words; see Outcome.Cause
}

// unknownWords says what is known of what never answered well: nothing, or how
// it failed.
func unknownWords(latest lapse) string {
	if latest.class == "" {
		return "not used yet"
	}
	return "last answer failed: " + latest.cause
}

// words says what a breaker shows as a sentence.
func (b *breaker) words(l look, now time.Time) string {
	since := l.since.Format(clock)
	switch l.state {
	case hw.HealthUnknown:
		return unknownWords(b.latest)
	case hw.HealthHealthy:
		return "healthy since " + since
	case hw.HealthRamp:
		return fmt.Sprintf("recovering since %s: takes %.0f %% of its share", since, l.share*100)
	case hw.HealthThrottled:
		return fmt.Sprintf("throttled since %s: %s; next call %s", since, b.throttleCause, in(l, now))
	case hw.HealthProbing:
		return fmt.Sprintf("probing since %s, because of %s", since, b.cause)
	case hw.HealthLoading:
		return fmt.Sprintf("loading since %s: %s; next try %s", since, b.cause, in(l, now))
	case hw.HealthQuarantined:
		return fmt.Sprintf("quarantined since %s: %s; next try %s; %s", since, b.cause, in(l, now), remedy(l.reason))
	case hw.HealthSuspect:
		return fmt.Sprintf("suspect since %s: several calls wait for it and none hears anything", since)
	case hw.HealthDegraded:
		good, bad := b.win.count(now.Sub(b.born))
		return fmt.Sprintf("degraded: %d of its last %d calls failed, the last: %s", bad, good+bad, b.lastCause)
	case hw.HealthOpen, hw.HealthDraining, hw.HealthMaintenance, hw.HealthDisabled, hw.HealthEnabled:
	}
	return fmt.Sprintf("open since %s: %s; next probe %s", since, b.cause, in(l, now))
}

// remedy says what a person can do about a quarantine.
func remedy(reason hw.Class) string {
	switch reason {
	case hw.ClassAuth:
		return "replace the upstream's credential"
	case hw.ClassQuota:
		return "add credit to the upstream's account"
	default:
		return "choose a model that the upstream has"
	}
}

// expiredWords says that a credential has ended, and that nothing but another one
// helps.
func expiredWords(since time.Time) string {
	return fmt.Sprintf("the key expired on %s; it is not used again: %s", since.Local().Format(time.DateTime), remedy(hw.ClassAuth))
}

// in says how long the wait still is, in whole seconds, rounded up.
func in(l look, now time.Time) string {
	left := l.notBefore.Sub(now)
	if left <= 0 {
		return "with the next call"
	}
	left = (left + time.Second - 1).Truncate(time.Second)
	if left < 2*time.Minute {
		return fmt.Sprintf("in %d s", int(left/time.Second))
	}
	return fmt.Sprintf("in %d min", int((left+time.Minute-1)/time.Minute))
}

// OperatorWords says what a person did to a target.
func OperatorWords(state hw.HealthState, until time.Time) string {
	switch {
	case state == hw.HealthDraining:
		return "draining: calls under way end, new ones go elsewhere"
	case state == hw.HealthMaintenance && !until.IsZero():
		return "in maintenance until " + until.Local().Format(time.DateTime)
	case state == hw.HealthMaintenance:
		return "in maintenance"
	}
	return "switched off"
}
