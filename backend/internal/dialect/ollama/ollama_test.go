package ollama_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/ollama"
)

// op is the operation of a path.
func op(tb testing.TB, path string) dialect.Operation {
	tb.Helper()
	op, ok := ollama.Inbound{}.Match(dialect.Ask{Method: "POST", Path: path})
	if !ok || op.Endpoint == "" {
		tb.Fatalf("nothing is at %s", path)
	}
	return op
}

// stranger speaks Ollama under another name, so that its answers go through the
// neutral form.
type stranger struct{ ollama.Outbound }

func (stranger) Name() string { return "stranger" }

var (
	measured = regexp.MustCompile(`"(total_duration|load_duration|prompt_eval_duration|eval_duration)":\d+,?`)
	told     = regexp.MustCompile(`"created_at":"[^"]*"`)
)

// steady leaves out of an answer what is measured.
func steady(body []byte) string {
	text := measured.ReplaceAllString(string(body), "")
	text = strings.ReplaceAll(text, ",}", "}")
	return told.ReplaceAllString(text, `"created_at":"T"`)
}

func TestMatchKnowsItsGround(t *testing.T) {
	for _, row := range []struct {
		path, allow, name string
		endpoint          dialect.Endpoint
		own               bool
	}{
		{"/api/chat", "POST", "", dialect.EndpointChat, true},
		{"/api/generate", "POST", "generate", dialect.EndpointChat, true},
		{"/api/embed", "POST", "embed", dialect.EndpointEmbeddings, true},
		{"/api/embeddings", "POST", "embeddings", dialect.EndpointEmbeddings, true},
		{"/api/tags", "GET, HEAD", "", dialect.EndpointModels, true},
		{"/api/show", "POST", "show", dialect.EndpointModels, true},
		{"/api/version", "GET, HEAD", "version", dialect.EndpointAbout, true},
		{"/api/ps", "GET, HEAD", "ps", dialect.EndpointAbout, true},
		{"/api/pull", "", "", "", true},
		{"/api/blobs/sha256:1", "", "", "", true},
		{"/api/chat/", "", "", "", true},
		{"/api", "", "", "", false},
		{"/", "", "", "", false},
		{"/v1/chat/completions", "", "", "", false},
	} {
		op, own := ollama.Inbound{}.Match(dialect.Ask{Path: row.path})
		if own != row.own || op.Allow != row.allow || op.Name != row.name || op.Endpoint != row.endpoint {
			t.Errorf("%s: got %+v, %v", row.path, op, own)
		}
	}
}

func TestPeekStreamsUnlessToldNotTo(t *testing.T) {
	for _, row := range []struct {
		path, body, model string
		stream            bool
		code              hw.Code
		field             string
	}{
		{"/api/chat", `{"model":"a:latest"}`, "a:latest", true, "", ""},
		{"/api/chat", `{"model":"a","stream":null}`, "a", true, "", ""},
		{"/api/chat", `{"model":"a","stream":true}`, "a", true, "", ""},
		{"/api/chat", `{"stream":false,"model":"a"}`, "a", false, "", ""},
		{"/api/generate", `{"model":"a","prompt":"x"}`, "a", true, "", ""},
		{"/api/embed", `{"model":"a","input":"x"}`, "a", false, "", ""},
		{"/api/show", `{"model":"a"}`, "a", false, "", ""},
		{"/api/show", `{"name":"b"}`, "b", false, "", ""},
		{"/api/show", `{"name":"b","model":""}`, "b", false, "", ""},
		{"/api/show", `{"name":"b","model":"a"}`, "a", false, "", ""},
		{"/api/chat", `{"name":"b"}`, "", false, hw.CodeBadRequest, "model"},
		{"/api/chat", `{"model":7}`, "", false, hw.CodeBadRequest, "model"},
		{"/api/chat", `{"model":"a","stream":"no"}`, "", false, hw.CodeBadRequest, "stream"},
		{"/api/chat", `{"model":"a","model":"b"}`, "", false, hw.CodeBadJSON, "model"},
		{"/api/chat", `{"model":"a","Model":"b"}`, "", false, hw.CodeBadJSON, "model"},
		{"/api/chat", `{"model":"a","stream":true,"stream":false}`, "", false, hw.CodeBadJSON, "stream"},
		{"/api/chat", `["a"]`, "", false, hw.CodeBadJSON, ""},
		{"/api/chat", `{"model":"a"`, "", false, hw.CodeBadJSON, ""},
		{"/api/chat", ``, "", false, hw.CodeBadJSON, ""},
	} {
		p, err := ollama.Inbound{}.Peek(op(t, row.path), []byte(row.body))
		if row.code != "" {
			if e := hw.AsError(err); e == nil || e.Code != row.code || e.Field != row.field {
				t.Errorf("%s %s: got %v, want %s at %q", row.path, row.body, err, row.code, row.field)
			}
			continue
		}
		if want := (dialect.Peek{Model: row.model, Stream: row.stream, StreamUsage: true}); err != nil || p != want {
			t.Errorf("%s %s: got %+v, %v", row.path, row.body, p, err)
		}
	}
}

func TestAdaptChangesOnlyTheModel(t *testing.T) {
	for _, row := range []struct{ path, body, want string }{
		{"/api/chat", `{ "model" : "r", "messages":[],"new":{"model":"r"}}`, `{ "model" : "up\"x", "messages":[],"new":{"model":"r"}}`},
		{"/api/generate", `{"prompt":"p","model":"r"}`, `{"prompt":"p","model":"up\"x"}`},
		{"/api/embed", `{"model":"r","input":["a"]}`, `{"model":"up\"x","input":["a"]}`},
		{"/api/embeddings", `{"model":"r","prompt":"a"}`, `{"model":"up\"x","prompt":"a"}`},
	} {
		wire, err := ollama.Outbound{}.Adapt(op(t, row.path), []byte(row.body), dialect.Target{Model: `up"x`}, true)
		if err != nil || string(wire.Body) != row.want || wire.Path != row.path {
			t.Errorf("got  %s %s, %v\nwant %s %s", wire.Path, wire.Body, err, row.path, row.want)
		}
	}
	wire, err := ollama.Outbound{}.Adapt(op(t, "/api/tags"), nil, dialect.Target{}, false)
	if err != nil || wire.Path != "/api/tags" || wire.Body != nil {
		t.Errorf("models: %+v, %v", wire, err)
	}
	for body, code := range map[string]hw.Code{
		`{}`: hw.CodeBadRequest, `{"model":"a","model":"b"}`: hw.CodeBadJSON, `[]`: hw.CodeBadJSON, `{`: hw.CodeBadJSON,
	} {
		if _, err := (ollama.Outbound{}).Adapt(op(t, "/api/chat"), []byte(body), dialect.Target{}, false); hw.CodeOf(err) != code {
			t.Errorf("%s: got %v, want %s", body, err, code)
		}
	}
}

func TestServes(t *testing.T) {
	for endpoint, want := range map[dialect.Endpoint]bool{
		dialect.EndpointChat: true, dialect.EndpointEmbeddings: true, dialect.EndpointModels: true,
		dialect.EndpointCount: false, dialect.EndpointAbout: false, dialect.EndpointStored: false, dialect.EndpointCompletions: false,
	} {
		if got := (ollama.Outbound{}).Serves(endpoint); got != want {
			t.Errorf("%s: %v", endpoint, got)
		}
	}
}

func TestErrorsAreATextThatClientsRaise(t *testing.T) {
	err := hw.Errorf(hw.CodeUnknownModel, "There is no model <x>.").At("model").Because(errors.New("dial tcp 10.0.0.1"))
	want := `{"error":"There is no model <x>.","code":"unknown_model","field":"model","request_id":"r1"}`
	if got := string(ollama.Inbound{}.Error(err, "r1")); got != want {
		t.Errorf("got %s", got)
	}
	if got := string(ollama.Inbound{}.StreamError(op(t, "/api/chat"), err, "r1")); got != want+"\n" {
		t.Errorf("got %s", got)
	}
}

func TestModels(t *testing.T) {
	in := ollama.Inbound{}
	models := []dialect.Model{{ID: "a", Created: 5, OwnedBy: "x"}, {ID: "b"}}
	details := `"details":{"parent_model":"","format":"","family":"","families":[],"parameter_size":"","quantization_level":""}`
	want := `{"models":[{"name":"a","model":"a","modified_at":"1970-01-01T00:00:05Z","size":0,` +
		`"digest":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",` + details + `},` +
		`{"name":"b","model":"b","modified_at":"1970-01-01T00:00:00Z","size":0,` +
		`"digest":"3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",` + details + `}]}`
	list := in.Models(op(t, "/api/tags"), models)
	if string(list) != want {
		t.Errorf("got  %s\nwant %s", list, want)
	}
	read, err := ollama.Outbound{}.ReadModels(list)
	if err != nil || len(read) != 2 || read[0] != (dialect.Model{ID: "a", Created: 5, OwnedBy: "ollama"}) || read[1].ID != "b" {
		t.Errorf("got %+v, %v", read, err)
	}
	for path, want := range map[string]string{"/api/version": `{"version":"0.12.0"}`, "/api/ps": `{"models":[]}`, "/api/tags": `{"models":[]}`} {
		if got := string(in.Models(op(t, path), nil)); got != want {
			t.Errorf("%s: got %s", path, got)
		}
	}
	one := `{"license":"","modelfile":"","parameters":"","template":"",` + details +
		`,"model_info":{"general.basename":"a"},"capabilities":["completion","tools"],"modified_at":"1970-01-01T00:00:05Z"}`
	if got := string(in.Model(op(t, "/api/show"), models[0])); got != one {
		t.Errorf("got  %s\nwant %s", got, one)
	}
	var fault *dialect.Fault
	if _, err := (ollama.Outbound{}).ReadModels([]byte(`{"error":"unauthorized"}`)); !errors.As(err, &fault) || fault.Malformed {
		t.Errorf("an error in a list: %v", err)
	}
	if _, err := (ollama.Outbound{}).ReadModels([]byte(`[1]`)); !errors.As(err, &fault) || !fault.Malformed {
		t.Errorf("no list: %v", err)
	}
}

func TestReadErrorTellsTheReason(t *testing.T) {
	for _, row := range []struct {
		status int
		text   string
		want   dialect.Reason
	}{
		{404, "model 'x:latest' not found", dialect.ReasonNoModel},
		{404, `model "x" not found, try pulling it first`, dialect.ReasonNoModel},
		{404, "404 page not found", dialect.ReasonBadRequest},
		{400, "the input length exceeds the context length", dialect.ReasonContextLength},
		{400, "input length exceeds maximum context length", dialect.ReasonContextLength},
		{503, "server busy, please try again.  maximum pending requests exceeded", dialect.ReasonOverloaded},
		{500, "model requires more system memory (8.1 GiB) than is available (3.2 GiB)", dialect.ReasonOverloaded},
		{500, "llm server loading model", dialect.ReasonLoading},
		{500, "timed out waiting for llama runner to start - progress 0.00", dialect.ReasonLoading},
		{400, `"gemma3:1b" does not support thinking`, dialect.ReasonBadRequest},
		{400, "registry.ollama.ai/library/gemma3:1b does not support tools", dialect.ReasonBadRequest},
		{401, "unauthorized", dialect.ReasonAuth},
		{402, "you've reached your hourly usage limit, please upgrade to continue", dialect.ReasonQuota},
		{429, "too many requests", dialect.ReasonRate},
		{500, "boom", dialect.ReasonUnknown},
		{400, "invalid api key in options", dialect.ReasonBadRequest},
	} {
		body, _ := json.Marshal(map[string]string{"error": row.text})
		got := ollama.Outbound{}.ReadError(row.status, nil, body)
		if got.Reason != row.want || got.Status != row.status || got.Message != row.text {
			t.Errorf("%d %s: got %+v, want %q", row.status, row.text, got, row.want)
		}
	}
	for body, want := range map[string]dialect.ErrorDetail{
		`{"error":{"message":"m","type":"t","code":"c","param":"p"}}`: {Status: 500, Type: "t", Code: "c", Param: "p", Message: "m"},
		`{"error":{"a":1}}`: {Status: 500, Message: `{"a":1}`},
		`<html>`:            {Status: 500, Message: `<html>`},
	} {
		if got := (ollama.Outbound{}).ReadError(500, nil, []byte(body)); got != want {
			t.Errorf("%s: got %+v", body, got)
		}
	}
	if got := (ollama.Outbound{}).ReadError(500, nil, []byte(strings.Repeat("x", 5000))); len(got.Message) > 2010 {
		t.Errorf("an error page of %d bytes is no message", len(got.Message))
	}
}
