package anthropic

import (
	"encoding/json"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// errorBody is how a caller gets an error. Beside what Anthropic sends the
// error has code, param and hint; clients ignore what they do not know.
type errorBody struct {
	Type      string      `json:"type"`
	Error     errorFields `json:"error"`
	RequestID *string     `json:"request_id"`
}

type errorFields struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Code    string `json:"code"`
	Param   string `json:"param,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// Error renders an error as a body.
func (Inbound) Error(err *hw.Error, requestID string) []byte {
	body := errorBody{Type: "error", Error: errorFields{
		Type: errorType(err.HTTPStatus()), Message: errorText(err),
		Code: string(err.Code), Param: err.Field, Hint: err.NextStep(),
	}}
	if requestID != "" {
		body.RequestID = &requestID
	}
	return mustJSON(body)
}

// tooLong is how Anthropic begins to say that a request does not fit a model's
// context: it has no code for that, and clients look for these words.
const tooLong = "prompt is too long"

func errorText(err *hw.Error) string {
	if err.Code != hw.CodeContextLength || strings.HasPrefix(err.Text, tooLong) {
		return err.Text
	}
	return tooLong + ": " + err.Text
}

// StreamError renders an error as the event that ends a stream: clients raise
// it. No message_stop follows, so that none sees a clean end.
func (in Inbound) StreamError(_ dialect.Operation, err *hw.Error, requestID string) []byte {
	return appendEvent(nil, "error", in.Error(err, requestID))
}

// errorType is Anthropic's error type for a status.
func errorType(status int) string {
	switch status {
	case 401:
		return "authentication_error"
	case 402:
		return "billing_error"
	case 403:
		return "permission_error"
	case 404:
		return "not_found_error"
	case 413:
		return "request_too_large"
	case 429:
		return "rate_limit_error"
	case 504:
		return "timeout_error"
	case 503, 529:
		return "overloaded_error"
	}
	if status >= 500 {
		return "api_error"
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

// faultOf is the fault inside a success whose body or event is an error. Its
// status is the one that the error's type stands for.
func faultOf(body []byte) *dialect.Fault {
	d := readDetail(body)
	d.Status = kindOf(d.Type).status
	d.Reason = reasonOf(d)
	return &dialect.Fault{Detail: d}
}

// anyError is every shape in which an error comes: in an envelope, bare, or
// wrapped by a router in between.
type anyError struct {
	Error   json.RawMessage `json:"error"`
	Type    string          `json:"type"`
	Message string          `json:"message"`
}

func readDetail(body []byte) dialect.ErrorDetail {
	var e anyError
	if json.Unmarshal(body, &e) != nil {
		return dialect.ErrorDetail{Message: dialect.Excerpt(string(body))}
	}
	if len(e.Error) > 0 {
		var within anyError
		if json.Unmarshal(e.Error, &within) == nil {
			e = within
		} else {
			e.Message = string(e.Error)
		}
	}
	return dialect.ErrorDetail{Type: e.Type, Message: dialect.Excerpt(e.Message)}
}

// kind is what an error type stands for.
type kind struct {
	status int
	reason dialect.Reason
}

// kindOf is the table of Anthropic's error types (API documentation, "Errors",
// November 2025).
func kindOf(errorType string) kind {
	switch errorType {
	case "invalid_request_error":
		return kind{400, dialect.ReasonBadRequest}
	case "authentication_error":
		return kind{401, dialect.ReasonAuth}
	case "billing_error":
		return kind{402, dialect.ReasonQuota}
	case "permission_error":
		return kind{403, dialect.ReasonAuth}
	case "not_found_error":
		return kind{404, dialect.ReasonNoModel}
	case "request_too_large":
		return kind{413, dialect.ReasonBadRequest}
	case "rate_limit_error":
		return kind{429, dialect.ReasonRate}
	case "api_error":
		return kind{500, dialect.ReasonUnknown}
	case "timeout_error":
		return kind{504, dialect.ReasonOverloaded}
	case "overloaded_error":
		return kind{529, dialect.ReasonOverloaded}
	}
	return kind{}
}

func reasonOf(d dialect.ErrorDetail) dialect.Reason {
	k := kindOf(d.Type)
	switch d.Type {
	case "invalid_request_error":
		// Lack of credit and too long prompts are told in words only.
		switch reason := dialect.MessageReason(d.Message); reason {
		case dialect.ReasonQuota, dialect.ReasonContextLength, dialect.ReasonContentPolicy:
			return reason
		default: // other words are by chance: the type says it
		}
	case "not_found_error":
		// A wrong path is not a missing model.
		if !strings.Contains(strings.ToLower(d.Message), "model") {
			return dialect.ReasonBadRequest
		}
	}
	if k.reason != dialect.ReasonUnknown {
		return k.reason
	}
	return dialect.StatusReason(d.Status)
}
