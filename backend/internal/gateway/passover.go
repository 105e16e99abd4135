package gateway

import (
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/cond"
	"headwater/backend/internal/dialect/peek"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/tokens"
)

// passOver takes out of the call's route the tiers that do not take it. A
// condition that cannot be evaluated does not hold; the log says so.
func (g *Gateway) passOver(c *Call) {
	if !c.route.Selective {
		return
	}
	begin := time.Now()
	passed := route.PassedOver(nil, c.route, c.facts(), c.caller())
	for _, p := range passed {
		if p.Err != nil {
			c.addStep(p.Tier-1, hw.StepCondition, hw.ClassNeutral, begin, shorten(p.Words(), maxErrorShown))
		}
	}
	c.route = route.Without(c.route, passed)
}

// facts are what a condition may know of the call.
func (c *Call) facts() *cond.Facts {
	app := c.app()
	return &cond.Facts{
		App: app.Name, Tenant: app.Tenant.Name, Model: c.peek.Model, Endpoint: string(c.op.Endpoint), Dialect: c.in.Name(),
		Stream: c.peek.Stream, Tokens: c.tokensIn, Headers: c.head.Header, Now: c.madeAt,
	}
}

// tokensIn estimates the tokens of the request, once.
func (c *Call) tokensIn() int64 {
	if c.op.Form != "" {
		return 1 // a file, of which no more is known than that it is no text
	}
	if c.estimate == 0 {
		c.estimate = max(tokens.Quick(c.whole()), 1)
	}
	return c.estimate
}

// caller is what tells the call apart from others.
func (c *Call) caller() *route.Caller {
	app := c.app()
	who := &route.Caller{Call: c.drawn, Tenant: app.Tenant.Name, App: app.Name, Headers: c.head.Header}
	for t := range c.route.Tiers {
		if c.route.Tiers[t].Sticky.By == hw.StickyUser {
			who.User = userOf(c.body)
			break
		}
	}
	return who
}

// userOf is the end user that a request names, where OpenAI's and Anthropic's
// callers put it; empty when it names none.
func userOf(body []byte) string {
	fields := [...]peek.Field{{Key: "user"}, {Key: "safety_identifier"}, {Key: "metadata"}}
	if peek.Object(body, fields[:]) != nil {
		return ""
	}
	for _, field := range fields[:2] {
		if user, ok := peek.String(field.Raw(body)); ok && user != "" {
			return user
		}
	}
	inner := [...]peek.Field{{Key: "user_id"}}
	raw := fields[2].Raw(body)
	if len(raw) == 0 || peek.Object(raw, inner[:]) != nil {
		return ""
	}
	user, _ := peek.String(inner[0].Raw(raw))
	return user
}

// askedOf is what a plan must know of the call; what only some strategies need
// is found out for those.
func (c *Call) askedOf(tiers []snapshot.Tier) route.Asked {
	asked := route.Asked{Flow: c.flow(), Conversation: c.conversation()}
	for t := range tiers {
		switch {
		case tiers[t].Strategy == hw.StrategySticky && asked.Caller == nil:
			asked.Caller = c.caller()
		case tiers[t].Strategy == hw.StrategyCost && asked.Price == nil:
			asked.Price = func(target *snapshot.Target) (float64, bool) {
				return route.Price(c.snap, target, c.peek.Model, c.tokensIn())
			}
		}
	}
	return asked
}

// notTaken is the answer where every tier with targets passed the call over;
// nil where one did not.
func (c *Call) notTaken() error {
	passed := slices.ContainsFunc(c.route.Tiers, func(t snapshot.Tier) bool { return t.Kind == route.KindPassed })
	if !passed || lastTargets(c.route.Tiers) >= 0 {
		return nil
	}
	err := hw.Errorf(hw.CodeForbidden, "Model %q does not take this call: no tier of its route is for it.", shorten(c.peek.Model, maxModelShown))
	err.Hint = "Ask the administrator which calls this model takes."
	return err.At("model")
}
