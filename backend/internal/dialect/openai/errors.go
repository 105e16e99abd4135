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
		Type:      errorType(err.HTTPStatus()),
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
	d.Reason = dialect.ReasonByWords(d)
	return d
}

// faultOf is the fault inside a success whose body or event holds an error.
func faultOf(body []byte) *dialect.Fault {
	d := readDetail(body)
	d.Reason = dialect.ReasonByWords(d)
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
		return dialect.ErrorDetail{Message: dialect.Excerpt(string(body))}
	}
	d := dialect.ErrorDetail{
		Type: string(e.Type), Code: string(e.Code), Param: string(e.Param),
		Message: dialect.Excerpt(string(e.Message)),
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
