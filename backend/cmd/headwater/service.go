package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// The places the command line looks into.
const (
	// systemStateDir is where the service of a Linux machine keeps its files.
	systemStateDir = "/var/lib/headwater"
	// sharedToken is where a running service leaves its token for members of
	// the administrators' group, who cannot read the state directory.
	sharedToken = "/run/headwater/admin.token"
	// tokenFile and addressesFile are in the state directory while it runs.
	tokenFile     = "admin.token"
	addressesFile = "addresses.json"
	databaseFile  = "headwater.db"
	// defaultAdmin is where the administration listens unless told otherwise.
	defaultAdmin = "127.0.0.1:4101"
	// maxSmallFile bounds what is read of such files. Unit: bytes.
	maxSmallFile = 64 << 10
)

// folder is the state directory in use, and whether it was chosen by the user.
func (c *cli) folder() (dir string, chosen bool, err error) {
	if c.stateDir != "" {
		dir, err := filepath.Abs(c.stateDir)
		if err != nil {
			return "", true, fmt.Errorf("finding the state directory: %w", err)
		}
		return dir, true, nil
	}
	if runtime.GOOS == "windows" {
		if base, ok := c.lookupEnv("ProgramData"); ok && base != "" {
			return filepath.Join(base, "Headwater"), false, nil
		}
	} else if os.Geteuid() == 0 || readable(systemStateDir) {
		return systemStateDir, false, nil
	}
	if base, ok := c.lookupEnv("XDG_STATE_HOME"); ok && filepath.IsAbs(base) {
		return filepath.Join(base, "headwater"), false, nil
	}
	home, ok := c.lookupEnv("HOME")
	if !ok || home == "" {
		return "", false, usagef("There is no home directory to keep state in: give --state-dir.")
	}
	return filepath.Join(home, ".local", "state", "headwater"), false, nil
}

func readable(dir string) bool {
	d, err := os.Open(dir)
	if err != nil {
		return false
	}
	_ = d.Close()
	return true
}

// place is where the administration of a service can be reached.
type place struct{ address, token string }

// find works out where the service answers and which token it takes. The error
// is an unreachableError when no service has left its marks.
func (c *cli) find() (place, error) {
	dir, chosen, err := c.folder()
	if err != nil {
		return place{}, err
	}
	var p place
	token, err := readSmall(filepath.Join(dir, tokenFile))
	if err != nil && !chosen {
		if shared, sharedErr := readSmall(sharedToken); sharedErr == nil {
			token, err = shared, nil
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, &unreachableError{address: dir, cause: errors.New("it has never run there")}
	case err != nil:
		return p, fmt.Errorf("reading the token of local administration: %w", err)
	}
	p.token = strings.TrimSpace(token)
	if p.address, err = c.adminAt(dir); err != nil {
		return p, err
	}
	return p, checkLoopback(p.address)
}

// adminAt is the administration's address: the one given, the one the running
// service wrote down, or the usual one.
func (c *cli) adminAt(dir string) (string, error) {
	if c.adminAddress != "" {
		return c.adminAddress, nil
	}
	text, err := readSmall(filepath.Join(dir, addressesFile))
	if err != nil {
		return defaultAdmin, nil //nolint:nilerr // not every administrator may read the folder; dialling will tell
	}
	var where hw.Addresses
	if err := json.Unmarshal([]byte(text), &where); err != nil {
		return "", fmt.Errorf("reading %s: %w", filepath.Join(dir, addressesFile), err)
	}
	if where.Admin == "" {
		return "", &unreachableError{address: dir, cause: errors.New("its administration is closed")}
	}
	return where.Admin, nil
}

// checkLoopback keeps the token on this machine: the administration speaks
// plain HTTP and never listens elsewhere.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return usagef("%q is not an address: write it as host:port.", address)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return usagef("%s is not on this machine: administration is local only.", address)
}

func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err //nolint:wrapcheck // a path error names the file
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSmallFile+1))
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	if len(text) > maxSmallFile {
		return "", fmt.Errorf("reading %s: it is larger than %d bytes", path, maxSmallFile)
	}
	return string(text), nil
}

// stateDirTopic explains where the files are; it is a help text, not a command.
func stateDirTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "state-dir",
		Short: "Where an installation keeps its files",
		Long: "The folder of an installation is, in this order:\n" +
			"  --state-dir, or the environment variable HEADWATER_STATE_DIR;\n" +
			"  " + systemStateDir + " for root, and for everyone who can read it\n" +
			"  (on Windows %ProgramData%\\Headwater);\n" +
			"  $XDG_STATE_HOME/headwater, which usually is ~/.local/state/headwater.\n" +
			"\nA running service leaves its addresses (" + addressesFile + ") and the token of local\n" +
			"administration (" + tokenFile + ") there; the commands find it by them.",
	}
}

// params are the parameters of an operation: those of path and query by their
// names, and the body as "body".
type params map[string]any

// with runs work with the running service.
func (c *cli) with(ctx context.Context, work func(*remote) error) error {
	r, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return errors.Join(work(r), r.close())
}
