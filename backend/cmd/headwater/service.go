package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"headwater/backend/adminclient"
)

// The places the command line looks into.
const (
	tokenFile     = adminclient.TokenFile
	addressesFile = adminclient.AddressesFile
	databaseFile  = "headwater.db"
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
	dir, err = adminclient.StateDir(c.lookupEnv)
	if errors.Is(err, adminclient.ErrNoHome) {
		return "", false, usagef("There is no home directory to keep state in: give --state-dir.")
	}
	return dir, false, err //nolint:wrapcheck // it has no other error
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
	at, err := adminclient.Find(dir, !chosen)
	if errors.Is(err, fs.ErrNotExist) {
		return place{}, &unreachableError{address: dir, cause: errors.New("it has never run there")}
	}
	if err != nil {
		return place{}, err //nolint:wrapcheck // it says what it was reading
	}
	p := place{address: at.Address, token: at.Token}
	if c.adminAddress != "" {
		p.address = c.adminAddress
	}
	if p.address == "" {
		return place{}, &unreachableError{address: dir, cause: errors.New("its administration is closed")}
	}
	return p, checkLoopback(p.address)
}

// checkLoopback keeps the token on this machine: the administration speaks
// plain HTTP and never listens elsewhere.
func checkLoopback(address string) error {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return usagef("%q is not an address: write it as host:port.", address)
	}
	if adminclient.IsLocal(address) {
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
			"  " + adminclient.SystemStateDir + " for root, and for everyone who can read it\n" +
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
