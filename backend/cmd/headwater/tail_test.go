package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/appliance"
)

// service is a real installation in this process.
type service struct {
	dir string
	// addresses are those of the current run.
	addresses hw.Addresses
	stop      func()
}

// startService runs an installation on dir until the test ends or stop is called.
func startService(t *testing.T, dir string) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(chan hw.Addresses, 1)
	ended := make(chan error, 1)
	const free = "127.0.0.1:0"
	go func() {
		ended <- appliance.Run(ctx, appliance.Options{
			StateDir: dir, Listen: free, AdminListen: free, PortalListen: free, Version: "test",
			LogLevel: slog.LevelError, LogTo: io.Discard, Ready: func(a hw.Addresses) { ready <- a },
		})
	}()
	s := &service{dir: dir}
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	t.Cleanup(s.stop)
	select {
	case s.addresses = <-ready:
	case err := <-ended:
		ended <- err
		t.Fatalf("the service did not start: %v", err)
	}
	return s
}

// ask makes one call with a key.
func (s *service) ask(t *testing.T, key string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+s.addresses.Data+"/v1/chat/completions",
		strings.NewReader(`{"model":"practice","messages":[{"role":"user","content":"hello"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(resp.Body)
		t.Fatalf("status %d: %s", resp.StatusCode, answer)
	}
}

// TestTail follows calls over a restart of the service.
func TestTail(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	first := startService(t, dir)
	var practice practiceReport
	got := runCLI(t, "", nil, "practice", "--state-dir", dir, "-o", "json")
	if err := json.Unmarshal([]byte(got.out), &practice); err != nil {
		t.Fatalf("%v: %+v", err, got)
	}

	out, writer := io.Pipe()
	errOut, errWriter := io.Pipe()
	c := &cli{in: strings.NewReader(""), out: writer, err: errWriter, lookupEnv: func(string) (string, bool) { return "", false }}
	root := c.root()
	root.SetArgs([]string{"calls", "tail", "--state-dir", dir, "-o", "json", "--model", "practice"})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	lines, talk := linesOf(out), linesOf(errOut)

	// A tail shows what happens from its start, and nobody says when that is:
	// ask until the first call shows.
	line := untilLine(t, lines, func() { first.ask(t, practice.Key) })
	var call hw.Call
	if err := json.Unmarshal([]byte(line), &call); err != nil || call.Asked != "practice" || call.App != "practice" {
		t.Fatalf("tail printed %q (%v)", line, err)
	}

	first.stop()
	if said := <-talk; !strings.HasPrefix(said, "Lost contact") {
		t.Errorf("tail says %q", said)
	}
	second := startService(t, dir)
	if said := <-talk; said != "The service is back." {
		t.Errorf("tail says %q", said)
	}
	drain(lines)
	untilLine(t, lines, func() { second.ask(t, practice.Key) })

	cancel()
	go drainAll(lines)
	go drainAll(talk)
	if err := <-ended; err != nil {
		t.Errorf("an interrupted tail ends with %v", err)
	}
	_, _ = writer.Close(), errWriter.Close()
}

// linesOf hands over lines as they come; the channel ends with the reader.
func linesOf(r io.Reader) chan string {
	lines := make(chan string, 64)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// untilLine repeats act until a line comes.
func untilLine(t *testing.T, lines <-chan string, act func()) string {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		act()
		select {
		case line := <-lines:
			return line
		case <-tick.C:
		}
	}
	t.Fatal("no line came")
	return ""
}

// drain forgets the lines that are there.
func drain(lines <-chan string) {
	for {
		select {
		case <-lines:
		default:
			return
		}
	}
}

func drainAll(lines <-chan string) {
	for range lines {
	}
}

func TestCallLine(t *testing.T) {
	c, _, _ := newTestCLI("", nil)
	call := &hw.Call{
		ID: "req_1", StartedAt: time.Date(2026, 11, 22, 13, 2, 11, 0, time.UTC), Tenant: "acme", App: "crm", Asked: "fast",
		Upstream: "openai", Model: "gpt-4o-mini", Status: 200, TotalMs: 1234, TokensIn: 12, TokensOut: 40,
		Attempts: []hw.Attempt{{Upstream: "azure"}, {Upstream: "openai"}},
	}
	for want, change := range map[string]func(*hw.Call){
		"2026-11-22 15:02:11 +02:00  200    1.23 s  acme/crm  fast -> openai/gpt-4o-mini  12 + 40 tok  2 tries  req_1":  func(*hw.Call) {},
		"2026-11-22 15:02:11 +02:00  200    1.23 s  acme/crm  fast -> openai/gpt-4o-mini  ~12 + 40 tok  2 tries  req_1": func(c *hw.Call) { c.TokensEstimated = true },
		"2026-11-22 15:02:11 +02:00  401    1.23 s  10.0.0.7  \\x1b[2Jx -> nobody  0 + 0 tok  HW-KEY-401 no\\nkey  req_1": func(c *hw.Call) {
			*c = hw.Call{ID: c.ID, StartedAt: c.StartedAt, Client: "10.0.0.7", Asked: "\x1b[2Jx", Status: 401, TotalMs: c.TotalMs, Code: hw.CodeInvalidKey, Error: "no\nkey"}
		},
	} {
		got := *call
		change(&got)
		if line := c.callLine(&got); line != want {
			t.Errorf("line\n%s\nwant\n%s", line, want)
		}
	}
}

func TestCallFilter(t *testing.T) {
	call := &hw.Call{
		Tenant: "acme", App: "crm", Route: "fast", Asked: "fast", Upstream: "openai", Model: "gpt-4o", Status: 503,
		Code: hw.CodeNoHealthyUpstream, Attempts: []hw.Attempt{{Upstream: "azure"}},
	}
	for _, row := range []struct {
		f    callFilter
		want bool
	}{
		{callFilter{}, true},
		{callFilter{tenant: "acme", app: "crm", route: "fast"}, true},
		{callFilter{tenant: "other"}, false},
		{callFilter{model: "gpt-4o"}, true},
		{callFilter{model: "gpt"}, false},
		{callFilter{upstream: "azure"}, true},
		{callFilter{upstream: "ollama"}, false},
		{callFilter{status: "5xx", errors: true}, true},
		{callFilter{status: "4xx"}, false},
		{callFilter{status: "503"}, true},
		{callFilter{status: "500"}, false},
		{callFilter{code: "no_healthy_upstream"}, true},
		{callFilter{code: "taken"}, false},
	} {
		if got := row.f.matches(call); got != row.want {
			t.Errorf("%+v matches: %v, want %v", row.f, got, row.want)
		}
	}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	p, err := (&callFilter{span: span{since: "15m", until: "2026-11-22T09:55:00Z"}, status: "5xx", errors: true, text: "x"}).params(now)
	want := params{"since": "2026-11-22T09:45:00Z", "until": "2026-11-22T09:55:00Z", "status_class": 5, "errors": true, "q": "x"}
	if err != nil || fmt.Sprint(p) != fmt.Sprint(want) {
		t.Errorf("params = %v, %v; want %v", p, err, want)
	}
}
