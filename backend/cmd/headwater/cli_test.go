package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/adminclient"
)

// ran is how a command went.
type ran struct {
	code        int
	out, errOut string
}

// runCLI runs one command line without a terminal, with nothing but the given
// environment.
func runCLI(t *testing.T, stdin string, env map[string]string, args ...string) ran {
	t.Helper()
	c, out, errOut := newTestCLI(stdin, env)
	return ran{c.execute(args), out.String(), errOut.String()}
}

func newTestCLI(stdin string, env map[string]string) (c *cli, out, errOut *bytes.Buffer) {
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	c = &cli{
		in: strings.NewReader(stdin), out: out, err: errOut,
		lookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		output:    formatTable,
	}
	return c, out, errOut
}

func TestCommandLine(t *testing.T) {
	empty := t.TempDir()
	for _, row := range []struct {
		why  string
		args []string
		env  map[string]string
		code int
		says string
	}{
		{"help is an answer", []string{"help"}, nil, exitOK, ""},
		{"a misspelt command is a usage error", []string{"upsteam"}, nil, exitUsage, "Unknown command"},
		{"a misspelt verb is one, too", []string{"upstream", "lst"}, nil, exitUsage, `There is no command "headwater upstream lst"`},
		{"a noun without a verb says what there is", []string{"upstream"}, nil, exitUsage, "needs one of the commands above"},
		{"an unknown flag", []string{"status", "--nope"}, nil, exitUsage, "Unknown flag"},
		{"too many arguments", []string{"status", "now"}, nil, exitUsage, "HW-REQ-400"},
		{"too few arguments", []string{"upstream", "show"}, nil, exitUsage, "HW-REQ-400"},
		{"an unknown form", []string{"version", "-o", "xml"}, nil, exitUsage, "table, json, yaml, csv"},
		{"the environment is named when it is wrong", []string{"version"}, map[string]string{"HEADWATER_OUTPUT": "xml"}, exitUsage, "HEADWATER_OUTPUT"},
		{"the command line wins over the environment", []string{"version", "-o", "json"}, map[string]string{"HEADWATER_OUTPUT": "xml"}, exitOK, ""},
		{"no service", []string{"status", "--state-dir", empty}, nil, exitUnreachable, "HW-UNAVAILABLE-503"},
		{"no service, by environment", []string{"status"}, map[string]string{"HEADWATER_STATE_DIR": empty}, exitUnreachable, empty},
		{"an export makes no installation", []string{"export", "--state-dir", filepath.Join(empty, "none")}, nil, exitUnreachable, "it has never run there"},
		{"an update of nothing", []string{"upstream", "update", "x", "--state-dir", empty}, nil, exitUsage, "Say what to change"},
		{"a removal nobody can be asked about", []string{"upstream", "remove", "x", "--state-dir", empty}, nil, exitUsage, "--yes"},
		{"a route without a target", []string{"route", "add", "x"}, nil, exitUsage, "--target"},
		{"a tier without a target", []string{"route", "add", "x", "--tier", "priority"}, nil, exitUsage, "Tier 1 has no --target"},
		{"an unknown strategy", []string{"route", "add", "x", "--tier", "random"}, nil, exitUsage, "weighted, priority, balanced"},
		{"a log level that is none", []string{"run", "--log-level", "loud", "--state-dir", empty}, nil, exitUsage, "loud"},
		{"apply without a file", []string{"apply"}, nil, exitUsage, "-f FILE"},
		{"apply with a file that is not there", []string{"apply", "-f", filepath.Join(empty, "none.yaml")}, nil, exitFailed, "none.yaml"},
		{"an address elsewhere never gets the token", []string{"status", "--state-dir", withToken(t), "--admin-address", "192.0.2.1:4101"}, nil, exitUsage, "not on this machine"},
		{"a secret is never an argument", []string{"credential", "add", "x", "--upstream", "u", "--secret-from", "hw_abc", "--state-dir", empty}, nil, exitUsage, "env:NAME"},
		{"calls of no time", []string{"calls", "list", "--since", "yesterday"}, nil, exitUsage, "yesterday"},
		{"changes of health of no time", []string{"health", "history", "--until", "tomorrow"}, nil, exitUsage, "tomorrow"},
		{"calls of no status", []string{"calls", "tail", "--status", "bad"}, nil, exitUsage, "5xx"},
	} {
		t.Run(row.why, func(t *testing.T) {
			got := runCLI(t, "", row.env, row.args...)
			if got.code != row.code {
				t.Errorf("%v exits with %d, want %d; stderr: %s", row.args, got.code, row.code, got.errOut)
			}
			if !strings.Contains(got.errOut, row.says) {
				t.Errorf("%v says %q, want %q in it", row.args, got.errOut, row.says)
			}
			if row.code != exitOK && got.out != "" {
				t.Errorf("%v printed data %q with its error", row.args, got.out)
			}
		})
	}
}

// withToken is a state directory that a service has run in.
func withToken(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, tokenFile), []byte("secret-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestStateDirectory(t *testing.T) {
	t.Run("is what --state-dir says, made absolute", func(t *testing.T) {
		c, _, _ := newTestCLI("", nil)
		c.stateDir = "here"
		dir, chosen, err := c.folder()
		if err != nil || !chosen || !filepath.IsAbs(dir) || filepath.Base(dir) != "here" {
			t.Errorf("folder() = %q, %v, %v", dir, chosen, err)
		}
	})
	if os.Geteuid() == 0 {
		t.Run("is the system's for root", func(t *testing.T) {
			c, _, _ := newTestCLI("", map[string]string{"HOME": "/home/someone"})
			if dir, chosen, err := c.folder(); dir != adminclient.SystemStateDir || chosen || err != nil {
				t.Errorf("folder() = %q, %v, %v", dir, chosen, err)
			}
		})
	}
}

func TestToken(t *testing.T) {
	t.Run("goes to the address the service wrote down", func(t *testing.T) {
		dir := withToken(t)
		if err := os.WriteFile(filepath.Join(dir, addressesFile), []byte(`{"admin":"127.0.0.1:4711"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		c, _, _ := newTestCLI("", nil)
		c.stateDir = dir
		p, err := c.find()
		if err != nil || p.address != "127.0.0.1:4711" || p.token != "secret-token" {
			t.Errorf("find() = %+v, %v", p, err)
		}
	})
	t.Run("goes to no written address that is elsewhere", func(t *testing.T) {
		dir := withToken(t)
		if err := os.WriteFile(filepath.Join(dir, addressesFile), []byte(`{"admin":"192.0.2.1:80"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		c, _, _ := newTestCLI("", nil)
		c.stateDir = dir
		if _, err := c.find(); err == nil {
			t.Error("a token would leave this machine")
		}
	})
}

func TestConfirm(t *testing.T) {
	for answer, want := range map[string]int{"y\n": exitOK, "YES\n": exitOK, "n\n": exitFailed, "\n": exitFailed, "": exitFailed} {
		c, _, errOut := newTestCLI(answer, nil)
		c.interactive = true
		if got := c.report(c.confirm("Remove it?")); got != want {
			t.Errorf("answer %q exits with %d, want %d", answer, got, want)
		}
		if !strings.HasPrefix(errOut.String(), "Remove it? [y/N] ") {
			t.Errorf("the question was %q", errOut.String())
		}
	}
}
