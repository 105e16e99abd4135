//go:build window

// Package windowtest drives the real window against the real service.
package windowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stage is a service, a window and what is between them.
type stage struct {
	t         *testing.T
	state     string
	inspector string
	data      string
	remote    string // where it is administered from other machines
	args      []string
	service   *exec.Cmd
	window    *exec.Cmd
	page      *page
	shots     string
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func env(t *testing.T, name string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		t.Fatalf("%s is not set: run make test-window", name)
	}
	return v
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, state: t.TempDir(), inspector: freeAddress(t), data: freeAddress(t), remote: freeAddress(t), shots: env(t, "HEADWATER_SHOTS")}
	s.args = []string{"run", "--state-dir", s.state, "--listen", s.data, "--admin-listen", freeAddress(t), "--portal-listen", freeAddress(t), "--remote-admin-listen", s.remote}
	t.Cleanup(func() {
		s.end(s.window)
		s.end(s.service)
	})
	return s
}

// startService returns once it serves.
func (s *stage) startService() {
	s.t.Helper()
	s.service = exec.Command(env(s.t, "HEADWATER_BINARY"), s.args...)
	s.service.Stderr = os.Stderr
	if err := s.service.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.until("the service", func() bool {
		resp, err := http.Get("http://" + s.data + "/healthz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

func (s *stage) windowCommand() *exec.Cmd {
	cmd := exec.Command(env(s.t, "HEADWATER_WINDOW"))
	cmd.Env = append(os.Environ(), "HEADWATER_STATE_DIR="+s.state, "WEBKIT_INSPECTOR_HTTP_SERVER="+s.inspector, "LANG=C.UTF-8")
	cmd.Stderr = os.Stderr
	return cmd
}

func (s *stage) openWindow() {
	s.t.Helper()
	s.window = s.windowCommand()
	if err := s.window.Start(); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	var err error
	if s.page, err = inspect(ctx, s.inspector); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) end(cmd *exec.Cmd) {
	if cmd == nil || cmd.Process == nil || cmd.ProcessState != nil {
		return
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Wait()
}

// until asks often, because what is waited for is also measured.
func (s *stage) until(what string, probe func() bool) time.Duration {
	s.t.Helper()
	begun := time.Now()
	for !probe() {
		if time.Since(begun) > 20*time.Second {
			if s.page != nil {
				_ = s.page.shot(filepath.Join(s.shots, "failed.png"))
				text, _ := s.page.eval("document.body.innerText")
				s.t.Logf("the page says: %v", text)
			}
			s.t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(begun)
}

// shows waits for words on the page.
func (s *stage) shows(words string) time.Duration {
	s.t.Helper()
	return s.until(words, func() bool { return s.is("document.body.innerText.includes(" + quoted(words) + ")") })
}

func (s *stage) is(expression string) bool {
	v, err := s.page.eval(expression)
	return err == nil && v == true
}

func (s *stage) text(expression string) string {
	s.t.Helper()
	v, err := s.page.eval(expression)
	if err != nil {
		s.t.Fatal(err)
	}
	text, _ := v.(string)
	return text
}

// press activates a button by its words.
func (s *stage) press(words string) {
	s.t.Helper()
	s.until("the button "+words, func() bool {
		return s.is(`(() => { const b = [...document.querySelectorAll("button,a")].find(e => e.innerText.includes(` + quoted(words) + `) && !e.disabled); b?.click(); return b !== undefined })()`)
	})
}

// fill types into the field with a label, as the component library hears it.
func (s *stage) fill(selector, value string) {
	s.t.Helper()
	s.until("the field "+selector, func() bool {
		return s.is(`(() => { const e = document.querySelector(` + quoted(selector) + `); if (!e) return false;
			Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(e, ` + quoted(value) + `);
			e.dispatchEvent(new Event("input", { bubbles: true })); return true })()`)
	})
}

func (s *stage) shot(name string) {
	s.t.Helper()
	time.Sleep(300 * time.Millisecond) // what opens slides in; a picture of half of it tells nothing
	if err := s.page.shot(filepath.Join(s.shots, "window-"+name+".png")); err != nil {
		s.t.Fatal(err)
	}
}

func quoted(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw)
}

// chat makes one call as an app does.
func (s *stage) chat(key string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://"+s.data+"/v1/chat/completions",
		strings.NewReader(`{"model":"practice","messages":[{"role":"user","content":"Hello"}]}`))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s", resp.Status, body)
	}
}

// TestWindow is one story: a window cannot be opened anew for each step as
// cheaply as a page.
func TestWindow(t *testing.T) {
	s := newStage(t)
	var key string

	step := func(name string, work func(t *testing.T)) {
		t.Helper()
		if !t.Run(name, func(t *testing.T) { s.t = t; work(t) }) {
			t.FailNow()
		}
		s.t = t
	}
	step("says that there is no service, and how to start it", func(t *testing.T) {
		s.openWindow()
		s.shows("Start the service")
		s.shot("no-service")
		s.press("Start the service")
		s.shows("systemctl start headwater") // nobody can say yes here: the command is named
		s.shot("start-refused")
	})
	step("is usable within a second of the service", func(t *testing.T) {
		s.startService()
		took := s.until("the first run", func() bool { return s.is(`document.querySelector('input[type="password"]') !== null`) })
		fmt.Printf("window: usable %d ms after the service is up\n", took.Milliseconds())
		if took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
	step("leads through the first run without a code", func(t *testing.T) {
		s.shot("first-run")
		if s.is(`document.body.innerText.includes("Setup code")`) {
			t.Error("the local administrator is asked for a code")
		}
		s.fill(`input[type="password"]`, "correct horse battery")
		s.press("Create and continue")
		s.press("Use the practice model")
		s.shows("Waiting for your first call")
		s.shot("endpoint")
		snippet := s.text(`document.querySelector("[data-snippet]").innerText`)
		_, rest, found := strings.Cut(snippet, "Bearer ")
		if !found || len(rest) < 39 {
			t.Fatalf("no key in %q", snippet)
		}
		key = rest[:39]
		s.chat(key)
		s.shows("Your first call has arrived")
		s.press("Open Headwater")
		s.shows("Serving normally")
		s.shot("home")
	})
	step("shows a call as it ends", func(t *testing.T) {
		s.text(`location.hash = "#/calls"`)
		s.shows("Live")
		rows := `document.querySelectorAll('[role="row"]').length`
		before := s.text("String(" + rows + ")")
		s.chat(key)
		s.until("the call's row", func() bool { return s.text("String("+rows+")") != before })
		s.shot("calls")
	})
	step("keeps what it shows while the service is away, and goes on", func(t *testing.T) {
		s.end(s.service)
		s.shows("Lost contact with the service")
		s.shot("lost")
		s.startService()
		took := s.until("contact", func() bool { return !s.is(`document.body.innerText.includes("Lost contact")`) })
		fmt.Printf("window: back %d ms after the service is up\n", took.Milliseconds())
		rows := `document.querySelectorAll('[role="row"]').length`
		before := s.text("String(" + rows + ")")
		s.chat(key)
		s.until("a row without anybody asking", func() bool { return s.text("String("+rows+")") != before })
		s.shot("back")
	})
	step("administers another Headwater by its fingerprint", func(t *testing.T) {
		// The same service by its other door: what counts is the way there.
		raw, err := os.ReadFile(filepath.Join(s.state, "addresses.json"))
		if err != nil {
			t.Fatal(err)
		}
		var where struct {
			Fingerprint string `json:"remote_admin_fingerprint"`
		}
		if err := json.Unmarshal(raw, &where); err != nil || where.Fingerprint == "" {
			t.Fatalf("no fingerprint in %s", raw)
		}
		s.until("the account's menu", func() bool {
			return s.is(`(() => { const b = document.querySelector('[aria-label="Account"]'); b?.click(); return b !== null })()`)
		})
		s.press("Administer another Headwater")
		add := func(fingerprint string) {
			s.fill(`form input:not([type="password"])`, s.remote)
			s.fill(`form input[maxlength="120"]`, fingerprint)
			s.press("Add")
		}
		add(strings.Repeat("ab", 32))
		s.shows("This is not the Headwater you know")
		s.shot("wrong-fingerprint")
		add(where.Fingerprint)
		s.press("Use")
		s.shows("Sign in")
		s.fill(`input[autocomplete="username"]`, "admin")
		s.fill(`input[type="password"]`, "correct horse battery")
		s.until("the form", func() bool {
			return s.is(`(() => { const f = document.querySelector("form"); f?.requestSubmit(); return f !== null })()`)
		})
		s.shows("Live")
		s.text(`(() => { window.go.main.Bridge.Connection().then(c => { window.seen = c.remote + " " + c.member }); return "" })()`)
		s.until("the way it took", func() bool { return s.is(`window.seen === "true admin"`) })
		s.shot("remote")
		s.text(`(() => { window.go.main.Bridge.UseConnection("here"); return "" })()`)
		s.until("this machine again", func() bool {
			s.text(`(() => { window.go.main.Bridge.Connection().then(c => { window.seen = (c.remote ?? false) + " " + c.state }); return "" })()`)
			return s.is(`window.seen === "false online"`)
		})
		s.shows("Live")
	})
	step("lets the page have no token, no code of others and no frames", func(t *testing.T) { s.closed(t) })
	step("is there once", func(t *testing.T) {
		second := s.windowCommand()
		second.Env = append(second.Env, "WEBKIT_INSPECTOR_HTTP_SERVER="+freeAddress(t))
		done := make(chan error, 1)
		if err := second.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { done <- second.Wait() }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = second.Process.Kill()
			t.Error("a second window stays open")
		}
		s.shows("Live")
	})
}

// closed asserts what the page cannot do and does not have.
func (s *stage) closed(t *testing.T) {
	token, err := os.ReadFile(filepath.Join(s.state, "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	everything := s.text(`document.documentElement.outerHTML + JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage}) + document.cookie`)
	if strings.Contains(everything, strings.TrimSpace(string(token))) {
		t.Error("the page has the token")
	}
	const bound = "AddConnection,Connection,Connections,CopyText,RemoveConnection,Request,Retry,SetUp,SignIn,SignOut,StartService,UseConnection"
	if got := s.text(`Object.keys(window.go.main.Bridge).sort().join()`); got != bound {
		t.Errorf("bound methods are %s", got)
	}
	if got := s.text(`Object.keys(window.go).join() + "/" + Object.keys(window.go.main).join()`); got != "main/Bridge" {
		t.Errorf("bound are %s", got)
	}
	// The inspector's own evaluation is above the policy; what the page itself
	// starts is not.
	s.text(`(() => { window.broken = []; document.addEventListener("securitypolicyviolation", e => window.broken.push(e.effectiveDirective));
		const s = document.createElement("script"); s.textContent = "window.ran = true"; document.body.append(s);
		const f = document.createElement("iframe"); f.src = "data:text/html,x"; document.body.append(f);
		fetch("http://` + s.data + `/healthz").catch(() => {}); return "" })()`)
	s.until("three refusals", func() bool { return s.is("window.broken.length >= 3") })
	if s.is("window.ran === true") {
		t.Error("an inline script ran")
	}
	if got := s.text(`[...new Set(window.broken)].sort().join()`); got != "connect-src,frame-src,script-src-elem" {
		t.Errorf("refused were %s", got)
	}
}
