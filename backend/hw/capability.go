package hw

import "time"

// Capability is something a model behind an upstream can do or not, which
// routing goes by once it was tried.
type Capability string

// The capabilities that a call may need.
const (
	CapStream     Capability = "stream"
	CapTools      Capability = "tools"
	CapToolChoice Capability = "tool_choice"
	CapParallel   Capability = "parallel_tools"
	CapJSON       Capability = "json"
	CapSchema     Capability = "schema"
	CapVision     Capability = "vision"
	CapDocuments  Capability = "documents"
	CapReasoning  Capability = "reasoning"
	CapStop       Capability = "stop"
	CapEmbeddings Capability = "embeddings"
)

// CapabilitiesOf names capabilities by their words.
func CapabilitiesOf(words []string) []Capability {
	var all []Capability
	for _, word := range words {
		all = append(all, Capability(word))
	}
	return all
}

// CheckOutcome is how one live check went.
type CheckOutcome string

// The outcomes of a live check. Only CheckNo takes calls away from a target.
const (
	CheckYes CheckOutcome = "yes"
	CheckNo  CheckOutcome = "no"
	// CheckUnclear is a check that showed nothing: a timeout, a rate limit, an
	// upstream that broke.
	CheckUnclear CheckOutcome = "unclear"
	// CheckSkipped was not made: the check does not fit the dialect or the model,
	// or the run ended before it.
	CheckSkipped CheckOutcome = "skipped"
)

// CapabilityRecord is what live checks showed of one model behind one upstream.
// A measured fact with a date, not configuration.
type CapabilityRecord struct {
	ID string `json:"id" doc:"Identity of the record"`
	// UpstreamID is the upstream's identity; Upstream its name at that time.
	UpstreamID string `json:"upstream_id" doc:"Identity of the upstream"`
	Upstream   string `json:"upstream" doc:"Name of the upstream"`
	Provider   string `json:"provider" doc:"Catalogue id of the provider"`
	// Address is the base URL that was asked. A record of another address says
	// nothing of the upstream any more.
	Address    string `json:"address" doc:"Base URL that was asked"`
	Model      string `json:"model" doc:"Model that was asked"`
	Credential string `json:"credential,omitempty" doc:"Name of the key that was used; absent for none"`
	// Version is Headwater's own.
	Version string    `json:"version" doc:"Version of Headwater that made the checks"`
	At      time.Time `json:"at" doc:"When the run began"`
	TookMs  float64   `json:"took_ms" doc:"How long it took"`
	// Checks are in the order in which they were made.
	Checks []CapabilityCheck `json:"checks" nullable:"false" doc:"The single checks"`
	// Yes, No, Unclear and Skipped count them.
	Yes     int `json:"yes" doc:"Checks that passed"`
	No      int `json:"no" doc:"Checks that failed"`
	Unclear int `json:"unclear" doc:"Checks that showed nothing"`
	Skipped int `json:"skipped" doc:"Checks that were not made"`
	// Stopped is why the run ended before its end; empty when it did not.
	Stopped string `json:"stopped,omitempty" doc:"Why the run ended early"`
	// StoppedSaid is the same for other languages; nil also in records of earlier
	// versions.
	StoppedSaid []Said `json:"stopped_said,omitempty" doc:"Why the run ended early, as stable keys, sentence by sentence"`
	// Tokens and CostUSD are what all checks used; PriceKnown is false where the
	// catalogue has no price, so that CostUSD says nothing.
	Tokens     Tokens  `json:"tokens" doc:"Tokens that all checks used"`
	CostUSD    float64 `json:"cost_usd" doc:"What they cost in US dollars, at the price of then"`
	PriceKnown bool    `json:"price_known" doc:"False when the catalogue has no price for the model"`
	// Drift is what differs from the run before; empty without one.
	Drift []CapabilityDrift `json:"drift" nullable:"false" doc:"What differs from the run before"`
	// Before is when the run before began; zero without one.
	Before time.Time `json:"before,omitzero" doc:"When the run before began"`
}

// Whole reports whether the run came to its end. One that did not says nothing
// of the checks it left out, and does not stand in the place of one that did.
func (r *CapabilityRecord) Whole() bool { return r.Stopped == "" }

// CapabilityCheck is one live check.
type CapabilityCheck struct {
	// Name is stable, such as "tools.parallel".
	Name string `json:"name" doc:"Stable name of the check"`
	// Capability is what routing goes by; empty where the check is of no concern
	// to it.
	Capability Capability   `json:"capability,omitempty" doc:"Capability that routing goes by; absent where it does not"`
	Outcome    CheckOutcome `json:"outcome" enum:"yes,no,unclear,skipped" doc:"How it went"`
	Ms         float64      `json:"ms" doc:"How long it took"`
	// Words say what was seen, in a sentence.
	Words string `json:"words" doc:"What was seen"`
	// WordsSaid is the same for other languages; nil in records of earlier versions.
	WordsSaid []Said `json:"words_said,omitempty" doc:"What was seen, as stable keys, sentence by sentence"`
	// Seen is an excerpt of the upstream's answer, at most 500 bytes and without
	// secrets; empty when the check passed.
	Seen    string  `json:"seen,omitempty" doc:"Excerpt of the answer, where the check did not pass"`
	CostUSD float64 `json:"cost_usd,omitempty" doc:"What it cost in US dollars"`
}

// CapabilityDrift is a check whose outcome changed between yes and no.
type CapabilityDrift struct {
	Check  string       `json:"check" doc:"Name of the check"`
	Before CheckOutcome `json:"before" enum:"yes,no,unclear,skipped" doc:"How it went the time before"`
	After  CheckOutcome `json:"after" enum:"yes,no,unclear,skipped" doc:"How it went now"`
}

// CertifyInput says what is to be certified.
type CertifyInput struct {
	Model string `json:"model" minLength:"1" maxLength:"128" doc:"Model to ask, by the upstream's name for it"`
	// Credential is the name of the key to use; empty means the first in use.
	Credential string `json:"credential,omitempty" maxLength:"64" doc:"Name of the key to use; absent means the first that is in use"`
	// MaxCostUSD ends the run before a check that could go beyond it. Zero means
	// the estimate of the plan. Where no price is known it says nothing: the plan's
	// tokens are the bound then.
	MaxCostUSD float64 `json:"max_cost_usd,omitempty" minimum:"0" maximum:"1000" doc:"Most that the run may cost in US dollars; 0 means the plan's own bound. Where no price is known, the plan's tokens are the bound"`
}

// CertifyPlan says what a run would do, before anything is spent.
type CertifyPlan struct {
	Upstream   string `json:"upstream" doc:"Name of the upstream"`
	Model      string `json:"model" doc:"Model that would be asked"`
	Credential string `json:"credential,omitempty" doc:"Name of the key that would be used"`
	// Checks are the names of those that would be made, Skipped of those that do
	// not fit.
	Checks  []string `json:"checks" nullable:"false" doc:"Checks that would be made"`
	Skipped []string `json:"skipped" nullable:"false" doc:"Checks that do not fit the model or the dialect"`
	// Requests, TokensIn and TokensOut are the most that is sent and asked for.
	Requests  int   `json:"requests" doc:"Most requests to the upstream"`
	TokensIn  int64 `json:"tokens_in" doc:"Most tokens sent, estimated"`
	TokensOut int64 `json:"tokens_out" doc:"Most tokens asked for"`
	// MaxCostUSD is the most it costs at Price; nil where no price is known.
	MaxCostUSD *float64 `json:"max_cost_usd,omitempty" doc:"Most that it costs in US dollars; absent when no price is known"`
	Price      *Price   `json:"price,omitempty" doc:"Price in force; absent when none is known"`
	// Last is when the model was certified before; zero when never.
	Last time.Time `json:"last,omitzero" doc:"When it was certified before"`
}

// The ways to know that a provider's preset works.
const (
	// VerifiedLive: live checks passed here, with a key of this installation.
	VerifiedLive = "live"
	// VerifiedRecording: recorded answers of the provider are read without loss.
	VerifiedRecording = "recording"
	// VerifiedPreset: address and dialect are known from the provider's
	// documents, nothing more.
	VerifiedPreset = "preset"
)
