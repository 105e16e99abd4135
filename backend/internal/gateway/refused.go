package gateway

import (
	"net/http"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// refusal is an error whose status and body the upstream chose.
type refusal struct {
	told   *hw.Error
	status int
	body   []byte // nil: render the error in the caller's dialect
	class  hw.Class
}

// Error implements error; for the log.
func (r *refusal) Error() string { return r.told.Error() }

// Unwrap gives the code and the text to those who ask for them.
func (r *refusal) Unwrap() error { return r.told }

// refused is the upstream's refusal of the caller's own request, handed on.
func (x *exchange) refused(class hw.Class) error {
	detail := x.detail()
	code := refusalCode(class)
	err := hw.Errorf(code, "%s", strings.ToValidUTF8(detail.Message, "�"))
	if detail.Message == "" {
		err.Text = "The upstream refused this request without saying why."
	}
	if x.out.Name() == x.c.in.Name() {
		err.Field = detail.Param // another dialect's path is none that the caller wrote
	}
	err.Status = refusalStatus(detail.Status)
	if x.refusal == nil && code != hw.CodeUpstreamRefused {
		err.Status = code.Info().Status // some vendors have others; clients know this one
	}
	return &refusal{told: err, status: err.Status, body: x.refusal, class: class}
}

// detail is what the upstream said of its error, in its answer or instead of one.
func (x *exchange) detail() *dialect.ErrorDetail {
	if x.facts.Fault != nil {
		return &x.facts.Fault.Detail
	}
	return &x.facts.Detail
}

// refusalCode is the code of a refusal: clients shorten a conversation that is too
// long, and ask a person about what a policy forbids, by a code of its own.
func refusalCode(class hw.Class) hw.Code {
	switch class {
	case hw.ClassContextLength:
		return hw.CodeContextLength
	case hw.ClassContentPolicy:
		return hw.CodeContentPolicy
	default:
		return hw.CodeUpstreamRefused
	}
}

// refusalStatus is the upstream's status where it blames the request; those that
// blame a key or a limit would be taken for the caller's own.
func refusalStatus(status int) int {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusTooManyRequests:
		return http.StatusBadRequest
	}
	if status < 400 || status > 499 {
		return http.StatusBadRequest
	}
	return status
}
