package health

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// Phase is how far an attempt had come when it failed.
type Phase string

// The phases of an attempt.
const (
	PhaseConnect Phase = "connect" // name look-up, TCP, TLS: nothing was sent
	PhaseSend    Phase = "send"    // the request was being written
	PhaseHead    Phase = "head"    // the answer's head was awaited
	PhaseBody    Phase = "body"    // the answer had begun
)

// Timeout is the timer that ended an attempt.
type Timeout string

// The timers of an attempt.
const (
	TimeoutNone      Timeout = ""
	TimeoutConnect   Timeout = "connect"
	TimeoutTLS       Timeout = "tls"
	TimeoutFirstByte Timeout = "first_byte"
	TimeoutIdle      Timeout = "idle"
	// TimeoutSilent is for a call that was moved away from a suspect target.
	TimeoutSilent Timeout = "silent"
	// TimeoutDeadline is the call's own deadline: nobody's fault.
	TimeoutDeadline Timeout = "deadline"
)

// Facts is what is known of one finished attempt.
type Facts struct {
	// Status, Header and Detail describe the answer; Status 0 means none came.
	Status int
	Header map[string][]string
	Detail dialect.ErrorDetail
	// Err is the transport's error and Phase where it happened; nil when the
	// exchange itself went well.
	Err   error
	Phase Phase
	// Fault is an error, malformed or truncated answer inside a success.
	Fault *dialect.Fault
	// TimedOut is the timer that ended the attempt, if one did.
	TimedOut Timeout
	// CallerGone is true when the caller hung up; OwnCancel when we cancelled
	// the attempt ourselves.
	CallerGone, OwnCancel bool
	// Token is why there was no access token to send the request with; nil when
	// there was one, or none was needed.
	Token *TokenFailure
	// Cold is true when a local engine had to load the model for the attempt:
	// silence before the first content is then no failure.
	Cold bool
}

// TokenFailure is what kept an attempt from getting its access token.
type TokenFailure struct {
	// Refused is true where the issuer refused the credential itself.
	Refused bool
	// Words say what happened; they may be shown.
	Words string
}

// Retry is what may be done with the call after an attempt.
type Retry string

// The decisions.
const (
	// RetryNone means there is nothing to retry: the call was answered, or
	// nobody waits for it any more.
	RetryNone Retry = "none"
	// RetryNext means another target may answer.
	RetryNext Retry = "next"
	// RetrySame means as RetryNext, and where there is no other target the
	// same one may be asked again: nothing had been sent.
	RetrySame Retry = "same"
	// RetryNever means the answer is the caller's: every target would say so.
	RetryNever Retry = "never"
)

// Outcome is the judgement of one attempt.
type Outcome struct {
	Class hw.Class
	// Scope is what the outcome is charged to.
	Scope Scope
	// Counted is true when the outcome is a sample for the breaker.
	Counted bool
	// Hint is how long the upstream asked us to wait; zero means it did not.
	Hint time.Duration
	// Quarantine is true when only a repair or time can help.
	Quarantine bool
	Retry      Retry
	// Cause says why in words, for the log. It holds no addresses and none of
	// the upstream's prose, which may quote keys or prompts.
	Cause string
	// App and Print tell who asked what, for the poison guard: a hash each.
	// Zero means that nobody said; such a request counts as unlike any other.
	App, Print uint64
}

// effect is the part of an outcome that follows from its class alone.
type effect struct {
	scope      Scope
	counted    bool
	hinted     bool // the upstream's hint is honoured
	quarantine bool
	retry      Retry
}

// effects is the table of outcome classes.
func effects(class hw.Class) effect {
	switch class {
	case hw.ClassOK:
		return effect{scope: ScopeNone, counted: true, retry: RetryNone}
	case hw.ClassUnreachable:
		return effect{scope: ScopeEndpoint, counted: true, retry: RetryNext}
	case hw.ClassFailed, hw.ClassSlow:
		return effect{scope: ScopeModel, counted: true, retry: RetryNext}
	case hw.ClassOverloaded:
		return effect{scope: ScopeModel, counted: true, hinted: true, retry: RetryNext}
	case hw.ClassLoading:
		return effect{scope: ScopeModel, hinted: true, retry: RetryNext}
	case hw.ClassRate:
		return effect{scope: ScopeTarget, counted: true, hinted: true, retry: RetryNext}
	case hw.ClassQuota:
		return effect{scope: ScopeCredential, hinted: true, quarantine: true, retry: RetryNext}
	case hw.ClassAuth:
		return effect{scope: ScopeCredential, quarantine: true, retry: RetryNext}
	case hw.ClassNoModel:
		return effect{scope: ScopeTarget, quarantine: true, retry: RetryNext}
	case hw.ClassNeutral, hw.ClassContextLength, hw.ClassContentPolicy:
	}
	return effect{scope: ScopeNone, retry: RetryNever}
}

// Classify judges one attempt. It is the only place where blame is assigned.
func Classify(f Facts, now time.Time) Outcome {
	switch {
	case f.OwnCancel:
		return nobody("cancelled by Headwater")
	case f.CallerGone:
		return nobody("the caller hung up")
	case f.TimedOut == TimeoutDeadline:
		return nobody("the call's deadline was reached")
	case f.Token != nil:
		return tokenless(f.Token)
	case f.Status >= 300:
		// Says more than whatever happened to the rest of its body.
		class := byStatus(f.Status, f.Detail)
		return judge(class, f.Header, f.Detail, now, statusWords(f.Status, f.Detail))
	case f.TimedOut != TimeoutNone:
		return timedOut(f)
	case f.Fault != nil:
		return inAnswer(f, now)
	case f.Err != nil:
		return inTransport(f)
	case f.Status == 0:
		return nobody("the attempt ended without an answer or an error")
	}
	return answered(f, now)
}

// tokenless is an attempt that had no access token. An issuer that cannot be
// asked says nothing of the credential, and nothing of the upstream, which others
// may reach with a plain key.
func tokenless(t *TokenFailure) Outcome {
	if t.Refused {
		return judge(hw.ClassAuth, nil, dialect.ErrorDetail{}, time.Time{}, t.Words)
	}
	o := judge(hw.ClassUnreachable, nil, dialect.ErrorDetail{}, time.Time{}, t.Words)
	o.Scope = ScopeTarget
	return o
}

// nobody is the outcome that is charged to nobody and leaves nothing to do.
func nobody(cause string) Outcome {
	return Outcome{Class: hw.ClassNeutral, Scope: ScopeNone, Retry: RetryNone, Cause: cause}
}

// judge makes an outcome from its class, its words and the upstream's hints.
func judge(class hw.Class, header map[string][]string, detail dialect.ErrorDetail, now time.Time, cause string) Outcome {
	e := effects(class)
	o := Outcome{
		Class: class, Scope: e.scope, Counted: e.counted, Quarantine: e.quarantine, Retry: e.retry, Cause: cause,
	}
	if e.hinted {
		o.Hint = ParseHint(header, detail, now)
	}
	if class == hw.ClassRate && wholeCredential(header, detail) {
		o.Scope = ScopeCredential
	}
	return o
}

// answered is a success. One that says the limit is used up is followed by a
// pause, so that the next call is not the one that finds out.
func answered(f Facts, now time.Time) Outcome {
	o := Outcome{Class: hw.ClassOK, Scope: ScopeNone, Counted: true, Retry: RetryNone}
	if wait, spent := exhausted(f.Header, now); spent && wait > 0 {
		o.Scope, o.Hint, o.Cause = ScopeTarget, wait, "the answer said that no request is left"
		if wholeCredential(f.Header, dialect.ErrorDetail{}) {
			o.Scope = ScopeCredential
		}
	}
	return o
}

func timedOut(f Facts) Outcome {
	if f.Cold && (f.TimedOut == TimeoutFirstByte || f.TimedOut == TimeoutSilent) {
		return judge(hw.ClassLoading, nil, dialect.ErrorDetail{}, time.Time{}, "the engine is still loading the model")
	}
	switch f.TimedOut {
	case TimeoutConnect:
		return connecting("connecting took too long")
	case TimeoutTLS:
		return connecting("the TLS handshake took too long")
	case TimeoutIdle:
		return judge(hw.ClassSlow, nil, dialect.ErrorDetail{}, time.Time{}, "silence inside the answer")
	case TimeoutSilent:
		return judge(hw.ClassSlow, nil, dialect.ErrorDetail{}, time.Time{}, "silence, as for the other calls under way")
	case TimeoutNone, TimeoutFirstByte, TimeoutDeadline:
	}
	return judge(hw.ClassSlow, nil, dialect.ErrorDetail{}, time.Time{}, "no content in time")
}

// connecting is a failure before anything was sent.
func connecting(cause string) Outcome {
	o := judge(hw.ClassUnreachable, nil, dialect.ErrorDetail{}, time.Time{}, cause)
	o.Retry = RetrySame
	return o
}

// inAnswer judges what was found inside a success: the dialect's reading of
// it where there is one, the status it stands for where not.
func inAnswer(f Facts, now time.Time) Outcome {
	detail := f.Fault.Detail
	switch {
	case f.Fault.Truncated:
		return judge(hw.ClassFailed, nil, detail, now, "the stream ended without its proper end")
	case f.Fault.Malformed:
		return judge(hw.ClassFailed, nil, detail, now, "malformed answer")
	}
	class := hw.ClassFailed
	if detail.Reason != dialect.ReasonUnknown || detail.Status >= 400 {
		class = byStatus(detail.Status, detail)
	}
	return judge(class, f.Header, detail, now, "error inside the answer"+detailWords(detail))
}

func inTransport(f Facts) Outcome {
	if errors.Is(f.Err, context.Canceled) || errors.Is(f.Err, context.DeadlineExceeded) && f.Phase != PhaseConnect {
		// Upstream timers have a name of their own; a bare end of the context
		// is the call's.
		return nobody("the call ended")
	}
	cause, own := transportWords(f.Err)
	switch {
	case own:
		o := nobody(cause)
		o.Retry = RetryNext
		return o
	case f.Phase == PhaseConnect:
		return connecting(cause)
	case f.Phase == PhaseSend:
		// An upstream that refuses a large request closes before it has read
		// it, and its answer is lost: that says nothing about its health.
		o := nobody(cause + " while the request was sent")
		o.Retry = RetryNext
		return o
	case f.Phase == PhaseBody:
		return judge(hw.ClassFailed, nil, f.Detail, time.Time{}, "the answer broke off: "+cause)
	}
	return judge(hw.ClassUnreachable, nil, f.Detail, time.Time{}, cause+" before an answer")
}

// byStatus is the table of statuses. What the dialect could read from the
// error's own words goes before its number.
func byStatus(status int, detail dialect.ErrorDetail) hw.Class {
	// Those who give up waiting often call that an invalid request.
	if class, ok := byReason(detail.Reason); ok && (status != 408 || class != hw.ClassNeutral) {
		return class
	}
	switch status {
	case 304, 400, 405, 406, 409, 411, 412, 413, 414, 415, 416, 417, 422, 428, 431, 451, 499:
		return hw.ClassNeutral
	case 401, 403, 407:
		return hw.ClassAuth
	case 402:
		return hw.ClassQuota
	case 404, 410:
		return missing(detail)
	case 408:
		return hw.ClassSlow
	case 429:
		return rateOrQuota(detail)
	case 498, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530:
		// 498: Groq's "capacity exceeded"; 520-530: Cloudflare for an origin
		// that does not answer; 529: Anthropic's "overloaded".
		return hw.ClassOverloaded
	}
	if status/100 == 4 {
		return hw.ClassNeutral
	}
	return hw.ClassFailed // 5xx, and redirects, which are never followed
}

// byReason maps the dialect's reading to a class.
func byReason(reason dialect.Reason) (hw.Class, bool) {
	switch reason {
	case dialect.ReasonRate:
		return hw.ClassRate, true
	case dialect.ReasonQuota:
		return hw.ClassQuota, true
	case dialect.ReasonAuth:
		return hw.ClassAuth, true
	case dialect.ReasonNoModel:
		return hw.ClassNoModel, true
	case dialect.ReasonContextLength:
		return hw.ClassContextLength, true
	case dialect.ReasonContentPolicy:
		return hw.ClassContentPolicy, true
	case dialect.ReasonOverloaded:
		return hw.ClassOverloaded, true
	case dialect.ReasonLoading:
		return hw.ClassLoading, true
	case dialect.ReasonBadRequest:
		return hw.ClassNeutral, true
	case dialect.ReasonUnknown:
	}
	return "", false
}

// missing judges a 404 that does not name the model: in the dialect's words
// it is about something the caller referred to; without them no API lives at
// this address.
func missing(detail dialect.ErrorDetail) hw.Class {
	if detail.Type != "" || detail.Code != "" {
		return hw.ClassNeutral
	}
	return hw.ClassFailed
}

// rateOrQuota tells a limit that passes from an account that is spent.
func rateOrQuota(detail dialect.ErrorDetail) hw.Class {
	for _, word := range []string{detail.Code, detail.Type} {
		switch strings.ToLower(word) {
		case "insufficient_quota", "insufficient_balance", "billing_hard_limit_reached", "billing_not_active":
			return hw.ClassQuota
		}
	}
	return hw.ClassRate
}

func statusWords(status int, detail dialect.ErrorDetail) string {
	return "HTTP " + strconv.Itoa(status) + detailWords(detail)
}

// detailWords gives the error's code or type, cut and cleaned: it is the
// upstream's text.
func detailWords(detail dialect.ErrorDetail) string {
	word := detail.Code
	if word == "" {
		word = detail.Type
	}
	if word == "" || len(word) > 64 {
		return ""
	}
	for i := range len(word) {
		if c := word[i]; c <= ' ' || c > '~' {
			return ""
		}
	}
	return " " + word
}
