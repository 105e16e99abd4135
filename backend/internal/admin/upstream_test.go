package admin_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
	"headwater/backend/internal/store"
)

// The tests of upstreams stand for all kinds: the use cases are the same.

func TestCreateUpstream(t *testing.T) {
	t.Run("is in force, in the history and told when it returns", func(t *testing.T) {
		h := house(t)
		told := h.Bus.Subscribe(0, hw.TopicConfig)
		defer told.Close()
		made := h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`).Document.(*hw.Upstream)
		if made.Version != 1 || !hw.IsID("ups", made.ID) || made.UpdatedBy != "root" || made.UpdatedAt.IsZero() {
			t.Errorf("made %+v, want version 1, an id, an author and a time", made.Meta)
		}
		if ups := h.Snapshot.Load().Upstreams; len(ups) != 1 || ups[0].Name != "openai" {
			t.Errorf("the snapshot in force has upstreams %v", ups)
		}
		events, _, err := told.Next(t.Context())
		if err != nil || len(events) != 1 || events[0].Data.(hw.ConfigChanged).Generation != 1 {
			t.Errorf("told %v (%v), want one change to generation 1", events, err)
		}
		changes, err := h.Changes(t.Context(), admintest.Root(), storeFilter())
		if err != nil || len(changes) != 1 || changes[0].Action != "upstreams.create" || changes[0].Actor != "root" {
			t.Errorf("history is %+v (%v)", changes, err)
		}
	})
	empty := house(t)
	for name, row := range map[string]struct {
		body, field string
		code        hw.Code
	}{
		"no JSON":                       {`{`, "", hw.CodeBadJSON},
		"not an object":                 {`[]`, "", hw.CodeBadJSON},
		"null":                          {`null`, "", hw.CodeBadJSON},
		"unknown field":                 {`{"name":"a","provider":"openai","colour":"red"}`, "colour", hw.CodeInvalid},
		"unknown field inside":          {`{"name":"a","provider":"openai","timeouts":{"tea_ms":1}}`, "tea_ms", hw.CodeInvalid},
		"field in other letters":        {`{"NAME":"a","provider":"openai"}`, "NAME", hw.CodeInvalid},
		"wrong type":                    {`{"name":7,"provider":"openai"}`, "name", hw.CodeInvalid},
		"bad name":                      {`{"name":"Ä","provider":"openai"}`, "name", hw.CodeInvalid},
		"address with a key in it":      {`{"name":"a","provider":"openai","base_url":"https://u:p@h"}`, "base_url", hw.CodeInvalid},
		"provider not in the catalogue": {`{"name":"a","provider":"nobody"}`, "provider", hw.CodeInvalid},
		"tenant that does not exist":    {`{"name":"a","provider":"openai","tenant":"ghost"}`, "tenant", hw.CodeInvalid},
	} {
		t.Run("is refused with "+name+", and nothing is kept", func(t *testing.T) {
			h := empty
			_, err := h.Create(t.Context(), admintest.Root(), hw.KindUpstream, raw(row.body))
			wantField(t, err, row.code, row.field)
			if docs, generation := h.Documents(); len(docs) != 0 || generation != 0 {
				t.Errorf("%d documents at generation %d are in force", len(docs), generation)
			}
			if stored, _, err := h.Store.Load(t.Context()); err != nil || len(stored) != 0 {
				t.Errorf("%d documents are stored (%v)", len(stored), err)
			}
		})
	}
	t.Run("a name that is there is taken", func(t *testing.T) {
		h := house(t)
		h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
		_, err := h.Create(t.Context(), admintest.Root(), hw.KindUpstream, raw(`{"name":"openai","provider":"openai"}`))
		wantField(t, err, hw.CodeTaken, "name")
	})
	t.Run("what only Headwater writes is left out of what comes in", func(t *testing.T) {
		h := house(t)
		r := h.Must(t, hw.KindUpstream, `{"id":"ups_mine","version":9,"updated_by":"me","name":"openai","provider":"openai"}`)
		if m := r.Document.Head(); m.ID == "ups_mine" || m.Version != 1 || m.UpdatedBy != "root" {
			t.Errorf("made %+v", m)
		}
	})
}

func TestUpdateUpstream(t *testing.T) {
	start := func(t *testing.T) *admintest.House {
		h := house(t)
		h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai","title":"Main","timeouts":{"connect_ms":500,"idle_ms":900}}`)
		return h
	}
	update := func(t *testing.T, h *admintest.House, patch string) (*hw.Upstream, error) {
		r, err := h.Update(t.Context(), admintest.Root(), hw.KindUpstream, named("openai"), raw(patch))
		u, _ := r.Document.(*hw.Upstream)
		return u, err
	}
	t.Run("changes the fields that are there and keeps the rest", func(t *testing.T) {
		h := start(t)
		u, err := update(t, h, `{"state":"disabled","timeouts":{"connect_ms":700}}`)
		if err != nil {
			t.Fatal(err)
		}
		want := hw.Timeouts{ConnectMs: 700, IdleMs: 900}
		if u.State != hw.StateDisabled || u.Title != "Main" || u.Timeouts != want || u.Version != 2 {
			t.Errorf("updated to %+v", u)
		}
	})
	t.Run("null takes a field back to its default", func(t *testing.T) {
		u, err := update(t, start(t), `{"title":null,"timeouts":null}`)
		if err != nil || u.Title != "" || u.Timeouts != (hw.Timeouts{}) {
			t.Errorf("updated to %+v (%v)", u, err)
		}
	})
	t.Run("a version that is not in force any more is a conflict that names who was faster", func(t *testing.T) {
		h := start(t)
		if _, err := update(t, h, `{"version":1,"title":"First"}`); err != nil {
			t.Fatal(err)
		}
		_, err := update(t, h, `{"version":1,"title":"Second"}`)
		e := wantCode(t, err, hw.CodeConflict)
		if got, _ := h.Get(admintest.Root(), hw.KindUpstream, named("openai")); got.(*hw.Upstream).Title != "First" {
			t.Errorf("title is %q after %v", got.(*hw.Upstream).Title, e)
		}
	})
	t.Run("is found by its id as well", func(t *testing.T) {
		h := start(t)
		d, _ := h.Get(admintest.Root(), hw.KindUpstream, named("openai"))
		if _, err := h.Update(t.Context(), admintest.Root(), hw.KindUpstream, named(d.Head().ID), raw(`{"title":"x"}`)); err != nil {
			t.Error(err)
		}
	})
	t.Run("an unknown name is not found", func(t *testing.T) {
		_, err := start(t).Update(t.Context(), admintest.Root(), hw.KindUpstream, named("ghost"), raw(`{}`))
		wantCode(t, err, hw.CodeNotFound)
	})
	t.Run("a new name that something refers to under the old one is in use", func(t *testing.T) {
		h := house(t)
		furnish(t, h)
		_, err := update(t, h, `{"name":"other"}`)
		if e := wantCode(t, err, hw.CodeInUse); e.Text != "It is used by credential main, route fast." {
			t.Errorf("text is %q", e.Text)
		}
	})
	t.Run("the tenant cannot be changed", func(t *testing.T) {
		h := start(t)
		h.Must(t, hw.KindTenant, `{"name":"acme"}`)
		_, err := update(t, h, `{"tenant":"acme"}`)
		wantField(t, err, hw.CodeInvalid, "tenant")
	})
}

func TestDeleteUpstream(t *testing.T) {
	t.Run("is refused while something refers to it, and names what", func(t *testing.T) {
		h := house(t)
		furnish(t, h)
		err := h.Delete(t.Context(), admintest.Root(), hw.KindUpstream, named("openai"), 0)
		if e := wantCode(t, err, hw.CodeInUse); e.Text != "It is used by credential main, route fast." || len(e.Problems) != 2 {
			t.Errorf("text is %q, problems %v", e.Text, e.Problems)
		}
		if _, err := h.Get(admintest.Root(), hw.KindUpstream, named("openai")); err != nil {
			t.Error(err)
		}
	})
	t.Run("takes it out of force and out of the store", func(t *testing.T) {
		h := house(t)
		h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
		if err := h.Delete(t.Context(), admintest.Root(), hw.KindUpstream, named("openai"), 1); err != nil {
			t.Fatal(err)
		}
		_, err := h.Get(admintest.Root(), hw.KindUpstream, named("openai"))
		wantCode(t, err, hw.CodeNotFound)
		if n := len(h.Snapshot.Load().Upstreams); n != 0 {
			t.Errorf("%d upstreams are in force", n)
		}
	})
	t.Run("an old version is a conflict", func(t *testing.T) {
		h := house(t)
		h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
		wantCode(t, h.Delete(t.Context(), admintest.Root(), hw.KindUpstream, named("openai"), 7), hw.CodeConflict)
	})
}

func TestListUpstreams(t *testing.T) {
	h := house(t)
	for _, name := range []string{"c", "a", "b", "az"} {
		h.Must(t, hw.KindUpstream, `{"name":"`+name+`","provider":"openai"}`)
	}
	list := func(q admin.ListQuery) (names string, page hw.Page[hw.Document]) {
		page, err := h.List(admintest.Root(), hw.KindUpstream, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Items {
			names += d.Label() + " "
		}
		return names, page
	}
	if names, page := list(admin.ListQuery{}); names != "a az b c " || page.Total != 4 || page.Next != "" {
		t.Errorf("all are %q, total %d, next %q", names, page.Total, page.Next)
	}
	names, page := list(admin.ListQuery{Limit: 3})
	if names != "a az b " || page.Next == "" || page.Total != 4 {
		t.Errorf("first page is %q, next %q", names, page.Next)
	}
	if names, page := list(admin.ListQuery{Limit: 3, After: page.Next}); names != "c " || page.Next != "" {
		t.Errorf("second page is %q, next %q", names, page.Next)
	}
	if names, page := list(admin.ListQuery{Search: "A"}); names != "a az " || page.Total != 2 {
		t.Errorf("search finds %q", names)
	}
	_, err := h.List(admintest.Root(), hw.KindUpstream, admin.ListQuery{After: "ups_gone"})
	wantCode(t, err, hw.CodeConflict)
}

func TestConfigurationSurvives(t *testing.T) {
	dir := t.TempDir()
	h := admintest.Open(t, dir)
	furnish(t, h)
	before, generation := h.Documents()
	h2 := admintest.Open(t, dir)
	after, generation2 := h2.Documents()
	a, _ := json.Marshal(before)
	b, _ := json.Marshal(after)
	if string(a) != string(b) || generation != generation2 {
		t.Errorf("after a restart generation %d is\n%s\nwant %d\n%s", generation2, b, generation, a)
	}
}

func TestMemoryAndStoreStayTogether(t *testing.T) {
	h := house(t)
	up := h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`).Document.(*hw.Upstream)
	t.Run("when the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := h.Update(ctx, admintest.Root(), hw.KindUpstream, named("openai"), raw(`{"title":"Second"}`)); err != nil {
			t.Fatal(err)
		}
		stored, generation, err := h.Store.Load(t.Context())
		if _, inForce := h.Documents(); err != nil || generation != inForce || stored[0].Version != 2 {
			t.Errorf("stored is version %d at generation %d, in force generation %d (%v)", stored[0].Version, generation, inForce, err)
		}
	})
	t.Run("when somebody else has written to the store", func(t *testing.T) {
		other := *up
		other.Title = "Elsewhere"
		body, _ := json.Marshal(other)
		_, err := h.Store.Commit(t.Context(), store.Commit{Actor: "elsewhere", Action: "upstreams.update", Writes: []store.Write{{
			Document: store.Document{Kind: hw.KindUpstream, ID: up.ID, Name: up.Name, Body: body}, Expect: 2,
		}}}, func(int64) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Update(t.Context(), admintest.Root(), hw.KindUpstream, named("openai"), raw(`{"state":"disabled"}`))
		wantCode(t, err, hw.CodeConflict)
		r, err := h.Update(t.Context(), admintest.Root(), hw.KindUpstream, named("openai"), raw(`{"state":"disabled"}`))
		if err != nil || r.Document.(*hw.Upstream).Title != "Elsewhere" || r.Document.Head().Version != 4 {
			t.Errorf("the second try gave %+v (%v)", r.Document, err)
		}
	})
}

func TestPermissions(t *testing.T) {
	h := house(t)
	furnish(t, h)
	ctx := t.Context()
	nobody, viewer := hw.Actor{}, admintest.Viewer()
	writes := map[string]func(hw.Actor) error{
		"create": func(a hw.Actor) error { _, err := h.Create(ctx, a, hw.KindUpstream, raw(`{}`)); return err },
		"update": func(a hw.Actor) error {
			_, err := h.Update(ctx, a, hw.KindUpstream, named("openai"), raw(`{}`))
			return err
		},
		"delete":        func(a hw.Actor) error { return h.Delete(ctx, a, hw.KindUpstream, named("openai"), 0) },
		"test":          func(a hw.Actor) error { _, err := h.TestUpstream(ctx, a, named("openai"), ""); return err },
		"scan":          func(a hw.Actor) error { _, err := h.Scan(ctx, a); return err },
		"scan range":    func(a hw.Actor) error { _, err := h.ScanRange(ctx, a, hw.ScanInput{Range: "10.0.0.1"}); return err },
		"settings":      func(a hw.Actor) error { _, err := h.UpdateSettings(ctx, a, raw(`{}`)); return err },
		"apply":         func(a hw.Actor) error { _, err := h.Apply(ctx, a, "", false); return err },
		"diff":          func(a hw.Actor) error { _, err := h.Diff(a, "", false); return err },
		"revoke":        func(a hw.Actor) error { return h.RevokeSession(ctx, a, "ses_x") },
		"setup code":    func(a hw.Actor) error { _, err := h.NewSetupCode(a); return err },
		"key":           func(a hw.Actor) error { _, err := h.Create(ctx, a, hw.KindKey, raw(`{}`)); return err },
		"member":        func(a hw.Actor) error { _, err := h.Create(ctx, a, hw.KindMember, raw(`{}`)); return err },
		"delete tenant": func(a hw.Actor) error { return h.Delete(ctx, a, hw.KindTenant, named("acme"), 0) },
	}
	reads := map[string]func(hw.Actor) error{
		"list":      func(a hw.Actor) error { _, err := h.List(a, hw.KindUpstream, admin.ListQuery{}); return err },
		"get":       func(a hw.Actor) error { _, err := h.Get(a, hw.KindUpstream, named("openai")); return err },
		"status":    func(a hw.Actor) error { _, err := h.Status(a); return err },
		"providers": func(a hw.Actor) error { _, err := h.Providers(a); return err },
		"health":    func(a hw.Actor) error { _, err := h.Health(a, admin.HealthFilter{}); return err },
		"settings":  func(a hw.Actor) error { _, err := h.Settings(a); return err },
		"export":    func(a hw.Actor) error { _, err := h.Export(a); return err },
		"changes":   func(a hw.Actor) error { _, err := h.Changes(ctx, a, storeFilter()); return err },
		"audit":     func(a hw.Actor) error { _, err := h.VerifyAudit(ctx, a); return err },
		"sessions":  func(a hw.Actor) error { _, err := h.Sessions(ctx, a); return err },
		"current":   func(a hw.Actor) error { _, err := h.CurrentSession(ctx, a); return err },
		"calls":     func(a hw.Actor) error { _, err := h.Service.Calls(ctx, a, callFilter()); return err },
	}
	before, generation := h.Documents()
	for name, do := range writes {
		t.Run(name+" is not for viewers, nor for nobody", func(t *testing.T) {
			wantCode(t, do(viewer), hw.CodeForbidden)
			wantCode(t, do(nobody), hw.CodeUnauthenticated)
		})
	}
	for name, do := range reads {
		t.Run(name+" is for viewers, not for nobody", func(t *testing.T) {
			if err := do(viewer); err != nil {
				t.Error(err)
			}
			wantCode(t, do(nobody), hw.CodeUnauthenticated)
		})
	}
	if after, now := h.Documents(); len(after) != len(before) || now != generation {
		t.Errorf("generation went from %d to %d", generation, now)
	}
}

func TestTestUpstream(t *testing.T) {
	h := house(t)
	furnish(t, h)
	var tested string
	h.Test = func(id string) (hw.TestReport, error) {
		tested = id
		return hw.TestReport{Upstream: "openai", Diagnosis: "refused", At: time.Now()}, nil
	}
	// Another tenant's upstream of the same name must not be the one tested.
	own := h.Must(t, hw.KindUpstream, `{"name":"openai","tenant":"acme","provider":"openai"}`)
	for tenant, want := range map[string]string{"acme": own.Document.Head().ID, "": ""} {
		if _, err := h.TestUpstream(t.Context(), admintest.Root(), admin.Ref{Name: "openai", Tenant: tenant}, ""); err != nil {
			t.Error(err)
		}
		if !hw.IsID("ups", tested) || (tested == own.Document.Head().ID) != (want != "") {
			t.Errorf("of tenant %q, %s was tested", tenant, tested)
		}
	}
	report, err := h.TestUpstream(t.Context(), admintest.Root(), named("openai"), "")
	if err != nil || report.Upstream != "openai" || report.Steps == nil {
		t.Errorf("report is %+v (%v), want steps that are a list", report, err)
	}
	_, err = h.TestUpstream(t.Context(), admintest.Root(), named("ghost"), "")
	wantCode(t, err, hw.CodeNotFound)
}

func TestStatus(t *testing.T) {
	h := house(t)
	verdict := func(want string) {
		t.Helper()
		st, err := h.Status(admintest.Root())
		if err != nil || st.Verdict != want || st.Words == "" || len(st.Counts) != len(hw.Kinds()) {
			t.Errorf("status is %+v (%v), want verdict %s", st, err, want)
		}
	}
	verdict(hw.VerdictEmpty)
	furnish(t, h)
	verdict(hw.VerdictServing)
	h.Targets = []hw.TargetHealth{{State: hw.HealthHealthy}, {State: hw.HealthOpen}}
	verdict(hw.VerdictDegraded)
	h.Targets = h.Targets[1:]
	verdict(hw.VerdictDown)
}
