package hw

import (
	"fmt"
	"strings"
	"time"
)

// Tenant is a team with its own apps, keys and members.
type Tenant struct {
	Meta
	// Name is the tenant's permanent name; documents refer to it.
	Name string `json:"name" doc:"Permanent unique name" example:"acme"`
	// Title is shown to people; empty means Name.
	Title string `json:"title,omitempty" doc:"Shown to people; empty means the name"`
	// ShowUpstreams lets answers to this tenant's apps name upstreams; without
	// it they are told apart as t1, t2. Default false.
	ShowUpstreams bool `json:"show_upstreams,omitempty" doc:"Name upstreams in answers; without it they are t1, t2"`
	// State is enabled or disabled; empty means enabled. The keys of a
	// disabled tenant are refused.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
}

// Kind implements Document.
func (*Tenant) Kind() Kind { return KindTenant }

// Label implements Document.
func (t *Tenant) Label() string { return t.Name }

// Validate implements Document.
func (t *Tenant) Validate() []Problem {
	var c checker
	c.name("name", t.Name)
	c.text("title", t.Title, 200)
	c.oneOf("state", t.State, "", StateEnabled, StateDisabled)
	if t.Tenant != "" {
		c.add("tenant", "must be empty: a tenant belongs to the installation")
	}
	return c.problems
}

// App is a program of a tenant that calls the gateway with its keys.
type App struct {
	Meta
	// Name is unique within the tenant.
	Name string `json:"name" doc:"Unique name within the tenant" example:"crm"`
	// Title is shown to people; empty means Name.
	Title string `json:"title,omitempty" doc:"Shown to people; empty means the name"`
	// Routes are the routes this app may ask for: exact names, or beginnings
	// with a trailing '*'. Empty means none; ["*"] means every route its
	// tenant may see.
	Routes []string `json:"routes" maxItems:"1000" nullable:"false" doc:"Routes the app may ask for; a trailing * matches a beginning; none when empty" example:"[\"*\"]"`
	// Criticality decides whose calls are served first when there is not enough
	// for all, and whose are refused first. Empty means critical.
	Criticality string `json:"criticality,omitempty" enum:"critical_plus,critical,sheddable_plus,sheddable" doc:"Who is served first when there is not enough for all; empty means critical"`
	// State is enabled or disabled; empty means enabled.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
}

// The criticalities, from the calls that are refused last to those that are
// refused first. Source: Google SRE, chapter 21.
const (
	CriticalPlus  = "critical_plus"
	Critical      = "critical"
	SheddablePlus = "sheddable_plus"
	Sheddable     = "sheddable"
)

// Kind implements Document.
func (*App) Kind() Kind { return KindApp }

// Label implements Document.
func (a *App) Label() string { return a.Name }

// Validate implements Document.
func (a *App) Validate() []Problem {
	var c checker
	c.name("name", a.Name)
	c.text("title", a.Title, 200)
	c.oneOf("state", a.State, "", StateEnabled, StateDisabled)
	c.oneOf("criticality", a.Criticality, "", CriticalPlus, Critical, SheddablePlus, Sheddable)
	c.name("tenant", a.Tenant)
	if len(a.Routes) > 1000 {
		c.add("routes", "must have at most 1000 entries")
	}
	for i, pattern := range a.Routes {
		if base, prefix := strings.CutSuffix(pattern, "*"); !prefix || base != "" {
			c.model(fmt.Sprintf("routes[%d]", i), base)
		}
	}
	return c.problems
}

// Key is one secret of an app. The secret itself is shown once, on creation;
// only its SHA-256 is kept.
type Key struct {
	Meta
	// Name is unique within the tenant.
	Name string `json:"name" doc:"Unique name within the tenant" example:"crm-prod"`
	// App is the name of the app in the same tenant.
	App string `json:"app" doc:"Name of the app in the same tenant" example:"crm"`
	// SecretSHA256 is the lower-case hex SHA-256 of the whole key.
	SecretSHA256 string `json:"secret_sha256" doc:"SHA-256 of the whole key, hex"`
	// Last4 are the last four characters of the key, for recognition; may be
	// empty for a key that came as a hash.
	Last4 string `json:"last4,omitempty" maxLength:"4" doc:"Last four characters of the key"`
	// Drill scopes the key for fire drills: a drill may take its calls.
	Drill bool `json:"drill,omitempty" doc:"A fire drill may take the calls of this key"`
	// ExpiresAt is when the key stops working; zero means never.
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"When the key stops working; absent means never"`
	// State is enabled or disabled; empty means enabled.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
}

// Kind implements Document.
func (*Key) Kind() Kind { return KindKey }

// Label implements Document.
func (k *Key) Label() string { return k.Name }

// Validate implements Document.
func (k *Key) Validate() []Problem {
	var c checker
	c.name("name", k.Name)
	c.name("app", k.App)
	c.name("tenant", k.Tenant)
	if !sha256Rule.MatchString(k.SecretSHA256) {
		c.add("secret_sha256", "must be 64 lower-case hex digits")
	}
	c.text("last4", k.Last4, 4)
	c.oneOf("state", k.State, "", StateEnabled, StateDisabled)
	return c.problems
}

// Member is a person who signs in.
type Member struct {
	Meta
	// Name is what the person signs in with.
	Name string `json:"name" doc:"Sign-in name" example:"root"`
	// Title is shown to people; empty means Name.
	Title string `json:"title,omitempty" doc:"Shown to people; empty means the name"`
	// Role decides the permissions.
	Role Role `json:"role" enum:"administrator,viewer" doc:"Role"`
	// PasswordHash is the argon2id hash; it never leaves the service.
	PasswordHash string `json:"password_hash,omitempty" hidden:"true"`
	// State is enabled or disabled; empty means enabled.
	State string `json:"state,omitempty" enum:"enabled,disabled" doc:"Operator's state; empty means enabled"`
}

// Kind implements Document.
func (*Member) Kind() Kind { return KindMember }

// Label implements Document.
func (m *Member) Label() string { return m.Name }

// Validate implements Document.
func (m *Member) Validate() []Problem {
	var c checker
	c.name("name", m.Name)
	c.text("title", m.Title, 200)
	c.oneOf("role", string(m.Role), string(RoleAdministrator), string(RoleViewer))
	c.oneOf("state", m.State, "", StateEnabled, StateDisabled)
	if m.PasswordHash == "" {
		c.add("password", "is required")
	}
	return c.problems
}

// Setting is the installation's settings; there is one, named "installation".
type Setting struct {
	Meta
	Name string `json:"name" enum:"installation" doc:"Always installation"`
	// CallRetentionDays is how long calls are kept, in whole days. Zero means 30.
	CallRetentionDays int `json:"call_retention_days,omitempty" minimum:"0" maximum:"3650" doc:"Days calls are kept; 0 means 30"`
	// AllowedHosts are host names, without port, by which callers may address
	// the data listener, beside its own addresses and localhost.
	AllowedHosts []string `json:"allowed_hosts,omitempty" maxItems:"100" doc:"Host names by which callers may address the gateway, beside its own addresses"`
	// MaxCalls bounds the calls under way. Zero means what memory and open
	// files allow.
	MaxCalls int `json:"max_calls,omitempty" minimum:"0" maximum:"1000000" doc:"Calls under way at once; 0 means what memory and open files allow"`
	// QueueCalls and QueueMs bound the calls that wait for a place at a full
	// target, by number and time. Defaults 1000 and 10000.
	QueueCalls int   `json:"queue_calls,omitempty" minimum:"0" maximum:"100000" doc:"Calls that may wait for a place at a full target; 0 means 1000"`
	QueueMs    int64 `json:"queue_ms,omitempty" minimum:"0" maximum:"600000" doc:"Longest wait for a place at a full target; 0 means 10000"`
	// FetchMedia lets the gateway fetch images and PDF documents that a request
	// names by a public address, for upstreams that take data only. Off, such
	// requests are refused.
	FetchMedia bool `json:"fetch_media,omitempty" doc:"Fetch images and PDF documents by their address for upstreams that take data only: from public addresses, at most 10 MiB each"`
}

// SettingName is the name of the one settings document.
const SettingName = "installation"

// Kind implements Document.
func (*Setting) Kind() Kind { return KindSetting }

// Label implements Document.
func (s *Setting) Label() string { return s.Name }

// Validate implements Document.
func (s *Setting) Validate() []Problem {
	var c checker
	c.oneOf("name", s.Name, SettingName)
	c.between("call_retention_days", int64(s.CallRetentionDays), 1, 3650)
	c.between("max_calls", int64(s.MaxCalls), 1, 1_000_000)
	c.between("queue_calls", int64(s.QueueCalls), 1, 100_000)
	c.between("queue_ms", s.QueueMs, 1, 600_000)
	if len(s.AllowedHosts) > 100 {
		c.add("allowed_hosts", "must have at most 100 entries")
	}
	for i, host := range s.AllowedHosts {
		if host == "" || len(host) > 253 || strings.ContainsAny(host, ":/ *") || host != strings.ToLower(host) {
			c.add(fmt.Sprintf("allowed_hosts[%d]", i), "must be a lower-case host name without port")
		}
	}
	return c.problems
}
