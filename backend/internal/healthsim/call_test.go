package healthsim

import (
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
)

// call is one call on its way along the plan: gateway/attempt.go.
type call struct {
	w               *world
	id              uint64
	app, print      uint64
	stream, poison  bool
	start, deadline time.Time
	first           time.Duration // to the first content; zero when there was none
	done            func(*call)   // told when it is served or lost

	plan     []route.Candidate
	tier, at int // where it stands: a tier, and a candidate of the plan
	walk     walk
	doubts   []doubt
	granted  string
	tried    int
	sent     [maxServers]int // attempts at each server
	budget   bool            // it holds a place of the budget
	served   bool
	held     targets // that had named a later time when the call came
	overdue  targets // that this tier should use again by now
}

// walk is gateway's memory of what a call's attempts have shown.
type walk struct {
	tries, most int
	dead        []string
	full, same  []route.Candidate
}

// retryFull says that a target had no place for the call.
const retryFull health.Retry = "full"

func (k *walk) skips(c *route.Candidate) bool {
	return k.tries >= k.most ||
		slices.Contains(k.dead, c.Target.Endpoint) || slices.Contains(k.dead, c.Target.Target.Model)
}

func (k *walk) note(c route.Candidate, o health.Outcome) {
	switch o.Retry {
	case retryFull:
		k.full = append(k.full, c)
	case health.RetrySame:
		k.same = append(k.same, c)
	case health.RetryNone, health.RetryNext, health.RetryNever:
	}
	switch o.Scope {
	case health.ScopeEndpoint:
		k.dead = append(k.dead, c.Target.Endpoint)
	case health.ScopeModel:
		k.dead = append(k.dead, c.Target.Target.Model)
	case health.ScopeCredential, health.ScopeNone:
		return
	case health.ScopeTarget:
	}
	k.tries++
}

// ahead is what can take over from a candidate.
type ahead struct{ more, usable bool }

func (c *call) ahead(i int) ahead {
	var a ahead
	for k := i + 1; k < len(c.plan); k++ {
		next := &c.plan[k]
		a.more = true
		a.usable = a.usable || next.View.Usable && !next.View.Suspect && next.Target.Target.Model != c.plan[i].Target.Target.Model
	}
	return a
}

func (c *call) flow() health.Flow {
	if c.stream {
		return health.FlowStream
	}
	return health.FlowPlain
}

// begin lays the plan, as gateway/plan.go does, and starts to walk.
func (c *call) begin() {
	w := c.w
	w.active++
	c.walk.most = w.route.Retry.TriesPerTier
	c.held = w.heldNow()
	c.plan = w.planner.Plan(nil, w.route.Tiers, route.Asked{Flow: c.flow()}, w.now)
	if len(c.plan) == 0 {
		c.plan = w.planner.Trickle(nil, w.route.Tiers, w.now)
	}
	c.ask()
}

// ask goes on along the plan, tier after tier.
func (c *call) ask() {
	for ; c.tier < len(c.w.route.Tiers); c.tier, c.at, c.walk.tries = c.tier+1, 0, 0 {
		if c.at == 0 {
			c.overdue = c.w.overdue(c.tier)
		}
		for c.at < len(c.plan) {
			i := c.at
			c.at++
			if c.plan[i].Tier != c.tier+1 || c.walk.skips(&c.plan[i]) {
				continue
			}
			if !c.w.now.Before(c.deadline) {
				c.end()
				return
			}
			candidate := c.plan[i]
			if c.try(candidate, c.ahead(i), c.w.health.Begin, func(o health.Outcome) {
				c.walk.note(candidate, o)
				c.ask()
			}) {
				return
			}
		}
		c.w.passed(c)
	}
	c.queue()
}

// begin reserves an attempt with the registry.
type begin func(t *health.Target, now time.Time, probe bool, flow health.Flow) (*health.Ticket, bool)

// try begins an attempt; false when its target had no place.
func (c *call) try(candidate route.Candidate, a ahead, begin begin, then func(health.Outcome)) bool {
	w, target := c.w, &candidate.Target.Target
	s := w.serverOf(candidate.Target)
	test := candidate.Probe && !w.health.View(target, w.now).Usable
	ticket, ok := (*health.Ticket)(nil), false
	if c.granted == target.ID || !w.wanted(target.ID) {
		c.granted = ""
		ticket, ok = begin(target, w.now, candidate.Probe, c.flow())
	}
	if !ok {
		o := health.Outcome{Scope: health.ScopeNone}
		if view := w.health.View(target, w.now); view.Usable && (view.Full || w.wanted(target.ID)) {
			o.Retry = retryFull
		}
		c.walk.note(candidate, o)
		return false
	}
	s.begun(test)
	x := &attempt{w: w, c: c, s: s, candidate: candidate, ticket: ticket, start: w.now, test: test, then: then}
	x.send(a)
	return true
}

// doubt is a failure of which it is open who is to blame: gateway/doubt.go.
type doubt struct {
	ticket *health.Ticket
	class  hw.Class
	model  string
}

func (c *call) settleDoubts() {
	for i := range c.doubts {
		d := &c.doubts[i]
		switch {
		case c.served:
			d.ticket.Blame(c.w.now)
		case slices.ContainsFunc(c.doubts, func(o doubt) bool { return o.class == d.class && o.model != d.model }):
			d.ticket.Excuse(c.w.now)
		default:
			d.ticket.Weigh(c.w.now)
		}
	}
	c.doubts = nil
}

// serve is the commit.
func (c *call) serve() {
	c.served, c.first = true, c.w.now.Sub(c.start)
	c.w.passed(c)
	c.over()
}

// end is a walk without an answer.
func (c *call) end() {
	c.w.active--
	c.over()
}

// attempts is how many it made.
func (c *call) attempts() (n int) {
	for _, sent := range c.sent {
		n += sent
	}
	return n
}

// over is the end of the walk.
func (c *call) over() {
	c.giveBudget()
	c.settleDoubts()
	c.w.count(c)
	if c.done != nil {
		c.done(c)
	}
}
