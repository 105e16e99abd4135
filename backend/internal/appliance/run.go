package appliance

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/adminapi"
	"headwater/backend/internal/life"
	"headwater/backend/internal/listen"
	"headwater/frontend"
)

// The addresses of an installation that says nothing else.
const (
	DefaultListen       = "127.0.0.1:4100"
	DefaultAdminListen  = "127.0.0.1:4101"
	DefaultPortalListen = "127.0.0.1:4102"
)

// DefaultGrace is how long calls under way may go on after a stop.
const DefaultGrace = 10 * time.Second

// The garbage collector trades memory for time: four times the live heap may be
// garbage, but the process stays within half a gigabyte where it can. GOGC and
// GOMEMLIMIT in the environment override both.
const (
	gcPercent   = 400
	memoryLimit = 512 << 20
)

// stopSlack is how much longer than the grace a listener may take to stop: it
// waits for the handlers of the calls it has cut, so that their rows are in the
// call log's queue before the call log stops.
const stopSlack = 5 * time.Second

// Run serves until ctx ends; then calls under way may finish.
func Run(ctx context.Context, opts Options) (err error) {
	tuneMemory()
	opts.Grace = cmp.Or(opts.Grace, DefaultGrace)
	h, err := open(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	h.restoreStates(ctx)
	h.restoreOperators(ctx)
	if limit, err := listen.RaiseFileLimit(); err != nil {
		h.log.Warn("raising the limit of open files", "error", err, "limit", limit)
	}
	page := frontend.New(frontend.FS(), frontend.Options{Absent: http.HandlerFunc(h.signpost)})
	api, err := adminapi.New(adminapi.Config{ //nolint:contextcheck // its work is bounded by its own listener
		Admin: h.admin, Bus: h.bus, Log: h.log, Version: opts.Version, Hosts: h.adminHosts, Page: page,
	})
	if err != nil {
		return fmt.Errorf("building the administration: %w", err)
	}
	remote, err := h.openRemote(ctx, page)
	if err != nil {
		return err
	}
	parts, err := h.openDoors(ctx, api, remote)
	if err != nil {
		return err
	}
	group, err := life.New(life.Config{Parts: parts, Ready: h.ready, Warn: h.warn})
	if err != nil {
		return fmt.Errorf("ordering the parts: %w", err)
	}
	return group.Run(ctx) //nolint:wrapcheck // names the part itself
}

func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// openDoors binds the three listeners and returns the parts of the process in
// the order of their start, the reverse of which is that of their end.
func (h *house) openDoors(ctx context.Context, api *adminapi.Server, remote *remoteDoor) ([]life.Part, error) {
	var opened []*listen.Door
	open := func(c listen.Config) error {
		c.Log, c.Grace = h.log, h.opts.Grace
		door, err := listen.Open(ctx, c)
		if err == nil {
			opened = append(opened, door)
		}
		return err //nolint:wrapcheck // names the listener itself
	}
	err := errors.Join(
		open(listen.Config{Name: "data", Address: cmp.Or(h.opts.Listen, DefaultListen), Handler: h.gateway, Hosts: h.dataHosts, Refuse: h.gateway.RefuseHTTP}),
		open(listen.Config{Name: "admin", Address: cmp.Or(h.opts.AdminListen, DefaultAdminListen), Handler: api}),
		open(listen.Config{Name: "portal", Address: cmp.Or(h.opts.PortalListen, DefaultPortalListen), Handler: newPortal()}),
	)
	if err == nil {
		err = loopbackOnly(opened[1].Addr())
	}
	if err != nil {
		for _, door := range remote.with(opened) {
			err = errors.Join(err, door.Close())
		}
		return nil, err
	}
	data, adm, prt := opened[0], opened[1], opened[2]
	addresses := hw.Addresses{Data: data.Addr().String(), Admin: adm.Addr().String(), Portal: prt.Addr().String()}
	remote.name(&addresses)
	h.doors.set(addresses, remote.with(opened)...)
	listener := func(name string, run func(context.Context) error) life.Part {
		return life.Part{Name: name + " listener", Need: life.Vital, Run: run, StopTimeout: h.opts.Grace + stopSlack}
	}
	parts := []life.Part{
		{Name: "call log", Need: life.Optional, Run: h.calls.Run},
		{Name: "figures", Need: life.Optional, Run: h.countEarlier},
		{Name: "history of health", Need: life.Optional, Run: h.keepHistory},
		{Name: "states of health", Need: life.Optional, Run: h.keepStates},
		{Name: "words of operators", Need: life.Optional, Run: h.operators.Run},
		{Name: "tests beside calls", Need: life.Optional, Run: h.gateway.Run},
		{Name: "health checks", Need: life.Optional, Run: h.checker.Run},
		{Name: "kept answers", Need: life.Optional, Run: h.answers.Run},
		{Name: "deferred calls", Need: life.Optional, Run: h.answerLater},
		{Name: "fire drills", Need: life.Optional, Run: h.drills.Run, Ready: h.drills.Ready()},
		{Name: "schedules of fire drills", Need: life.Optional, Run: h.planned.Run},
		{Name: "jobs", Need: life.Optional, Run: h.jobs.Run},
		{Name: "administration", Need: life.Optional, Run: h.admin.Run},
		listener("portal", prt.Run),
	}
	if remote != nil {
		parts = append(parts, listener("remote admin", closing(remote.door.Run, remote.api.Close)))
	}
	return append(parts,
		listener("admin", closing(adm.Run, api.Close)),
		listener("data", h.counting(data)),
		life.Part{Name: "addresses", Need: life.Vital, Run: h.withdraw},
	), nil
}

// counting runs the data listener and says at its end how many connections
// there was no room for.
func (h *house) counting(door *listen.Door) func(context.Context) error {
	return func(ctx context.Context) error {
		err := door.Run(ctx)
		if _, refused := door.Connections(); refused > 0 {
			h.log.Warn("connections were turned away because there were too many", "count", refused)
		}
		return err //nolint:wrapcheck // names the listener itself
	}
}

// loopbackOnly holds the rule that administration is not reachable from other
// machines.
func loopbackOnly(addr net.Addr) error {
	if tcp, ok := addr.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		return hw.Errorf(hw.CodeInvalid, "The admin listener must be on a loopback address, not %s.", tcp.IP)
	}
	return nil
}

// closing runs a listener and cuts the sockets that outlive its requests.
func closing(run func(context.Context) error, closeSockets func() error) func(context.Context) error {
	return func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { _ = closeSockets() }) // sockets hold no data to lose
		defer stop()
		return errors.Join(run(ctx), closeSockets())
	}
}

// signpost stands where the page would be in a program that was built without
// it: what answers here, and how to get the page.
func (h *house) signpost(w http.ResponseWriter, _ *http.Request) {
	address := h.doors.addresses().Admin
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, `Headwater is running. This build has no admin page; 'make build' makes one with it.
This address answers programs:

  headwater status          what runs here, and can callers be served
  headwater help            all commands
  http://`+address+`/api/v1/status   the same over REST, with a session's token
  ws://`+address+`/ws                the same as JSON-RPC

docs/cli.md explains the commands, docs/configuration.md the configuration.
`) // a reader who is gone cannot be told
}

// newPortal answers on the portal listener: its page, and problems to programs
// until there is something to serve them.
func newPortal() http.Handler {
	page := frontend.New(frontend.FS(), frontend.Options{
		Entry: "portal.html", Narrow: true, Absent: http.HandlerFunc(nothingPublished),
	})
	mux := http.NewServeMux()
	mux.Handle("/{$}", page)
	mux.Handle("/assets/", page)
	mux.HandleFunc("/", nothingPublished)
	return mux
}

func nothingPublished(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(w, `{"status":404,"title":"Not Found","detail":"Nothing is published here yet."}`+"\n")
}

func (h *house) dataHosts() []string {
	if s := h.holder.Load(); s != nil {
		return s.Settings.AllowedHosts
	}
	return nil
}

func (h *house) adminHosts() []string { return []string{h.doors.addresses().Admin} }

func (h *house) warn(w life.Warning) {
	if w.Over {
		h.log.Info("a part runs well again", "part", w.Part)
		return
	}
	h.log.Warn("a part ended and will be started again", "part", w.Part, "error", w.Err, "restarts", w.Restarts, "pause", w.Next)
}

// ready tells everyone that waits for the service.
func (h *house) ready() {
	addresses := h.doors.addresses()
	if err := publishAddresses(h.opts.StateDir, addresses); err != nil {
		h.log.Error("publishing the addresses", "error", err)
	}
	h.log.Info("serving", slog.String("data", addresses.Data), slog.String("admin", addresses.Admin),
		slog.String("portal", addresses.Portal), slog.String("version", h.opts.Version))
	if h.opts.Out != nil {
		h.greet(h.opts.Out, addresses)
	}
	if h.opts.Ready != nil {
		h.opts.Ready(addresses)
	}
}

// withdraw takes the addresses back as soon as the stop begins: whoever takes a
// port next must not be sent our callers and their tokens.
func (h *house) withdraw(ctx context.Context) error {
	<-ctx.Done()
	return withdrawAddresses(h.opts.StateDir)
}

// greet prints what a person needs to begin.
func (h *house) greet(out io.Writer, a hw.Addresses) {
	lines := []string{
		"Headwater " + h.opts.Version + " is serving.",
		"  Endpoint    " + h.doors.url(a.Data) + "/v1",
		"  Admin       " + h.doors.url(a.Admin) + "/",
	}
	if a.RemoteAdmin != "" {
		lines = append(lines,
			"  Remote      "+h.doors.url(a.RemoteAdmin)+"/  (administration from other machines)",
			"  Fingerprint "+a.RemoteAdminFingerprint)
	}
	if code := h.setupCode(); code != "" {
		lines = append(lines, "  Setup code  "+code+"  (works once, for 15 minutes; 'headwater setup-code' makes another)")
	}
	_, _ = io.WriteString(out, strings.Join(lines, "\n")+"\n") // nobody reads it: nothing to do
}

// setupCode reads the code that waits for the first administrator; empty when
// there is one already.
func (h *house) setupCode() string {
	f, err := os.Open(filepath.Join(h.opts.StateDir, admin.SetupCodeFile))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	line, _ := bufio.NewReader(io.LimitReader(f, 1<<10)).ReadString('\n')
	return strings.TrimSpace(line)
}
