package appliance_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/appliance"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// service is one appliance in this process, on ports of its own.
type service struct {
	addresses hw.Addresses
	greeting  *strings.Builder
	stop      func() error
}

func start(t *testing.T, dir string, change ...func(*appliance.Options)) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan hw.Addresses, 1), make(chan error, 1)
	s := &service{greeting: &strings.Builder{}}
	opts := appliance.Options{
		StateDir: dir, Listen: "127.0.0.1:0", AdminListen: "127.0.0.1:0", PortalListen: "127.0.0.1:0",
		Version: "1.2.3", Out: s.greeting, LogTo: io.Discard, Ready: func(a hw.Addresses) { ready <- a },
	}
	for _, c := range change {
		c(&opts)
	}
	go func() { ended <- appliance.Run(ctx, opts) }()
	select {
	case s.addresses = <-ready:
	case err := <-ended:
		cancel()
		t.Fatalf("the appliance did not start: %v", err)
	}
	s.stop = func() error {
		cancel()
		http.DefaultClient.CloseIdleConnections()
		return <-ended
	}
	return s
}

// apply configures a running service the way the command line does.
func (s *service) apply(t *testing.T, dir, yaml string) {
	t.Helper()
	if err := s.call(t, dir, "config.apply", map[string]any{"body": hw.ConfigFile{YAML: yaml}}, nil); err != nil {
		t.Fatal(err)
	}
}

// call makes one call to the administration.
func (s *service) call(t *testing.T, dir, method string, params, result any) error {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(dir, "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := adminclient.Dial(t.Context(), adminclient.Config{Address: s.addresses.Admin, Token: strings.TrimSpace(string(token))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	return client.Call(t.Context(), method, params, result)
}

func (s *service) ask(t *testing.T, key, model string) (int, string) {
	t.Helper()
	body := `{"model":"` + model + `","messages":[{"role":"user","content":"hello"}]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addresses.Data+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

// practice is a whole configuration; its key is "hw_practice".
const practice = `
tenants: [{name: acme}]
upstreams: [{name: sim, provider: simulator}]
routes: [{name: practice, tiers: [{targets: [{upstream: sim, model: practice}]}]}]
apps: [{tenant: acme, name: crm, routes: ["*"]}]
keys: [{tenant: acme, name: k, app: crm, secret_sha256: KEYHASH}]
`

func TestTheWholeAppliance(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	for _, want := range []string{"Headwater 1.2.3 is serving.", "http://" + s.addresses.Data + "/v1", "http://" + s.addresses.Admin + "/", "Setup code"} {
		if !strings.Contains(s.greeting.String(), want) {
			t.Errorf("the greeting lacks %q: %s", want, s.greeting)
		}
	}
	var published hw.Addresses
	raw, err := os.ReadFile(filepath.Join(dir, "addresses.json"))
	if err != nil || json.Unmarshal(raw, &published) != nil || published != s.addresses {
		t.Errorf("addresses.json %s, %v; want %+v", raw, err, s.addresses)
	}
	s.apply(t, dir, strings.Replace(practice, "KEYHASH", sha256Of("hw_practice"), 1))
	if status, body := s.ask(t, "hw_practice", "practice"); status != 200 || !strings.Contains(body, "hello") {
		t.Errorf("%d %s", status, body)
	}

	t.Run("a browser at the administration's address learns what answers there", func(t *testing.T) {
		resp, err := http.DefaultClient.Get("http://" + s.addresses.Admin + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		page, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 || !strings.Contains(string(page), "Headwater") || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d %v %s", resp.StatusCode, resp.Header, page)
		}
	})
	t.Run("a second one on the same state is refused", func(t *testing.T) {
		err := appliance.Run(t.Context(), appliance.Options{StateDir: dir, Listen: "127.0.0.1:0", LogTo: io.Discard})
		if hw.CodeOf(err) != hw.CodeUnavailable {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("offline work waits for the lock", func(t *testing.T) {
		if _, _, err := appliance.Offline(t.Context(), dir); hw.CodeOf(err) != hw.CodeUnavailable {
			t.Errorf("err = %v", err)
		}
	})
	if err := s.stop(); err != nil {
		t.Fatalf("stopping: %v", err)
	}
	again := start(t, dir)
	if status, body := again.ask(t, "hw_practice", "practice"); status != 200 {
		t.Errorf("after a restart: %d %s", status, body)
	}
	if err := again.stop(); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

func TestAnUpstreamThatIsOurselvesIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	s.apply(t, dir, strings.NewReplacer(
		"{name: sim, provider: simulator}", `{name: sim, provider: openai-compatible, local: true, base_url: "http://`+s.addresses.Data+`/v1"}`,
		"KEYHASH", sha256Of("hw_practice")).Replace(practice))
	status, body := s.ask(t, "hw_practice", "practice")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "unreachable") {
		t.Errorf("%d %s", status, body)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

func TestDoorsThatMustNotOpen(t *testing.T) {
	t.Run("administration beyond this machine", func(t *testing.T) {
		err := appliance.Run(t.Context(), appliance.Options{StateDir: t.TempDir(), Listen: "127.0.0.1:0", AdminListen: "0.0.0.0:0", PortalListen: "127.0.0.1:0", LogTo: io.Discard})
		if hw.CodeOf(err) != hw.CodeInvalid {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("an address that is taken", func(t *testing.T) {
		dir := t.TempDir()
		s := start(t, dir)
		err := appliance.Run(t.Context(), appliance.Options{StateDir: t.TempDir(), Listen: s.addresses.Data, AdminListen: "127.0.0.1:0", PortalListen: "127.0.0.1:0", LogTo: io.Discard})
		if err == nil || !strings.Contains(err.Error(), "data") {
			t.Errorf("err = %v", err)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a state directory that is a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := appliance.Run(t.Context(), appliance.Options{StateDir: path, LogTo: io.Discard}); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
	})
}

func TestHostsAreCheckedOnEveryListener(t *testing.T) {
	s := start(t, t.TempDir())
	for name, address := range map[string]string{"data": s.addresses.Data, "admin": s.addresses.Admin, "portal": s.addresses.Portal} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v1/models", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "rebound.example"
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
