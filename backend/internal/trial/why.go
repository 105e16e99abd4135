package trial

import (
	"context"
	"errors"
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
		t.fail(hw.CodeUpstreamAuth, codesHint, token.Said)
		return
	}
	_, dialing := errors.AsType[*upstream.DialError](err)
	t.out.Spent = !dialing
	switch {
	case ctx.Err() != nil:
		t.fail(hw.CodeCanceled, hw.Say("completion.again"), hw.Say("completion.canceled"))
	case asking.Err() != nil:
		hint := hw.Say("answer.look_at_it")
		if t.Upstream.Local {
			hint = hw.Say("completion.loading")
		}
		t.fail(hw.CodeUpstreamTimeout, hint, hw.Say("completion.late", "host", host, "limit", patience))
	case dialing:
		t.fail(hw.CodeUpstreamUnreachable, codesHint, hw.Say("completion.unreached", "host", host))
	default:
		t.fail(hw.CodeUpstreamBroken, codesHint, hw.Say("completion.broken_off", "host", host))
	}
}

// fault names a failure inside an answer that came with a good status.
func (t *trial) fault(ctx context.Context, err error, body []byte) {
	fault, ok := errors.AsType[*dialect.Fault](err)
	if ok && !fault.Malformed && !fault.Truncated {
		t.refused(ctx, http.StatusOK, fault.Detail)
		return
	}
	said := hw.Say("completion.no_form", "who", t.Upstream.Provider.Name)
	if !looksLikeJSON(body) {
		said = hw.Say("answer.no_json")
	}
	t.fail(hw.CodeUpstreamMalformed, hw.Say("completion.check_address"), said)
}

func looksLikeJSON(body []byte) bool {
	trimmed := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n")
	return strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")
}

// refused says why the upstream did not answer the question. What has no reason
// is judged by its status.
func (t *trial) refused(ctx context.Context, status int, d dialect.ErrorDetail) {
	who := t.Upstream.Provider.Name
	switch reasonOf(status, d) {
	case dialect.ReasonNoModel:
		t.noModel(ctx)
	case dialect.ReasonAuth:
		t.fail(hw.CodeUpstreamAuth, hw.Say("completion.check_key"), t.keyRefused(status), t.said(d))
	case dialect.ReasonQuota:
		t.fail(hw.CodeUpstreamQuota, hw.Say("auth.add_credit"), t.noCredit(), t.said(d))
	case dialect.ReasonRate:
		t.fail(hw.CodeAllRateLimited, hw.Say("completion.wait"), t.limited(status), t.said(d))
	case dialect.ReasonLoading, dialect.ReasonOverloaded:
		t.fail(hw.CodeUpstreamBroken, hw.Say("completion.wait"), hw.Say("completion.busy", "who", who, "status", status), t.said(d))
	case dialect.ReasonBadRequest, dialect.ReasonContextLength, dialect.ReasonContentPolicy:
		t.fail(hw.CodeUpstreamRefused, hw.Say("completion.check_model"), hw.Say("completion.question", "who", who, "status", status), t.said(d))
	case dialect.ReasonUnknown:
		t.fail(hw.CodeUpstreamBroken, codesHint, hw.Say("completion.status", "who", who, "status", status), t.said(d))
	}
}

// What is said of the key names it; an upstream may be asked without one.

func (t *trial) keyRefused(status int) hw.Said {
	who := t.Upstream.Provider.Name
	if t.credential == nil {
		return hw.Say("completion.refused_keyless", "who", who, "status", status)
	}
	return hw.Say("completion.refused", "who", who, "key", t.credential.Name, "status", status)
}

func (t *trial) noCredit() hw.Said {
	if t.credential == nil {
		return hw.Say("auth.no_credit_keyless")
	}
	return hw.Say("auth.no_credit", "key", t.credential.Name)
}

func (t *trial) limited(status int) hw.Said {
	who := t.Upstream.Provider.Name
	if t.credential == nil {
		return hw.Say("completion.limited_keyless", "who", who, "status", status)
	}
	return hw.Say("completion.limited", "who", who, "key", t.credential.Name, "status", status)
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

// said are the upstream's own words, without the key that some repeat; zero
// when it had none.
func (t *trial) said(d dialect.ErrorDetail) hw.Said {
	words := cut(upstream.Hide(d.Message[:min(len(d.Message), maxScanned)], t.credential), maxSaid)
	if words == "" {
		return hw.Said{}
	}
	return hw.Say("completion.says", "words", words)
}

// noModel names models with a like name, if there are any.
func (t *trial) noModel(ctx context.Context) {
	hint := hw.Say("completion.check_name")
	if t.List != nil {
		t.out.Near = near(t.List(ctx), t.Model)
	}
	if len(t.out.Near) > 0 {
		hint = hw.Say("completion.near", "models", strings.Join(t.out.Near, ", "))
	}
	t.fail(hw.CodeUnknownModel, hint, hw.Say("completion.no_model", "upstream", t.Upstream.Name, "model", t.Model))
}
