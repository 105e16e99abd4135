// Package sse cuts a server-sent event stream into its events, for a relay
// that must forward the very bytes it read and understand them too.
//
// It follows the parsing rules of the WHATWG HTML standard, section 9.2.6, for
// the event and data fields. It does not reconnect, does not keep id and retry
// (they stay in the raw bytes), and knows nothing of what the data means.
//
// Its one invariant: however the input is cut, the events are the same, and
// their raw bytes joined together are the input.
package sse

import (
	"bytes"
	"errors"
)

// The default limits of a Splitter and of Lines: an image that a model made
// stands on one line.
const (
	DefaultLineBytes  = 8 << 20
	DefaultEventBytes = 8 << 20
)

// keepBytes is the largest empty buffer a Splitter holds on to: one large event
// must not cost its memory for the rest of a long stream.
const keepBytes = 64 << 10

// ErrLineTooLong and ErrEventTooLong end a stream that exceeds its limits.
var (
	ErrLineTooLong  = errors.New("a line of the event stream is too long")
	ErrEventTooLong = errors.New("an event of the stream is too long")
)

// Event is one block of the stream: its fields up to a blank line. Its slices
// are valid until the next call of Write, Next or Close.
type Event struct {
	// Raw is every byte of the block, comments, unknown fields and the blank
	// line included.
	Raw []byte
	// Name is the value of the last event field; empty means "message".
	Name []byte
	// Data is the data lines joined with a line feed.
	Data []byte
	// DataAt is where Data lies in Raw; -1 when it was joined from several lines
	// or there is none.
	DataAt int
	// HasData is false for a block without a data line, such as a comment that
	// keeps the connection alive: a browser would not dispatch it.
	HasData bool
	// Unfinished is true for what was left at the end of the input without its
	// blank line. A browser would drop it.
	Unfinished bool
}

// Limits bounds what a Splitter keeps. Zero fields mean the defaults.
type Limits struct {
	// LineBytes is the longest line without its line end.
	LineBytes int
	// EventBytes is the longest block, all lines together.
	EventBytes int
}

// Splitter cuts a stream into events. The zero value is ready and uses the
// default limits. Not safe for concurrent use.
type Splitter struct {
	limits Limits
	// buf holds the unread input; buf[:done] was given out as events.
	buf  []byte
	done int
	// line is where the current line begins, scan how far it was searched for
	// its end: together they keep feeding byte by byte linear.
	line, scan int
	// begun is true once the first line of the stream was read, where a byte
	// order mark may stand.
	begun bool
	// pairs is true when the last line of this block ended in LF or CRLF: a
	// CR that ends the block is then most likely half of a CRLF and worth the
	// wait for the next byte. After a lone CR it is not.
	pairs bool
	block block
	// joined is the buffer for data of more than one line.
	joined []byte
	err    error
}

// block is what is known of the event being read; positions are in buf.
type block struct {
	name, data span
	dataLines  int
}

type span struct{ from, to int }

// Write takes the next piece of the stream, however cut. Call Next until it
// returns false before the next Write or Close.
func (s *Splitter) Write(piece []byte) {
	if s.done > 0 {
		n := copy(s.buf, s.buf[s.done:])
		s.buf = s.buf[:n]
		s.shift(s.done)
		if n == 0 && cap(s.buf) > keepBytes {
			s.buf = nil
		}
	}
	s.buf = append(s.buf, piece...)
}

// shift moves every position down by n after the buffer was.
func (s *Splitter) shift(n int) {
	s.done -= n
	s.line -= n
	s.scan -= n
	b := &s.block
	b.name.from, b.name.to = b.name.from-n, b.name.to-n
	b.data.from, b.data.to = b.data.from-n, b.data.to-n
}

// Next gives the next complete event. It returns false when more input is
// needed or the stream broke a limit; Err tells which.
func (s *Splitter) Next() (Event, bool) {
	if s.err != nil {
		return Event{}, false
	}
	for {
		end, next, ok := s.findLineEnd()
		if !ok {
			s.err = s.checkLimits(s.scan)
			return Event{}, false
		}
		if s.err = s.checkLimits(end); s.err != nil {
			return Event{}, false
		}
		blank := s.takeLine(end)
		if !blank {
			s.pairs = s.buf[next-1] == '\n'
			s.line, s.scan = next, next
			continue
		}
		ev := s.event(next)
		s.line, s.scan, s.pairs = next, next, false
		return ev, true
	}
}

// Err returns ErrLineTooLong or ErrEventTooLong once a limit was broken.
func (s *Splitter) Err() error { return s.err }

// Close ends the stream and gives what was left without its blank line, marked
// Unfinished; false when nothing was left. A block whose last blank line is a
// bare CR is complete and not marked.
func (s *Splitter) Close() (Event, bool) {
	if s.err != nil || s.done == len(s.buf) {
		return Event{}, false
	}
	end := len(s.buf)
	ended := s.buf[end-1] == '\r' && s.scan == end-1
	if ended {
		end--
	}
	blank := s.takeLine(end)
	ev := s.event(len(s.buf))
	ev.Unfinished = !blank || !ended
	s.line, s.scan = len(s.buf), len(s.buf)
	return ev, true
}

// findLineEnd gives where the current line's text ends and the next line
// begins; false when the end is not here yet.
func (s *Splitter) findLineEnd() (end, next int, ok bool) {
	end, ok = s.findBreak()
	if !ok {
		return 0, 0, false
	}
	if s.buf[end] == '\n' {
		return end, end + 1, true
	}
	if s.isBlank(end) && !s.pairs {
		// The block ends here even if a LF follows; that LF, if any, opens the
		// next block, so that the cut never decides where it belongs.
		return end, end + 1, true
	}
	if end+1 == len(s.buf) {
		s.scan = end
		return 0, 0, false
	}
	if s.buf[end+1] == '\n' {
		return end, end + 2, true
	}
	return end, end + 1, true
}

// findBreak gives the position of the first CR or LF from scan on. It searches
// in growing windows, since looking for one of them to the end of the buffer
// at every line would be quadratic for a stream that only uses the other.
func (s *Splitter) findBreak() (at int, ok bool) {
	for window := 256; s.scan < len(s.buf); window *= 2 {
		rest := s.buf[s.scan:min(s.scan+window, len(s.buf))]
		size := len(rest)
		at = bytes.IndexByte(rest, '\n')
		if at >= 0 {
			rest = rest[:at]
		}
		if cr := bytes.IndexByte(rest, '\r'); cr >= 0 {
			at = cr
		}
		if at >= 0 {
			return s.scan + at, true
		}
		s.scan += size
	}
	return 0, false
}

// isBlank reports whether the line that ends at end is blank and not the first
// of its block.
func (s *Splitter) isBlank(end int) bool { return s.lineStart(end) == end && s.line > s.done }

// lineStart is where the text of the current line begins: after the byte order
// mark on the first line of the stream.
func (s *Splitter) lineStart(end int) int {
	if !s.begun && bytes.HasPrefix(s.buf[s.line:end], []byte("\ufeff")) {
		return s.line + len("\ufeff")
	}
	return s.line
}

func (s *Splitter) checkLimits(end int) error {
	line, event := s.limits.LineBytes, s.limits.EventBytes
	if line <= 0 {
		line = DefaultLineBytes
	}
	if event <= 0 {
		event = DefaultEventBytes
	}
	if end-s.line > line {
		return ErrLineTooLong
	}
	if end-s.done > event {
		return ErrEventTooLong
	}
	return nil
}

// takeLine reads the line that ends at end into the block and reports whether
// it was blank.
func (s *Splitter) takeLine(end int) (blank bool) {
	start := s.lineStart(end)
	s.begun = true
	text := s.buf[start:end]
	if len(text) == 0 {
		return true
	}
	name, value := text, span{end, end}
	if colon := bytes.IndexByte(text, ':'); colon >= 0 {
		name = text[:colon]
		value.from = start + colon + 1
		if value.from < end && s.buf[value.from] == ' ' {
			value.from++
		}
	}
	switch string(name) {
	case "event":
		s.block.name = value
	case "data":
		s.addData(value)
	}
	return false
}

// addData keeps a single data line in place and joins further ones aside.
func (s *Splitter) addData(value span) {
	b := &s.block
	switch b.dataLines {
	case 0:
		b.data = value
	case 1:
		s.joined = append(s.joined[:0], s.buf[b.data.from:b.data.to]...)
		fallthrough
	default:
		s.joined = append(s.joined, '\n')
		s.joined = append(s.joined, s.buf[value.from:value.to]...)
	}
	b.dataLines++
}

// event gives the block that ends at next and begins a new one.
func (s *Splitter) event(next int) Event {
	b := s.block
	ev := Event{
		Raw:     s.buf[s.done:next:next],
		Name:    s.buf[b.name.from:b.name.to:b.name.to],
		DataAt:  -1,
		HasData: b.dataLines > 0,
	}
	switch {
	case b.dataLines == 1:
		ev.DataAt = b.data.from - s.done
		ev.Data = s.buf[b.data.from:b.data.to:b.data.to]
	case b.dataLines > 1:
		ev.Data = s.joined
	}
	s.done = next
	s.block = block{name: span{next, next}, data: span{next, next}}
	return ev
}
