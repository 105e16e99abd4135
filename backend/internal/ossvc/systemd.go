package ossvc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"headwater/backend/hw"
)

// commandTimeout bounds one command of the system's own tools. Unit: wall time.
const commandTimeout = 30 * time.Second

// host is the machine as the systemd part sees it; tests put a folder and
// recorded commands in its place.
type host struct {
	// unitPath is where an administrator's unit lives.
	unitPath string
	// packagedPaths are where a package would have put the unit.
	packagedPaths []string
	privileged    func() bool
	// run runs one command and gives what it printed.
	run func(ctx context.Context, name string, args ...string) ([]byte, error)
}

func thisHost() host {
	return host{
		unitPath:      "/etc/systemd/system/" + Name + ".service",
		packagedPaths: []string{"/usr/lib/systemd/system/" + Name + ".service", "/lib/systemd/system/" + Name + ".service"},
		// Windows answers -1: there the service manager itself refuses.
		privileged: func() bool { return os.Geteuid() <= 0 },
		run: func(ctx context.Context, name string, args ...string) ([]byte, error) {
			ctx, cancel := context.WithTimeout(ctx, commandTimeout)
			defer cancel()
			return exec.CommandContext(ctx, name, args...).CombinedOutput()
		},
	}
}

// installUnit installs the unit, or rewrites one that differs: the library
// refuses an existing unit, which would make every upgrade an error.
func (p performer) installUnit(ctx context.Context, r *Report) error {
	if err := p.host.refusePackaged("It is already a service; use 'headwater service start'."); err != nil {
		return err
	}
	have, err := os.ReadFile(p.host.unitPath)
	switch {
	case err == nil && bytes.Equal(have, []byte(p.unit)):
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("reading the installed unit: %w", err)
	}
	if e := p.host.makeAccounts(ctx); e != nil {
		return e
	}
	r.Changed = true
	if err != nil {
		return p.manager.Install()
	}
	if e := replaceFile(p.host.unitPath, []byte(p.unit), 0o644); e != nil {
		return fmt.Errorf("rewriting the unit: %w", e)
	}
	r.Notes = append(r.Notes, "The unit was rewritten; 'headwater service restart' applies it.")
	return p.host.command(ctx, "systemctl", "daemon-reload")
}

// refusePackaged protects a unit that a package owns: two units of one name
// would shadow each other.
func (h host) refusePackaged(hint string) error {
	for _, path := range h.packagedPaths {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		e := hw.Errorf(hw.CodeInUse, "The installed package owns this service (%s).", path)
		e.Hint = hint
		return e
	}
	return nil
}

// makeAccounts makes sure that the service's user and the administrators'
// group exist; systemd-sysusers leaves alone what is there.
func (h host) makeAccounts(ctx context.Context) error {
	return h.command(ctx, "systemd-sysusers", append([]string{"--inline"}, accountLines()...)...)
}

// accountLines are the accounts in the words of sysusers.d(5). The package
// carries the same lines as a file.
func accountLines() []string {
	return []string{
		`g ` + AdminGroup + ` -`,
		`u ` + User + ` - "Headwater gateway" /var/lib/headwater`,
	}
}

// command runs one system tool; what it printed goes into the error.
func (h host) command(ctx context.Context, name string, args ...string) error {
	out, err := h.run(ctx, name, args...)
	if err != nil {
		return fmt.Errorf("running %s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// replaceFile writes a file so that a reader sees the old or the new one,
// never half of it.
func replaceFile(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone after the rename; then this fails and should
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
