package ossvc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kardianos/service"

	"headwater/backend/hw"
)

// fakeManager is a service manager in memory; it writes down what it was told.
type fakeManager struct {
	platform string
	status   service.Status
	err      error
	told     []string
}

func (f *fakeManager) Platform() string                { return f.platform }
func (f *fakeManager) Status() (service.Status, error) { return f.status, f.err }
func (f *fakeManager) Install() error {
	f.told = append(f.told, "install")
	f.status, f.err = service.StatusStopped, nil
	return nil
}

func (f *fakeManager) Uninstall() error {
	f.told = append(f.told, "uninstall")
	f.status, f.err = service.StatusUnknown, service.ErrNotInstalled
	return nil
}

func (f *fakeManager) Start() error {
	f.told, f.status, f.err = append(f.told, "start"), service.StatusRunning, nil
	return nil
}

func (f *fakeManager) Stop() error {
	f.told, f.status = append(f.told, "stop"), service.StatusStopped
	return nil
}

func (f *fakeManager) Restart() error {
	f.told, f.status = append(f.told, "restart"), service.StatusRunning
	return nil
}

// stage is a performer on a throw-away machine.
type stage struct {
	performer
	manager *fakeManager
	ran     []string
}

func newStage(t *testing.T, platform string, status service.Status, err error) *stage {
	t.Helper()
	dir := t.TempDir()
	s := &stage{manager: &fakeManager{platform: platform, status: status, err: err}}
	s.performer = performer{
		manager: s.manager,
		unit:    "[Unit]\n",
		host: host{
			unitPath:      filepath.Join(dir, "etc.service"),
			packagedPaths: []string{filepath.Join(dir, "usr.service")},
			privileged:    func() bool { return true },
			run: func(_ context.Context, name string, args ...string) ([]byte, error) {
				s.ran = append(s.ran, name+" "+strings.Join(args, " "))
				return nil, nil
			},
		},
	}
	return s
}

func TestActionsMayBeRepeated(t *testing.T) {
	absent, stopped, running := service.StatusUnknown, service.StatusStopped, service.StatusRunning
	for _, row := range []struct {
		why     string
		action  Action
		status  service.Status
		err     error
		want    State
		changed bool
		told    []string
	}{
		{"first install", Install, absent, service.ErrNotInstalled, StateStopped, true, []string{"install"}},
		{"install again", Install, running, nil, StateRunning, false, nil},
		{"start", Start, stopped, nil, StateRunning, true, []string{"start"}},
		{"start what runs", Start, running, nil, StateRunning, false, nil},
		{"stop", Stop, running, nil, StateStopped, true, []string{"stop"}},
		{"stop what stands", Stop, stopped, nil, StateStopped, false, nil},
		{"restart", Restart, running, nil, StateRunning, true, []string{"restart"}},
		{"restart starts what stands", Restart, stopped, nil, StateRunning, true, []string{"restart"}},
		{"uninstall stops first", Uninstall, running, nil, StateNotInstalled, true, []string{"stop", "uninstall"}},
		{"uninstall what is gone", Uninstall, absent, service.ErrNotInstalled, StateNotInstalled, false, nil},
		{"status touches nothing", Status, running, nil, StateRunning, false, nil},
		{"start what has failed", Start, absent, errors.New("service in failed state"), StateRunning, true, []string{"start"}},
	} {
		t.Run(row.why, func(t *testing.T) {
			s := newStage(t, "windows-service", row.status, row.err)
			report, err := s.perform(t.Context(), row.action)
			if err != nil {
				t.Fatal(err)
			}
			if report.Changed != row.changed || !slices.Equal(s.manager.told, row.told) {
				t.Errorf("changed %v, told %v; want %v, %v", report.Changed, s.manager.told, row.changed, row.told)
			}
			if report.State != row.want {
				t.Errorf("state %q, want %q", report.State, row.want)
			}
		})
	}
}

func TestMissingServiceIsNamedWithTheWayToInstallIt(t *testing.T) {
	for _, action := range []Action{Start, Stop, Restart} {
		s := newStage(t, "linux-systemd", service.StatusUnknown, service.ErrNotInstalled)
		_, err := s.perform(t.Context(), action)
		if hw.CodeOf(err) != hw.CodeNotFound || !strings.Contains(hw.AsError(err).NextStep(), "service install") {
			t.Errorf("%s: %v", action, err)
		}
		if len(s.manager.told) > 0 {
			t.Errorf("%s: the manager was told %v", action, s.manager.told)
		}
	}
}

func TestOnlyStatusIsForEverybody(t *testing.T) {
	for _, action := range Actions() {
		s := newStage(t, "linux-systemd", service.StatusRunning, nil)
		s.host.privileged = func() bool { return false }
		_, err := s.perform(t.Context(), action)
		if action == Status && err != nil {
			t.Errorf("status: %v", err)
		}
		if action != Status && hw.CodeOf(err) != hw.CodeForbidden {
			t.Errorf("%s: %v, want forbidden", action, err)
		}
		if len(s.manager.told) > 0 {
			t.Errorf("%s: the manager was told %v", action, s.manager.told)
		}
	}
}

func TestUnknownActionIsRefusedWithTheList(t *testing.T) {
	s := newStage(t, "linux-systemd", service.StatusRunning, nil)
	_, err := s.perform(t.Context(), "reload")
	if hw.CodeOf(err) != hw.CodeBadRequest || !strings.Contains(err.Error(), "install") {
		t.Errorf("got %v", err)
	}
}

func TestSystemdInstallMakesAccountsBeforeTheUnit(t *testing.T) {
	s := newStage(t, "linux-systemd", service.StatusUnknown, service.ErrNotInstalled)
	if _, err := s.perform(t.Context(), Install); err != nil {
		t.Fatal(err)
	}
	if len(s.ran) != 1 || !strings.HasPrefix(s.ran[0], "systemd-sysusers --inline g headwater-admin") {
		t.Errorf("ran %q", s.ran)
	}
	if !slices.Equal(s.manager.told, []string{"install"}) {
		t.Errorf("told %v", s.manager.told)
	}
}

func TestSystemdInstallRewritesAUnitThatDiffers(t *testing.T) {
	s := newStage(t, "linux-systemd", service.StatusRunning, nil)
	write(t, s.host.unitPath, "[Unit]\n# older\n")
	report, err := s.perform(t.Context(), Install)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(s.host.unitPath); string(got) != s.unit {
		t.Errorf("unit is %q", got)
	}
	if !report.Changed || !slices.Contains(s.ran, "systemctl daemon-reload") || len(s.manager.told) > 0 {
		t.Errorf("report %+v, ran %q, told %v", report, s.ran, s.manager.told)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.host.unitPath), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	t.Run("and leaves an equal one alone", func(t *testing.T) {
		s.ran = nil
		report, err := s.perform(t.Context(), Install)
		if err != nil || report.Changed || len(s.ran) > 0 {
			t.Errorf("report %+v, ran %q, %v", report, s.ran, err)
		}
	})
}

func TestPackagedServiceBelongsToThePackage(t *testing.T) {
	for _, action := range []Action{Install, Uninstall} {
		s := newStage(t, "linux-systemd", service.StatusRunning, nil)
		write(t, s.host.packagedPaths[0], "[Unit]\n")
		_, err := s.perform(t.Context(), action)
		if hw.CodeOf(err) != hw.CodeInUse {
			t.Errorf("%s: %v", action, err)
		}
		if len(s.manager.told) > 0 || len(s.ran) > 0 {
			t.Errorf("%s: told %v, ran %v", action, s.manager.told, s.ran)
		}
	}
}

func TestSystemVInstallSaysWhatItLacks(t *testing.T) {
	s := newStage(t, "unix-systemv", service.StatusUnknown, service.ErrNotInstalled)
	report, err := s.perform(t.Context(), Install)
	if err != nil || len(report.Notes) == 0 || !strings.Contains(report.Notes[0], "not restarted") {
		t.Errorf("report %+v, %v", report, err)
	}
}

func TestPerformReportsTheStateOfThisMachine(t *testing.T) {
	report, err := Perform(t.Context(), Status, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Platform == "" || report.State == "" || report.Changed {
		t.Errorf("report %+v", report)
	}
}

func TestSharedTokenIsTheGroupsAndNobodyElses(t *testing.T) {
	dir := t.TempDir()
	for _, token := range []string{"first", "second"} {
		path, err := shareToken(dir, os.Getgid(), token)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o640 {
			t.Fatalf("mode %v, %v", info.Mode(), err)
		}
		if got, _ := os.ReadFile(path); string(got) != token+"\n" {
			t.Errorf("token file holds %q", got)
		}
	}
}

func TestTokenIsNotSharedOutsideTheService(t *testing.T) {
	for _, dir := range []string{"", "/run/another-service"} {
		t.Setenv("RUNTIME_DIRECTORY", dir)
		if path, err := ShareToken("x"); path != "" || err != nil {
			t.Errorf("RUNTIME_DIRECTORY=%q: %q, %v", dir, path, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
