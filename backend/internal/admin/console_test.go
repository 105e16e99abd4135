package admin_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
)

// nobody is a sink that takes nothing.
type nobody struct{}

func (nobody) Begin(int, map[string][]string) {}
func (nobody) Write([]byte) error             { return nil }

// houseWithApps has the apps acme/crm with the key main, and acme/erp with the
// key other.
func houseWithApps(t *testing.T) *admintest.House {
	t.Helper()
	h := admintest.New(t)
	h.Must(t, hw.KindTenant, `{"name":"acme"}`)
	for app, key := range map[string]string{"crm": "main", "erp": "other"} {
		h.Must(t, hw.KindApp, `{"name":"`+app+`","tenant":"acme","routes":["*"]}`)
		h.Must(t, hw.KindKey, `{"name":"`+key+`","tenant":"acme","app":"`+app+`"}`)
	}
	return h
}

func TestConsole(t *testing.T) {
	h := houseWithApps(t)
	var made admin.ConsoleCall
	h.Console = func(_ context.Context, call admin.ConsoleCall, _ admin.ConsoleSink) (string, error) {
		made = call
		return "req_1", nil
	}
	run := func(t *testing.T, in hw.ConsoleInput) admin.ConsoleCall {
		t.Helper()
		made = admin.ConsoleCall{}
		call, err := h.Service.Console(admintest.Root(), in)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := call(t.Context(), nobody{}); err != nil || id != "req_1" {
			t.Fatalf("%q, %v", id, err)
		}
		return made
	}
	t.Run("the app is found by tenant and name, the key by its name", func(t *testing.T) {
		got := run(t, hw.ConsoleInput{App: "acme/crm", Key: "main", Path: "/v1/models"})
		if !strings.HasPrefix(got.App, "app_") || !strings.HasPrefix(got.Key, "key_") || got.Method != "GET" {
			t.Errorf("the call is %+v", got)
		}
		if again := run(t, hw.ConsoleInput{App: got.App, Path: "/v1/models"}); again.App != got.App || again.Key != "" {
			t.Errorf("by its id it is %+v", again)
		}
	})
	t.Run("a body makes it a POST of JSON, and the log says who asked", func(t *testing.T) {
		got := run(t, hw.ConsoleInput{App: "acme/crm", Path: "/v1/x%2Fy?a=1", Body: "{}", Headers: map[string]string{"x-tier": " gold "}})
		if got.Method != "POST" || got.Path != "/v1/x%2Fy" || got.Query != "a=1" || string(got.Body) != "{}" || got.Client != "console:root" {
			t.Errorf("the call is %+v", got)
		}
		if !slices.Equal(got.Header["X-Tier"], []string{"gold"}) || !slices.Equal(got.Header["Content-Type"], []string{"application/json"}) {
			t.Errorf("its header is %v", got.Header)
		}
	})
	t.Run("a viewer makes none", func(t *testing.T) {
		_, err := h.Service.Console(admintest.Viewer(), hw.ConsoleInput{App: "acme/crm", Path: "/v1/models"})
		if hw.CodeOf(err) != hw.CodeForbidden {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestConsole_refuses(t *testing.T) {
	h := houseWithApps(t)
	h.Console = func(context.Context, admin.ConsoleCall, admin.ConsoleSink) (string, error) {
		t.Error("a call was made")
		return "", nil
	}
	many := map[string]string{}
	for i := range hw.MaxConsoleHeaders + 1 {
		many["X-"+strings.Repeat("a", i+1)] = "1"
	}
	for _, row := range []struct {
		why   string
		in    hw.ConsoleInput
		code  hw.Code
		field string
	}{
		{"an app that is not there", hw.ConsoleInput{App: "acme/none"}, hw.CodeNotFound, "app"},
		{"a name without its tenant", hw.ConsoleInput{App: "crm"}, hw.CodeNotFound, "app"},
		{"a key that is not there", hw.ConsoleInput{Key: "none"}, hw.CodeNotFound, "key"},
		{"a key of another app", hw.ConsoleInput{Key: "other"}, hw.CodeInvalid, "key"},
		{"another scheme", hw.ConsoleInput{Path: "http://elsewhere/v1"}, hw.CodeInvalid, "path"},
		{"another host", hw.ConsoleInput{Path: "//elsewhere/v1"}, hw.CodeInvalid, "path"},
		{"a key in the query", hw.ConsoleInput{Path: "/v1beta/models?key=abc"}, hw.CodeInvalid, "path"},
		{"a method of a proxy", hw.ConsoleInput{Method: "CONNECT"}, hw.CodeInvalid, "method"},
		{"a body that is too large", hw.ConsoleInput{Body: strings.Repeat("x", hw.MaxConsoleBody+1)}, hw.CodeInvalid, "body"},
		{"a credential", hw.ConsoleInput{Headers: map[string]string{"authorization": "Bearer x"}}, hw.CodeInvalid, "headers"},
		{"another credential", hw.ConsoleInput{Headers: map[string]string{"X-Goog-Api-Key": "x"}}, hw.CodeInvalid, "headers"},
		{"a length of its own", hw.ConsoleInput{Headers: map[string]string{"Content-Length": "3"}}, hw.CodeInvalid, "headers"},
		{"a name that splits the head", hw.ConsoleInput{Headers: map[string]string{"X-A: 1\r\nX-B": "2"}}, hw.CodeInvalid, "headers"},
		{"a value that splits the head", hw.ConsoleInput{Headers: map[string]string{"X-A": "1\r\nX-B: 2"}}, hw.CodeInvalid, "headers"},
		{"a name without a letter", hw.ConsoleInput{Headers: map[string]string{"": "1"}}, hw.CodeInvalid, "headers"},
		{"too many header fields", hw.ConsoleInput{Headers: many}, hw.CodeInvalid, "headers"},
		{"too large a header", hw.ConsoleInput{Headers: map[string]string{"X-A": strings.Repeat("x", hw.MaxConsoleHead)}}, hw.CodeInvalid, "headers"},
	} {
		t.Run(row.why, func(t *testing.T) {
			if row.in.App == "" {
				row.in.App = "acme/crm"
			}
			if row.in.Path == "" {
				row.in.Path = "/v1/models"
			}
			_, err := h.Service.Console(admintest.Root(), row.in)
			e := hw.AsError(err)
			if hw.CodeOf(err) != row.code {
				t.Fatalf("the error is %v", err)
			}
			field := e.Field
			if len(e.Problems) > 0 {
				field = e.Problems[0].Field
			}
			if field != row.field {
				t.Errorf("it stands at %q, want %q", field, row.field)
			}
		})
	}
}
