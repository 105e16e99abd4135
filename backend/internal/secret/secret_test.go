package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

const owner = "credential|crd_01|secret"

// open opens the box of a directory.
func open(t *testing.T, dir string) *Box {
	t.Helper()
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seal seals for the owner of the tests.
func seal(t *testing.T, b *Box, plain string) string {
	t.Helper()
	sealed, err := b.Seal([]byte(plain), owner)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSeal(t *testing.T) {
	b := open(t, t.TempDir())
	for _, plain := range []string{"sk-CANARY", "", strings.Repeat("x", 100_000), "\x00\xff"} {
		sealed := seal(t, b, plain)
		got, err := b.Open(sealed, owner)
		if err != nil || string(got) != plain {
			t.Errorf("%.20q came back as %.20q, %v", plain, got, err)
		}
		if plain != "" && strings.Contains(sealed, plain) {
			t.Errorf("the sealed text shows the value: %.80s", sealed)
		}
		if strings.ContainsAny(sealed, " \"\\|\n") {
			t.Errorf("the sealed text is not plain text: %.80s", sealed)
		}
	}
	if first, second := seal(t, b, "same"), seal(t, b, "same"); first == second {
		t.Error("equal values are sealed equally")
	}
	if _, err := b.Seal([]byte("x"), ""); err == nil {
		t.Error("sealed for nobody")
	}
	if _, err := b.Seal(make([]byte, maxPlain+1), owner); err == nil {
		t.Error("sealed without bound")
	}
}

func TestOpenRefuses(t *testing.T) {
	b := open(t, t.TempDir())
	sealed := seal(t, b, "sk-CANARY")
	parts := strings.Split(sealed, ".")
	other := strings.Split(seal(t, b, "sk-CANARY"), ".")
	stranger := seal(t, open(t, t.TempDir()), "sk-CANARY")
	for name, row := range map[string]struct {
		sealed, owner string
		want          error
	}{
		"another document":             {sealed, "credential|crd_02|secret", ErrDamaged},
		"another column":               {sealed, "credential|crd_01|token", ErrDamaged},
		"no owner":                     {sealed, "", ErrDamaged},
		"another box":                  {stranger, owner, ErrUnknownKey},
		"another box's key id swapped": {strings.Replace(stranger, strings.Split(stranger, ".")[1], parts[1], 1), owner, ErrDamaged},
		"the data key of another":      {strings.Join([]string{parts[0], parts[1], other[2], parts[3]}, "."), owner, ErrDamaged},
		"nothing":                      {"", owner, ErrDamaged},
		"another format":               {"v2" + sealed[2:], owner, ErrDamaged},
		"a part missing":               {strings.Join(parts[:3], "."), owner, ErrDamaged},
		"a part too many":              {sealed + ".AAAA", owner, ErrDamaged},
		"cut short":                    {sealed[:len(sealed)-3], owner, ErrDamaged},
		"padded":                       {sealed + "=", owner, ErrDamaged},
		"an empty data key":            {strings.Join([]string{parts[0], parts[1], "", parts[3]}, "."), owner, ErrDamaged},
		"an empty value":               {strings.Join([]string{parts[0], parts[1], parts[2], ""}, "."), owner, ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			plain, err := b.Open(row.sealed, row.owner)
			if !errors.Is(err, row.want) || plain != nil {
				t.Errorf("got %q, %v, want %v", plain, err, row.want)
			}
			if err != nil && strings.Contains(err.Error(), "CANARY") {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
	t.Run("any flipped bit", func(t *testing.T) {
		for part := range 4 {
			for i := range parts[part] {
				for bit := range 7 {
					changed := []byte(parts[part])
					changed[i] ^= 1 << bit
					text := strings.Join(append(append([]string{}, parts[:part]...), append([]string{string(changed)}, parts[part+1:]...)...), ".")
					if plain, err := b.Open(text, owner); err == nil {
						t.Fatalf("part %d, byte %d, bit %d: opened as %q", part, i, bit, plain)
					}
				}
			}
		}
	})
}

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	sealed := seal(t, first, "sk-CANARY")
	path := filepath.Join(dir, FileName)

	t.Run("is made for the owner only", func(t *testing.T) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("has mode %04o", info.Mode().Perm())
		}
	})
	t.Run("is read again and not made anew", func(t *testing.T) {
		again := open(t, dir)
		if plain, err := again.Open(sealed, owner); err != nil || string(plain) != "sk-CANARY" {
			t.Errorf("got %q, %v", plain, err)
		}
		if !bytes.Equal(first.AuditKey(), again.AuditKey()) || len(first.AuditKey()) != 32 {
			t.Error("the audit key changed")
		}
	})
	t.Run("is not shared by two directories", func(t *testing.T) {
		if bytes.Equal(first.AuditKey(), open(t, t.TempDir()).AuditKey()) {
			t.Error("two installations have one audit key")
		}
	})
	t.Run("does not show in the box", func(t *testing.T) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		shown := fmt.Sprintf("%v %+v %#v %s", first, first, first, first)
		for word := range strings.FieldsSeq(string(text)) {
			if len(word) >= 40 && strings.Contains(shown, word) {
				t.Error("the box prints its key")
			}
		}
		if strings.Contains(shown, "wrap:") {
			t.Errorf("the box prints its fields: %s", shown)
		}
	})
	t.Run("that others may read is refused", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("no mode bits on Windows")
		}
		for _, mode := range []os.FileMode{0o604, 0o640, 0o620, 0o601, 0o644} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir)
			if err == nil || !strings.Contains(err.Error(), "chmod 600") || !strings.Contains(err.Error(), path) {
				t.Errorf("mode %04o: got %v", mode, err)
			}
		}
	})
	t.Run("that is a directory is refused", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, FileName), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil {
			t.Error("took a directory")
		}
	})
	t.Run("that is there is never written over", func(t *testing.T) {
		dir := writeFile(t, "precious")
		path := filepath.Join(dir, FileName)
		if err := writeKeyFile(dir, path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("got %v", err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
			t.Errorf("the file holds %q now, %v", text, err)
		}
	})
	t.Run("cannot be made where there is no directory", func(t *testing.T) {
		if _, err := Open(filepath.Join(t.TempDir(), "nowhere")); err == nil {
			t.Error("took a directory that is not there")
		}
	})
	t.Run("is made once by two at the same time", func(t *testing.T) {
		dir := t.TempDir()
		var wg sync.WaitGroup
		boxes := make([]*Box, 8)
		for i := range boxes {
			// One that meets a half-written file is refused; none may replace it.
			wg.Go(func() { boxes[i], _ = Open(dir) })
		}
		wg.Wait()
		last := open(t, dir)
		for _, b := range boxes {
			if b != nil && !bytes.Equal(b.AuditKey(), last.AuditKey()) {
				t.Error("two boxes hold different keys")
			}
		}
	})
}

// writeFile puts a key file into a new directory.
func writeFile(t *testing.T, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// key is a root of the tests.
func key(b byte) string {
	return base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{b}, rootBytes))
}

func TestRekeying(t *testing.T) {
	audit := "audit " + key(9) + "\n"
	before := open(t, writeFile(t, "seal k1 "+key(1)+"\n"+audit))
	old := seal(t, before, "sk-CANARY")
	after := open(t, writeFile(t, "seal k2 "+key(2)+"\nseal k1 "+key(1)+"\n"+audit))
	if plain, err := after.Open(old, owner); err != nil || string(plain) != "sk-CANARY" {
		t.Errorf("the old key does not open: %q, %v", plain, err)
	}
	fresh := seal(t, after, "sk-CANARY")
	if !strings.HasPrefix(fresh, "v1.k2.") {
		t.Errorf("sealed with %.6s", fresh)
	}
	if _, err := before.Open(fresh, owner); !errors.Is(err, ErrUnknownKey) || !strings.Contains(err.Error(), "k2") {
		t.Errorf("got %v", err)
	}
	if !bytes.Equal(before.AuditKey(), after.AuditKey()) {
		t.Error("re-keying changed the audit key")
	}
	done := open(t, writeFile(t, "seal k2 "+key(2)+"\n"+audit))
	if _, err := done.Open(old, owner); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("got %v", err)
	}
	if _, err := done.Open(fresh, owner); err != nil {
		t.Error(err)
	}
	// One root under another name is another key.
	renamed := open(t, writeFile(t, "seal k3 "+key(1)+"\n"+audit))
	if _, err := renamed.Open(strings.Replace(old, ".k1.", ".k3.", 1), owner); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestDamagedKeyFile(t *testing.T) {
	seal, audit := "seal k1 "+key(1)+"\n", "audit "+key(9)+"\n"
	for name, text := range map[string]string{
		"empty":               "",
		"only a comment":      "# nothing\n",
		"no audit line":       seal,
		"no seal line":        audit,
		"two audit lines":     seal + audit + audit,
		"one id twice":        seal + seal + audit,
		"a key too short":     "seal k1 " + key(1)[:40] + "\n" + audit,
		"a key too long":      "seal k1 " + key(1) + "AAAA\n" + audit,
		"not base64":          "seal k1 " + strings.Repeat("*", 43) + "\n" + audit,
		"a bad id":            "seal K.1 " + key(1) + "\n" + audit,
		"a word too many":     "seal k1 " + key(1) + " x\n" + audit,
		"a line of its own":   "unseal k1 " + key(1) + "\n" + seal + audit,
		"cut short":           seal + audit[:20],
		"larger than allowed": seal + audit + strings.Repeat("# x\n", maxFile),
		"one endless line":    seal + audit + "#" + strings.Repeat("x", maxFile-200),
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeFile(t, text)
			_, err := Open(dir)
			if name == "one endless line" { // within the bound, and a comment
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, FileName)) {
				t.Fatalf("got %v, want an error that names the file", err)
			}
			if strings.Contains(err.Error(), key(1)[:20]) || strings.Contains(err.Error(), key(9)[:20]) {
				t.Errorf("the error shows a key: %v", err)
			}
			if left, err := os.ReadFile(filepath.Join(dir, FileName)); err != nil || string(left) != text {
				t.Error("the damaged file was replaced")
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	box, err := newBox(keyFile{seals: []rootKey{{"k1", make([]byte, rootBytes)}}, audit: make([]byte, rootBytes)})
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := box.Seal([]byte("sk-CANARY"), owner)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add("v1.k1..")
	f.Add("v1.k1.AAAA.AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		// The seeds hold the one value that was ever sealed with this key; no
		// change of the text may open as anything else.
		plain, err := box.Open(text, owner)
		if err == nil && string(plain) != "sk-CANARY" {
			t.Errorf("%q opened as %q", text, plain)
		}
	})
}

func FuzzKeyFile(f *testing.F) {
	f.Add(newKeyFile())
	f.Add([]byte("seal k1 " + key(1) + "\naudit " + key(2) + "\n"))
	f.Add([]byte("seal\naudit\n#\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := parseKeyFile(text)
		if err != nil {
			return
		}
		if len(file.audit) != rootBytes || len(file.seals) == 0 {
			t.Fatalf("accepted without keys: %q", text)
		}
		if _, err := newBox(file); err != nil {
			t.Errorf("accepted but not usable: %v", err)
		}
	})
}
