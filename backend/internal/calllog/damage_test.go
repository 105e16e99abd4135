package calllog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

// eventually asks until it is so; for what another goroutine or process does.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestDamagedFile(t *testing.T) {
	t.Run("found by the writer: calls go into a new one", func(t *testing.T) {
		l := open(t, Config{})
		d := dayOf(noon())
		for n := range 3 {
			if err := l.writer.drop(d); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(d.file(l.dir), bytes.Repeat([]byte("garbage "), 4096), 0o600); err != nil {
				t.Fatal(err)
			}
			store(t, l, callAt(noon(), n))
		}
		if s := l.Stats(); s.Written != 3 || s.Damaged != 3 || s.Dropped != 0 {
			t.Errorf("got %+v", s)
		}
		for _, ending := range []string{".damaged", ".damaged2", ".damaged3"} {
			if _, err := os.Stat(d.file(l.dir) + ending); err != nil {
				t.Error(err)
			}
		}
		if got := list(t, l, Filter{}).Calls; len(got) != 1 {
			t.Errorf("listed %d", len(got))
		}
	})
	t.Run("found by a reader: the others are listed", func(t *testing.T) {
		l := open(t, Config{})
		yesterday := noon().AddDate(0, 0, -1)
		store(t, l, callAt(yesterday, 1), callAt(noon(), 1))
		if err := l.writer.close(); err != nil {
			t.Fatal(err)
		}
		file := dayOf(yesterday).file(l.dir)
		size, _ := os.Stat(file)
		if err := os.WriteFile(file, bytes.Repeat([]byte{0xA5}, int(size.Size())), 0o600); err != nil {
			t.Fatal(err)
		}
		stop := run(t, l)
		if got := list(t, l, Filter{}).Calls; len(got) != 1 {
			t.Errorf("listed %d", len(got))
		}
		eventually(t, "moved aside", func() bool { return l.Stats().Damaged == 1 })
		if _, err := os.Stat(file + ".damaged"); err != nil {
			t.Error(err)
		}
		if got := list(t, l, Filter{}).Calls; len(got) != 1 {
			t.Errorf("listed %d", len(got))
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("of a newer version", func(t *testing.T) {
		l := open(t, Config{})
		store(t, l, callAt(noon(), 1))
		if _, err := l.writer.open[dayOf(noon())].conn.ExecContext(t.Context(), "PRAGMA user_version = 2"); err != nil {
			t.Fatal(err)
		}
		if err := l.writer.close(); err != nil {
			t.Fatal(err)
		}
		store(t, l, callAt(noon(), 2))
		if s := l.Stats(); s.Damaged != 1 || s.Written != 2 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestDeletedFile(t *testing.T) {
	l := open(t, Config{})
	store(t, l, callAt(noon(), 1))
	if got := list(t, l, Filter{}).Calls; len(got) != 1 {
		t.Fatal(len(got))
	}
	if err := os.Remove(dayOf(noon()).file(l.dir)); err != nil {
		t.Skip("this system does not delete open files")
	}
	if got := list(t, l, Filter{}).Calls; len(got) != 0 {
		t.Errorf("listed %d of a file that is gone", len(got))
	}
	store(t, l, callAt(noon(), 2))
	if got := list(t, l, Filter{}).Calls; len(got) != 1 || got[0].ID != idAt(noon(), 2) {
		t.Errorf("listed %v", ids(got))
	}
}

func TestFailingDisk(t *testing.T) {
	l := open(t, Config{})
	// A directory where the file should be: nothing can be written.
	path := dayOf(noon()).file(l.dir)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	stop := run(t, l)
	for i := range 10 {
		l.Record(callAt(noon(), i))
	}
	eventually(t, "trouble is told", func() bool { return l.Stats().Failing != "" })
	if s := l.Stats(); s.Queued != 10 || s.Dropped != 0 || s.Trouble != hw.CodeInternal {
		t.Errorf("got %+v", s)
	}
	l.Record(callAt(noon().AddDate(0, 0, -1), 11)) // a good day waits behind, and is not lost
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	eventually(t, "healed", func() bool { s := l.Stats(); return s.Written == 11 && s.Failing == "" })
	if err := os.RemoveAll(l.dir); err != nil {
		t.Fatal(err)
	}
	l.Record(callAt(noon(), 20))
	eventually(t, "the directory is made again", func() bool { return l.Stats().Written == 12 })
	if err := stop(); err != nil {
		t.Error(err)
	}

	t.Run("at the end only one try is made", func(t *testing.T) {
		l := open(t, Config{})
		if err := os.Mkdir(dayOf(noon()).file(l.dir), 0o700); err != nil {
			t.Fatal(err)
		}
		stop := run(t, l)
		l.Record(callAt(noon(), 1))
		l.Record(callAt(noon(), 2))
		if err := stop(); err == nil || l.Dropped() != 2 {
			t.Errorf("got %v, %d dropped", err, l.Dropped())
		}
	})
}

func TestFullDisk(t *testing.T) {
	l := open(t, Config{})
	old := time.Now().AddDate(0, 0, -9)
	store(t, l, callAt(old, 1), callAt(old.AddDate(0, 0, 1), 1), callAt(time.Now(), 1))
	today := l.writer.open[dayOf(time.Now())]
	if _, err := today.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 4"); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		l.enqueue(fullCall(time.Now().Add(time.Duration(i) * time.Millisecond)))
	}
	rest, err := l.write(t.Context(), l.take())
	if !isFull(err) || len(rest) != 500 {
		t.Fatalf("got %v, %d left", err, len(rest))
	}
	l.report(err)
	if got := l.Stats().Trouble; got != hw.CodeDiskFull {
		t.Errorf("the trouble is %q", got)
	}
	l.report(nil)
	if got := l.Stats().Trouble; got != "" {
		t.Errorf("after it the trouble is %q", got)
	}
	l.makeRoom()
	l.makeRoom()
	l.makeRoom() // finds only today's
	if days, _ := daysIn(l.dir); len(days) != 1 || days[0] != dayOf(time.Now()) {
		t.Errorf("left %v", days)
	}
}

// A rehearsal shows what a full disk would, and costs no old call.
func TestRehearsedFullDisk(t *testing.T) {
	full := error(hw.Errorf(hw.CodeDiskFull, "A rehearsal."))
	if isFull(full) {
		t.Fatal("it would make room")
	}
	l := open(t, Config{Rehearse: func() error { return full }})
	l.enqueue(callAt(time.Now(), 1))
	_, err := l.write(t.Context(), l.take())
	l.report(err)
	if s := l.Stats(); s.Trouble != hw.CodeDiskFull || s.Written != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestFileSettings(t *testing.T) {
	// A path with everything that a URL could stumble over.
	l := open(t, Config{Dir: filepath.Join(t.TempDir(), "a b?c#d%41&e")})
	store(t, l, callAt(noon(), 1))
	path := dayOf(noon()).file(l.dir)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Fatalf("got %v, %v", info.Mode(), err)
	}
	conn := l.writer.open[dayOf(noon())].conn
	for pragma, want := range map[string]string{
		"page_size": "8192", "auto_vacuum": "2", "journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000",
		"wal_autocheckpoint": "4000", "journal_size_limit": "67108864", "user_version": "1", "cache_size": "-16000",
	} {
		var got string
		if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
		}
	}
	one, err := l.readers.acquire(dayOf(noon()))
	if err != nil {
		t.Fatal(err)
	}
	defer l.readers.release(dayOf(noon()), one)
	if _, err := one.db.ExecContext(t.Context(), "DELETE FROM call"); err == nil {
		t.Error("a reader could write")
	}
}

func TestManyDays(t *testing.T) {
	l := open(t, Config{})
	for i := range 12 {
		store(t, l, callAt(noon().AddDate(0, 0, i), i))
	}
	if got := list(t, l, Filter{}).Calls; len(got) != 12 || len(l.writer.open) > openDays || len(l.readers.open) > openReaders {
		t.Errorf("listed %d with %d writers and %d readers", len(got), len(l.writer.open), len(l.readers.open))
	}
}

func TestHostileStrings(t *testing.T) {
	texts := []string{"\x00", "a\x00b", "\xff\xfe", "'; DROP TABLE call; --", "\u202e\u2028", strings.Repeat("x", 1<<20), "%_\\", "😀", "NULL", "1e999"}
	l := open(t, Config{})
	for i, s := range texts {
		c := callAt(noon(), i)
		c.Tenant, c.App, c.Asked, c.Error, c.Client, c.Dropped, c.Code = s, s, s, s, s, s, hw.Code(s)
		c.Attempts = []hw.Attempt{{Upstream: s, Cause: s, Class: "failed"}}
		store(t, l, c)
		got, err := l.Show(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Asked != s || got.Error != s || got.Tenant != s || string(got.Code) != s || len(got.Attempts) != 1 {
			t.Errorf("%.40q came back as %.40q", s, got.Asked)
		}
		if p := list(t, l, Filter{Tenant: s}); len(p.Calls) != 1 {
			t.Errorf("%.40q: found %d", s, len(p.Calls))
		}
	}
	if b, err := json.Marshal(list(t, l, Filter{})); err != nil || !json.Valid(b) {
		t.Error(err)
	}
}

// victim records calls until it is killed.
func victim(dir string) {
	l, err := Open(noContext(), Config{Dir: dir, RetentionDays: forTenYears})
	if err != nil {
		os.Exit(3)
	}
	go func() { _ = l.Run(noContext()) }()
	for i := 0; ; i++ {
		l.Record(callAt(noon().Add(time.Duration(i)*time.Millisecond), i))
		for l.Stats().Queued > 5000 {
			time.Sleep(time.Millisecond)
		}
		if i%100 == 0 {
			fmt.Println(l.Stats().Written)
		}
	}
}

func TestKilled(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "CALLLOG_TEST_VICTIM="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var committed int
	for committed < 2000 {
		if _, err := fmt.Fscanln(out, &committed); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Process.Kill()
	if exit := (*exec.ExitError)(nil); !errors.As(cmd.Wait(), &exit) {
		t.Fatal("the victim was not killed")
	}
	l := open(t, Config{Dir: dir})
	n, err := l.Export(t.Context(), bytes.NewBuffer(nil), Filter{})
	if err != nil || n < int64(committed) {
		t.Errorf("%d of %d committed rows are left, %v", n, committed, err)
	}
	store(t, l, callAt(noon().Add(-time.Hour), 1))
	if l.Stats().Damaged != 0 {
		t.Error("a killed process damaged the file")
	}
}
