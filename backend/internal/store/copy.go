package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// keepCopies is how many copies of one schema version stay: a start that fails
// again and again may not fill the disk.
const keepCopies = 3

// copyBefore writes a checked copy of the file as it is into the directory
// "backup" beside it, and returns its path. The name carries date and schema
// version, so that a copy fits to the version of Headwater that can read it.
func (d *database) copyBefore(ctx context.Context, version int64) (string, error) {
	dir := filepath.Join(filepath.Dir(d.path), "backup")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	base := strings.TrimSuffix(filepath.Base(d.path), ".db")
	pattern := fmt.Sprintf("%s-schema%d-*.db", base, version)
	stamp := time.Now().UTC().Format("20060102T150405.000Z")
	path := filepath.Join(dir, strings.Replace(pattern, "*", stamp, 1))
	if err := d.copyTo(ctx, path); err != nil {
		return "", err
	}
	return path, pruneCopies(dir, pattern)
}

// copyTo writes a consistent copy under a passing name, and gives it its own
// only when it is whole and on disk.
func (d *database) copyTo(ctx context.Context, path string) error {
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if _, err := d.write.ExecContext(ctx, "VACUUM INTO $1", part); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := checkCopy(ctx, part); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := syncPath(part); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there
	}
	return syncPath(filepath.Dir(path))
}

// checkCopy looks through a copy before anyone relies on it.
func checkCopy(ctx context.Context, path string) (err error) {
	pool, err := sql.Open("sqlite", dataSource(path, "ro", readerPragmas(), "deferred"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	return quickCheck(ctx, pool, path)
}

// syncPath has a file or directory on disk when it returns.
func syncPath(path string) error {
	flag := os.O_RDWR
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		flag = os.O_RDONLY
	}
	file, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return fmt.Errorf("syncing %s: %w", path, err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("syncing %s: %w", path, err)
	}
	return nil
}

// pruneCopies removes the oldest copies of one schema version.
func pruneCopies(dir, pattern string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, entry := range entries {
		if matched, _ := filepath.Match(pattern, entry.Name()); matched {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names) // the stamp sorts by time
	for len(names) > keepCopies {
		if err := os.Remove(filepath.Join(dir, names[0])); err != nil {
			return err
		}
		names = names[1:]
	}
	return nil
}
