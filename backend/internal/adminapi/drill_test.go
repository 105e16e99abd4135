package adminapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin/admintest"
)

func TestDrillsOverREST(t *testing.T) {
	l := listen(t)
	l.Must(t, hw.KindUpstream, `{"name":"good","provider":"openai"}`)
	l.Must(t, hw.KindRoute, `{"name":"fast","tiers":[{"targets":[{"upstream":"good","model":"m"}]}]}`)
	for name, body := range map[string]string{
		"no scope":           `{"fault":"refused","upstreams":["good"]}`,
		"unknown fault":      `{"fault":"melted","upstreams":["good"],"scope":{"route":"fast"}}`,
		"no upstream":        `{"fault":"refused","scope":{"route":"fast"}}`,
		"unknown upstream":   `{"fault":"refused","upstreams":["other"],"scope":{"route":"fast"}}`,
		"unknown route":      `{"fault":"refused","upstreams":["good"],"scope":{"route":"slow"}}`,
		"unknown app":        `{"fault":"refused","upstreams":["good"],"scope":{"apps":["acme/crm"]}}`,
		"unknown tenant":     `{"fault":"refused","upstreams":["good"],"scope":{"tenant":"acme"}}`,
		"too long":           `{"fault":"refused","upstreams":["good"],"scope":{"route":"fast"},"duration_s":901}`,
		"delay without need": `{"fault":"refused","upstreams":["good"],"scope":{"route":"fast"},"delay_ms":5}`,
	} {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, l.do(t, http.MethodPost, "/api/v1/drills", body), hw.CodeInvalid)
		})
	}
	socket := l.open(t, "Authorization", "Bearer "+l.LocalToken(t))
	if m := socket.call("drills.watch", `{"subscription":"d"}`); m.Error != nil {
		t.Fatal(m.Error)
	}
	var d hw.Drill
	l.do(t, http.MethodPost, "/api/v1/drills", `{"fault":"refused","upstreams":["good"],"scope":{"route":"fast"},"duration_s":60}`).decode(t, &d) // drills.start
	if told := string(socket.next().Params); !strings.Contains(told, d.ID) || !strings.Contains(told, `"running"`) {
		t.Errorf("told %s", told)
	}
	if d.State != hw.DrillRunning || d.EndsAt.Sub(d.StartedAt) != time.Minute || d.StartedBy == "" {
		t.Fatalf("got %+v", d)
	}
	wantProblem(t, l.do(t, http.MethodPost, "/api/v1/drills", `{"fault":"dns","upstreams":["good"],"scope":{"route":"fast"}}`), hw.CodeTaken)
	var page hw.Page[hw.Drill]
	l.do(t, http.MethodGet, "/api/v1/drills", "").decode(t, &page) // drills.list
	if len(page.Items) != 1 || page.Items[0].ID != d.ID {
		t.Errorf("got %+v", page)
	}
	begin := time.Now()
	l.do(t, http.MethodPost, "/api/v1/drills/"+d.ID+"/abort", "").decode(t, &d) // drills.abort
	if d.State != hw.DrillAborted || time.Since(begin) > time.Second || !strings.Contains(d.Reason, "aborted") {
		t.Errorf("got %+v after %s", d, time.Since(begin))
	}
	l.do(t, http.MethodGet, "/api/v1/drills/"+d.ID, "").decode(t, &d) // drills.get
	if d.State != hw.DrillAborted || d.Report == nil {
		t.Errorf("got %+v", d)
	}
	wantProblem(t, l.do(t, http.MethodPost, "/api/v1/drills/"+d.ID+"/abort", ""), hw.CodeTaken)
	wantProblem(t, l.do(t, http.MethodGet, "/api/v1/drills/nothing", ""), hw.CodeNotFound)
	if _, err := l.StartDrill(t.Context(), admintest.Viewer(), hw.DrillSpec{}); hw.CodeOf(err) != hw.CodeForbidden {
		t.Errorf("a viewer may start drills: %v", err)
	}
}

func TestScheduleStatesOverREST(t *testing.T) {
	l := listen(t)
	l.Must(t, hw.KindSchedule, `{"name":"nightly","at":"02:30","drill":{"fault":"disk_full"}}`)
	l.Must(t, hw.KindSchedule, `{"name":"off","at":"02:30","state":"disabled","drill":{"fault":"disk_full"}}`)
	var page hw.Page[hw.ScheduleState]
	l.do(t, http.MethodGet, "/api/v1/schedule-states", "").decode(t, &page) // schedules.states
	if len(page.Items) != 2 || page.Items[0].Name != "nightly" || time.Until(page.Items[0].Next) <= 0 || time.Until(page.Items[0].Next) > 25*time.Hour || page.Items[0].Last != nil {
		t.Fatalf("got %+v", page)
	}
	if !page.Items[1].Next.IsZero() {
		t.Errorf("the disabled one is due at %s", page.Items[1].Next)
	}
	wantProblem(t, l.do(t, http.MethodPost, "/api/v1/schedules", `{"name":"x","at":"2:30","drill":{"fault":"disk_full"}}`), hw.CodeInvalid)
}

func TestHealthStripOverREST(t *testing.T) {
	l := listen(t)
	l.Targets = []hw.TargetHealth{{Upstream: "up", State: hw.HealthOpen, Since: time.Now().Add(-time.Hour)}}
	var strip hw.HealthStrip
	l.do(t, http.MethodGet, "/api/v1/health/strip", "").decode(t, &strip) // health.strip
	if len(strip.Upstreams) != 1 || len(strip.Upstreams[0].States) != 96 || strip.Upstreams[0].States[95] != hw.HealthOpen || strip.StepS != 900 {
		t.Errorf("got %+v", strip)
	}
}
