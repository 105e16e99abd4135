package gemini

import (
	"encoding/json"
	"strconv"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// status is how Google's APIs name an error: a google.rpc.Status with its
// details, inside "error".
type status struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Status  string `json:"status"`
	Details []any  `json:"details,omitempty"`
}

// errorInfo, badRequest and retryInfo are details of a status (google/rpc/error_details.proto).
type errorInfo struct {
	Type     string            `json:"@type"`
	Reason   string            `json:"reason"`
	Domain   string            `json:"domain"`
	Metadata map[string]string `json:"metadata"`
}

type badRequest struct {
	Type       string      `json:"@type"`
	Violations []violation `json:"fieldViolations"`
}

type violation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

type retryInfo struct {
	Type  string `json:"@type"`
	Delay string `json:"retryDelay"`
}

const rpcType = "type.googleapis.com/google.rpc."

// Error renders an error as a body.
func (Inbound) Error(err *hw.Error, requestID string) []byte {
	return mustJSON(map[string]status{"error": statusOf(err, requestID)})
}

func statusOf(err *hw.Error, requestID string) status {
	code := err.HTTPStatus()
	info := errorInfo{rpcType + "ErrorInfo", strings.ToUpper(string(err.Code)), "headwater", map[string]string{"code": string(err.Code)}}
	for key, value := range map[string]string{"field": err.Field, "hint": err.NextStep(), "requestId": requestID} {
		if value != "" {
			info.Metadata[key] = value
		}
	}
	s := status{Code: code, Message: err.Text, Status: statusWord(code), Details: []any{info}}
	if err.Field != "" {
		s.Details = append(s.Details, badRequest{rpcType + "BadRequest", []violation{{err.Field, err.Text}}})
	}
	if err.RetryAfter > 0 {
		seconds := strconv.FormatFloat(err.RetryAfter.Seconds(), 'f', -1, 64)
		s.Details = append(s.Details, retryInfo{rpcType + "RetryInfo", seconds + "s"})
	}
	return s
}

// statusWord is the canonical code of google.rpc.Code for an HTTP status.
func statusWord(code int) string {
	switch code {
	case 401:
		return "UNAUTHENTICATED"
	case 403:
		return "PERMISSION_DENIED"
	case 404, 410:
		return "NOT_FOUND"
	case 405:
		return "UNIMPLEMENTED"
	case 409:
		return "ABORTED"
	case 429:
		return "RESOURCE_EXHAUSTED"
	case 499:
		return "CANCELLED"
	case 500:
		return "INTERNAL"
	case 502, 503:
		return "UNAVAILABLE"
	case 504:
		return "DEADLINE_EXCEEDED"
	}
	return "INVALID_ARGUMENT"
}

// emptyCandidate stands beside an error in a stream: Google's own examples take
// the first candidate of every chunk without a look.
const emptyCandidate = `"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"index":0}]`

// StreamError renders an error as the end of a stream. Google's SDKs do not
// look for errors in the data of an event: they take a JSON text that stands
// bare in the stream for one, as Google sends it. Readers of plain event
// streams see the event only. So both are written.
func (in Inbound) StreamError(op dialect.Operation, err *hw.Error, requestID string) []byte {
	body := in.Error(err, requestID)
	if op.List {
		return append(append([]byte(",\r\n"), body...), ']')
	}
	out := append([]byte("data: "), body[:len(body)-1]...)
	out = append(out, ","+emptyCandidate+"}\r\n\r\n"...)
	return append(out, body...)
}

// malformed is a fault of an answer that is not this dialect.
func malformed(message string) *dialect.Fault {
	return &dialect.Fault{Malformed: true, Detail: dialect.ErrorDetail{Message: message}}
}

// ReadError reads the body of an answer with an error status.
func (Outbound) ReadError(status int, _ dialect.Header, body []byte) dialect.ErrorDetail {
	e := readStatus(body)
	d := e.detail()
	d.Status = status
	d.Wait = dialect.RetryDelay(body)
	d.Reason = e.reason(d)
	return d
}

// faultOf is the fault inside a success whose body or event is an error.
func faultOf(body []byte) *dialect.Fault {
	e := readStatus(body)
	d := e.detail()
	d.Status, d.Wait = e.Code, dialect.RetryDelay(body)
	d.Reason = e.reason(d)
	return &dialect.Fault{Detail: d}
}

// readStatusDetail is one of the details of an error, of whatever type.
type readStatusDetail struct {
	Reason     string `json:"reason"`
	Delay      string `json:"retryDelay"`
	Violations []struct {
		QuotaID string `json:"quotaId"`
	} `json:"violations"`
}

// readError is an error as an upstream sends it.
type readError struct {
	Code    int                `json:"-"`
	RawCode json.RawMessage    `json:"code"`
	Message string             `json:"message"`
	Status  string             `json:"status"`
	Details []readStatusDetail `json:"details"`
}

// readStatus takes an error out of its envelope; a stream that was not asked
// for as events wraps it into a list.
func readStatus(body []byte) readError {
	for element := range peek.Elements(body) {
		return readStatus(element)
	}
	var envelope struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		return readError{Message: dialect.Excerpt(string(body))}
	}
	raw := []byte(envelope.Error)
	if len(raw) == 0 {
		raw = body
	}
	var e readError
	if text, ok := peek.String(raw); ok {
		e.Message = text
	} else {
		// A field of an unexpected type leaves the others readable.
		_ = json.Unmarshal(raw, &e)
	}
	e.Message = dialect.Excerpt(e.Message)
	if code, ok := peek.Int(e.RawCode); ok && code >= 400 && code < 600 {
		e.Code = int(code)
	}
	if e.Code == 0 {
		e.Code = statusCode(e.Status)
	}
	return e
}

// statusCode is the HTTP status of a canonical code; 0 when unknown.
func statusCode(word string) int {
	for _, code := range []int{400, 401, 403, 404, 409, 429, 499, 500, 503, 504} {
		if statusWord(code) == word {
			return code
		}
	}
	return 0
}

// detail has the canonical code as type and the reason of the details as code.
func (e *readError) detail() dialect.ErrorDetail {
	d := dialect.ErrorDetail{Type: e.Status, Message: e.Message}
	for _, info := range e.Details {
		if info.Reason != "" {
			d.Code = info.Reason
			break
		}
	}
	return d
}

// reason reads the reasons of the details first, then what is told in words
// only, then the canonical code, then the HTTP status.
func (e *readError) reason(d dialect.ErrorDetail) dialect.Reason {
	if reason := wordReason(d.Code); reason != dialect.ReasonUnknown {
		return reason
	}
	if e.Status == "RESOURCE_EXHAUSTED" || d.Status == 429 {
		return e.quotaReason(d)
	}
	text := dialect.MessageReason(e.Message)
	switch e.Status {
	case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE":
		switch text {
		case dialect.ReasonContextLength, dialect.ReasonQuota, dialect.ReasonContentPolicy, dialect.ReasonNoModel:
			return text
		default: // other words are by chance: the code says it
			return dialect.ReasonBadRequest
		}
	case "UNAUTHENTICATED", "PERMISSION_DENIED":
		return dialect.ReasonAuth
	case "NOT_FOUND":
		// A cached content or a file that is gone is not a missing model.
		if strings.Contains(strings.ToLower(e.Message), "model") {
			return dialect.ReasonNoModel
		}
		return dialect.ReasonBadRequest
	case "UNAVAILABLE", "DEADLINE_EXCEEDED":
		return dialect.ReasonOverloaded
	}
	if e.Status == "" && text != dialect.ReasonUnknown {
		return text
	}
	return dialect.StatusReason(d.Status)
}

// quotaReason tells a quota that is used up from a rate that is too high. Google
// words both alike ("you exceeded your current quota"); the violated quota and
// the wait tell them apart.
func (e *readError) quotaReason(d dialect.ErrorDetail) dialect.Reason {
	told := false
	for _, info := range e.Details {
		for _, v := range info.Violations {
			told = true
			if strings.Contains(v.QuotaID, "PerDay") {
				return dialect.ReasonQuota
			}
		}
	}
	words := strings.ToLower(e.Message)
	switch {
	case strings.Contains(words, "per day") || strings.Contains(words, "daily"):
		return dialect.ReasonQuota
	case !told && d.Wait == "" && dialect.MessageReason(e.Message) == dialect.ReasonQuota:
		return dialect.ReasonQuota
	}
	return dialect.ReasonRate
}

// wordReason maps the reasons of google.rpc.ErrorInfo.
func wordReason(word string) dialect.Reason {
	switch word {
	case "API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED",
		"SERVICE_DISABLED", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "ACCESS_TOKEN_TYPE_UNSUPPORTED",
		"CREDENTIALS_MISSING", "ACCOUNT_STATE_INVALID", "CONSUMER_INVALID", "CONSUMER_SUSPENDED", "IAM_PERMISSION_DENIED":
		return dialect.ReasonAuth
	case "BILLING_DISABLED", "CONSUMER_QUOTA_EXCEEDED":
		return dialect.ReasonQuota
	case "RATE_LIMIT_EXCEEDED":
		return dialect.ReasonRate
	case "MODEL_CAPACITY_EXHAUSTED":
		return dialect.ReasonOverloaded
	}
	return dialect.ReasonUnknown
}
