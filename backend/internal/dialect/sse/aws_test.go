package sse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

// header renders a header whose value is text.
func header(name, value string) []byte {
	out := append([]byte{byte(len(name))}, name...)
	out = append(out, typeString)
	out = binary.BigEndian.AppendUint16(out, uint16(len(value)))
	return append(out, value...)
}

// frame renders a frame with good checksums.
func frame(headers []byte, payload string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(leastBytes+len(headers)+len(payload)))
	out = binary.BigEndian.AppendUint32(out, uint32(len(headers)))
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	out = append(append(out, headers...), payload...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

// everyType has a header of each type that is no text.
func everyType() []byte {
	var out []byte
	for kind, size := range fixedBytes {
		if kind == typeString {
			continue
		}
		out = append(out, 1, 'x', byte(kind))
		if size < 0 {
			out = append(out, 0, 2)
			size = 2
		}
		out = append(out, make([]byte, size)...)
	}
	return out
}

func awsStream() []byte {
	return bytes.Join([][]byte{
		frame(append(everyType(), header(":event-type", "messageStart")...), `{"role":"assistant"}`),
		frame(append(header(":content-type", "application/json"), header(":event-type", "ping")...), ""),
		frame(append(header(":message-type", "exception"), header(":exception-type", "throttlingException")...), `{"message":"slow"}`),
		frame(header(":exception-type", "internalServerException"), ""),
		frame(append(header(":error-code", "InternalFailure"), header(":error-message", `a "b"`)...), ""),
	}, nil)
}

func awsEvents(in []byte, size int) (events []string, raw []byte, err error) {
	var a AWS
	take := func(ev Event) {
		raw = append(raw, ev.Raw...)
		text := string(ev.Name) + "|" + string(ev.Data)
		if ev.DataAt >= 0 && !bytes.Equal(ev.Raw[ev.DataAt:ev.DataAt+len(ev.Data)], ev.Data) {
			text += " not where it is said to be"
		}
		if !ev.HasData {
			text += "-"
		}
		if ev.Unfinished {
			text += " unfinished"
		}
		events = append(events, text)
	}
	for len(in) > 0 {
		n := min(size, len(in))
		a.Write(in[:n])
		in = in[n:]
		for ev, ok := a.Next(); ok; ev, ok = a.Next() {
			take(ev)
		}
	}
	if ev, ok := a.Close(); ok {
		take(ev)
	}
	return events, raw, a.Err()
}

func TestFramesAreTheSameHoweverTheyAreCut(t *testing.T) {
	in := awsStream()
	want := `messageStart|{"role":"assistant"} ping|- throttlingException|{"message":"slow"} internalServerException|{} InternalFailure|{"message":"a \"b\""}`
	for size := 1; size <= len(in); size++ {
		events, raw, err := awsEvents(in, size)
		if got := strings.Join(events, " "); got != want || err != nil || !bytes.Equal(raw, in) {
			t.Fatalf("pieces of %d: %v\ngot  %s\nwant %s", size, err, got, want)
		}
	}
}

func TestACutFrameIsUnfinished(t *testing.T) {
	in := awsStream()
	events, raw, err := awsEvents(in[:len(in)-1], 7)
	if err != nil || len(events) != 5 || events[4] != "|- unfinished" || !bytes.Equal(raw, in[:len(in)-1]) {
		t.Fatalf("got %q, %v", events, err)
	}
	if events, _, err := awsEvents(nil, 1); len(events) != 0 || err != nil {
		t.Fatalf("nothing gave %q, %v", events, err)
	}
}

func TestABrokenFrameIsAnError(t *testing.T) {
	change := func(at int) []byte {
		f := frame(header(":event-type", "a"), "{}")
		f[(at+len(f))%len(f)] ^= 1
		return f
	}
	// recheck gives a frame whose lengths were changed its prelude's checksum.
	lengths := func(all, head uint32) []byte {
		out := binary.BigEndian.AppendUint32(nil, all)
		out = binary.BigEndian.AppendUint32(out, head)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	}
	for _, row := range []struct {
		name string
		in   []byte
		want error
	}{
		{"a length changed", change(3), ErrChecksum},
		{"a header changed", change(preludeBytes + 2), ErrChecksum},
		{"the payload changed", change(-5), ErrChecksum},
		{"the checksum changed", change(-1), ErrChecksum},
		{"too long", lengths(MaxFrameBytes+1, 0), ErrEventTooLong},
		{"too short", lengths(leastBytes-1, 0), ErrBadFrame},
		{"headers beyond the frame", lengths(leastBytes, 1), ErrBadFrame},
		{"headers that wrap around", lengths(leastBytes, 1<<32-1), ErrBadFrame},
		{"a header without a name", frame([]byte{0, 0}, ""), ErrBadFrame},
		{"a header that is cut", frame([]byte{5, 'a'}, ""), ErrBadFrame},
		{"a value of an unknown type", frame([]byte{1, 'a', 10}, ""), ErrBadFrame},
		{"a text that is cut", frame([]byte{1, 'a', typeString, 0, 9, 'x'}, ""), ErrBadFrame},
		{"a length that is cut", frame([]byte{1, 'a', typeString, 0}, ""), ErrBadFrame},
		{"no frames at all", []byte("data: {\"a\":1}\n\n"), ErrChecksum},
	} {
		events, _, err := awsEvents(row.in, 5)
		if !errors.Is(err, row.want) || len(events) != 0 {
			t.Errorf("%s: got %q, %v", row.name, events, err)
		}
	}
}

func FuzzAWS(f *testing.F) {
	f.Add(awsStream(), 3)
	f.Add(frame(everyType(), "{}"), 1)
	f.Add([]byte("data: x\n\n"), 2)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		size = max(1, size%64)
		whole, raw, wholeErr := awsEvents(in, len(in)+1)
		cut, _, cutErr := awsEvents(in, size)
		if strings.Join(whole, "\n") != strings.Join(cut, "\n") || !errors.Is(cutErr, wholeErr) {
			t.Fatalf("whole %q, %v\nin pieces of %d %q, %v", whole, wholeErr, size, cut, cutErr)
		}
		if wholeErr == nil && !bytes.Equal(raw, in) {
			t.Fatalf("the raw bytes are %q", raw)
		}
	})
}
