package gateway

import (
	"context"
	"hash/maphash"
	"net/url"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// Head is the head of a request as a front read it.
type Head struct {
	Method, Path string
	// Query is the raw query without its question mark; may be empty.
	Query  string
	Header dialect.Header
	// Client is the caller's address without port.
	Client string
}

// get returns the first value of a field given by its canonical name.
func (h *Head) get(name string) string {
	if values := h.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// address is the path with its query, without a key in it.
func (h *Head) address() string {
	query, err := url.ParseQuery(h.Query)
	query.Del(queryKey)
	if err != nil || len(query) == 0 {
		return h.Path
	}
	return h.Path + "?" + query.Encode()
}

// Front is the connection a call came in on.
type Front interface {
	// Context ends when the caller hangs up.
	Context() context.Context
	// Body reads the whole body, at most limit bytes. It asks grow before it
	// takes so many bytes more of memory, and gives up with its error; that of no
	// bytes says that memory is short, and whoever is slow has to go. Errors are
	// *hw.Error.
	Body(limit int64, grow func(n int) error) ([]byte, error)
	// Begin sends the answer's head; length is -1 for a stream.
	Begin(status int, header dialect.Header, length int)
	// Write sends a piece of the answer; an error means the caller is gone.
	Write(p []byte) error
	// Flush pushes what was written to the wire.
	Flush() error
	// Abort closes the connection without an answer.
	Abort()
}

// Call is one request on its way. Each field is written by one step only,
// named above its group; later steps read.
type Call struct {
	// accept
	id      string
	start   time.Time
	head    Head
	front   Front
	ctx     context.Context //nolint:containedctx // the call is the unit of cancellation
	snap    *snapshot.Snapshot
	in      dialect.Inbound
	op      dialect.Operation
	problem *hw.Error // what accept found wrong; reported by identify
	later   string    // the deferred call that this is the answer to; empty for an ordinary one
	vouched bool      // who it is for was said by the administration: no secret is asked for
	madeAt  time.Time // when its caller made the call, and drawn the id it has for percentages:
	drawn   string    // those of the first call where this is the answer to a deferred one

	// identify
	key *snapshot.Key

	// decode
	body     []byte
	weight   int64 // bytes counted among the bodies under way; see weigh
	peek     dialect.Peek
	route    *snapshot.Route
	from     string // the target that gave what the call continues; see thread
	joined   []byte // the body with all that was said before; nil for the body itself
	lost     string // the id of an answer that is not kept here
	keeps    bool   // the answer is to be kept
	deadline time.Time
	states   *health.Registry // those of everybody, or of the drill it is part of
	planner  *route.Planner
	scene    drill.Scene

	// plan; it also takes out of route the tiers that do not take the call, and
	// the targets that lack what it needs
	plan      []route.Candidate
	planBuf   [4]route.Candidate
	estimate  int64           // tokens of the request; 0 until somebody asks
	lacking   route.Lacking   // the targets that lack something, passed over or not
	unthinned *snapshot.Route // the route with them; nil when none was taken out

	// attempt
	attempts []hw.Attempt
	tried    []tried
	request  *dialect.Request    // the neutral form, made when a target needs it
	forgot   bool                // the target that gave what the call continues does not know it any more; see remind
	fetched  map[string]fetched  // what came of the addresses in it; see inline
	copied   int                 // bytes of that which are counted because they stand in it again
	unfit    error               // why the first of those targets cannot serve this request at all
	live     *exchange           // the attempt that answers
	ready    *ready              // or what answers in its place: the cache, a script
	shed     bool                // every target that is well was full for too long
	spent    []string            // the models that were asked beside others
	doubts   []doubt             // failures whose blame is open
	hash     uint64              // of what was asked; see fingerprint
	granted  string              // the target whose place the waiting room gave
	retried  bool                // the client's own retry holds a place of the budget
	copies   []<-chan hw.Attempt // what the copies that test targets found

	// relay, refuse: whoever sends the answer
	pulse     pulse // keeps the line alive until then
	status    int
	bytesOut  int64
	firstByte time.Duration
	failure   *hw.Error
	cut       bool // a stream had begun and was not finished
	left      bool // the caller did not take the whole answer
	dropped   string
	usage     *dialect.Usage
}

// answered reports whether the caller has its answer's head.
func (c *Call) answered() bool { return c.status != 0 }

// app returns the calling app; nil before identify.
func (c *Call) app() *snapshot.App {
	if c.key == nil {
		return nil
	}
	return c.key.App
}

// served reports whether something answers the call.
func (c *Call) served() bool { return c.live != nil || c.ready != nil || c.answered() }

// printSeed makes the hashes of requests; they mean nothing outside the process.
var printSeed = maphash.MakeSeed()

// fingerprint tells requests apart, for the poison guard.
func (c *Call) fingerprint() uint64 {
	if c.hash == 0 {
		c.hash = max(maphash.Bytes(printSeed, c.body)^c.app().Hash, 1)
	}
	return c.hash
}

// gone reports whether the caller hung up.
func (c *Call) gone() bool { return c.ctx.Err() != nil }

// tried is what the answer to the caller and the all-failed verdict need of
// one target: an attempt that failed, or a target that could not be tried.
type tried struct {
	target   *snapshot.Target
	class    hw.Class
	took     time.Duration
	waitTill time.Time // zero when unknown
	sent     bool
	timedOut bool
	broken   bool // the answer was malformed
	out      bool // a person took it out of use
	expired  bool // its credential has ended: no waiting brings it back
	unfit    bool // well or not, it cannot serve this request
}
