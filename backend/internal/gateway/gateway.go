// Package gateway carries one call from the caller's socket to an upstream's
// answer and into the log: the data path.
//
// It reads one immutable snapshot, keeps no configuration and touches no
// database: what it needs of the rest of the house comes through the small
// ports in Config. The steps know no HTTP library; the fronts do (see front.go).
// Its one invariant: every call that was accepted is finished exactly once,
// whatever happens in between.
package gateway

import (
	"errors"
	"log/slog"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// The bounds of one call. Source: the security design, "The edge".
const (
	maxBody        = 32 << 20 // a replayable request body
	maxAnswer      = 64 << 20 // a plain answer
	maxErrorBody   = 256 << 10
	maxTriesTier   = 3 // per tier, before commit; key faults not counted
	maxHeldEvents  = 64
	maxHeldBytes   = 256 << 10
	maxHeldTime    = 2 * time.Second
	minDeadline    = 50 * time.Millisecond
	maxKeyLen      = 512
	maxModel       = 200 // no route's name is longer
	maxModelShown  = 200
	readBufferSize = 32 << 10
)

// CallSink takes finished calls. It must not block and owns what it is given.
type CallSink interface {
	Record(c *hw.Call)
}

// Config is what a Gateway is made of; all fields are required.
type Config struct {
	Snapshots *snapshot.Holder
	Health    *health.Registry
	Upstreams *upstream.Pool
	Calls     CallSink
	// Inbound is the dialect that callers speak at the data listener.
	Inbound dialect.Inbound
	// Outbound lists the dialects of upstreams by name.
	Outbound map[string]dialect.Outbound
	Planner  *route.Planner
	Log      *slog.Logger
}

// Gateway serves calls. Safe for concurrent use.
type Gateway struct {
	Config
}

// New makes a Gateway.
func New(c Config) (*Gateway, error) {
	if c.Snapshots == nil || c.Health == nil || c.Upstreams == nil || c.Calls == nil ||
		c.Inbound == nil || c.Outbound == nil || c.Planner == nil || c.Log == nil {
		return nil, errors.New("making the gateway: every part of the configuration is required")
	}
	return &Gateway{Config: c}, nil
}
