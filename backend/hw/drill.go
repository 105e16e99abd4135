package hw

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// DrillFault is a fault that a fire drill can inject.
type DrillFault string

// The faults of an upstream.
const (
	DrillRefused   DrillFault = "refused"
	DrillDNS       DrillFault = "dns"
	DrillBlackhole DrillFault = "blackhole" // silence until the call gives up
	// DrillTLSExpired is a certificate whose time is over.
	DrillTLSExpired     DrillFault = "tls_expired"
	DrillSlowConnect    DrillFault = "slow_connect"
	DrillSlowFirstToken DrillFault = "slow_first_token"
	DrillRate           DrillFault = "rate"
	DrillQuota          DrillFault = "quota"
	DrillRevokedKey     DrillFault = "revoked_key"
	DrillError500       DrillFault = "error_500"
	DrillOverloaded503  DrillFault = "overloaded_503"
	DrillOverloaded529  DrillFault = "overloaded_529"
	// DrillHTML is a proxy's page where an answer was expected.
	DrillHTML       DrillFault = "html"
	DrillBadJSON    DrillFault = "bad_json"
	DrillErrorIn200 DrillFault = "error_in_200"
	// DrillStall and DrillCut let an answer begin and then fall silent or break off.
	DrillStall DrillFault = "stall"
	DrillCut   DrillFault = "cut"
	// DrillFlapping refuses for a while and is well for as long, in turn.
	DrillFlapping DrillFault = "flapping"
)

// The faults of this machine; no upstream has them.
const (
	// DrillDiskFull lets nothing be written to the call log.
	DrillDiskFull DrillFault = "disk_full"
	// DrillDatabaseLocked lets nothing be written to the database.
	DrillDatabaseLocked DrillFault = "database_locked"
)

// DrillFaults are all faults, in the order in which they are shown.
func DrillFaults() []DrillFault {
	return []DrillFault{
		DrillRefused, DrillDNS, DrillBlackhole, DrillTLSExpired, DrillSlowConnect, DrillSlowFirstToken,
		DrillRate, DrillQuota, DrillRevokedKey, DrillError500, DrillOverloaded503, DrillOverloaded529,
		DrillHTML, DrillBadJSON, DrillErrorIn200, DrillStall, DrillCut, DrillFlapping,
		DrillDiskFull, DrillDatabaseLocked,
	}
}

// OfMachine reports whether a fault is this machine's, not an upstream's.
func (f DrillFault) OfMachine() bool { return f == DrillDiskFull || f == DrillDatabaseLocked }

// The defaults of a drill and its longest time.
const (
	DrillDelayMs       = 5000
	DrillFlapS         = 10
	DrillDurationS     = 60
	DrillMostS         = 900
	DrillServedPercent = 99
)

// DrillSpec asks for a fire drill: a rehearsed fault in real traffic. Zero
// means the default everywhere.
type DrillSpec struct {
	// Upstreams are the names of those the fault is injected at.
	Upstreams []string `json:"upstreams,omitempty" maxItems:"100" doc:"Names of the upstreams that the fault is injected at; none with all_cloud"`
	// AllCloud injects it at every upstream that is not local.
	AllCloud bool `json:"all_cloud,omitempty" doc:"Inject it at every upstream that is not local"`
	// Model limits it to one model of those upstreams; empty means all.
	Model string     `json:"model,omitempty" doc:"Limit it to one model of these upstreams; empty means all"`
	Fault DrillFault `json:"fault" enum:"refused,dns,blackhole,tls_expired,slow_connect,slow_first_token,rate,quota,revoked_key,error_500,overloaded_503,overloaded_529,html,bad_json,error_in_200,stall,cut,flapping,disk_full,database_locked" doc:"What is injected" example:"refused"`
	// Percent is the share of the attempts in scope that the fault hits.
	Percent int `json:"percent,omitempty" minimum:"0" maximum:"100" doc:"Share of the attempts in scope that the fault hits; 0 means 100"`
	// DelayMs is how late slow_connect and slow_first_token are. Default 5000.
	DelayMs int64 `json:"delay_ms,omitempty" minimum:"0" maximum:"600000" doc:"Delay of slow_connect and slow_first_token; 0 means 5000"`
	// RetryAfterS is the hint that rate, quota and overloaded give. Zero means none.
	RetryAfterS int64 `json:"retry_after_s,omitempty" minimum:"0" maximum:"3600" doc:"Seconds that rate, quota and overloaded ask to wait for; 0 means that they do not say"`
	// FlapS is how long flapping refuses, and then how long it is well. Default 10.
	FlapS int64 `json:"flap_s,omitempty" minimum:"0" maximum:"900" doc:"Seconds that flapping refuses, and then is well for; 0 means 10"`
	// Scope says which calls take part.
	Scope DrillScope `json:"scope,omitzero" doc:"Which calls take part"`
	// DurationS is when it ends by itself. Default 60, 900 at most.
	DurationS int64 `json:"duration_s,omitempty" minimum:"0" maximum:"900" doc:"Seconds after which it ends by itself; 0 means 60"`
	// Note says what it is for; shown to people.
	Note string `json:"note,omitempty" doc:"What it is for"`
	// Objective is what the calls in scope must get for the drill to be passed.
	Objective DrillObjective `json:"objective,omitzero" doc:"What the calls must get for the drill to be passed"`
}

// DrillScope says which calls take part in a drill: those for which everything
// that is named here holds. It must name something.
type DrillScope struct {
	// Keys takes the calls with keys that are scoped for drills.
	Keys bool `json:"keys,omitempty" doc:"Calls with keys that are scoped for drills"`
	// Apps takes the calls of these apps, by name or by tenant/name.
	Apps []string `json:"apps,omitempty" maxItems:"100" doc:"Calls of these apps, by name or as tenant/app"`
	// Route and Tenant take the calls of one route or tenant, by name.
	Route  string `json:"route,omitempty" doc:"Calls of this route"`
	Tenant string `json:"tenant,omitempty" doc:"Calls of this tenant"`
	// CallPercent is the share of those calls. Default 100.
	CallPercent int `json:"call_percent,omitempty" minimum:"0" maximum:"100" doc:"Share of these calls; 0 means 100"`
}

// Names reports whether a scope names anything.
func (s *DrillScope) Names() bool {
	return s.Keys || len(s.Apps) > 0 || s.Route != "" || s.Tenant != ""
}

// DrillObjective is what a drill is passed by.
type DrillObjective struct {
	// ServedPercent is the least share of the calls in scope that must be
	// served. Default 99.
	ServedPercent float64 `json:"served_percent,omitempty" minimum:"0" maximum:"100" doc:"Least share of the calls that must be served; 0 means 99"`
	// AddedP99Ms is the most that 99 of 100 calls may wait longer than usual
	// for their first content. Zero means that it does not matter.
	AddedP99Ms float64 `json:"added_p99_ms,omitempty" minimum:"0" doc:"Most that 99 of 100 calls may wait longer than usual for their first content; 0 means that it does not matter"`
}

// Validate lists what is wrong with a drill; whether its names exist is not
// known here.
func (s *DrillSpec) Validate() []Problem {
	var c checker
	if !slices.Contains(DrillFaults(), s.Fault) {
		words := make([]string, 0, len(DrillFaults()))
		for _, fault := range DrillFaults() {
			words = append(words, string(fault))
		}
		c.oneOf("fault", string(s.Fault), words...)
	}
	s.checkTargets(&c)
	s.checkNumbers(&c)
	s.Scope.check(&c)
	if !s.Scope.Names() && !s.Fault.OfMachine() {
		c.add("scope", "must name whose calls take part: keys, apps, route or tenant")
	}
	c.text("note", s.Note, 500)
	return c.problems
}

// Unknown lists the names in a drill that known does not know. An empty tenant
// stands for any.
func (s *DrillSpec) Unknown(known func(kind Kind, tenant, name string) bool) (problems []Problem) {
	look := func(field string, kind Kind, tenant, name string) {
		if name != "" && !known(kind, tenant, name) {
			problems = append(problems, Problem{Field: field, Text: fmt.Sprintf("names %s %q, which does not exist", kind, name)})
		}
	}
	for _, name := range s.Upstreams {
		look("upstreams", KindUpstream, "", name)
	}
	for _, app := range s.Scope.Apps {
		tenant, name, both := strings.Cut(app, "/")
		if !both {
			tenant, name = "", app
		}
		look("scope.apps", KindApp, tenant, name)
	}
	look("scope.route", KindRoute, "", s.Scope.Route)
	look("scope.tenant", KindTenant, "", s.Scope.Tenant)
	return problems
}

func (s *DrillSpec) checkTargets(c *checker) {
	if s.Fault.OfMachine() {
		if len(s.Upstreams) > 0 || s.AllCloud || s.Model != "" || s.Percent != 0 {
			c.add("upstreams", "do not go with fault %s, which is this machine's: leave upstreams, all_cloud, model and percent out", s.Fault)
		}
		return
	}
	if named := len(s.Upstreams) > 0; named == s.AllCloud {
		c.add("upstreams", "must name at least one, or none with all_cloud")
	}
	if len(s.Upstreams) > 100 {
		c.add("upstreams", "must have at most 100 entries")
	}
	for _, name := range s.Upstreams {
		c.name("upstreams", name)
	}
	if s.Model != "" {
		c.model("model", s.Model)
	}
}

func (s *DrillSpec) checkNumbers(c *checker) {
	for _, row := range []struct {
		field string
		set   bool
		with  []DrillFault
	}{
		{"delay_ms", s.DelayMs != 0, []DrillFault{DrillSlowConnect, DrillSlowFirstToken}},
		{"retry_after_s", s.RetryAfterS != 0, []DrillFault{DrillRate, DrillQuota, DrillOverloaded503, DrillOverloaded529}},
		{"flap_s", s.FlapS != 0, []DrillFault{DrillFlapping}},
	} {
		if row.set && !slices.Contains(row.with, s.Fault) {
			c.add(row.field, "does not go with fault %s", s.Fault)
		}
	}
	c.between("percent", int64(s.Percent), 1, 100)
	c.between("delay_ms", s.DelayMs, 1, 600_000)
	c.between("retry_after_s", s.RetryAfterS, 1, 3600)
	c.between("flap_s", s.FlapS, 1, DrillMostS)
	c.between("duration_s", s.DurationS, 1, DrillMostS)
	// Written so that what is no number fails too.
	if !(s.Objective.ServedPercent >= 0 && s.Objective.ServedPercent <= 100) {
		c.add("objective.served_percent", "must be between 0 and 100")
	}
	if !(s.Objective.AddedP99Ms >= 0 && s.Objective.AddedP99Ms <= 3_600_000) {
		c.add("objective.added_p99_ms", "must be between 0 and 3600000")
	}
}

func (s *DrillScope) check(c *checker) {
	if len(s.Apps) > 100 {
		c.add("scope.apps", "must have at most 100 entries")
	}
	for _, app := range s.Apps {
		tenant, name, both := strings.Cut(app, "/")
		if both {
			c.name("scope.apps", tenant)
		} else {
			name = app
		}
		c.name("scope.apps", name)
	}
	if base, prefix := strings.CutSuffix(s.Route, "*"); base != "" || s.Route != "" && !prefix {
		c.model("scope.route", base)
	}
	if s.Tenant != "" {
		c.name("scope.tenant", s.Tenant)
	}
	c.between("scope.call_percent", int64(s.CallPercent), 1, 100)
}

// DrillState says where a drill stands.
type DrillState string

// The states of a drill. All but DrillRunning are final.
const (
	DrillRunning DrillState = "running"
	DrillEnded   DrillState = "ended"
	// DrillAborted was ended by a person, DrillAutoAborted by Headwater, to
	// protect the calls outside its scope.
	DrillAborted     DrillState = "aborted"
	DrillAutoAborted DrillState = "auto_aborted"
	DrillInterrupted DrillState = "interrupted" // the service stopped meanwhile
)

// Drill is a fire drill, running or over.
type Drill struct {
	ID        string     `json:"id" doc:"Identity of the drill"`
	Spec      DrillSpec  `json:"spec" doc:"What was asked for"`
	State     DrillState `json:"state" enum:"running,ended,aborted,auto_aborted,interrupted" doc:"Where it stands"`
	StartedBy string     `json:"started_by" doc:"Who started it"`
	StartedAt time.Time  `json:"started_at" doc:"When it started"`
	// EndsAt is when it ends by itself, EndedAt when it did end.
	EndsAt  time.Time `json:"ends_at" doc:"When it ends by itself"`
	EndedAt time.Time `json:"ended_at,omitzero" doc:"When it ended"`
	// Reason says why it ended; empty while it runs.
	Reason string `json:"reason,omitempty" doc:"Why it ended"`
	// Report is what was seen so far; absent where nothing was.
	Report *DrillReport `json:"report,omitempty" doc:"What was seen"`
}

// DrillReport is what a drill showed. A call is drilled when the fault hit one
// of its attempts, or when it was in scope on a route that the fault hit: while
// a breaker is open, the fault has nobody left to hit.
type DrillReport struct {
	// Calls are the drilled ones. Those that are neither Served nor Failed nor
	// Interrupted ended by their callers' own doing.
	Calls  int64 `json:"calls" doc:"Calls that took part"`
	Served int64 `json:"served" doc:"Those that were answered in full"`
	// ServedPercent is Served of those that Headwater could have served.
	ServedPercent float64 `json:"served_percent" doc:"Share of them, without those that ended by their callers' own doing"`
	Failed        int64   `json:"failed" doc:"Those that got an error"`
	Interrupted   int64   `json:"interrupted" doc:"Those whose answer broke off"`
	// UndrilledCalls took no part; UndrilledFailed of them failed or broke off.
	UndrilledCalls  int64 `json:"undrilled_calls" doc:"Calls outside the drill while it ran"`
	UndrilledFailed int64 `json:"undrilled_failed" doc:"Those of them that failed"`
	// Tiers says which tiers answered. A target that answers after a wait in a
	// hold tier counts for that one.
	Tiers []DrillTier `json:"tiers" nullable:"false" doc:"Tiers that answered; what came after a wait counts for the tier that held the call"`
	// Attempts are the upstream calls of the drilled calls.
	Attempts     int64   `json:"attempts" doc:"Upstream calls"`
	CallsPerCall float64 `json:"calls_per_call" doc:"Upstream calls for each call"`
	// The milliseconds to the first content of the calls that were served.
	// Baseline is that of the undrilled calls, from five minutes before the
	// drill to its end; 0 when there were none, and then Added is 0 too.
	P50Ms         float64 `json:"p50_ms" doc:"Half of the calls had their first content by then"`
	P99Ms         float64 `json:"p99_ms" doc:"99 of 100 calls had their first content by then"`
	BaselineP50Ms float64 `json:"baseline_p50_ms" doc:"The same of calls outside the drill, from five minutes before it"`
	BaselineP99Ms float64 `json:"baseline_p99_ms" doc:"The same of calls outside the drill, from five minutes before it"`
	AddedP50Ms    float64 `json:"added_p50_ms" doc:"Difference of the two"`
	AddedP99Ms    float64 `json:"added_p99_ms" doc:"Difference of the two"`
	// DetectMs is from the start until health took a drilled upstream out of
	// use, or throttled or suspected it; 0 when it never did.
	DetectMs int64 `json:"detect_ms" doc:"From the start until health took a drilled upstream out of use; 0 means never"`
	// RecoverMs is from the end until a drilled upstream served a call that
	// began after it; 0 when none did.
	RecoverMs int64 `json:"recover_ms" doc:"From the end until a drilled upstream served again; 0 means not yet or never"`
	TokensIn  int64 `json:"tokens_in" doc:"Input tokens of the drilled calls"`
	TokensOut int64 `json:"tokens_out" doc:"Output tokens of the drilled calls"`
	// Saw is what callers got.
	Saw []DrillSaw `json:"saw" nullable:"false" doc:"What callers got"`
	// HealthEvents are the transitions of the drilled upstreams, in words, each
	// with the time since the start.
	HealthEvents []string `json:"health_events" nullable:"false" doc:"What health did, in words"`
	// Passed is true when the drill ran its time and its objective was met.
	Passed bool `json:"passed" doc:"It ran its time and met its objective"`
	// Findings say what to change, each with its evidence.
	Findings []string `json:"findings" nullable:"false" doc:"What to change, with the evidence"`
}

// DrillTier counts the calls that one tier answered.
type DrillTier struct {
	// Tier counts from 1.
	Tier  int    `json:"tier" doc:"Number of the tier in its route, from 1"`
	Kind  string `json:"kind" doc:"Kind of the tier"`
	Calls int64  `json:"calls" doc:"Calls it answered"`
}

// DrillSaw counts the calls that ended alike for their callers.
type DrillSaw struct {
	// Status is the HTTP status; 0 stands for all further ones.
	Status int   `json:"status" doc:"HTTP status; 0 stands for all others"`
	Code   Code  `json:"code,omitempty" doc:"Error code; empty for an answer"`
	Calls  int64 `json:"calls" doc:"Calls"`
}
