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
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/cache"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/health"
	"headwater/backend/internal/room"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// The bounds of one call. Source: the security design, "The edge".
const (
	maxBody        = 32 << 20 // a replayable request body
	maxAnswer      = 64 << 20 // a plain answer
	maxErrorBody   = 256 << 10
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
	// Inbound are the dialects that callers speak at the data listener: the
	// first that knows a path has it. The last one answers where none does.
	Inbound []dialect.Inbound
	// Outbound lists the dialects of upstreams by name.
	Outbound map[string]dialect.Outbound
	Planner  *route.Planner
	Log      *slog.Logger
	// Room is where calls wait for a place; the registry's Freed is its Offer.
	Room *room.Room
	// Cache remembers answers for the routes that have a cache tier.
	Cache *cache.Store
	// Later keeps the calls of deferred tiers. Nil means that there is no place
	// for them: such tiers are passed over.
	Later Later
	// Answers keeps what callers may continue by its id. Nil means that there is
	// no place for them: only an upstream that keeps them itself can.
	Answers Answers
	// Drills are the fire drills that calls may be part of; nil means none.
	Drills *drill.Runner
	// MaxCalls bounds the calls under way where the settings do not; zero means
	// no bound.
	MaxCalls int64
	// KeepAlive is how long a stream may be silent before its caller gets a sign
	// of life; zero means 15 s.
	KeepAlive time.Duration
	// MaxBodies bounds the bytes of all requests under way; zero means no bound.
	MaxBodies int64
	// Fetch gets images and documents from the addresses in requests. Nil means
	// that none are fetched.
	Fetch Fetcher
}

// Later keeps calls that are answered later.
type Later interface {
	// Keep takes a call with its request: header fields and body. An error means that it was not taken.
	Keep(ctx context.Context, d hw.Deferred, request []byte) error
	// Find gives a call, and its answer once there is one. CodeNotFound means
	// that there is none of that id.
	Find(ctx context.Context, id string) (hw.Deferred, []byte, error)
}

// Gateway serves calls. Safe for concurrent use.
type Gateway struct {
	Config
	budget budget
	held   holding
	bodies atomic.Int64 // bytes of the requests under way
	aside  aside
	proofs *cache.Store
	// fetching holds a place for each fetch under way.
	fetching *fetchRoom
}

// New makes a Gateway.
func New(c Config) (*Gateway, error) {
	if c.Snapshots == nil || c.Health == nil || c.Upstreams == nil || c.Calls == nil ||
		len(c.Inbound) == 0 || c.Outbound == nil || c.Planner == nil || c.Log == nil || c.Room == nil || c.Cache == nil {
		return nil, errors.New("making the gateway: every part of the configuration is required")
	}
	g := &Gateway{Config: c, proofs: cache.New(maxProofs), fetching: newFetchRoom()}
	g.aside.open()
	return g, nil
}
