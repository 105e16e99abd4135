package adminapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/gorilla/websocket"

	"headwater/backend/hw"
)

// The bounds of a socket.
const (
	maxMessageBytes = 4 << 20
	pingEvery       = 30 * time.Second
	readTimeout     = 90 * time.Second
	writeTimeout    = 10 * time.Second
	// authTimeout is how long a socket may stay without an actor.
	authTimeout = 10 * time.Second
	// maxCalls is how many calls of one socket run or wait at once; what comes
	// on top is not read until one is done.
	maxCalls = 32
	// maxQueued is how many messages wait for the network.
	maxQueued = 64
	// maxLines is how many sockets may be open.
	maxLines = 200
)

// The reasons to close, as the client sees them; RFC 6455 section 7.4.1, and
// the application's own range above 4000.
const (
	closeGoingAway = websocket.CloseGoingAway
	closeViolation = websocket.ClosePolicyViolation
	closeSignedOut = 4401
)

// line is one open socket: the channel between gorilla and jrpc2, who sits at
// its end, and what that one follows.
//
// Goroutines: run starts the writer, the guard and the JSON-RPC server, and
// one per subscription; it returns when all of them have.
type line struct {
	server *Server
	conn   *websocket.Conn
	remote string
	// ctx ends with the line; stop ends it.
	ctx  context.Context
	stop context.CancelFunc
	// out is read by the writer only.
	out chan []byte
	// slots has a place for each call under way.
	slots chan struct{}
	// signed tells the guard that there is an actor; it holds one.
	signed chan struct{}
	work   sync.WaitGroup

	mu sync.Mutex
	// The fields below are guarded by mu.
	token         string
	session       string
	subscriptions map[string]kept
	why           []byte // the close frame
}

// serveSocket is the way in of a socket. A page always says its origin; what
// says none is no page and has to bring its token along.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	token := bearer(r)
	remote := remoteHost(r)
	if token == "" && r.Header.Get("Origin") == "" {
		writeProblem(w, r, hw.Errorf(hw.CodeUnauthenticated, "A socket without an origin needs a token from its first byte."))
		return
	}
	l := &line{
		server: s, remote: remote,
		out: make(chan []byte, maxQueued), slots: make(chan struct{}, maxCalls), signed: make(chan struct{}, 1),
		subscriptions: map[string]kept{},
	}
	if token != "" {
		actor, err := s.authenticate(r.Context(), token, remote)
		if err != nil {
			callOf(r.Context()).logFailure(err)
			writeProblem(w, r, err)
			return
		}
		l.signIn(token, actor)
	}
	// The request's context ends with this handler, which outlives the
	// request: the line has a context of its own.
	l.ctx, l.stop = context.WithCancel(context.WithoutCancel(r.Context()))
	defer l.stop()
	if err := s.add(l); err != nil {
		writeProblem(w, r, err)
		return
	}
	defer s.remove(l)
	up := websocket.Upgrader{CheckOrigin: originAllowed, HandshakeTimeout: writeTimeout}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	l.conn = conn
	l.run()
}

// add counts a line in, unless there are too many or the service is stopping.
func (s *Server) add(l *line) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return hw.Errorf(hw.CodeUnavailable, "The service is stopping.")
	}
	if len(s.lines) >= maxLines {
		return hw.Errorf(hw.CodeOverloaded, "Too many sockets are open.")
	}
	s.lines[l] = true
	s.open.Add(1)
	return nil
}

func (s *Server) remove(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lines, l)
	s.open.Done()
}

// run serves the line until it is cut, by either side.
func (l *line) run() {
	l.conn.SetReadLimit(maxMessageBytes)
	_ = l.keepReading("") // fails only when the line is cut: the first read says so
	l.conn.SetPongHandler(l.keepReading)
	l.work.Go(l.write)
	l.work.Go(l.guard)
	rpc := jrpc2.NewServer(l, &jrpc2.ServerOptions{
		AllowPush: true, DisableBuiltin: true, Concurrency: maxCalls,
		NewContext: func() context.Context { return l.ctx },
	})
	rpc.Start(l)
	_ = rpc.Wait() // why the line ended is of no interest to anyone here
	l.stop()
	l.work.Wait()
}

// keepReading grants the client another readTimeout.
func (l *line) keepReading(string) error {
	return l.conn.SetReadDeadline(time.Now().Add(readTimeout))
}

// Recv implements channel.Channel: one message. It takes a slot first, so that
// what a client sends too much stays in the network, not in our memory.
func (l *line) Recv() ([]byte, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.ctx.Done():
		return nil, channel.ErrClosed
	case <-time.After(readTimeout):
		l.close(closeViolation, "calls do not end")
		return nil, channel.ErrClosed
	}
	kind, message, err := l.conn.ReadMessage()
	if err != nil {
		return nil, errors.Join(channel.ErrClosed, err)
	}
	_ = l.keepReading("") // fails only when the line is cut: the next read says so
	// Each message is one call, so that each gives back exactly one slot.
	var envelope struct{ Method string }
	if kind != websocket.TextMessage || json.Unmarshal(message, &envelope) != nil || envelope.Method == "" {
		l.close(closeViolation, "each message must be one JSON-RPC 2.0 request")
		return nil, channel.ErrClosed
	}
	return message, nil
}

// Send implements channel.Channel. It may block, but no longer than the writer
// takes to give up on a client that does not read.
func (l *line) Send(message []byte) error {
	select {
	case l.out <- message:
		return nil
	case <-l.ctx.Done():
		return channel.ErrClosed
	}
}

// Close implements channel.Channel.
func (l *line) Close() error {
	l.stop()
	return nil
}

// close cuts the line and says why. The first reason counts.
func (l *line) close(code int, reason string) {
	l.mu.Lock()
	if l.why == nil {
		l.why = websocket.FormatCloseMessage(code, reason)
	}
	l.mu.Unlock()
	l.stop()
}

// write is the only writer of the socket. It owns the connection's end: when
// the line is cut it says why and closes, which wakes the reader.
func (l *line) write() {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	defer l.hangUp()
	for {
		var err error
		select {
		case <-l.ctx.Done():
			return
		case <-ping.C:
			err = l.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout))
		case message := <-l.out:
			if err = l.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err == nil {
				err = l.conn.WriteMessage(websocket.TextMessage, message)
			}
		}
		if err != nil {
			return
		}
	}
}

func (l *line) hangUp() {
	l.stop()
	l.mu.Lock()
	why := l.why
	l.mu.Unlock()
	if why != nil {
		_ = l.conn.WriteControl(websocket.CloseMessage, why, time.Now().Add(time.Second))
	}
	_ = l.conn.Close()
}

// guard cuts a line whose client does not sign in, or whose session ends.
func (l *line) guard() {
	unsigned := time.NewTimer(l.server.authTimeout)
	defer unsigned.Stop()
	check := time.NewTicker(pingEvery)
	defer check.Stop()
	ended, forget := l.server.cfg.Admin.SessionEnded("")
	defer func() { forget() }()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-unsigned.C:
			l.close(closeSignedOut, "sign in first")
			return
		case <-l.signed:
			unsigned.Stop()
			forget()
			token, session := l.holder()
			ended, forget = l.server.cfg.Admin.SessionEnded(session)
			// The session may have ended before we listened.
			if l.expired(token) {
				return
			}
		case <-ended:
			l.close(closeSignedOut, "the session has ended")
			return
		case <-check.C:
			if token, _ := l.holder(); token != "" && l.expired(token) {
				return
			}
		}
	}
}

// expired cuts the line when its token is no longer good.
func (l *line) expired(token string) bool {
	err := l.server.cfg.Admin.Check(l.ctx, token)
	if hw.CodeOf(err) != hw.CodeUnauthenticated {
		return false // good, or a trouble of ours that says nothing about it
	}
	l.close(closeSignedOut, "the session has ended")
	return true
}

func (l *line) holder() (token, session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.token, l.session
}

// signIn makes an actor the one at the end of the line.
func (l *line) signIn(token string, actor hw.Actor) {
	l.mu.Lock()
	l.token, l.session = token, actor.Session
	l.mu.Unlock()
	select {
	case l.signed <- struct{}{}:
	default: // the guard has not looked yet, and will find this one
	}
}
