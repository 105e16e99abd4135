package sse

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
)

// MaxFrameBytes bounds one frame of Amazon's event stream. Their own limit is
// 16 MiB of payload and 128 KiB of headers; what says to be longer is no frame.
const MaxFrameBytes = 16 << 20

// ErrBadFrame and ErrChecksum end a stream of Amazon's that is broken.
var (
	ErrBadFrame = errors.New("a frame of the event stream is malformed")
	ErrChecksum = errors.New("a frame of the event stream does not match its checksum")
)

// AWS cuts Amazon's binary event stream into its events: each frame is one,
// named by its :event-type or :exception-type, its payload the data. The zero
// value is ready. Not safe for concurrent use.
//
// A frame is, in big-endian numbers: the length of all, the length of the
// headers, the CRC-32 of these eight bytes; the headers; the payload; the
// CRC-32 of all before it. Source: Amazon's "Event stream encoding"
// (application/vnd.amazon.eventstream), read 2026-11.
type AWS struct {
	buf  []byte
	done int
	// made holds the data of an event that has none of its own.
	made []byte
	err  error
}

// The parts of a frame that have a fixed length.
const (
	preludeBytes  = 12
	checksumBytes = 4
	leastBytes    = preludeBytes + checksumBytes
)

// Write takes the next piece of the stream, however cut. Call Next until it
// returns false before the next Write or Close.
func (a *AWS) Write(piece []byte) {
	if a.done > 0 {
		n := copy(a.buf, a.buf[a.done:])
		a.buf, a.done = a.buf[:n], 0
		if n == 0 && cap(a.buf) > keepBytes {
			a.buf = nil
		}
	}
	a.buf = append(a.buf, piece...)
}

// Next gives the next frame. It returns false when more input is needed or the
// stream is broken; Err tells which.
func (a *AWS) Next() (Event, bool) {
	rest := a.buf[a.done:]
	if a.err != nil || len(rest) < preludeBytes {
		return Event{}, false
	}
	length, headers, err := prelude(rest)
	if err != nil {
		a.err = err
		return Event{}, false
	}
	if len(rest) < length {
		return Event{}, false
	}
	raw := rest[:length:length]
	end := length - checksumBytes
	if crc32.ChecksumIEEE(raw[:end]) != binary.BigEndian.Uint32(raw[end:]) {
		a.err = ErrChecksum
		return Event{}, false
	}
	head, ok := readHead(raw[preludeBytes : preludeBytes+headers])
	if !ok {
		a.err = ErrBadFrame
		return Event{}, false
	}
	a.done += length
	return a.event(raw, head, preludeBytes+headers, end), true
}

// prelude checks the first bytes of a frame and gives its length and that of
// its headers.
func prelude(frame []byte) (length, headers int, err error) {
	if crc32.ChecksumIEEE(frame[:8]) != binary.BigEndian.Uint32(frame[8:]) {
		return 0, 0, ErrChecksum
	}
	all, head := binary.BigEndian.Uint32(frame), binary.BigEndian.Uint32(frame[4:])
	switch {
	case all > MaxFrameBytes:
		return 0, 0, ErrEventTooLong
	case all < leastBytes || head > all-leastBytes:
		return 0, 0, ErrBadFrame
	}
	return int(all), int(head), nil
}

// event gives the frame whose payload lies at [from,to).
func (a *AWS) event(raw []byte, head frameHead, from, to int) Event {
	ev := Event{Raw: raw, Name: head.name, Data: raw[from:to:to], DataAt: from, HasData: to > from}
	switch {
	case ev.HasData:
	case head.message != nil:
		// An error that is no exception of the service has its words in a header.
		a.made, _ = json.Marshal(map[string]string{"message": string(head.message)})
		ev.Data, ev.DataAt, ev.HasData = a.made, -1, true
	case head.fails:
		a.made = append(a.made[:0], "{}"...)
		ev.Data, ev.DataAt, ev.HasData = a.made, -1, true
	default:
		ev.DataAt = -1
	}
	return ev
}

// Close ends the stream and gives the frame that was cut; false when none was.
func (a *AWS) Close() (Event, bool) {
	if a.err != nil || a.done == len(a.buf) {
		return Event{}, false
	}
	raw := a.buf[a.done:len(a.buf):len(a.buf)]
	a.done = len(a.buf)
	return Event{Raw: raw, DataAt: -1, Unfinished: true}, true
}

// Err returns what broke the stream: ErrEventTooLong, ErrBadFrame or ErrChecksum.
func (a *AWS) Err() error { return a.err }

// frameHead is what the headers of a frame say; the slices lie in the frame.
type frameHead struct {
	name, message []byte
	// fails is true for an exception or an error.
	fails bool
}

// typeString is the type of a header whose value is text.
const typeString = 7

// fixedBytes are the lengths of header values by their type; -1 for those that
// begin with their length in two bytes.
var fixedBytes = [...]int{
	0:          0, // true
	1:          0, // false
	2:          1, // byte
	3:          2, // short
	4:          4, // integer
	5:          8, // long
	6:          -1,
	typeString: -1,
	8:          8,  // timestamp
	9:          16, // UUID
}

// readHead reads the headers; false when they are malformed.
func readHead(raw []byte) (frameHead, bool) {
	var head frameHead
	for len(raw) > 0 {
		name, kind, value, rest, ok := readHeader(raw)
		if !ok {
			return head, false
		}
		raw = rest
		if kind != typeString {
			continue
		}
		switch string(name) {
		case ":event-type":
			head.name = value
		case ":exception-type", ":error-code":
			head.name, head.fails = value, true
		case ":error-message":
			head.message = value
		}
	}
	return head, true
}

// readHeader reads the first header: the length of its name in one byte, the
// name, the type, the value.
func readHeader(raw []byte) (name []byte, kind byte, value, rest []byte, ok bool) {
	n := 1 + int(raw[0])
	if n == 1 || len(raw) < n+1 {
		return nil, 0, nil, nil, false
	}
	name, kind, rest = raw[1:n], raw[n], raw[n+1:]
	if int(kind) >= len(fixedBytes) {
		return nil, 0, nil, nil, false
	}
	size := fixedBytes[kind]
	if size < 0 {
		if len(rest) < 2 {
			return nil, 0, nil, nil, false
		}
		size, rest = int(binary.BigEndian.Uint16(rest)), rest[2:]
	}
	if len(rest) < size {
		return nil, 0, nil, nil, false
	}
	return name, kind, rest[:size:size], rest[size:], true
}
