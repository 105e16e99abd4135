package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// blocks returns the fenced blocks of a language in a document.
func blocks(t *testing.T, document, language string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", document))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(string(raw), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		t.Fatalf("%s has no %s block", document, language)
	}
	return found
}

// TestConfigurationDocument applies every file the document shows, in its
// order, to one installation.
func TestConfigurationDocument(t *testing.T) {
	files := append(blocks(t, "configuration.md", "yaml"), blocks(t, "catalogue.md", "yaml")...)
	state := filepath.Join(t.TempDir(), "state")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("openai.key", []byte("sk-from-a-file-0123456789\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"HEADWATER_STATE_DIR": state, "OPENAI_API_KEY": "sk-0123456789", "CRM_KEY": "hw_own", "MEI_PASSWORD": "correct horse battery",
	}
	for i, text := range files {
		if got := runCLI(t, text, env, "apply", "-f", "-"); got.code != exitOK {
			t.Fatalf("block %d is not applied: %s\n%s", i, got.errOut, text)
		}
		if got := runCLI(t, text, env, "diff", "-f", "-"); got.code != exitOK || !strings.Contains(got.errOut, "Nothing changes") {
			t.Errorf("block %d applied again changes something: %s%s", i, got.out, got.errOut)
		}
	}
	got := runCLI(t, "", env, "export")
	for _, list := range []string{"settings", "models", "tenants", "members", "upstreams", "credentials", "routes", "apps", "keys", "schedules"} {
		if !strings.Contains(got.out, "\n"+list+":\n") {
			t.Errorf("the document shows no %s", list)
		}
	}
	for _, secret := range []string{"sk-from-a-file", "sk-0123456789", "hw_own", "sk-ant-example", "correct horse", "example of a"} {
		if strings.Contains(got.out, secret) {
			t.Errorf("the export holds the secret %q", secret)
		}
	}
}

// TestCommandsInDocuments looks every shown command up, with its flags and
// arguments, without running it.
func TestCommandsInDocuments(t *testing.T) {
	for _, document := range []string{"cli.md", "configuration.md", "catalogue.md", "certify.md", "console.md"} {
		for _, block := range blocks(t, document, "sh") {
			for line := range strings.Lines(block) {
				words := strings.Fields(line)
				if len(words) == 0 || words[0] != "headwater" {
					t.Errorf("%s: %q is no headwater command", document, line)
					continue
				}
				c, _, _ := newTestCLI("", nil)
				cmd, rest, err := c.root().Find(words[1:])
				if err == nil {
					err = cmd.ParseFlags(rest)
				}
				if err == nil {
					err = cmd.ValidateArgs(cmd.Flags().Args())
				}
				if err != nil || !cmd.Runnable() || cmd.HasSubCommands() {
					t.Errorf("%s: %q does not work: %v", document, line, err)
				}
			}
		}
	}
}
