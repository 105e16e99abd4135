package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestBadInput(t *testing.T) {
	r := newRig(t)
	long := strings.Repeat("x", 1000)
	rows := []struct {
		name, method, path, body string
		header                   map[string]string
		status                   int
		code                     string
	}{
		{name: "no key", header: map[string]string{"Authorization": ""}, status: 401, code: "missing_key"},
		{name: "wrong key", header: map[string]string{"Authorization": "Bearer hw_wrong"}, status: 401, code: "invalid_key"},
		{name: "basic auth", header: map[string]string{"Authorization": "Basic aHc6aHc="}, status: 401, code: "missing_key"},
		{name: "endless key", header: map[string]string{"Authorization": "Bearer " + long}, status: 401, code: "invalid_key"},
		{name: "key with odd characters", header: map[string]string{"Authorization": "Bearer \xff'\"; DROP"}, status: 401, code: "invalid_key"},
		{name: "wrong path", path: "/v1/nothing", status: 404, code: "not_found"},
		{name: "dot segments", path: "/v1/../v1/secret", status: 404, code: "not_found"},
		{name: "wrong method", method: "PUT", status: 405, code: "method_not_allowed"},
		{name: "GET on chat", method: "GET", status: 405, code: "method_not_allowed"},
		{name: "POST on models", method: "POST", path: "/v1/models", status: 405, code: "method_not_allowed"},
		{name: "empty body", body: " ", status: 400, code: "bad_json"},
		{name: "not JSON", body: "model=fast", status: 400, code: "bad_json"},
		{name: "cut JSON", body: `{"model":"fast","messages":[`, status: 400, code: "bad_json"},
		{name: "an array", body: `["fast"]`, status: 400, code: "bad_json"},
		{name: "two objects", body: `{"model":"fast"}{"model":"fast"}`, status: 400, code: "bad_json"},
		{name: "the model twice", body: `{"model":"fast","model":"one","messages":[]}`, status: 400, code: "bad_json"},
		{name: "the model in capitals", body: `{"Model":"fast","messages":[]}`, status: 400, code: "bad_json"},
		{name: "no model", body: `{"messages":[]}`, status: 400, code: "bad_request"},
		{name: "model is a number", body: `{"model":5}`, status: 400, code: "bad_request"},
		{name: "stream is a word", body: `{"model":"fast","stream":"yes"}`, status: 400, code: "bad_request"},
		{name: "unknown model", body: `{"model":"fsat","messages":[]}`, status: 404, code: "unknown_model"},
		{name: "endless model", body: `{"model":"` + long + `","messages":[]}`, status: 404, code: "unknown_model"},
		{name: "model with control characters", body: `{"model":"a\u0000\u001b[31m\r\nX: y","messages":[]}`, status: 404, code: "unknown_model"},
		{name: "deep nesting", body: `{"model":"fast","x":` + strings.Repeat("[", 200000) + strings.Repeat("]", 200000) + `}`, status: 400, code: "bad_json"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			method, path, body := row.method, row.path, row.body
			if method == "" {
				method = "POST"
			}
			if path == "" {
				path = "/v1/chat/completions"
			}
			if body == "" {
				body = chatBody("fast", false)
			}
			got := r.do(method, path, body, row.header)
			if got.status != row.status || got.errorField(t, "code") != row.code {
				t.Fatalf("%d %.300s, want %d %s", got.status, got.body, row.status, row.code)
			}
			if got.errorField(t, "message") == "" || got.errorField(t, "type") == "" {
				t.Errorf("an SDK needs message and type: %s", got.body)
			}
			if !hw.IsID(hw.PrefixCall, got.header.Get("X-Request-Id")) || got.header.Get("X-Should-Retry") != "false" {
				t.Errorf("headers %v", got.header)
			}
			if row.status == 405 && (got.header.Get("Allow") == "" || !strings.Contains(got.body, `"param":null`)) {
				t.Errorf("405 without Allow, or with a field: %v %s", got.header, got.body)
			}
			if len(got.body) > 2000 {
				t.Errorf("the answer is %d bytes long", len(got.body))
			}
		})
	}
	if n := r.primary.Counts().Requests + r.spare.Counts().Requests; n != 0 {
		t.Errorf("upstreams were asked %d times", n)
	}
	if got := r.chat("fast"); got.status != 200 {
		t.Errorf("a good call afterwards: %d", got.status)
	}
	t.Run("near names are offered", func(t *testing.T) {
		got := r.chat("fsat")
		if !strings.Contains(got.errorField(t, "message"), "fast") || got.errorField(t, "param") != "model" {
			t.Errorf("%s", got.body)
		}
	})
}

func TestKeysThatNoLongerWork(t *testing.T) {
	rows := []struct {
		name   string
		change func(docs []hw.Document)
		status int
		code   string
	}{
		{"expired", func(d []hw.Document) { last[*hw.Key](d).ExpiresAt = time.Now().Add(-time.Second) }, 401, "expired_key"},
		{"disabled", func(d []hw.Document) { last[*hw.Key](d).State = hw.StateDisabled }, 401, "invalid_key"},
		{"app disabled", func(d []hw.Document) { last[*hw.App](d).State = hw.StateDisabled }, 403, "forbidden"},
		{"tenant disabled", func(d []hw.Document) { last[*hw.Tenant](d).State = hw.StateDisabled }, 403, "forbidden"},
		{"route not allowed", func(d []hw.Document) { last[*hw.App](d).Routes = []string{"other"} }, 404, "unknown_model"},
		{"no route allowed", func(d []hw.Document) { last[*hw.App](d).Routes = nil }, 404, "unknown_model"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t)
			if got := r.chat("fast"); got.status != 200 {
				t.Fatalf("before: %d", got.status)
			}
			docs := r.documents()
			row.change(docs)
			r.load(docs)
			if got := r.chat("fast"); got.status != row.status || got.errorField(t, "code") != row.code {
				t.Errorf("%d %s", got.status, got.body)
			}
			if n := r.primary.Counts().Requests; n != 1 {
				t.Errorf("the upstream was asked %d times", n)
			}
		})
	}
}

// last finds the one document of a type.
func last[D hw.Document](docs []hw.Document) D {
	var found D
	for _, doc := range docs {
		if d, ok := doc.(D); ok {
			found = d
		}
	}
	return found
}

func TestKeysComeTheWayTheSDKsSendThem(t *testing.T) {
	r := newRig(t)
	for _, header := range []map[string]string{
		{"Authorization": "Bearer " + testKey},
		{"Authorization": "bearer  " + testKey},
		{"Authorization": "", "X-Api-Key": testKey},
		{"Authorization": "", "Api-Key": testKey},
		{"Authorization": "", "X-Goog-Api-Key": testKey},
	} {
		if got := r.do("GET", "/v1/models", "", header); got.status != 200 {
			t.Errorf("%v: %d", header, got.status)
		}
	}
}

func TestBrokenBodies(t *testing.T) {
	r := newRig(t)
	head := func(more string) string {
		return "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + testKey + "\r\n" + more + "\r\n\r\n"
	}
	rows := []struct{ name, request, status string }{
		{"body shorter than said", head("Content-Length: 500") + chatBody("fast", false), "400"},
		{"bad chunk size", head("Transfer-Encoding: chunked") + "zz\r\nhello\r\n0\r\n\r\n", "400"},
		{"chunks without an end", head("Transfer-Encoding: chunked") + "5\r\nhello\r\n", "400"},
		{"body larger than the bound", head(fmt.Sprintf("Content-Length: %d", 33<<20)), "413"},
		{"negative length", head("Content-Length: -1"), "400"},
		{"no HTTP at all", "hello\r\n\r\n", "400"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if line := r.raw(row.request); !strings.Contains(line, " "+row.status+" ") {
				t.Errorf("status line %q, want %s", line, row.status)
			}
		})
	}
	if n := r.primary.Counts().Requests; n != 0 {
		t.Errorf("the upstream was asked %d times", n)
	}
	if got := r.chat("fast"); got.status != 200 {
		t.Errorf("a good call afterwards: %d", got.status)
	}
}

func TestHealthz(t *testing.T) {
	r := newRig(t)
	if got := r.do("GET", "/healthz", "", map[string]string{"Authorization": ""}); got.status != 200 || !strings.Contains(got.body, `"ok"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.do("POST", "/healthz", "", nil); got.status != 405 || got.header.Get("Allow") == "" || got.errorField(t, "code") != "method_not_allowed" {
		t.Errorf("POST: %d %s", got.status, got.body)
	}
	if r.calls.count() != 0 {
		t.Error("a probe is not a call")
	}
}
