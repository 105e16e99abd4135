package hw

import "time"

// Event is something that happened and that a client may follow. Events are
// numbered by the bus; a client that lost its line resumes after its last Seq.
type Event struct {
	// Seq counts from 1 since the service started, without gaps per topic.
	Seq   int64     `json:"seq"`
	Topic Topic     `json:"topic"`
	At    time.Time `json:"at"`
	// Data is one of the payload types below, by topic.
	Data any `json:"data"`
}

// Topic names a stream of events.
type Topic string

// The topics and their payloads.
const (
	// TopicCalls carries *Call.
	TopicCalls Topic = "calls"
	// TopicConfig carries ConfigChanged.
	TopicConfig Topic = "config"
	// TopicHealth carries HealthChanged.
	TopicHealth Topic = "health"
	// TopicJobs carries Job.
	TopicJobs Topic = "jobs"
	// TopicDrills carries Drill.
	TopicDrills Topic = "drills"
	// TopicConsole carries ConsoleEvent, to the socket that made the call only.
	TopicConsole Topic = "console"
	// TopicTest carries TestEvent, to the socket that asked for the test only.
	TopicTest Topic = "test"
)

// ConfigChanged says that a new generation of configuration is in force.
type ConfigChanged struct {
	Generation int64  `json:"generation"`
	Actor      string `json:"actor"`
	Summary    string `json:"summary"`
}

// HealthState is the state of a target or of one of its scopes.
type HealthState string

// The states a target can show; the closed list of the health design, section 3.
const (
	HealthUnknown     HealthState = "unknown"
	HealthHealthy     HealthState = "healthy"
	HealthDegraded    HealthState = "degraded"
	HealthSuspect     HealthState = "suspect"
	HealthOpen        HealthState = "open"
	HealthProbing     HealthState = "probing"
	HealthRamp        HealthState = "ramp"
	HealthThrottled   HealthState = "throttled"
	HealthLoading     HealthState = "loading"
	HealthQuarantined HealthState = "quarantined"

	// These are an operator's word, not the upstream's doing.
	HealthDraining    HealthState = "draining"
	HealthMaintenance HealthState = "maintenance"
	HealthDisabled    HealthState = "disabled"
	// HealthEnabled is their end: it may be used again. How well it does, the
	// other states say.
	HealthEnabled HealthState = "enabled"
)

// ByOperator reports whether it is an operator's word that keeps calls away.
func (s HealthState) ByOperator() bool {
	return s == HealthDraining || s == HealthMaintenance || s == HealthDisabled
}

// HealthKindUpstream is the kind of a transition that a person made, or the end
// that they set to it: it concerns all targets of one upstream.
const HealthKindUpstream = "upstream"

// HealthChanged is one transition, told in words.
type HealthChanged struct {
	// Scope is the id of what changed: an endpoint, credential, model or target,
	// or an upstream that a person took out of use or back.
	Scope string `json:"scope"`
	// Kind says which of these it is, Name is what people call it: host and
	// port, a credential's name, upstream and model.
	Kind string `json:"kind" enum:"endpoint,credential,model,target,upstream"`
	Name string `json:"name"`
	// Upstreams are the names of those it concerns.
	Upstreams []string    `json:"upstreams" nullable:"false"`
	From      HealthState `json:"from"`
	To        HealthState `json:"to"`
	// Reason is the outcome class behind a state that is not healthy; may be empty.
	Reason Class `json:"reason,omitempty"`
	// NotBefore is when the next try may happen; zero when not applicable.
	NotBefore time.Time `json:"not_before,omitzero"`
	// Words is the transition as a sentence.
	Words string `json:"words"`
	// By is who set an operator's state; empty for what nobody did.
	By string `json:"by,omitempty" doc:"Who set it; absent for what nobody did"`
	// Drill is the id of the fire drill in whose calls alone it happened; empty
	// for what happened to everybody.
	Drill string `json:"drill,omitempty" doc:"Fire drill in whose calls alone it happened"`
}

// HealthEvent is a transition as the history keeps it.
type HealthEvent struct {
	// ID orders events; a later one is larger.
	ID int64     `json:"id" doc:"Number of the event; a later one is larger"`
	At time.Time `json:"at" doc:"When it happened"`
	HealthChanged
}

// HealthStrip is the last day of every upstream, told by its worst state in
// each step.
type HealthStrip struct {
	// Since is when the first step begins; StepS is the length of one in seconds.
	Since     time.Time       `json:"since" doc:"When the first step begins"`
	StepS     int             `json:"step_s" doc:"Length of a step in seconds"`
	Upstreams []UpstreamStrip `json:"upstreams" nullable:"false"`
	// Partial is true when there were more transitions than were looked at:
	// the oldest steps may then look better than they were.
	Partial bool `json:"partial,omitempty" doc:"There were too many transitions to look at them all"`
}

// UpstreamStrip is the last day of one upstream.
type UpstreamStrip struct {
	Upstream string `json:"upstream"`
	// States are the worst of each step, oldest first; empty where nothing is known.
	States []HealthState `json:"states" nullable:"false" doc:"Worst state of each step, oldest first; empty where nothing is known"`
}
