//go:build linux

package resilience

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is by how much a figure of time may be missed in the short version:
// other packages' tests share the machine, and the stories each other.
const patience = 20

// suite is what the stories share.
type suite struct {
	full   bool
	binary func() (string, error)

	mu      sync.Mutex
	figures []figure
}

// figure is one line of the table.
type figure struct {
	story                        int
	property, required, measured string
	ok                           bool
}

var shared = &suite{full: os.Getenv("HEADWATER_RESILIENCE") == "full"}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "resilience")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	shared.binary = sync.OnceValues(func() (string, error) { return build(dir) })
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := errors.Join(shared.report(), os.RemoveAll(dir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// build makes the program under test; "make resilience" brings the one that is shipped.
func build(dir string) (string, error) {
	if path := os.Getenv("HEADWATER_BIN"); path != "" {
		return path, nil
	}
	path := filepath.Join(dir, "headwater")
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", path, "headwater/backend/cmd/headwater")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building headwater: %w: %s", err, out)
	}
	return path, nil
}

// story is one test with a number in the table.
type story struct {
	*testing.T
	number int
}

// begin opens a story. The short ones run beside each other.
func begin(t *testing.T, number int) *story {
	t.Helper()
	if !shared.full {
		t.Parallel()
	}
	return &story{T: t, number: number}
}

// pick chooses between the full and the short version of a number.
func pick[N any](full, short N) N {
	if shared.full {
		return full
	}
	return short
}

// figure adds a line to the table; a figure that is not met fails the story.
func (s *story) figure(ok bool, property, required, measured string) {
	s.Helper()
	shared.mu.Lock()
	shared.figures = append(shared.figures, figure{s.number, property, required, measured, ok})
	shared.mu.Unlock()
	if !ok {
		s.Errorf("%s: %s, required %s", property, measured, required)
	}
}

// atMost adds a figure of time; rest is added to what was measured.
func (s *story) atMost(property string, required, measured time.Duration, rest string) {
	s.Helper()
	allowed := required
	if !shared.full {
		allowed *= patience
	}
	s.figure(measured <= allowed, property, "<= "+short(required), short(measured)+rest)
}

// none adds a figure that must be zero; what are the first findings.
func (s *story) none(property string, what []string, of int) {
	s.Helper()
	s.figure(len(what) == 0, property, "0", fmt.Sprintf("%d of %d", len(what), of))
	for i, w := range what {
		if i == 12 {
			s.Errorf("… and %d more", len(what)-i)
			break
		}
		s.Error(w)
	}
}

func short(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// report prints the table and writes it where it is wanted.
func (s *suite) report() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.figures) == 0 {
		return nil
	}
	slices.SortStableFunc(s.figures, func(a, b figure) int { return cmp.Compare(a.story, b.story) })
	var b strings.Builder
	b.WriteString("| story | property | figure required | measured |\n|---|---|---|---|\n")
	for _, f := range s.figures {
		verdict := ""
		if !f.ok {
			verdict = " **missed**"
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s%s |\n", f.story, f.property, f.required, f.measured, verdict)
	}
	if testing.Verbose() {
		fmt.Fprint(os.Stdout, b.String())
	}
	path := os.Getenv("HEADWATER_RESILIENCE_OUT")
	if path == "" {
		return nil
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
