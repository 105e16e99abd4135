package sse_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/internal/dialect/sse"
)

// seen is an event copied out of the splitter's buffer.
type seen struct {
	Raw, Name, Data     string
	HasData, Unfinished bool
}

// split feeds input in pieces of the given sizes; the last size repeats.
func split(limits sse.Limits, input []byte, sizes ...int) ([]seen, error) {
	s := sse.New(limits)
	var out []seen
	keep := func(ev sse.Event) {
		if ev.DataAt >= 0 && !bytes.HasPrefix(ev.Raw[ev.DataAt:], ev.Data) {
			panic("bug: DataAt does not point at the data")
		}
		out = append(out, seen{string(ev.Raw), string(ev.Name), string(ev.Data), ev.HasData, ev.Unfinished})
	}
	for i := 0; len(input) > 0; i++ {
		n := min(sizes[min(i, len(sizes)-1)], len(input))
		s.Write(input[:n])
		input = input[n:]
		for ev, ok := s.Next(); ok; ev, ok = s.Next() {
			keep(ev)
		}
	}
	if ev, ok := s.Close(); ok {
		keep(ev)
	}
	return out, s.Err()
}

func TestSplitter(t *testing.T) {
	for _, row := range []struct {
		name, in string
		want     []seen
	}{
		{"keeps comments in the raw bytes", ": hi\ndata: a\n\n", []seen{{": hi\ndata: a\n\n", "", "a", true, false}}},
		{"gives a comment block at once", ": ping\n\ndata: a\n\n", []seen{
			{": ping\n\n", "", "", false, false}, {"data: a\n\n", "", "a", true, false},
		}},
		{"needs no space after the colon", "event:x\ndata:{}\n\n", []seen{{"event:x\ndata:{}\n\n", "x", "{}", true, false}}},
		{"joins data lines", "data: a\r\ndata:\r\ndata: b\r\n\r\n", []seen{{"data: a\r\ndata:\r\ndata: b\r\n\r\n", "", "a\n\nb", true, false}}},
		{"keeps the last event name", "event: a\nevent: b\ndata\n\n", []seen{{"event: a\nevent: b\ndata\n\n", "b", "", true, false}}},
		{"gives the rest as unfinished", "data: a\n\ndata: b", []seen{
			{"data: a\n\n", "", "a", true, false}, {"data: b", "", "b", true, true},
		}},
		{"misses the blank line", "data: b\n", []seen{{"data: b\n", "", "b", true, true}}},
		{"misses the blank line after a CR", "data: b\r", []seen{{"data: b\r", "", "b", true, true}}},
		{"ends a CRLF block with its last CR at the end of input", "data: b\r\n\r", []seen{{"data: b\r\n\r", "", "b", true, false}}},
		{"ends a CR block without waiting", "data: b\r\r", []seen{{"data: b\r\r", "", "b", true, false}}},
		{"leaves a LF after a CR block to the next", "data: b\r\r\ndata: c\n\n", []seen{
			{"data: b\r\r", "", "b", true, false}, {"\n", "", "", false, false}, {"data: c\n\n", "", "c", true, false},
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for size := 1; size <= len(row.in); size++ {
				got, err := split(sse.Limits{}, []byte(row.in), size)
				if err != nil || fmt.Sprint(got) != fmt.Sprint(row.want) {
					t.Fatalf("pieces of %d: got %+v, %v\nwant %+v", size, got, err, row.want)
				}
			}
		})
	}
}

func TestSplitterGivesACRBlockBeforeTheNextByte(t *testing.T) {
	var s sse.Splitter
	s.Write([]byte("data: b\r\r"))
	if ev, ok := s.Next(); !ok || string(ev.Data) != "b" {
		t.Fatalf("got %+v, %v; a stream of bare CRs must not lag one event behind", ev, ok)
	}
}

// vectors reads the shared event-stream vectors; nil where they are not installed.
func vectors(t *testing.T) []vector {
	root := os.Getenv("HEADWATER_TESTDATA")
	if root == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the event-stream vectors were not run")
	}
	text, err := os.ReadFile(filepath.Join(root, "corpora", "sse", "sse-vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

type vector struct {
	Name   string      `json:"name"`
	Raw    string      `json:"raw_b64"`
	Events [][3]string `json:"events"`
}

func TestSplitterGivesTheEventsOfTheVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			raw, err := base64.StdEncoding.DecodeString(v.Raw)
			if err != nil {
				t.Fatal(err)
			}
			limits := sse.Limits{}
			if len(raw) > sse.DefaultLineBytes {
				if _, err := split(limits, raw, 4096); !errors.Is(err, sse.ErrLineTooLong) {
					t.Fatalf("got %v, want ErrLineTooLong under the default limits", err)
				}
				limits.LineBytes = 2 << 20
			}
			for _, size := range []int{1, 2, 3, 7, 64, 4096, len(raw)} {
				got, err := split(limits, raw, size)
				if err != nil {
					t.Fatal(err)
				}
				checkVector(t, v, raw, got)
			}
		})
	}
}

// checkVector compares what a browser would dispatch, and the raw bytes.
func checkVector(t *testing.T, v vector, raw []byte, got []seen) {
	t.Helper()
	var joined strings.Builder
	i := 0
	for _, ev := range got {
		joined.WriteString(ev.Raw)
		if !ev.HasData || ev.Unfinished {
			continue
		}
		name := ev.Name
		if name == "" {
			name = "message"
		}
		if i >= len(v.Events) || v.Events[i][0] != name || v.Events[i][1] != ev.Data {
			t.Fatalf("event %d is %q %q, want %v", i, name, ev.Data, v.Events)
		}
		i++
	}
	if i != len(v.Events) {
		t.Fatalf("got %d events, want %d", i, len(v.Events))
	}
	if joined.String() != string(raw) {
		t.Fatal("the raw bytes of the events are not the input")
	}
}

func TestSplitterGivesTheSameAtEveryBoundary(t *testing.T) {
	in := []byte("\ufeff: hi\r\n\r\nevent: a\ndata: 1\n\ndata: x\rdata: y\r\rdata:\r\n\r\n\n\n" +
		"event:b\r\ndata: {\"t\":\"日本\"}\r\n\r\r\nid: 4\ndata: tail")
	want, _ := split(sse.Limits{}, in, len(in))
	for i := 1; i < len(in); i++ {
		for j := i; j < len(in); j += 1 + (j-i)/8 {
			got, err := split(sse.Limits{}, in, i, max(j-i, 1), len(in))
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("cut at %d and %d: got %+v, %v\nwant %+v", i, j, got, err, want)
			}
		}
	}
}

func TestSplitterKeepsItsLimits(t *testing.T) {
	limits := sse.Limits{LineBytes: 16, EventBytes: 40}
	for _, row := range []struct {
		name, in string
		want     error
		events   int
	}{
		{"a line of the limit passes", "data: 0123456789\r\n\r\n", nil, 1},
		{"a longer line does not", "data: a\n\ndata: 01234567890\n\n", sse.ErrLineTooLong, 1},
		{"an endless line does not", strings.Repeat("x", 17), sse.ErrLineTooLong, 0},
		{"an event of many lines does not", strings.Repeat("data: 12345\n", 4), sse.ErrEventTooLong, 0},
		{"many small events pass", strings.Repeat("data: 1\n\n", 50), nil, 50},
	} {
		t.Run(row.name, func(t *testing.T) {
			for size := 1; size <= len(row.in); size++ {
				got, err := split(limits, []byte(row.in), size)
				if !errors.Is(err, row.want) || len(got) != row.events {
					t.Fatalf("pieces of %d: %d events, %v; want %d, %v", size, len(got), err, row.events, row.want)
				}
			}
		})
	}
}

func TestSplitterAllocatesNothingPerEvent(t *testing.T) {
	var s sse.Splitter
	piece := []byte("event: message\ndata: {\"choices\":[{\"delta\":{\"content\":\"hello\"}}]}\n\n")
	got := testing.AllocsPerRun(100, func() {
		s.Write(piece)
		if ev, ok := s.Next(); !ok || len(ev.Data) == 0 {
			t.Fatal("no event")
		}
		s.Next()
	})
	if got != 0 {
		t.Fatalf("%v allocations an event, want 0", got)
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte("data: a\r\n\r\ndata: b\r\rdata: c\n\n: x\n\n"), 3)
	f.Add([]byte("\ufeff\n\r\ndata\r\n\r"), 1)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		if len(in) == 0 || len(in) > 4096 {
			return
		}
		limits := sse.Limits{LineBytes: 64, EventBytes: 256}
		whole, wholeErr := split(limits, in, len(in))
		size = max(1, size%17)
		cut, cutErr := split(limits, in, size)
		if !errors.Is(cutErr, wholeErr) || fmt.Sprint(whole) != fmt.Sprint(cut) {
			t.Fatalf("whole %+v, %v\nin pieces of %d %+v, %v", whole, wholeErr, size, cut, cutErr)
		}
		var raw bytes.Buffer
		for _, ev := range whole {
			raw.WriteString(ev.Raw)
		}
		if wholeErr == nil && !bytes.Equal(raw.Bytes(), in) {
			t.Fatalf("raw bytes %q are not the input", raw.Bytes())
		}
	})
}

func BenchmarkSplitter(b *testing.B) {
	piece := bytes.Repeat([]byte("data: {\"id\":\"x\",\"choices\":[{\"delta\":{\"content\":\"hello there\"}}],\"pad\":\""+strings.Repeat("p", 180)+"\"}\n\n"), 4)
	var s sse.Splitter
	b.ReportAllocs()
	for b.Loop() {
		s.Write(piece)
		for _, ok := s.Next(); ok; _, ok = s.Next() {
		}
	}
}
