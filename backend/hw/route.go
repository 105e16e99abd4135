package hw

import (
	"fmt"
	"strings"
)

// TierTargets is the kind of tier that sends a call to upstreams.
const TierTargets = "targets"

// The strategies inside a targets tier.
const (
	// StrategyWeighted spreads calls by weight; the default.
	StrategyWeighted = "weighted"
	// StrategyPriority asks the targets in the order they are listed.
	StrategyPriority = "priority"
)

// Route is the public name an app asks for and the one ordered list of tiers
// that answers it. Route names are unique in the installation.
type Route struct {
	Meta
	// Name is what callers send as model. A name ending in '*' answers every
	// model that begins with the part before it; the longest such name wins,
	// and an exact name beats them all.
	Name string `json:"name" doc:"What callers send as model; a trailing * matches every model with that beginning" example:"fast"`
	// Title is shown to people; empty means Name.
	Title string `json:"title,omitempty" doc:"Shown to people; empty means the name"`
	// Tiers are tried in order; a later tier is used when no target of the
	// earlier ones can answer.
	Tiers []Tier `json:"tiers" minItems:"1" maxItems:"20" nullable:"false" doc:"Tried in order"`
	// DeadlineMs bounds the whole call. Wall time; zero means 120 s, or 15 min
	// for a stream. A caller may shorten it, never lengthen it.
	DeadlineMs int64 `json:"deadline_ms,omitempty" minimum:"0" maximum:"3600000" doc:"Bound on the whole call; 0 means 120000, or 900000 for a stream"`
	// State is enabled or disabled; empty means enabled. A disabled route is unknown to callers.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
}

// Tier is one rung of a route's ladder.
type Tier struct {
	// Kind is what answers: "targets". Empty means targets.
	Kind string `json:"kind,omitempty" enum:"targets" doc:"What answers; empty means targets"`
	// Strategy orders the targets of this tier: weighted (default) or priority.
	Strategy string `json:"strategy,omitempty" enum:"weighted,priority" doc:"Order of the targets; empty means weighted"`
	// Targets are what can answer, at least one.
	Targets []RouteTarget `json:"targets" minItems:"1" maxItems:"100" nullable:"false" doc:"Upstreams and models"`
}

// RouteTarget is one upstream and model of a tier.
type RouteTarget struct {
	// Upstream is the name of an upstream.
	Upstream string `json:"upstream" doc:"Name of the upstream" example:"openai"`
	// Model is the upstream's name for the model; empty means what the caller asked for.
	Model string `json:"model,omitempty" doc:"The upstream's model; empty means the model the caller asked for" example:"gpt-4o-mini"`
	// Weight is this target's share under the weighted strategy. Zero means 1.
	Weight int `json:"weight,omitempty" minimum:"0" maximum:"1000" doc:"Share of calls; 0 means 1"`
}

// Kind implements Document.
func (*Route) Kind() Kind { return KindRoute }

// Label implements Document.
func (r *Route) Label() string { return r.Name }

// Validate implements Document.
func (r *Route) Validate() []Problem {
	var c checker
	if base, prefix := strings.CutSuffix(r.Name, "*"); !prefix || base != "" {
		c.model("name", base)
	}
	c.text("title", r.Title, 200)
	c.between("deadline_ms", r.DeadlineMs, 100, 3_600_000)
	c.oneOf("state", r.State, "", StateEnabled, StateDisabled)
	if len(r.Tiers) == 0 || len(r.Tiers) > 20 {
		c.add("tiers", "must have 1 to 20 tiers")
	}
	for i := range r.Tiers {
		r.Tiers[i].check(&c, fmt.Sprintf("tiers[%d]", i))
	}
	return c.problems
}

func (t *Tier) check(c *checker, at string) {
	c.oneOf(at+".kind", t.Kind, "", TierTargets)
	c.oneOf(at+".strategy", t.Strategy, "", StrategyWeighted, StrategyPriority)
	if len(t.Targets) == 0 || len(t.Targets) > 100 {
		c.add(at+".targets", "must have 1 to 100 targets")
	}
	for i, target := range t.Targets {
		field := fmt.Sprintf("%s.targets[%d]", at, i)
		c.name(field+".upstream", target.Upstream)
		if target.Model != "" {
			c.model(field+".model", target.Model)
		}
		c.between(field+".weight", int64(target.Weight), 1, 1000)
	}
}
