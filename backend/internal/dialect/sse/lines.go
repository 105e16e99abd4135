package sse

import "bytes"

// Lines cuts a stream of JSON objects, one per line, into its events: each line
// that is not blank is the data of one, without a name. The zero value is ready.
// Not safe for concurrent use.
//
// Source: NDJSON 1.0; the line end may be LF or CRLF, and the last one may lack.
type Lines struct {
	buf  []byte
	done int
	// scan is how far the current line was searched for its end.
	scan int
	err  error
}

// Write takes the next piece of the stream, however cut. Call Next until it
// returns false before the next Write or Close.
func (l *Lines) Write(piece []byte) {
	if l.done > 0 {
		n := copy(l.buf, l.buf[l.done:])
		l.buf, l.scan, l.done = l.buf[:n], l.scan-l.done, 0
		if n == 0 && cap(l.buf) > keepBytes {
			l.buf = nil
		}
	}
	l.buf = append(l.buf, piece...)
}

// Next gives the next line. It returns false when more input is needed or the
// stream broke a limit; Err tells which.
func (l *Lines) Next() (Event, bool) {
	if l.err != nil {
		return Event{}, false
	}
	at := bytes.IndexByte(l.buf[l.scan:], '\n')
	end := len(l.buf)
	if at >= 0 {
		end = l.scan + at
	}
	if end-l.done > DefaultLineBytes {
		l.err = ErrLineTooLong
		return Event{}, false
	}
	if at < 0 {
		l.scan = end
		return Event{}, false
	}
	return l.event(end, end+1), true
}

// Close ends the stream and gives what was left without its line end; false
// when nothing was left.
func (l *Lines) Close() (Event, bool) {
	if l.err != nil || l.done == len(l.buf) {
		return Event{}, false
	}
	ev := l.event(len(l.buf), len(l.buf))
	ev.Unfinished = true
	return ev, true
}

// Err returns ErrLineTooLong once the limit was broken.
func (l *Lines) Err() error { return l.err }

// event gives the line that ends at end and begins the next at next.
func (l *Lines) event(end, next int) Event {
	raw := l.buf[l.done:next:next]
	text := l.buf[l.done:end:end]
	data := bytes.TrimLeft(text, " \t\r\ufeff")
	at := len(text) - len(data)
	data = bytes.TrimRight(data, " \t\r")
	l.done, l.scan = next, next
	ev := Event{Raw: raw, Data: data, DataAt: at, HasData: len(data) > 0}
	if !ev.HasData {
		ev.DataAt = -1
	}
	return ev
}
