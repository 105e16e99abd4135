package hw

import "time"

// Provider is what the catalogue knows of an AI vendor or engine. A fact, not
// configuration.
type Provider struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Dialect is the outbound dialect, such as openai or anthropic.
	Dialect string `json:"dialect"`
	// Also maps further dialects that are spoken at the same address to the path
	// that is put behind it for them. Callers of such a dialect are passed
	// through; all others are translated to Dialect.
	Also map[string]string `json:"also,omitempty" doc:"Further dialects spoken at the same address, and the path behind it for each"`
	// BaseURL is the vendor's address; empty where each site has its own.
	BaseURL string `json:"base_url,omitempty"`
	// BaseTemplate is the form of such an address, with ${NAMES} to fill in; may
	// be empty.
	BaseTemplate string `json:"base_template,omitempty" doc:"Form of an address that each site has for itself, with ${NAMES} to fill in"`
	// AuthHeader and AuthScheme say how the key is sent, e.g. "Authorization"
	// and "Bearer"; an empty header means no key is sent.
	AuthHeader string `json:"auth_header,omitempty"`
	AuthScheme string `json:"auth_scheme,omitempty"`
	// TokenIssuer is who gives access tokens for a secret that lasts longer, one of
	// the TokenIssuer* constants; empty means that every secret is sent as it is.
	TokenIssuer string `json:"token_issuer,omitempty" enum:"google,entra" doc:"Who gives access tokens for a service account or a client; absent means that the secret is sent as it is"`
	// ModelsOf is the provider whose models and prices are this one's, too; empty
	// means that it has its own.
	ModelsOf string `json:"models_of,omitempty" doc:"Provider whose models and prices are this one's, too; absent means that it has its own"`
	// Local is true for engines that usually run on this machine or network.
	Local bool `json:"local,omitempty"`
	// Practice is true for the built-in simulator, whose answers are made up.
	Practice bool `json:"practice,omitempty"`
	// DocURL is the vendor's own page about its API.
	DocURL string `json:"doc_url,omitempty"`
	// Recorded is the month of the newest recorded answer of the provider that the
	// tests of its dialect read, such as 2026-08; empty without any. It comes with
	// the program: a catalogue file cannot say it.
	Recorded string `json:"recorded,omitempty" doc:"Month of the newest recorded answer that Headwater's tests read; absent without any"`
	// Verified is how it is known that the preset works: one of the Verified*
	// words; empty for the practice model. VerifiedAt is the day of the live checks
	// or the month of the recording; empty for neither. Written when providers are
	// listed.
	Verified   string `json:"verified,omitempty" enum:"live,recording,preset" doc:"How it is known that the preset works: live checks passed here, recorded answers are read by the tests, or the provider's documents alone; absent for the practice model"`
	VerifiedAt string `json:"verified_at,omitempty" doc:"Day of the live checks, or month of the newest recording; absent for neither" example:"2026-08"`
}

// Verify says how it is known that the preset works. live is when live checks
// passed at the provider's own address; zero for never.
func (p *Provider) Verify(live time.Time) {
	p.Verified, p.VerifiedAt = VerifiedPreset, ""
	switch {
	case p.Practice:
		p.Verified = "" // it is ours, and its answers are made up
	case !live.IsZero():
		p.Verified, p.VerifiedAt = VerifiedLive, live.UTC().Format(time.DateOnly)
	case p.Recorded != "":
		p.Verified, p.VerifiedAt = VerifiedRecording, p.Recorded
	}
}

// The issuers of access tokens.
const (
	// TokenIssuerGoogle takes the JSON key of a service account.
	TokenIssuerGoogle = "google"
	// TokenIssuerEntra takes an application of Microsoft Entra with its client secret.
	TokenIssuerEntra = "entra"
)

// TargetHealth is the state of one target as the administrator sees it.
type TargetHealth struct {
	TargetID   string      `json:"target_id"`
	Upstream   string      `json:"upstream"`
	Credential string      `json:"credential,omitempty"`
	Model      string      `json:"model"`
	State      HealthState `json:"state"`
	// Since is when the state began; zero means since the service started.
	Since time.Time `json:"since,omitzero"`
	// NotBefore is when the next try may happen; zero when not applicable.
	NotBefore time.Time `json:"not_before,omitzero"`
	// Reason is the outcome class behind a state that is not healthy; may be empty.
	Reason Class `json:"reason,omitempty"`
	// Words is the state as a sentence, e.g. "open since 14:02:11: 3 x
	// connection refused; next probe in 8 s".
	Words string `json:"words"`
	// InFlight is the number of attempts under way.
	InFlight int `json:"in_flight"`
	// FirstP95Ms is how long the first content takes for 95 of 100 calls; 0 while
	// too few are known.
	FirstP95Ms float64 `json:"first_p95_ms,omitempty" doc:"Time to the first content that 95 of 100 calls keep to; absent while too few are known"`
	// Asked are the attempts of the last hour, RateLimited those of them that
	// were answered with 429.
	Asked       int64 `json:"asked,omitempty" doc:"Attempts in the last hour"`
	RateLimited int64 `json:"rate_limited,omitempty" doc:"Those of them that were answered with 429"`
}

// UpstreamFigures is what its targets and keys say of one upstream.
type UpstreamFigures struct {
	Upstream string `json:"upstream"`
	// Keys are its credentials, KeysOff those of them that are switched off.
	Keys    int `json:"keys" doc:"Credentials it has"`
	KeysOff int `json:"keys_off,omitempty" doc:"Those of them that are switched off"`
	// FirstP95Ms is that of its slowest target; 0 while too few calls are known.
	FirstP95Ms float64 `json:"first_p95_ms,omitempty" doc:"Time to the first content that 95 of 100 calls keep to, of its slowest target; absent while too few are known"`
	// Asked and RateLimited are those of all its targets.
	Asked       int64 `json:"asked" doc:"Attempts in the last hour"`
	RateLimited int64 `json:"rate_limited,omitempty" doc:"Those of them that were answered with 429"`
}
