//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestGiveBack(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes files for others")
	}
	const service, other = 4242, 4243
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	for _, path := range []string{filepath.Join(dir, "made"), filepath.Join(dir, "others"), outside} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(filepath.Join(dir, "others"), other, other); err != nil {
		t.Fatal(err)
	}
	owner := func(path string) uint32 {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Sys().(*syscall.Stat_t).Uid
	}
	if err := giveBack(dir); err != nil || owner(filepath.Join(dir, "made")) != 0 {
		t.Fatalf("a folder of root's is root's: %v", err)
	}
	if err := os.Chown(dir, service, service); err != nil {
		t.Fatal(err)
	}
	if err := giveBack(dir); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]uint32{
		filepath.Join(dir, "made"): service, filepath.Join(dir, "others"): other, outside: 0,
	} {
		if got := owner(path); got != want {
			t.Errorf("%s belongs to %d, want %d", filepath.Base(path), got, want)
		}
	}
}
