package drill

import (
	"headwater/backend/hw"
)

// tally is what a drill has shown so far, in a bounded amount of memory.
type tally struct {
	calls                         int64
	ended                         [4]int64 // by ending
	others                        count    // the undrilled calls
	attempts, hits, hitsBad       int64
	tokensIn, tokensOut           int64
	first, usual                  histogram // of the drilled and the undrilled
	tiers                         map[tierKey]int64
	saw                           map[sawKey]int64
	routes                        map[string]*routeTally // those that the fault hit
	events                        []string
	moreEvents                    int
	detectMs, recoverMs, stoodIns int64
}

type tierKey struct {
	tier int
	kind string
}

type sawKey struct {
	status int
	code   hw.Code
}

// routeTally is what the drilled calls of one route showed.
type routeTally struct {
	calls, bad int64
	// alone are the bad ones for which nothing but drilled upstreams was asked.
	alone int64
	// others are the upstreams, and the tiers without one, that were asked
	// beside the drilled ones.
	others map[string]*otherTally
}

// otherTally is how something that was to take over did.
type otherTally struct {
	bad  int64
	last hw.Class
}

// add counts a drilled call.
func (t *tally) add(c *hw.Call, how ending, a *active) {
	t.calls++
	t.ended[how]++
	t.tokensIn += c.TokensIn
	t.tokensOut += c.TokensOut
	if how == served {
		t.first.add(first(c))
		t.answered(c)
	}
	seen := sawKey{c.Status, c.Code}
	if t.saw == nil {
		t.saw = map[sawKey]int64{}
	}
	if _, known := t.saw[seen]; !known && len(t.saw) >= maxSaw-1 {
		seen = sawKey{}
	}
	t.saw[seen]++
	t.addAttempts(c, how, a)
}

// answered counts the tier that answered a call.
func (t *tally) answered(c *hw.Call) {
	key := tierKey{c.Tier, hw.TierTargets}
	if n := len(c.Attempts); n > 0 && c.Attempts[n-1].Kind != "" {
		key.kind = c.Attempts[n-1].Kind
	} else if held := heldBy(c); held > 0 {
		key = tierKey{held, hw.TierHold}
	}
	if key.kind == hw.TierScripted || key.kind == hw.TierDeferred {
		t.stoodIns++
	}
	if t.tiers == nil {
		t.tiers = map[tierKey]int64{}
	}
	if _, known := t.tiers[key]; known || len(t.tiers) < maxTiers {
		t.tiers[key]++
	}
}

// heldBy is the hold tier whose wait a target of a tier before it ended by
// answering: without it the call would have gone on without that target. Zero
// when there is none.
func heldBy(c *hw.Call) int {
	for i := range c.Attempts {
		if at := &c.Attempts[i]; at.Kind == hw.TierHold && at.Class == hw.ClassOK && at.Tier > c.Tier {
			return at.Tier
		}
	}
	return 0
}

// addAttempts counts what the attempts of a drilled call show of its route.
func (t *tally) addAttempts(c *hw.Call, how ending, a *active) {
	route := t.route(c)
	alone := true
	for i := range c.Attempts {
		if t.addAttempt(&c.Attempts[i], a, route) {
			alone = false
		}
	}
	if route == nil {
		return
	}
	route.calls++
	if how.bad() {
		route.bad++
		if alone {
			route.alone++
		}
	}
}

// addAttempt counts one attempt; it reports whether something that the fault
// is not meant for was asked.
func (t *tally) addAttempt(at *hw.Attempt, a *active, route *routeTally) bool {
	if at.Kind == hw.StepCapability {
		return false // it was passed over, not asked
	}
	bad := at.Class != hw.ClassOK && at.Class != hw.ClassNeutral
	if at.Kind == "" {
		t.attempts++
	}
	if at.Drill != "" {
		t.hits++
		if bad {
			t.hitsBad++
		}
		return false
	}
	if at.Kind == "" && a.drills(at.Upstream) && (a.model == "" || a.model == at.Model) {
		return false // the fault spared it
	}
	route.other(at, bad)
	return true
}

// route finds the tally of a call's route; nil when there are too many.
func (t *tally) route(c *hw.Call) *routeTally {
	if t.routes == nil {
		t.routes = map[string]*routeTally{}
	}
	route := t.routes[c.Route]
	if route == nil && len(t.routes) < maxRoutes {
		route = &routeTally{others: map[string]*otherTally{}}
		t.routes[c.Route] = route
	}
	return route
}

func (r *routeTally) other(at *hw.Attempt, bad bool) {
	if r == nil {
		return
	}
	name := at.Upstream
	if name == "" {
		name = at.Kind
	}
	other := r.others[name]
	if other == nil {
		if len(r.others) >= maxOthers {
			return
		}
		other = &otherTally{}
		r.others[name] = other
	}
	if bad {
		other.bad++
		other.last = at.Class
	}
}

// bystander counts an undrilled call while the drill runs.
func (t *tally) bystander(how ending, first float64) {
	t.others.add(how.bad())
	if how == served {
		t.usual.add(first)
	}
}
