package secret

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// FileName is the name of the key file inside the state directory.
const FileName = "secret.key"

// maxFile bounds the key file. Unit: bytes. One key takes about 70.
const maxFile = 64 << 10

// keyFile is what the key file holds.
type keyFile struct {
	// seals are the sealing keys, the current one first; never empty.
	seals []rootKey
	// audit is the root of the audit key.
	audit []byte
}

// rootKey is one sealing key with the id that sealed values carry.
type rootKey struct {
	id  string
	key []byte
}

// Open reads the key file of a state directory, or makes one when there is
// none. A file that others may read is refused: its keys must be taken as known.
func Open(dir string) (*Box, error) {
	path := filepath.Join(dir, FileName)
	text, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = writeKeyFile(dir, path); err == nil || errors.Is(err, fs.ErrExist) {
			text, err = readKeyFile(path)
		}
	}
	if err != nil {
		return nil, err
	}
	f, err := parseKeyFile(text)
	if err != nil {
		return nil, fmt.Errorf("reading key file %s: %w; restore it from a copy, as nothing else opens the stored provider keys", path, err)
	}
	return newBox(f)
}

// readKeyFile returns the file's text after checking who may read it.
func readKeyFile(path string) (_ []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the key file: %w", err)
	}
	defer file.Close() // read only: nothing to lose
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening the key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s is not a regular file", path)
	}
	// Windows knows no mode bits; the state directory's access list guards the file there.
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, fmt.Errorf("key file %s may be read by others (mode %04o): run chmod 600 on it, and replace the provider keys if anyone else uses this machine", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the key file %s: %w", path, err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("key file %s is larger than %d bytes", path, maxFile)
	}
	return text, nil
}

// writeKeyFile makes a key file with fresh keys and has it on disk, name and
// all, before anything is sealed with it.
func writeKeyFile(dir, path string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("making the key file: %w", err)
	}
	_, err = file.Write(newKeyFile())
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		// A file that is cut short would only be in the way of the next start.
		return errors.Join(fmt.Errorf("making the key file %s: %w", path, err), os.Remove(path))
	}
	return syncDir(dir)
}

// syncDir puts a new name on disk. Windows cannot open a directory for this
// and does it by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("syncing the state directory: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("syncing the state directory: %w", err)
	}
	return nil
}

// newKeyFile writes the text of a key file with fresh keys.
func newKeyFile() []byte {
	roots := make([]byte, 2*rootBytes+8)
	rand.Read(roots) // never fails: it ends the process when there is no randomness
	var text bytes.Buffer
	text.WriteString("# Headwater's key file. Keep a copy apart from the database: without it the\n" +
		"# stored provider keys are lost. The first seal line seals, all of them open.\n")
	fmt.Fprintf(&text, "seal %s %s\n", "k"+hex.EncodeToString(roots[2*rootBytes:]), encode(roots[:rootBytes]))
	fmt.Fprintf(&text, "audit %s\n", encode(roots[rootBytes:2*rootBytes]))
	return text.Bytes()
}

// parseKeyFile reads lines of "seal <id> <key>" and one of "audit <key>".
// Errors name the line, never its content.
func parseKeyFile(text []byte) (keyFile, error) {
	var f keyFile
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := f.add(words); err != nil {
			return keyFile{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
	switch {
	case lines.Err() != nil:
		return keyFile{}, lines.Err()
	case len(f.seals) == 0:
		return keyFile{}, errors.New("there is no seal line")
	case f.audit == nil:
		return keyFile{}, errors.New("there is no audit line")
	}
	return f, nil
}

// add takes one line, split into words.
func (f *keyFile) add(words []string) error {
	switch {
	case words[0] == "seal" && len(words) == 3:
		if !idRule.MatchString(words[1]) {
			return errors.New("a key id is 1 to 32 characters of a-z and 0-9")
		}
		for _, other := range f.seals {
			if other.id == words[1] {
				return errors.New("this key id is there already")
			}
		}
		key, err := root(words[2])
		if err != nil {
			return err
		}
		f.seals = append(f.seals, rootKey{words[1], key})
		return nil
	case words[0] == "audit" && len(words) == 2 && f.audit == nil:
		key, err := root(words[1])
		f.audit = key
		return err
	}
	return errors.New("a line is 'seal <id> <key>' or, once, 'audit <key>'")
}

// root decodes a key of the file.
func root(word string) ([]byte, error) {
	key, err := decode(word)
	if err != nil || len(key) != rootBytes {
		return nil, fmt.Errorf("a key is %d bytes in URL-safe base64 without padding", rootBytes)
	}
	return key, nil
}

var idRule = regexp.MustCompile(`^[a-z0-9]{1,32}$`)
