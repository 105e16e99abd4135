//go:build unix

package appliance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"headwater/backend/hw"
)

// takeLock makes sure that one process works on a state directory. The lock
// ends with the process, however it ends.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the state lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		_ = f.Close()
		return nil, hw.Errorf(hw.CodeUnavailable, "Another Headwater is using the state directory %s.", filepath.Dir(path))
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("taking the state lock: %w", err)
	}
	return f, nil
}
