package bedrock

import (
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect"
)

// malformed is a fault of an answer that is not this dialect.
func malformed(message string) *dialect.Fault {
	return &dialect.Fault{Malformed: true, Detail: dialect.ErrorDetail{Message: message}}
}

// ReadError reads the body of an answer with an error status. The type of the
// error stands in the body or in a header, with a namespace around it.
func (Outbound) ReadError(status int, header dialect.Header, body []byte) dialect.ErrorDetail {
	kind := ""
	if values := header["X-Amzn-Errortype"]; len(values) > 0 {
		kind = values[0]
	}
	d := readDetail(body, kind)
	d.Status = status
	d.Reason = reasonOf(d)
	return d
}

// exception is the fault that an event of a stream tells.
func exception(name string, data []byte) *dialect.Fault {
	d := readDetail(data, name)
	if d.Message == "" {
		d.Message = "the stream ended with " + d.Type
	}
	return &dialect.Fault{Detail: d}
}

// readDetail reads an error's body; kind is its type as told beside it.
func readDetail(body []byte, kind string) dialect.ErrorDetail {
	var e struct {
		Type    string `json:"__type"`
		Lower   string `json:"message"`
		Upper   string `json:"Message"`
		Origin  string `json:"originalMessage"`
		Status  int    `json:"originalStatusCode"`
		Code    string `json:"code"`
		Details string `json:"detail"`
	}
	var d dialect.ErrorDetail
	if json.Unmarshal(body, &e) != nil {
		d.Message = dialect.Excerpt(string(body))
	}
	if kind == "" {
		kind = e.Type
	}
	d.Type, d.Code = bareType(kind), e.Code
	for _, words := range []string{e.Lower, e.Upper, e.Origin, e.Details} {
		if d.Message == "" {
			d.Message = dialect.Excerpt(words)
		}
	}
	d.Status = statusOf(d.Type)
	d.Reason = reasonOf(d)
	return d
}

// bareType takes the type out of "com.amazon.coral.service#Type" and out of
// "Type:http://internal.amazon.com/coral/…".
func bareType(kind string) string {
	kind, _, _ = strings.Cut(kind, ":")
	if at := strings.LastIndexByte(kind, '#'); at >= 0 {
		kind = kind[at+1:]
	}
	return kind
}

// exceptions are the errors of the service, with the status of each (API
// reference of Converse and ConverseStream, and the errors common to all
// services). In a stream their names begin with a small letter.
var exceptions = map[string]struct {
	status int
	reason dialect.Reason
}{
	"accessdenied":               {403, dialect.ReasonAuth},
	"expiredtoken":               {403, dialect.ReasonAuth},
	"incompletesignature":        {403, dialect.ReasonAuth},
	"invalidsignature":           {403, dialect.ReasonAuth},
	"missingauthenticationtoken": {403, dialect.ReasonAuth},
	"optinrequired":              {403, dialect.ReasonAuth},
	"unrecognizedclient":         {403, dialect.ReasonAuth},
	"validation":                 {400, dialect.ReasonBadRequest},
	"serialization":              {400, dialect.ReasonBadRequest},
	"resourcenotfound":           {404, dialect.ReasonNoModel},
	"throttling":                 {429, dialect.ReasonRate},
	"toomanyrequests":            {429, dialect.ReasonRate},
	"servicequotaexceeded":       {429, dialect.ReasonQuota},
	"modelnotready":              {429, dialect.ReasonLoading},
	"modeltimeout":               {408, dialect.ReasonOverloaded},
	"modelerror":                 {424, dialect.ReasonUnknown},
	"modelstreamerror":           {424, dialect.ReasonUnknown},
	"internalserver":             {500, dialect.ReasonUnknown},
	"internal":                   {500, dialect.ReasonUnknown},
	"serviceunavailable":         {503, dialect.ReasonOverloaded},
}

// plainType is a type without its last word and without letter case.
func plainType(kind string) string {
	kind = strings.ToLower(kind)
	for _, last := range []string{"exception", "failure"} {
		kind = strings.TrimSuffix(kind, last)
	}
	if _, known := exceptions[kind]; !known {
		kind = strings.TrimSuffix(kind, "error")
	}
	return kind
}

// statusOf is the status that a type of error stands for; 0 when unknown.
func statusOf(kind string) int { return exceptions[plainType(kind)].status }

// reasonOf reads words first, since most refusals are of one type, then the
// type, then the status.
func reasonOf(d dialect.ErrorDetail) dialect.Reason {
	known := exceptions[plainType(d.Type)].reason
	if known == dialect.ReasonBadRequest || known == dialect.ReasonUnknown {
		if reason := messageReason(d.Message); reason != dialect.ReasonUnknown {
			return reason
		}
	}
	if known != dialect.ReasonUnknown {
		return known
	}
	return dialect.StatusReason(d.Status)
}

// messageReason reads what Bedrock names in words only.
func messageReason(message string) dialect.Reason {
	text := strings.ToLower(message)
	for _, row := range []struct {
		words  string
		reason dialect.Reason
	}{
		{"model identifier is invalid", dialect.ReasonNoModel},
		{"on-demand throughput isn", dialect.ReasonNoModel},
		{"end of its life", dialect.ReasonNoModel},
		{"input tokens exceeds", dialect.ReasonContextLength},
		{"input tokens exceeded", dialect.ReasonContextLength},
		{"too many input tokens", dialect.ReasonContextLength},
		{"security token", dialect.ReasonAuth},
	} {
		if strings.Contains(text, row.words) {
			return row.reason
		}
	}
	return dialect.MessageReason(message)
}
