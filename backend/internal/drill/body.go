package drill

import (
	"context"
	"io"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/sse"
	"headwater/backend/internal/upstream"
)

// body is the answer's body as the fault has it.
func (i *Injection) body(ctx context.Context, speaks string, resp *upstream.Response) io.ReadCloser {
	h := held{ReadCloser: resp.Body, i: i, ctx: ctx, closed: make(chan struct{})}
	if i.a.fault == hw.DrillSlowFirstToken {
		return &lateBody{held: &h, until: time.Now().Add(i.a.delay)}
	}
	framing := framingOf(resp.Header)
	b := &brokenBody{held: &h, streamed: framing != dialect.FramingNone, split: dialect.NewSplitter(framing)}
	if out := i.a.tools.dialects[speaks]; out != nil {
		b.watch = out.Watcher(i.op)
	}
	return b
}

func framingOf(h dialect.Header) dialect.Framing {
	if len(h["Content-Type"]) == 0 {
		return dialect.FramingNone
	}
	return dialect.FramingOf(h["Content-Type"][0])
}

// held is a real body that a fault can hold back; it can be closed meanwhile.
type held struct {
	io.ReadCloser
	i      *Injection
	ctx    context.Context //nolint:containedctx // that of the attempt, which the body belongs to
	closed chan struct{}
	once   sync.Once
}

// Close implements io.Closer.
func (h *held) Close() error {
	h.once.Do(func() { close(h.closed) })
	return h.ReadCloser.Close() //nolint:wrapcheck // the transport's own error says it all
}

// lateBody holds back a body that the upstream has begun to send.
type lateBody struct {
	*held
	until time.Time
	come  bool
}

// Read implements io.Reader.
func (b *lateBody) Read(p []byte) (int, error) {
	if !b.come {
		timer := time.NewTimer(time.Until(b.until))
		defer timer.Stop()
		if err := b.i.hold(b.ctx, timer.C, b.closed); err != nil {
			return 0, err
		}
		b.come = true
	}
	return b.ReadCloser.Read(p) //nolint:wrapcheck // io.EOF must stay bare for io.Reader
}

// brokenBody lets a body through up to its first content, and then falls
// silent or breaks off.
type brokenBody struct {
	*held
	streamed bool
	watch    dialect.Watcher // nil where nobody knows the dialect
	split    dialect.Splitter
	read     []byte // of the real body, not given out yet
	pass     int    // how much of read may be
	err      error  // what the real body ended with
	reached  bool   // the first content has been let through
	broken   bool   // the connection was cut
	free     bool   // the drill is over: everything passes
}

// Read implements io.Reader.
func (b *brokenBody) Read(p []byte) (int, error) {
	for {
		if n := copy(p, b.read[:b.pass]); n > 0 {
			b.read, b.pass = b.read[n:], b.pass-n
			return n, nil
		}
		switch {
		case b.broken:
			return 0, io.ErrUnexpectedEOF
		case b.reached && !b.free:
			if err := b.strike(); err != nil {
				return 0, err
			}
		case b.err != nil:
			return 0, b.err
		case b.free:
			return b.ReadCloser.Read(p) //nolint:wrapcheck // io.EOF must stay bare for io.Reader
		case len(p) == 0:
			return 0, nil
		default:
			b.take(p)
		}
	}
}

// strike is the fault itself: nil means that the drill ended meanwhile.
func (b *brokenBody) strike() error {
	if b.i.a.fault == hw.DrillCut {
		b.broken = true
		_ = b.Close() // the connection is gone
		return io.ErrUnexpectedEOF
	}
	if err := b.i.hold(b.ctx, nil, b.closed); err != nil {
		return err
	}
	b.free, b.pass = true, len(b.read)
	return nil
}

// take reads a piece of the real body and sees how much of it may pass.
func (b *brokenBody) take(p []byte) {
	n, err := b.ReadCloser.Read(p)
	b.read, b.err = append(b.read, p[:n]...), err
	switch {
	case n > 0 && !b.streamed:
		b.pass, b.reached = (len(b.read)+1)/2, true
	case n > 0:
		b.split.Write(p[:n])
		b.events()
	}
	if b.err != nil && !b.reached || b.split.Err() != nil {
		b.pass = len(b.read) // it ended without content, or is no stream of events
		b.free = true
	}
}

// events lets whole events pass, up to the first with content.
func (b *brokenBody) events() {
	for ev, ok := b.split.Next(); ok; ev, ok = b.split.Next() {
		b.pass += len(ev.Raw)
		if b.content(ev) {
			b.reached = true
			return
		}
	}
}

func (b *brokenBody) content(ev sse.Event) bool {
	if !ev.HasData || b.watch == nil {
		return ev.HasData
	}
	sign, err := b.watch.Event(string(ev.Name), ev.Data)
	return err == nil && sign.Content
}
