package adminclient_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/adminclient"
)

func TestFind(t *testing.T) {
	write := func(t *testing.T, dir, name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("reads what a running service wrote down", func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, adminclient.TokenFile, "secret\n")
		write(t, dir, adminclient.AddressesFile, `{"admin":"127.0.0.1:4711"}`)
		p, err := adminclient.Find(dir, false)
		if err != nil || p.Address != "127.0.0.1:4711" || p.Token != "secret" {
			t.Errorf("got %+v, %v", p, err)
		}
	})
	t.Run("knows the usual address when it may read nothing", func(t *testing.T) {
		p, err := adminclient.Find(filepath.Join(t.TempDir(), "absent"), false)
		if !errors.Is(err, fs.ErrNotExist) || p.Address != adminclient.DefaultAddress || p.Token != "" {
			t.Errorf("got %+v, %v", p, err)
		}
	})
	t.Run("says that a mark cannot be understood", func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, adminclient.TokenFile, "secret")
		write(t, dir, adminclient.AddressesFile, `{"admin":`)
		if _, err := adminclient.Find(dir, false); err == nil {
			t.Error("half a file was taken")
		}
		write(t, dir, adminclient.TokenFile, strings.Repeat("x", 1<<17))
		if _, err := adminclient.Find(dir, false); err == nil {
			t.Error("a file without a bound was read")
		}
	})
}
