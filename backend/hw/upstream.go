package hw

import (
	"encoding/json"
	"maps"
)

// The operator's states of a document that carries traffic.
const (
	StateEnabled  = "enabled"
	StateDisabled = "disabled"
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
	// State is enabled or disabled; empty means enabled. Disabled takes no call.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
	// Local allows addresses on this machine or a private network. Default
	// false: only public addresses are dialled.
	Local bool `json:"local,omitempty" doc:"Allow an address on this machine or a private network"`
	// CACertificates are PEM certificates trusted in addition to the system's,
	// for this upstream only.
	CACertificates string   `json:"ca_certificates,omitempty" doc:"PEM certificates to trust for this upstream, beside the system's"`
	Timeouts       Timeouts `json:"timeouts,omitzero" doc:"Timeouts of one attempt"`
	// MaxInFlight bounds concurrent attempts per target. Zero means 64.
	MaxInFlight int `json:"max_in_flight,omitempty" minimum:"0" maximum:"100000" doc:"Concurrent attempts per target; 0 means 64"`
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
	// long. Default 30000.
	FirstByteMs int64 `json:"first_byte_ms,omitempty" minimum:"0" maximum:"900000" doc:"Wait for the first content of a stream, four times that for a plain answer; 0 means 30000"`
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
	c.oneOf("state", u.State, "", StateEnabled, StateDisabled)
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
