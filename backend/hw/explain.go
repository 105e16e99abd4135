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
	// Targets are all targets of the route: first those that would be asked, in
	// order, then the others.
	Targets []ExplainedTarget `json:"targets" nullable:"false" doc:"Those that would be asked, in order, then the others"`
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
	Share float64     `json:"share" doc:"Part of its tier's calls while all of it is well, 0 to 1"`
	State HealthState `json:"state" doc:"State of health"`
	// Probe is true when the call would be the test of a target that is not well.
	Probe bool `json:"probe,omitempty" doc:"True when the call would test this target"`
	// Reason is the outcome class behind a state that is not healthy; may be empty.
	Reason Class `json:"reason,omitempty" doc:"Outcome class behind the state"`
	// Since is when the state began; zero when it was never anything else.
	Since time.Time `json:"since,omitzero" doc:"When the state began"`
	// NotBefore is when the next try may happen; zero when it may be asked now.
	NotBefore time.Time `json:"not_before,omitzero" doc:"When the next try may happen"`
	Words     string    `json:"words" doc:"State as a sentence"`
}
