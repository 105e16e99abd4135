package hw

import (
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// The operator's states of a document that carries traffic.
const (
	StateEnabled  = "enabled"
	StateDisabled = "disabled"
	// StateDraining lets calls under way end and takes no new one.
	StateDraining = "draining"
	// StateMaintenance takes no call until a moment, or until a person says so.
	StateMaintenance = "maintenance"
)

// ProviderSimulator is the catalogue id of the built-in practice model.
const ProviderSimulator = "simulator"

// Upstream is something configured that traffic can be sent to: a provider's
// address with the keys in its credentials.
type Upstream struct {
	Meta
	// Name is what routes refer to.
	Name string `json:"name" doc:"Unique name that routes refer to" example:"openai"`
	// Title is shown to people; empty means Name.
	Title string `json:"title,omitempty" doc:"Shown to people; empty means the name"`
	// Provider is a catalogue id: it decides dialect, address and auth scheme.
	Provider string `json:"provider" doc:"Catalogue id of the provider, e.g. openai, anthropic, openai-compatible, simulator" example:"openai"`
	// BaseURL replaces the provider's address; required where the provider has none.
	BaseURL string `json:"base_url,omitempty" doc:"Address; empty means the provider's own" example:"https://api.openai.com/v1"`
	// State is enabled, draining, maintenance or disabled; empty means enabled.
	// All but enabled take no new call; their routes' next tiers answer.
	State string `json:"state,omitempty" enum:"enabled,draining,maintenance,disabled" doc:"Operator's state; empty means enabled"`
	// MaintenanceUntil ends maintenance by itself; zero means a person does.
	MaintenanceUntil time.Time `json:"maintenance_until,omitzero" doc:"When maintenance ends by itself; absent means when a person ends it"`
	// Local allows addresses on this machine or a private network. Default
	// false: only public addresses are dialled.
	Local bool `json:"local,omitempty" doc:"Allow an address on this machine or a private network"`
	// CACertificates are PEM certificates trusted in addition to the system's,
	// for this upstream only.
	CACertificates string   `json:"ca_certificates,omitempty" doc:"PEM certificates to trust for this upstream, beside the system's"`
	Timeouts       Timeouts `json:"timeouts,omitzero" doc:"Timeouts of one attempt"`
	// MaxInFlight bounds concurrent attempts per target. Zero means what a local
	// engine says that it works on at once, else 64.
	MaxInFlight int `json:"max_in_flight,omitempty" minimum:"0" maximum:"100000" doc:"Concurrent attempts per target; 0 means what a local engine says of itself, else 64"`
	// Health are the numbers of its breakers, Check its free checks.
	Health HealthPolicy `json:"health,omitzero" doc:"Numbers of the circuit breakers"`
	Check  HealthCheck  `json:"check,omitzero" doc:"Free checks: how it is asked whether it lives"`
}

// HealthPolicy are the numbers of the breakers of an upstream's targets. Zero
// means the default. Source of the defaults: the health design, section 3.
type HealthPolicy struct {
	// TripFailures in a row open a breaker. Default 3.
	TripFailures int `json:"trip_failures,omitempty" minimum:"0" maximum:"100" doc:"Failures in a row that open a breaker; 0 means 3"`
	// TripPercent is the share of successes in 30 s below which it opens, once
	// TripSamples outcomes are there. Defaults 50 and 5.
	TripPercent int `json:"trip_percent,omitempty" minimum:"0" maximum:"99" doc:"Percent of successes in 30 s below which a breaker opens; 0 means 50"`
	TripSamples int `json:"trip_samples,omitempty" minimum:"0" maximum:"10000" doc:"Outcomes that the percentage needs; 0 means 5"`
	// WaitFirstMs is the first wait of an open breaker; it doubles with each
	// trip up to WaitMostMs. Defaults 5000 and 60000.
	WaitFirstMs int64 `json:"wait_first_ms,omitempty" minimum:"0" maximum:"3600000" doc:"First wait of an open breaker, doubled with each trip; 0 means 5000"`
	WaitMostMs  int64 `json:"wait_most_ms,omitempty" minimum:"0" maximum:"3600000" doc:"Longest wait of an open breaker; 0 means 60000"`
	// RampMs is how long a recovered target takes to get all its calls. Default 30000.
	RampMs int64 `json:"ramp_ms,omitempty" minimum:"0" maximum:"3600000" doc:"From the first calls after recovery to all of them; 0 means 30000"`
	// SuspectAfterMs is the least silence of several streams at once that makes
	// a target suspect. Default 1000.
	SuspectAfterMs int64 `json:"suspect_after_ms,omitempty" minimum:"0" maximum:"600000" doc:"Silence of several calls at once that makes a target suspect, five times that for plain answers; 0 means 1000"`
	// HintMostMs bounds the wait that the upstream may ask for. Default 300000.
	HintMostMs int64 `json:"hint_most_ms,omitempty" minimum:"0" maximum:"86400000" doc:"Longest wait that the upstream may ask for; 0 means 300000"`
	// QuotaFirstMs is how long a credential rests that is out of credit, doubled
	// each time up to QuotaMostMs; AuthFirstMs and AuthMostMs are the same for one
	// that is refused. Defaults 15 min to 6 h, and 30 s to 10 min.
	QuotaFirstMs int64 `json:"quota_first_ms,omitempty" minimum:"0" maximum:"86400000" doc:"Rest of a credential that is out of credit, doubled each time; 0 means 900000"`
	QuotaMostMs  int64 `json:"quota_most_ms,omitempty" minimum:"0" maximum:"86400000" doc:"Longest rest of a credential that is out of credit; 0 means 21600000"`
	AuthFirstMs  int64 `json:"auth_first_ms,omitempty" minimum:"0" maximum:"86400000" doc:"Rest of a credential that is refused, doubled each time; 0 means 30000"`
	AuthMostMs   int64 `json:"auth_most_ms,omitempty" minimum:"0" maximum:"86400000" doc:"Longest rest of a credential that is refused; 0 means 600000"`
	// Probe is how a target that is out of use is tested while another one can
	// answer: call, copy or paid; empty means call. The last two cost what the
	// upstream asks for them, and spare the caller the wait for a test that fails.
	Probe string `json:"probe,omitempty" enum:"call,copy,paid" doc:"What tests a target that is out of use while another can answer: a call, a copy of one whose answer is thrown away, or a paid question of Headwater's own; empty means call"`
}

// The ways to test a target that is out of use.
const (
	// ProbeCall risks a caller's call: the default.
	ProbeCall = "call"
	// ProbeCopy sends a copy of a call, which is answered elsewhere meanwhile.
	ProbeCopy = "copy"
	// ProbePaid asks for one token as soon as the wait is over, with nobody's call.
	ProbePaid = "paid"
)

// The kinds of free check.
const (
	// CheckModels asks for the model list: the default. It also tests the credential.
	CheckModels = "models"
	// CheckConnect opens a connection, with TLS where the address has it.
	CheckConnect = "connect"
	// CheckHTTP asks for a path.
	CheckHTTP = "http"
	// CheckOff leaves the upstream to what its calls show.
	CheckOff = "off"
)

// HealthCheck is how an upstream is asked, at no cost, whether it lives: while
// it is out of use, or when nothing was heard of it for four intervals, at most
// a minute.
type HealthCheck struct {
	// Kind is models, connect, http or off; empty means models.
	Kind string `json:"kind,omitempty" enum:"models,connect,http,off" doc:"What is asked: the model list, a connection, a path or nothing; empty means models"`
	// Path is asked for by kind http, from the root of the address.
	Path string `json:"path,omitempty" doc:"Path that kind http asks for, from the root of the address" example:"/health"`
	// Status is the one that means well; zero means any 2xx.
	Status int `json:"status,omitempty" minimum:"0" maximum:"599" doc:"Status that means well; 0 means any 2xx"`
	// Contains is a text that the body must hold; empty means any.
	Contains string `json:"contains,omitempty" doc:"Text that the body must hold; empty means any"`
	// SlowMs is the time after which a good answer counts as bad; zero means never.
	SlowMs int64 `json:"slow_ms,omitempty" minimum:"0" maximum:"60000" doc:"Time after which a good answer counts as bad; 0 means never"`
	// IntervalMs is between two checks, give or take a tenth. Default 15000.
	IntervalMs int64 `json:"interval_ms,omitempty" minimum:"0" maximum:"3600000" doc:"Time between two checks, give or take a tenth; 0 means 15000"`
	// TimeoutMs bounds one check. Default 5000.
	TimeoutMs int64 `json:"timeout_ms,omitempty" minimum:"0" maximum:"60000" doc:"Bound on one check; 0 means 5000"`
	// Rise and Fall are the checks in a row that bring it back or take it out.
	// Defaults 2 and 3.
	Rise int `json:"rise,omitempty" minimum:"0" maximum:"100" doc:"Good checks in a row that bring it back; 0 means 2"`
	Fall int `json:"fall,omitempty" minimum:"0" maximum:"100" doc:"Bad checks in a row that take it out; 0 means 3"`
}

func (p *HealthPolicy) check(c *checker) {
	c.between("health.trip_failures", int64(p.TripFailures), 1, 100)
	c.between("health.trip_percent", int64(p.TripPercent), 1, 99)
	c.between("health.trip_samples", int64(p.TripSamples), 1, 10_000)
	c.between("health.wait_first_ms", p.WaitFirstMs, 10, 3_600_000)
	c.between("health.wait_most_ms", p.WaitMostMs, 10, 3_600_000)
	c.between("health.ramp_ms", p.RampMs, 10, 3_600_000)
	c.between("health.suspect_after_ms", p.SuspectAfterMs, 10, 600_000)
	c.between("health.hint_most_ms", p.HintMostMs, 10, 86_400_000)
	for _, row := range []struct {
		first, most    string
		least, longest int64
	}{
		{"health.quota_first_ms", "health.quota_most_ms", p.QuotaFirstMs, p.QuotaMostMs},
		{"health.auth_first_ms", "health.auth_most_ms", p.AuthFirstMs, p.AuthMostMs},
	} {
		c.between(row.first, row.least, 10, 86_400_000)
		c.between(row.most, row.longest, 10, 86_400_000)
		if row.longest != 0 && row.least > row.longest {
			c.add(row.most, "must not be less than %s", strings.TrimPrefix(row.first, "health."))
		}
	}
	c.oneOf("health.probe", p.Probe, "", ProbeCall, ProbeCopy, ProbePaid)
	if p.WaitMostMs != 0 && p.WaitFirstMs > p.WaitMostMs {
		c.add("health.wait_most_ms", "must not be less than wait_first_ms")
	}
}

func (h *HealthCheck) check(c *checker) {
	c.oneOf("check.kind", h.Kind, "", CheckModels, CheckConnect, CheckHTTP, CheckOff)
	if (h.Path != "") != (h.Kind == CheckHTTP) {
		c.add("check.path", "goes with kind http, which needs one")
	}
	if h.Path != "" && (!strings.HasPrefix(h.Path, "/") || len(h.Path) > 500 || strings.ContainsFunc(h.Path, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' })) {
		c.add("check.path", "must begin with / and hold only what a URL may")
	}
	if h.Kind == CheckConnect && (h.Status != 0 || h.Contains != "") {
		c.add("check.kind", "connect looks at no answer: leave status and contains out")
	}
	c.text("check.contains", h.Contains, 500)
	c.between("check.status", int64(h.Status), 200, 599)
	c.between("check.slow_ms", h.SlowMs, 1, 60_000)
	c.between("check.interval_ms", h.IntervalMs, 100, 3_600_000)
	c.between("check.timeout_ms", h.TimeoutMs, 10, 60_000)
	c.between("check.rise", int64(h.Rise), 1, 100)
	c.between("check.fall", int64(h.Fall), 1, 100)
}

// Timeouts bound one attempt at a target. Wall time in milliseconds; zero
// means the default. Source of the defaults: the health design, 4.1.
type Timeouts struct {
	// ConnectMs bounds DNS and TCP. Default 3000.
	ConnectMs int64 `json:"connect_ms,omitempty" minimum:"0" maximum:"60000" doc:"DNS and TCP connect; 0 means 3000"`
	// TLSMs bounds the TLS handshake. Default 5000.
	TLSMs int64 `json:"tls_ms,omitempty" minimum:"0" maximum:"60000" doc:"TLS handshake; 0 means 5000"`
	// FirstByteMs bounds the wait for the first content of a stream. A plain
	// answer, which comes only when it is complete, may take four times as
	// long. Default: three times what it takes for 95 of 100 calls, within
	// 5000 and 60000; 30000 until 50 calls are known, 120000 for models that
	// reason.
	FirstByteMs int64 `json:"first_byte_ms,omitempty" minimum:"0" maximum:"900000" doc:"Wait for the first content of a stream, four times that for a plain answer; 0 means three times the usual"`
	// IdleMs bounds the silence between two pieces of an answer. Default 60000.
	IdleMs int64 `json:"idle_ms,omitempty" minimum:"0" maximum:"900000" doc:"Silence inside an answer; 0 means 60000"`
}

// Kind implements Document.
func (*Upstream) Kind() Kind { return KindUpstream }

// Label implements Document.
func (u *Upstream) Label() string { return u.Name }

// Validate implements Document.
func (u *Upstream) Validate() []Problem {
	var c checker
	c.name("name", u.Name)
	c.text("title", u.Title, 200)
	if u.Provider == "" {
		c.add("provider", "is required")
	}
	c.baseURL("base_url", u.BaseURL)
	c.oneOf("state", u.State, "", StateEnabled, StateDraining, StateMaintenance, StateDisabled)
	if !u.MaintenanceUntil.IsZero() && u.State != StateMaintenance {
		c.add("maintenance_until", "goes with state maintenance")
	}
	u.Health.check(&c)
	u.Check.check(&c)
	c.text("ca_certificates", u.CACertificates, 200_000)
	c.between("timeouts.connect_ms", u.Timeouts.ConnectMs, 10, 60_000)
	c.between("timeouts.tls_ms", u.Timeouts.TLSMs, 10, 60_000)
	c.between("timeouts.first_byte_ms", u.Timeouts.FirstByteMs, 10, 900_000)
	c.between("timeouts.idle_ms", u.Timeouts.IdleMs, 10, 900_000)
	c.between("max_in_flight", int64(u.MaxInFlight), 1, 100_000)
	return c.problems
}

// Credential is one key of an upstream's pool.
type Credential struct {
	Meta
	// Name is unique within the tenant.
	Name string `json:"name" doc:"Unique name" example:"openai-main"`
	// Upstream is the name of the upstream this key is for.
	Upstream string `json:"upstream" doc:"Name of the upstream" example:"openai"`
	// Sealed is the encrypted secret, written by the admin use case; it never
	// leaves the service.
	Sealed string `json:"sealed,omitempty" hidden:"true"`
	// Last4 are the last four characters of the secret, for recognition.
	Last4 string `json:"last4,omitempty" readOnly:"true" doc:"Last four characters of the secret"`
	// Weight is this key's share of the upstream's calls. Zero means 1.
	Weight int `json:"weight,omitempty" minimum:"0" maximum:"1000" doc:"Share of the upstream's calls; 0 means 1"`
	// RequestsPerMinute and TokensPerMinute are limits of our own, kept before the
	// vendor has to refuse. Zero means none.
	RequestsPerMinute int64 `json:"requests_per_minute,omitempty" minimum:"0" maximum:"10000000" doc:"Most requests with this key within a minute; 0 means no limit of our own"`
	TokensPerMinute   int64 `json:"tokens_per_minute,omitempty" minimum:"0" maximum:"1000000000000" doc:"Most tokens with this key within a minute, in and out together, known when an answer is there; 0 means no limit of our own"`
	// ExpiresAt is when the vendor ends the key; zero means never.
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"When the key ends: it is not used from then on; absent means never"`
	// State is enabled or disabled; empty means enabled.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
}

// Kind implements Document.
func (*Credential) Kind() Kind { return KindCredential }

// Label implements Document.
func (d *Credential) Label() string { return d.Name }

// Validate implements Document.
func (d *Credential) Validate() []Problem {
	var c checker
	c.name("name", d.Name)
	c.name("upstream", d.Upstream)
	c.between("weight", int64(d.Weight), 1, 1000)
	c.between("requests_per_minute", d.RequestsPerMinute, 1, 10_000_000)
	c.between("tokens_per_minute", d.TokensPerMinute, 1, 1_000_000_000_000)
	c.oneOf("state", d.State, "", StateEnabled, StateDisabled)
	if d.Sealed == "" {
		c.add("secret", "is required")
	}
	return c.problems
}

// Redact returns a document's JSON with sealed and hashed values removed, for
// answers, diffs, exports and the audit chain.
func Redact(body json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return json.RawMessage(`{}`)
	}
	maps.DeleteFunc(fields, func(key string, _ json.RawMessage) bool {
		return key == "sealed" || key == "password_hash"
	})
	out, err := json.Marshal(fields)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return out
}
