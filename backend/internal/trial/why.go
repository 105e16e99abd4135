package trial

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/upstream"
)

// network says what went wrong below HTTP.
func (t *trial) network(ctx, asking context.Context, err error) {
	host := t.Upstream.Base.Host
	if token, ok := errors.AsType[*upstream.TokenError](err); ok {
		t.out.Spent = false
		t.fail(hw.CodeUpstreamAuth, token.Words, "")
		return
	}
	_, dialing := errors.AsType[*upstream.DialError](err)
	t.out.Spent = !dialing
	switch {
	case ctx.Err() != nil:
		t.fail(hw.CodeCanceled, "The test was broken off before the answer was there.", "Test again.")
	case asking.Err() != nil:
		hint := "Try again; if it stays, look at the upstream itself."
		if t.Upstream.Local {
			hint = "It may still be loading the model: try again in a minute."
		}
		t.fail(hw.CodeUpstreamTimeout, fmt.Sprintf("%s took the question and did not answer within %s.", host, patience), hint)
	case dialing:
		t.fail(hw.CodeUpstreamUnreachable, fmt.Sprintf("%s could not be reached a second time.", host), "")
	default:
		t.fail(hw.CodeUpstreamBroken, fmt.Sprintf("%s broke the connection off in the midst of the answer.", host), "")
	}
}

// fault names a failure inside an answer that came with a good status.
func (t *trial) fault(ctx context.Context, err error, body []byte) {
	fault, ok := errors.AsType[*dialect.Fault](err)
	if ok && !fault.Malformed && !fault.Truncated {
		t.refused(ctx, http.StatusOK, fault.Detail)
		return
	}
	words := fmt.Sprintf("The answer is in no form that %s has.", t.Upstream.Provider.Name)
	if !looksLikeJSON(body) {
		words = "The answer is not JSON: this may be a web page or a proxy, not the API."
	}
	t.fail(hw.CodeUpstreamMalformed, words, "Check the base URL and the provider of this upstream.")
}

func looksLikeJSON(body []byte) bool {
	trimmed := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n")
	return strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")
}

// refused says why the upstream did not answer the question. What has no reason
// is judged by its status.
func (t *trial) refused(ctx context.Context, status int, d dialect.ErrorDetail) {
	who, key := t.Upstream.Provider.Name, "no key"
	if t.credential != nil {
		key = fmt.Sprintf("key %q", t.credential.Name)
	}
	switch reasonOf(status, d) {
	case dialect.ReasonNoModel:
		t.noModel(ctx)
	case dialect.ReasonAuth:
		t.fail(hw.CodeUpstreamAuth, fmt.Sprintf("%s refused %s for this model (%d).%s", who, key, status, t.said(d)),
			"Check that the key may use this model, or enter another one.")
	case dialect.ReasonQuota:
		t.fail(hw.CodeUpstreamQuota, fmt.Sprintf("The account behind %s is out of credit.%s", key, t.said(d)), "Add credit at the vendor.")
	case dialect.ReasonRate:
		t.fail(hw.CodeAllRateLimited, fmt.Sprintf("%s takes no more requests with %s at the moment (%d).%s", who, key, status, t.said(d)), "Wait a minute and test again.")
	case dialect.ReasonLoading, dialect.ReasonOverloaded:
		t.fail(hw.CodeUpstreamBroken, fmt.Sprintf("%s is too busy at the moment, or still loads the model (%d).%s", who, status, t.said(d)), "Wait a minute and test again.")
	case dialect.ReasonBadRequest, dialect.ReasonContextLength, dialect.ReasonContentPolicy:
		t.fail(hw.CodeUpstreamRefused, fmt.Sprintf("%s refused the question (%d).%s", who, status, t.said(d)), "Check the model, and the provider of this upstream.")
	case dialect.ReasonUnknown:
		t.fail(hw.CodeUpstreamBroken, fmt.Sprintf("%s answered %d.%s", who, status, t.said(d)), "")
	}
}

// reasonOf is the dialect's reading, or that of the status.
func reasonOf(status int, d dialect.ErrorDetail) dialect.Reason {
	if d.Reason != dialect.ReasonUnknown {
		return d.Reason
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return dialect.ReasonAuth
	case http.StatusPaymentRequired:
		return dialect.ReasonQuota
	case http.StatusNotFound:
		return dialect.ReasonNoModel
	case http.StatusTooManyRequests:
		return dialect.ReasonRate
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return dialect.ReasonBadRequest
	case http.StatusServiceUnavailable:
		return dialect.ReasonOverloaded
	}
	return dialect.ReasonUnknown
}

// said are the upstream's own words, without the key that some repeat; empty
// when it had none.
func (t *trial) said(d dialect.ErrorDetail) string {
	words := cut(upstream.Hide(d.Message[:min(len(d.Message), maxScanned)], t.credential), maxSaid)
	if words == "" {
		return ""
	}
	return " It says: " + words
}

// noModel names models with a like name, if there are any.
func (t *trial) noModel(ctx context.Context) {
	hint := "Check its name at the vendor."
	if t.List != nil {
		t.out.Near = near(t.List(ctx), t.Model)
	}
	if len(t.out.Near) > 0 {
		hint = "It has " + strings.Join(t.out.Near, ", ") + "."
	}
	t.fail(hw.CodeUnknownModel, fmt.Sprintf("%s has no model %s, or not for this key.", t.Upstream.Name, t.Model), hint)
}
