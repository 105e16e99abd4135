package traffic

import (
	"net/http"
	"time"

	"headwater/backend/hw"
)

const (
	// mostTargets bounds the targets that are counted; of further ones nothing
	// is said until an hour without a call has made room.
	mostTargets = 20_000
	// targetSteps of targetStep each are an hour and the step under way.
	targetSteps = 13
	targetStep  = 5 // minutes
)

// targetCount is what one target was asked in the last hour, in steps at their
// number modulo the length.
type targetCount [targetSteps]struct {
	at             int64 // steps since 1970; another one's figures are void
	asked, limited uint32
}

// addTargetsLocked counts the attempts of a call that ended in a minute; what a
// drill played to nobody else is left out. t.mu is held.
func (t *Counter) addTargetsLocked(c *hw.Call, minuteNumber int64) {
	at := minuteNumber / targetStep
	for i := range c.Attempts {
		a := &c.Attempts[i]
		if a.TargetID == "" || a.Drill != "" {
			continue
		}
		count := t.targetLocked(a.TargetID, at)
		if count == nil {
			continue
		}
		step := &count[at%targetSteps]
		if step.at > at {
			continue // the clock went back, or the past is counted after the present
		}
		if step.at != at {
			step.at, step.asked, step.limited = at, 0, 0
		}
		step.asked++
		if a.Status == http.StatusTooManyRequests {
			step.limited++
		}
	}
}

// targetLocked finds a target's count, making it on first use; nil when there is
// no room. t.mu is held.
func (t *Counter) targetLocked(id string, at int64) *targetCount {
	if count := t.targets[id]; count != nil {
		return count
	}
	if len(t.targets) >= mostTargets && !t.sweepLocked(at) {
		return nil
	}
	count := new(targetCount)
	t.targets[id] = count
	return count
}

// sweepLocked drops the targets of which the last hour says nothing, and reports
// whether that made room. It looks at most once a step. t.mu is held.
func (t *Counter) sweepLocked(at int64) bool {
	if t.swept >= at {
		return false
	}
	t.swept = at
	for id, count := range t.targets {
		if asked, _ := count.sum(at); asked == 0 {
			delete(t.targets, id)
		}
	}
	return len(t.targets) < mostTargets
}

// sum counts the last hour up to a step.
func (c *targetCount) sum(at int64) (asked, limited int64) {
	for i := range c {
		if s := &c[i]; s.at > at-targetSteps && s.at <= at {
			asked += int64(s.asked)
			limited += int64(s.limited)
		}
	}
	return asked, limited
}

// Target says how many attempts a target had in the last hour, and how many of
// them were answered with 429.
func (t *Counter) Target(id string, now time.Time) (asked, limited int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if count := t.targets[id]; count != nil {
		return count.sum(now.Unix() / 60 / targetStep)
	}
	return 0, 0
}
