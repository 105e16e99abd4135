package ollama

import (
	"encoding/json"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// errorBody is how a caller gets an error. Ollama sends the text alone, and
// clients read nothing else; the rest is for people and logs.
type errorBody struct {
	Error     string `json:"error"`
	Code      string `json:"code"`
	Field     string `json:"field,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// Error renders an error as a body.
func (Inbound) Error(err *hw.Error, requestID string) []byte {
	return mustJSON(errorBody{Error: err.Text, Code: string(err.Code), Field: err.Field, RequestID: requestID})
}

// StreamError renders an error as the last line of a stream: clients raise it
// on the error field. No line with done follows.
func (in Inbound) StreamError(_ dialect.Operation, err *hw.Error, requestID string) []byte {
	return append(in.Error(err, requestID), '\n')
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

// faultOf is the fault inside a success whose body or line holds an error.
func faultOf(body []byte) *dialect.Fault {
	d := readDetail(body)
	d.Reason = reasonOf(d)
	return &dialect.Fault{Detail: d}
}

// readDetail reads an error that is a text or, from servers that imitate
// OpenAI too, an object.
func readDetail(body []byte) dialect.ErrorDetail {
	var e struct {
		Error  json.RawMessage `json:"error"`
		Status json.RawMessage `json:"status"`
		Code   json.RawMessage `json:"status_code"`
	}
	if json.Unmarshal(body, &e) != nil || !isSet(e.Error) {
		return dialect.ErrorDetail{Message: dialect.Excerpt(string(body))}
	}
	d := dialect.ErrorDetail{Status: errorStatus(e.Status, e.Code)}
	text, ok := peek.String(e.Error)
	if ok {
		d.Message = dialect.Excerpt(text)
		return d
	}
	var within struct {
		Message looseText `json:"message"`
		Type    looseText `json:"type"`
		Code    looseText `json:"code"`
		Param   looseText `json:"param"`
	}
	if json.Unmarshal(e.Error, &within) != nil || within.Message == "" {
		within.Message = looseText(e.Error)
	}
	d.Message, d.Type, d.Code, d.Param = dialect.Excerpt(string(within.Message)), string(within.Type), string(within.Code), string(within.Param)
	return d
}

// errorStatus is the first of the raw values that is an HTTP error status; zero
// when none is.
func errorStatus(raws ...json.RawMessage) int {
	for _, raw := range raws {
		if n, ok := peek.Int(raw); ok && n >= 400 && n < 600 {
			return int(n)
		}
	}
	return 0
}

// reasonOf reads an error's words, then its status: Ollama has no codes. The
// words are those of its server and of its cloud (server/routes.go,
// server/sched.go and llm/server.go, 2025).
func reasonOf(d dialect.ErrorDetail) dialect.Reason {
	text := strings.ToLower(d.Message)
	for _, row := range []struct {
		reason dialect.Reason
		words  []string
	}{
		{dialect.ReasonNoModel, []string{"try pulling it first", "model not found", "pull model manifest"}},
		{dialect.ReasonContextLength, []string{
			"input length exceeds", "exceeds the context length", "exceeds maximum context length", "prompt too long", "context length exceeded",
		}},
		{dialect.ReasonOverloaded, []string{
			"server busy", "maximum pending requests", "requires more system memory", "unable to allocate", "out of memory",
		}},
		{dialect.ReasonLoading, []string{"loading model", "timed out waiting for llama runner", "waiting for server to become available"}},
		{dialect.ReasonQuota, []string{"usage limit", "requires a subscription"}},
		{dialect.ReasonRate, []string{"too many concurrent requests"}},
		{dialect.ReasonBadRequest, []string{"does not support", "model is required"}},
	} {
		for _, word := range row.words {
			if strings.Contains(text, word) {
				return row.reason
			}
		}
	}
	switch {
	case strings.HasPrefix(text, "model ") && strings.HasSuffix(text, "not found"):
		return dialect.ReasonNoModel
	case text == "unauthorized": // all that its cloud says
		return dialect.ReasonAuth
	}
	if reason := dialect.MessageReason(d.Message); reason != dialect.ReasonUnknown && fits(reason, d.Status) {
		return reason
	}
	return dialect.StatusReason(d.Status)
}

// fits keeps a chance word of a message from overruling a status that says
// otherwise.
func fits(reason dialect.Reason, status int) bool {
	switch reason {
	case dialect.ReasonAuth:
		return status == 0 || status == 401 || status == 403
	case dialect.ReasonRate:
		return status == 0 || status == 429 || status >= 500
	case dialect.ReasonOverloaded, dialect.ReasonLoading:
		return status == 0 || status == 429 || status >= 500
	default:
		return true
	}
}
