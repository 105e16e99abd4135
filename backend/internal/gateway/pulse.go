package gateway

import (
	"sync"
	"time"

	"headwater/backend/internal/dialect"
)

// keepAlive is how long a stream may stay silent towards its caller. Proxies
// and clients in between often give up after 30 s or 60 s of it.
const keepAlive = 15 * time.Second

// pulse keeps the line of a streamed call alive while nothing comes: it sends
// what the caller's dialect has for that. The first beat before an answer
// begins one, so that a failure can only be told inside it. All writes to a
// caller go under its lock.
type pulse struct {
	mu     sync.Mutex
	timer  *time.Timer
	every  time.Duration
	last   time.Time
	opened bool // the head went out with a beat, ahead of any answer
	begun  bool // the head went out
	ended  bool
	// late says that no beat comes before the answer begins: whether that is a
	// stream only the upstream knows.
	late bool
}

// startPulse begins to watch over a streamed call. A dialect that has nothing
// to send, or a caller who waits for no connection, needs none.
func (g *Gateway) startPulse(c *Call) {
	if !c.peek.Stream || c.later != "" {
		return
	}
	beat := c.in.Encoder(dialect.EncodeOptions{Op: c.op, Stream: true, Model: c.peek.Model, RequestID: c.id}).
		Event(nil, dialect.Event{Kind: dialect.EventPing})
	if len(beat) == 0 {
		return
	}
	p := &c.pulse
	p.every, p.last, p.late = g.KeepAlive, time.Now(), c.op.Endpoint.Media()
	if p.every <= 0 {
		p.every = keepAlive
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(p.every, func() { c.beat(beat) })
}

// beat sends a sign of life if there was none for long enough.
func (c *Call) beat(beat []byte) {
	p := &c.pulse
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	if silent := time.Since(p.last); silent < p.every {
		p.timer.Reset(p.every - silent)
		return
	}
	if !p.begun && p.late {
		p.timer.Reset(p.every)
		return
	}
	if !p.begun {
		h := c.streamHeader(make(dialect.Header, 4))
		h["X-Request-Id"] = []string{c.id}
		c.front.Begin(200, h, -1)
		p.begun, p.opened = true, true
	}
	if c.front.Write(beat) == nil && c.front.Flush() == nil {
		c.bytesOut += int64(len(beat))
	} // else the caller is gone, which its context tells
	p.last = time.Now()
	p.timer.Reset(p.every)
}

// stop ends the pulse: no beat comes after it.
func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

// silence ends the pulse unless it has opened the answer: then false.
func (p *pulse) silence() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opened {
		return false
	}
	p.ended = true
	return true
}

// open reports whether the head went out ahead of any answer.
func (p *pulse) open() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}
