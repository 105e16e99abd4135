package admin_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
	"headwater/backend/internal/calllog"
	"headwater/backend/internal/store"
)

func storeFilter() store.ChangeFilter { return store.ChangeFilter{} }

func callFilter() calllog.Filter { return calllog.Filter{} }

const canary = "sk-canary-0123456789abcdef"

func TestCredentialSecret(t *testing.T) {
	h := house(t)
	furnish(t, h)
	get := func() *hw.Credential {
		d, err := h.Get(admintest.Root(), hw.KindCredential, named("main"))
		if err != nil {
			t.Fatal(err)
		}
		return d.(*hw.Credential)
	}
	stored := func() *hw.Credential {
		docs, _ := h.Documents()
		for _, d := range docs {
			if c, ok := d.(*hw.Credential); ok && c.Name == "main" {
				return c
			}
		}
		t.Fatal("no credential")
		return nil
	}
	t.Run("never comes back, and is nowhere in clear", func(t *testing.T) {
		if c := get(); c.Sealed != "" || c.Last4 != "cdef" {
			t.Errorf("shown is %+v, want the last four characters and no sealed secret", c)
		}
		page, _ := h.List(admintest.Root(), hw.KindCredential, admin.ListQuery{})
		changes, _ := h.Changes(t.Context(), admintest.Root(), storeFilter())
		file, _ := h.Export(admintest.Root())
		all, _ := json.Marshal([]any{page, changes})
		wantAbsent(t, "an answer", string(all)+file, canary, stored().Sealed)
		wantAbsent(t, "the log", h.Logged.String(), canary)
		files, _ := filepath.Glob(filepath.Join(h.Dir, "*"))
		for _, f := range files {
			if content, err := os.ReadFile(f); err == nil {
				wantAbsent(t, f, string(content), canary)
			}
		}
	})
	t.Run("is sealed for its own document", func(t *testing.T) {
		c := stored()
		if plain, err := h.Secrets.Open(c.Sealed, "credential|"+c.ID+"|secret"); err != nil || string(plain) != canary {
			t.Errorf("opened %q (%v)", plain, err)
		}
		if _, err := h.Secrets.Open(c.Sealed, "credential|crd_other|secret"); err == nil {
			t.Error("opens for another document")
		}
	})
	t.Run("stays when an update does not name it", func(t *testing.T) {
		before := stored().Sealed
		if _, err := h.Update(t.Context(), admintest.Root(), hw.KindCredential, named("main"), raw(`{"weight":3}`)); err != nil {
			t.Fatal(err)
		}
		if c := stored(); c.Sealed != before || c.Weight != 3 || c.Last4 != "cdef" {
			t.Errorf("stored is %+v", c)
		}
	})
	t.Run("is replaced without the line end it was pasted with, and a short one shows nothing of itself", func(t *testing.T) {
		if _, err := h.Update(t.Context(), admintest.Root(), hw.KindCredential, named("main"), raw(`{"secret":" short-key\n","last4":"fake"}`)); err != nil {
			t.Fatal(err)
		}
		c := stored()
		plain, err := h.Secrets.Open(c.Sealed, admin.CredentialOwner(c.ID))
		if err != nil || string(plain) != "short-key" || c.Last4 != "" {
			t.Errorf("stored %q, last four %q (%v)", plain, c.Last4, err)
		}
	})
	t.Run("may be a file of JSON, which is told by the id of its key", func(t *testing.T) {
		file := "{\n  \"type\": \"service_account\",\n  \"private_key_id\": \"0123456789abcdef\",\n  \"private_key\": \"canary\\nkey\"\n}\n"
		body, _ := json.Marshal(map[string]string{"secret": file})
		if _, err := h.Update(t.Context(), admintest.Root(), hw.KindCredential, named("main"), body); err != nil {
			t.Fatal(err)
		}
		c := stored()
		plain, err := h.Secrets.Open(c.Sealed, admin.CredentialOwner(c.ID))
		if want := `{"type":"service_account","private_key_id":"0123456789abcdef","private_key":"canary\nkey"}`; err != nil || string(plain) != want || c.Last4 != "cdef" {
			t.Errorf("stored %q, last four %q (%v)", plain, c.Last4, err)
		}
	})
	for _, body := range []string{
		`{"name":"x","upstream":"openai"}`, `{"name":"x","upstream":"openai","secret":""}`,
		`{"name":"x","upstream":"openai","secret":"a\nb"}`, `{"name":"x","upstream":"openai","secret":7}`,
	} {
		t.Run("must be a text: "+body, func(t *testing.T) {
			_, err := h.Create(t.Context(), admintest.Root(), hw.KindCredential, raw(body))
			wantField(t, err, hw.CodeInvalid, "secret")
		})
	}
	for _, field := range []string{"sealed", "Sealed", "SEALED", "password_hash"} {
		t.Run("cannot be given sealed, as "+field, func(t *testing.T) {
			_, err := h.Create(t.Context(), admintest.Root(), hw.KindCredential, raw(`{"name":"x","upstream":"openai","`+field+`":"v1.x"}`))
			wantField(t, err, hw.CodeInvalid, field)
		})
	}
}

func TestKeySecret(t *testing.T) {
	h := house(t)
	furnish(t, h)
	t.Run("is made, shown once and kept as a hash", func(t *testing.T) {
		r := h.Must(t, hw.KindKey, `{"name":"prod","tenant":"acme","app":"crm"}`)
		if !regexp.MustCompile(`^hw_[0-9A-Za-z]{36}$`).MatchString(r.Secret) {
			t.Fatalf("secret is %q, want hw_ and 36 characters of base62", r.Secret)
		}
		sum := sha256.Sum256([]byte(r.Secret))
		key := r.Document.(*hw.Key)
		if key.SecretSHA256 != hex.EncodeToString(sum[:]) || key.Last4 != r.Secret[len(r.Secret)-4:] {
			t.Errorf("kept %+v for %q", key, r.Secret)
		}
		if _, found := h.Snapshot.Load().Key(sum); !found {
			t.Error("the key is not in force")
		}
		changes, _ := h.Changes(t.Context(), admintest.Root(), storeFilter())
		all, _ := json.Marshal(changes)
		wantAbsent(t, "the history", string(all), r.Secret)
		d, err := h.Get(admintest.Root(), hw.KindKey, inAcme("prod"))
		shown, _ := json.Marshal(d)
		wantAbsent(t, "the key", string(shown), r.Secret)
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("differs from key to key and ends in its check sum", func(t *testing.T) {
		a := h.Must(t, hw.KindKey, `{"name":"a","tenant":"acme","app":"crm"}`).Secret
		b := h.Must(t, hw.KindKey, `{"name":"b","tenant":"acme","app":"crm"}`).Secret
		if a == b {
			t.Error("two keys are the same")
		}
		for _, key := range []string{a, b} {
			if !admin.KeySumOK(key) || admin.KeySumOK(strings.Replace(key, "hw_", "hw-", 1)) || admin.KeySumOK(key[:len(key)-1]+"!") {
				t.Errorf("the check sum of %q does not tell a good key from a typing error", key)
			}
		}
	})
	hash := strings.Repeat("ab", 32)
	t.Run("may come as a hash, and is then not shown", func(t *testing.T) {
		r := h.Must(t, hw.KindKey, `{"name":"hashed","tenant":"acme","app":"crm","secret_sha256":"`+hash+`"}`)
		if r.Secret != "" || r.Document.(*hw.Key).SecretSHA256 != hash {
			t.Errorf("made %+v with secret %q", r.Document, r.Secret)
		}
	})
	t.Run("cannot be the secret of two keys", func(t *testing.T) {
		_, err := h.Create(t.Context(), admintest.Root(), hw.KindKey, raw(`{"name":"twin","tenant":"acme","app":"crm","secret_sha256":"`+hash+`"}`))
		wantField(t, err, hw.CodeInvalid, "secret_sha256")
	})
	t.Run("never changes", func(t *testing.T) {
		_, err := h.Update(t.Context(), admintest.Root(), hw.KindKey, inAcme("hashed"), raw(`{"secret_sha256":"`+strings.Repeat("cd", 32)+`"}`))
		wantField(t, err, hw.CodeInvalid, "secret_sha256")
		_, err = h.Update(t.Context(), admintest.Root(), hw.KindKey, inAcme("hashed"), raw(`{"state":"disabled"}`))
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("is found in its own tenant only", func(t *testing.T) {
		_, err := h.Get(admintest.Root(), hw.KindKey, named("hashed"))
		wantCode(t, err, hw.CodeNotFound)
	})
}

func TestNames(t *testing.T) {
	h := house(t)
	furnish(t, h)
	h.Must(t, hw.KindTenant, `{"name":"other"}`)
	t.Run("of apps are unique per tenant", func(t *testing.T) {
		h.Must(t, hw.KindApp, `{"name":"crm","tenant":"other","routes":[]}`)
	})
	t.Run("of routes are unique in the installation, and a taken one is all that is said", func(t *testing.T) {
		_, err := h.Create(t.Context(), admintest.Root(), hw.KindRoute, raw(`{"name":"fast","tenant":"other","tiers":[{"targets":[{"upstream":"openai"}]}]}`))
		if e := wantCode(t, err, hw.CodeTaken); strings.Contains(e.Text, "acme") {
			t.Errorf("text is %q", e.Text)
		}
	})
	t.Run("of tenants are permanent", func(t *testing.T) {
		_, err := h.Update(t.Context(), admintest.Root(), hw.KindTenant, named("acme"), raw(`{"name":"acme2"}`))
		wantField(t, err, hw.CodeInvalid, "name")
	})
	t.Run("of tenants stay while something belongs to them", func(t *testing.T) {
		err := h.Delete(t.Context(), admintest.Root(), hw.KindTenant, named("acme"), 0)
		if e := wantCode(t, err, hw.CodeInUse); !strings.Contains(e.Text, "app crm") {
			t.Errorf("text is %q", e.Text)
		}
	})
}

func TestSettings(t *testing.T) {
	h := house(t)
	t.Run("are the defaults until somebody changes them", func(t *testing.T) {
		s, err := h.Settings(admintest.Root())
		if err != nil || s.Version != 0 || s.Name != hw.SettingName {
			t.Errorf("settings are %+v (%v)", s, err)
		}
	})
	t.Run("are made by the first change and in force after it", func(t *testing.T) {
		s, err := h.UpdateSettings(t.Context(), admintest.Root(), raw(`{"call_retention_days":7}`))
		if err != nil || s.Version != 1 || s.CallRetentionDays != 7 {
			t.Errorf("settings are %+v (%v)", s, err)
		}
		if days := h.Snapshot.Load().Settings.CallRetentionDays; days != 7 {
			t.Errorf("%d days are in force", days)
		}
	})
	t.Run("keep the version rule", func(t *testing.T) {
		_, err := h.UpdateSettings(t.Context(), admintest.Root(), raw(`{"version":9}`))
		wantCode(t, err, hw.CodeConflict)
	})
	t.Run("cannot be deleted, renamed or doubled", func(t *testing.T) {
		wantCode(t, h.Delete(t.Context(), admintest.Root(), hw.KindSetting, named(hw.SettingName), 0), hw.CodeUnsupported)
		_, err := h.UpdateSettings(t.Context(), admintest.Root(), raw(`{"name":"second"}`))
		wantField(t, err, hw.CodeInvalid, "name")
		_, err = h.Create(t.Context(), admintest.Root(), hw.KindSetting, raw(`{}`))
		wantCode(t, err, hw.CodeTaken)
	})
}
