//go:build linux

package resilience

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// newTracedService is newService with a process that tells each garbage
// collection, so that its live heap is known.
func newTracedService(t *testing.T) *service {
	t.Helper()
	bin, err := shared.binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	traced := filepath.Join(dir, "traced")
	if err := os.WriteFile(traced, fmt.Appendf(nil, "#!/bin/sh\nGODEBUG=gctrace=1 exec %q \"$@\"\n", bin), 0o700); err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, dir: filepath.Join(dir, "state"), bin: traced, log: &logText{}}
	t.Cleanup(s.finish)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// collection is what the runtime says of one: what was left alive is last.
var collection = regexp.MustCompile(`gc \d+ @.* \d+->\d+->(\d+) MB, `)

// collections are the sizes of the live heap after each one so far, in MiB.
func (s *service) collections() (live []int) {
	for _, m := range collection.FindAllStringSubmatch(s.log.String(), -1) {
		n, _ := strconv.Atoi(m[1])
		live = append(live, n)
	}
	return live
}

// heap is what is alive after two further collections; work makes them happen.
func (s *service) heap(work func()) (mib int, ok bool) {
	s.t.Helper()
	before := len(s.collections())
	for range 60 {
		work()
		if live := s.collections(); len(live) >= before+2 {
			return live[len(live)-1], true
		}
	}
	return 0, false
}

var goroutine = regexp.MustCompile(`(?m)^goroutine \d+ (gp=\S+ m=\S+ (mp=\S+ )?)?\[`)

// goroutines ends the process in the one way that makes it list them.
func (s *service) goroutines() int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(10 * time.Second):
		s.t.Fatal("the process did not end on SIGQUIT")
	}
	text := s.log.String()
	_, list, _ := strings.Cut(text, "SIGQUIT")
	n := len(goroutine.FindAllString(list, -1))
	s.log = &logText{} // its traces name functions for panics
	return n
}
