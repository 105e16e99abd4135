package adminapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin/admintest"
)

// The upstream is the example: one noun from the wire to the wire. The other
// nouns are the same rows with other types.

func TestUpstreamOverREST(t *testing.T) {
	l := listen(t)
	var made hw.Upstream
	t.Run("upstreams.create answers 201 with the document", func(t *testing.T) {
		r := l.do(t, http.MethodPost, "/api/v1/upstreams", `{"name":"openai","provider":"openai"}`)
		r.decode(t, &made)
		if r.StatusCode != http.StatusCreated || made.Version != 1 || made.ID == "" {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
		if strings.Contains(string(r.body), "$schema") || r.Header.Get("Link") != "" {
			t.Errorf("huma added its schema: %s", r.body)
		}
		if cc := r.Header.Get("Cache-Control"); cc != "no-store" {
			t.Errorf("cache control is %q", cc)
		}
	})
	t.Run("upstreams.get finds it by name and by id", func(t *testing.T) {
		for _, ref := range []string{"openai", made.ID} {
			var got hw.Upstream
			r := l.do(t, http.MethodGet, "/api/v1/upstreams/"+ref, "")
			if r.decode(t, &got); r.StatusCode != http.StatusOK || got != made {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
		}
	})
	t.Run("upstreams.list pages and searches", func(t *testing.T) {
		l.Must(t, hw.KindUpstream, `{"name":"azure","provider":"openai"}`)
		var page hw.Page[hw.Upstream]
		l.do(t, http.MethodGet, "/api/v1/upstreams?limit=1", "").decode(t, &page)
		if len(page.Items) != 1 || page.Items[0].Name != "azure" || page.Next == "" || page.Total != 2 {
			t.Errorf("first page is %+v", page)
		}
		l.do(t, http.MethodGet, "/api/v1/upstreams?q=OPEN", "").decode(t, &page)
		if page.Total != 1 {
			t.Errorf("search finds %+v", page)
		}
	})
	t.Run("upstreams.update changes what is sent and keeps the version rule", func(t *testing.T) {
		var got hw.Upstream
		l.do(t, http.MethodPatch, "/api/v1/upstreams/openai", `{"version":1,"title":"Main","max_in_flight":null}`).decode(t, &got)
		if got.Title != "Main" || got.Version != 2 || got.Provider != "openai" {
			t.Errorf("updated to %+v", got)
		}
		d := wantProblem(t, l.do(t, http.MethodPatch, "/api/v1/upstreams/openai", `{"version":1,"title":"Late"}`), hw.CodeConflict)
		if d.Status != http.StatusConflict || d.Public != "HW-VER-409" {
			t.Errorf("problem is %+v", d)
		}
	})
	t.Run("upstreams.test answers the report", func(t *testing.T) {
		var report hw.TestReport
		r := l.do(t, http.MethodPost, "/api/v1/upstreams/openai/test", "")
		if r.decode(t, &report); r.StatusCode != http.StatusOK || !report.OK || report.Upstream != "openai" {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	})
	t.Run("upstreams.delete answers 204, then 404", func(t *testing.T) {
		if r := l.do(t, http.MethodDelete, "/api/v1/upstreams/openai?version=2", ""); r.StatusCode != http.StatusNoContent || len(r.body) != 0 {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
		wantProblem(t, l.do(t, http.MethodGet, "/api/v1/upstreams/openai", ""), hw.CodeNotFound)
	})
}

func TestNounsOverREST(t *testing.T) {
	l := listen(t)
	post := func(path, body string) response {
		r := l.do(t, http.MethodPost, "/api/v1/"+path, body)
		if r.StatusCode != http.StatusCreated {
			t.Fatalf("POST %s: %d %s", path, r.StatusCode, r.body)
		}
		return r
	}
	post("tenants", `{"name":"acme"}`)
	post("upstreams", `{"name":"openai","provider":"openai"}`)
	credential := post("credentials", `{"name":"main","upstream":"openai","secret":"sk-canary-0123456789abcdef"}`)
	post("routes", `{"name":"org/model:1","tiers":[{"targets":[{"upstream":"openai"}]}]}`)
	post("routes", `{"name":"gpt-*","tiers":[{"targets":[{"upstream":"openai"}]}]}`)
	post("apps", `{"name":"crm","tenant":"acme","routes":["*"]}`)
	key := post("keys", `{"name":"prod","tenant":"acme","app":"crm"}`)
	post("schedules", `{"name":"nightly","at":"02:30","drill":{"fault":"disk_full"}}`)
	member := post("members", `{"name":"eve","role":"viewer","password":"correct horse battery"}`)

	t.Run("secrets go in and do not come out", func(t *testing.T) {
		for _, r := range []response{credential, member, l.do(t, http.MethodGet, "/api/v1/credentials", ""), l.do(t, http.MethodGet, "/api/v1/members/eve", "")} {
			for _, never := range []string{"sk-canary", "sealed", "password", "argon2id"} {
				if strings.Contains(string(r.body), never) {
					t.Errorf("%s holds %s", r.body, never)
				}
			}
		}
	})
	t.Run("a key's secret is shown by keys.create only", func(t *testing.T) {
		var made hw.CreatedKey
		key.decode(t, &made)
		if !strings.HasPrefix(made.Secret, "hw_") || made.Last4 == "" {
			t.Errorf("made %s", key.body)
		}
		if r := l.do(t, http.MethodGet, "/api/v1/keys/prod?tenant=acme", ""); strings.Contains(string(r.body), made.Secret) {
			t.Errorf("keys.get answers %s", r.body)
		}
	})
	for path, name := range map[string]string{
		"routes/org%2Fmodel:1": "org/model:1", "routes/gpt-%2A": "gpt-*", "tenants/acme": "acme",
		"apps/crm?tenant=acme": "crm", "members/eve": "eve", "credentials/main": "main", "schedules/nightly": "nightly",
	} {
		t.Run("get, update and delete "+name, func(t *testing.T) {
			var got struct{ Name, Title string }
			if l.do(t, http.MethodGet, "/api/v1/"+path, "").decode(t, &got); got.Name != name {
				t.Errorf("got %+v", got)
			}
			r := l.do(t, http.MethodPatch, "/api/v1/"+path, `{"state":"disabled"}`)
			if r.StatusCode != http.StatusOK || !strings.Contains(string(r.body), `"disabled"`) {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
		})
	}
	t.Run("what is in use is not deleted", func(t *testing.T) {
		d := wantProblem(t, l.do(t, http.MethodDelete, "/api/v1/upstreams/openai", ""), hw.CodeInUse)
		if len(d.Errors) != 3 || d.Errors[0].Kind == "" || d.Errors[0].Name == "" {
			t.Errorf("problem names %+v", d.Errors)
		}
	})
	for _, path := range []string{"keys/prod?tenant=acme", "apps/crm?tenant=acme", "members/eve", "credentials/main", "routes/gpt-%2A", "routes/org%2Fmodel:1", "upstreams/openai", "tenants/acme"} {
		if r := l.do(t, http.MethodDelete, "/api/v1/"+path, ""); r.StatusCode != http.StatusNoContent {
			t.Errorf("DELETE %s: %d %s", path, r.StatusCode, r.body)
		}
	}
}

func TestProblems(t *testing.T) {
	l := listen(t)
	l.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
	secret := "sk-canary-0123456789abcdef"
	for _, row := range []struct {
		why, method, path, body string
		code                    hw.Code
		location                string
	}{
		{"broken JSON", "POST", "/api/v1/credentials", `{"secret":"` + secret, hw.CodeBadJSON, "body"},
		{"no body", "POST", "/api/v1/upstreams", "", hw.CodeBadJSON, ""},
		{"field missing", "POST", "/api/v1/upstreams", `{"name":"a"}`, hw.CodeInvalid, "body"},
		{"unknown field", "POST", "/api/v1/upstreams", `{"name":"a","provider":"openai","colour":1}`, hw.CodeInvalid, "body.colour"},
		{"wrong type", "POST", "/api/v1/credentials", `{"name":7,"upstream":"openai","secret":"` + secret + `"}`, hw.CodeInvalid, "body.name"},
		{"value of the enumeration", "PATCH", "/api/v1/upstreams/openai", `{"state":"asleep"}`, hw.CodeInvalid, "body.state"},
		{"bound", "PATCH", "/api/v1/upstreams/openai", `{"timeouts":{"connect_ms":99999999}}`, hw.CodeInvalid, "body.timeouts.connect_ms"},
		{"rule of the document", "POST", "/api/v1/upstreams", `{"name":"Ä","provider":"openai"}`, hw.CodeInvalid, "body.name"},
		{"what the compile finds", "POST", "/api/v1/credentials", `{"name":"a","upstream":"ghost","secret":"` + secret + `"}`, hw.CodeInvalid, "body.upstream"},
		{"hidden field", "POST", "/api/v1/credentials", `{"name":"a","upstream":"openai","sealed":"` + secret + `"}`, hw.CodeInvalid, "body.sealed"},
		{"name taken", "POST", "/api/v1/upstreams", `{"name":"openai","provider":"openai"}`, hw.CodeTaken, "body.name"},
		{"unknown query parameter", "GET", "/api/v1/upstreams?colour=red", "", hw.CodeInvalid, "query.colour"},
		{"query of the wrong type", "GET", "/api/v1/upstreams?limit=many", "", hw.CodeInvalid, "query.limit"},
		{"path that is no operation", "GET", "/api/v1/nothing", "", hw.CodeNotFound, ""},
		{"path outside", "GET", "/api/", "", hw.CodeNotFound, ""},
		{"method that a path does not have", "PUT", "/api/v1/upstreams/openai", "{}", hw.CodeMethod, ""},
		{"too large", "POST", "/api/v1/upstreams", `{"title":"` + strings.Repeat("x", 2<<20) + `"}`, hw.CodeTooLarge, ""},
		{"no document", "GET", "/api/v1/routes/ghost", "", hw.CodeNotFound, ""},
		{"call that is not there", "GET", "/api/v1/calls/req_ghost", "", hw.CodeNotFound, ""},
	} {
		t.Run(row.why, func(t *testing.T) {
			r := l.do(t, row.method, row.path, row.body)
			d := wantProblem(t, r, row.code)
			if strings.Contains(string(r.body), secret) {
				t.Errorf("the problem quotes the secret: %s", r.body)
			}
			if row.location == "" {
				return
			}
			for _, e := range d.Errors {
				if e.Location == row.location {
					return
				}
			}
			t.Errorf("no finding at %s: %s", row.location, r.body)
		})
	}
	t.Run("a method that is not offered names those that are", func(t *testing.T) {
		allow := l.do(t, http.MethodPut, "/api/v1/upstreams/openai", "{}").Header.Get("Allow")
		if allow != "GET, PATCH, DELETE" {
			t.Errorf("allow is %q", allow)
		}
	})
	t.Run("the log of it all holds no secret", func(t *testing.T) {
		if strings.Contains(l.Logged.String(), secret) {
			t.Error(l.Logged.String())
		}
	})
}

func TestConfigOverREST(t *testing.T) {
	l := listen(t)
	file := func(yaml string, prune bool) string {
		raw, _ := json.Marshal(hw.ConfigFile{YAML: yaml, Prune: prune})
		return string(raw)
	}
	text := "upstreams:\n- {name: openai, provider: openai}\n"
	var plan hw.Plan
	if l.do(t, http.MethodPost, "/api/v1/config/diff", file(text, false)).decode(t, &plan); plan.Creates != 1 || plan.Applied {
		t.Errorf("config.diff plans %+v", plan)
	}
	if l.do(t, http.MethodPost, "/api/v1/config/apply", file(text, false)).decode(t, &plan); plan.Creates != 1 || !plan.Applied || plan.Generation != 1 {
		t.Errorf("config.apply did %+v", plan)
	}
	var out hw.ConfigText
	if l.do(t, http.MethodGet, "/api/v1/config", "").decode(t, &out); !strings.Contains(out.YAML, "name: openai") {
		t.Errorf("config.export gives %s", out.YAML)
	}
	d := wantProblem(t, l.do(t, http.MethodPost, "/api/v1/config/apply", file("upstreams:\n- {name: bad}\n", false)), hw.CodeInvalid)
	if e := d.Errors[0]; e.Kind != hw.KindUpstream || e.Name != "bad" || e.Field != "provider" {
		t.Errorf("finding is %+v", e)
	}
	var changes hw.Page[hw.Change]
	if l.do(t, http.MethodGet, "/api/v1/changes?limit=5&kind=upstream", "").decode(t, &changes); len(changes.Items) != 1 || changes.Items[0].Actor != "local" {
		t.Errorf("changes.list gives %+v", changes)
	}
	var audit hw.AuditReport
	if l.do(t, http.MethodGet, "/api/v1/audit/verify", "").decode(t, &audit); !audit.OK || audit.Links != 1 {
		t.Errorf("audit.verify says %+v", audit)
	}
	var settings hw.Setting
	if l.do(t, http.MethodPatch, "/api/v1/settings", `{"call_retention_days":9}`).decode(t, &settings); settings.CallRetentionDays != 9 {
		t.Errorf("settings.update answers %+v", settings)
	}
	if l.do(t, http.MethodGet, "/api/v1/settings", "").decode(t, &settings); settings.Version != 1 {
		t.Errorf("settings.get answers %+v", settings)
	}
}

func TestStatusOverREST(t *testing.T) {
	l := listen(t)
	var status hw.Status
	if l.do(t, http.MethodGet, "/api/v1/status", "").decode(t, &status); status.Version != "test" || status.Verdict != hw.VerdictEmpty {
		t.Errorf("status.get answers %+v", status)
	}
	for path, operation := range map[string]string{"providers": "providers.list", "health": "health.list", "calls": "calls.list"} {
		r := l.do(t, http.MethodGet, "/api/v1/"+path, "")
		if r.StatusCode != http.StatusOK || !strings.Contains(string(r.body), `"items":[`) {
			t.Errorf("%s answers %d %s", operation, r.StatusCode, r.body)
		}
	}
}

func TestExplainOverREST(t *testing.T) {
	l := listen(t)
	l.Explained = map[string]hw.Explanation{"fast": {Route: "fast", Targets: []hw.ExplainedTarget{{Order: 1, Upstream: "openai"}}}}
	var got hw.Explanation
	if l.do(t, http.MethodGet, "/api/v1/explain?model=fast", "").decode(t, &got); !got.OK || got.Targets[0].Upstream != "openai" {
		t.Errorf("routes.explain answers %+v", got)
	}
	if r := l.do(t, http.MethodGet, "/api/v1/explain", ""); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a model: %d %s", r.StatusCode, r.body)
	}
	for query, status := range map[string]int{"needs=tools,vision": http.StatusOK, "needs=magic": http.StatusUnprocessableEntity} {
		if r := l.do(t, http.MethodGet, "/api/v1/explain?model=fast&"+query, ""); r.StatusCode != status {
			t.Errorf("%s: %d %s", query, r.StatusCode, r.body)
		}
	}
}

func TestConditionsOverREST(t *testing.T) {
	l := listen(t)
	var got hw.ConditionResult
	if l.do(t, http.MethodGet, "/api/v1/condition?when=true&app=crm&headers=X-A:%20b%0AX-C:%20d,e&at=2026-11-29T10:00:00Z&tokens_in=5&stream=true", "").decode(t, &got); !got.OK || !got.Holds {
		t.Errorf("routes.condition answers %+v", got)
	}
	if r := l.do(t, http.MethodGet, "/api/v1/condition?app=crm", ""); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("without a condition: %d %s", r.StatusCode, r.body)
	}
}

func TestCallsOverREST(t *testing.T) {
	l := listen(t)
	stop := runCalls(t, l.House)
	one := &hw.Call{ID: hw.NewID(hw.PrefixCall), StartedAt: time.Now().UTC(), Asked: "=fast", Status: 200, Attempts: []hw.Attempt{}}
	l.Calls.Record(one)
	stop()
	var page hw.CallPage
	if l.do(t, http.MethodGet, "/api/v1/calls?status=200", "").decode(t, &page); len(page.Items) != 1 || page.Items[0].ID != one.ID {
		t.Errorf("calls.list gives %+v", page)
	}
	var got hw.Call
	if l.do(t, http.MethodGet, "/api/v1/calls/"+one.ID, "").decode(t, &got); got.Asked != "=fast" {
		t.Errorf("calls.get gives %+v", got)
	}
	t.Run("calls.export downloads JSON lines", func(t *testing.T) {
		r := l.do(t, http.MethodGet, "/api/v1/calls/export", "")
		r.decode(t, &got)
		if r.Header.Get("Content-Type") != "application/jsonl" || !strings.Contains(r.Header.Get("Content-Disposition"), "calls.jsonl") || got.ID != one.ID {
			t.Errorf("%v %s", r.Header, r.body)
		}
	})
	t.Run("calls.export needs the permission", func(t *testing.T) {
		wantProblem(t, l.do(t, http.MethodGet, "/api/v1/calls/export", "", "Authorization", ""), hw.CodeUnauthenticated)
	})
}

func TestSessionsOverREST(t *testing.T) {
	l := listen(t)
	var state hw.SetupState
	if l.do(t, http.MethodGet, "/api/v1/setup", "", "Authorization", "").decode(t, &state); !state.Needed {
		t.Errorf("setup.get answers %+v", state)
	}
	var fresh hw.SetupCode
	l.do(t, http.MethodPost, "/api/v1/setup/code", "").decode(t, &fresh) // setup.renew
	wantProblem(t, l.do(t, http.MethodPost, "/api/v1/setup", `{"code":"AAAA","name":"root","password":"correct horse battery"}`, "Authorization", ""), hw.CodeUnauthenticated)
	var in hw.SignedIn
	r := l.do(t, http.MethodPost, "/api/v1/setup", `{"code":"`+fresh.Code+`","name":"root","password":"correct horse battery"}`, "Authorization", "") // setup.redeem
	if r.decode(t, &in); r.StatusCode != http.StatusCreated || in.Token == "" {
		t.Fatalf("setup.redeem answers %d %s", r.StatusCode, r.body)
	}
	bearer := "Bearer " + in.Token
	var second hw.SignedIn
	if l.do(t, http.MethodPost, "/api/v1/sessions", `{"name":"root","password":"correct horse battery"}`, "Authorization", "").decode(t, &second); second.Token == in.Token || second.Token == "" {
		t.Errorf("sessions.create answers %+v", second.Session)
	}
	var me hw.SessionInfo
	if l.do(t, http.MethodGet, "/api/v1/sessions/current", "", "Authorization", bearer).decode(t, &me); me.ID != in.Session.ID || !me.Current {
		t.Errorf("sessions.current answers %+v", me)
	}
	var all hw.Page[hw.SessionInfo]
	if l.do(t, http.MethodGet, "/api/v1/sessions", "", "Authorization", bearer).decode(t, &all); len(all.Items) != 2 {
		t.Errorf("sessions.list answers %+v", all)
	}
	if r := l.do(t, http.MethodDelete, "/api/v1/sessions/"+second.Session.ID, "", "Authorization", bearer); r.StatusCode != http.StatusNoContent {
		t.Errorf("sessions.revoke answers %d", r.StatusCode)
	}
	wantProblem(t, l.do(t, http.MethodGet, "/api/v1/status", "", "Authorization", "Bearer "+second.Token), hw.CodeUnauthenticated)
	if r := l.do(t, http.MethodDelete, "/api/v1/sessions/current", "", "Authorization", bearer); r.StatusCode != http.StatusNoContent {
		t.Errorf("sessions.end answers %d", r.StatusCode)
	}
	wantProblem(t, l.do(t, http.MethodGet, "/api/v1/status", "", "Authorization", bearer), hw.CodeUnauthenticated)
}

func TestLockSaysWhenToComeBack(t *testing.T) {
	l := listen(t)
	var last response
	for range 6 {
		last = l.do(t, http.MethodPost, "/api/v1/setup", `{"code":"AAAA","name":"root","password":"correct horse battery"}`, "Authorization", "")
	}
	wantProblem(t, last, hw.CodeRateLimited)
	if wait := last.Header.Get("Retry-After"); wait != "900" {
		t.Errorf("Retry-After is %q, want 900", wait)
	}
}

// runCalls runs the writer of the call log; the returned function stops it
// once everything is written.
func runCalls(t *testing.T, h *admintest.House) func() {
	t.Helper()
	ctx, cancel := contextWithCancel(t)
	ended := make(chan error, 1)
	go func() { ended <- h.Calls.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
