package admin_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a house whose passwords are hashed quickly.
func house(t *testing.T) *admintest.House {
	t.Helper()
	h := admintest.New(t)
	admin.CheapPasswords(h.Service)
	return h
}

// wantCode checks the code of an error and returns the error.
func wantCode(t *testing.T, err error, code hw.Code) *hw.Error {
	t.Helper()
	e, ok := errors.AsType[*hw.Error](err)
	if !ok || e.Code != code {
		t.Fatalf("error is %v, want code %s", err, code)
	}
	return e
}

// wantField checks that an error names a field.
func wantField(t *testing.T, err error, code hw.Code, field string) {
	t.Helper()
	e := wantCode(t, err, code)
	if e.Field == field {
		return
	}
	for _, p := range e.Problems {
		if p.Field == field {
			return
		}
	}
	t.Errorf("error %v with problems %v does not name %q", e, e.Problems, field)
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }

func named(name string) admin.Ref { return admin.Ref{Name: name} }

func inAcme(name string) admin.Ref { return admin.Ref{Tenant: "acme", Name: name} }

// furnish makes one document of each kind that others refer to.
func furnish(t *testing.T, h *admintest.House) {
	t.Helper()
	h.Must(t, hw.KindTenant, `{"name":"acme"}`)
	h.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
	h.Must(t, hw.KindCredential, `{"name":"main","upstream":"openai","secret":"sk-canary-0123456789abcdef"}`)
	h.Must(t, hw.KindRoute, `{"name":"fast","tiers":[{"targets":[{"upstream":"openai","model":"gpt-4o-mini"}]}]}`)
	h.Must(t, hw.KindApp, `{"name":"crm","tenant":"acme","routes":["*"]}`)
}

// wantAbsent checks that a secret is nowhere in a text.
func wantAbsent(t *testing.T, what, text string, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%s holds the secret %q", what, s)
		}
	}
}
