package hw

import "time"

// Class is the outcome class of an attempt; the closed list of the health design, section 2.
type Class string

// The outcome classes.
const (
	ClassOK            Class = "ok"
	ClassNeutral       Class = "neutral"
	ClassUnreachable   Class = "unreachable"
	ClassFailed        Class = "failed"
	ClassOverloaded    Class = "overloaded"
	ClassSlow          Class = "slow"
	ClassLoading       Class = "loading"
	ClassRate          Class = "rate"
	ClassQuota         Class = "quota"
	ClassAuth          Class = "auth"
	ClassNoModel       Class = "no_model"
	ClassContextLength Class = "context_overflow"
	ClassContentPolicy Class = "content_policy"
)

// Call is one finished client request as the call log keeps it. Written once,
// by the gateway's last step.
type Call struct {
	ID string `json:"id" doc:"Request id, also in the X-Request-Id header"`
	// StartedAt is when the request head had been read, UTC.
	StartedAt time.Time `json:"started_at"`
	Tenant    string    `json:"tenant,omitempty"`
	App       string    `json:"app,omitempty"`
	// KeyID is the id of the key document; empty when the key was not known.
	KeyID  string `json:"key_id,omitempty"`
	Client string `json:"client,omitempty" doc:"Caller's address without port"`
	// Dialect is the inbound dialect, e.g. openai; Endpoint its operation, e.g. chat.
	Dialect  string `json:"dialect,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	// Asked is the model as the caller wrote it; Route the route it led to.
	Asked  string `json:"asked,omitempty"`
	Route  string `json:"route,omitempty"`
	Stream bool   `json:"stream,omitempty"`
	// Upstream, Model and Tier name what answered; Tier counts from 1; 0 means nothing did.
	Upstream string `json:"upstream,omitempty"`
	Model    string `json:"model,omitempty"`
	Tier     int    `json:"tier,omitempty"`
	// Status is the HTTP status the caller got; 499 when the caller hung up first.
	Status int  `json:"status"`
	Code   Code `json:"code,omitempty" doc:"Error code; empty when the call was answered"`
	// Error is the text of the error as the caller saw it, plus its hidden cause.
	Error string `json:"error,omitempty"`
	// Interrupted is true when a stream had begun and could not be finished.
	Interrupted  bool  `json:"interrupted,omitempty"`
	TokensIn     int64 `json:"tokens_in,omitempty"`
	TokensOut    int64 `json:"tokens_out,omitempty"`
	TokensCached int64 `json:"tokens_cached,omitempty"`
	// TokensEstimated is true where the upstream that answered told no counts, or
	// only those of an answer's beginning. See Estimated.
	TokensEstimated bool `json:"tokens_estimated,omitempty" doc:"The upstream that answered told no counts: these are estimated"`
	// CostUSD is what all attempts cost together in US dollars, as far as the
	// catalogue has prices; 0 is nothing, or unknown.
	CostUSD  float64 `json:"cost_usd,omitempty" doc:"What all attempts cost together, in US dollars, at the prices of then; absent when nothing or unknown"`
	BytesIn  int64   `json:"bytes_in"`
	BytesOut int64   `json:"bytes_out"`
	// FirstByteMs is from start to the first content sent to the caller; 0 when none was.
	FirstByteMs float64 `json:"first_byte_ms,omitempty"`
	// TotalMs is from start to finish.
	TotalMs float64 `json:"total_ms"`
	// Dropped names what the target could not express.
	Dropped  string    `json:"dropped,omitempty"`
	Attempts []Attempt `json:"attempts" nullable:"false"`
}

// EndpointTest is the endpoint of a row that is no caller's: Headwater tested a
// target that was out of use, as its upstream is set to. Figures of calls leave
// it out.
const EndpointTest = "test"

// StepCondition is the Kind of a step that is no attempt: the condition of a
// tier could not be evaluated, so the tier was passed over.
const StepCondition = "condition"

// StepCapability is the Kind of a step that is no attempt: a target was passed
// over, because live checks found that it lacks what the call needs.
const StepCapability = "capability"

// Attempt is one try at one target inside a call.
type Attempt struct {
	// StartMs is the offset from the call's start.
	StartMs float64 `json:"start_ms"`
	// ConnectMs is the time to get a connection; 0 when one was reused.
	ConnectMs float64 `json:"connect_ms,omitempty"`
	// HeadMs is the time to the answer's head, FirstByteMs to its first content; 0 when none came.
	HeadMs      float64 `json:"head_ms,omitempty"`
	FirstByteMs float64 `json:"first_byte_ms,omitempty"`
	TotalMs     float64 `json:"total_ms"`
	Tier        int     `json:"tier"`
	Upstream    string  `json:"upstream"`
	Credential  string  `json:"credential,omitempty"`
	Model       string  `json:"model"`
	TargetID    string  `json:"target_id"`
	// Kind is the kind of a tier that is not targets: what it did stands here
	// like an attempt. Empty means targets.
	Kind string `json:"kind,omitempty" doc:"Kind of the tier where it is not targets: cache, hold, deferred, scripted; condition where the tier was passed over because its condition could not be evaluated; capability where a target was, because it was certified without what the call needs"`
	// Hedge is true for a second attempt beside one that was late.
	Hedge bool `json:"hedge,omitempty" doc:"A second attempt beside one that was late"`
	// Copy is true for a copy of the call that tested a target: it cost what it
	// cost, and answered nobody.
	Copy bool `json:"copy,omitempty" doc:"A copy of the call that tested a target and answered nobody"`
	// Drill is the fault that a drill injected; empty means none.
	Drill string `json:"drill,omitempty" doc:"Fault that a fire drill injected"`
	// Status is the upstream's HTTP status; 0 when there was no answer.
	Status int   `json:"status,omitempty"`
	Class  Class `json:"class"`
	// Cause says in words why the attempt ended so; for the log only.
	Cause string `json:"cause,omitempty"`
	// Probe is true when the attempt tested a target that was not healthy.
	Probe bool `json:"probe,omitempty"`
	// Tokens are what the upstream counted, also for a hedge that lost, or an
	// estimate; nil where nothing was answered, and where the upstream counts
	// nothing that could be estimated.
	Tokens *Tokens `json:"tokens,omitempty"`
	// CostUSD is what they cost at Price, the catalogue's price of that moment;
	// 0 and nil when there is none.
	CostUSD float64 `json:"cost_usd,omitempty"`
	Price   *Price  `json:"price,omitempty"`
}

// Tokens are the counts of one answer as OpenAI counts: In includes what was
// read from a cache and written to it, Out includes reasoning.
type Tokens struct {
	In         int64 `json:"in"`
	Out        int64 `json:"out"`
	CachedIn   int64 `json:"cached_in,omitempty"`
	CacheWrite int64 `json:"cache_write,omitempty"`
	Reasoning  int64 `json:"reasoning,omitempty"`
	// AudioIn and AudioOut are the tokens of sound, ImageIn and ImageOut those of
	// pictures, where the upstream counts them apart: parts of In and Out, and no
	// parts of the cached and the reasoning ones.
	AudioIn  int64 `json:"audio_in,omitempty" doc:"Tokens of sound among those in, where the upstream counts them apart"`
	AudioOut int64 `json:"audio_out,omitempty" doc:"Tokens of sound among those out, where the upstream counts them apart"`
	ImageIn  int64 `json:"image_in,omitempty" doc:"Tokens of pictures among those in, where the upstream counts them apart"`
	ImageOut int64 `json:"image_out,omitempty" doc:"Tokens of pictures among those out, where the upstream counts them apart"`
	// Seconds is the length of the sound that was heard, where that is counted.
	Seconds float64 `json:"seconds,omitempty" doc:"Length of the sound that was heard, where the upstream counts that"`
	// Estimated is true where the upstream told no counts, or broke off before it
	// told those of the output.
	Estimated bool `json:"estimated,omitempty" doc:"The upstream told no counts, or not all of them: these are estimated"`
}

// Cost sums up what the attempts cost.
func (c *Call) Cost() float64 {
	sum := 0.0
	for i := range c.Attempts {
		sum += c.Attempts[i].CostUSD
	}
	return sum
}

// Estimated reports whether the tokens of the attempt that answered are
// estimated: that is the last one which is no copy.
func (c *Call) Estimated() bool {
	for i := len(c.Attempts) - 1; i >= 0; i-- {
		if a := &c.Attempts[i]; !a.Copy {
			return a.Tokens != nil && a.Tokens.Estimated
		}
	}
	return false
}
