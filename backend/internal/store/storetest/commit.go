package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

func testDocuments(t *testing.T, e Engine) {
	s := e.Open(t)
	if docs, generation := load(t, s); len(docs) != 0 || generation != 0 {
		t.Fatalf("a new store has %d documents and generation %d", len(docs), generation)
	}
	app := store.Write{Document: store.Document{
		Kind: hw.KindApp, ID: "app_1", Name: "crm", Tenant: "acme", Body: json.RawMessage(`{"name":"crm","version":77,"routes":[ "*" ]}`),
	}}
	b, a := upstream("ups_2", "b", 0), upstream("ups_1", "a", 0)
	change := must(t, s, b, a, app)
	if !hw.IsID(hw.PrefixChange, change.ID) || change.At.IsZero() {
		t.Errorf("got change %+v", change)
	}
	// What a write turns into: the body untouched, byte by byte.
	stored := func(w store.Write) store.Document {
		w.Version, w.UpdatedAt, w.UpdatedBy = 1, change.At, "root"
		return w.Document
	}
	docs, generation, err := s.Load(t.Context())
	if err != nil || generation != 1 {
		t.Fatalf("loaded generation %d, %v", generation, err)
	}
	want := []store.Document{stored(app), stored(a), stored(b)} // by kind and id
	if diff := cmp.Diff(want, docs); diff != "" {
		t.Error(diff)
	}
	decoded, err := docs[0].Decode()
	if err != nil {
		t.Fatal(err)
	}
	identity := hw.Meta{ID: "app_1", Tenant: "acme", Version: 1, UpdatedAt: change.At, UpdatedBy: "root"}
	if diff := cmp.Diff(identity, *decoded.Head()); diff != "" {
		t.Errorf("decoding believed the body about identity: %s", diff)
	}
}

// testVersions follows one document through its life.
func testVersions(t *testing.T, e Engine) {
	s := e.Open(t)
	steps := []struct {
		write      store.Write
		name       string
		version    int64
		documents  int
		hasBefore  bool
		hasAfter   bool
		generation int64
	}{
		{upstream("ups_1", "a", 0), "a", 1, 1, false, true, 1},
		{upstream("ups_1", "renamed", 1), "renamed", 2, 1, true, true, 2},
		{upstream("ups_1", "renamed", 2), "renamed", 3, 1, true, true, 3},
		{deletion(hw.KindUpstream, "ups_1", 3), "renamed", 3, 0, true, false, 4},
	}
	for i, step := range steps {
		change := must(t, s, step.write)
		item := change.Items[0]
		got := fmt.Sprint(item.Name, item.Version, item.Before != nil, item.After != nil, change.Generation)
		if want := fmt.Sprint(step.name, step.version, step.hasBefore, step.hasAfter, step.generation); got != want {
			t.Errorf("step %d is recorded as %s, want %s", i, got, want)
		}
		docs, generation := load(t, s)
		if len(docs) != step.documents || generation != step.generation {
			t.Errorf("step %d left %d documents, generation %d", i, len(docs), generation)
		}
		if doc, found := docs[step.name]; found && doc.Version != step.version {
			t.Errorf("step %d left version %d, want %d", i, doc.Version, step.version)
		}
	}
}

func testConflicts(t *testing.T, e Engine) {
	s := e.Open(t)
	must(t, s, upstream("ups_1", "a", 0))
	must(t, s, upstream("ups_1", "a", 1))
	rows := map[string]struct {
		write store.Write
		want  hw.Code
		text  string
	}{
		"an old version":             {upstream("ups_1", "a", 1), hw.CodeConflict, "version 2 is there now, not 1"},
		"a version yet to come":      {upstream("ups_1", "a", 3), hw.CodeConflict, "version 2"},
		"creating what is there":     {upstream("ups_1", "b", 0), hw.CodeConflict, "exists already"},
		"updating what is not there": {upstream("ups_9", "b", 1), hw.CodeConflict, "does not exist any more"},
		"deleting an old version":    {deletion(hw.KindUpstream, "ups_1", 1), hw.CodeConflict, "changed by root"},
		"deleting what is not there": {deletion(hw.KindUpstream, "ups_9", 1), hw.CodeConflict, "does not exist any more"},
		"deleting another kind":      {deletion(hw.KindRoute, "ups_1", 2), hw.CodeConflict, "does not exist any more"},
		"a taken name":               {upstream("ups_2", "a", 0), hw.CodeTaken, "taken"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			// The good write beside the bad one must not stay either.
			_, err := s.Commit(t.Context(), commit(upstream("ups_5", "beside", 0), row.write), func(int64) error {
				t.Error("the check was asked about a change that cannot be")
				return nil
			})
			wantCode(t, err, row.want)
			if text := hw.AsError(err).Text; !strings.Contains(text, row.text) {
				t.Errorf("got %q, want it to say %q", text, row.text)
			}
		})
	}
	docs, generation := load(t, s)
	if len(docs) != 1 || docs["a"].Version != 2 || generation != 2 {
		t.Errorf("refused changes left %v, generation %d", docs, generation)
	}
	wantIntact(t, s, 2)

	// The same name in another tenant or kind is another name, and a name that
	// is given up in a change can be taken in it.
	other := upstream("ups_3", "a", 0)
	other.Tenant = "acme"
	must(t, s, other)
	must(t, s, upstream("ups_4", "a", 0), deletion(hw.KindUpstream, "ups_1", 2))
	if docs, _ := load(t, s); len(docs) != 1 {
		t.Errorf("got %v", docs)
	}
}

func testRollback(t *testing.T, e Engine) {
	s := e.Open(t)
	must(t, s, upstream("ups_1", "a", 0))
	verdict := hw.Errorf(hw.CodeInvalid, "route r: upstream a does not exist").At("tiers[0]")
	refused := errors.New("plain")
	for _, want := range []error{verdict, refused} {
		var asked int64
		_, err := s.Commit(t.Context(), commit(deletion(hw.KindUpstream, "ups_1", 1), upstream("ups_2", "b", 0)), func(generation int64) error {
			asked = generation
			docs, now := load(t, s)
			if now != 1 || docs["a"].ID == "" || docs["b"].ID != "" {
				t.Errorf("the change is visible before it is checked: %v, generation %d", docs, now)
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Errorf("got %v, want the verdict %v", err, want)
		}
		if asked != 2 {
			t.Errorf("asked about generation %d, want 2", asked)
		}
	}
	panicking(t, s)
	docs, generation := load(t, s)
	if len(docs) != 1 || docs["a"].Version != 1 || generation != 1 {
		t.Errorf("a refused change left %v, generation %d", docs, generation)
	}
	for _, table := range []string{"document", "change", "change_item", "audit"} {
		wantRows(t, e.Raw, table, 1)
	}
	wantIntact(t, s, 1)
	if change := must(t, s, upstream("ups_2", "b", 0)); change.Generation != 2 {
		t.Errorf("generation %d follows 1", change.Generation)
	}
	wantIntact(t, s, 2)
}

// panicking commits with a check that panics, which must not leave the writer's
// transaction open.
func panicking(t *testing.T, s *store.Store) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("the panic of a check was swallowed")
		}
	}()
	_, err := s.Commit(t.Context(), commit(upstream("ups_2", "b", 0)), func(int64) error { panic("in the compile") })
	t.Errorf("went on after a panic: %v", err)
}

func testChanges(t *testing.T, e Engine) {
	s := e.Open(t)
	sealed := store.Write{Document: store.Document{
		Kind: hw.KindCredential, ID: "crd_1", Name: "c", Body: json.RawMessage(`{"name":"c","sealed":"CANARY-1","last4":"abcd"}`),
	}}
	member := store.Write{Document: store.Document{
		Kind: hw.KindMember, ID: "mem_1", Name: "m", Body: json.RawMessage(`{"name":"m","password_hash":"CANARY-2"}`),
	}}
	first := must(t, s, sealed, member)
	sealed.Expect, sealed.Body = 1, json.RawMessage(`{"name":"c","sealed":"CANARY-3","last4":"efgh"}`)
	second := must(t, s, sealed)
	third := must(t, s, deletion(hw.KindMember, "mem_1", 1))
	changes, err := s.Changes(t.Context(), store.ChangeFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]hw.Change{third, second, first}, changes); diff != "" {
		t.Errorf("stored and returned changes differ: %s", diff)
	}
	text := encode(t, changes)
	if strings.Contains(text, "CANARY") {
		t.Errorf("a secret is in the changes: %s", text)
	}
	if !strings.Contains(text, `"before":{"last4":"abcd","name":"c"},"after":{"last4":"efgh","name":"c"}`) {
		t.Errorf("before and after are not in the changes: %s", text)
	}
	var secrets int64
	const query = `SELECT COUNT(*) FROM change_item WHERE before_body LIKE '%CANARY%' OR after_body LIKE '%CANARY%'`
	if err := e.Raw.QueryRowContext(t.Context(), query).Scan(&secrets); err != nil || secrets != 0 {
		t.Errorf("%d stored changes hold a secret, %v", secrets, err)
	}
	if docs, _ := load(t, s); !strings.Contains(string(docs["c"].Body), "CANARY-3") {
		t.Errorf("the document itself lost its secret: %s", docs["c"].Body)
	}
}

// testChangeFilter looks for changes of an upstream and a route.
func testChangeFilter(t *testing.T, e Engine) {
	s := e.Open(t)
	route := upstream("rte_1", "r", 0)
	route.Kind = hw.KindRoute
	must(t, s, upstream("ups_1", "a", 0), route)
	must(t, s, upstream("ups_1", "a", 1))
	must(t, s, deletion(hw.KindRoute, "rte_1", 1))
	for name, f := range map[string]struct {
		filter store.ChangeFilter
		want   []int64
	}{
		"all, newest first":      {store.ChangeFilter{}, []int64{3, 2, 1}},
		"some":                   {store.ChangeFilter{Limit: 2}, []int64{3, 2}},
		"older ones":             {store.ChangeFilter{Limit: 2, Before: 3}, []int64{2, 1}},
		"of a kind":              {store.ChangeFilter{Kind: hw.KindRoute}, []int64{3, 1}},
		"of a document":          {store.ChangeFilter{DocID: "ups_1"}, []int64{2, 1}},
		"of a document, older":   {store.ChangeFilter{DocID: "ups_1", Before: 2}, []int64{1}},
		"of both, not the same":  {store.ChangeFilter{DocID: "ups_1", Kind: hw.KindRoute}, nil},
		"before the first":       {store.ChangeFilter{Before: 1}, nil},
		"more than there may be": {store.ChangeFilter{Limit: 1 << 40}, []int64{3, 2, 1}},
	} {
		changes, err := s.Changes(t.Context(), f.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, c := range changes {
			got = append(got, c.Generation)
		}
		if fmt.Sprint(got) != fmt.Sprint(f.want) || changes == nil {
			t.Errorf("%s: got %v, want %v", name, got, f.want)
		}
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// testWords puts text through that comes from outside and that one engine or
// the other would not take as it is.
func testWords(t *testing.T, e Engine) {
	s := e.Open(t)
	for _, words := range []string{"a\x00b", "bad \xff\xfe utf-8", `'; DROP TABLE audit; --`, "汉字 🙂", strings.Repeat("é", 5000), "$1 %s"} {
		c := commit()
		c.Actor, c.Summary = words, words
		w := upstream(hw.NewIDFor(hw.KindUpstream), hw.NewID("n"), 0)
		w.Body = json.RawMessage(`{"title":"\u0000 ü ` + "\u2028" + `"}`)
		c.Writes = []store.Write{w}
		change, err := s.Commit(t.Context(), c, pass)
		if err != nil {
			t.Fatalf("%.20q: %v", words, err)
		}
		if len(change.Summary) > 4096 || strings.Contains(change.Summary, "\x00") {
			t.Errorf("%.20q was stored as %.20q", words, change.Summary)
		}
		if err := s.Audit(t.Context(), store.AuditEvent{Actor: words, Remote: words, Action: "sessions.create", Detail: words}); err != nil {
			t.Fatalf("%.20q: %v", words, err)
		}
	}
	wantIntact(t, s, 12)
	for name, body := range map[string]string{"not JSON": `{"a":`, "bad UTF-8": "{\"a\":\"\xff\"}", "not an object": `[]`, "nothing": ``} {
		w := upstream("ups_1", "a", 0)
		w.Body = json.RawMessage(body)
		if _, err := s.Commit(t.Context(), commit(w), pass); err == nil {
			t.Errorf("a body that is %s was taken", name)
		}
	}
}

// testWriters has two stores on one database, as two processes would, count a
// document up together.
func testWriters(t *testing.T, e Engine) {
	stores := []*store.Store{e.Open(t), e.Open(t)}
	must(t, stores[0], upstream("ups_1", "a", 0))
	const each = 5
	var wg sync.WaitGroup
	for _, s := range stores {
		for range 2 {
			wg.Go(func() {
				for done := 0; done < each; {
					docs, _, err := s.Load(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					_, err = s.Commit(t.Context(), commit(upstream("ups_1", "a", docs[0].Version)), pass)
					switch {
					case err == nil:
						done++
					case hw.CodeOf(err) != hw.CodeConflict:
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	docs, generation := load(t, stores[1])
	if docs["a"].Version != 4*each+1 || generation != 4*each+1 {
		t.Errorf("got version %d and generation %d, want %d: a change was lost", docs["a"].Version, generation, 4*each+1)
	}
	wantIntact(t, stores[0], 4*each+1)
}

func testCallers(t *testing.T, e Engine) {
	s := e.Open(t)
	t.Run("who has hung up changes nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Commit(ctx, commit(upstream("ups_1", "a", 0)), pass)
		wantCode(t, err, hw.CodeCanceled)
		if _, _, err := s.Load(ctx); hw.CodeOf(err) != hw.CodeCanceled {
			t.Errorf("got %v", err)
		}
	})
	t.Run("who hangs up during the check still gets the change", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		change, err := s.Commit(ctx, commit(upstream("ups_1", "a", 0)), func(int64) error {
			cancel()
			return nil
		})
		if err != nil || change.Generation != 1 {
			t.Errorf("got %+v, %v", change, err)
		}
	})
	t.Run("what no caller of ours sends is refused", func(t *testing.T) {
		nobody, nothing := commit(upstream("ups_2", "b", 0)), commit()
		nobody.Actor = ""
		blind := deletion(hw.KindUpstream, "ups_1", 0)
		large := upstream("ups_2", "b", 0)
		large.Body = json.RawMessage(`{"a":"` + strings.Repeat("x", 5<<20) + `"}`)
		for _, c := range []store.Commit{nobody, nothing, commit(blind), commit(upstream("", "b", 0)), commit(upstream("ups_2", "", 0)), commit(large)} {
			if _, err := s.Commit(t.Context(), c, pass); err == nil {
				t.Errorf("%.80v was taken", c)
			}
		}
	})
	if _, generation := load(t, s); generation != 1 {
		t.Errorf("got generation %d, want 1", generation)
	}
}

func testReopen(t *testing.T, e Engine) {
	s, err := store.Open(t.Context(), e.Config)
	if err != nil {
		t.Fatal(err)
	}
	must(t, s, upstream("ups_1", "a", 0))
	audit(t, s, "signed in")
	if err := s.PutSession(t.Context(), session("ses_1", 1, "root")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = e.Open(t)
	docs, generation := load(t, s)
	if docs["a"].Version != 1 || generation != 1 {
		t.Errorf("got %v, generation %d", docs, generation)
	}
	if found, err := s.SessionByToken(t.Context(), [32]byte{1}); err != nil || found.ID != "ses_1" {
		t.Errorf("got session %+v, %v", found, err)
	}
	if changes, err := s.Changes(t.Context(), store.ChangeFilter{}); err != nil || len(changes) != 1 {
		t.Errorf("got %d changes, %v", len(changes), err)
	}
	if change := must(t, s, upstream("ups_1", "a", 1)); change.Generation != 2 {
		t.Errorf("got generation %d after 1", change.Generation)
	}
	wantIntact(t, s, 3)
}

func testNewer(t *testing.T, e Engine) {
	s, err := store.Open(t.Context(), e.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	e.exec(t, `INSERT INTO schema_headwater (version_id, is_applied) VALUES (99, TRUE)`)
	s, err = store.Open(t.Context(), e.Config)
	if err == nil {
		t.Fatal(errors.Join(errors.New("a database of a newer version was opened"), s.Close()))
	}
	if text := err.Error(); !strings.Contains(text, "newer version of Headwater") || !strings.Contains(text, "schema 99") {
		t.Errorf("got %q", text)
	}
}
