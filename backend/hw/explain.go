package hw

import "time"

// Explanation says which targets a call would be offered to now, in order.
type Explanation struct {
	// Route is the name of the route that the model leads to; empty when none does.
	Route string `json:"route,omitempty" doc:"Route that the model leads to; absent when none does"`
	// OK is true when at least one target would be asked.
	OK bool `json:"ok" doc:"True when a target would be asked now"`
	// Code is why no target would be asked.
	Code  Code   `json:"code,omitempty" doc:"Why no target would be asked"`
	Words string `json:"words" doc:"What would happen, as a sentence"`
	// Tiers are all tiers of the route.
	Tiers []ExplainedTier `json:"tiers" nullable:"false" doc:"The tiers in order, and why the call passes some over"`
	// Targets are all targets of the route: first those that would be asked, in
	// order, then the others.
	Targets []ExplainedTarget `json:"targets" nullable:"false" doc:"Those that would be asked, in order, then the others"`
}

// Why a tier is passed over.
const (
	// PassedWhen says that its condition does not hold.
	PassedWhen = "when"
	// PassedPercent says that the call is not of the share that it takes.
	PassedPercent = "percent"
)

// ExplainedTier is one tier of the explained route, and whether the call may use it.
type ExplainedTier struct {
	Tier int `json:"tier" doc:"Tier, counting from 1"`
	// Kind and Strategy are never empty where they apply.
	Kind     string `json:"kind" doc:"What answers"`
	Strategy string `json:"strategy,omitempty" doc:"Order of its targets; for kind targets"`
	// Passed is why the call passes the tier over: PassedWhen or PassedPercent;
	// empty when it does not.
	Passed string `json:"passed,omitempty" enum:"when,percent" doc:"Why the call passes it over: its condition does not hold, or the call is not of its share; absent when it does not"`
	// Words says so as a sentence, with what is wrong with the condition.
	Words string `json:"words,omitempty" doc:"The reason as a sentence"`
	// Error is why the condition could not be evaluated; empty when it could.
	Error string `json:"error,omitempty" doc:"Why its condition could not be evaluated"`
}

// Sample is a call that is only thought of. What is empty is not known of it.
type Sample struct {
	// Model is the model as an app would write it; Tenant and App name the
	// caller, User the end user that the request names.
	Model, Tenant, App, User string
	// Endpoint empty means chat, Dialect empty means openai.
	Endpoint, Dialect string
	Stream            bool
	TokensIn          int64
	// Headers are lines such as "X-Tier: gold".
	Headers string
	// At is the moment of the call; zero means now.
	At time.Time
	// Needs are the capabilities that it needs beside what its endpoint and its
	// stream tell.
	Needs []Capability
}

// ConditionTest asks what a condition says to a call that is only thought of.
type ConditionTest struct {
	// When is the condition, in CEL.
	When   string
	Sample Sample
}

// ConditionResult is what a condition says.
type ConditionResult struct {
	// OK is true when the text is a condition.
	OK bool `json:"ok" doc:"True when the text is a condition"`
	// Holds is what it says to the sample.
	Holds bool `json:"holds" doc:"Whether it holds for the sample"`
	// Error is what is wrong with the text, or why it could not be evaluated;
	// Line and Column count from 1 and are zero where there is no place.
	Error  string `json:"error,omitempty" doc:"What is wrong with it, or why it could not be evaluated"`
	Line   int    `json:"line,omitempty" doc:"Line of what is wrong, from 1"`
	Column int    `json:"column,omitempty" doc:"Column of what is wrong, from 1"`
}

// ExplainedTarget is one target of the explained route.
type ExplainedTarget struct {
	// Order counts from 1 among those that would be asked; 0 means it would be skipped.
	Order      int    `json:"order" doc:"Place among those that would be asked, from 1; 0 means skipped"`
	Tier       int    `json:"tier" doc:"Tier, counting from 1"`
	Upstream   string `json:"upstream" doc:"Name of the upstream"`
	Credential string `json:"credential,omitempty" doc:"Name of the credential"`
	Model      string `json:"model,omitempty" doc:"The upstream's model"`
	// Share is the target's part of its tier's calls while all of it is well.
	Share float64 `json:"share" doc:"Part of its tier's calls while all of it is well, 0 to 1"`
	// FirstMs, InFlight and CostUSD are what the tier's strategy goes by:
	// latency and balanced by the first, balanced and busy by the second, cost
	// by the third. Zero or nil means unknown, or of no concern.
	FirstMs  float64     `json:"first_ms,omitempty" doc:"What its first content takes of late, for latency and balanced; absent when unknown"`
	InFlight int         `json:"in_flight,omitempty" doc:"Calls under way there, for busy and balanced"`
	CostUSD  *float64    `json:"cost_usd,omitempty" doc:"What the call would cost there, for cost; absent when unknown"`
	State    HealthState `json:"state" doc:"State of health"`
	// Probe is true when the call would be the test of a target that is not well.
	Probe bool `json:"probe,omitempty" doc:"True when the call would test this target"`
	// Reason is the outcome class behind a state that is not healthy; may be empty.
	Reason Class `json:"reason,omitempty" doc:"Outcome class behind the state"`
	// Since is when the state began; zero when it was never anything else.
	Since time.Time `json:"since,omitzero" doc:"When the state began"`
	// NotBefore is when the next try may happen; zero when it may be asked now.
	NotBefore time.Time `json:"not_before,omitzero" doc:"When the next try may happen"`
	Words     string    `json:"words" doc:"State as a sentence"`
	// Lacks are the capabilities that the call needs and live checks found
	// missing; empty for none. CertifiedAt is when that was, and LackWords say as
	// a sentence what comes of it; both zero without any.
	Lacks       []Capability `json:"lacks,omitempty" doc:"What the call needs and live checks found missing"`
	CertifiedAt time.Time    `json:"certified_at,omitzero" doc:"When live checks found that"`
	LackWords   string       `json:"lack_words,omitempty" doc:"What comes of what it lacks, as a sentence"`
	// PassedOver is true where the call passes the target over for it.
	PassedOver bool `json:"passed_over,omitempty" doc:"True when the call passes the target over for what it lacks"`
}
