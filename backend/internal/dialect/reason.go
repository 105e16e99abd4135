package dialect

import "strings"

// MessageReason reads what an error is about from its free text, for the
// causes that vendors of one dialect name in words only. It is asked last,
// after the codes. The texts are those that providers really send.
func MessageReason(message string) Reason {
	text := strings.ToLower(message)
	for _, row := range []struct {
		reason Reason
		words  []string
	}{
		{ReasonContextLength, []string{
			"context length", "context window", "prompt is too long", "input is too long", "too many tokens",
			"exceeds the available context", "maximum number of tokens", "reduce the length of", "input token count exceeds",
			"exceeds the maximum allowed input length", "exceed context limit",
		}},
		{ReasonQuota, []string{
			"insufficient_quota", "exceeded your current quota", "credit balance is too low", "insufficient credit",
			"insufficient balance", "insufficient funds", "billing", "payment required", "out of credits", "spend limit", "requires more credits",
		}},
		{ReasonContentPolicy, []string{
			"content management policy", "content_policy", "content policy", "content violates", "usage guidelines",
			"safety system", "content filter", "responsibleaipolicy", "flagged as",
		}},
		{ReasonNoModel, []string{
			"does not exist or you do not have access", "has been decommissioned", "no endpoints found for", "unknown model", "no such model",
			"is not a valid model", "model not found", "model_not_found", "not a chat model", "the alpha period for this model has ended", "deployment for this resource does not exist",
		}},
		{ReasonLoading, []string{"loading model", "is currently loading", "model is loading", "model is being loaded"}},
		{ReasonOverloaded, []string{"overloaded", "at capacity", "no available capacity", "server is busy"}},
		{ReasonRate, []string{"rate limit", "rate-limited", "too many requests", "resource exhausted", "ratelimit"}},
		{ReasonAuth, []string{"api key", "api_key", "x-api-key", "authentication fail", "invalid token"}},
	} {
		for _, word := range row.words {
			if strings.Contains(text, word) {
				return row.reason
			}
		}
	}
	if strings.HasPrefix(text, "model ") && (strings.Contains(text, "not found") || strings.Contains(text, "is not supported") || strings.Contains(text, "does not exist")) {
		return ReasonNoModel
	}
	return ReasonUnknown
}

// StatusReason is what an HTTP status means where codes and words say nothing.
func StatusReason(status int) Reason {
	switch status {
	case 401, 403:
		return ReasonAuth
	case 402:
		return ReasonQuota
	case 429:
		return ReasonRate
	case 502, 503, 504, 529:
		return ReasonOverloaded
	case 400, 404, 405, 413, 415, 422:
		return ReasonBadRequest
	}
	return ReasonUnknown
}
