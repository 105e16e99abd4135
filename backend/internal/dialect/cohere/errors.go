package cohere

import (
	"encoding/json"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// malformed is a fault of an answer that is not this dialect.
func malformed(message string) *dialect.Fault {
	return &dialect.Fault{Malformed: true, Detail: dialect.ErrorDetail{Message: message}}
}

// ReadError reads the body of an answer with an error status.
func (Outbound) ReadError(status int, _ dialect.Header, body []byte) dialect.ErrorDetail {
	d := dialect.ErrorDetail{Status: status, Message: readMessage(body)}
	d.Reason = reasonOf(d)
	return d
}

// faultOf is the fault inside a success whose body or event is an error.
func faultOf(body []byte) *dialect.Fault {
	d := dialect.ErrorDetail{Message: readMessage(body)}
	d.Reason = reasonOf(d)
	return &dialect.Fault{Detail: d}
}

// stopped is the fault of an answer that ended with a reason that is an error;
// nil for all other reasons.
func stopped(reason, message string) *dialect.Fault {
	d := dialect.ErrorDetail{Type: reason, Message: dialect.Excerpt(message)}
	switch reason {
	case "ERROR":
		d.Status = 500
	case "TIMEOUT":
		d.Status = 504
	default:
		return nil
	}
	d.Reason = reasonOf(d)
	return &dialect.Fault{Detail: d}
}

// readMessage reads the words of an error, which stand in message, or in error
// where a proxy in between wrote it.
func readMessage(body []byte) string {
	var e struct {
		Message json.RawMessage `json:"message"`
		Error   json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil {
		return dialect.Excerpt(string(body))
	}
	for _, raw := range []json.RawMessage{e.Message, e.Error} {
		if text, ok := peek.String(raw); ok {
			return dialect.Excerpt(text)
		}
	}
	return dialect.Excerpt(string(body))
}

// denied is the status of a request or an answer with a deny-listed token
// (API reference, "Errors", 2025).
const denied = 498

// reasonOf reads the words where Cohere tells a cause in words only, then the
// status.
func reasonOf(d dialect.ErrorDetail) dialect.Reason {
	text := strings.ToLower(d.Message)
	switch {
	case d.Status == denied:
		return dialect.ReasonContentPolicy
	case strings.Contains(text, "calls / month"): // the trial keys' allowance
		return dialect.ReasonQuota
	case strings.Contains(text, "calls / minute"):
		return dialect.ReasonRate
	case d.Status == 401 || d.Status == 403 || d.Status == 429:
		return orElse(dialect.MessageReason(d.Message), d.Status, dialect.ReasonQuota, dialect.ReasonContentPolicy)
	case tooLong(text):
		return dialect.ReasonContextLength
	case d.Status >= 500:
		return orElse(
			dialect.MessageReason(d.Message), d.Status,
			dialect.ReasonOverloaded, dialect.ReasonLoading, dialect.ReasonRate, dialect.ReasonContextLength,
		)
	case d.Status == 0:
		return inSuccess(text)
	}
	return orElse(
		dialect.MessageReason(d.Message), d.Status,
		dialect.ReasonNoModel, dialect.ReasonContextLength, dialect.ReasonQuota, dialect.ReasonContentPolicy,
	)
}

func tooLong(text string) bool {
	return strings.Contains(text, "number of tokens") && (strings.Contains(text, "exceed") || strings.Contains(text, "limit"))
}

// inSuccess reads an error that came without a status: words are all there is.
func inSuccess(text string) dialect.Reason {
	if strings.Contains(text, "temporarily unavailable") {
		return dialect.ReasonOverloaded
	}
	return dialect.MessageReason(text)
}

// orElse keeps a chance word from overruling the status: only the reasons that
// may come with it count.
func orElse(found dialect.Reason, status int, may ...dialect.Reason) dialect.Reason {
	if slices.Contains(may, found) {
		return found
	}
	return dialect.StatusReason(status)
}
