package ossvc

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// TokenFile is the name of the shared token inside the runtime directory.
const TokenFile = "admin.token"

// ShareToken puts the token of local administration into the runtime directory
// that the unit asks for, readable by AdminGroup only, and returns its path.
// Outside of such a service there is nobody to share with: the path is empty.
// systemd removes the directory when the service stops.
func ShareToken(token string) (string, error) {
	dir := os.Getenv("RUNTIME_DIRECTORY")
	if filepath.Base(dir) != Name {
		return "", nil
	}
	group, err := user.LookupGroup(AdminGroup)
	if err != nil {
		return "", fmt.Errorf("looking up the administrators' group: %w", err)
	}
	gid, err := strconv.Atoi(group.Gid)
	if err != nil {
		return "", fmt.Errorf("reading the id of group %q: %w", AdminGroup, err)
	}
	return shareToken(dir, gid, token)
}

func shareToken(dir string, gid int, token string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", fmt.Errorf("opening the runtime directory: %w", err)
	}
	defer root.Close()
	// Made anew and closed to others from its first moment; the group gets in
	// only after the file is the group's.
	if err := root.Remove(TokenFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("removing an older token: %w", err)
	}
	f, err := root.OpenFile(TokenFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("making the shared token: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	err = errors.Join(err, f.Chown(-1, gid), f.Chmod(0o640), f.Close())
	if err != nil {
		return "", fmt.Errorf("sharing the token with group %d: %w", gid, err)
	}
	return filepath.Join(dir, TokenFile), nil
}
