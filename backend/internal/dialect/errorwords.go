package dialect

// ReasonByWords reads what an error is about in the dialects that tell it with
// OpenAI's words: codes first, then types, then free text, then the status.
func ReasonByWords(d ErrorDetail) Reason {
	for _, word := range []string{d.Code, d.Type} {
		if reason := wordReason(word); reason != ReasonUnknown {
			return reason
		}
	}
	// Text before the status: a 400 may be a context overflow, a 429 a lack of
	// credit, a 403 a refusal by content policy.
	if reason := MessageReason(d.Message); reason != ReasonUnknown && fits(reason, d.Status) {
		return reason
	}
	if d.Status == 404 && d.Param == "model" {
		return ReasonNoModel
	}
	return StatusReason(d.Status)
}

// fits keeps a chance word of a message from overruling a status that says
// otherwise: a refused request that mentions an API key is no key fault.
func fits(reason Reason, status int) bool {
	switch reason {
	case ReasonAuth:
		return status == 0 || status == 401 || status == 403 || status == 400
	case ReasonRate:
		return status == 0 || status == 429 || status == 403 || status >= 500
	case ReasonOverloaded, ReasonLoading:
		return status == 0 || status == 429 || status >= 500
	default:
		return true
	}
}

// wordReason maps the codes and types of this
func wordReason(word string) Reason {
	switch word {
	case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance":
		return ReasonQuota
	case "context_length_exceeded", "string_above_max_length", "exceed_context_size_error":
		return ReasonContextLength
	case "content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation", "moderation_blocked",
		"invalid_prompt", "image_content_policy_violation", "cyber_policy":
		return ReasonContentPolicy
	case "model_not_found", "DeploymentNotFound", "model_decommissioned", "unknown_model", "model_not_available":
		return ReasonNoModel
	case "invalid_api_key", "authentication_error", "invalid_authentication", "permission_error", "account_deactivated":
		return ReasonAuth
	case "rate_limit_exceeded", "rate_limit_error", "rate_limited", "tokens", "requests":
		return ReasonRate
	case "overloaded_error", "engine_overloaded", "server_is_overloaded", "service_unavailable", "slow_down":
		return ReasonOverloaded
	}
	return ReasonUnknown
}

// Excerpt bounds an upstream's text: an error page is not a message.
func Excerpt(text string) string {
	const limit = 2000
	if len(text) <= limit {
		return text
	}
	return text[:limit] + "…"
}
