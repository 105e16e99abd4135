//go:build linux

package resilience

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

// service is one installation and the process that runs on it, if any.
type service struct {
	t   *testing.T
	dir string
	bin string

	// Of the process; renewed by each start.
	cmd       *exec.Cmd
	ended     chan struct{} // closed when the process is gone
	addresses hw.Addresses
	log       *logText
}

// logText collects what a process says; safe for concurrent use.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String implements fmt.Stringer.
func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newService makes an installation in a fresh directory and starts it. When
// the story ends the process is stopped and its log is searched for panics.
func newService(t *testing.T) *service {
	t.Helper()
	return newServiceIn(t, filepath.Join(t.TempDir(), "state"))
}

func newServiceIn(t *testing.T, dir string) *service {
	t.Helper()
	bin, err := shared.binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, dir: dir, bin: bin, log: &logText{}}
	t.Cleanup(s.finish)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// environment has nothing in it that would change what the program does.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "TZ=UTC"}
}

// command is a run of the program on this installation.
func (s *service) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.bin, append(args, "--state-dir", s.dir)...)
	cmd.Env = environment()
	// The kernel ends the child should the test be killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

var runArgs = []string{"run", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0"}

// start runs the process until it has published its addresses.
func (s *service) start() error {
	published := filepath.Join(s.dir, "addresses.json")
	if err := os.Remove(published); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s.cmd, s.ended = s.command(context.Background(), runArgs...), make(chan struct{})
	s.cmd.Stderr = s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		defer close(ended)
		_ = cmd.Wait()
	}(s.cmd, s.ended)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(60 * time.Second)
	for {
		raw, err := os.ReadFile(published)
		if err == nil {
			s.addresses = hw.Addresses{}
			return json.Unmarshal(raw, &s.addresses)
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return fmt.Errorf("the service ended at its start: %s", tail(s.log.String()))
		case <-limit:
			return fmt.Errorf("the service did not start: %s", tail(s.log.String()))
		}
	}
}

// kill ends the process as a power cut does, and returns the moment just
// before.
func (s *service) kill() time.Time {
	at := time.Now()
	_ = s.cmd.Process.Kill()
	<-s.ended
	return at
}

// stop ends the process as a service manager does.
func (s *service) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		s.t.Error("the service did not stop within 20 s of being told to")
		s.kill()
	}
}

func (s *service) finish() {
	if s.cmd != nil && s.cmd.Process != nil {
		s.stop()
	}
	text := s.log.String()
	for _, bad := range []string{"panic", "fatal error", "DATA RACE"} {
		if i := strings.Index(text, bad); i >= 0 {
			s.t.Errorf("the service's log has %q: %s", bad, excerpt(text[i:]))
		}
	}
	if s.t.Failed() {
		s.t.Logf("end of the service's log:\n%s", tail(text))
	}
}

func tail(text string) string { return text[max(0, len(text)-4000):] }

func excerpt(text string) string { return strings.ToValidUTF8(text[:min(len(text), 400)], "?") }

// run runs the command line against this installation and returns what it
// printed.
func (s *service) run(args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	cmd := s.command(ctx, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	return out.String(), errOut.String(), err
}

// dial opens an administrator's line.
func (s *service) dial() (*adminclient.Client, error) {
	token, err := os.ReadFile(filepath.Join(s.dir, "admin.token"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return adminclient.Dial(ctx, adminclient.Config{Address: s.addresses.Admin, Token: strings.TrimSpace(string(token))})
}

// admin does one operation on a line of its own.
func (s *service) admin(method string, params adminclient.Params, result any) error {
	line, err := s.dial()
	if err != nil {
		return err
	}
	defer line.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return line.Call(ctx, method, params, result)
}

// must does one operation that has to work.
func (s *service) must(method string, params adminclient.Params, result any) {
	s.t.Helper()
	if err := s.admin(method, params, result); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
}

// configured is a configuration file; JSON is YAML.
type configured map[string][]any

type doc map[string]any

func (s *service) apply(c configured) {
	s.t.Helper()
	s.must("config.apply", adminclient.Params{"body": hw.ConfigFile{YAML: c.text()}}, nil)
}

func (c configured) text() string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic("bug: " + err.Error())
	}
	return string(raw)
}

// appKey is the key every story's app has.
const appKey = "hw_resilience0123456789"

// app adds a tenant whose app may ask for everything.
func (c configured) app() configured {
	c["tenants"] = []any{doc{"name": "acme", "show_upstreams": true}}
	c["apps"] = []any{doc{"name": "crm", "tenant": "acme", "routes": []string{"*"}}}
	c["keys"] = []any{doc{"name": "crm", "tenant": "acme", "app": "crm", "secret_sha256": hashed(appKey)}}
	return c
}

// upstream adds an upstream that may be on this machine.
func (c configured) upstream(name, provider, baseURL string) configured {
	c["upstreams"] = append(c["upstreams"], doc{
		"name": name, "provider": provider, "base_url": baseURL, "local": true, "max_in_flight": 5000,
	})
	return c
}

// route adds a route with one tier for each upstream.
func (c configured) route(name string, upstreams ...string) configured {
	var tiers []any
	for _, up := range upstreams {
		tiers = append(tiers, doc{"targets": []any{doc{"upstream": up, "model": "m-" + up}}})
	}
	c["routes"] = append(c["routes"], doc{"name": name, "tiers": tiers})
	return c
}

// health is the state of every target, by upstream.
func (s *service) health() map[string]hw.TargetHealth {
	s.t.Helper()
	var page hw.Page[hw.TargetHealth]
	s.must("health.list", nil, &page)
	states := map[string]hw.TargetHealth{}
	for _, t := range page.Items {
		states[t.Upstream] = t
	}
	return states
}

// calls reads the whole call log through the command line, by call id.
func (s *service) calls() map[string]hw.Call {
	s.t.Helper()
	out, errOut, err := s.run("calls", "export")
	if err != nil {
		s.t.Fatalf("exporting calls: %v: %s", err, errOut)
	}
	rows := map[string]hw.Call{}
	for line := range strings.Lines(out) {
		var c hw.Call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			s.t.Fatalf("an exported call is not JSON: %v: %s", err, line)
		}
		if _, twice := rows[c.ID]; twice {
			s.t.Errorf("call %s is in the log twice", c.ID)
		}
		rows[c.ID] = c
	}
	return rows
}

// awaitCalls reads the call log until it has n calls: rows come in groups.
func (s *service) awaitCalls(n int) map[string]hw.Call {
	s.t.Helper()
	var rows map[string]hw.Call
	s.soon(fmt.Sprintf("%d rows in the call log", n), func() bool {
		rows = s.calls()
		return len(rows) >= n
	})
	return rows
}

// soon waits until done says so; it is a failure of the story if that takes
// longer than 15 s.
func (s *service) soon(what string, done func() bool) {
	s.t.Helper()
	if !within(15*time.Second, done) {
		s.t.Fatalf("this did not happen: %s", what)
	}
}

func within(limit time.Duration, done func() bool) bool {
	over := time.After(limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-over:
			return false
		}
	}
	return true
}

// caller is a client of the data listener.
func (s *service) caller(t *testing.T) *caller {
	transport := &http.Transport{MaxIdleConnsPerHost: 200}
	t.Cleanup(transport.CloseIdleConnections)
	return &caller{url: "http://" + s.addresses.Data, key: appKey, client: &http.Client{Transport: transport}}
}
