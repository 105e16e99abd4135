package sse

import (
	"errors"
	"strings"
	"testing"
)

func linesOf(t *testing.T, in string, size int) (data, raw []string) {
	t.Helper()
	var l Lines
	take := func(ev Event) {
		raw = append(raw, string(ev.Raw))
		if ev.HasData {
			data = append(data, string(ev.Data))
			if got := string(ev.Raw[ev.DataAt : ev.DataAt+len(ev.Data)]); got != string(ev.Data) {
				t.Fatalf("data is not where it is said to be: %q, %q", got, ev.Data)
			}
		}
	}
	for len(in) > 0 {
		n := min(size, len(in))
		l.Write([]byte(in[:n]))
		in = in[n:]
		for ev, ok := l.Next(); ok; ev, ok = l.Next() {
			take(ev)
		}
	}
	if ev, ok := l.Close(); ok {
		take(ev)
	}
	return data, raw
}

func TestLinesAreTheSameHoweverTheyAreCut(t *testing.T) {
	const in = "{\"a\":1}\r\n\n  {\"b\":\"ü\"} \n\n{\"c\":3}"
	for size := 1; size <= len(in); size++ {
		data, raw := linesOf(t, in, size)
		if got := strings.Join(data, "|"); got != `{"a":1}|{"b":"ü"}|{"c":3}` {
			t.Fatalf("pieces of %d: %s", size, got)
		}
		if strings.Join(raw, "") != in {
			t.Fatalf("pieces of %d: the raw bytes are %q", size, raw)
		}
	}
}

func TestALineOverTheLimitIsAnError(t *testing.T) {
	var l Lines
	l.Write([]byte(strings.Repeat("x", DefaultLineBytes+1)))
	if _, ok := l.Next(); ok || !errors.Is(l.Err(), ErrLineTooLong) {
		t.Fatalf("got %v", l.Err())
	}
}
