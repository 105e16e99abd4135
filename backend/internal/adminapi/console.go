package adminapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/creachadair/jrpc2"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
)

// The methods of the test console on a socket. The first shares its name with
// the operation over REST, which gives the whole answer at once.
const (
	methodConsoleSend   = "console.send"
	methodConsoleCancel = "console.cancel"
)

// The bounds of the test console.
const (
	// maxConsolePiece is how much of an answer one notification carries, and
	// maxConsolePieces how many such pieces wait for the socket: then the call
	// waits. Unit of the former: bytes.
	maxConsolePiece  = 32 << 10
	maxConsolePieces = 16
	// maxConsoles is how many calls of the console are under way at once, of all
	// sockets and of REST.
	maxConsoles = 32
	// maxConsoleRequest bounds the request: a body of 1 MiB grows when it is
	// written as JSON. Unit: bytes.
	maxConsoleRequest = 3 << 20
)

// statusGone stands where a call ended without an answer, as in the log.
const statusGone = 499

// consoleIn is a call over REST.
type consoleIn struct{ Body hw.ConsoleInput }

func (s *Server) consoleRow() operation {
	return row(methodConsoleSend, http.MethodPost, "/api/v1/console", hw.PermConsoleWrite,
		"Make a call in the name of an app and wait for its whole answer; over a socket the answer comes in pieces",
		func(ctx context.Context, in *consoleIn) (*answer[hw.ConsoleAnswer], error) {
			return answered(s.consoleWhole(ctx, in.Body))
		}).upTo(maxConsoleRequest).overRESTOnly()
}

// consolePlace takes a place among the calls under way; leave gives it back.
func (s *Server) consolePlace() (leave func(), err error) {
	select {
	case s.consoles <- struct{}{}:
		return func() { <-s.consoles }, nil
	default:
		return nil, hw.Errorf(hw.CodeOverloaded, "The test console has %d calls under way; wait for one to end.", maxConsoles)
	}
}

// consoleWhole makes a call and collects its answer.
func (s *Server) consoleWhole(ctx context.Context, in hw.ConsoleInput) (hw.ConsoleAnswer, error) {
	run, err := s.cfg.Admin.Console(actorOf(ctx), in)
	if err != nil {
		return hw.ConsoleAnswer{}, err //nolint:wrapcheck // an *hw.Error in words for people
	}
	leave, err := s.consolePlace()
	if err != nil {
		return hw.ConsoleAnswer{}, err
	}
	defer leave()
	ctx, done := s.whileSignedIn(ctx)
	defer done()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var to collector
	id, err := run(ctx, &to)
	if gone := signedOut(ctx); gone != nil {
		return hw.ConsoleAnswer{}, gone
	}
	if err != nil {
		return hw.ConsoleAnswer{}, err
	}
	a := hw.ConsoleAnswer{Status: to.status, Headers: to.headers, Cut: to.cut, Call: id}
	if a.Status == 0 {
		a.Status, a.Headers = statusGone, map[string]string{}
	}
	if utf8.Valid(to.body.Bytes()) {
		a.Text = to.body.String()
	} else {
		a.Bytes = to.body.Bytes()
	}
	return a, nil
}

// errTooMuch gives up a call whose answer is larger than what is collected.
var errTooMuch = errors.New("the answer is larger than what is collected")

// collector is an admin.ConsoleSink that keeps the answer.
type collector struct {
	status  int
	headers map[string]string
	body    bytes.Buffer
	cut     bool
}

// Begin implements admin.ConsoleSink.
func (c *collector) Begin(status int, header map[string][]string) {
	c.status, c.headers = status, flat(header)
}

// Write implements admin.ConsoleSink.
func (c *collector) Write(p []byte) error {
	room := hw.MaxConsoleAnswer - c.body.Len()
	_, _ = c.body.Write(p[:min(len(p), room)]) // never fails
	if len(p) > room {
		c.cut = true
		return errTooMuch
	}
	return nil
}

// flat joins the values of header fields that came more than once.
func flat(header map[string][]string) map[string]string {
	one := make(map[string]string, len(header))
	for name, values := range header {
		one[name] = strings.Join(values, ", ")
	}
	return one
}

// console begins a call whose answer is pushed in pieces. It outlives the
// request that began it, and ends with the line.
func (l *line) console(ctx context.Context, req *jrpc2.Request) (any, error) {
	var in hw.ConsoleSend
	if err := req.UnmarshalParams(&in); err != nil {
		return nil, badParams(err)
	}
	actor, err := l.actor(ctx)
	if err != nil {
		return nil, err
	}
	run, err := l.server.cfg.Admin.Console(actor, in.Body)
	if err != nil {
		return nil, err //nolint:wrapcheck // an *hw.Error in words for people
	}
	if in.Subscription == "" || len(in.Subscription) > 64 {
		return nil, hw.Invalid([]hw.Problem{{Field: "subscription", Text: "must have 1 to 64 characters"}})
	}
	leave, err := l.server.consolePlace()
	if err != nil {
		return nil, err
	}
	calling, stop := context.WithCancel(l.ctx)
	if err := l.keep(in.Subscription, kept{stop: stop, ends: true}); err != nil {
		stop()
		leave()
		return nil, err
	}
	f := &feed{ctx: calling, stop: stop, name: in.Subscription, rpc: jrpc2.ServerFromContext(ctx), pieces: make(chan hw.ConsoleEvent, maxConsolePieces)}
	l.work.Go(func() {
		f.push(l.ctx)
		// Who reads the end may begin the next call at once: place and name are
		// free before it is told.
		leave()
		l.free(in.Subscription)
		f.notify(l.ctx, hw.ConsoleEvent{End: &f.end})
	})
	l.work.Go(func() { f.run(run) })
	return hw.Subscribed{Subscription: in.Subscription}, nil
}

// consoleCancel gives up a call. One that is not there has ended.
func (l *line) consoleCancel(_ context.Context, req *jrpc2.Request) (any, error) {
	var in hw.ConsoleCancel
	if err := req.UnmarshalParams(&in); err != nil {
		return nil, badParams(err)
	}
	l.end(in.Subscription)
	return nil, nil
}

// feed is an admin.ConsoleSink that hands an answer to a socket. Two goroutines
// of the line hold it: run makes the call and closes pieces, push sends them.
type feed struct {
	ctx    context.Context //nolint:containedctx // ends with the call: canceled, or with the line
	stop   context.CancelFunc
	name   string
	rpc    *jrpc2.Server
	pieces chan hw.ConsoleEvent
	end    hw.ConsoleEnd // written by run before it closes pieces
	seq    int64         // of push
}

// run makes the call.
func (f *feed) run(run admin.ConsoleRun) {
	defer close(f.pieces)
	id, err := run(f.ctx, f)
	f.end.Call, f.end.Canceled = id, f.ctx.Err() != nil
	if err != nil {
		d := hw.AsError(err).Details("")
		f.end.Problem = &d
	}
}

// Begin implements admin.ConsoleSink.
func (f *feed) Begin(status int, header map[string][]string) {
	_ = f.put(hw.ConsoleEvent{Status: status, Headers: flat(header)}) // what follows finds out, too
}

// Write implements admin.ConsoleSink.
func (f *feed) Write(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), maxConsolePiece)
		if err := f.put(hw.ConsoleEvent{Bytes: bytes.Clone(p[:n])}); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// put waits until there is room for a piece: the queue is bounded, and a page
// that is slow makes its call wait.
func (f *feed) put(e hw.ConsoleEvent) error {
	select {
	case f.pieces <- e:
		return nil
	case <-f.ctx.Done():
		return f.ctx.Err() //nolint:wrapcheck // means only: nobody listens any more
	}
}

// push sends the pieces, those that wait already together, until the call has
// ended. Line is the context of the socket: a call that was canceled still has
// an end to tell.
func (f *feed) push(line context.Context) {
	defer f.stop()
	for e := range f.pieces {
		rest, ended := f.join(&e)
		f.notify(line, e)
		if rest != nil {
			f.notify(line, *rest)
		}
		if ended {
			break
		}
	}
}

// join adds what waits already to a piece, up to the size of one; rest is what
// did not fit. Ended says that nothing more comes.
func (f *feed) join(e *hw.ConsoleEvent) (rest *hw.ConsoleEvent, ended bool) {
	for len(e.Bytes) < maxConsolePiece {
		select {
		case next, ok := <-f.pieces:
			if !ok {
				return nil, true
			}
			if len(e.Bytes)+len(next.Bytes) > maxConsolePiece {
				return &next, false
			}
			e.Bytes = append(e.Bytes, next.Bytes...)
		default:
			return nil, false
		}
	}
	return nil, false
}

// notify sends one event. A socket that takes no more ends the call.
func (f *feed) notify(line context.Context, e hw.ConsoleEvent) {
	f.seq++
	p := hw.Push{Subscription: f.name, Seq: f.seq, Events: []hw.Event{{Seq: f.seq, Topic: hw.TopicConsole, At: time.Now().UTC(), Data: e}}}
	if f.rpc.Notify(line, methodConsoleSend, p) != nil {
		f.stop()
	}
}
