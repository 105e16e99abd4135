package snapshot_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/snapshot"
)

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// house is a small, complete configuration; tests change single documents.
func house() []hw.Document {
	return []hw.Document{
		&hw.Tenant{Name: "acme"},
		&hw.Tenant{Name: "other", ShowUpstreams: true},
		&hw.Upstream{Meta: hw.Meta{ID: "ups_1"}, Name: "main", Provider: "openai-compatible", BaseURL: "https://llm.example/v1/"},
		&hw.Upstream{Meta: hw.Meta{ID: "ups_2"}, Name: "spare", Provider: "anthropic"},
		&hw.Credential{Meta: hw.Meta{ID: "crd_1"}, Name: "one", Upstream: "main", Sealed: "sealed:s1", Weight: 2},
		&hw.Credential{Meta: hw.Meta{ID: "crd_2"}, Name: "two", Upstream: "main", Sealed: "sealed:s2"},
		&hw.Route{Name: "fast", Tiers: []hw.Tier{
			{Targets: []hw.RouteTarget{{Upstream: "main", Model: "m1", Weight: 3}}},
			{Strategy: hw.StrategyPriority, Targets: []hw.RouteTarget{{Upstream: "spare", Model: "claude"}}},
		}, DeadlineMs: 5000},
		&hw.Route{Name: "gpt-*", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "main"}}}}},
		&hw.Route{Name: "gpt-4*", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "spare"}}}}},
		&hw.Route{Meta: hw.Meta{Tenant: "other"}, Name: "private", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "main"}}}}},
		&hw.App{Meta: hw.Meta{ID: "app_1", Tenant: "acme"}, Name: "crm", Routes: []string{"fast", "gpt-*"}},
		&hw.App{Meta: hw.Meta{ID: "app_2", Tenant: "other"}, Name: "crm", Routes: []string{"*"}},
		&hw.Key{Meta: hw.Meta{ID: "key_1", Tenant: "acme"}, Name: "k", App: "crm", SecretSHA256: hashOf("a")},
		&hw.Key{Meta: hw.Meta{ID: "key_2", Tenant: "other"}, Name: "k", App: "crm", SecretSHA256: hashOf("b"), State: hw.StateDisabled},
		&hw.Setting{Name: hw.SettingName, AllowedHosts: []string{"gw.lan"}},
	}
}

func facts(t *testing.T) snapshot.Facts {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.Facts{Generation: 7, Provider: c.Provider, Unseal: func(_, sealed string) (string, error) {
		if secret, ok := strings.CutPrefix(sealed, "sealed:"); ok {
			return secret, nil
		}
		return "", errors.New("wrong key")
	}}
}

func compile(t *testing.T, docs []hw.Document) *snapshot.Snapshot {
	t.Helper()
	s, problems := snapshot.Compile(docs, facts(t))
	if len(problems) > 0 {
		t.Fatalf("compile: %v", problems)
	}
	return s
}

func TestCompile(t *testing.T) {
	s := compile(t, house())
	key, ok := s.Key(sha256.Sum256([]byte("a")))
	if !ok || key.ID != "key_1" || key.App.Name != "crm" || key.App.Tenant.Name != "acme" || !key.Enabled {
		t.Fatalf("key a = %+v, %v", key, ok)
	}

	t.Run("a key leads to its own tenant's app", func(t *testing.T) {
		other, ok := s.Key(sha256.Sum256([]byte("b")))
		if !ok || other.App.ID != "app_2" || !other.App.Tenant.ShowUpstreams || other.Enabled {
			t.Errorf("key b = %+v, %v", other, ok)
		}
		if _, ok := s.Key(sha256.Sum256([]byte("c"))); ok {
			t.Error("an unknown key was found")
		}
	})
	t.Run("a target is made for each credential, which shares the weight", func(t *testing.T) {
		r, _ := s.Route("fast", key.App.Tenant)
		targets := r.Tiers[0].Targets
		if len(targets) != 2 {
			t.Fatalf("%d targets", len(targets))
		}
		if a := targets[0]; a.Weight != 2 || a.Credential.Secret != "s1" || a.Model != "m1" || a.Label != "t1" {
			t.Errorf("first target %+v", a)
		}
		if b := targets[1]; b.Weight != 1 || b.Credential.Secret != "s2" || b.Label != "t2" {
			t.Errorf("second target %+v", b)
		}
		if targets[0].Endpoint != "https://llm.example:443" || targets[0].Endpoint != targets[1].Endpoint {
			t.Errorf("endpoint scope %q", targets[0].Endpoint)
		}
		if targets[0].ID == targets[1].ID || targets[0].Target.Model != targets[1].Target.Model {
			t.Error("two keys of one deployment must share the model scope and differ as targets")
		}
		if got := r.Tiers[1].Targets[0]; got.Credential != nil || got.Upstream.Base.String() != "https://api.anthropic.com/v1" {
			t.Errorf("second tier %+v", got)
		}
	})
	t.Run("deadlines and timeouts have their defaults", func(t *testing.T) {
		r, _ := s.Route("fast", nil)
		if r.Deadline != 5*time.Second || r.StreamDeadline != 5*time.Second {
			t.Errorf("set deadline: %v, %v", r.Deadline, r.StreamDeadline)
		}
		d, _ := s.Route("gpt-x", nil)
		if d.Deadline != 2*time.Minute || d.StreamDeadline != 15*time.Minute {
			t.Errorf("default deadline: %v, %v", d.Deadline, d.StreamDeadline)
		}
		want := snapshot.Timeouts{Connect: 3 * time.Second, TLS: 5 * time.Second, Idle: time.Minute}
		if got := s.Upstreams[0].Timeouts; got != want {
			t.Errorf("timeouts %+v", got)
		}
	})
	t.Run("settings take effect", func(t *testing.T) {
		if s.Settings.CallRetentionDays != 30 || !slices.Equal(s.Settings.AllowedHosts, []string{"gw.lan"}) || s.Generation != 7 {
			t.Errorf("settings %+v, generation %d", s.Settings, s.Generation)
		}
	})
}

func TestRouteLookup(t *testing.T) {
	s := compile(t, house())
	acme, _ := s.Key(sha256.Sum256([]byte("a")))
	other, _ := s.Key(sha256.Sum256([]byte("b")))
	rows := []struct {
		model string
		key   *snapshot.Key
		want  string
		why   string
	}{
		{"fast", acme, "fast", "exact"},
		{"gpt-3", acme, "gpt-*", "prefix"},
		{"gpt-4o", acme, "gpt-4*", "the longest prefix wins"},
		{"private", other, "private", "a tenant's own route"},
		{"private", acme, "", "another tenant's route does not exist"},
		{"nothing", acme, "", "unknown"},
		{"gpt", acme, "", "shorter than the prefix"},
	}
	for _, row := range rows {
		r, ok := s.Route(row.model, row.key.App.Tenant)
		got := ""
		if ok {
			got = r.Name
		}
		if got != row.want {
			t.Errorf("%s: Route(%q) = %q, want %q", row.why, row.model, got, row.want)
		}
	}
	t.Run("the list shows what the app may ask for", func(t *testing.T) {
		var names []string
		for r := range s.Routes(other.App) {
			names = append(names, r.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"fast", "private"}) {
			t.Errorf("routes of other = %v", names)
		}
	})
	t.Run("patterns of an app", func(t *testing.T) {
		for model, want := range map[string]bool{"fast": true, "gpt-9": true, "faster": false, "": false} {
			if acme.App.MayAsk(model) != want {
				t.Errorf("MayAsk(%q) = %v", model, !want)
			}
		}
	})
}

func TestCompileProblems(t *testing.T) {
	rows := []struct {
		name  string
		add   hw.Document
		field string
		text  string
	}{
		{"route to an unknown upstream", &hw.Route{Name: "x", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "nobody"}}}}}, "tiers[0].targets[0].upstream", "does not exist"},
		{"another tenant's upstream", &hw.Credential{Meta: hw.Meta{Tenant: "acme"}, Name: "x", Upstream: "main", Sealed: "sealed:x"}, "upstream", "does not exist"},
		{"credential nobody can open", &hw.Credential{Name: "x", Upstream: "main", Sealed: "broken"}, "secret", "cannot be opened"},
		{"unknown provider", &hw.Upstream{Name: "x", Provider: "nobody"}, "provider", "catalogue"},
		{"provider without an address", &hw.Upstream{Name: "x", Provider: "openai-compatible"}, "base_url", "required"},
		{"certificates that are none", &hw.Upstream{Name: "x", Provider: "openai", CACertificates: "hello"}, "ca_certificates", "PEM"},
		{"unknown tenant", &hw.App{Meta: hw.Meta{Tenant: "nobody"}, Name: "x"}, "tenant", "does not exist"},
		{"key of an unknown app", &hw.Key{Meta: hw.Meta{Tenant: "acme"}, Name: "x", App: "nobody", SecretSHA256: hashOf("x")}, "app", "does not have"},
		{"the same secret twice", &hw.Key{Meta: hw.Meta{Tenant: "other"}, Name: "x", App: "crm", SecretSHA256: hashOf("a")}, "secret_sha256", "same secret"},
		{"a name twice", &hw.Upstream{Name: "main", Provider: "openai"}, "name", "taken"},
		{"a route name of another tenant", &hw.Route{Meta: hw.Meta{Tenant: "acme"}, Name: "private", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "main"}}}}}, "name", "taken"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, problems := snapshot.Compile(append(house(), row.add), facts(t))
			if s != nil {
				t.Error("a snapshot came out all the same")
			}
			if len(problems) != 1 || problems[0].Field != row.field || !strings.Contains(problems[0].Text, row.text) {
				t.Errorf("problems %v, want one at %s with %q", problems, row.field, row.text)
			}
			if problems[0].Kind != row.add.Kind() || problems[0].Name != row.add.Label() {
				t.Errorf("the problem names %s %s", problems[0].Kind, problems[0].Name)
			}
		})
	}
}

func TestConditionsAreCompiled(t *testing.T) {
	one := hw.Tier{Targets: []hw.RouteTarget{{Upstream: "main"}}}
	when, some, keeps := one, one, one
	when.When, some.Percent, keeps.Strategy, keeps.StickyBy = `app == "crm"`, 10, hw.StrategySticky, "header:x-session-ID"
	all := one
	all.Percent = 100
	s := compile(t, append(house(),
		&hw.Route{Name: "when", Tiers: []hw.Tier{when, one}}, &hw.Route{Name: "some", Tiers: []hw.Tier{some, one}},
		&hw.Route{Name: "all", Tiers: []hw.Tier{all, keeps}, Parameters: hw.Parameters{Set: hw.ParameterValues{Seed: new(int64(0))}}},
	))
	for name, want := range map[string]bool{"when": true, "some": true, "all": false} {
		if r, _ := s.Route(name, nil); r.Selective != want {
			t.Errorf("%s: %v", name, r.Selective)
		}
	}
	r, _ := s.Route("all", nil)
	if got := r.Tiers[1].Sticky; got.By != hw.StickyHeader || got.Header != "X-Session-Id" {
		t.Errorf("sticky by %+v", got)
	}
	if other, _ := s.Route("when", nil); r.Overrides == "" || other.Overrides != "" {
		t.Errorf("overrides %q and %q", r.Overrides, other.Overrides)
	}
	bad := one
	bad.When = "app ==\n  ap"
	_, problems := snapshot.Compile(append(house(), &hw.Route{Name: "bad", Tiers: []hw.Tier{one, bad}}), facts(t))
	if len(problems) != 1 || problems[0].Field != "tiers[1].when" || !strings.HasPrefix(problems[0].Text, "line 2, column 3: undeclared reference to 'ap'") {
		t.Errorf("%v", problems)
	}
}

func TestSwitchedOff(t *testing.T) {
	docs := append(house(), &hw.Upstream{Name: "off", Provider: "openai", State: hw.StateDisabled},
		&hw.Route{Name: "half", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "off"}}}, {Targets: []hw.RouteTarget{{Upstream: "spare"}}}}},
		&hw.Route{Name: "gpt-off", State: hw.StateDisabled, Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "spare"}}}}},
		&hw.Route{Name: "gone", State: hw.StateDisabled, Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "spare"}}}}})
	s := compile(t, docs)
	r, ok := s.Route("half", nil)
	if !ok || len(r.Tiers) != 2 || len(r.Tiers[0].Targets) != 1 || r.Tiers[0].Targets[0].Operator != hw.HealthDisabled || r.Tiers[1].Targets[0].Operator != "" {
		t.Errorf("a disabled upstream must keep its target, which says so: %+v, %v", r, ok)
	}
	if _, ok := s.Route("gone", nil); ok {
		t.Error("a disabled route answers")
	}
	if r, ok := s.Route("gpt-off", nil); ok {
		t.Errorf("wildcard %s answers for a route that was switched off", r.Name)
	}
}

func TestHealthStateSurvivesARecompile(t *testing.T) {
	first, second := compile(t, house()), compile(t, house())
	a, _ := first.Route("fast", nil)
	b, _ := second.Route("fast", nil)
	if a.Tiers[0].Targets[0].ID != b.Tiers[0].Targets[0].ID {
		t.Error("the target's id changed although nothing else did")
	}
	if first.Upstreams[0].Fingerprint != second.Upstreams[0].Fingerprint {
		t.Error("the connection fingerprint changed although nothing else did")
	}
	t.Run("but a changed credential starts anew", func(t *testing.T) {
		docs := house()
		docs[4].Head().Version = 2
		c, _ := compile(t, docs).Route("fast", nil)
		if c.Tiers[0].Targets[0].Target.Credential == a.Tiers[0].Targets[0].Target.Credential {
			t.Error("a replaced secret would stay in the quarantine of the old one")
		}
		if c.Tiers[0].Targets[1].Target.Credential != a.Tiers[0].Targets[1].Target.Credential {
			t.Error("the other credential lost its past")
		}
	})
	docs := house()
	docs[2].(*hw.Upstream).Timeouts.ConnectMs = 100
	if third := compile(t, docs); third.Upstreams[0].Fingerprint == first.Upstreams[0].Fingerprint {
		t.Error("new dial settings must not reuse old connections")
	}
}
