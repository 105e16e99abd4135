package adminapi

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/bus"
)

// Config is what the admin listener serves.
type Config struct {
	// Admin, Bus and Log are required.
	Admin *admin.Service
	Bus   *bus.Bus
	Log   *slog.Logger
	// Version is told in the OpenAPI document; it may be empty.
	Version string
	// Hosts are the listener's own addresses as host:port, by which it may be
	// addressed beside localhost, 127.0.0.1 and [::1]. Nil means none.
	Hosts func() []string
	// Remote is true for the listener that other machines reach: the token of
	// local administration and the setup of the first administrator are of no
	// use there. Whoever serves it has checked the Host.
	Remote bool
	// Page answers what is neither an operation nor the socket. Nil means
	// there is no page.
	Page http.Handler
}

// Server is the handler of the admin listener.
type Server struct {
	cfg Config
	// handler is the way in from the network, inner the way of a call that
	// has come in through a socket already.
	handler, inner http.Handler
	// methods are the operations that can be called over a socket, by id.
	methods map[string]operation
	// consoles has a place for each call of the test console under way.
	consoles chan struct{}
	// authTimeout is how long a socket may stay without an actor; tests make
	// it shorter.
	authTimeout time.Duration

	mu sync.Mutex
	// The fields below are guarded by mu.
	lines  map[*line]bool
	closed bool
	// open counts the lines; Close waits for them.
	open sync.WaitGroup
}

// New wires the handler; it starts nothing.
func New(c Config) (*Server, error) {
	if c.Admin == nil || c.Bus == nil || c.Log == nil {
		return nil, errors.New("adminapi: admin, bus and log are required")
	}
	s := &Server{cfg: c, methods: map[string]operation{}, lines: map[*line]bool{}, authTimeout: authTimeout, consoles: make(chan struct{}, maxConsoles)}
	mux := http.NewServeMux()
	operations := s.operations()
	if c.Remote {
		operations = slices.DeleteFunc(operations, func(o operation) bool { return o.hereOnly })
	}
	register(newAPI(mux, c.Version), operations)
	for _, op := range operations {
		if !op.restOnly {
			s.methods[op.id] = op
		}
	}
	mux.Handle("/api/", notAnOperation(operations))
	s.inner = s.numbered(s.recovered(mux))

	outer := http.NewServeMux()
	outer.Handle("/api/", s.identified(mux))
	outer.HandleFunc("GET /ws", s.serveSocket)
	if c.Page != nil {
		outer.Handle("/", c.Page)
	} else {
		outer.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			writeProblem(w, r, hw.Errorf(hw.CodeNotFound, "There is nothing at this path."))
		})
	}
	s.handler = s.numbered(s.recovered(s.guarded(outer)))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close cuts every open socket and waits until their work has ended. The
// http.Server does not know them any more, so its Shutdown does not.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for l := range s.lines {
		l.close(closeGoingAway, "the service is stopping")
	}
	s.mu.Unlock()
	s.open.Wait()
	return nil
}
