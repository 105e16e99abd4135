package hw

import (
	"fmt"
	"slices"
	"strings"
)

// The kinds of tier.
const (
	// TierTargets sends a call to upstreams.
	TierTargets = "targets"
	// TierCache answers with what the same request got before.
	TierCache = "cache"
	// TierHold waits for a target to recover.
	TierHold = "hold"
	// TierDeferred takes the call now and answers it later.
	TierDeferred = "deferred"
	// TierScripted answers with a text of the administrator's.
	TierScripted = "scripted"
)

// The strategies inside a targets tier.
const (
	// StrategyWeighted spreads calls by weight; the default.
	StrategyWeighted = "weighted"
	// StrategyPriority asks the targets in the order they are listed.
	StrategyPriority = "priority"
	// StrategyBalanced asks the less burdened of two targets drawn by weight:
	// by what first content takes there and by how many calls are under way.
	StrategyBalanced = "balanced"
	// StrategyAffinity asks the same target for the same conversation, so that
	// what an engine remembers of it is of use.
	StrategyAffinity = "affinity"
	// StrategyLatency asks the target whose first content comes soonest; one of
	// which nothing is known is tried.
	StrategyLatency = "latency"
	// StrategyBusy asks the target with the fewest calls under way for its weight.
	StrategyBusy = "busy"
	// StrategyCost asks the cheapest target for the tokens that a call will
	// take, by the catalogue; one without a price comes last.
	StrategyCost = "cost"
	// StrategySticky asks the same target for the same value of Tier.StickyBy.
	StrategySticky = "sticky"
)

// Strategies lists the strategies, the default first.
func Strategies() []string {
	return []string{
		StrategyWeighted, StrategyPriority, StrategyBalanced, StrategyAffinity,
		StrategyLatency, StrategyBusy, StrategyCost, StrategySticky,
	}
}

// What calls can be told apart by: the values of Tier.StickyBy.
const (
	// StickyUser is the end user that a request names.
	StickyUser = "user"
	// StickyApp is the calling app.
	StickyApp = "app"
	// StickyHeader begins the name of a header, as in header:X-Session-Id.
	StickyHeader = "header:"
)

// SecretHeader reports whether a header may hold a caller's credential: no
// condition and no strategy is told its value.
func SecretHeader(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "api-key", "x-api-key", "x-goog-api-key":
		return true
	}
	return false
}

// What becomes of the parts of a request that an upstream's dialect has no
// words for.
const (
	// TranslationWarn leaves them out and names them in X-Headwater-Dropped and
	// in the log; the default.
	TranslationWarn = "warn"
	// TranslationStrict does not ask such an upstream.
	TranslationStrict = "strict"
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
	// StreamDeadlineMs is the same for a streamed call; zero means that of all.
	StreamDeadlineMs int64 `json:"stream_deadline_ms,omitempty" minimum:"0" maximum:"3600000" doc:"The same for a streamed call; 0 means deadline_ms, or 900000"`
	// Fallback names who is asked when a request itself is refused.
	Fallback Fallback `json:"fallback,omitzero" doc:"Who is asked when the request itself is refused"`
	// Retry bounds what is tried for one call.
	Retry Retry `json:"retry,omitzero" doc:"What is tried for one call"`
	// Hedge asks a second target when the first content is later than for 95 of
	// 100 calls, once 50 are known. Default false.
	Hedge bool `json:"hedge,omitempty" doc:"Ask a second target when the first content is later than for 95 of 100 calls; the loser is cancelled, its cost stays"`
	// Translation is TranslationWarn or TranslationStrict; empty means warn.
	Translation string `json:"translation,omitempty" enum:"warn,strict" doc:"When an upstream speaks another dialect and has no words for a part of the request: warn leaves it out and names it in X-Headwater-Dropped and the log, strict does not ask that upstream; empty means warn"`
	// Parameters change what callers ask of the model.
	Parameters Parameters `json:"parameters,omitzero" doc:"Parameters of every request, in neutral words; each upstream gets them in its own, and what its dialect has no field for is named in X-Headwater-Dropped and the log"`
	// State is enabled or disabled; empty means enabled. A disabled route is unknown to callers.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
}

// Fallback lists the targets that are asked, in this order, when an upstream
// refuses a request for what it is: another one may take it. Empty lists hand
// the refusal to the caller.
type Fallback struct {
	// ContextOverflow is for a request that is too long for the model.
	ContextOverflow []RouteTarget `json:"context_overflow,omitempty" maxItems:"20" doc:"Targets with more context, asked when the request is too long for the model"`
	// ContentPolicy is for one that the vendor's policy refuses.
	ContentPolicy []RouteTarget `json:"content_policy,omitempty" maxItems:"20" doc:"Targets asked when a vendor's content policy refuses the request"`
}

// Retry bounds what is tried for one call. Zero means the default. Source of
// the defaults: the health design, section 4.
type Retry struct {
	// TriesPerTier is how many targets of one tier may fail a call. Default 3.
	TriesPerTier int `json:"tries_per_tier,omitempty" minimum:"0" maximum:"20" doc:"Targets of one tier that may fail a call before the next tier is asked; 0 means 3"`
	// BudgetPercent is the share of the calls under way that may ask the same
	// target again, or hedge; never less than 3 at a time. Default 20.
	BudgetPercent int `json:"budget_percent,omitempty" minimum:"0" maximum:"100" doc:"Share of the calls under way that may ask the same target again or hedge, never less than 3 at once; 0 means 20"`
	// AgainFirstMs and AgainMostMs bound the wait before the same target is
	// asked again; it doubles, with full jitter. Defaults 250 and 8000.
	AgainFirstMs int64 `json:"again_first_ms,omitempty" minimum:"0" maximum:"60000" doc:"Longest first wait before the same target is asked again; 0 means 250"`
	AgainMostMs  int64 `json:"again_most_ms,omitempty" minimum:"0" maximum:"60000" doc:"Longest wait before the same target is asked again; 0 means 8000"`
}

// Tier is one rung of a route's ladder. Which fields apply follows from its kind.
type Tier struct {
	// Kind is what answers. Empty means targets.
	Kind string `json:"kind,omitempty" enum:"targets,cache,hold,deferred,scripted" doc:"What answers; empty means targets"`
	// When is a condition, an expression in CEL: a call for which it does not
	// hold passes the tier over. Empty means that every call may use it.
	When string `json:"when,omitempty" maxLength:"1000" doc:"Condition in CEL over app, tenant, model, endpoint, dialect, stream, tokens_in, headers, hour and weekday: a call for which it does not hold passes the tier over; empty means none"`
	// Percent is the share of the calls that may use the tier; the others pass
	// it over. Which ones follows from the call, or from StickyBy where it is
	// set and the call has it. Zero means all.
	Percent int `json:"percent,omitempty" minimum:"0" maximum:"100" doc:"Share of the calls that may use the tier, the others pass it over; 0 means all"`
	// Strategy orders the targets of this tier; one of Strategies, empty means
	// weighted.
	Strategy string `json:"strategy,omitempty" enum:"weighted,priority,balanced,affinity,latency,busy,cost,sticky" doc:"Order of the targets; empty means weighted"`
	// StickyBy is what keeps to its target under strategy sticky, and to its
	// side of Percent: StickyUser, StickyApp, or StickyHeader and a name. Empty
	// means nothing; a call without it is treated as any other.
	StickyBy string `json:"sticky_by,omitempty" maxLength:"107" doc:"What keeps to its target under strategy sticky, and to its side of a percentage: user, app or header:NAME; empty means nothing" example:"header:X-Session-Id"`
	// Targets are what can answer: at least one for kind targets, none for others.
	Targets []RouteTarget `json:"targets,omitempty" maxItems:"100" nullable:"false" doc:"Upstreams and models; for kind targets"`
	// FreshSeconds is how long kind cache answers instead of asking a target.
	// Zero means that it answers only when targets before it could not.
	FreshSeconds int64 `json:"fresh_s,omitempty" minimum:"0" maximum:"31536000" doc:"Kind cache: age up to which it answers in any case; 0 means only when the tiers before could not"`
	// StaleSeconds is how old an answer of kind cache may be when the targets
	// before it could not answer. Zero means a day.
	StaleSeconds int64 `json:"stale_s,omitempty" minimum:"0" maximum:"31536000" doc:"Kind cache: age up to which it answers when the tiers before could not; 0 means 86400"`
	// WaitMs is how long kind hold waits for a target. Zero means 30000.
	WaitMs int64 `json:"wait_ms,omitempty" minimum:"0" maximum:"600000" doc:"Kind hold: longest wait for a target to recover; 0 means 30000"`
	// ExpireSeconds is how long kind deferred keeps trying. Zero means a day.
	ExpireSeconds int64 `json:"expire_s,omitempty" minimum:"0" maximum:"2592000" doc:"Kind deferred: how long it keeps trying; 0 means 86400"`
	// Text is what kind scripted says.
	Text string `json:"text,omitempty" doc:"Kind scripted: what it says"`
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
	c.between("stream_deadline_ms", r.StreamDeadlineMs, 100, 3_600_000)
	c.oneOf("state", r.State, "", StateEnabled, StateDisabled)
	if len(r.Tiers) == 0 || len(r.Tiers) > 20 {
		c.add("tiers", "must have 1 to 20 tiers")
	}
	r.Retry.check(&c)
	r.Parameters.check(&c)
	checkTargets(&c, "fallback.context_overflow", r.Fallback.ContextOverflow, 20)
	checkTargets(&c, "fallback.content_policy", r.Fallback.ContentPolicy, 20)
	for _, target := range slices.Concat(r.Fallback.ContextOverflow, r.Fallback.ContentPolicy) {
		if target.Weight != 0 {
			c.add("fallback", "takes no weight: its targets are asked in the order listed")
		}
	}
	for i := range r.Tiers {
		r.Tiers[i].check(&c, fmt.Sprintf("tiers[%d]", i))
	}
	return c.problems
}

func (r *Retry) check(c *checker) {
	c.between("retry.tries_per_tier", int64(r.TriesPerTier), 1, 20)
	c.between("retry.budget_percent", int64(r.BudgetPercent), 1, 100)
	c.between("retry.again_first_ms", r.AgainFirstMs, 1, 60_000)
	c.between("retry.again_most_ms", r.AgainMostMs, 1, 60_000)
}

func (t *Tier) check(c *checker, at string) {
	c.oneOf(at+".kind", t.Kind, "", TierTargets, TierCache, TierHold, TierDeferred, TierScripted)
	c.oneOf(at+".strategy", t.Strategy, append([]string{""}, Strategies()...)...)
	t.checkShare(c, at)
	kind := t.Kind
	if kind == "" {
		kind = TierTargets
	}
	for _, row := range []struct {
		field, kind string
		set         bool
	}{
		{"strategy", TierTargets, t.Strategy != ""},
		{"targets", TierTargets, len(t.Targets) > 0},
		{"fresh_s", TierCache, t.FreshSeconds != 0},
		{"stale_s", TierCache, t.StaleSeconds != 0},
		{"wait_ms", TierHold, t.WaitMs != 0},
		{"expire_s", TierDeferred, t.ExpireSeconds != 0},
		{"text", TierScripted, t.Text != ""},
	} {
		if row.set && row.kind != kind {
			c.add(at+"."+row.field, "goes with kind %s only", row.kind)
		}
	}
	t.checkKind(c, at, kind)
}

// checkShare checks which calls the tier takes, and what it tells them apart by.
// Whether the condition is one is found out where it is compiled.
func (t *Tier) checkShare(c *checker, at string) {
	c.text(at+".when", t.When, 1000)
	if t.When != "" && strings.TrimSpace(t.When) == "" {
		c.add(at+".when", "must not be blank")
	}
	c.between(at+".percent", int64(t.Percent), 1, 100)
	switch {
	case t.StickyBy == "" && t.Strategy == StrategySticky:
		c.add(at+".sticky_by", "is required with strategy sticky: user, app or header:NAME")
	case t.StickyBy == "":
	case t.Strategy != StrategySticky && t.Percent == 0:
		c.add(at+".sticky_by", "goes with strategy sticky or a percentage only")
	default:
		checkSticky(c, at+".sticky_by", t.StickyBy)
	}
}

func checkSticky(c *checker, at, by string) {
	name, header := strings.CutPrefix(by, StickyHeader)
	switch {
	case header && !headerRule.MatchString(name):
		c.add(at, "must name a header of 1 to 100 characters, such as header:X-Session-Id")
	case header && SecretHeader(name):
		c.add(at, "must not name a header that holds credentials")
	case !header && by != StickyUser && by != StickyApp:
		c.add(at, "must be user, app or header:NAME")
	}
}

func (t *Tier) checkKind(c *checker, at, kind string) {
	c.between(at+".fresh_s", t.FreshSeconds, 1, 31_536_000)
	c.between(at+".stale_s", t.StaleSeconds, 1, 31_536_000)
	c.between(at+".wait_ms", t.WaitMs, 10, 600_000)
	c.between(at+".expire_s", t.ExpireSeconds, 1, 2_592_000)
	c.text(at+".text", t.Text, 20_000)
	if kind == TierScripted && strings.TrimSpace(t.Text) == "" {
		c.add(at+".text", "is required: it is what callers get")
	}
	if kind != TierTargets {
		return
	}
	if len(t.Targets) == 0 {
		c.add(at+".targets", "must have 1 to 100 targets")
	}
	checkTargets(c, at+".targets", t.Targets, 100)
}

func checkTargets(c *checker, at string, targets []RouteTarget, most int) {
	if len(targets) > most {
		c.add(at, "must have at most %d targets", most)
	}
	for i, target := range targets {
		field := fmt.Sprintf("%s[%d]", at, i)
		c.name(field+".upstream", target.Upstream)
		if target.Model != "" {
			c.model(field+".model", target.Model)
		}
		c.between(field+".weight", int64(target.Weight), 1, 1000)
	}
}
