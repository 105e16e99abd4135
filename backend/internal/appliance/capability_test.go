package appliance_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

const weatherTool = `,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object"}}}]`

// tierFor makes a call, with more in its body, and says which tier answered.
func (s *service) tierFor(t *testing.T, more string) string {
	t.Helper()
	body := `{"model":"fast","messages":[{"role":"user","content":"hello"}]` + more + `}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addresses.Data+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer hw_practice")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	tier, _, _ := strings.Cut(strings.TrimPrefix(resp.Header.Get("X-Headwater-Served-By"), "tier="), ";")
	return tier
}

// certify makes live checks of a model and waits for their end.
func (s *service) certify(t *testing.T, dir, upstream, model string) {
	t.Helper()
	var job hw.Job
	if err := s.call(t, dir, "upstreams.certify", map[string]any{"ref": upstream, "body": hw.CertifyInput{Model: model}}, &job); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); job.State == hw.JobRunning; time.Sleep(20 * time.Millisecond) {
		if err := s.call(t, dir, "jobs.get", map[string]any{"id": job.ID}, &job); err != nil || time.Now().After(end) {
			t.Fatalf("%+v %v", job, err)
		}
	}
	if job.State != hw.JobDone {
		t.Fatalf("the live checks ended as %+v", job)
	}
}

// known says how a provider is known to work.
func (s *service) known(t *testing.T, dir, id string) string {
	t.Helper()
	var list hw.Page[hw.Provider]
	if err := s.call(t, dir, "providers.list", nil, &list); err != nil {
		t.Fatal(err)
	}
	for _, p := range list.Items {
		if p.ID == id {
			return strings.TrimSpace(p.Verified + " " + p.VerifiedAt)
		}
	}
	return "not there"
}

func TestRoutingGoesByLiveChecksAtOnceAndAfterARestart(t *testing.T) {
	first, second, dir := testupstream.Start(t), testupstream.Start(t), t.TempDir()
	config := strings.NewReplacer("KEYHASH", sha256Of("hw_practice"), "FIRST", first.URL()+"/v1", "SECOND", second.URL()+"/v1").Replace(`
tenants: [{name: acme}]
upstreams:
  - {name: first, provider: llamacpp, local: true, base_url: "FIRST", check: {kind: "off"}}
  - {name: second, provider: openai-compatible, local: true, base_url: "SECOND", check: {kind: "off"}}
routes: [{name: fast, tiers: [{targets: [{upstream: first, model: capable+text-tools}]}, {targets: [{upstream: second, model: capable}]}]}]
apps: [{tenant: acme, name: crm, routes: ["*"]}]
keys: [{tenant: acme, name: k, app: crm, secret_sha256: KEYHASH}]
`)
	s := start(t, dir)
	s.apply(t, dir, config)
	if got := s.tierFor(t, weatherTool); got != "1" {
		t.Fatalf("before anything is known, tier %q answers", got)
	}
	if got := s.known(t, dir, "llamacpp"); !strings.HasPrefix(got, hw.VerifiedRecording+" 20") {
		t.Errorf("before anything was tried: %q", got)
	}
	s.certify(t, dir, "first", "capable+text-tools")
	s.certify(t, dir, "second", "capable")
	today := time.Now().UTC().Format(time.DateOnly)
	for _, when := range []string{"at once", "after a restart"} {
		if got := s.tierFor(t, weatherTool); got != "2" {
			t.Errorf("%s tier %q answers a call with tools", when, got)
		}
		if got := s.tierFor(t, ""); got != "1" {
			t.Errorf("%s tier %q answers a call without", when, got)
		}
		var e hw.Explanation
		if err := s.call(t, dir, "routes.explain", map[string]any{"model": "fast", "needs": []string{"tools"}}, &e); err != nil {
			t.Fatal(err)
		}
		if len(e.Targets) != 2 || e.Targets[0].Upstream != "second" || !e.Targets[1].PassedOver || e.Targets[1].LackWords != "Passed over: certified "+today+" without tools." {
			t.Errorf("%s the dry run says %+v", when, e)
		}
		if got := s.known(t, dir, "llamacpp"); got != hw.VerifiedLive+" "+today {
			t.Errorf("%s an engine that answered is %q", when, got)
		}
		if got := s.known(t, dir, "openai-compatible"); got != hw.VerifiedPreset {
			t.Errorf("%s what has no address of its own is %q", when, got)
		}
		if got := s.known(t, dir, hw.ProviderSimulator); got != "" {
			t.Errorf("%s the practice model is %q", when, got)
		}
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		s = start(t, dir)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
}
