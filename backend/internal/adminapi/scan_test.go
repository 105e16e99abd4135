package adminapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"headwater/backend/hw"
)

func TestScansOverREST(t *testing.T) {
	l := listen(t)
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"house-model","owned_by":"vllm"}]}`)
	}))
	t.Cleanup(engine.Close)
	at, err := url.Parse(engine.URL)
	if err != nil {
		t.Fatal(err)
	}
	l.Engines = []hw.Provider{{ID: "vllm", Dialect: "openai", Local: true, BaseURL: engine.URL + "/v1"}}
	t.Run("upstreams.scan says at once what is on this machine", func(t *testing.T) {
		var report hw.ScanReport
		r := l.do(t, http.MethodPost, "/api/v1/upstreams/scan", "")
		if r.decode(t, &report); r.StatusCode != http.StatusOK || len(report.Found) != 1 || report.Found[0].Address != at.Host || report.Range != "" {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	})
	t.Run("upstreams.scan_range starts a job", func(t *testing.T) {
		l.Engines = nil // nothing outside of this machine is asked by a test
		var job hw.Job
		r := l.do(t, http.MethodPost, "/api/v1/upstreams/scan/range", `{"range":"10.9.8.7"}`)
		if r.decode(t, &job); r.StatusCode != http.StatusCreated || job.Kind != hw.JobUpstreamsScan || job.ID == "" {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	})
	t.Run("a range that is not private is refused at its field", func(t *testing.T) {
		d := wantProblem(t, l.do(t, http.MethodPost, "/api/v1/upstreams/scan/range", `{"range":"8.8.8.0/24"}`), hw.CodeBadRequest)
		if raw, _ := json.Marshal(d); d.Hint == "" || !strings.Contains(string(raw), `"body.range"`) {
			t.Errorf("%s", raw)
		}
		wantProblem(t, l.do(t, http.MethodPost, "/api/v1/upstreams/scan/range", `{}`), hw.CodeInvalid)
	})
	t.Run("upstreams.test takes a model", func(t *testing.T) {
		l.do(t, http.MethodPost, "/api/v1/upstreams", `{"name":"openai","provider":"openai"}`)
		var report hw.TestReport
		r := l.do(t, http.MethodPost, "/api/v1/upstreams/openai/test?model=gpt-4o-mini", "")
		if r.decode(t, &report); report.Completion == nil || report.Completion.Model != "gpt-4o-mini" || !report.Completion.Spent {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	})
}
