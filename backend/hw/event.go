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
)

// HealthChanged is one transition, told in words.
type HealthChanged struct {
	// Scope is the id of what changed: an endpoint, credential, model or target.
	Scope string      `json:"scope"`
	From  HealthState `json:"from"`
	To    HealthState `json:"to"`
	// NotBefore is when the next try may happen; zero when not applicable.
	NotBefore time.Time `json:"not_before,omitzero"`
	// Words is the transition as a sentence.
	Words string `json:"words"`
}
