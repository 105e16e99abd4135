package adminapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin/admintest"
)

func TestTrafficOverREST(t *testing.T) {
	l := listen(t)
	l.Counter.Record(&hw.Call{StartedAt: time.Now(), Status: 200, TotalMs: 20, TokensIn: 7})
	l.Counter.Record(&hw.Call{StartedAt: time.Now(), Status: 503, TotalMs: 2})
	var got hw.Traffic
	r := l.do(t, http.MethodGet, "/api/v1/traffic?minutes=5", "") // traffic.get
	if r.decode(t, &got); r.StatusCode != http.StatusOK || got.Calls != 2 || got.Failed != 1 || got.TokensIn != 7 || len(got.Buckets) != 5 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	l.do(t, http.MethodGet, "/api/v1/traffic", "").decode(t, &got)
	if got.Minutes != 60 {
		t.Errorf("nobody asked for %d minutes", got.Minutes)
	}
	wantProblem(t, l.do(t, http.MethodGet, "/api/v1/traffic?minutes=1441", ""), hw.CodeInvalid)
}

func TestHealthHistoryOverREST(t *testing.T) {
	l := listen(t)
	var events []hw.HealthEvent
	for i := range 3 {
		events = append(events, hw.HealthEvent{At: time.Now().UTC(), HealthChanged: hw.HealthChanged{
			Scope: "s", Kind: "model", Name: "up/m", Upstreams: []string{fmt.Sprintf("up%d", i%2)}, From: hw.HealthHealthy, To: hw.HealthOpen, Words: fmt.Sprint("event ", i),
		}})
	}
	if err := l.Store.PutHealth(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	var page hw.Page[hw.HealthEvent]
	l.do(t, http.MethodGet, "/api/v1/health/history?limit=2", "").decode(t, &page) // health.history
	if len(page.Items) != 2 || page.Items[0].Words != "event 2" || page.Next == "" {
		t.Fatalf("got %+v", page)
	}
	l.do(t, http.MethodGet, "/api/v1/health/history?limit=2&cursor="+page.Next, "").decode(t, &page)
	if len(page.Items) != 1 || page.Items[0].Words != "event 0" {
		t.Errorf("got %+v", page)
	}
	page = hw.Page[hw.HealthEvent]{}
	l.do(t, http.MethodGet, "/api/v1/health/history?upstream=up1", "").decode(t, &page)
	if len(page.Items) != 1 || page.Items[0].Words != "event 1" || page.Next != "" {
		t.Errorf("got %+v", page)
	}
	hour := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano)
	for query, want := range map[string]int{"since=" + hour: 3, "until=" + hour: 0, "since=" + hour + "&until=" + hour: 0} {
		page = hw.Page[hw.HealthEvent]{}
		if l.do(t, http.MethodGet, "/api/v1/health/history?"+query, "").decode(t, &page); len(page.Items) != want {
			t.Errorf("%s: got %+v", query, page)
		}
	}
	wantProblem(t, l.do(t, http.MethodGet, "/api/v1/health/history?since=yesterday", ""), hw.CodeInvalid)
}

func TestHealthOfSomeUpstreams(t *testing.T) {
	l := listen(t)
	l.Targets = []hw.TargetHealth{
		{Upstream: "a", State: hw.HealthHealthy},
		{Upstream: "p", State: hw.HealthDisabled},
		{Upstream: "b", State: hw.HealthOpen},
		{Upstream: "c", State: hw.HealthThrottled},
	}
	s := l.open(t, "Authorization", "Bearer "+l.LocalToken(t))
	for params, want := range map[string]string{
		`{}`: "a p b c", `{"unwell":true}`: "b c p", `{"unwell":true,"limit":1}`: "b", `{"upstreams":["a","b"]}`: "a b", `{"upstreams":["a","b"],"unwell":true}`: "b", `{"upstreams":["x"]}`: "",
	} {
		var page hw.Page[hw.TargetHealth]
		if err := json.Unmarshal(s.call("health.list", params).Result, &page); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, one := range page.Items {
			names = append(names, one.Upstream)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %q, want %q", params, got, want)
		}
	}
	var strip hw.HealthStrip
	l.do(t, http.MethodGet, "/api/v1/health/strip?upstreams=c,a,x", "").decode(t, &strip)
	if len(strip.Upstreams) != 2 || strip.Upstreams[0].Upstream != "a" || strip.Upstreams[1].Upstream != "c" {
		t.Errorf("got %+v", strip)
	}
}

func TestFiguresOfUpstreams(t *testing.T) {
	l := listen(t)
	for _, name := range []string{"a", "b", "c"} {
		l.Must(t, hw.KindUpstream, `{"name":"`+name+`","provider":"openai"}`)
	}
	l.Must(t, hw.KindCredential, `{"name":"a1","upstream":"a","secret":"sk-1"}`)
	l.Must(t, hw.KindCredential, `{"name":"a2","upstream":"a","secret":"sk-2","state":"disabled"}`)
	l.Must(t, hw.KindCredential, `{"name":"b1","upstream":"b","secret":"sk-3"}`)
	l.Targets = []hw.TargetHealth{
		{Upstream: "a", FirstP95Ms: 200, Asked: 10, RateLimited: 2},
		{Upstream: "a", FirstP95Ms: 900, Asked: 5},
		{Upstream: "b"},
		{Upstream: "gone", Asked: 7},
	}
	a := hw.UpstreamFigures{Upstream: "a", Keys: 2, KeysOff: 1, FirstP95Ms: 900, Asked: 15, RateLimited: 2}
	b, c := hw.UpstreamFigures{Upstream: "b", Keys: 1}, hw.UpstreamFigures{Upstream: "c"}
	s := l.open(t, "Authorization", "Bearer "+l.LocalToken(t))
	for params, want := range map[string][]hw.UpstreamFigures{
		`{}`: {a, b, c}, `{"upstreams":["c","a","gone"]}`: {a, c}, `{"upstreams":["x"]}`: {},
	} {
		var page hw.Page[hw.UpstreamFigures]
		if err := json.Unmarshal(s.call("health.upstreams", params).Result, &page); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(page.Items, want) {
			t.Errorf("%s: got %+v", params, page.Items)
		}
	}
}

func TestJobsOverREST(t *testing.T) {
	l := listen(t)
	l.Must(t, hw.KindUpstream, `{"name":"good","provider":"openai"}`)
	l.Must(t, hw.KindUpstream, `{"name":"bad","provider":"openai"}`)
	l.Must(t, hw.KindUpstream, `{"name":"off","provider":"openai","state":"disabled"}`)
	bad := l.Must(t, hw.KindUpstream, `{"name":"worse","provider":"openai"}`)
	l.Test = func(id string) (hw.TestReport, error) {
		if id == bad.Document.Head().ID {
			return hw.TestReport{Upstream: "worse", Diagnosis: "It is down."}, nil
		}
		return hw.TestReport{Upstream: "good", OK: true}, nil
	}
	// The stream is followed first, so that nothing is waited for by polling.
	s := l.open(t, "Authorization", "Bearer "+l.LocalToken(t))
	if m := s.call("jobs.watch", `{"subscription":"j"}`); m.Error != nil {
		t.Fatal(m.Error)
	}
	start := func(kind hw.JobKind) hw.Job {
		t.Helper()
		var job hw.Job
		r := l.do(t, http.MethodPost, "/api/v1/jobs", `{"kind":"`+string(kind)+`"}`) // jobs.start
		if r.decode(t, &job); r.StatusCode != http.StatusCreated || job.State != hw.JobRunning {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		for {
			var p struct{ Events []struct{ Data hw.Job } }
			if err := json.Unmarshal(s.next().Params, &p); err != nil {
				t.Fatal(err)
			}
			for _, e := range p.Events {
				if e.Data.ID == job.ID && e.Data.State != hw.JobRunning {
					l.do(t, http.MethodGet, "/api/v1/jobs/"+job.ID, "").decode(t, &job) // jobs.get
					return job
				}
			}
		}
	}
	t.Run("upstreams.test tests every enabled one", func(t *testing.T) {
		job := start(hw.JobUpstreamsTest)
		var result hw.UpstreamsTested
		if err := json.Unmarshal(job.Result, &result); err != nil {
			t.Fatal(err)
		}
		if job.State != hw.JobDone || job.Done != 3 || job.Total != 3 || result.Failed != 1 || len(result.Reports) != 3 || job.Words != "1 of 3 upstreams did not answer." {
			t.Errorf("got %+v", job)
		}
	})
	t.Run("audit.verify walks the chain", func(t *testing.T) {
		job := start(hw.JobAuditVerify)
		if job.State != hw.JobDone || job.Total == 0 || job.Done != job.Total || !strings.Contains(string(job.Result), `"ok":true`) {
			t.Errorf("got %+v %s", job, job.Result)
		}
	})
	t.Run("both are listed, newest first", func(t *testing.T) {
		var page hw.Page[hw.Job]
		l.do(t, http.MethodGet, "/api/v1/jobs", "").decode(t, &page) // jobs.list
		if len(page.Items) != 2 || page.Items[0].Kind != hw.JobAuditVerify {
			t.Errorf("got %+v", page)
		}
		wantProblem(t, l.do(t, http.MethodPost, "/api/v1/jobs/"+page.Items[0].ID+"/cancel", ""), hw.CodeTaken) // jobs.cancel
	})
	t.Run("an unknown kind is refused, and a viewer starts nothing", func(t *testing.T) {
		wantProblem(t, l.do(t, http.MethodPost, "/api/v1/jobs", `{"kind":"rm -rf"}`), hw.CodeInvalid)
		if _, err := l.StartJob(t.Context(), admintest.Viewer(), hw.JobInput{Kind: hw.JobAuditVerify}); hw.CodeOf(err) != hw.CodeForbidden {
			t.Errorf("got %v", err)
		}
	})
}
