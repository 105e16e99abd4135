package admin_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
)

// practised is a house with something to rehearse at.
func practised(t *testing.T) *admintest.House {
	t.Helper()
	h := admintest.New(t)
	h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
	h.Must(t, hw.KindRoute, `{"name":"fast","tiers":[{"targets":[{"upstream":"openai","model":"m"}]}]}`)
	return h
}

const rehearsal = `"drill":{"fault":"refused","upstreams":["openai"],"scope":{"route":"fast"},"duration_s":120}`

// scheduling runs a house with its scheduler in virtual time, which begins at
// midnight, UTC, of Saturday, 1 January 2000.
func scheduling(t *testing.T, do func(t *testing.T, h *admintest.House)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := practised(t)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- h.Planned.Run(ctx) }()
		do(t, h)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func scheduled(t *testing.T, h *admintest.House) hw.ScheduleState {
	t.Helper()
	states, err := h.ScheduleStates(t.Context(), admintest.Viewer())
	if err != nil || len(states) != 1 {
		t.Fatalf("got %+v, %v", states, err)
	}
	if states[0].Last == nil {
		states[0].Last = &hw.ScheduleOutcome{}
	}
	return states[0]
}

// at is the time of day that comes so much later.
func at(later time.Duration) string { return time.Now().Add(later).Format("15:04") }

func TestAScheduledDrillIsLikeEveryOther(t *testing.T) {
	scheduling(t, func(t *testing.T, h *admintest.House) {
		h.Must(t, hw.KindSchedule, fmt.Sprintf(`{"name":"nightly","at":%q,%s}`, at(3*time.Hour), rehearsal))
		time.Sleep(3*time.Hour + time.Second)
		drills, err := h.ListDrills(t.Context(), admintest.Viewer())
		if err != nil || len(drills) != 1 {
			t.Fatalf("got %+v, %v", drills, err)
		}
		d := drills[0]
		if d.State != hw.DrillRunning || d.StartedBy != "schedule nightly" || d.EndsAt.Sub(d.StartedAt) != 2*time.Minute {
			t.Errorf("started as %+v", d)
		}
		if s := scheduled(t, h); s.Last.Result != hw.ScheduleStarted || s.Last.Drill != d.ID || s.Next.Sub(s.Last.Due) != 24*time.Hour {
			t.Errorf("told as %+v, last %+v", s, s.Last)
		}
		// Neither a change nor the end of the schedule touches what it has started.
		for _, change := range []func() error{
			func() error {
				_, err := h.Update(t.Context(), admintest.Root(), hw.KindSchedule, named("nightly"), raw(`{"state":"disabled"}`))
				return err
			},
			func() error { return h.Delete(t.Context(), admintest.Root(), hw.KindSchedule, named("nightly"), 0) },
		} {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if d, err := h.Drill(t.Context(), admintest.Root(), d.ID); err != nil || d.State != hw.DrillRunning {
				t.Fatalf("the drill is %s, %v", d.State, err)
			}
		}
		time.Sleep(48 * time.Hour)
		if drills, err := h.ListDrills(t.Context(), admintest.Root()); err != nil || len(drills) != 1 || drills[0].State != hw.DrillEnded {
			t.Errorf("afterwards %+v, %v", drills, err)
		}
		if kept, err := h.Store.ScheduleOutcomes(t.Context()); err != nil || len(kept) != 0 {
			t.Errorf("kept %+v, %v", kept, err)
		}
	})
}

func TestAScheduledDrillWaitsForNone(t *testing.T) {
	scheduling(t, func(t *testing.T, h *admintest.House) {
		h.Must(t, hw.KindSchedule, fmt.Sprintf(`{"name":"nightly","at":%q,%s}`, at(time.Hour), rehearsal))
		time.Sleep(time.Hour - time.Second)
		if _, err := h.StartDrill(t.Context(), admintest.Root(), hw.DrillSpec{Fault: hw.DrillDiskFull}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if s := scheduled(t, h).Last; s.Result != hw.ScheduleSkipped || s.Cause != hw.ScheduleBusy || !strings.Contains(s.Reason, "root") {
			t.Errorf("told as %+v", s)
		}
		if drills, err := h.ListDrills(t.Context(), admintest.Root()); err != nil || len(drills) != 1 {
			t.Errorf("drills %+v, %v", drills, err)
		}
	})
}

func TestStartsAndAbortsOfDrillsAreAudited(t *testing.T) {
	h := practised(t)
	h.Must(t, hw.KindSchedule, `{"name":"nightly","at":"02:30",`+rehearsal+`}`)
	before, err := h.Store.AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d, err := h.StartScheduled(t.Context(), h.Schedules()[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AbortDrill(t.Context(), admintest.Root(), d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.StartDrill(t.Context(), admintest.Root(), h.Schedules()[0].Drill); err != nil {
		t.Fatal(err)
	}
	after, err := h.Store.AuditHead(t.Context())
	if err != nil || after.Link != before.Link+3 {
		t.Errorf("%d links became %d, %v", before.Link, after.Link, err)
	}
}

func TestSchedulesAreDocuments(t *testing.T) {
	h := practised(t)
	for name, row := range map[string]struct{ body, field string }{
		"no time":                   {`{"name":"a",` + rehearsal + `}`, "at"},
		"no time of day":            {`{"name":"a","at":"24:00",` + rehearsal + `}`, "at"},
		"no such day":               {`{"name":"a","at":"02:30","days":["mon","someday"],` + rehearsal + `}`, "days"},
		"a day twice":               {`{"name":"a","at":"02:30","days":["mon","mon"],` + rehearsal + `}`, "days"},
		"days and every so many":    {`{"name":"a","at":"02:30","days":["mon"],"every_days":2,` + rehearsal + `}`, "every_days"},
		"too many days":             {`{"name":"a","at":"02:30","every_days":366,` + rehearsal + `}`, "every_days"},
		"no first day":              {`{"name":"a","at":"02:30","every_days":2,"first":"2026-02-30",` + rehearsal + `}`, "first"},
		"a first day for no reason": {`{"name":"a","at":"02:30","first":"2026-02-03",` + rehearsal + `}`, "first"},
		"no drill":                  {`{"name":"a","at":"02:30"}`, "drill.fault"},
		"a drill without a scope":   {`{"name":"a","at":"02:30","drill":{"fault":"dns","upstreams":["openai"]}}`, "drill.scope"},
		"an unknown upstream":       {`{"name":"a","at":"02:30","drill":{"fault":"dns","upstreams":["gone"],"scope":{"route":"fast"}}}`, "drill.upstreams"},
		"an unknown app":            {`{"name":"a","at":"02:30","drill":{"fault":"dns","upstreams":["openai"],"scope":{"apps":["acme/crm"]}}}`, "drill.scope.apps"},
		"a tenant of its own":       {`{"name":"a","tenant":"acme","at":"02:30",` + rehearsal + `}`, "tenant"},
	} {
		t.Run("is refused with "+name, func(t *testing.T) {
			_, err := h.Create(t.Context(), admintest.Root(), hw.KindSchedule, raw(row.body))
			wantField(t, err, hw.CodeInvalid, row.field)
		})
	}
	t.Run("keeps what it refers to", func(t *testing.T) {
		h := practised(t)
		h.Must(t, hw.KindTenant, `{"name":"acme"}`)
		h.Must(t, hw.KindApp, `{"name":"crm","tenant":"acme","routes":["*"]}`)
		h.Must(t, hw.KindSchedule, `{"name":"nightly","at":"02:30","drill":{"fault":"refused","upstreams":["openai"],"scope":{"route":"fast","apps":["acme/crm","crm"],"tenant":"acme"}}}`)
		for kind, ref := range map[hw.Kind]admin.Ref{hw.KindRoute: named("fast"), hw.KindApp: {Tenant: "acme", Name: "crm"}} {
			err := h.Delete(t.Context(), admintest.Root(), kind, ref, 0)
			if hw.CodeOf(err) != hw.CodeInUse || !strings.Contains(err.Error(), "schedule nightly") {
				t.Errorf("deleting the %s: %v", kind, err)
			}
		}
	})
	t.Run("may be looked at by a viewer, and changed by nobody else", func(t *testing.T) {
		if _, err := h.List(admintest.Viewer(), hw.KindSchedule, admin.ListQuery{}); err != nil {
			t.Error(err)
		}
		if _, err := h.Create(t.Context(), admintest.Viewer(), hw.KindSchedule, raw(`{}`)); hw.CodeOf(err) != hw.CodeForbidden {
			t.Error(err)
		}
		if _, err := h.ScheduleStates(t.Context(), hw.Actor{}); hw.CodeOf(err) != hw.CodeUnauthenticated {
			t.Error(err)
		}
	})
}

func TestTheFirstDayIsWrittenDownOnce(t *testing.T) {
	h := practised(t)
	first := func(body string) string {
		t.Helper()
		r, err := h.Update(t.Context(), admintest.Root(), hw.KindSchedule, named("nightly"), raw(body))
		if err != nil {
			t.Fatal(err)
		}
		return r.Document.(*hw.DrillSchedule).First
	}
	now := time.Now()
	made := h.Must(t, hw.KindSchedule, `{"name":"nightly","at":"00:00","every_days":3,`+rehearsal+`}`).Document.(*hw.DrillSchedule)
	if days := []string{now.AddDate(0, 0, 1).Format(time.DateOnly), time.Now().AddDate(0, 0, 1).Format(time.DateOnly)}; !slices.Contains(days, made.First) {
		t.Errorf("counts from %q, want tomorrow", made.First)
	}
	for _, row := range []struct{ name, body, want string }{
		{"a change of something else", `{"title":"Each third night"}`, made.First},
		{"another rhythm", `{"every_days":5}`, made.First},
		{"a day that is given", `{"first":"2026-01-31"}`, "2026-01-31"},
		{"days of the week", `{"every_days":null,"days":["mon"]}`, ""},
	} {
		if got := first(row.body); got != row.want {
			t.Errorf("%s: counts from %q, want %q", row.name, got, row.want)
		}
	}
}

func TestSchedulesInAFile(t *testing.T) {
	h := practised(t)
	const file = `
schedules:
  - name: nightly
    at: 02:30
    days: [mon, thu]
    drill: {fault: rate, upstreams: [openai], retry_after_s: 5, scope: {route: fast, call_percent: 50}, duration_s: 300}
  - name: third
    at: "23:05"
    every_days: 3
    state: disabled
    drill: {fault: disk_full}
`
	if plan := apply(t, h, file, false); plan.Creates != 2 {
		t.Errorf("plan %+v", plan)
	}
	if plan := apply(t, h, file, false); plan.Creates+plan.Updates+plan.Deletes != 0 {
		t.Errorf("applied again: %+v", plan)
	}
	text, err := h.Export(admintest.Root())
	if err != nil {
		t.Fatal(err)
	}
	if plan := apply(t, h, text, true); plan.Creates+plan.Updates+plan.Deletes != 0 {
		t.Errorf("an export applied: %+v\n%s", plan, text)
	}
	if s := h.Schedules(); len(s) != 2 || s[0].At != "02:30" || len(s[0].Days) != 2 || s[0].Drill.Scope.CallPercent != 50 || s[1].Enabled() || s[1].First == "" {
		t.Errorf("got %+v", s)
	}
	// A file may take a schedule and what it refers to away together.
	if plan := apply(t, h, "schedules: []\nroutes: []\n", true); plan.Deletes != 3 {
		t.Errorf("plan %+v", plan)
	}
}
