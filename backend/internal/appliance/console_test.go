package appliance_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/testupstream"
)

// consoleFile is a configuration with a vendor behind it. Its key is "hw_crm";
// the app "off" is disabled, "old" has a key that has expired.
const consoleFile = `
tenants: [{name: acme}]
upstreams: [{name: vendor, provider: openai-compatible, local: true, base_url: "VENDOR/v1"}]
routes:
  - {name: fast, tiers: [{targets: [{upstream: vendor, model: m1}]}]}
  - {name: slow, tiers: [{targets: [{upstream: vendor, model: gap-20ms+tokens-2000}]}]}
  - {name: later, tiers: [{targets: [{upstream: vendor, model: status-503}]}, {kind: deferred}]}
apps:
  - {tenant: acme, name: crm, routes: ["*"]}
  - {tenant: acme, name: narrow, routes: ["fast"]}
  - {tenant: acme, name: "off", routes: ["*"], state: disabled}
keys:
  - {tenant: acme, name: k, app: crm, secret_sha256: KEYHASH}
  - {tenant: acme, name: old, app: crm, secret_sha256: OLDHASH, expires_at: 2020-01-01T00:00:00Z}
`

// told is a piece of an answer, or the end of the line.
type told struct {
	name  string
	event hw.ConsoleEvent
}

// desk is somebody at the test console, over a socket.
type desk struct {
	t      *testing.T
	client *adminclient.Client
	told   chan told
	vendor *testupstream.Server
}

func (s *service) desk(t *testing.T, dir string) *desk {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(dir, "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, told: make(chan told, 10_000)}
	d.client, err = adminclient.Dial(t.Context(), adminclient.Config{
		Address: s.addresses.Admin, Token: strings.TrimSpace(string(token)),
		Notify: func(_ string, params json.RawMessage) {
			var p struct {
				Subscription string
				Events       []struct{ Data hw.ConsoleEvent }
			}
			if json.Unmarshal(params, &p) == nil {
				for _, e := range p.Events {
					d.told <- told{p.Subscription, e.Data}
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.client.Close() })
	return d
}

// on is the same desk in a part of the test.
func (d *desk) on(t *testing.T) *desk {
	same := *d
	same.t = t
	return &same
}

func (d *desk) begin(name string, in hw.ConsoleInput) {
	d.t.Helper()
	if err := d.client.Call(d.t.Context(), "console.send", hw.ConsoleSend{Subscription: name, Body: in}, nil); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) next() told {
	d.t.Helper()
	select {
	case e := <-d.told:
		return e
	case <-time.After(10 * time.Second):
		d.t.Fatal("nothing came")
		return told{}
	}
}

// whole is an answer that has been followed to its end.
type whole struct {
	status  int
	headers map[string]string
	body    string
	pieces  int
	end     hw.ConsoleEnd
}

func (d *desk) send(in hw.ConsoleInput) whole {
	d.t.Helper()
	d.begin("c", in)
	return d.follow("c")
}

func (d *desk) follow(name string) whole {
	d.t.Helper()
	var w whole
	for {
		got := d.next()
		if got.name != name {
			d.t.Fatalf("a piece of %s", got.name)
		}
		if got.event.Status != 0 {
			w.status, w.headers = got.event.Status, got.event.Headers
		}
		if len(got.event.Bytes) > 0 {
			w.body += string(got.event.Bytes)
			w.pieces++
		}
		if got.event.End != nil {
			w.end = *got.event.End
			return w
		}
	}
}

// vendorSays makes the vendor answer so from now on; empty means properly.
func (d *desk) vendorSays(t *testing.T, fault string) {
	t.Helper()
	if fault == "" {
		d.vendor.Clear()
	} else if err := d.vendor.SetFault(fault); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) row(id string) hw.Call {
	d.t.Helper()
	var c hw.Call
	if err := d.client.Call(d.t.Context(), "calls.get", map[string]any{"id": id}, &c); err != nil {
		d.t.Fatal(err)
	}
	return c
}

// reader reads streams as an SDK does.
type reader interface {
	Stream(body []byte) *dialecttest.Client
}

func TestTheTestConsole(t *testing.T) {
	vendor := testupstream.Start(t)
	dir := t.TempDir()
	s := start(t, dir)
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	s.apply(t, dir, strings.NewReplacer("VENDOR", vendor.URL(), "KEYHASH", sha256Of("hw_crm"), "OLDHASH", sha256Of("hw_old")).Replace(consoleFile))
	d := s.desk(t, dir)
	d.vendor = vendor
	t.Run("streams in the dialect of the path", func(t *testing.T) { streamsInEveryDialect(t, d) })
	t.Run("gives what the app's own call gets", func(t *testing.T) { givesWhatACallerGets(t, s, d) })
	t.Run("a call that is given up ends at the vendor", func(t *testing.T) { givenUpAtTheVendor(t, d, vendor) })
	t.Run("a closed line ends the call at the vendor", func(t *testing.T) {
		gone := s.desk(t, dir)
		gone.begin("c", hw.ConsoleInput{App: "acme/crm", Path: "/v1/chat/completions", Body: `{"model":"slow","stream":true,"messages":[{"role":"user","content":"x"}]}`})
		for gone.next().event.Bytes == nil {
			continue
		}
		before := vendor.Counts().Cancelled
		_ = gone.client.Close()
		awaitCancelled(t, vendor, before)
	})
	t.Run("two go on beside each other", func(t *testing.T) { twoAtOnce(t, d) })
	t.Run("the log says which app it was for and who asked", func(t *testing.T) {
		d := d.on(t)
		w := d.send(hw.ConsoleInput{App: "acme/crm", Path: "/v1/chat/completions", Body: `{"model":"fast","messages":[{"role":"user","content":"x"}]}`})
		row := d.row(w.end.Call)
		if row.App != "crm" || row.Tenant != "acme" || row.KeyID != "" || row.Client != "console:local" || row.Upstream != "vendor" || row.Status != 200 || row.TokensOut == 0 {
			t.Errorf("the row is %+v", row)
		}
		w = d.send(hw.ConsoleInput{App: "acme/crm", Key: "k", Path: "/v1/models"})
		if row := d.row(w.end.Call); row.KeyID == "" || w.headers["X-Request-Id"] != row.ID {
			t.Errorf("with a key it is %+v, the answer's header %v", row, w.headers)
		}
	})
	t.Run("without a key no answer is deferred", func(t *testing.T) {
		d := d.on(t)
		in := hw.ConsoleInput{App: "acme/crm", Path: "/v1/chat/completions", Headers: map[string]string{"Prefer": "respond-async"}, Body: `{"model":"later","messages":[{"role":"user","content":"x"}]}`}
		if w := d.send(in); w.status < 500 {
			t.Errorf("%d %s", w.status, w.body)
		}
		in.Key = "k"
		if w := d.send(in); w.status != http.StatusAccepted {
			t.Errorf("with a key: %d %s", w.status, w.body)
		}
	})
}

func streamsInEveryDialect(t *testing.T, d *desk) {
	const tool = `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`
	for _, row := range []struct {
		path, body string
		reader     reader
	}{
		{"/v1/chat/completions", `{"model":"fast","stream":true,"messages":[{"role":"user","content":"x"}]TOOLS}`, dialecttest.OpenAI{}},
		{"/v1/responses", `{"model":"fast","stream":true,"input":"x"TOOLS}`, dialecttest.Responses{}},
		{"/v1/messages", `{"model":"fast","stream":true,"max_tokens":99,"messages":[{"role":"user","content":"x"}]TOOLS}`, dialecttest.Anthropic{}},
		{"/v1beta/models/fast:streamGenerateContent?alt=sse", `{"contents":[{"role":"user","parts":[{"text":"x"}]}]TOOLS}`, dialecttest.Gemini{}},
		{"/api/chat", `{"model":"fast","messages":[{"role":"user","content":"x"}]TOOLS}`, dialecttest.Ollama{}},
	} {
		t.Run(row.path, func(t *testing.T) {
			d := d.on(t)
			ask := func(tools, fault string) *dialecttest.Client {
				w := d.send(hw.ConsoleInput{
					App: "acme/crm", Path: row.path, Body: strings.Replace(row.body, "TOOLS", tools, 1), Headers: map[string]string{"X-Headwater-Deadline-Ms": "5000"},
				})
				if w.status != 200 || w.end.Call == "" || w.end.Canceled || w.headers["X-Headwater-Served-By"] == "" {
					t.Fatalf("%s: %d %v %+v %s", fault, w.status, w.headers, w.end, w.body)
				}
				return row.reader.Stream([]byte(w.body))
			}
			if c := ask("", ""); !strings.HasPrefix(c.Text, "word1 word2") || !c.Done || len(c.Problems) > 0 {
				t.Errorf("the answer is %+v", c)
			}
			tools := map[string]string{
				"/v1/chat/completions": `,"tools":[{"type":"function","function":{"name":"weather","parameters":` + tool + `}}]`,
				"/v1/responses":        `,"tools":[{"type":"function","name":"weather","parameters":` + tool + `}]`,
				"/v1/messages":         `,"tools":[{"name":"weather","input_schema":` + tool + `}]`,
				"/api/chat":            `,"tools":[{"type":"function","function":{"name":"weather","parameters":` + tool + `}}]`,
			}[row.path]
			if tools == "" {
				tools = `,"tools":[{"functionDeclarations":[{"name":"weather","parameters":` + tool + `}]}]`
			}
			d.vendorSays(t, "tool")
			c := ask(tools, "tool")
			d.vendorSays(t, "")
			if len(c.ToolCalls) != 1 || c.ToolCalls[0].Name != "weather" || len(c.Problems) > 0 {
				t.Errorf("the answer is %+v", c)
			}
		})
	}
}

func givesWhatACallerGets(t *testing.T, s *service, d *desk) {
	d = d.on(t)

	chat := func(model string) string {
		return `{"model":"` + model + `","messages":[{"role":"user","content":"x"}]}`
	}
	for name, in := range map[string]hw.ConsoleInput{
		"a list of models":          {Path: "/v1/models"},
		"a plain answer":            {Path: "/v1/chat/completions", Body: chat("fast")},
		"an unknown model, OpenAI":  {Path: "/v1/chat/completions", Body: chat("nothing")},
		"an unknown model, another": {Path: "/v1/messages", Body: `{"model":"nothing","max_tokens":9,"messages":[{"role":"user","content":"x"}]}`},
		"an unknown model, Google":  {Path: "/v1beta/models/nothing:generateContent", Body: `{"contents":[]}`},
		"an unknown model, Ollama":  {Path: "/api/chat", Body: chat("nothing")},
		"no JSON":                   {Path: "/v1/chat/completions", Body: `{"model":`},
		"a path that leads nowhere": {Path: "/v1/nothing"},
		"a method that does not":    {Path: "/v1/chat/completions", Method: "DELETE"},
	} {
		in.App = "acme/crm"
		w := d.send(in)
		status, body := s.raw(t, in)
		if w.status != status || plain(w.body) != plain(body) || w.end.Problem != nil {
			t.Errorf("%s: %d %s, a caller gets %d %s", name, w.status, w.body, status, body)
		}
	}
	for name, row := range map[string]struct {
		in     hw.ConsoleInput
		status int
		text   string
	}{
		"a disabled app":             {hw.ConsoleInput{App: "acme/off", Path: "/v1/messages", Body: `{}`}, 403, `"type":"permission_error"`},
		"a route it may not ask for": {hw.ConsoleInput{App: "acme/narrow", Path: "/v1/chat/completions", Body: chat("slow")}, 404, "There is no model"},
		"a key that has expired":     {hw.ConsoleInput{App: "acme/crm", Key: "old", Path: "/v1/models"}, 401, "expired"},
	} {
		if w := d.send(row.in); w.status != row.status || !strings.Contains(w.body, row.text) {
			t.Errorf("%s: %d %s", name, w.status, w.body)
		}
	}
}

// raw makes the same call as the app would.
func (s *service) raw(t *testing.T, in hw.ConsoleInput) (int, string) {
	t.Helper()
	method := in.Method
	if method == "" {
		method = map[bool]string{true: http.MethodPost, false: http.MethodGet}[in.Body != ""]
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addresses.Data+in.Path, strings.NewReader(in.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer hw_crm")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// plain is a body without what differs from call to call: ids and times.
func plain(body string) string {
	return regexp.MustCompile(`req_[0-9a-f-]+|chatcmpl-[0-9a-zA-Z-]+|"created":\d+`).ReplaceAllString(body, "_")
}

func givenUpAtTheVendor(t *testing.T, d *desk, vendor *testupstream.Server) {
	d = d.on(t)
	before := vendor.Counts().Cancelled
	d.begin("c", hw.ConsoleInput{App: "acme/crm", Path: "/v1/messages", Body: `{"model":"slow","stream":true,"max_tokens":4000,"messages":[{"role":"user","content":"x"}]}`})
	for d.next().event.Bytes == nil {
		continue
	}
	if err := d.client.Call(t.Context(), "console.cancel", hw.ConsoleCancel{Subscription: "c"}, nil); err != nil {
		t.Fatal(err)
	}
	w := d.follow("c")
	if !w.end.Canceled || w.end.Call == "" {
		t.Errorf("it ended with %+v", w.end)
	}
	awaitCancelled(t, vendor, before)
	if row := d.row(w.end.Call); row.Status != 499 || row.Code != hw.CodeCanceled {
		t.Errorf("the row is %+v", row)
	}
}

func awaitCancelled(t *testing.T, vendor *testupstream.Server, before int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := vendor.Await(ctx, func(c testupstream.Counts) bool { return c.Cancelled == before+1 }); err != nil {
		t.Error(err)
	}
}

func twoAtOnce(t *testing.T, d *desk) {
	d = d.on(t)
	body := `{"model":"fast","stream":true,"messages":[{"role":"user","content":"x"}]}`
	d.begin("a", hw.ConsoleInput{App: "acme/crm", Path: "/v1/chat/completions", Body: body})
	d.begin("b", hw.ConsoleInput{App: "acme/crm", Path: "/v1/chat/completions", Body: body})
	bodies, ends := map[string]string{}, 0
	for ends < 2 {
		e := d.next()
		bodies[e.name] += string(e.event.Bytes)
		if e.event.End != nil {
			ends++
		}
	}
	for _, name := range []string{"a", "b"} {
		if c := (dialecttest.OpenAI{}).Stream([]byte(bodies[name])); !c.Done || !strings.HasPrefix(c.Text, "word1 word2") {
			t.Errorf("%s got %q", name, bodies[name])
		}
	}
}
