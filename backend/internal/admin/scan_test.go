package admin_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/admin/admintest"
)

// engineAt starts a pretended engine and makes the scans of a house try its port.
func engineAt(t *testing.T, h *admintest.House) (port string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/models" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"house-model","owned_by":"vllm"}]}`)
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	h.Engines = []hw.Provider{{ID: "vllm", Dialect: "openai", Local: true, BaseURL: "http://127.0.0.1:" + at.Port() + "/v1"}}
	return at.Port()
}

func TestAScanSaysWhatIsConnectedAlready(t *testing.T) {
	h := house(t)
	port := engineAt(t, h)
	scan := func() hw.FoundEngine {
		t.Helper()
		report, err := h.Scan(t.Context(), admintest.Root())
		if err != nil || len(report.Found) != 1 {
			t.Fatalf("%+v, %v", report, err)
		}
		return report.Found[0]
	}
	if got := scan(); got.Upstream != "" || got.Provider != "vllm" || got.BaseURL != "http://127.0.0.1:"+port+"/v1" {
		t.Errorf("%+v", got)
	}
	// Neither another port, nor TLS, nor another host is this one.
	for name, base := range map[string]string{"port": "http://127.0.0.1:1/v1", "tls": "https://127.0.0.1:" + port, "host": "http://10.0.0.1:" + port} {
		h.Must(t, hw.KindUpstream, fmt.Sprintf(`{"name":%q,"provider":"openai-compatible","local":true,"base_url":%q}`, name, base))
	}
	if got := scan(); got.Upstream != "" {
		t.Errorf("%+v", got)
	}
	h.Must(t, hw.KindUpstream, `{"name":"house","provider":"openai-compatible","local":true,"base_url":"http://LocalHost:`+port+`/v1"}`)
	if got := scan(); got.Upstream != "house" {
		t.Errorf("%+v", got)
	}
	if _, generation := h.Documents(); generation != 4 {
		t.Errorf("a scan changed something: generation %d", generation)
	}
}

func TestAScanOfANetworkIsAJobAndAudited(t *testing.T) {
	h := house(t)
	if _, err := h.Scan(t.Context(), admintest.Root()); err != nil {
		t.Fatal(err)
	}
	before := links(t, h)
	// No port is left to try: a job that is over at once.
	sub := h.Bus.Subscribe(0, hw.TopicJobs)
	defer sub.Close()
	started, err := h.ScanRange(t.Context(), admintest.Root(), hw.ScanInput{Range: "10.9.8.0/30"})
	if err != nil || started.Kind != hw.JobUpstreamsScan || started.Subject != "10.9.8.0/30" || started.Actor != "root" {
		t.Fatalf("%+v, %v", started, err)
	}
	for job := started; job.State == hw.JobRunning; {
		if _, _, err := sub.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		if job, err = h.Job(t.Context(), admintest.Root(), started.ID); err != nil {
			t.Fatal(err)
		}
		if job.State == hw.JobRunning {
			continue
		}
		var report hw.ScanReport
		if err := json.Unmarshal(job.Result, &report); err != nil {
			t.Fatal(err)
		}
		if job.State != hw.JobDone || job.Done != 4 || job.Total != 4 || report.Range != "10.9.8.0/30" || report.Addresses != 2 || job.Words != "No engine was found at 10.9.8.0/30." {
			t.Errorf("%+v %+v", job, report)
		}
	}
	if after := links(t, h); after != before+1 {
		t.Errorf("%d links, before it %d: that a network was looked through belongs there", after, before)
	}
}

// links is the length of the audit chain.
func links(t *testing.T, h *admintest.House) int64 {
	t.Helper()
	report, err := h.VerifyAudit(t.Context(), admintest.Root())
	if err != nil || !report.OK {
		t.Fatalf("%+v, %v", report, err)
	}
	return report.Links
}

func TestARangeThatIsNotTakenStartsNothing(t *testing.T) {
	h := house(t)
	for _, text := range []string{"8.8.8.8", "10.0.0.0/8", "169.254.169.254", "127.0.0.1", "x y"} {
		_, err := h.ScanRange(t.Context(), admintest.Root(), hw.ScanInput{Range: text})
		wantCode(t, err, hw.CodeBadRequest)
	}
	// Nor does its kind without a network.
	_, err := h.StartJob(t.Context(), admintest.Root(), hw.JobInput{Kind: hw.JobUpstreamsScan})
	wantCode(t, err, hw.CodeBadRequest)
	if jobs, err := h.Jobs(t.Context(), admintest.Root()); err != nil || len(jobs) != 0 {
		t.Errorf("%+v, %v", jobs, err)
	}
}

func TestATestNamesTheModelThatIsToAnswer(t *testing.T) {
	h := house(t)
	h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
	report, err := h.TestUpstream(t.Context(), admintest.Root(), named("openai"), "gpt-4o-mini")
	if err != nil || report.Completion == nil || report.Completion.Model != "gpt-4o-mini" {
		t.Errorf("%+v, %v", report, err)
	}
	if report, err = h.TestUpstream(t.Context(), admintest.Root(), named("openai"), ""); err != nil || report.Completion != nil {
		t.Errorf("%+v, %v", report, err)
	}
	for _, wrong := range []string{"two words", "tab\there", strings.Repeat("x", 200)} {
		_, err := h.TestUpstream(t.Context(), admintest.Root(), named("openai"), wrong)
		wantCode(t, err, hw.CodeBadRequest)
	}
}
