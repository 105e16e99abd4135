package openai

import (
	"encoding/json"
	"strconv"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// errorBody is how a caller gets an error. RequestID and Hint are beside what
// OpenAI sends; clients ignore what they do not know.
type errorBody struct {
	Error errorFields `json:"error"`
}

type errorFields struct {
	Message   string  `json:"message"`
	Type      string  `json:"type"`
	Param     *string `json:"param"`
	Code      string  `json:"code"`
	Hint      string  `json:"hint,omitempty"`
	RequestID string  `json:"request_id,omitempty"`
}

// Error renders an error as a body.
func (Inbound) Error(err *hw.Error, requestID string) []byte {
	fields := errorFields{
		Message:   err.Text,
		Type:      errorType(err.Code.Info().Status),
		Code:      string(err.Code),
		Hint:      err.NextStep(),
		RequestID: requestID,
	}
	if err.Field != "" {
		fields.Param = &err.Field
	}
	return mustJSON(errorBody{fields})
}

// StreamError renders an error as the last event of a stream: clients raise it
// on the error field. No [DONE] follows, so that no client sees a clean end.
func (in Inbound) StreamError(_ dialect.Operation, err *hw.Error, requestID string) []byte {
	body := in.Error(err, requestID)
	return append(append([]byte("data: "), body...), "\n\n"...)
}

// errorType is OpenAI's error type for a status.
func errorType(status int) string {
	switch {
	case status == 401:
		return "authentication_error"
	case status == 403:
		return "permission_error"
	case status == 429:
		return "rate_limit_error"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request_error"
}

// malformed is a fault of an answer that is not this dialect.
func malformed(message string) *dialect.Fault {
	return &dialect.Fault{Malformed: true, Detail: dialect.ErrorDetail{Message: message}}
}

// ReadError reads the body of an answer with an error status.
func (Outbound) ReadError(status int, _ dialect.Header, body []byte) dialect.ErrorDetail {
	d := readDetail(body)
	d.Status = status
	d.Reason = reasonOf(d)
	return d
}

// faultOf is the fault inside a success whose body or event holds an error.
func faultOf(body []byte) *dialect.Fault {
	d := readDetail(body)
	d.Reason = reasonOf(d)
	return &dialect.Fault{Detail: d}
}

// findError looks for an error in a body that holds nothing else; nil when it
// has none.
func findError(body []byte) *dialect.Fault {
	fields := [...]peek.Field{{Key: "error"}, {Key: "detail"}, {Key: "object"}}
	walked := peek.Object(body, fields[:]) == nil
	if walked && (!fields[0].IsNull(body) || !fields[1].IsNull(body) || string(fields[2].Raw(body)) == `"error"`) {
		return faultOf(body)
	}
	return nil
}

// anyError is every shape in which upstreams of this dialect wrap an error:
// an object or a text in error, the fields bare, or a detail.
type anyError struct {
	Error    json.RawMessage `json:"error"`
	Detail   json.RawMessage `json:"detail"`
	Message  looseText       `json:"message"`
	Type     looseText       `json:"type"`
	Code     looseText       `json:"code"`
	Param    looseText       `json:"param"`
	Status   looseText       `json:"status"`
	Metadata struct {
		Raw looseText `json:"raw"`
	} `json:"metadata"`
}

func readDetail(body []byte) dialect.ErrorDetail {
	// Gemini's OpenAI road wraps its errors into a list.
	for element := range peek.Elements(body) {
		return readDetail(element)
	}
	e, ok := unwrap(body)
	if !ok {
		return dialect.ErrorDetail{Message: excerpt(string(body))}
	}
	d := dialect.ErrorDetail{
		Type: string(e.Type), Code: string(e.Code), Param: string(e.Param),
		Message: excerpt(string(e.Message)),
	}
	if status, err := strconv.Atoi(d.Code); err == nil && status >= 400 && status < 600 {
		d.Status = status
	}
	return d
}

// unwrap takes an error out of its envelope, its words in Message; false when
// the body is no JSON.
func unwrap(body []byte) (anyError, bool) {
	var e anyError
	if json.Unmarshal(body, &e) != nil {
		return e, false
	}
	if len(e.Error) > 0 && e.Error[0] == '{' {
		var within anyError
		// A field of an unexpected type leaves the others readable.
		_ = json.Unmarshal(e.Error, &within)
		e = within
	} else if text, ok := peek.String(e.Error); ok {
		e.Message = looseText(text)
	}
	if e.Message == "" && len(e.Detail) > 0 {
		e.Message = looseText(e.Detail)
		if text, ok := peek.String(e.Detail); ok {
			e.Message = looseText(text)
		}
	}
	if raw := e.Metadata.Raw; raw != "" {
		// A router in between hides the provider's own words here.
		e.Message += ": " + raw
	}
	return e, true
}

// excerpt bounds an upstream's text: an error page is not a message.
func excerpt(text string) string {
	const limit = 2000
	if len(text) <= limit {
		return text
	}
	return text[:limit] + "…"
}

// reasonOf reads codes first, then types, then words, then the status.
func reasonOf(d dialect.ErrorDetail) dialect.Reason {
	for _, word := range []string{d.Code, d.Type} {
		if reason := wordReason(word); reason != dialect.ReasonUnknown {
			return reason
		}
	}
	// Words before the status: a 400 may be a context overflow, a 429 a lack of
	// credit, a 403 a refusal by content policy.
	if reason := dialect.MessageReason(d.Message); reason != dialect.ReasonUnknown && fits(reason, d.Status) {
		return reason
	}
	if d.Status == 404 && d.Param == "model" {
		return dialect.ReasonNoModel
	}
	return dialect.StatusReason(d.Status)
}

// fits keeps a chance word of a message from overruling a status that says
// otherwise: a refused request that mentions an API key is no key fault.
func fits(reason dialect.Reason, status int) bool {
	switch reason {
	case dialect.ReasonAuth:
		return status == 0 || status == 401 || status == 403 || status == 400
	case dialect.ReasonRate:
		return status == 0 || status == 429 || status == 403 || status >= 500
	case dialect.ReasonOverloaded, dialect.ReasonLoading:
		return status == 0 || status == 429 || status >= 500
	default:
		return true
	}
}

// wordReason maps the codes and types of this dialect.
func wordReason(word string) dialect.Reason {
	switch word {
	case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance":
		return dialect.ReasonQuota
	case "context_length_exceeded", "string_above_max_length", "exceed_context_size_error":
		return dialect.ReasonContextLength
	case "content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation", "moderation_blocked":
		return dialect.ReasonContentPolicy
	case "model_not_found", "DeploymentNotFound", "model_decommissioned", "unknown_model", "model_not_available":
		return dialect.ReasonNoModel
	case "invalid_api_key", "authentication_error", "invalid_authentication", "permission_error", "account_deactivated":
		return dialect.ReasonAuth
	case "rate_limit_exceeded", "rate_limit_error", "rate_limited", "tokens", "requests":
		return dialect.ReasonRate
	case "overloaded_error", "engine_overloaded", "server_is_overloaded", "service_unavailable":
		return dialect.ReasonOverloaded
	}
	return dialect.ReasonUnknown
}
