package testupstream

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
)

// geminiVendor is what Google's endpoints have in common.
type geminiVendor struct {
	*exchange
	// list is true where a stream is one JSON list: without alt=sse.
	list bool
}

// head: Google tells neither limits nor, in these APIs, a request id.
func (geminiVendor) head(http.Header, allowance) {}

// framing: Google ends its lines with CR LF.
func (v geminiVendor) framing() framing {
	if v.list {
		return jsonList()
	}
	return sse("\r\n")
}

// geminiError is one way Google says no.
type geminiError struct {
	status int
	reason string // of google.rpc.ErrorInfo; empty means the error has none
	text   string // %s stands for the model
}

// geminiErrors are Google's own words by the name of the fault; where one is
// missing, the status and text of the others are used.
func geminiErrors() map[string]geminiError {
	return map[string]geminiError{
		"auth":       {400, "API_KEY_INVALID", "API key not valid. Please pass a valid API key."},
		"payment":    {429, "", "Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing."},
		"forbidden":  {403, "SERVICE_DISABLED", "Generative Language API has not been used in this project before or it is disabled."},
		"no-model":   {404, "", "models/%s is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods."},
		"rate":       {429, "", "You exceeded your current quota, please check your plan and billing details.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10, model: %s"},
		"quota":      {429, "", "You exceeded your current quota, please check your plan and billing details. Daily limit, model: %s"},
		"context":    {400, "", "The input token count exceeds the maximum number of tokens allowed 8192."},
		"server":     {500, "", "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting"},
		"overloaded": {503, "", "The model is overloaded. Please try again later."},
		"loading":    {503, "", "The service is currently unavailable."},
	}
}

// unauthenticated is said to a bearer token that is no good; a bad key is
// called an invalid argument.
func unauthenticated() geminiError {
	return geminiError{401, "ACCESS_TOKEN_TYPE_UNSUPPORTED", "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential."}
}

// errorBody is a google.rpc.Status.
func (v geminiVendor) errorBody(e vendorError, status int) (int, []byte) {
	own := geminiErrors()[e.name]
	if e.name == "auth" && (v.bearer || status == http.StatusUnauthorized) {
		own = unauthenticated()
	}
	status = cmp.Or(status, own.status, e.status)
	text := cmp.Or(own.text, e.text)
	switch e.name {
	case "no-model", "rate", "quota":
		text = fmt.Sprintf(text, v.model)
	}
	body := map[string]any{"code": status, "message": text, "status": geminiStatus(status)}
	if details := v.details(e.name, own); len(details) > 0 {
		body["details"] = details
	}
	return status, mustJSON(map[string]any{"error": body})
}

const rpcType = "type.googleapis.com/google.rpc."

// details are those of google/rpc/error_details.proto that Google adds.
func (v geminiVendor) details(name string, own geminiError) []any {
	var out []any
	if own.reason != "" {
		out = append(out, map[string]any{
			"@type": rpcType + "ErrorInfo", "reason": own.reason, "domain": "googleapis.com",
			"metadata": map[string]any{"service": "generativelanguage.googleapis.com"},
		})
	}
	per := map[string]string{"rate": "PerMinute", "quota": "PerDay"}[name]
	if per == "" {
		return out
	}
	out = append(out, map[string]any{
		"@type": rpcType + "QuotaFailure",
		"violations": []any{map[string]any{
			"quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
			"quotaId":     "GenerateRequests" + per + "PerProjectPerModel-FreeTier",
			"quotaDimensions": map[string]any{
				"location": "global", "model": v.model,
			},
			"quotaValue": "10",
		}},
	})
	if delay := v.retryDelay(name); delay != "" {
		out = append(out, map[string]any{"@type": rpcType + "RetryInfo", "retryDelay": delay})
	}
	return out
}

// retryDelay is how long Google says to wait: as long as the fault's
// Retry-After, and in any case for some seconds at a limit per minute.
func (v geminiVendor) retryDelay(name string) string {
	for _, field := range v.fault.Header {
		n, err := strconv.ParseFloat(field[1], 64)
		switch {
		case err != nil:
		case field[0] == "Retry-After":
			return fmt.Sprintf("%gs", n)
		case field[0] == "Retry-After-Ms":
			return fmt.Sprintf("%gs", n/1000)
		}
	}
	if name == "rate" {
		return "7s"
	}
	return ""
}

// blocked is the answer to a prompt that Google will not take: no error, but
// an answer without candidates.
func (v geminiVendor) blocked() []byte {
	answer := map[string]any{
		"promptFeedback": map[string]any{"blockReason": "PROHIBITED_CONTENT"},
		"modelVersion":   v.model, "responseId": (&geminiChat{exchange: v.exchange}).id(),
	}
	if !v.fault.NoUsage {
		answer["usageMetadata"] = map[string]any{"promptTokenCount": 1, "totalTokenCount": 1}
	}
	return mustJSON(answer)
}

func (v geminiVendor) failure(e vendorError, status int) reply {
	if e.name == "policy" {
		return v.block(cmp.Or(status, http.StatusOK))
	}
	status, body := v.errorBody(e, status)
	if v.list {
		body = []byte("[" + string(body) + "]")
	}
	return reply{status, geminiJSON, body}
}

// block sends what blocks a prompt, in the form the caller asked for.
func (v geminiVendor) block(status int) reply {
	body := string(v.blocked())
	switch {
	case v.list:
		return reply{status, geminiJSON, []byte("[" + body + "]")}
	case v.query.Get("alt") == "sse":
		fm := v.framing()
		return reply{status, fm.contentType, []byte(fm.render(frame{data: body}))}
	}
	return reply{status, geminiJSON, []byte(body)}
}

// fatal ends a stream. Google writes an error into it bare, without "data:"; an
// answer that breaks its policy it only ends.
func (v geminiVendor) fatal(e vendorError, sent int) []frame {
	var fr frame
	if e.name == "policy" {
		c := &geminiChat{exchange: v.exchange}
		k := content{in: v.asked.tokensIn()}
		fr.data = string(c.chunk(nil, "PROHIBITED_CONTENT", c.usage(k, 0, 0)))
	} else {
		_, body := v.errorBody(e, 0)
		fr.data, fr.raw = string(body), true
	}
	if !v.list {
		return []frame{fr}
	}
	if sent > 1 { // the bracket is the first
		fr.data = ",\r\n" + fr.data
	}
	fr.data += "]"
	return []frame{fr}
}
