package hw

import (
	"errors"
	"fmt"
	"time"
)

// ErrUnknownKind is wrapped by errors about a kind that is not in the table.
var ErrUnknownKind = errors.New("unknown kind")

// Code is a stable error code, the same in answers, UI, CLI and log.
type Code string

// Blame says whose fault an error is; it decides who is told what to do.
type Blame string

// The parties an error can be charged to.
const (
	BlameCaller    Blame = "caller"
	BlameUpstream  Blame = "upstream"
	BlameHeadwater Blame = "headwater"
)

// The closed list of codes. One row each in the table below.
const (
	// Asking: the caller must change the request.
	CodeBadRequest      Code = "bad_request"
	CodeBadJSON         Code = "bad_json"
	CodeUnsupported     Code = "unsupported"
	CodeTooLarge        Code = "too_large"
	CodeHeaderTooLarge  Code = "header_too_large"
	CodeBodyTimeout     Code = "body_timeout"
	CodeNotFound        Code = "not_found"
	CodeMethod          Code = "method_not_allowed"
	CodeMisdirected     Code = "misdirected"
	CodeUnknownModel    Code = "unknown_model"
	CodeMissingKey      Code = "missing_key"
	CodeInvalidKey      Code = "invalid_key"
	CodeExpiredKey      Code = "expired_key"
	CodeForbidden       Code = "forbidden"
	CodeUnauthenticated Code = "unauthenticated"
	CodeRateLimited     Code = "rate_limited"
	CodeConflict        Code = "version_conflict"
	CodeTaken           Code = "taken"
	CodeInvalid         Code = "invalid"
	CodeInUse           Code = "in_use"
	CodeUpstreamRefused Code = "upstream_refused"
	// The two refusals of an upstream that clients act on: they say OpenAI's words.
	CodeContextLength Code = "context_length_exceeded"
	CodeContentPolicy Code = "content_policy_violation"
	CodeExpired       Code = "expired"
	// Serving: the upstreams could not.
	CodeNoHealthyUpstream Code = "no_healthy_upstream"
	CodeAllRateLimited    Code = "all_upstreams_rate_limited"
	CodeUpstreamAuth      Code = "upstream_credentials"
	CodeUpstreamQuota     Code = "upstream_quota"
	CodeUpstreamMalformed Code = "upstream_malformed"
	CodeUpstreamTimeout   Code = "upstream_timeout"
	CodeDeadline          Code = "deadline_exceeded"
	CodeStreamInterrupted Code = "stream_interrupted"
	// Reaching an upstream: what its test finds. Callers never get these, their
	// answer is one of those above.
	CodeUpstreamDNS         Code = "upstream_dns"
	CodeUpstreamAddress     Code = "upstream_address"
	CodeUpstreamTLS         Code = "upstream_tls"
	CodeUpstreamConnect     Code = "upstream_connect_timeout"
	CodeUpstreamUnreachable Code = "upstream_unreachable"
	CodeUpstreamNoModels    Code = "upstream_no_models"
	CodeUpstreamBroken      Code = "upstream_broken"
	// Ourselves.
	CodeOverloaded  Code = "overloaded"
	CodeUnavailable Code = "unavailable"
	CodeDiskFull    Code = "disk_full"
	CodeInternal    Code = "internal"
	CodeCanceled    Code = "canceled"
)

// CodeInfo is what the table knows of a code.
type CodeInfo struct {
	Code Code
	// Status is the HTTP status a caller gets.
	Status int
	Blame  Blame
	// Public is the HW-* name shown in UI, CLI and documents.
	Public string
	// Hint says what to do next, in words that are safe for any caller.
	Hint string
}

// CodeTable returns the closed list of codes, one row each.
func CodeTable() []CodeInfo {
	return []CodeInfo{
		{CodeBadRequest, 400, BlameCaller, "HW-REQ-400", "Correct the named field and send the request again."},
		{CodeBadJSON, 400, BlameCaller, "HW-REQ-JSON", "Send one JSON object with each field at most once."},
		{CodeUnsupported, 400, BlameCaller, "HW-REQ-UNSUPPORTED", "Leave the named part out, or ask for a model whose upstream offers it."},
		{CodeTooLarge, 413, BlameCaller, "HW-REQ-413", "Send a smaller request."},
		{CodeHeaderTooLarge, 431, BlameCaller, "HW-REQ-431", "Send fewer or smaller header fields; 32 KiB are the limit."},
		{CodeBodyTimeout, 408, BlameCaller, "HW-REQ-408", "Send the whole body without long pauses."},
		{CodeNotFound, 404, BlameCaller, "HW-REQ-404", "Check the path; the base URL usually ends in /v1."},
		{CodeMethod, 405, BlameCaller, "HW-REQ-405", "Use the method named in the Allow header."},
		{CodeMisdirected, 421, BlameCaller, "HW-REQ-421", "Use an address this gateway knows, or ask the administrator to allow this host name."},
		{CodeUnknownModel, 404, BlameCaller, "HW-MODEL-404", "List the models with GET /v1/models, or ask the administrator for a route."},
		{CodeMissingKey, 401, BlameCaller, "HW-KEY-MISSING", "Send the app's key as 'Authorization: Bearer hw_…'."},
		{CodeInvalidKey, 401, BlameCaller, "HW-KEY-401", "Check the key, or create a new one for the app."},
		{CodeExpiredKey, 401, BlameCaller, "HW-KEY-EXPIRED", "Create a new key for the app."},
		{CodeForbidden, 403, BlameCaller, "HW-PERM-403", "Ask the administrator for this permission."},
		{CodeUnauthenticated, 401, BlameCaller, "HW-AUTH-401", "Sign in again."},
		{CodeRateLimited, 429, BlameCaller, "HW-QUOTA-429", "Wait for the time in Retry-After."},
		{CodeConflict, 409, BlameCaller, "HW-VER-409", "Read the current version, then repeat the change on it."},
		{CodeTaken, 409, BlameCaller, "HW-NAME-409", "Choose another name."},
		{CodeInvalid, 422, BlameCaller, "HW-DOC-422", "Correct the named fields."},
		{CodeInUse, 409, BlameCaller, "HW-USE-409", "Remove what refers to it first."},
		{CodeUpstreamRefused, 400, BlameCaller, "HW-UP-400", "The upstream refused this request; its own words are in the message."},
		{CodeContextLength, 400, BlameCaller, "HW-UP-CONTEXT", "Send less, or ask for a model with a larger context window."},
		{CodeContentPolicy, 400, BlameCaller, "HW-UP-POLICY", "Change the request; the upstream's content policy does not allow it as it is."},
		{CodeExpired, 410, BlameCaller, "HW-DEFER-410", "Ask again; nothing could answer before the deferred call expired."},
		{CodeNoHealthyUpstream, 503, BlameUpstream, "HW-NO-UPSTREAM", "Try again after Retry-After; Headwater keeps probing."},
		{CodeAllRateLimited, 429, BlameUpstream, "HW-UP-429", "Try again after Retry-After."},
		{CodeUpstreamAuth, 502, BlameUpstream, "HW-UP-401", "The administrator must replace the upstream's credential."},
		{CodeUpstreamQuota, 502, BlameUpstream, "HW-UP-402", "The administrator must add credit to the upstream's account."},
		{CodeUpstreamMalformed, 502, BlameUpstream, "HW-UP-MALFORMED", "Try again; if it stays, the administrator should look at the upstream."},
		{CodeUpstreamTimeout, 504, BlameUpstream, "HW-UP-504", "Try again, or allow the call more time."},
		{CodeDeadline, 504, BlameUpstream, "HW-DEADLINE-504", "Try again, or allow the call more time."},
		{CodeStreamInterrupted, 502, BlameUpstream, "HW-UP-STREAM", "The answer is incomplete; ask again."},
		{CodeUpstreamDNS, 502, BlameUpstream, "HW-UP-DNS", "Check the spelling; on an air-gapped site use an address on your network."},
		{CodeUpstreamAddress, 502, BlameUpstream, "HW-UP-ADDRESS", "If it is an engine on your machine or network, mark the upstream as local."},
		{CodeUpstreamTLS, 502, BlameUpstream, "HW-UP-TLS", "Trust the certificate's issuer in the upstream, or correct the certificate, the port or the clock."},
		{CodeUpstreamConnect, 504, BlameUpstream, "HW-UP-TIMEOUT", "Check the address, the port and any firewall between."},
		{CodeUpstreamUnreachable, 502, BlameUpstream, "HW-UP-REFUSED", "Check that the engine is running and the port is right."},
		{CodeUpstreamNoModels, 502, BlameUpstream, "HW-UP-404", "Check the end of the base URL: most end in /v1."},
		{CodeUpstreamBroken, 502, BlameUpstream, "HW-UP-502", "Try again; if it stays, look at the upstream itself."},
		{CodeOverloaded, 503, BlameHeadwater, "HW-SHED-503", "Try again after Retry-After."},
		{CodeUnavailable, 503, BlameHeadwater, "HW-UNAVAILABLE-503", "Try again in a moment."},
		{CodeDiskFull, 503, BlameHeadwater, "HW-DISK", "Free space on the volume of the state directory; then it goes on by itself."},
		{CodeInternal, 500, BlameHeadwater, "HW-INT-500", "Report the request id to the administrator."},
		{CodeCanceled, 499, BlameCaller, "HW-REQ-499", "The caller closed the connection before the answer was complete."},
	}
}

// Info returns the table row of a code; an unlisted code is a bug and is
// reported as internal.
func (c Code) Info() CodeInfo {
	for _, row := range CodeTable() {
		if row.Code == c {
			return row
		}
	}
	return CodeInfo{CodeInternal, 500, BlameHeadwater, "HW-INT-500", "Report the request id to the administrator."}
}

// Error is what a caller may see: a code, a safe text and where it hurts. Its
// cause goes to the log only and never into an answer.
type Error struct {
	Code Code
	// Text says what happened, in words that are safe for the caller.
	Text string
	// Field is the path of the offending field, e.g. "messages[0].role"; may be empty.
	Field string
	// Hint overrides the table's next step; may be empty.
	Hint string
	// RetryAfter is when to try again; zero means unknown.
	RetryAfter time.Duration
	// Problems are the single findings behind CodeInvalid; may be empty.
	Problems []Problem
	// Status is the HTTP status it is told with; zero means the code's own.
	Status int
	cause  error
}

// HTTPStatus is the status that e is told with.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Code.Info().Status
}

// Errorf makes an Error from a code and a safe text.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Error gives code, text and hidden cause: for the log, not for a caller.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Text
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns the hidden cause.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy of e with a hidden cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// At returns a copy of e that names the offending field.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// NextStep is the hint of e, its own or the table's.
func (e *Error) NextStep() string {
	if e.Hint != "" {
		return e.Hint
	}
	return e.Code.Info().Hint
}

// AsError returns err as an *Error; anything else becomes internal with err as
// its hidden cause, so that no driver text reaches a caller.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Errorf(CodeInternal, "Headwater could not complete this.").Because(err)
}

// CodeOf returns the code of err, or CodeInternal; the empty code for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}

// Problem is one finding about a document or a set of documents.
type Problem struct {
	// Kind and Name say which document; empty when the document is the one at hand.
	Kind Kind   `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
	// Field is the path inside the document, e.g. "tiers[0].targets[1].upstream".
	Field string `json:"field,omitempty"`
	// Text says what is wrong and what would be right.
	Text string `json:"text"`
}

func (p Problem) String() string {
	s := p.Text
	if p.Field != "" {
		s = p.Field + ": " + s
	}
	if p.Name != "" {
		s = string(p.Kind) + " " + p.Name + ": " + s
	}
	return s
}

// Invalid wraps problems into one error with CodeInvalid; nil when there are none.
func Invalid(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	e := Errorf(CodeInvalid, "%s", problems[0].String())
	if more := len(problems) - 1; more > 0 {
		e.Text += fmt.Sprintf(" (and %d more)", more)
	}
	e.Field = problems[0].Field
	e.Problems = problems
	return e
}
