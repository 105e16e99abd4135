package appliance

import (
	"fmt"

	"headwater/backend/internal/certify"
)

// newCertifier makes what makes live checks of models; routing learns at once
// what they show.
func (h *house) newCertifier() (*certify.Certifier, error) {
	c, err := certify.New(certify.Config{
		Snapshots: h.holder, Upstreams: h.pool, Outbound: outbound(), Keeper: h.store, Log: h.log, Version: h.opts.Version,
		Learned: h.shown.Put,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the live checks: %w", err)
	}
	return c, nil
}
