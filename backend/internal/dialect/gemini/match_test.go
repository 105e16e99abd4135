package gemini_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
)

func TestMatch(t *testing.T) {
	const chatEnd, embed, count, models = dialect.EndpointChat, dialect.EndpointEmbeddings, dialect.EndpointCount, dialect.EndpointModels
	for _, row := range []struct {
		path, query string
		want        dialect.Operation
		ok          bool
	}{
		{"/v1beta/models/g:generateContent", "", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "generateContent", Model: "g"}, true},
		{"/v1/models/g:generateContent", "", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "generateContent", Model: "g"}, true},
		{"/v1alpha/models/g:generateContent", "", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "generateContent", Model: "g"}, true},
		{"/v1beta/models/g:streamGenerateContent", "alt=sse", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "streamGenerateContent", Model: "g", Stream: true}, true},
		{"/v1beta/models/g:streamGenerateContent", "key=k&%24alt=sse", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "streamGenerateContent", Model: "g", Stream: true}, true},
		{"/v1beta/models/g:streamGenerateContent", "", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "streamGenerateContent", Model: "g", Stream: true, List: true}, true},
		{"/v1beta/models/a/b%2Fc:8b:countTokens", "", dialect.Operation{Endpoint: count, Allow: "POST", Name: "countTokens", Model: "a/b/c:8b"}, true},
		{"/v1beta/tunedModels/t-1:generateContent", "", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "generateContent", Model: "tunedModels/t-1"}, true},
		{"/v1beta/models/e:embedContent", "", dialect.Operation{Endpoint: embed, Allow: "POST", Name: "embedContent", Model: "e"}, true},
		{"/v1beta/models/e:batchEmbedContents", "", dialect.Operation{Endpoint: embed, Allow: "POST", Name: "batchEmbedContents", Model: "e"}, true},
		{"/v1beta/models", "pageSize=5", dialect.Operation{Endpoint: models, Allow: "GET"}, true},
		{"/v1beta/models/llama3:8b", "", dialect.Operation{Endpoint: models, Allow: "GET", Model: "llama3:8b"}, true},
		{"/v1beta/models/veo:predictLongRunning", "", dialect.Operation{}, true},
		{"/v1beta/cachedContents", "", dialect.Operation{}, true},
		{"/v1beta/openai/chat/completions", "", dialect.Operation{}, true},
		{"/v1/projects/p/locations/l/publishers/google/models/g:generateContent", "", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "generateContent", Model: "g"}, true},
		{"/v1beta1/publishers/meta/models/llama:generateContent", "", dialect.Operation{Endpoint: chatEnd, Allow: "POST", Name: "generateContent", Model: "meta/llama"}, true},
		{"/v1beta1/publishers/google/models", "", dialect.Operation{Endpoint: models, Allow: "GET", Name: "publisherModels"}, true},
		{"/v1/projects/p/locations/l/publishers/google/models/g:predict", "", dialect.Operation{}, true},
		{"/v1/projects/p", "", dialect.Operation{}, true},
		// Below /v1 the rest is another dialect's.
		{"/v1/models", "", dialect.Operation{}, false},
		{"/v1/models/llama3:8b", "", dialect.Operation{}, false},
		{"/v1/chat/completions", "", dialect.Operation{}, false},
		{"/v1betas/models", "", dialect.Operation{}, false},
		{"v1beta/models", "", dialect.Operation{}, false},
		{"/", "", dialect.Operation{}, false},
	} {
		got, ok := gemini.Inbound{}.Match(dialect.Ask{Path: row.path, Query: row.query})
		if ok != row.ok {
			t.Errorf("%s?%s: got %v", row.path, row.query, ok)
			continue
		}
		if ok && !sameOp(got, row.want) {
			t.Errorf("%s?%s:\n got %+v\nwant %+v", row.path, row.query, got, row.want)
		}
	}
}

func TestMatchTellsGooglesModelListByTheClient(t *testing.T) {
	for _, ask := range []dialect.Ask{
		{Path: "/v1/models/g", Header: dialect.Header{"X-Goog-Api-Key": {"k"}}},
		{Path: "/v1/models/g", Header: dialect.Header{"X-Goog-Api-Client": {"google-genai-sdk/3.3.0"}}},
		{Path: "/v1/models/g", Query: "key=k"},
	} {
		if op, ok := (gemini.Inbound{}).Match(ask); !ok || op.Endpoint != dialect.EndpointModels || op.Model != "g" {
			t.Errorf("%+v: got %+v, %v", ask, op, ok)
		}
	}
}

func sameOp(a, b dialect.Operation) bool {
	return a.Endpoint == b.Endpoint && a.Allow == b.Allow && a.Name == b.Name && a.Model == b.Model && a.Stream == b.Stream && a.List == b.List
}

func TestPeek(t *testing.T) {
	p, err := gemini.Inbound{}.Peek(streamOp, []byte(`{"contents":[]}`))
	if err != nil || p != (dialect.Peek{Model: "m", Stream: true, StreamUsage: true}) {
		t.Errorf("got %+v, %v", p, err)
	}
	for body, code := range map[string]hw.Code{
		``: hw.CodeBadJSON, `[]`: hw.CodeBadJSON, `{"a":}`: hw.CodeBadJSON, `{} x`: hw.CodeBadJSON, `{"model":"a","model":"b"}`: hw.CodeBadJSON,
	} {
		if _, err := (gemini.Inbound{}).Peek(chatOp, []byte(body)); hw.CodeOf(err) != code {
			t.Errorf("%q: got %v", body, err)
		}
	}
	_, err = gemini.Inbound{}.Peek(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(`{}`))
	refused(t, err, hw.CodeBadRequest, "model")
}

func TestStreamType(t *testing.T) {
	if got := (gemini.Inbound{}).StreamType(streamOp); got != "text/event-stream" {
		t.Errorf("got %s", got)
	}
	if got := (gemini.Inbound{}).StreamType(dialect.Operation{List: true}); got != "application/json; charset=UTF-8" {
		t.Errorf("got %s", got)
	}
}

func TestModels(t *testing.T) {
	in := gemini.Inbound{}
	methods := `"supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens","embedContent","batchEmbedContents"]`
	one := `{"name":"models/a/b","baseModelId":"a/b","version":"001","displayName":"a/b",` + methods + `}`
	op := dialect.Operation{Endpoint: dialect.EndpointModels}
	sameAs(t, string(in.Model(op, dialect.Model{ID: "a/b"})), one)
	sameAs(t, string(in.Models(op, []dialect.Model{{ID: "a/b"}})), `{"models":[`+one+`]}`)
	sameAs(t, string(in.Models(op, nil)), `{"models":[]}`)
	op.Name = "publisherModels"
	sameAs(t, string(in.Models(op, []dialect.Model{{ID: "x"}})), `{"publisherModels":[{"name":"publishers/google/models/x"}]}`)
	sameAs(t, string(in.Count(7)), `{"totalTokens":7}`)

	models, err := gemini.Outbound{}.ReadModels([]byte(`{"models":[{"name":"models/g-1"},{"name":"tunedModels/t"},{}]}`))
	if err != nil || len(models) != 2 || models[0].ID != "g-1" || models[1].ID != "tunedModels/t" {
		t.Errorf("got %v, %v", models, err)
	}
	for _, body := range []string{`x`, `{"error":{"code":401}}`} {
		if _, err := (gemini.Outbound{}).ReadModels([]byte(body)); err == nil {
			t.Errorf("%s: want a fault", body)
		}
	}
}

func TestAdapt(t *testing.T) {
	for _, row := range []struct {
		name   string
		op     dialect.Operation
		stream bool
		model  string
		body   string
		path   string
		want   string
	}{
		{"the body stays", chatOp, false, "g-1", `{ "contents":[ ] ,"new":1.0}`, "/models/g-1:generateContent", `{ "contents":[ ] ,"new":1.0}`},
		{"a stream is asked for as events", streamOp, true, "models/g-1", `{}`, "/models/g-1:streamGenerateContent?alt=sse", `{}`},
		{"a tuned model", chatOp, false, "tunedModels/a b", `{}`, "/tunedModels/a%20b:generateContent", `{}`},
		{"slashes are escaped", chatOp, false, "a/b?c", `{}`, "/models/a%2Fb%3Fc:generateContent", `{}`},
		{
			"the model of a single content",
			dialect.Operation{Endpoint: dialect.EndpointEmbeddings, Name: "embedContent"},
			false, "e",
			`{"model": "models/alias","content":{"model":"x"}}`, "/models/e:embedContent", `{"model": "models/e","content":{"model":"x"}}`,
		},
		{
			"the models of a batch",
			dialect.Operation{Endpoint: dialect.EndpointEmbeddings, Name: "batchEmbedContents"},
			false, "e",
			`{"requests":[ {"model":"models/alias"}, {"content":1} ,{"x":0, "model":"alias"}],"model":"a"}`, "/models/e:batchEmbedContents",
			`{"requests":[ {"model":"models/e"}, {"content":1} ,{"x":0, "model":"models/e"}],"model":"models/e"}`,
		},
		{
			"the model of a request to be counted",
			dialect.Operation{Endpoint: dialect.EndpointCount, Name: "countTokens"},
			false, "g",
			`{"generateContentRequest":{"model":"models/alias","contents":[]}}`, "/models/g:countTokens",
			`{"generateContentRequest":{"model":"models/g","contents":[]}}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			wire, err := gemini.Outbound{}.Adapt(row.op, []byte(row.body), dialect.Target{Model: row.model}, row.stream)
			if err != nil || wire.Path != row.path || string(wire.Body) != row.want {
				t.Errorf("got %s %s, %v", wire.Path, wire.Body, err)
			}
		})
	}
	wire, err := gemini.Outbound{}.Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false)
	if err != nil || wire.Path != "/models?pageSize=1000" || wire.Body != nil {
		t.Errorf("got %+v, %v", wire, err)
	}
	_, err = gemini.Outbound{}.Adapt(chatOp, []byte(`{"model":1,"model":2}`), dialect.Target{}, false)
	refused(t, err, hw.CodeBadJSON, "model")
}

func TestError(t *testing.T) {
	err := hw.Errorf(hw.CodeRateLimited, "Too fast.")
	err.RetryAfter = 1500 * time.Millisecond
	sameAs(t, string(gemini.Inbound{}.Error(err, "id-1")), `{"error":{"code":429,"message":"Too fast.","status":"RESOURCE_EXHAUSTED","details":[
		{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMITED","domain":"headwater","metadata":{"code":"rate_limited","requestId":"id-1","hint":"Wait for the time in Retry-After."}},
		{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}}`)
	sameAs(t, string(gemini.Inbound{}.Error(hw.Errorf(hw.CodeBadRequest, "No.").At("contents"), "")), `{"error":{"code":400,"message":"No.","status":"INVALID_ARGUMENT","details":[
		{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"BAD_REQUEST","domain":"headwater","metadata":{"code":"bad_request","field":"contents","hint":"Correct the named field and send the request again."}},
		{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents","description":"No."}]}]}}`)
	known := map[string]bool{
		"INVALID_ARGUMENT": true, "UNAUTHENTICATED": true, "PERMISSION_DENIED": true, "NOT_FOUND": true, "UNIMPLEMENTED": true, "ABORTED": true,
		"RESOURCE_EXHAUSTED": true, "CANCELLED": true, "INTERNAL": true, "UNAVAILABLE": true, "DEADLINE_EXCEEDED": true,
	}
	for _, row := range hw.CodeTable() {
		d := gemini.Outbound{}.ReadError(row.Status, nil, gemini.Inbound{}.Error(hw.Errorf(row.Code, "x"), ""))
		if !known[d.Type] || d.Message != "x" {
			t.Errorf("%s: got %+v", row.Code, d)
		}
	}
}

func TestStreamErrorIsSeenByEveryReader(t *testing.T) {
	err := hw.Errorf(hw.CodeStreamInterrupted, "It broke.")
	out := string(gemini.Inbound{}.StreamError(streamOp, err, "id"))
	event, bare, _ := strings.Cut(out, "\r\n\r\n")
	// The last piece must be bare JSON without a line end: the SDK for Go reads it
	// as an error then, that for JavaScript as one or as an unfinished stream.
	sameAs(t, bare, string(gemini.Inbound{}.Error(err, "id")))
	data, ok := strings.CutPrefix(event, `data: {"error":{`)
	if !ok || !strings.Contains(data, `"candidates":[{"content":{"parts":[{"text":""}]`) {
		t.Errorf("got %s", event)
	}
	var fault *dialect.Fault
	if _, err := decodeStream(out); !errors.As(err, &fault) || fault.Detail.Status != 502 || fault.Detail.Message != "It broke." {
		t.Errorf("got %v", err)
	}
	op := streamOp
	op.List = true
	first := write(dialect.EncodeOptions{Op: op}, dialect.Event{Kind: dialect.EventText, Text: "a"})
	sameAs(t, field(t, `{"all":`+first+string(gemini.Inbound{}.StreamError(op, err, "id"))+`}`, "all"),
		`[`+strings.Replace(chunk(`{"text":"a"}`, ""), `"r1"`, `""`, 1)+`,`+string(gemini.Inbound{}.Error(err, "id"))+`]`)
}

func TestReadError(t *testing.T) {
	const quota = `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"You exceeded your current quota, please check your plan and billing details.","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"%"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}`
	for _, row := range []struct {
		status int
		body   string
		reason dialect.Reason
		why    string
	}{
		{400, `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"API key not valid.","details":[{"reason":"API_KEY_INVALID"}]}}`, dialect.ReasonAuth, "a bad key is a 400"},
		{400, `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"The input token count (2000) exceeds the maximum number of tokens allowed (1000)."}}`, dialect.ReasonContextLength, ""},
		{400, `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"* GenerateContentRequest.contents: the rate limit of authentication"}}`, dialect.ReasonBadRequest, "words by chance"},
		{400, `{"error":{"code":400,"status":"FAILED_PRECONDITION","message":"Please enable billing on your project."}}`, dialect.ReasonQuota, ""},
		{401, `{"error":{"code":401,"status":"UNAUTHENTICATED","message":"m"}}`, dialect.ReasonAuth, ""},
		{403, `{"error":{"code":403,"status":"PERMISSION_DENIED","message":"m"}}`, dialect.ReasonAuth, ""},
		{404, `{"error":{"code":404,"status":"NOT_FOUND","message":"models/x is not found for API version v1beta"}}`, dialect.ReasonNoModel, ""},
		{404, `{"error":{"code":404,"status":"NOT_FOUND","message":"CachedContent not found"}}`, dialect.ReasonBadRequest, "no model is meant"},
		{429, strings.Replace(quota, "%", "GenerateRequestsPerMinutePerProject", 1), dialect.ReasonRate, "a minute passes"},
		{429, strings.Replace(quota, "%", "GenerateRequestsPerDayPerProject", 1), dialect.ReasonQuota, "a day does not"},
		{429, `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Resource has been exhausted (e.g. check quota)."}}`, dialect.ReasonRate, ""},
		{429, `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Your prepayment credits are depleted: billing"}}`, dialect.ReasonQuota, ""},
		{500, `{"error":{"code":500,"status":"INTERNAL","message":"m"}}`, dialect.ReasonUnknown, ""},
		{503, `{"error":{"code":503,"status":"UNAVAILABLE","message":"The model is overloaded."}}`, dialect.ReasonOverloaded, ""},
		{504, `{"error":{"code":504,"status":"DEADLINE_EXCEEDED","message":"m"}}`, dialect.ReasonOverloaded, ""},
		{400, `[{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"m"}}]`, dialect.ReasonBadRequest, "a stream's error in a list"},
		{503, `<html>busy</html>`, dialect.ReasonOverloaded, "no JSON"},
		{500, `{"error":"too many requests"}`, dialect.ReasonRate, "a bare text"},
		{400, ``, dialect.ReasonBadRequest, "nothing"},
	} {
		d := gemini.Outbound{}.ReadError(row.status, nil, []byte(row.body))
		if d.Reason != row.reason || d.Status != row.status {
			t.Errorf("%s (%s): got %+v", row.body, row.why, d)
		}
		if strings.Contains(row.body, "34s") && d.Wait != "34s" {
			t.Errorf("got wait %q", d.Wait)
		}
	}
}
