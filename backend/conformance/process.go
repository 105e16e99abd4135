package conformance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// stopWait is how long a process may take to end by itself.
const stopWait = 10 * time.Second

// process is one child of the suite.
type process struct {
	name   string
	cmd    *exec.Cmd
	output *tail
	done   chan struct{} // closed when the process has ended
}

// run starts a child that lives until Close, whatever becomes of ctx.
func (s *Stage) run(ctx context.Context, name, program string, args ...string) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, args...) //nolint:gosec // the suite runs what its user names
	p := &process{name: name, cmd: cmd, output: &tail{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	go func() { // ends with the process; stop waits for it
		_ = p.cmd.Wait()
		close(p.done)
	}()
	s.processes = append(s.processes, p)
	return nil
}

func (p *process) dead() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks, waits, then kills.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	timer := time.NewTimer(stopWait)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

func (p *process) tail() string { return p.output.String() }

// tail keeps the end of what a process wrote.
type tail struct {
	mu   sync.Mutex
	text []byte // guarded by mu
}

// tailBytes is how much is kept.
const tailBytes = 16 << 10

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - tailBytes; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

// String is what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
