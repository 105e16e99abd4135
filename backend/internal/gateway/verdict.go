package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
)

// verdict is the honest answer when no target could answer: what was tried,
// why it did not work, and when to come back. late means the deadline ended
// the search. Source: the health design, section 6.
func (g *Gateway) verdict(c *Call, late bool) error {
	g.addUntried(c)
	code := hw.CodeDeadline
	if !late {
		code = judge(c.tried)
	}
	wait := retryAfter(c.tried, time.Now())
	err := hw.Errorf(code, "%s", sentence(c, code, wait))
	if !needsPerson(code) {
		err.RetryAfter = wait
	}
	if mixed(code, c.tried) {
		err.Hint = "The administrator must replace the upstreams' refused credentials and add credit where it ran out."
	}
	return err
}

// addUntried notes the targets of the route that no attempt was made at, with
// the state that kept them out.
func (g *Gateway) addUntried(c *Call) {
	seen := make(map[*snapshot.Target]bool, len(c.tried))
	for i := range c.tried {
		seen[c.tried[i].target] = true
	}
	now := time.Now()
	for t := range c.route.Tiers {
		for _, target := range c.route.Tiers[t].Targets {
			view := c.states.View(&target.Target, now)
			if seen[target] {
				g.setWait(c, target, comeBack(view, now))
				continue
			}
			_, until := target.Upstream.Operator()
			out := target.Operator != "" && view.State == target.Operator
			if out {
				view.NotBefore = until
			}
			c.tried = append(c.tried, tried{
				target: target, class: view.Reason, waitTill: comeBack(view, now), out: out, expired: !out && target.Target.Expired(now),
			})
		}
	}
	c.addPassedOver(seen)
}

// maxOwnWait bounds what our own back-off makes a caller wait: while nothing is
// healthy, a call that comes earlier is let through as a test. An upstream's
// hint is passed on whole.
const maxOwnWait = 5 * time.Second

// comeBack is when a caller may sensibly try a target again; zero when unknown.
func comeBack(v health.View, now time.Time) time.Time {
	if soon := now.Add(maxOwnWait); !v.Hinted && v.NotBefore.After(soon) {
		return soon
	}
	return v.NotBefore
}

// setWait lets the registry's word on when to come back outlast the attempt's.
func (g *Gateway) setWait(c *Call, target *snapshot.Target, notBefore time.Time) {
	for i := range c.tried {
		if c.tried[i].target == target && notBefore.After(c.tried[i].waitTill) {
			c.tried[i].waitTill = notBefore
		}
	}
}

// judge finds the one cause that all targets share; where they differ, or
// something is plainly out, it is an outage.
func judge(all []tried) hw.Code {
	shared := hw.Code("")
	for i := range all {
		if !all[i].counts() {
			continue
		}
		code := causeOf(&all[i])
		switch {
		case shared == "":
			shared = code
		case code == shared:
		case needsPerson(code) && needsPerson(shared):
			shared = hw.CodeUpstreamAuth
		default:
			return hw.CodeNoHealthyUpstream
		}
	}
	if shared == "" {
		return hw.CodeNoHealthyUpstream // a route whose targets are all switched off
	}
	return shared
}

// counts reports whether a target has a say in why nothing could answer.
func (t *tried) counts() bool { return !t.unfit && !t.out }

// needsPerson reports a cause in our accounts at the upstreams. A bad key at one
// and no credit at another are one cause: no waiting mends either, a person must.
func needsPerson(code hw.Code) bool {
	return code == hw.CodeUpstreamAuth || code == hw.CodeUpstreamQuota
}

// mixed reports that the shared cause is bad keys here and no credit there.
func mixed(code hw.Code, all []tried) bool {
	return code == hw.CodeUpstreamAuth && slices.ContainsFunc(all, func(t tried) bool {
		return t.counts() && causeOf(&t) == hw.CodeUpstreamQuota
	})
}

func causeOf(t *tried) hw.Code {
	switch {
	case t.class == hw.ClassRate:
		return hw.CodeAllRateLimited
	case t.class == hw.ClassAuth:
		return hw.CodeUpstreamAuth
	case t.class == hw.ClassQuota:
		return hw.CodeUpstreamQuota
	case t.class == hw.ClassSlow, t.timedOut:
		return hw.CodeUpstreamTimeout
	case t.broken:
		return hw.CodeUpstreamMalformed
	}
	return hw.CodeNoHealthyUpstream
}

// retryAfter is the earliest moment any target may be tried again, at least a
// second; a second where nothing is known.
func retryAfter(all []tried, now time.Time) time.Duration {
	wait := time.Duration(0)
	for i := range all {
		if all[i].unfit || all[i].expired || all[i].out && all[i].waitTill.IsZero() {
			continue
		}
		left := max(all[i].waitTill.Sub(now), time.Second)
		if wait == 0 || left < wait {
			wait = left
		}
	}
	return max(wait, time.Second)
}

// sentence is the text of the answer: what happened, what was tried, when to
// come back.
func sentence(c *Call, code hw.Code, wait time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, happened(c.tried, code), shorten(c.peek.Model, maxModelShown))
	for i := range c.tried[:min(len(c.tried), shownTargets)] {
		if i == 0 {
			fmt.Fprintf(&b, " Tried %d of %d: ", countSent(c.tried), len(c.tried))
		} else {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", c.nameOf(c.tried[i].target), wordFor(c.tried[i]))
	}
	if more := len(c.tried) - shownTargets; more > 0 {
		fmt.Fprintf(&b, ", and %d more", more)
	}
	if len(c.tried) > 0 {
		b.WriteString(".")
	}
	if needsPerson(code) {
		b.WriteString(" Asking again does not help before the administrator has mended that.")
	} else {
		fmt.Fprintf(&b, " Next try in %d s.", seconds(wait))
	}
	return b.String()
}

// happened is what happened, with a place for the model.
func happened(all []tried, code hw.Code) string {
	expired := slices.ContainsFunc(all, func(t tried) bool { return t.counts() && t.expired })
	refused := slices.ContainsFunc(all, func(t tried) bool { return t.counts() && !t.expired })
	switch credit := mixed(code, all); {
	case credit && expired:
		return "The credentials for the upstreams of %s have expired, or are refused, or are out of credit; the caller's key is fine."
	case credit:
		return "The upstreams for %s refuse Headwater's credentials or are out of credit; the caller's key is fine."
	case code != hw.CodeUpstreamAuth || !expired:
		return opening(code)
	case refused:
		return "The upstreams for %s refuse Headwater's credentials, or those have expired; the caller's key is fine."
	}
	return "Headwater's credentials for the upstreams of %s have expired; the caller's key is fine."
}

// opening is what happened, with a place for the model.
func opening(code hw.Code) string {
	words := map[hw.Code]string{
		hw.CodeAllRateLimited:    "Every upstream for %s is rate limited.",
		hw.CodeUpstreamAuth:      "The upstreams for %s refuse Headwater's credentials; the caller's key is fine.",
		hw.CodeUpstreamQuota:     "The upstream accounts for %s are out of credit; the caller's key is fine.",
		hw.CodeUpstreamTimeout:   "No upstream for %s answered in time.",
		hw.CodeDeadline:          "The time allowed for this call to %s ran out.",
		hw.CodeUpstreamMalformed: "The upstreams for %s answered with something that is not an answer.",
	}
	if w, ok := words[code]; ok {
		return w
	}
	return "No healthy upstream for %s."
}

// shownTargets bounds how many targets an error names.
const shownTargets = 12

func countSent(all []tried) int {
	n := 0
	for i := range all {
		if all[i].sent {
			n++
		}
	}
	return n
}

func wordFor(t tried) string {
	if t.unfit {
		return "cannot serve this request"
	}
	if t.out {
		return "taken out of use"
	}
	if t.expired {
		return "credential expired"
	}
	if t.class == "" || t.class == hw.ClassOK {
		return "not available"
	}
	if !t.sent {
		return string(t.class) + ", not tried"
	}
	return string(t.class)
}

// nameOf is what this caller may know a target by.
func (c *Call) nameOf(t *snapshot.Target) string {
	if app := c.app(); app != nil && app.Tenant.ShowUpstreams {
		return t.Upstream.Name
	}
	return t.Label
}

// seconds rounds up, so that nobody comes back too early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
