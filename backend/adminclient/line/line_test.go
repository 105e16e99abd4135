package line_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/adminclient"
	"headwater/backend/adminclient/line"
	"headwater/backend/hw"
	"headwater/backend/internal/admin/admintest"
	"headwater/backend/internal/adminapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "correct horse battery"

// rig is a window's line to a real admin listener that can go and come back.
type rig struct {
	*admintest.House
	t      *testing.T
	keeper *line.Keeper
	states chan line.State
	frames chan line.Frame
	http   *httptest.Server
	api    *adminapi.Server
	// address and token are what the marks say.
	address string
	token   string
	file    string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{
		House: admintest.New(t), t: t, states: make(chan line.State, 256), frames: make(chan line.Frame, 1024),
		file: filepath.Join(t.TempDir(), "known", "connections.json"),
	}
	r.token = r.LocalToken(t)
	r.serve("127.0.0.1:0")
	var err error
	r.keeper, err = line.New(line.Config{
		File:  r.file,
		Local: func() (adminclient.Place, error) { return adminclient.Place{Address: r.address, Token: r.token}, nil },
		Told:  func(s line.State) { r.states <- s },
		Frames: func(batch []line.Frame) {
			for _, f := range batch {
				r.frames <- f
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run keeps the line until the test ends.
func (r *rig) run() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); r.keeper.Run(ctx) }()
	r.t.Cleanup(func() { stop(); <-ended; r.stop() })
}

func (r *rig) serve(address string) {
	r.t.Helper()
	var err error
	if r.api, err = adminapi.New(adminapi.Config{Admin: r.Service, Bus: r.Bus, Log: slog.New(slog.DiscardHandler)}); err != nil {
		r.t.Fatal(err)
	}
	r.http = httptest.NewUnstartedServer(r.api)
	_ = r.http.Listener.Close()
	if r.http.Listener, err = net.Listen("tcp", address); err != nil {
		r.t.Fatal(err)
	}
	r.http.Start()
	if r.address == "" {
		r.address = r.http.Listener.Addr().String()
	}
}

func (r *rig) stop() {
	_ = r.api.Close()
	r.http.Close()
}

// until waits for a state, and fails with those that came instead.
func (r *rig) until(phase line.Phase) line.State {
	r.t.Helper()
	var seen []line.Phase
	for {
		select {
		case s := <-r.states:
			if s.Phase == phase {
				return s
			}
			seen = append(seen, s.Phase)
		case <-time.After(20 * time.Second):
			r.t.Fatalf("no %s, only %v", phase, seen)
		}
	}
}

func (r *rig) ask(method, params string) (string, error) {
	raw, err := r.keeper.Request(r.t.Context(), method, json.RawMessage(params))
	return string(raw), err
}

func TestLine(t *testing.T) {
	t.Run("is online with the token of this machine", func(t *testing.T) {
		r := newRig(t)
		r.run()
		if s := r.until(line.Online); s.Role != hw.RoleAdministrator || s.Member == "" || s.Remote {
			t.Errorf("got %+v", s)
		}
		if got, err := r.ask("status.get", "{}"); err != nil || !strings.Contains(got, `"verdict"`) {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("hands on what the service sends, in order", func(t *testing.T) {
		r := newRig(t)
		r.run()
		r.until(line.Online)
		if _, err := r.ask("calls.tail", `{"subscription":"s1"}`); err != nil {
			t.Fatal(err)
		}
		const calls = 3000
		go func() {
			for range calls {
				r.Bus.Publish(hw.TopicCalls, &hw.Call{ID: "req_1"})
			}
		}()
		var last, events, dropped int64
		for last < calls {
			var p hw.Push
			f := <-r.frames
			if err := json.Unmarshal(f.Params, &p); err != nil || f.Method != "calls.tail" {
				t.Fatalf("%s: %v", f.Method, err)
			}
			if p.Seq <= last {
				t.Fatalf("%d after %d", p.Seq, last)
			}
			last, events, dropped = p.Seq, events+int64(len(p.Events)), dropped+p.Dropped
		}
		if events+dropped != calls {
			t.Errorf("%d events and %d dropped of %d", events, dropped, calls)
		}
	})
	t.Run("goes on when the service is back", func(t *testing.T) {
		r := newRig(t)
		r.run()
		r.until(line.Online)
		r.stop()
		if s := r.until(line.Lost); s.RetryAt.IsZero() || s.Error == "" {
			t.Errorf("got %+v", s)
		}
		if _, err := r.ask("status.get", "{}"); hw.CodeOf(err) != hw.CodeUnavailable {
			t.Errorf("got %v", err)
		}
		r.serve(r.address)
		r.keeper.Retry()
		r.until(line.Online)
	})
	t.Run("says that there has never been a service", func(t *testing.T) {
		r := newRig(t)
		r.stop()
		r.run()
		r.until(line.NoService)
		r.serve(r.address)
		r.until(line.Online)
	})
	t.Run("sends its token to no other machine", func(t *testing.T) {
		r := newRig(t)
		r.address = "192.0.2.1:4101"
		r.run()
		if s := r.until(line.NoService); !strings.Contains(s.Error, "not on this machine") {
			t.Errorf("got %+v", s)
		}
	})
}

func TestSigningIn(t *testing.T) {
	t.Run("sets up without a code where it is trusted", func(t *testing.T) {
		r := newRig(t)
		r.run()
		r.until(line.Online)
		if err := r.keeper.SetUp(t.Context(), "", "mei", password); err != nil {
			t.Fatal(err)
		}
		if got, err := r.ask("setup.get", "{}"); err != nil || strings.Contains(got, `"needed":true`) {
			t.Errorf("got %q, %v", got, err)
		}
		if got, err := r.ask("sessions.list", "{}"); err != nil || strings.Contains(got, `"mei"`) {
			t.Errorf("the session that nobody needs is still there: %q, %v", got, err)
		}
	})
	t.Run("asks who may not read the token to sign in", func(t *testing.T) {
		r := newRig(t)
		r.run()
		r.until(line.Online)
		if err := r.keeper.SetUp(t.Context(), "", "mei", password); err != nil {
			t.Fatal(err)
		}
		if err := r.keeper.SignOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.until(line.SignedOut)
		if got, err := r.ask("setup.get", "{}"); err != nil || !strings.Contains(got, `"needed":false`) {
			t.Errorf("got %q, %v", got, err)
		}
		if err := r.keeper.SignIn(t.Context(), "mei", "not the password"); hw.CodeOf(err) != hw.CodeUnauthenticated {
			t.Errorf("got %v", err)
		}
		if err := r.keeper.SignIn(t.Context(), "mei", password); err != nil {
			t.Fatal(err)
		}
		if s := r.until(line.Online); s.Member != "mei" {
			t.Errorf("got %+v", s)
		}
		if err := r.keeper.SignOut(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.until(line.SignedOut)
	})
	t.Run("takes a stale token for none", func(t *testing.T) {
		r := newRig(t)
		r.token = "of an earlier installation"
		r.run()
		r.until(line.SignedOut)
	})
	t.Run("never hands out a token", func(t *testing.T) {
		r := newRig(t)
		r.run()
		r.until(line.Online)
		for _, method := range []string{"auth", "sessions.create", "setup.redeem", "sessions.end"} {
			if _, err := r.ask(method, `{}`); hw.CodeOf(err) != hw.CodeForbidden {
				t.Errorf("%s: %v", method, err)
			}
		}
	})
}

func TestConnections(t *testing.T) {
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"needed":false,"version":"1"}`))
	}))
	t.Cleanup(other.Close)
	address, fingerprint := other.Listener.Addr().String(), adminclient.Fingerprint(other.Certificate())

	t.Run("are known once they have shown their certificate", func(t *testing.T) {
		r := newRig(t)
		r.run()
		r.until(line.Online)
		wrong := strings.Repeat("0", 64)
		if err := r.keeper.Add(t.Context(), address, wrong); hw.CodeOf(err) != hw.CodeForbidden {
			t.Errorf("a wrong fingerprint: %v", err)
		}
		if err := r.keeper.Add(t.Context(), "nowhere", fingerprint); hw.CodeOf(err) != hw.CodeBadRequest {
			t.Errorf("no address: %v", err)
		}
		if err := r.keeper.Add(t.Context(), "https://"+address+"/", "SHA256:"+strings.ToUpper(fingerprint)); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(r.file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the list of connections: %v, %v", info, err)
		}
		if err := r.keeper.Use(fingerprint); err != nil {
			t.Fatal(err)
		}
		// The token of this machine stays here: the other one wants a sign-in.
		if s := r.until(line.SignedOut); !s.Remote || s.Address != address || s.ID != fingerprint {
			t.Errorf("got %+v", s)
		}
		if err := r.keeper.Remove(fingerprint); err != nil {
			t.Fatal(err)
		}
		if s := r.until(line.Online); s.Remote {
			t.Errorf("got %+v", s)
		}
		if n := len(r.keeper.Connections()); n != 1 {
			t.Errorf("%d connections are left", n)
		}
		if err := r.keeper.Use(fingerprint); hw.CodeOf(err) != hw.CodeNotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("survive a damaged list", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "connections.json")
		if err := os.WriteFile(file, []byte("[{"), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := line.New(line.Config{File: file})
		if err != nil || len(k.Connections()) != 1 {
			t.Errorf("got %v, %v", k, err)
		}
		aside, err := filepath.Glob(file + ".damaged-*")
		if err != nil || len(aside) != 1 {
			t.Errorf("the damaged list is gone: %v, %v", aside, err)
		}
	})
}
