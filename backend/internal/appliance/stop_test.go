package appliance_test

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/appliance"
	"headwater/backend/internal/calllog"
)

// endless streams until its caller hangs up.
func endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		_, _ = io.WriteString(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"a"}}]}`+"\n\n")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func TestAStopCutsOpenStreamsAndKeepsTheirRows(t *testing.T) {
	const calls = 50
	up := httptest.NewServer(http.HandlerFunc(endless))
	defer up.Close()
	dir := t.TempDir()
	s := start(t, dir, func(o *appliance.Options) { o.Grace = 300 * time.Millisecond })
	s.apply(t, dir, strings.NewReplacer(
		"{name: sim, provider: simulator}", `{name: sim, provider: openai-compatible, local: true, max_in_flight: 100, base_url: "`+up.URL+`/v1"}`,
		"KEYHASH", sha256Of("hw_practice")).Replace(practice))
	var callers sync.WaitGroup
	for range calls {
		body := s.stream(t, "hw_practice", "practice")
		callers.Go(func() {
			_, _ = io.Copy(io.Discard, body)
			_ = body.Close()
		})
	}
	if err := s.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
	callers.Wait()
	log, err := calllog.Open(t.Context(), calllog.Config{Dir: dir, Log: slog.New(slog.DiscardHandler), RetentionDays: func() int { return 30 }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	page, err := log.List(t.Context(), calllog.Filter{Limit: 2 * calls})
	if err != nil || len(page.Calls) != calls {
		t.Errorf("%d rows of %d calls, %v", len(page.Calls), calls, err)
	}
}

// stream begins a streamed call.
func (s *service) stream(t *testing.T, key, model string) io.ReadCloser {
	t.Helper()
	body := `{"model":"` + model + `","stream":true,"messages":[{"role":"user","content":"hello"}]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addresses.Data+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	return resp.Body
}

func TestAStopWithdrawsTheAddresses(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	path := filepath.Join(dir, "addresses.json")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestAnUpstreamTestAsksTheTenantsOwn(t *testing.T) {
	asked := make(chan string, 4)
	model := func(name string) *httptest.Server {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked <- name
			_, _ = io.WriteString(w, `{"data":[]}`)
		}))
	}
	a, b := model("a"), model("b")
	defer a.Close()
	defer b.Close()
	dir := t.TempDir()
	s := start(t, dir)
	s.apply(t, dir, `
tenants: [{name: a}, {name: b}]
upstreams:
  - {name: up, tenant: a, provider: openai-compatible, local: true, base_url: "`+a.URL+`/v1"}
  - {name: up, tenant: b, provider: openai-compatible, local: true, base_url: "`+b.URL+`/v1"}
`)
	for _, tenant := range []string{"b", "a"} {
		var report hw.TestReport
		if err := s.call(t, dir, "upstreams.test", map[string]any{"ref": "up", "tenant": tenant}, &report); err != nil || !report.OK {
			t.Fatalf("%+v, %v", report, err)
		}
		if got := <-asked; got != tenant {
			t.Errorf("the test for tenant %s went to the upstream of %s", tenant, got)
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
