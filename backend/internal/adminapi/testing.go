package adminapi

import (
	"context"
	"time"

	"github.com/creachadair/jrpc2"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
)

// methodTest tests an upstream: over REST, and over a socket without the name of
// a subscription, it gives the report; with one its steps are told as they begin.
const methodTest = "upstreams.test"

// maxTestSteps is how many steps wait for the socket. What comes on top is not
// told: they are shown while they last, and the report has all of them.
const maxTestSteps = 16

// test gives the report of a test, which ends with the request and the session.
func (s *Server) test(ctx context.Context, in *testIn) (hw.TestReport, error) {
	ctx, done := s.whileSignedIn(ctx)
	defer done()
	report, err := s.cfg.Admin.TestUpstream(ctx, actorOf(ctx), admin.Ref{Tenant: in.Tenant, Name: in.Ref}, in.Model)
	if gone := signedOut(ctx); gone != nil {
		return hw.TestReport{}, gone
	}
	return report, err //nolint:wrapcheck // an *hw.Error in words for people
}

// test begins a test whose steps are told. It outlives the request that began
// it, and ends with the line.
//
//nolint:contextcheck // what it begins outlives the call: it ends with the line
func (l *line) test(ctx context.Context, req *jrpc2.Request) (any, error) {
	var in hw.TestFollow
	if err := req.UnmarshalParams(&in); err != nil {
		return nil, badParams(err)
	}
	if in.Subscription == "" {
		return l.operate(ctx, req, l.server.methods[methodTest])
	}
	actor, err := l.actor(ctx)
	if err != nil {
		return nil, err
	}
	if err := permitted(actor, hw.PermUpstreamsWrite); err != nil {
		return nil, err
	}
	if len(in.Subscription) > 64 {
		return nil, hw.Invalid([]hw.Problem{{Field: "subscription", Text: "must have 1 to 64 characters"}})
	}
	testing, stop := context.WithCancel(l.ctx)
	if err := l.keep(in.Subscription, kept{stop: stop, ends: true}); err != nil {
		stop()
		return nil, err
	}
	f := &followedTest{
		line: l, name: in.Subscription, rpc: jrpc2.ServerFromContext(ctx),
		steps: make(chan string, maxTestSteps), end: make(chan hw.TestEnd, 1),
	}
	l.work.Go(func() { f.run(testing, actor, in) })
	l.work.Go(func() {
		defer stop()
		f.push()
	})
	return hw.Subscribed{Subscription: in.Subscription}, nil
}

// followedTest is a test under way whose steps are told to a socket. Two
// goroutines of the line hold it: run makes the test, push tells of it.
type followedTest struct {
	line  *line
	name  string
	rpc   *jrpc2.Server
	steps chan string     // never closed: a step may be told after the end
	end   chan hw.TestEnd // gets one
	seq   int64           // of push
}

// run makes the test.
func (f *followedTest) run(ctx context.Context, actor hw.Actor, in hw.TestFollow) {
	followed := hw.WithTestSteps(ctx, func(step string) {
		select {
		case f.steps <- step:
		default:
		}
	})
	report, err := f.line.server.cfg.Admin.TestUpstream(followed, actor, admin.Ref{Tenant: in.Tenant, Name: in.Ref}, in.Model)
	end := hw.TestEnd{}
	switch {
	case ctx.Err() != nil: // what a test that was broken off has found says nothing
		end.Canceled = true
	case err != nil:
		c := call{id: hw.NewID(hw.PrefixCall), log: f.line.server.cfg.Log}
		c.logFailure(err)
		d := hw.AsError(err).Details(c.id)
		end.Problem = &d
	default:
		end.Report = &report
	}
	f.end <- end
}

// push tells the steps until the test has ended, and then its end.
func (f *followedTest) push() {
	for {
		select {
		case step := <-f.steps:
			f.notify(hw.TestEvent{Step: step})
		case end := <-f.end:
			for len(f.steps) > 0 { // push alone takes from it
				f.notify(hw.TestEvent{Step: <-f.steps})
			}
			// Who reads the end may test again at once under the same name.
			f.line.free(f.name)
			f.notify(hw.TestEvent{End: &end})
			return
		}
	}
}

// notify sends one event. A socket that takes no more has ended, and the test
// with it.
func (f *followedTest) notify(e hw.TestEvent) {
	f.seq++
	p := hw.Push{Subscription: f.name, Seq: f.seq, Events: []hw.Event{{Seq: f.seq, Topic: hw.TopicTest, At: time.Now().UTC(), Data: e}}}
	_ = f.rpc.Notify(f.line.ctx, methodTest, p) // fails only when the line is cut
}
