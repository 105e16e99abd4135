package appliance

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/adminapi"
	"headwater/backend/internal/listen"
)

// remoteDoor is administration for other machines: over TLS, with a
// certificate that clients know by its fingerprint, for members only. Nil
// where nobody has opened it.
type remoteDoor struct {
	door        *listen.Door
	api         *adminapi.Server
	fingerprint string
}

// openRemote binds the listener when there is to be one.
func (h *house) openRemote(ctx context.Context, page http.Handler) (*remoteDoor, error) {
	if h.opts.RemoteAdminListen == "" {
		return nil, nil //nolint:nilnil // closed is no error, and every method takes nil
	}
	names := append([]string{}, h.opts.RemoteAdminHosts...)
	if name, err := os.Hostname(); err == nil {
		names = append(names, strings.ToLower(name))
	}
	certificate, err := listen.Certificate(h.opts.StateDir, names)
	if err != nil {
		return nil, fmt.Errorf("opening remote administration: %w", err)
	}
	api, err := adminapi.New(adminapi.Config{ //nolint:contextcheck // its work is bounded by its own listener
		Admin: h.admin, Bus: h.bus, Log: h.log, Version: h.opts.Version, Remote: true, Page: page,
	})
	if err != nil {
		return nil, fmt.Errorf("building remote administration: %w", err)
	}
	door, err := listen.Open(ctx, listen.Config{
		Name: "remote admin", Address: h.opts.RemoteAdminListen, Handler: api, TLS: listen.ServerTLS(certificate),
		Hosts: func() []string { return names }, Log: h.log, Grace: h.opts.Grace,
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // names the listener itself
	}
	return &remoteDoor{door: door, api: api, fingerprint: listen.Fingerprint(certificate)}, nil
}

// with adds the door to others.
func (r *remoteDoor) with(doors []*listen.Door) []*listen.Door {
	if r == nil {
		return doors
	}
	return append(slices.Clip(doors), r.door)
}

// name tells where the door is.
func (r *remoteDoor) name(a *hw.Addresses) {
	if r != nil {
		a.RemoteAdmin, a.RemoteAdminFingerprint = r.door.Addr().String(), r.fingerprint
	}
}
