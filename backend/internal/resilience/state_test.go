//go:build linux

package resilience

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"

	_ "modernc.org/sqlite" // another program at the service's files
)

// Story 8, the lock: one state directory, one service.
func TestSecondServiceOnTheSameState(t *testing.T) {
	s := begin(t, 8)
	up := testupstream.Start(t)
	sv := newService(t)
	sv.apply(configured{}.app().upstream("one", "openai-compatible", up.BaseURL()).route("fast", "one"))
	began := time.Now()
	_, said, err := sv.run(runArgs...)
	took := time.Since(began)
	exit, _ := errors.AsType[*exec.ExitError](err)
	clear := strings.Contains(said, "Another Headwater is using the state directory") && strings.Contains(said, "HW-UNAVAILABLE-503")
	s.figure(exit != nil && exit.ExitCode() > 0 && clear, "a second run on a locked state directory", "exit non-zero, says why",
		fmt.Sprintf("%v after %s: %s", err, short(took), strings.TrimSpace(said)))
	a := sv.caller(t).chat(t.Context(), "fast", false)
	if !a.done {
		t.Errorf("the first service does not answer any more: %s", a)
	}
	if _, errOut, err := sv.run("status"); err != nil {
		t.Errorf("the first service cannot be found any more: %v: %s", err, errOut)
	}
}

// harm is one thing that happens to the files of a serving installation.
type harm struct {
	name string
	do   func(t *testing.T, path string) (undo func())
}

func removeAll(t *testing.T, path string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(path + suffix); err != nil {
			t.Fatal(err)
		}
	}
}

func harms() []harm {
	list := []harm{
		{"replaced by a directory", func(t *testing.T, path string) func() {
			removeAll(t, path)
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			return func() { removeAll(t, path) }
		}},
		{"deleted", func(t *testing.T, path string) func() {
			removeAll(t, path)
			return func() {}
		}},
		{"overwritten with junk", func(t *testing.T, path string) func() {
			if err := os.WriteFile(path, []byte(strings.Repeat("junk ", 20_000)), 0o600); err != nil {
				t.Fatal(err)
			}
			return func() {}
		}},
		{"locked by another program", func(t *testing.T, path string) func() {
			db, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := db.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.ExecContext(context.Background(), "BEGIN IMMEDIATE"); err != nil {
				t.Fatal(err)
			}
			return func() { _ = errors.Join(conn.Close(), db.Close()) }
		}},
	}
	if os.Geteuid() == 0 {
		return list // root may do what modes forbid: it would prove nothing
	}
	return append(list, harm{"made unreadable", func(t *testing.T, path string) func() {
		set := func(mode os.FileMode) {
			if err := os.Chmod(path, mode); err != nil {
				t.Error(err)
			}
		}
		set(0)
		return func() { set(0o600) }
	}})
}

// callFile is today's file of the call log.
func (s *service) callFile() string {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "calls-????????.db"))
	if err != nil || len(files) == 0 {
		s.t.Fatalf("no call file: %v %v", files, err)
	}
	return files[len(files)-1]
}

// Story 8, the call log: it fails while calls are made.
func TestCallLogCannotBeWritten(t *testing.T) {
	s := begin(t, 8)
	up := testupstream.Start(t)
	sv := newService(t)
	sv.apply(configured{}.app().upstream("one", "openai-compatible", up.BaseURL()).route("fast", "one"))
	c := sv.caller(t)
	for _, h := range harms() {
		c.chat(t.Context(), "fast", false)
		sv.soon("a row in the log", func() bool { return len(sv.calls()) > 0 })
		undo := h.do(t, sv.callFile())
		ctx, cancel := context.WithTimeout(t.Context(), pick(6*time.Second, 500*time.Millisecond))
		got := c.load(ctx, 50).list()
		cancel()
		undo()
		var failed []string
		var times []time.Duration
		for _, a := range got {
			times = append(times, a.took())
			if !a.done {
				failed = append(failed, a.String())
			}
		}
		s.none("calls not served while the call file is "+h.name+spread(times), failed, len(got))
		healed := time.Now()
		a := c.chat(t.Context(), "fast", false)
		if !within(30*time.Second, func() bool { _, ok := sv.calls()[a.id]; return ok }) {
			s.figure(false, "rows are kept again, call file "+h.name, "<= 10s", "never")
			return
		}
		s.atMost("rows are kept again, call file "+h.name, 10*time.Second, time.Since(healed), "")
	}
	var status hw.Status
	sv.must("status.get", nil, &status)
	t.Logf("%d calls were dropped from the log in all", status.CallsDropped)
}

// Story 8, the configuration: its file fails while calls are made.
func TestConfigurationCannotBeWritten(t *testing.T) {
	s := begin(t, 8)
	for _, h := range harms() {
		up := testupstream.Start(t)
		sv := newService(t)
		sv.apply(configured{}.app().upstream("one", "openai-compatible", up.BaseURL()).route("fast", "one"))
		undo := h.do(t, filepath.Join(sv.dir, "headwater.db"))
		ctx, cancel := context.WithTimeout(t.Context(), pick(3*time.Second, 500*time.Millisecond))
		made := make(chan error, 1)
		go func() { made <- sv.newTenant("during") }()
		got := sv.caller(t).load(ctx, 50).list()
		cancel()
		var failed []string
		for _, a := range got {
			if !a.done {
				failed = append(failed, a.String())
			}
		}
		s.none("calls not served while headwater.db is "+h.name, failed, len(got))
		err := <-made
		undo()
		if err != nil {
			s.figure(hw.CodeOf(err) != "", "a change while headwater.db is "+h.name, "refused in words, or kept", err.Error())
			continue
		}
		sv.kill()
		there := "and is there after a restart"
		if err := sv.start(); err != nil {
			there = err.Error()
		} else if err := sv.admin("tenants.get", adminclient.Params{"ref": "during"}, nil); err != nil {
			there = err.Error()
		}
		s.figure(strings.HasPrefix(there, "and"), "a change while headwater.db is "+h.name, "refused in words, or kept", "acknowledged, "+there)
	}
}

// Story 8, the disk: it is full while calls are made and changes are tried.
func TestDiskFull(t *testing.T) {
	s := begin(t, 8)
	dir := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("a small disk needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	up := testupstream.Start(t)
	sv := newServiceIn(t, filepath.Join(dir, "state"))
	sv.apply(configured{}.app().upstream("one", "openai-compatible", up.BaseURL()).route("fast", "one"))
	c := sv.caller(t)
	c.chat(t.Context(), "fast", false)
	sv.awaitCalls(1)
	ballast := filepath.Join(dir, "ballast")
	full := fill(ballast)
	if !errors.Is(full, syscall.ENOSPC) {
		t.Fatalf("the disk did not fill up: %v", full)
	}
	ctx, cancel := context.WithTimeout(t.Context(), pick(15*time.Second, 2*time.Second))
	defer cancel()
	refused := make(chan []string, 1)
	go func() { refused <- sv.changesOnFullDisk() }()
	got := c.load(ctx, 50).list()
	var failed []string
	for _, a := range got {
		if !a.done {
			failed = append(failed, a.String())
		}
	}
	s.none("calls not served while the disk is full", failed, len(got))
	s.none("changes on a full disk that were neither made nor refused in words", <-refused, 5)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	room := time.Now()
	a := c.chat(t.Context(), "fast", false)
	if !within(30*time.Second, func() bool { _, ok := sv.calls()[a.id]; return ok }) {
		s.figure(false, "rows are kept again after there is space", "<= 10s", "never")
	} else {
		s.atMost("rows are kept again after there is space", 10*time.Second, time.Since(room), "")
	}
	room = time.Now()
	if !within(30*time.Second, func() bool { return sv.newTenant("after") == nil }) {
		s.figure(false, "changes are made again after there is space", "<= 10s", "never")
	} else {
		s.atMost("changes are made again after there is space", 10*time.Second, time.Since(room), "")
	}
}

// fill writes a file until there is no room for a byte more.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 1 << 16; size > 0; {
		if _, werr := f.Write(make([]byte, size)); werr != nil {
			size, err = size/2, werr
		}
	}
	return err
}

func (s *service) newTenant(name string) error {
	return s.admin("tenants.create", adminclient.Params{"body": doc{"name": name}}, nil)
}

// changesOnFullDisk tries changes; each must be made and visible, or refused
// as the service's own trouble and invisible.
func (s *service) changesOnFullDisk() (wrong []string) {
	for i := range 5 {
		name := fmt.Sprintf("full-%d", i)
		err := s.newTenant(name)
		there := s.admin("tenants.get", adminclient.Params{"ref": name}, nil) == nil
		if there != (err == nil) {
			wrong = append(wrong, fmt.Sprintf("%s: answered %v, there: %v", name, err, there))
		}
		if err != nil && !slices.Contains([]hw.Code{hw.CodeDiskFull, hw.CodeUnavailable, hw.CodeInternal}, hw.CodeOf(err)) {
			wrong = append(wrong, fmt.Sprintf("%s: %v", name, err))
		}
		if err != nil {
			s.t.Logf("a change on a full disk is answered: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return wrong
}
