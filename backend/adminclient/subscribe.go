package adminclient

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"headwater/backend/hw"
)

// maxWaiting is how many events wait for a slow reader of a subscription;
// the oldest are dropped and counted.
const maxWaiting = 10_000

// Event is one event of a subscription.
type Event struct {
	// Seq is the event's number: send the last one to Subscribe to go on after it.
	Seq   int64     `json:"seq"`
	Topic hw.Topic  `json:"topic"`
	At    time.Time `json:"at"`
	// Data is a hw.Call, hw.HealthChanged or hw.ConfigChanged, by topic.
	Data json.RawMessage `json:"data"`
}

// Subscription receives the events of one stream, in order.
type Subscription struct {
	client *Client
	name   string

	mu sync.Mutex
	// The fields below are guarded by mu.
	events  []Event
	dropped int64
	// news is signalled when there is something to read; it holds one.
	news chan struct{}
}

// Subscribe follows a stream: calls.tail, health.watch or config.changed.
// After is the number of the last event seen; zero means only new ones.
func (c *Client) Subscribe(ctx context.Context, method string, after int64) (*Subscription, error) {
	c.mu.Lock()
	c.lastID++
	s := &Subscription{client: c, name: "s" + strconv.FormatInt(c.lastID, 10), news: make(chan struct{}, 1)}
	c.subscriptions[s.name] = s
	c.mu.Unlock()
	err := c.Call(ctx, method, hw.SubscribeInput{Subscription: s.name, After: after}, nil)
	if err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

// Next waits until there is something and returns all of it, oldest first.
// Dropped is how many events were lost since the last call. When the line has
// ended it returns what is left, then the reason.
func (s *Subscription) Next(ctx context.Context) (events []Event, dropped int64, err error) {
	for {
		events, dropped = s.take()
		if len(events) > 0 || dropped > 0 {
			return events, dropped, nil
		}
		if err := s.client.Err(); err != nil {
			return nil, 0, err
		}
		select {
		case <-s.news:
		case <-ctx.Done():
			return nil, 0, hw.Errorf(hw.CodeCanceled, "Stopped following.").Because(ctx.Err())
		}
	}
}

// Close ends the subscription; the line stays open.
func (s *Subscription) Close(ctx context.Context) error {
	s.drop()
	return s.client.Call(ctx, "unsubscribe", hw.SubscribeInput{Subscription: s.name}, nil)
}

func (s *Subscription) drop() {
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	delete(s.client.subscriptions, s.name)
}

func (s *Subscription) take() ([]Event, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events, dropped := s.events, s.dropped
	s.events, s.dropped = nil, 0
	return events, dropped
}

func (s *Subscription) wake() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// push hands a notification to its subscription.
func (c *Client) push(m message) {
	var p struct {
		Subscription string  `json:"subscription"`
		Events       []Event `json:"events"`
		Dropped      int64   `json:"dropped"`
	}
	if json.Unmarshal(m.Params, &p) != nil {
		return
	}
	c.mu.Lock()
	s := c.subscriptions[p.Subscription]
	c.mu.Unlock()
	if s == nil { // made with Call, or closed meanwhile
		if c.notify != nil {
			c.notify(m.Method, m.Params)
		}
		return
	}
	s.mu.Lock()
	s.events = append(s.events, p.Events...)
	s.dropped += p.Dropped
	if over := len(s.events) - maxWaiting; over > 0 {
		s.events = append([]Event(nil), s.events[over:]...)
		s.dropped += int64(over)
	}
	s.mu.Unlock()
	s.wake()
}
