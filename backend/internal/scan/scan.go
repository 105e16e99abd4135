// Package scan looks for model engines: on this machine, or on a private
// network that somebody named.
//
// It tries the ports where the engines of the catalogue usually are, and asks
// whoever listens there who they are; a port alone says nothing. It sends no key
// and follows no redirect. Its one invariant: it connects to nothing but the
// addresses of its plan, each checked again at the moment of connecting, and
// never to this gateway itself.
package scan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/engine"
	"headwater/backend/internal/job"
)

// The bounds of a scan.
const (
	atOnce = 32 // ports being tried

	connectTime = 300 * time.Millisecond // to an open port on this machine or its network
	answerTime  = 2 * time.Second        // for one answer
	engineTime  = 6 * time.Second        // for all answers of one port
	hereTime    = 15 * time.Second       // for this machine
	rangeTime   = 5 * time.Minute        // for a network: 1,024 silent addresses take 3 minutes

	maxBody   = 1 << 20  // bytes of all answers of one port
	maxHead   = 64 << 10 // bytes of its head
	maxFound  = 256      // engines in a report
	maxModels = 200      // models of one
)

// morePorts are usual ports of engines beside those in the catalogue's
// addresses: Text Generation Inference in its container (3000) and LiteLLM (4000).
var morePorts = [...]uint16{3000, 4000}

// compatible is the provider of an engine that the catalogue does not have.
const compatible = "openai-compatible"

// Config is what a Scanner works with; all of it is required.
type Config struct {
	// Providers are those of the catalogue in force. The addresses of the local
	// ones say where to look.
	Providers func() []hw.Provider
	// Refuses says why an address must not be asked: this gateway's own
	// listeners, metadata and link-local addresses. Empty means it may.
	Refuses func(netip.AddrPort) string
}

// Scanner looks for engines. It is safe for concurrent use; one scan of this
// machine runs at a time, the others wait for it.
type Scanner struct {
	config Config
	turn   chan struct{} // holds the place of the scan of this machine
	// resolve finds the addresses of a host's name.
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// New makes a scanner.
func New(c Config) (*Scanner, error) {
	if c.Providers == nil || c.Refuses == nil {
		return nil, errors.New("making the scanner: providers and refusals are required")
	}
	return &Scanner{
		config: c, turn: make(chan struct{}, 1),
		resolve: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host) //nolint:wrapcheck // plan says what was looked up
		},
	}, nil
}

// Plan is where a scan looks. Its zero value is this machine.
type Plan struct {
	// Range is what was named; empty for this machine.
	Range string
	// host is the name under which the addresses were found; empty for a network.
	host  string
	addrs []netip.Addr
}

// here is this machine: an engine may listen on one of the two only.
func here() []netip.Addr {
	return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
}

// run is one scan under way.
type run struct {
	config    Config
	plan      Plan
	providers []hw.Provider
	ports     []uint16

	mu sync.Mutex
	// The fields below are guarded by mu.
	found  []hw.FoundEngine
	silent int
}

// Run carries out a plan and reports after each port how far it is. It ends
// early with ctx, whose error it then returns, and at its own bound, which the
// report says.
func (s *Scanner) Run(ctx context.Context, plan Plan, report func(done, total int64)) (hw.ScanReport, error) {
	began, limit := time.Now(), rangeTime
	if plan.Range == "" {
		plan.addrs, limit = here(), hereTime
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-ctx.Done():
			return hw.ScanReport{}, ctx.Err() //nolint:wrapcheck // the caller's own
		}
	}
	r := &run{config: s.config, plan: plan, providers: s.config.Providers()}
	r.ports = ports(r.providers)
	scanning, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	places := r.places()
	stopped := job.Each(scanning, len(places), atOnce, report, func(i int) { r.look(scanning, places[i]) })
	if ctx.Err() != nil {
		return hw.ScanReport{}, ctx.Err() //nolint:wrapcheck // as above
	}
	return r.conclude(began, stopped != nil, limit), nil
}

// place is a port with the addresses at which it may be open.
type place struct {
	addrs []netip.Addr
	port  uint16
}

// places are what is tried, in order. The two addresses of this machine are one
// place: nearly everything listens on both or on the first.
func (r *run) places() []place {
	var all []place
	if r.plan.Range == "" || r.plan.host != "" {
		for _, port := range r.ports {
			all = append(all, place{r.plan.addrs, port})
		}
		return all
	}
	for _, addr := range r.plan.addrs {
		for _, port := range r.ports {
			all = append(all, place{[]netip.Addr{addr}, port})
		}
	}
	return all
}

// look tries the addresses of a place until one is open.
func (r *run) look(ctx context.Context, p place) {
	for _, addr := range p.addrs {
		at := netip.AddrPortFrom(addr, p.port)
		if r.config.Refuses(at) != "" {
			continue
		}
		who, open, ok := r.ask(ctx, at)
		if !open {
			continue
		}
		r.note(at, who, ok)
		return
	}
}

// note keeps what was learned of an open port.
func (r *run) note(at netip.AddrPort, who engine.Identity, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !known {
		r.silent++
		return
	}
	r.found = append(r.found, r.describe(at, who))
}

// ask finds out who listens at an address.
func (r *run) ask(ctx context.Context, at netip.AddrPort) (who engine.Identity, open, ok bool) {
	asking, cancel := context.WithTimeout(ctx, engineTime)
	defer cancel()
	g := newGetter(at, func(_, address string, _ syscall.RawConn) error { return r.guard(at, address) })
	defer g.close()
	who, ok = engine.Identify(asking, g.get)
	return who, g.connected.Load(), ok
}

var errElsewhere = errors.New("not an address of the scan")

// guard checks an address at the moment of connecting.
func (r *run) guard(at netip.AddrPort, address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || to != at {
		return errElsewhere
	}
	if why := r.config.Refuses(at); why != "" {
		return fmt.Errorf("%w: %s", errElsewhere, why)
	}
	return nil
}

// describe puts what an engine said in the words of the catalogue.
func (r *run) describe(at netip.AddrPort, who engine.Identity) hw.FoundEngine {
	host := at.Addr().String()
	if r.plan.host != "" {
		host = r.plan.host
	}
	address := net.JoinHostPort(host, strconv.Itoa(int(at.Port())))
	found := hw.FoundEngine{
		Name: who.Name, Provider: compatible, Dialect: "openai", Version: who.Version, Address: address,
		BaseURL: "http://" + address + who.Root, Models: []string{}, NeedsKey: who.NeedsKey,
	}
	if i := slices.IndexFunc(r.providers, func(p hw.Provider) bool { return who.ID != "" && p.ID == who.ID }); i >= 0 {
		p := r.providers[i]
		found.Provider, found.Dialect = p.ID, p.Dialect
		if base, err := url.Parse(p.BaseURL); err == nil && p.BaseURL != "" {
			found.BaseURL = "http://" + address + strings.TrimRight(base.Path, "/")
		}
	}
	if found.Name == "" {
		found.Name = "OpenAI-compatible"
	}
	for _, model := range who.Models {
		switch {
		case !hw.IsModelName(model):
		case len(found.Models) < maxModels:
			found.Models = append(found.Models, model)
		default:
			found.ModelsMore++
		}
	}
	return found
}

// conclude gives the report.
func (r *run) conclude(began time.Time, stopped bool, limit time.Duration) hw.ScanReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortFunc(r.found, func(a, b hw.FoundEngine) int { return compareAddresses(a.Address, b.Address) })
	out := hw.ScanReport{
		Range: r.plan.Range, Addresses: len(r.plan.addrs), Ports: len(r.ports), Silent: r.silent,
		Found: append([]hw.FoundEngine{}, r.found[:min(len(r.found), maxFound)]...),
		More:  max(len(r.found)-maxFound, 0), At: began.UTC(), TookMs: float64(time.Since(began).Microseconds()) / 1000,
	}
	if stopped {
		out.Stopped, out.StoppedSaid = hw.Tell(hw.Say("scan.stopped", "limit", limit))
	}
	return out
}

// compareAddresses sorts by number where both are numbers.
func compareAddresses(a, b string) int {
	x, errX := netip.ParseAddrPort(a)
	y, errY := netip.ParseAddrPort(b)
	if errX != nil || errY != nil {
		return strings.Compare(a, b)
	}
	return x.Compare(y)
}

// ports are those of the local engines in the catalogue, and morePorts.
func ports(providers []hw.Provider) []uint16 {
	list := slices.Clone(morePorts[:])
	for _, p := range providers {
		base, err := url.Parse(p.BaseURL)
		if !p.Local || err != nil || base.Scheme != "http" {
			continue
		}
		if n, err := strconv.ParseUint(base.Port(), 10, 16); err == nil && n > 0 {
			list = append(list, uint16(n))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
