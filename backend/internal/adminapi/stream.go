package adminapi

import (
	"context"

	"github.com/creachadair/jrpc2"

	"headwater/backend/hw"
	"headwater/backend/internal/bus"
)

// stream is something a client can follow over a socket.
type stream struct {
	method     string
	topic      hw.Topic
	permission hw.Permission
}

// streams returns the table of streams, one row each.
func streams() []stream {
	return []stream{
		{"calls.tail", hw.TopicCalls, hw.PermCallsRead},
		{"health.watch", hw.TopicHealth, hw.PermStatusRead},
		{"config.changed", hw.TopicConfig, hw.PermConfigRead},
		{"jobs.watch", hw.TopicJobs, hw.PermJobsRead},
		{"drills.watch", hw.TopicDrills, hw.PermDrillsRead},
	}
}

const (
	// maxSubscriptions is how many streams one socket may follow.
	maxSubscriptions = 16
	// maxPush is how many events one notification carries.
	maxPush = 200
)

func streamNamed(method string) (stream, bool) {
	for _, st := range streams() {
		if st.method == method {
			return st, true
		}
	}
	return stream{}, false
}

// subscribe begins to push the events of a stream.
//
//nolint:contextcheck // a subscription outlives the call that began it: it ends with the line
func (l *line) subscribe(ctx context.Context, req *jrpc2.Request, st stream) (any, error) {
	actor, err := l.actor(ctx)
	if err != nil {
		return nil, err
	}
	if err := permitted(actor, st.permission); err != nil {
		return nil, err
	}
	var in hw.SubscribeInput
	if err := req.UnmarshalParams(&in); err != nil {
		return nil, badParams(err)
	}
	if in.Subscription == "" || len(in.Subscription) > 64 || in.After < 0 {
		return nil, hw.Invalid([]hw.Problem{{Field: "subscription", Text: "must have 1 to 64 characters, and after must not be negative"}})
	}
	following, stop := context.WithCancel(l.ctx)
	if err := l.keep(in.Subscription, kept{stop: stop}); err != nil {
		stop()
		return nil, err
	}
	rpc := jrpc2.ServerFromContext(ctx)
	events := l.server.cfg.Bus.Subscribe(in.After, st.topic)
	l.work.Go(func() {
		defer stop()
		defer events.Close()
		push(following, rpc, st.method, in.Subscription, events)
	})
	return hw.Subscribed{Subscription: in.Subscription}, nil
}

// kept is what goes on under a name on a line until stop ends it.
type kept struct {
	stop context.CancelFunc
	// ends says that it comes to an end of its own and gives its name back then:
	// until it has said so nothing else may speak under that name.
	ends bool
}

// keep remembers what goes on so that it can be ended by its name.
func (l *line) keep(name string, k kept) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.subscriptions[name]; taken {
		return hw.Errorf(hw.CodeTaken, "There is a subscription %q on this socket.", name).At("subscription")
	}
	if len(l.subscriptions) >= maxSubscriptions {
		return hw.Errorf(hw.CodeTooLarge, "A socket may follow %d streams.", maxSubscriptions)
	}
	l.subscriptions[name] = k
	return nil
}

// unsubscribe ends a subscription. One that is not there has ended.
func (l *line) unsubscribe(_ context.Context, req *jrpc2.Request) (any, error) {
	var in hw.SubscribeInput
	if err := req.UnmarshalParams(&in); err != nil {
		return nil, badParams(err)
	}
	l.end(in.Subscription)
	return nil, nil
}

// end stops what goes on under a name, if there is anything.
func (l *line) end(name string) {
	l.mu.Lock()
	k, found := l.subscriptions[name]
	if found && !k.ends {
		delete(l.subscriptions, name)
	}
	l.mu.Unlock()
	if found {
		k.stop()
	}
}

// free gives the name of what has ended back.
func (l *line) free(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.subscriptions, name)
}

// push sends events until the line or the subscription ends. The bus keeps
// what comes meanwhile, so a slow client loses events and never holds up who
// publishes them.
func push(ctx context.Context, rpc *jrpc2.Server, method, name string, from *bus.Subscription) {
	for {
		events, dropped, err := from.Next(ctx)
		if err != nil {
			return
		}
		for len(events) > 0 || dropped > 0 {
			n := min(len(events), maxPush)
			p := hw.Push{Subscription: name, Events: append([]hw.Event{}, events[:n]...), Dropped: dropped}
			if n > 0 {
				p.Seq = events[n-1].Seq
			}
			if rpc.Notify(ctx, method, p) != nil {
				return
			}
			events, dropped = events[n:], 0
		}
	}
}
