package responses

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

func errorOut(err *hw.Error, requestID string) errorFields {
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
	if err.Field == fieldPrevious && err.Code == hw.CodeUnsupported {
		// OpenAI's word, by which clients know to send the conversation anew.
		fields.Code = codeForgotten
	}
	return fields
}

// codeForgotten is OpenAI's code for an earlier answer that is not kept.
const codeForgotten = "previous_response_not_found"

// Error renders an error as a body.
func (Inbound) Error(err *hw.Error, requestID string) []byte {
	return mustJSON(errorBody{errorOut(err, requestID)})
}

// StreamError renders an error as the last event of a stream. The published
// schema has the fields on the event itself; OpenAI's servers send them within
// error, which is where its SDKs look first. Clients get both. The number is
// zero: nothing went before, or it is not known here.
func (in Inbound) StreamError(_ dialect.Operation, err *hw.Error, requestID string) []byte {
	return in.NumberedError(0, err, requestID)
}

// NumberedError is StreamError after events that have numbers.
func (Inbound) NumberedError(number int, err *hw.Error, requestID string) []byte {
	fields := errorOut(err, requestID)
	body := mustJSON(struct {
		Type    string      `json:"type"`
		Number  int         `json:"sequence_number"`
		Code    string      `json:"code"`
		Message string      `json:"message"`
		Param   *string     `json:"param"`
		Error   errorFields `json:"error"`
	}{"error", number, fields.Code, fields.Message, fields.Param, fields})
	return append(append([]byte("event: error\ndata: "), body...), "\n\n"...)
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
	if d.Status == 0 {
		d.Status = statusOf(d)
	}
	return &dialect.Fault{Detail: d}
}

// statusOf is the status that OpenAI gives an error of this kind when it comes
// before the answer; 0 when unknown.
func statusOf(d dialect.ErrorDetail) int {
	switch d.Reason {
	case dialect.ReasonRate, dialect.ReasonQuota:
		return 429
	case dialect.ReasonAuth:
		return 401
	case dialect.ReasonNoModel:
		return 404
	case dialect.ReasonContextLength, dialect.ReasonContentPolicy, dialect.ReasonBadRequest:
		return 400
	case dialect.ReasonOverloaded, dialect.ReasonLoading:
		return 503
	default:
	}
	switch {
	case d.Type == "invalid_request_error":
		return 400
	case d.Code == "server_error", d.Type == "server_error":
		return 500
	}
	return 0
}

// findError looks for an error in a body that holds nothing else; nil when it
// has none.
func findError(body []byte) *dialect.Fault {
	fields := [...]peek.Field{{Key: "error"}, {Key: "detail"}}
	walked := peek.Object(body, fields[:]) == nil
	if walked && (!fields[0].IsNull(body) || !fields[1].IsNull(body)) {
		return faultOf(body)
	}
	return nil
}

// anyError is every shape in which servers of this dialect wrap an error: an
// object or a text in error, the fields bare, or a detail.
type anyError struct {
	Error    json.RawMessage `json:"error"`
	Detail   json.RawMessage `json:"detail"`
	Message  looseText       `json:"message"`
	Type     looseText       `json:"type"`
	Code     looseText       `json:"code"`
	Param    looseText       `json:"param"`
	Metadata struct {
		Raw looseText `json:"raw"`
	} `json:"metadata"`
}

func readDetail(body []byte) dialect.ErrorDetail {
	e, ok := unwrap(body)
	if !ok {
		return dialect.ErrorDetail{Message: dialect.Excerpt(string(body))}
	}
	d := dialect.ErrorDetail{Type: string(e.Type), Code: string(e.Code), Param: string(e.Param), Message: dialect.Excerpt(string(e.Message))}
	if status, err := strconv.Atoi(d.Code); err == nil && status >= 400 && status < 600 {
		d.Status = status
	}
	return d
}

// unwrap takes an error out of its envelope, its words in Message; false when
// the body is no JSON object.
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
	if e.Type == "error" {
		e.Type = "" // the event's own type, which says nothing
	}
	if e.Message == "" && isSet(e.Detail) {
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
