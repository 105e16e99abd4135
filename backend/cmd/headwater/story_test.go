package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// leakChecked fails a run that leaves goroutines behind.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	// Times show in the person's zone, here one that is not UTC. It is set once
	// and never put back: what one test started reads it while the next runs.
	time.Local = time.FixedZone("", 2*3600)
	code := l.m.Run()
	// Watching signals is the runtime's own goroutine; it never ends.
	if err := goleak.Find(goleak.IgnoreTopFunction("os/signal.signal_recv"), goleak.IgnoreTopFunction("os/signal.loop")); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"headwater": func() { os.Exit(run(os.Args[1:])) },
	})
}

// TestStories runs whole-program stories: the real program, the real service,
// real files and sockets; only the vendor is fake.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/stories",
		Setup: func(env *testscript.Env) error {
			ctx, cancel := context.WithCancel(context.Background())
			var lc net.ListenConfig
			ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
			if err != nil {
				cancel()
				return err
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = testupstream.New().Serve(ctx, ln)
			}()
			env.Defer(func() { cancel(); <-done })
			env.Setenv("UPSTREAM", "http://"+ln.Addr().String()+"/v1")
			env.Setenv("STATE", filepath.Join(env.WorkDir, "state"))
			env.Setenv("HEADWATER_STATE_DIR", filepath.Join(env.WorkDir, "state"))
			env.Setenv("TZ", "UTC")
			env.Setenv("ESC", "\x1b[31mred")
			return startSilent(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serving": cmdServing, "call": cmdCall, "until": cmdUntil, "exits": cmdExits, "expand": cmdExpand,
			"silent": cmdSilent,
		},
	})
}

// soon polls until done says so, or fails the story after a minute: a busy
// machine starts a service slowly.
func soon(ts *testscript.TestScript, what string, done func() bool) {
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			ts.Fatalf("%s did not happen", what)
		}
	}
}

// addresses are those the service has published; the zero value when it has not.
func addresses(ts *testscript.TestScript) (a hw.Addresses) {
	raw, err := os.ReadFile(filepath.Join(ts.Getenv("STATE"), addressesFile))
	if err == nil {
		_ = json.Unmarshal(raw, &a)
	}
	return a
}

// cmdServing waits until the service answers: serving.
func cmdServing(ts *testscript.TestScript, _ bool, _ []string) {
	soon(ts, "the start of the service", func() bool {
		a := addresses(ts)
		if a.Data == "" {
			return false
		}
		conn, err := net.DialTimeout("tcp", a.Data, time.Second)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
}

// cmdCall asks the gateway as an app would: call STATUS KEY MODEL. The answer
// becomes stdout for a following 'stdout'.
func cmdCall(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: call STATUS KEY MODEL")
	}
	want, _ := strconv.Atoi(args[0])
	body := fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"hello"}]}`, args[2])
	req, err := http.NewRequest(http.MethodPost, "http://"+addresses(ts).Data+"/v1/chat/completions", bytes.NewBufferString(body))
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+args[1])
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	ts.Check(err)
	if resp.StatusCode != want {
		ts.Fatalf("status %d, want %d: %s", resp.StatusCode, want, answer)
	}
	ts.Check(os.WriteFile(ts.MkAbs("answer"), answer, 0o600))
}

// cmdUntil repeats a command until its output matches: until PATTERN COMMAND…
// The call log is written 200 ms behind.
func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: until PATTERN COMMAND")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	soon(ts, args[0], func() bool {
		_ = ts.Exec(args[1], args[2:]...)
		return pattern.MatchString(ts.ReadFile("stdout"))
	})
}

// cmdExits runs a command and looks at its exit code: exits CODE COMMAND…
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("running %v: %v", args[1:], err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%v exits with %d, want %s", args[1:], code, args[0])
	}
}

// cmdExpand replaces $NAME in a file by the script's variables: expand FILE.
func cmdExpand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), func(v string) string {
			if slices.Contains([]string{"UPSTREAM", "STATE", "WORK"}, v) {
				return ts.Getenv(v)
			}
			return "$" + v
		})
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}
