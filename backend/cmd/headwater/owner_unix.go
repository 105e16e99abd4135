//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// giveBack leaves what root has made in a state directory to the account that
// owns the directory: the service could not open its own database otherwise.
func giveBack(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("giving the files to the service: %w", err)
	}
	defer root.Close()
	uid, gid, err := ownerOf(root, ".")
	if err != nil || uid == 0 {
		return err
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return fmt.Errorf("giving the files to the service: %w", err)
	}
	for _, entry := range entries {
		have, _, err := ownerOf(root, entry.Name())
		if err == nil && have == 0 {
			err = root.Lchown(entry.Name(), uid, gid)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("giving %s to the service: %w", entry.Name(), err)
		}
	}
	return nil
}

func ownerOf(root *os.Root, name string) (uid, gid int, err error) {
	info, err := root.Lstat(name)
	if err != nil {
		return 0, 0, fmt.Errorf("asking who owns %s: %w", name, err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, nil
	}
	return int(st.Uid), int(st.Gid), nil
}
