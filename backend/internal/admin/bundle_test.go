package admin_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
)

const file = `
# a whole small house
settings:
  call_retention_days: 14
tenants:
  - name: acme
upstreams:
  - name: openai
    provider: openai
    timeouts: {connect_ms: 500}
  - name: practice
    provider: simulator
credentials:
  - {name: main, upstream: openai, secret: sk-canary-0123456789abcdef}
routes:
  - name: fast
    tiers:
      - strategy: priority
        targets:
          - {upstream: openai, model: gpt-4o-mini}
          - upstream: practice
apps:
  - {name: crm, tenant: acme, routes: ["*"]}
keys:
  - name: prod
    tenant: acme
    app: crm
    secret_sha256: abababababababababababababababababababababababababababababababab
    expires_at: 2030-01-01T00:00:00Z
`

// members is a list of a file, apart because passwords are slow on purpose.
const members = "members:\n- {name: root, role: administrator, password: correct horse battery}\n"

func apply(t *testing.T, h *admintest.House, text string, prune bool) hw.Plan {
	t.Helper()
	plan, err := h.Apply(t.Context(), admintest.Root(), text, prune)
	if err != nil {
		t.Fatalf("applying: %v %v", err, hw.AsError(err).Problems)
	}
	return plan
}

func counts(p hw.Plan) string {
	return fmt.Sprintf("%d created, %d updated, %d deleted, %d items", p.Creates, p.Updates, p.Deletes, len(p.Items))
}

func TestApply(t *testing.T) {
	t.Run("makes everything in one change", func(t *testing.T) {
		h := house(t)
		plan := apply(t, h, file, false)
		if got := counts(plan); got != "8 created, 0 updated, 0 deleted, 8 items" || !plan.Applied || plan.Generation != 1 {
			t.Errorf("%s, plan %+v", got, plan)
		}
		changes, err := h.Changes(t.Context(), admintest.Root(), storeFilter())
		if err != nil || len(changes) != 1 || len(changes[0].Items) != 8 || changes[0].Action != "config.apply" {
			t.Errorf("history is %d changes (%v)", len(changes), err)
		}
		if s := h.Snapshot.Load(); len(s.Upstreams) != 2 || s.Settings.CallRetentionDays != 14 {
			t.Errorf("in force are %d upstreams", len(s.Upstreams))
		}
	})
	t.Run("again changes nothing, secrets and passwords included", func(t *testing.T) {
		h := house(t)
		apply(t, h, file+members, false)
		if _, err := h.SignIn(t.Context(), hw.SignInInput{Name: "root", Password: password}, ""); err != nil {
			t.Error(err)
		}
		plan := apply(t, h, file+members, true)
		if got := counts(plan); got != "0 created, 0 updated, 0 deleted, 9 items" || plan.Generation != 1 {
			t.Errorf("%s, plan %+v", got, plan)
		}
	})
	t.Run("says what changes, field by field, and the file says the whole document", func(t *testing.T) {
		h := house(t)
		apply(t, h, file, false)
		plan := apply(t, h, "upstreams:\n- {name: openai, provider: openai, title: Main}\ncredentials:\n- {name: main, upstream: openai, secret: sk-another-0123456789}\n", false)
		if got := counts(plan); got != "0 created, 2 updated, 0 deleted, 2 items" {
			t.Error(got)
		}
		if up, cred := fmt.Sprint(plan.Items[0].Fields), fmt.Sprint(plan.Items[1].Fields); up != "[timeouts title]" || cred != "[last4 secret]" {
			t.Errorf("fields are %s and %s", up, cred)
		}
	})
	t.Run("deletes only with prune, and only from lists that the file has", func(t *testing.T) {
		h := house(t)
		apply(t, h, file, false)
		smaller := "routes:\n- name: fast\n  tiers: [{targets: [{upstream: openai}]}]\nupstreams:\n- {name: openai, provider: openai}\n"
		if plan := apply(t, h, smaller, false); plan.Deletes != 0 {
			t.Errorf("deleted %d", plan.Deletes)
		}
		plan := apply(t, h, smaller, true)
		if got := counts(plan); got != "0 created, 0 updated, 1 deleted, 3 items" {
			t.Error(got)
		}
		if _, err := h.Get(admintest.Root(), hw.KindKey, inAcme("prod")); err != nil {
			t.Error(err)
		}
	})
	t.Run("is refused as a whole, naming every problem and its place", func(t *testing.T) {
		h := house(t)
		apply(t, h, file, false)
		bad := "upstreams:\n- {name: good, provider: openai}\n- {name: bad, provider: openai, colour: red}\n- {provider: openai}\n- {name: good, provider: openai}\n" +
			"keys:\n- {name: made, tenant: acme, app: crm}\n"
		_, err := h.Apply(t.Context(), admintest.Root(), bad, false)
		e := wantCode(t, err, hw.CodeInvalid)
		var found []string
		for _, p := range e.Problems {
			found = append(found, fmt.Sprintf("%s/%s/%s", p.Kind, p.Name, p.Field))
		}
		if want := "upstream/bad/colour upstream/upstreams[2]/name upstream/good/name key/made/secret_sha256"; strings.Join(found, " ") != want {
			t.Errorf("found %s\nwant %s", found, want)
		}
		if _, generation := h.Documents(); generation != 1 {
			t.Errorf("generation is %d", generation)
		}
	})
	t.Run("is refused when it does not compile", func(t *testing.T) {
		h := house(t)
		_, err := h.Apply(t.Context(), admintest.Root(), "credentials:\n- {name: a, upstream: ghost, secret: x}\n", false)
		e := wantCode(t, err, hw.CodeInvalid)
		if p := e.Problems[0]; p.Kind != hw.KindCredential || p.Field != "upstream" {
			t.Errorf("problem is %+v", p)
		}
	})
	t.Run("an upstream that is pruned while in use is in use", func(t *testing.T) {
		h := house(t)
		apply(t, h, file, false)
		_, err := h.Apply(t.Context(), admintest.Root(), "upstreams: []\n", true)
		wantCode(t, err, hw.CodeInUse)
	})
}

func TestDiff(t *testing.T) {
	h := house(t)
	plan, err := h.Diff(admintest.Root(), file, false)
	if err != nil || plan.Creates != 8 || plan.Applied {
		t.Errorf("plan is %+v (%v)", plan, err)
	}
	if docs, generation := h.Documents(); len(docs) != 0 || generation != 0 {
		t.Errorf("%d documents at generation %d", len(docs), generation)
	}
	if events, err := h.Changes(t.Context(), admintest.Root(), storeFilter()); len(events) != 0 || err != nil {
		t.Errorf("history is %v (%v)", events, err)
	}
	_, err = h.Diff(admintest.Root(), "credentials:\n- {name: a, upstream: ghost, secret: x}\n", false)
	wantCode(t, err, hw.CodeInvalid)
}

func TestExport(t *testing.T) {
	h := house(t)
	apply(t, h, file+members, false)
	text, err := h.Export(admintest.Root())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("holds no secret and nothing that only Headwater writes", func(t *testing.T) {
		wantAbsent(t, "the file", text, canary, password, "argon2id", "sealed", "last4", "updated_at", "version:", "id:")
	})
	t.Run("applied where it comes from changes nothing", func(t *testing.T) {
		if plan := apply(t, h, text, true); plan.Creates+plan.Updates+plan.Deletes != 0 {
			t.Errorf("plan is %+v\n%s", plan, text)
		}
	})
	t.Run("applied elsewhere asks for the secrets it does not hold", func(t *testing.T) {
		_, err := house(t).Apply(t.Context(), admintest.Root(), text, false)
		e := wantCode(t, err, hw.CodeInvalid)
		if len(e.Problems) != 2 || e.Problems[0].Field != "password" || e.Problems[1].Field != "secret" {
			t.Errorf("problems are %v", e.Problems)
		}
	})
	t.Run("gives the same text for the same configuration", func(t *testing.T) {
		again, err := h.Export(admintest.Root())
		if err != nil || again != text {
			t.Errorf("second export differs (%v)", err)
		}
	})
}

func TestExportKeepsEveryText(t *testing.T) {
	for _, title := range []string{
		"plain", "true", "No", "null", "~", "1", "1.5", "0x1F", "1_000", "2030-01-01", "12:30:45", ": colon", "a: b", "a #b", "# no comment",
		"- dash", "? what", "& and", "* star", "! bang", "| pipe", "> more", "% percent", "@ at", "`tick`", "[a, b]", "{a: b}", "'single'", `"double"`,
		`back\slash`, " leading", "trailing ", "tab\there", "two\nlines", "\n", "ümlaut", "中文", "emoji 🎉", "nbsp\u00a0", "nel\u0085", "ls\u2028ps\u2029",
		"bom\ufeff", "<script>", "---", "...", "a\r\nb", "=", "<<", "http://x/y?z=1#f", ".inf", ".NaN", "0o17", "+1", "1e3", "",
	} {
		t.Run(fmt.Sprintf("%q", title), func(t *testing.T) {
			body, _ := json.Marshal(map[string]string{"name": "a", "provider": "openai", "title": title})
			text, err := admin.WriteYAML("upstreams", body)
			if err != nil {
				t.Fatal(err)
			}
			back, err := admin.ReadYAML(text)
			if err != nil || len(back) != 1 {
				t.Fatalf("reading\n%s: %v", text, err)
			}
			var got struct{ Title string }
			if err := json.Unmarshal(back[0], &got); err != nil || got.Title != title {
				t.Errorf("came back as %q (%v) from\n%s", got.Title, err, text)
			}
		})
	}
}

func TestReadBundleRefuses(t *testing.T) {
	h := house(t)
	for name, text := range map[string]string{
		"broken YAML":        "upstreams: [",
		"an unknown list":    "upstream:\n- {name: a}\n",
		"no mapping":         "- a\n- b\n",
		"a scalar":           "hello",
		"a list of scalars":  "upstreams: [a, b]",
		"a mapping for list": "upstreams: {name: a}",
		"two documents":      "upstreams: []\n---\nroutes: []\n",
		"a name twice":       "upstreams:\n- {name: a, name: b}\n",
		"aliases":            "upstreams:\n- &x {name: a, provider: openai}\n- *x\n",
		"merge keys":         "upstreams:\n- {name: a, <<: {provider: openai}}\n",
		"tags":               "upstreams:\n- {name: !!str a}\n",
		"deep flow":          "upstreams: " + strings.Repeat("[", 100_000),
		"deep sequence":      strings.Repeat("- ", 100_000),
		"deep question":      strings.Repeat("? ", 100_000),
		"deep maps":          "upstreams: " + strings.Repeat("{a: ", 100_000),
		"many fields":        "upstreams:\n- name: a\n" + strings.Repeat("  x: 1\n  y:\n    - 1\n", 100_000),
		"many flow fields":   "upstreams: [{" + strings.Repeat("a: 1,", 100_000),
		"not a number":       "upstreams: [{name: a, max_in_flight: .nan}]",
		"control character":  "upstreams: [{name: \"a\x00\"}]",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Apply(t.Context(), admintest.Root(), text, false)
			wantCode(t, err, hw.CodeInvalid)
		})
	}
	t.Run("but not a long list, nor a long certificate", func(t *testing.T) {
		certificate := strings.Repeat("      "+strings.Repeat("A", 64)+"\n", 3000)
		bodies, err := admin.ReadYAML("keys:\n" + strings.Repeat("  - name: a\n    app: b\n", 6000) + "upstreams:\n  - name: a\n    ca_certificates: |\n" + certificate)
		if err != nil || len(bodies) != 6001 {
			t.Errorf("read %d documents (%v)", len(bodies), err)
		}
	})
	t.Run("what is too large", func(t *testing.T) {
		_, err := h.Apply(t.Context(), admintest.Root(), strings.Repeat("#", 5<<20), false)
		wantCode(t, err, hw.CodeTooLarge)
	})
	t.Run("without quoting what may be a secret", func(t *testing.T) {
		for _, text := range []string{"credentials:\n- {name: a, secret: [" + canary + "}\n", "credentials: " + canary, "credentials:\n- secret: '" + canary + "\n"} {
			_, err := h.Apply(t.Context(), admintest.Root(), text, false)
			d, _ := json.Marshal(wantCode(t, err, hw.CodeInvalid).Details(""))
			wantAbsent(t, "the error", string(d), canary)
		}
	})
	t.Run("nothing of an empty file", func(t *testing.T) {
		for _, text := range []string{"", "# nothing\n", "upstreams:\n"} {
			if plan := apply(t, h, text, false); len(plan.Items) != 0 {
				t.Errorf("plan is %+v", plan)
			}
		}
	})
}

func FuzzReadBundle(f *testing.F) {
	f.Add(file)
	for _, seed := range []string{"upstreams: [", "a: &b [*b]", "- - - a", "? a\n: b", "upstreams:\n- name: |\n    x\n", "!!binary x", "\t", "{[}]", "a: 'b\n\n c'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bodies, err := admin.ReadYAML(text)
		if err != nil {
			if code := hw.CodeOf(err); code != hw.CodeInvalid && code != hw.CodeTooLarge {
				t.Errorf("refused with %v", err)
			}
			return
		}
		for _, body := range bodies {
			if !json.Valid(body) {
				t.Errorf("%q is no JSON", body)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"name":"a","timeouts":{"connect_ms":null}}`, `[]`, `{"sealed":"x"}`, `{"version":1e9}`, `{"name":{"a":[1]}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, kind := range hw.Kinds() {
			d, err := admin.Decode(kind, []byte(body))
			if err == nil && d == nil {
				t.Fatalf("%s of %q is neither a document nor an error", kind, body)
			}
			if err != nil && hw.AsError(err).Code == hw.CodeInternal {
				t.Errorf("%s of %q: %v", kind, body, err)
			}
			if c, ok := d.(*hw.Credential); ok && c.Sealed != "" {
				t.Errorf("a sealed secret came in through %q", body)
			}
			if m, ok := d.(*hw.Member); ok && m.PasswordHash != "" {
				t.Errorf("a password hash came in through %q", body)
			}
		}
	})
}
