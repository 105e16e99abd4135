//go:build unix

package listen

import (
	"fmt"
	"syscall"
)

// FileLimit is how many files this process may have open; 0 when unknown.
func FileLimit() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Cur) //nolint:unconvert // signed on some systems
}

// RaiseFileLimit raises the number of files this process may have open to
// what the system allows it and returns what it is then.
func RaiseFileLimit() (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("reading the limit of open files: %w", err)
	}
	if limit.Cur >= limit.Max {
		return FileLimit(), nil
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return FileLimit(), fmt.Errorf("raising the limit of open files: %w", err)
	}
	return FileLimit(), nil
}
