// Package health knows which targets can be used: it judges how an attempt
// ended, keeps a breaker for each endpoint, credential, model and target, and
// says when something that failed may be tried again.
//
// It deliberately does no I/O, starts no goroutine and reads no clock: time
// comes in as an argument, randomness by injection. It does not choose
// between targets and does not retry.
//
// Its one invariant: nothing is tried before the time an upstream asked us to
// wait for, and everything else always has a way back without a human.
package health

import (
	"time"

	"headwater/backend/hw"
)

// The numbers of the breaker.
const (
	tripConsecutive = 3                // counted failures in a row that open a breaker
	tripSamples     = 5                // outcomes the window needs before its ratio counts
	tripRatio       = 0.5              // a smaller share of successes opens a breaker
	waitFirst       = 5 * time.Second  // first wait; doubles with each trip
	waitMost        = 60 * time.Second // longest wait of our own making
	forgiveAfter    = time.Minute      // healthy time that takes one trip off the count
	rampTime        = 30 * time.Second // from the first share to all of it
	rampFirst       = 0.1              // share of traffic right after a successful probe
	probePace       = time.Second      // between two probes of one scope, whatever their outcome
	loadingWait     = 2 * time.Second  // between two looks at an engine that is loading
	hintMost        = 300 * time.Second
	hintLongest     = 24 * time.Hour // what is read of a hint, and the most that a policy may allow
	defaultInFlight = 64

	// A quarantined scope that stands between a call and its only answer is
	// tested at this pace instead of probePace: each test costs the account
	// a refused call.
	quarantinePace = 30 * time.Second
)

// The waits of a quarantine: the first one and the longest; each failed test
// doubles it.
const (
	quotaFirst = 15 * time.Minute
	quotaMost  = 6 * time.Hour
	authFirst  = 30 * time.Second
	authMost   = 10 * time.Minute
)

// Scope is what an outcome is charged to.
type Scope string

// The scopes, from wide to narrow; a fault is charged to the narrowest one
// that explains it.
const (
	ScopeNone       Scope = "none"
	ScopeEndpoint   Scope = "endpoint"
	ScopeCredential Scope = "credential"
	ScopeModel      Scope = "model"
	// ScopeTarget is one model under one credential: a rate limit or a model
	// that this account does not have.
	ScopeTarget Scope = "target"
)

// Target is the smallest thing that has health. Its ids are stable across
// changes of configuration.
type Target struct {
	// ID names the target itself.
	ID string
	// Endpoint is scheme, host and port: "https://api.example.com:443".
	Endpoint string
	// Credential is the credential's id; empty means none is needed.
	Credential string
	// Model is the upstream's id, "|" and its model. Nothing after the "|"
	// means that callers choose the model; then an unknown model is their
	// mistake and charged to nobody.
	Model string
	// MaxInFlight bounds concurrent attempts. Zero means what a local engine
	// says of itself, else 64.
	MaxInFlight int
	// Policy are the numbers of its breakers; nil means the defaults. The
	// scopes that targets share follow the one that was used last.
	Policy *Policy
	// FreeCheck is true when somebody makes free checks of this target: then
	// one comes before a call is risked as a test.
	FreeCheck bool
	// Operator takes the target out of use by a person's word: draining,
	// maintenance or disabled. Empty means it may be used.
	Operator hw.HealthState
	// OperatorUntil ends that by itself; zero means a person does.
	OperatorUntil time.Time
	// Expires is when its credential ends; zero means never.
	Expires time.Time
	// Allowance is what its credential may use by a limit of our own; nil means
	// that there is none.
	Allowance Allowance
}

// Allowance is a limit of our own. Safe for concurrent use.
type Allowance interface {
	// Until is when something is left; not after now when something is.
	Until(now time.Time) time.Time
	// Take uses one request; false when none is left.
	Take(now time.Time) bool
}

// out is the view of a target that is out of use whatever its health: by a
// person's word, or because its credential has ended or used up what it may.
func (t *Target) out(now time.Time) (View, bool) {
	if t.Operator != "" && (t.OperatorUntil.IsZero() || now.Before(t.OperatorUntil)) {
		return View{State: t.Operator, NotBefore: t.OperatorUntil, Hinted: true, Words: OperatorWords(t.Operator, t.OperatorUntil)}, true
	}
	if t.Expired(now) {
		return View{State: hw.HealthQuarantined, Since: t.Expires, Hinted: true, Reason: hw.ClassAuth, Words: expiredWords(t.Expires)}, true
	}
	if t.Allowance == nil {
		return View{}, false
	}
	until := t.Allowance.Until(now)
	if !until.After(now) {
		return View{}, false
	}
	return View{
		State: hw.HealthThrottled, NotBefore: until, Hinted: true, Reason: hw.ClassRate,
		Words: "the key's own limit is used up until " + until.Local().Format(time.TimeOnly),
	}, true
}

// Expired reports whether its credential has ended: then it is not asked again
// before it has another.
func (t *Target) Expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// use takes one request from what the credential may use.
func (t *Target) use(now time.Time) bool { return t.Allowance == nil || t.Allowance.Take(now) }

func (t *Target) bound() int32 {
	if t.MaxInFlight <= 0 {
		return defaultInFlight
	}
	return int32(min(t.MaxInFlight, 1<<30))
}

// View is the state of a target at one moment.
type View struct {
	State hw.HealthState
	// Usable is true when calls may be sent.
	Usable bool
	// Probe is true when the target is not usable but due for a test: one
	// call, begun with probe set, where another target can take over.
	Probe bool
	// Trickle is true when the target is not usable but may be tested ahead of
	// our own back-off because nothing else is usable either. Begin paces it.
	Trickle bool
	// NotBefore is when the next try may happen; zero when usable.
	NotBefore time.Time
	// Hinted is true when an upstream asked us to wait; nothing may run ahead
	// of that.
	Hinted bool
	// Share is the part of its usual traffic the target should get, 0 to 1;
	// below 1 while it recovers, 0 when not usable.
	Share float64
	// Suspect is true when calls wait for it and none hears anything.
	Suspect bool
	// Degraded is true when it is usable but fails noticeably.
	Degraded bool
	// Cold is true when a local engine has to load the model first.
	Cold bool
	// Full is true when the target has as many attempts under way as it may.
	Full bool
	// InFlight is the number of attempts under way.
	InFlight int
	// Since is when the state began; zero when it was never anything else.
	Since time.Time
	// Reason is the outcome class behind a state that is not healthy; may be
	// empty. Behind unknown it is that of the last failure; empty means that it
	// was not used yet.
	Reason hw.Class
	// Words is the state as a sentence, free of addresses and secrets.
	Words string
}
