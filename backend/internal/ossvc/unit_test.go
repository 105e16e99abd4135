package ossvc

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/hw"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestRenderedUnitEqualsTheGoldenFile(t *testing.T) {
	got, err := Render(DefaultUnit())
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "headwater.service")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("unit differs from %s (rewrite with -update):\n%s", golden, got)
	}
}

func TestUnitHoldsWhatTheGatewayPromises(t *testing.T) {
	text, err := Render(DefaultUnit())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ line, why string }{
		{"Restart=always", "a vital part that ends makes the process end"},
		{"RestartSec=1", "serving again within three seconds of a crash"},
		{"StartLimitIntervalSec=0", "never gives up"},
		{"User=headwater", "its own account"},
		{"StateDirectoryMode=0700", "secrets are in there"},
		{"RuntimeDirectory=headwater", "the token for the administrators' group"},
		{"LimitNOFILE=65536", "two descriptors for each call"},
		{"NoNewPrivileges=yes", "hardening"},
		{"ProtectSystem=strict", "hardening"},
		{"PrivateTmp=yes", "hardening"},
	} {
		if !strings.Contains(text, "\n"+row.line+"\n") {
			t.Errorf("unit lacks %q (%s)", row.line, row.why)
		}
	}
	if strings.Contains(text, "{{") {
		t.Error("unit holds a template action, which the service library would expand again")
	}
}

func TestSystemdReadsTheUnitWithoutAComplaint(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze on this machine")
	}
	u := DefaultUnit()
	u.Executable = "/bin/sh"
	u.Arguments = []string{"-c", `echo "100%" $HOME 'two words'; exit`, ""}
	text, err := Render(u)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "headwater.service")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), analyze, "verify", path).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

func TestPackageMakesTheSameAccounts(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash("../../../installer/linux/sysusers.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range accountLines() {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("installer/linux/sysusers.conf lacks %q", line)
		}
	}
}

func TestRenderQuotesEveryWordOfTheCommand(t *testing.T) {
	for _, row := range []struct{ why, in, want string }{
		{"plain", "--service", "--service"},
		{"a space would split it", "a b", `"a b"`},
		{"a semicolon would begin a second command", "a;b", `"a;b"`},
		{"percent begins a specifier", "50%", "50%%"},
		{"dollar begins a variable", "$HOME", "$$HOME"},
		{"quote and backslash", `a"b\c`, `a\"b\\c`},
		{"an empty word must stay a word", "", `""`},
	} {
		if got := word(row.in); got != row.want {
			t.Errorf("%s: word(%q) = %s, want %s", row.why, row.in, got, row.want)
		}
	}
}

func TestRenderRefusesWhatAUnitCannotCarry(t *testing.T) {
	for _, row := range []struct {
		why  string
		edit func(*Unit)
	}{
		{"systemd takes absolute paths only", func(u *Unit) { u.Executable = "headwater" }},
		{"no program at all", func(u *Unit) { u.Executable = "" }},
		{"a new line begins a directive", func(u *Unit) { u.Arguments = []string{"run\nUser=root"} }},
		{"so it does in the path", func(u *Unit) { u.Executable = "/usr/bin/headwater\nUser=root" }},
		{"and in the user", func(u *Unit) { u.User = "headwater\nUser=root" }},
		{"and in the document address", func(u *Unit) { u.Documentation = "man:x\r\nAlias=y" }},
		{"the first word of a command expands differently", func(u *Unit) { u.Executable = "/opt/$x/headwater" }},
	} {
		u := DefaultUnit()
		row.edit(&u)
		if text, err := Render(u); hw.CodeOf(err) != hw.CodeBadRequest {
			t.Errorf("%s: Render gave %v and\n%s", row.why, err, text)
		}
	}
}

func FuzzRenderNeverAddsALine(f *testing.F) {
	f.Add("/usr/bin/headwater", "run", "headwater")
	f.Add("/opt/a b/headwater", "x\ny", "a%b")
	plain, err := Render(DefaultUnit())
	if err != nil {
		f.Fatal(err)
	}
	lines := strings.Count(plain, "\n")
	f.Fuzz(func(t *testing.T, executable, argument, user string) {
		text, err := Render(Unit{Executable: executable, Arguments: []string{argument}, User: user})
		if err == nil && strings.Count(text, "\n") != lines {
			t.Errorf("Render(%q, %q, %q) has another number of lines:\n%s", executable, argument, user, text)
		}
	})
}
