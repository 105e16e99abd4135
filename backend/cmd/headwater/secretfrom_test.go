package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSecretSources(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, empty, huge := write("good", "  s3cret\r\n"), write("empty", "\n"), write("huge", strings.Repeat("x", maxSecret+1))
	c, _, _ := newTestCLI("", map[string]string{"KEY": "s3cret\n", "BLANK": " "})
	for _, source := range []string{"env:KEY", "file:" + good} {
		if got, err := c.resolveSecret(source); err != nil || got != "s3cret" {
			t.Errorf("%s gives %q, %v", source, got, err)
		}
	}
	for source, says := range map[string]string{
		"env:NONE": "not set", "env:BLANK": "empty", "env:": "no source", "file:": "no source", "KEY": "no source", "exec:id": "no source",
		"file:" + empty: "empty", "file:" + huge: "larger than", "file:" + filepath.Join(dir, "none"): "none",
	} {
		if got, err := c.resolveSecret(source); err == nil || got != "" || !strings.Contains(err.Error(), says) {
			t.Errorf("%s gives %q, %v; want %q", source, got, err, says)
		}
	}
	t.Run("standard input", func(t *testing.T) {
		c, _, errOut := newTestCLI("from stdin\n", nil)
		if got, err := c.askSecret(context.Background(), "", "Key"); err != nil || got != "from stdin" || errOut.Len() > 0 {
			t.Errorf("gives %q, %v, says %q", got, err, errOut)
		}
		c, _, _ = newTestCLI("", nil)
		if _, err := c.askSecret(context.Background(), "", "Key"); err == nil {
			t.Error("an empty standard input is taken for a secret")
		}
	})
	t.Run("a person is asked", func(t *testing.T) {
		c, _, errOut := newTestCLI("typed\n", nil)
		c.interactive = true
		if got, err := c.askSecret(context.Background(), "", "Key"); err != nil || got != "typed" || errOut.String() != "Key (not shown): \n" {
			t.Errorf("gives %q, %v, says %q", got, err, errOut)
		}
	})
}

func TestResolveFile(t *testing.T) {
	env := map[string]string{"APP_KEY": "hw_test-secret", "VENDOR": "sk-1", "PW": "correct horse battery"}
	c, _, _ := newTestCLI("", env)
	resolved := func(t *testing.T, text string) map[string]any {
		t.Helper()
		out, err := c.resolveSecrets([]byte(text), "file.yaml")
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("puts secrets where the service takes them, and keys hashed", func(t *testing.T) {
		got := resolved(t, `
credentials: [{name: v, upstream: u, secret_from: "env:VENDOR"}]
keys:
  - {name: k, app: a, tenant: t, secret_from: env:APP_KEY}
  - {name: l, app: a, tenant: t, secret_sha256: 00}
members: [{name: m, role: viewer, password_from: env:PW}]
`)
		want := map[string]any{
			"credentials": []any{map[string]any{"name": "v", "upstream": "u", "secret": "sk-1"}},
			"keys": []any{
				map[string]any{"name": "k", "app": "a", "tenant": "t", "secret_sha256": hashSecret("hw_test-secret")},
				map[string]any{"name": "l", "app": "a", "tenant": "t", "secret_sha256": float64(0)},
			},
			"members": []any{map[string]any{"name": "m", "role": "viewer", "password": "correct horse battery"}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("no secret of a key leaves this program", func(t *testing.T) {
		out, err := c.resolveSecrets([]byte("keys: [{name: k, secret_from: env:APP_KEY}]\n"), "file.yaml")
		if err != nil || strings.Contains(out, "hw_test-secret") {
			t.Errorf("sends %s, %v", out, err)
		}
	})
	t.Run("a file without sources goes as it is", func(t *testing.T) {
		text := "# a comment\nroutes: []   # kept\n"
		if out, err := c.resolveSecrets([]byte(text), "file.yaml"); err != nil || out != text {
			t.Errorf("sends %q, %v", out, err)
		}
	})
	for why, text := range map[string]string{
		"two secrets for one":   "keys: [{name: k, secret_from: env:APP_KEY, secret_sha256: aa}]\n",
		"a source that is none": "keys: [{name: k, secret_from: APP_KEY}]\n",
		"a source that is gone": "credentials: [{name: k, secret_from: env:GONE}]\n",
		"a number as a source":  "credentials: [{name: k, secret_from: 7}]\n",
	} {
		t.Run(why, func(t *testing.T) {
			if out, err := c.resolveSecrets([]byte(text), "file.yaml"); err == nil {
				t.Errorf("sends %q", out)
			}
		})
	}
}

func TestExpiry(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 500, time.UTC)
	for text, want := range map[string]any{
		"never": nil, "": nil,
		"90d":                  time.Date(2027, 2, 20, 10, 0, 0, 0, time.UTC),
		"12h":                  time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC),
		"2027-01-31":           time.Date(2027, 1, 30, 22, 0, 0, 0, time.UTC),
		"2027-01-31T18:00:00Z": time.Date(2027, 1, 31, 18, 0, 0, 0, time.UTC),
	} {
		got, err := expiry(text, now)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("expiry(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"soon", "-1h", "0d", "d", "1dd", "99999d", "2027-02-31"} {
		if got, err := expiry(text, now); err == nil {
			t.Errorf("expiry(%q) = %v, want an error", text, got)
		}
	}
}
