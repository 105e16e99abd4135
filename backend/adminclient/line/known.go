package line

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

// here is the id of the connection to the service of this machine.
const here = "here"

// mostKnown bounds the list, fileBytes what is read of it.
const (
	mostKnown = 50
	fileBytes = 64 << 10
)

// Connection is a Headwater this window knows. Its id is its fingerprint.
type Connection struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	// Fingerprint is the SHA-256 of its certificate, hex; empty for the one here.
	Fingerprint string `json:"fingerprint,omitempty"`
	Current     bool   `json:"current,omitempty"`
}

func find(known []Connection, id string) (Connection, bool) {
	i := slices.IndexFunc(known, func(c Connection) bool { return c.ID == id })
	if i < 0 {
		return Connection{}, false
	}
	return known[i], true
}

// Connections lists the service of this machine, then the others.
func (k *Keeper) Connections() []Connection {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := append([]Connection{{ID: here}}, k.known...)
	for i := range all {
		all[i].Current = all[i].ID == k.current
	}
	return all
}

// Add remembers another Headwater once it has shown that certificate.
func (k *Keeper) Add(ctx context.Context, address, fingerprint string) error {
	pinned, err := adminclient.Pinned(fingerprint)
	if err != nil {
		return err //nolint:wrapcheck // an *hw.Error in words for the page
	}
	address = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(address), "https://"), "/")
	if _, _, err := net.SplitHostPort(address); err != nil {
		return hw.Errorf(hw.CodeBadRequest, "%q is not an address: write it as host:port.", address).At("address")
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	if _, err := adminclient.SetupState(ctx, adminclient.Config{Address: "https://" + address, TLS: pinned}); err != nil {
		return err //nolint:wrapcheck // an *hw.Error in words for the page
	}
	c := Connection{ID: plain(fingerprint), Address: address, Fingerprint: plain(fingerprint)}
	return k.keep(func(known []Connection) ([]Connection, error) {
		known = slices.DeleteFunc(known, func(one Connection) bool { return one.ID == c.ID })
		if len(known) >= mostKnown {
			return nil, hw.Errorf(hw.CodeTooLarge, "A window knows %d Headwaters at most.", mostKnown)
		}
		return append(known, c), nil
	})
}

// Remove forgets a Headwater; the window goes back to this machine's.
func (k *Keeper) Remove(id string) error {
	err := k.keep(func(known []Connection) ([]Connection, error) {
		return slices.DeleteFunc(known, func(one Connection) bool { return one.ID == id }), nil
	})
	if k.State().ID == id {
		return errors.Join(err, k.Use(here))
	}
	return err
}

// Use changes over to a connection.
func (k *Keeper) Use(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := find(k.known, id); !known && id != here {
		return hw.Errorf(hw.CodeNotFound, "This window does not know that Headwater any more.")
	}
	k.current = id
	delete(k.away, id)
	k.cut()
	return nil
}

// keep changes the list on the disk first, then here.
func (k *Keeper) keep(change func([]Connection) ([]Connection, error)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, err := change(slices.Clone(k.known))
	if err != nil {
		return err
	}
	if err := save(k.config.File, known); err != nil {
		return err
	}
	k.known = known
	return nil
}

// plain is a fingerprint without its ornaments; Pinned has checked it.
func plain(fingerprint string) string {
	keep := func(r rune) rune {
		if strings.ContainsRune("0123456789abcdef", r) {
			return r
		}
		return -1
	}
	text := strings.Map(keep, strings.TrimPrefix(strings.ToLower(strings.TrimSpace(fingerprint)), "sha256:"))
	return text[:min(len(text), hex.EncodedLen(32))]
}

// load reads the list. A file that cannot be understood is moved aside, so
// that it neither keeps the window from opening nor is lost.
func load(file string) ([]Connection, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var raw []byte
	if err == nil && info.Size() <= fileBytes {
		raw, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the known connections: %w", err)
	}
	var known []Connection
	if json.Unmarshal(raw, &known) == nil {
		return known, nil
	}
	if err := os.Rename(file, file+time.Now().Format(".damaged-20060102-150405")); err != nil {
		return nil, fmt.Errorf("moving a damaged list of connections aside: %w", err)
	}
	return nil, nil
}

// save replaces the list in one step, readable by its owner only.
func save(file string, known []Connection) error {
	raw, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the known connections: %w", err)
	}
	err = os.MkdirAll(filepath.Dir(file), 0o700)
	if err == nil {
		err = os.WriteFile(file+".new", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(file+".new", file)
	}
	if err != nil {
		return fmt.Errorf("keeping the known connections: %w", err)
	}
	return nil
}
