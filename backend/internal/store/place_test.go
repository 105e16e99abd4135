package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"headwater/backend/hw"
)

// A change must not be acknowledged when it would end with the process.
func TestCommit_refusesWhenTheFileIsNotInPlace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be deleted there")
	}
	for name, harm := range map[string]func(path string) error{
		"deleted":                        os.Remove,
		"without its write-ahead log":    func(path string) error { return os.Remove(path + "-wal") },
		"replaced by a copy of itself":   replaceByCopy,
		"moved away":                     func(path string) error { return os.Rename(path, path+".old") },
		"replaced by an empty directory": func(path string) error { _ = os.Remove(path); return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			defer mustClose(t, s)
			fill(t, s, 1)
			_, before, err := s.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := harm(filepath.Join(dir, "headwater.db")); err != nil {
				t.Fatal(err)
			}
			w := Write{Document: Document{Kind: hw.KindTenant, ID: hw.NewIDFor(hw.KindTenant), Name: "late", Body: json.RawMessage(`{}`)}}
			_, err = s.Commit(t.Context(), Commit{Actor: "root", Action: "create", Writes: []Write{w}}, func(int64) error { return nil })
			if hw.CodeOf(err) != hw.CodeUnavailable {
				t.Errorf("the change gave %v", err)
			}
			// The open file is still read, and shows nothing of the change.
			if docs, after, err := s.Load(t.Context()); err != nil || after != before || len(docs) != 1 {
				t.Errorf("%d documents at generation %d, %v", len(docs), after, err)
			}
		})
	}
}

func replaceByCopy(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".copy", raw, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".copy", path)
}
