package adminapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestCertifyOverREST(t *testing.T) {
	l := listen(t)
	id := l.Must(t, hw.KindUpstream, `{"name":"good","provider":"openai"}`).Document.Head().ID
	l.Certify.Planned = hw.CertifyPlan{Upstream: "good", Model: "m", Requests: 27, TokensIn: 4000, TokensOut: 1500}
	l.Certify.Record = hw.CapabilityRecord{ID: "cpr_1", UpstreamID: id, Model: "m", Yes: 20, Checks: []hw.CapabilityCheck{}, Drift: []hw.CapabilityDrift{}}
	for name, body := range map[string]string{
		"no model":       `{}`,
		"an empty model": `{"model":""}`,
		"a negative cap": `{"model":"m","max_cost_usd":-1}`,
		"too high a cap": `{"model":"m","max_cost_usd":1001}`,
		"unknown field":  `{"model":"m","checks":"all"}`,
	} {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, l.do(t, http.MethodPost, "/api/v1/upstreams/good/certify", body), hw.CodeInvalid)
			wantProblem(t, l.do(t, http.MethodPost, "/api/v1/upstreams/good/certify/plan", body), hw.CodeInvalid)
		})
	}
	wantProblem(t, l.do(t, http.MethodPost, "/api/v1/upstreams/none/certify", `{"model":"m"}`), hw.CodeNotFound)
	wantProblem(t, l.do(t, http.MethodPost, "/api/v1/jobs", `{"kind":"upstreams.certify"}`), hw.CodeInvalid)
	var plan hw.CertifyPlan
	l.do(t, http.MethodPost, "/api/v1/upstreams/good/certify/plan", `{"model":"m"}`).decode(t, &plan) // upstreams.certify_plan
	if plan.Requests != 27 || plan.MaxCostUSD != nil || plan.Checks == nil {
		t.Errorf("planned %+v", plan)
	}
	socket := l.open(t, "Authorization", "Bearer "+l.LocalToken(t))
	if m := socket.call("jobs.watch", `{"subscription":"j"}`); m.Error != nil {
		t.Fatal(m.Error)
	}
	var job hw.Job
	made := l.do(t, http.MethodPost, "/api/v1/upstreams/"+id+"/certify", `{"model":"m","max_cost_usd":0.2}`) // upstreams.certify
	made.decode(t, &job)
	if made.StatusCode != http.StatusCreated || job.Kind != hw.JobUpstreamsCertify {
		t.Fatalf("%d: %s", made.StatusCode, made.body)
	}
	for job.State == hw.JobRunning {
		_ = socket.next()
		l.do(t, http.MethodGet, "/api/v1/jobs/"+job.ID, "").decode(t, &job)
	}
	if job.State != hw.JobDone || !strings.Contains(job.Words, "20 of 20 checks passed") || !strings.Contains(string(job.Result), `"cpr_1"`) {
		t.Errorf("ended as %+v", job)
	}
}

func TestCapabilitiesOverREST(t *testing.T) {
	l := listen(t)
	id := l.Must(t, hw.KindUpstream, `{"name":"good","provider":"openai"}`).Document.Head().ID
	for i, name := range []string{"cpr_1", "cpr_2"} {
		r := hw.CapabilityRecord{ID: name, UpstreamID: id, Model: "org/m", At: time.Now().Add(time.Duration(i) * time.Second), Checks: []hw.CapabilityCheck{{Name: "plain.answer", Outcome: hw.CheckYes}}, Drift: []hw.CapabilityDrift{}}
		if err := l.Store.PutCapabilityRecord(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"/api/v1/capabilities":                                         "cpr_2",
		"/api/v1/capabilities?upstream=good":                           "cpr_2",
		"/api/v1/capabilities?upstream=other":                          "",
		"/api/v1/capabilities/history?upstream=good&model=org%2Fm":     "cpr_2 cpr_1", // capabilities.history
		"/api/v1/capabilities/history?upstream=good&model=nothing":     "",
		"/api/v1/capabilities/history?upstream=" + id + "&model=org/m": "cpr_2 cpr_1",
	} {
		var page hw.Page[hw.CapabilityRecord]
		l.do(t, http.MethodGet, path, "").decode(t, &page) // capabilities.list
		var ids []string
		for _, r := range page.Items {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); got != want || page.Items == nil || page.Total != len(ids) {
			t.Errorf("%s: got %s of %d", path, got, page.Total)
		}
	}
	var one hw.CapabilityRecord
	l.do(t, http.MethodGet, "/api/v1/capabilities/cpr_1", "").decode(t, &one) // capabilities.show
	if one.ID != "cpr_1" || len(one.Checks) != 1 {
		t.Errorf("got %+v", one)
	}
	wantProblem(t, l.do(t, http.MethodGet, "/api/v1/capabilities/cpr_9", ""), hw.CodeNotFound)
	wantProblem(t, l.do(t, http.MethodGet, "/api/v1/capabilities/history?upstream=good", ""), hw.CodeInvalid)
}
