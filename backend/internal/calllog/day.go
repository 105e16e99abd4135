package calllog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"headwater/backend/hw"
)

// day is a UTC day as YYYYMMDD, the form that file names and cursors use.
// Days compare as numbers do.
type day int

// dayOf is the UTC day of a moment.
func dayOf(t time.Time) day {
	y, m, d := t.UTC().Date()
	return day(y*10_000 + int(m)*100 + d)
}

// start is the day's first moment.
func (d day) start() time.Time {
	n := int(d)
	return time.Date(n/10_000, time.Month(n/100%100), n%100, 0, 0, 0, 0, time.UTC)
}

// add is the day n days later.
func (d day) add(n int) day { return dayOf(d.start().AddDate(0, 0, n)) }

// parseDay reads exactly what a day's name is made of.
func parseDay(text string) (day, bool) {
	t, err := time.Parse("20060102", text)
	if err != nil || len(text) != 8 {
		return 0, false
	}
	return dayOf(t), true
}

const (
	filePrefix = "calls-"
	fileSuffix = ".db"
)

func (d day) file(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("%s%08d%s", filePrefix, int(d), fileSuffix))
}

// dayOfFile reads a file name of the log: the day, and what follows ".db".
func dayOfFile(name string) (d day, rest string, ok bool) {
	text, ok := strings.CutPrefix(name, filePrefix)
	if !ok || len(text) < 8 {
		return 0, "", false
	}
	if d, ok = parseDay(text[:8]); !ok {
		return 0, "", false
	}
	rest, ok = strings.CutPrefix(text[8:], fileSuffix)
	return d, rest, ok
}

// daysIn lists the days that have a file, oldest first.
func daysIn(dir string) ([]day, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("listing the call files: %w", err)
	}
	var days []day
	for _, e := range entries {
		if d, rest, ok := dayOfFile(e.Name()); ok && rest == "" {
			days = append(days, d)
		}
	}
	slices.Sort(days)
	return days, nil
}

// sideFiles are what SQLite keeps beside a file in use.
func sideFiles() []string { return []string{"-wal", "-shm"} }

// moveAside renames a damaged day file, so that traffic can go on in a new one
// and nothing is lost that somebody could still repair. Nobody in this process
// may have the file open.
func moveAside(path string) (to string, err error) {
	to = path + ".damaged"
	// The tenth damage of one day replaces the ninth: a disk that eats files
	// must not be filled with them.
	for n := 2; n <= 9; n++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = fmt.Sprintf("%s.damaged%d", path, n)
	}
	if err := os.Rename(path, to); err != nil {
		return "", fmt.Errorf("moving a damaged call file aside: %w", err)
	}
	for _, side := range sideFiles() {
		if err := os.Rename(path+side, to+side); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return to, fmt.Errorf("moving a damaged call file aside: %w", err)
		}
	}
	return to, nil
}

// removeBefore deletes every file of the days before first, damaged ones
// included, except where keep says that somebody has it open.
func removeBefore(dir string, first day, keep func(day) bool) (removed int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("listing the call files: %w", err)
	}
	for _, e := range entries {
		d, rest, ok := dayOfFile(e.Name())
		if !ok || d >= first || keep(d) {
			continue
		}
		rmErr := os.Remove(filepath.Join(dir, e.Name()))
		if rmErr != nil && !errors.Is(rmErr, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("deleting an old call file: %w", rmErr))
			continue
		}
		if rest == "" {
			removed++
		}
	}
	return removed, err
}

// The row's key: 48 bits of milliseconds and 12 of order within them, as a
// UUIDv7 of this process has them, and 3 bits of its randomness.
const (
	seqSpare = 3
	seqOrder = 12
)

// seqOf finds the key of an id made by hw.NewID; ok is false for another.
func seqOf(id string) (seq int64, ok bool) {
	if !hw.IsID(hw.PrefixCall, id) {
		return 0, false
	}
	digits := id[len(hw.PrefixCall)+1:]
	if digits[12] != '7' { // the version
		return 0, false
	}
	for i, c := range []byte(digits[:16]) {
		if i != 12 {
			seq = seq<<4 | int64(hexDigit(c))
		}
	}
	return seq<<seqSpare | int64(hexDigit(digits[31])&(1<<seqSpare-1)), true
}

// hexDigit is the value of a digit that is known to be one.
func hexDigit(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// seqAt is the first key of a moment.
func seqAt(t time.Time) int64 { return max(t.UnixMilli(), 0) << (seqOrder + seqSpare) }

// dayOfSeq is the day a key was made in.
func dayOfSeq(seq int64) day { return dayOf(time.UnixMilli(seq >> (seqOrder + seqSpare))) }
