package appliance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"headwater/backend/hw"
	"headwater/backend/internal/listen"
)

// doors knows where the listeners answer, for everyone who must know before or
// after they open.
type doors struct {
	open atomic.Pointer[openDoors]
}

type openDoors struct {
	addresses hw.Addresses
	doors     []*listen.Door
}

func (d *doors) set(a hw.Addresses, open ...*listen.Door) {
	d.open.Store(&openDoors{addresses: a, doors: open})
}

// addresses are those of the open listeners; empty before they open.
func (d *doors) addresses() hw.Addresses {
	if o := d.open.Load(); o != nil {
		return o.addresses
	}
	return hw.Addresses{}
}

// url is how a person on this machine reaches an open listener.
func (d *doors) url(address string) string {
	if o := d.open.Load(); o != nil {
		for _, door := range o.doors {
			if door.Addr().String() == address {
				return door.URL()
			}
		}
	}
	return "http://" + address
}

// owns reports whether a dial to addr would reach this process.
func (d *doors) owns(addr *net.TCPAddr) bool {
	o := d.open.Load()
	return o != nil && slices.ContainsFunc(o.doors, func(door *listen.Door) bool { return door.Owns(addr) })
}

// addressesFile is where scripts and the command line find a running service.
const addressesFile = "addresses.json"

// publishAddresses replaces the file in one step, so that nobody reads half of it.
func publishAddresses(dir string, a hw.Addresses) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encoding the addresses: %w", err)
	}
	path := filepath.Join(dir, addressesFile)
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(body, '\n'), 0o644); err != nil { //nolint:gosec // addresses are no secret and the directory is closed
		return fmt.Errorf("writing the addresses: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("publishing the addresses: %w", err)
	}
	return nil
}

// withdrawAddresses removes the file.
func withdrawAddresses(dir string) error {
	if err := os.Remove(filepath.Join(dir, addressesFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("withdrawing the addresses: %w", err)
	}
	return nil
}
