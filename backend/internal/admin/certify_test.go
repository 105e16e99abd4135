package admin_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
	"headwater/backend/internal/store/storetest"
)

func TestCertifyIsAJobWithAnAuditEntry(t *testing.T) {
	h := house(t)
	usd := 0.0123
	made := h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`).Document.Head()
	h.Certify.Planned = hw.CertifyPlan{Upstream: "openai", Model: "gpt-4o-mini", Credential: "main", MaxCostUSD: &usd}
	h.Certify.Record = hw.CapabilityRecord{
		ID: "cpr_1", UpstreamID: made.ID, Model: "gpt-4o-mini", Yes: 23, No: 2, Skipped: 3, Before: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC),
		Drift: []hw.CapabilityDrift{{Check: "tools.parallel", Before: hw.CheckYes, After: hw.CheckNo}},
	}
	told := h.Bus.Subscribe(0, hw.TopicJobs)
	defer told.Close()
	in := hw.CertifyInput{Model: "gpt-4o-mini", MaxCostUSD: 0.5}
	job, err := h.StartCertify(t.Context(), admintest.Root(), named("openai"), in)
	if want := "openai/" + in.Model; job.Subject != want {
		t.Errorf("it says it is about %q, not %q", job.Subject, want)
	}
	if err != nil || job.Kind != hw.JobUpstreamsCertify || job.Actor != "root" {
		t.Fatalf("started %+v, %v", job, err)
	}
	for job.State == hw.JobRunning {
		if _, _, err := told.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		if job, err = h.Job(t.Context(), admintest.Root(), job.ID); err != nil {
			t.Fatal(err)
		}
	}
	if job.State != hw.JobDone || job.Words != "23 of 25 checks passed; 1 changed since 2026-11-20: tools.parallel yes -> no." || !strings.Contains(string(job.Result), `"cpr_1"`) || job.Done != 2 {
		t.Errorf("ended as %+v", job)
	}
	if h.Certify.Asked != in {
		t.Errorf("the run was asked for %+v", h.Certify.Asked)
	}
	text := chain(t, h)
	if n := strings.Count(text, "upstreams.certify"); n != 1 || !strings.Contains(text, "gpt-4o-mini of upstream openai ("+made.ID+"), key main, at most $0.5000") {
		t.Errorf("%d entries in the audit chain: %s", n, text)
	}
}

// chain is what the audit chain says, read past the store.
func chain(t *testing.T, h *admintest.House) string {
	t.Helper()
	rows, err := storetest.Raw(t, "sqlite", "file:"+filepath.ToSlash(filepath.Join(h.Dir, "headwater.db"))+"?mode=ro&_pragma=busy_timeout(5000)").
		QueryContext(t.Context(), "SELECT action, detail FROM audit ORDER BY link")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var action, detail string
		if err := rows.Scan(&action, &detail); err != nil {
			t.Fatal(err)
		}
		b.WriteString(action + ": " + detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCertifyIsRefused(t *testing.T) {
	h := house(t)
	h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
	in := hw.CertifyInput{Model: "m"}
	if _, err := h.StartCertify(t.Context(), admintest.Viewer(), named("openai"), in); hw.CodeOf(err) != hw.CodeForbidden {
		t.Errorf("who may only look: %v", err)
	}
	if _, err := h.PlanCertify(t.Context(), admintest.Viewer(), named("openai"), in); hw.CodeOf(err) != hw.CodeForbidden {
		t.Errorf("a plan for who may only look: %v", err)
	}
	if _, err := h.StartCertify(t.Context(), admintest.Root(), named("other"), in); hw.CodeOf(err) != hw.CodeNotFound {
		t.Errorf("an upstream that is not there: %v", err)
	}
	_, err := h.StartJob(t.Context(), admintest.Root(), hw.JobInput{Kind: hw.JobUpstreamsCertify})
	if e := wantCode(t, err, hw.CodeBadRequest); !strings.Contains(e.Text, "told more") || e.Field != "kind" {
		t.Errorf("as a job without a model: %v", err)
	}
	h.Certify.Failed = hw.Errorf(hw.CodeUnsupported, "There are no live checks for this.")
	if _, err := h.StartCertify(t.Context(), admintest.Root(), named("openai"), in); hw.CodeOf(err) != hw.CodeUnsupported {
		t.Errorf("a model that has none: %v", err)
	}
	if jobs, err := h.Jobs(t.Context(), admintest.Root()); err != nil || len(jobs) != 0 || strings.Contains(chain(t, h), "certify") {
		t.Errorf("something began: %+v, %v", jobs, err)
	}
}

func TestCapabilities(t *testing.T) {
	h := house(t)
	a := h.Must(t, hw.KindUpstream, `{"name":"a","provider":"openai"}`).Document.Head().ID
	b := h.Must(t, hw.KindUpstream, `{"name":"b","provider":"openai"}`).Document.Head().ID
	start := time.Now().UTC()
	for i, r := range []hw.CapabilityRecord{{ID: "cpr_1", UpstreamID: a}, {ID: "cpr_2", UpstreamID: a}, {ID: "cpr_3", UpstreamID: b}, {ID: "cpr_4", UpstreamID: "ups_gone"}} {
		r.Model, r.At, r.Checks = "m", start.Add(time.Duration(i)*time.Second), []hw.CapabilityCheck{{Name: "plain.answer", Outcome: hw.CheckYes}}
		if err := h.Store.PutCapabilityRecord(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for name, row := range map[string]struct {
		ref  admin.Ref
		want string
	}{
		"all":               {admin.Ref{}, "cpr_4 cpr_3 cpr_2"},
		"by name":           {named("a"), "cpr_2"},
		"by id":             {named(b), "cpr_3"},
		"of one that is no": {named("ups_gone"), "cpr_4"},
		"of none":           {named("c"), ""},
	} {
		list, err := h.Capabilities(t.Context(), admintest.Viewer(), row.ref)
		ids := make([]string, len(list))
		for i := range list {
			ids[i] = list[i].ID
		}
		if got := strings.Join(ids, " "); err != nil || got != row.want || list == nil {
			t.Errorf("%s: got %s (%v)", name, got, err)
		}
	}
	if r, err := h.Capability(t.Context(), admintest.Viewer(), "cpr_1"); err != nil || len(r.Checks) != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
	if _, err := h.Capability(t.Context(), admintest.Viewer(), "cpr_9"); hw.CodeOf(err) != hw.CodeNotFound {
		t.Errorf("got %v", err)
	}
	runs, err := h.CapabilityHistory(t.Context(), admintest.Viewer(), named("a"), "m")
	if err != nil || len(runs) != 2 || runs[0].ID != "cpr_2" || runs[0].Checks == nil || len(runs[0].Checks) != 0 {
		t.Errorf("got %+v, %v", runs, err)
	}
	nobody := hw.Actor{}
	if _, err := h.Capabilities(t.Context(), nobody, admin.Ref{}); hw.CodeOf(err) != hw.CodeUnauthenticated {
		t.Errorf("nobody: %v", err)
	}
}
