package dialect

import (
	"encoding/json"
	"strings"
)

// This file reads the errors of Amazon's services, whichever dialect the model
// behind them speaks.

// AmazonError reads the body of an answer with an error status; zero where the
// status was a success. The type of the error stands in the body or in a header,
// with a namespace around it.
func AmazonError(status int, header Header, body []byte) ErrorDetail {
	kind := ""
	if values := header["X-Amzn-Errortype"]; len(values) > 0 {
		kind = values[0]
	}
	d := amazonDetail(body, kind)
	if status != 0 {
		d.Status = status
		d.Reason = amazonReason(d)
	}
	return d
}

// IsAmazonException reports whether an event's name is that of an error.
func IsAmazonException(name string) bool {
	return strings.HasSuffix(name, "Exception") || strings.HasSuffix(name, "Error") || strings.HasSuffix(name, "Failure")
}

// AmazonException is the fault that an event of a stream tells by its name.
func AmazonException(name string, data []byte) *Fault {
	d := amazonDetail(data, name)
	if d.Message == "" {
		d.Message = "the stream ended with " + d.Type
	}
	return &Fault{Detail: d}
}

// amazonDetail reads an error's body; kind is its type as told beside it.
func amazonDetail(body []byte, kind string) ErrorDetail {
	var e struct {
		Type    string `json:"__type"`
		Lower   string `json:"message"`
		Upper   string `json:"Message"`
		Origin  string `json:"originalMessage"`
		Status  int    `json:"originalStatusCode"`
		Code    string `json:"code"`
		Details string `json:"detail"`
	}
	var d ErrorDetail
	if json.Unmarshal(body, &e) != nil {
		d.Message = Excerpt(string(body))
	}
	if kind == "" {
		kind = e.Type
	}
	d.Type, d.Code = bareAmazonType(kind), e.Code
	for _, words := range []string{e.Lower, e.Upper, e.Origin, e.Details} {
		if d.Message == "" {
			d.Message = Excerpt(words)
		}
	}
	d.Status = amazonStatus(d.Type)
	d.Reason = amazonReason(d)
	return d
}

// bareAmazonType takes the type out of "com.amazon.coral.service#Type" and out of
// "Type:http://internal.amazon.com/coral/…".
func bareAmazonType(kind string) string {
	kind, _, _ = strings.Cut(kind, ":")
	if at := strings.LastIndexByte(kind, '#'); at >= 0 {
		kind = kind[at+1:]
	}
	return kind
}

// amazonExceptions are the errors of the service, with the status of each (API
// reference of Converse and ConverseStream, and the errors common to all
// services). In a stream their names begin with a small letter.
var amazonExceptions = map[string]struct {
	status int
	reason Reason
}{
	"accessdenied":               {403, ReasonAuth},
	"expiredtoken":               {403, ReasonAuth},
	"incompletesignature":        {403, ReasonAuth},
	"invalidsignature":           {403, ReasonAuth},
	"missingauthenticationtoken": {403, ReasonAuth},
	"optinrequired":              {403, ReasonAuth},
	"unrecognizedclient":         {403, ReasonAuth},
	"validation":                 {400, ReasonBadRequest},
	"serialization":              {400, ReasonBadRequest},
	"resourcenotfound":           {404, ReasonNoModel},
	"throttling":                 {429, ReasonRate},
	"toomanyrequests":            {429, ReasonRate},
	"servicequotaexceeded":       {429, ReasonQuota},
	"modelnotready":              {429, ReasonLoading},
	"modeltimeout":               {408, ReasonOverloaded},
	"modelerror":                 {424, ReasonUnknown},
	"modelstreamerror":           {424, ReasonUnknown},
	"internalserver":             {500, ReasonUnknown},
	"internal":                   {500, ReasonUnknown},
	"serviceunavailable":         {503, ReasonOverloaded},
}

// plainAmazonType is a type without its last word and without letter case.
func plainAmazonType(kind string) string {
	kind = strings.ToLower(kind)
	for _, last := range []string{"exception", "failure"} {
		kind = strings.TrimSuffix(kind, last)
	}
	if _, known := amazonExceptions[kind]; !known {
		kind = strings.TrimSuffix(kind, "error")
	}
	return kind
}

// amazonStatus is the status that a type of error stands for; 0 when unknown.
func amazonStatus(kind string) int { return amazonExceptions[plainAmazonType(kind)].status }

// amazonReason reads words first, since most refusals are of one type, then the
// type, then the status.
func amazonReason(d ErrorDetail) Reason {
	known := amazonExceptions[plainAmazonType(d.Type)].reason
	if known == ReasonBadRequest || known == ReasonUnknown {
		if reason := amazonWords(d.Message); reason != ReasonUnknown {
			return reason
		}
	}
	if known != ReasonUnknown {
		return known
	}
	return StatusReason(d.Status)
}

// amazonWords reads what Bedrock names in words only.
func amazonWords(message string) Reason {
	text := strings.ToLower(message)
	for _, row := range []struct {
		words  string
		reason Reason
	}{
		{"model identifier is invalid", ReasonNoModel},
		{"on-demand throughput isn", ReasonNoModel},
		{"end of its life", ReasonNoModel},
		{"input tokens exceeds", ReasonContextLength},
		{"input tokens exceeded", ReasonContextLength},
		{"too many input tokens", ReasonContextLength},
		{"security token", ReasonAuth},
	} {
		if strings.Contains(text, row.words) {
			return row.reason
		}
	}
	return MessageReason(message)
}
