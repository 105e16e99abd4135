package adminclient

import (
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

	"headwater/backend/hw"
)

// The marks that a running service leaves on its machine.
const (
	// SystemStateDir is where the service of a Linux machine keeps its files.
	SystemStateDir = "/var/lib/headwater"
	// SharedToken is where a service leaves its token for members of the
	// administrators' group, who cannot read the state directory.
	SharedToken = "/run/headwater/admin.token"
	// TokenFile and AddressesFile are in the state directory while it runs.
	TokenFile     = "admin.token"
	AddressesFile = "addresses.json"
	// DefaultAddress is where the administration listens unless told otherwise.
	DefaultAddress = "127.0.0.1:4101"
)

// maxMarkBytes bounds what is read of such files.
const maxMarkBytes = 64 << 10

// ErrNoHome says that there is no directory a state directory could be in.
var ErrNoHome = errors.New("there is no home directory to keep state in")

// Place is where the service of this machine can be reached.
type Place struct {
	// Address is host:port; empty when its administration is closed.
	Address string
	// Token is that of local administration; empty when it could not be read.
	Token string
}

// StateDir is the state directory of this machine's installation when nobody
// named one: that of the system for who may read it, else the user's own.
func StateDir(lookupEnv func(string) (string, bool)) (string, error) {
	if runtime.GOOS == "windows" {
		if base, ok := lookupEnv("ProgramData"); ok && base != "" {
			return filepath.Join(base, "Headwater"), nil
		}
	} else if os.Geteuid() == 0 || readable(SystemStateDir) {
		return SystemStateDir, nil
	}
	if base, ok := lookupEnv("XDG_STATE_HOME"); ok && filepath.IsAbs(base) {
		return filepath.Join(base, "headwater"), nil
	}
	home, ok := lookupEnv("HOME")
	if !ok || home == "" {
		return "", ErrNoHome
	}
	return filepath.Join(home, ".local", "state", "headwater"), nil
}

func readable(dir string) bool {
	d, err := os.Open(dir)
	if err != nil {
		return false
	}
	_ = d.Close()
	return true
}

// Find reads the marks in a state directory. With shared the token that a
// service gives to the administrators' group counts too. The error says why
// there is no token - fs.ErrNotExist when no service has run there - or that
// the marks cannot be understood; the address is filled in where it is known.
func Find(dir string, shared bool) (Place, error) {
	p := Place{}
	token, tokenErr := readMark(filepath.Join(dir, TokenFile))
	if tokenErr != nil && shared {
		if given, err := readMark(SharedToken); err == nil {
			token, tokenErr = given, nil
		}
	}
	p.Token = strings.TrimSpace(token)
	var err error
	p.Address, err = addressIn(dir)
	if tokenErr != nil {
		return p, fmt.Errorf("reading the token of local administration: %w", tokenErr)
	}
	return p, err
}

// addressIn is the address that the service wrote down, or the usual one.
func addressIn(dir string) (string, error) {
	text, err := readMark(filepath.Join(dir, AddressesFile))
	if err != nil {
		return DefaultAddress, nil //nolint:nilerr // not every administrator may read the folder; dialling will tell
	}
	var where hw.Addresses
	if err := json.Unmarshal([]byte(text), &where); err != nil {
		return "", fmt.Errorf("reading %s: %w", filepath.Join(dir, AddressesFile), err)
	}
	return where.Admin, nil
}

// IsLocal reports whether an address is one of this machine's loopback. Only
// there may a token travel unencrypted.
func IsLocal(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func readMark(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err //nolint:wrapcheck // a path error names the file
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxMarkBytes+1))
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", path, err)
	}
	if len(text) > maxMarkBytes {
		return "", fmt.Errorf("reading %s: %w", path, fs.ErrInvalid)
	}
	return string(text), nil
}
