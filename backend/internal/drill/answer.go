package drill

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/upstream"
)

// dialectAnthropic is the dialect whose errors have a shape of their own; all
// others here speak OpenAI's.
const dialectAnthropic = "anthropic"

// vendorError is how vendors say no: the shapes are those of the API references
// of OpenAI and Anthropic (read November 2026).
type vendorError struct {
	fault hw.DrillFault
	// status and anthropicStatus are the HTTP statuses.
	status, anthropicStatus int
	// kind and code are OpenAI's; an empty code is sent as null.
	kind, code    string
	anthropicKind string
	// text and anthropicText are the messages; some causes are told in words only.
	text, anthropicText string
}

func vendorErrors() []vendorError {
	return []vendorError{
		{hw.DrillRate, 429, 429, "requests", "rate_limit_exceeded", "rate_limit_error", "Rate limit reached on requests per min.", "This request would exceed the rate limit of the organization."},
		{hw.DrillQuota, 429, 400, "insufficient_quota", "insufficient_quota", "invalid_request_error", "You exceeded your current quota; check plan and billing.", "Your credit balance is too low to access the API."},
		{hw.DrillRevokedKey, 401, 401, "invalid_request_error", "invalid_api_key", "authentication_error", "Incorrect API key provided.", "invalid x-api-key"},
		{hw.DrillError500, 500, 500, "server_error", "", "api_error", "The server had an error while processing the request.", "Internal server error"},
		{hw.DrillErrorIn200, 200, 200, "server_error", "", "api_error", "The server had an error while processing the request.", "Internal server error"},
		{hw.DrillOverloaded503, 503, 503, "server_error", "", "overloaded_error", "The engine is currently overloaded.", "Overloaded"},
		{hw.DrillOverloaded529, 529, 529, "server_error", "", "overloaded_error", "The engine is currently overloaded.", "Overloaded"},
	}
}

// answer is the whole answer of the faults that have one of their own.
func (i *Injection) answer(speaks string) *upstream.Response {
	switch i.a.fault {
	case hw.DrillHTML:
		return i.respond(http.StatusBadGateway, "text/html", []byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1><hr>proxy</body>\r\n</html>\r\n"))
	case hw.DrillBadJSON:
		return i.respond(http.StatusOK, "application/json", []byte(`{"id":"drill","model":"drill","choices":[{"index":0,"mess`))
	default:
	}
	for _, e := range vendorErrors() {
		if e.fault != i.a.fault {
			continue
		}
		if speaks == dialectAnthropic {
			return i.respond(e.anthropicStatus, "application/json", anthropicError(&e))
		}
		return i.respond(e.status, "application/json", openaiError(&e))
	}
	panic("bug: no answer for the fault " + string(i.a.fault))
}

func (i *Injection) respond(status int, contentType string, body []byte) *upstream.Response {
	h := dialect.Header{"Content-Type": {contentType}, "Content-Length": {strconv.Itoa(len(body))}}
	if i.a.retryAfter > 0 {
		h["Retry-After"] = []string{strconv.FormatInt(i.a.retryAfter, 10)}
	}
	return &upstream.Response{Status: status, Header: h, Body: io.NopCloser(bytes.NewReader(body))}
}

func openaiError(e *vendorError) []byte {
	var body struct {
		Error struct {
			Message string  `json:"message"`
			Type    string  `json:"type"`
			Param   *string `json:"param"`
			Code    *string `json:"code"`
		} `json:"error"`
	}
	body.Error.Message, body.Error.Type = e.text, e.kind
	if e.code != "" {
		body.Error.Code = &e.code
	}
	return mustJSON(body)
}

func anthropicError(e *vendorError) []byte {
	var body struct {
		Type  string `json:"type"`
		Error struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"error"`
	}
	body.Type, body.Error.Type, body.Error.Message = "error", e.anthropicKind, e.anthropicText
	return mustJSON(body)
}

// mustJSON encodes the package's own types, which always can be encoded.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("bug: encoding an answer: " + err.Error())
	}
	return b
}
