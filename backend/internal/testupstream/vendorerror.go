package testupstream

import (
	"cmp"
	"encoding/json"
)

// vendorError is one way a vendor says no, in the words of OpenAI and
// Anthropic; the files of the other dialects say what theirs are.
type vendorError struct {
	name string
	// status and anthropicStatus are the HTTP statuses; the second is 0 where
	// both vendors use the same.
	status, anthropicStatus int
	// kind and code are OpenAI's type and code; an empty code is sent as null.
	kind, code, param string
	// anthropicKind is Anthropic's error type.
	anthropicKind string
	// text is the message; anthropicText replaces it where the wording is what
	// clients recognise. %s stands for the model.
	text, anthropicText string
}

// vendorErrors is the closed list. The shapes are those of the vendors' API
// references (read November 2026).
func vendorErrors() []vendorError {
	return []vendorError{
		{"bad-request", 400, 0, "invalid_request_error", "invalid_value", "messages", "invalid_request_error", "Invalid value for messages.", "messages: the value is invalid"},
		{"auth", 401, 0, "invalid_request_error", "invalid_api_key", "", "authentication_error", "Incorrect API key provided.", "invalid x-api-key"},
		{"payment", 402, 0, "insufficient_quota", "billing_hard_limit_reached", "", "billing_error", "The account's billing limit has been reached.", ""},
		{"forbidden", 403, 0, "invalid_request_error", "", "", "permission_error", "This account may not use the API.", ""},
		{"no-model", 404, 0, "invalid_request_error", "model_not_found", "", "not_found_error", "The model `%s` does not exist or you do not have access to it.", "model: %s"},
		{"too-large", 413, 0, "invalid_request_error", "", "", "request_too_large", "The request is too large.", "Request exceeds the maximum size"},
		{"rate", 429, 0, "requests", "rate_limit_exceeded", "", "rate_limit_error", "Rate limit reached for %s on requests per min.", "This request would exceed the rate limit of the organization."},
		{"quota", 429, 400, "insufficient_quota", "insufficient_quota", "", "invalid_request_error", "You exceeded your current quota; check plan and billing.", "Your credit balance is too low to access the API."},
		{"context", 400, 0, "invalid_request_error", "context_length_exceeded", "messages", "invalid_request_error", "This model's maximum context length is 8192 tokens, but the messages came to 9001 tokens.", "prompt is too long: 200001 tokens > 200000 maximum"},
		{"policy", 400, 0, "invalid_request_error", "content_policy_violation", "", "invalid_request_error", "The request was rejected by the safety system.", "Output blocked by content filtering policy"},
		{"server", 500, 0, "server_error", "", "", "api_error", "The server had an error while processing the request.", "Internal server error"},
		{"overloaded", 503, 529, "server_error", "", "", "overloaded_error", "The engine is currently overloaded.", "Overloaded"},
		{"loading", 503, 0, "unavailable_error", "", "", "api_error", "Loading model", "Loading model"},
	}
}

// errorNamed returns the row of a name; the zero row when there is none.
func errorNamed(name string) vendorError {
	for _, e := range vendorErrors() {
		if e.name == name {
			return e
		}
	}
	return vendorError{}
}

// errorForStatus returns what a vendor would say with a status.
func errorForStatus(status int) vendorError {
	names := map[int]string{
		401: "auth", 402: "payment", 403: "forbidden", 404: "no-model",
		413: "too-large", 429: "rate", 503: "overloaded", 529: "overloaded",
	}
	name, ok := names[status]
	switch {
	case ok:
	case status >= 500:
		name = "server"
	default:
		name = "bad-request"
	}
	return errorNamed(name)
}

// statusOr is a status that was asked for, else the error's own.
func (e vendorError) statusOr(status int) int { return cmp.Or(status, e.status) }

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// mustJSON encodes the package's own types, which always can be encoded.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("bug: encoding an answer: " + err.Error())
	}
	return b
}
