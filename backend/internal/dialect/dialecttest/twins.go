package dialecttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"headwater/backend/internal/dialect"
)

// StreamEvent is one event of a streamed answer.
type StreamEvent struct {
	Name string
	Data string
}

// StreamEvents cuts a stream into the events that have data.
func StreamEvents(body []byte, framing dialect.Framing) []StreamEvent {
	var out []StreamEvent
	split := dialect.NewSplitter(framing)
	split.Write(body)
	for {
		ev, ok := split.Next()
		if !ok {
			if ev, ok = split.Close(); !ok {
				return out
			}
		}
		if ev.HasData {
			out = append(out, StreamEvent{string(ev.Name), string(ev.Data)})
		}
	}
}

// Twins are two ways to read the same streams: Quick is what runs, Careful
// decodes each event in full.
type Twins struct {
	Quick, Careful func() dialect.Decoder
	// Scans reports whether Quick reads the data of an event without decoding it
	// in full.
	Scans func(data []byte) bool
}

// Compare fails the test where the two ways give different events or faults.
func (w Twins) Compare(tb testing.TB, events []StreamEvent) {
	tb.Helper()
	quick, careful := w.Quick(), w.Careful()
	var got, want []dialect.Event
	for i, ev := range events {
		// The memory of an event is used again for the next.
		data := []byte(ev.Data)
		var err, wantErr error
		from := len(got)
		got, err = quick.Event(got, ev.Name, data)
		for k := range data {
			data[k] = '#'
		}
		want, wantErr = careful.Event(want, ev.Name, []byte(ev.Data))
		if !reflect.DeepEqual(got[from:], want[from:]) || !reflect.DeepEqual(err, wantErr) {
			tb.Fatalf("event %d %s %q\ngave %+v, %v\nwant %+v, %v", i, ev.Name, ev.Data, got[from:], err, want[from:], wantErr)
		}
		if err != nil {
			return
		}
	}
	got, err := quick.Finish(got)
	want, wantErr := careful.Finish(want)
	if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(err, wantErr) {
		tb.Fatalf("%q\ngave %+v, %v\nwant %+v, %v", events, got, err, want, wantErr)
	}
}

// CompareRecordings compares over all recorded streams of a dialect. least is
// how much of them must be read the quick way, in percent.
func (w Twins) CompareRecordings(t *testing.T, dialectName string, least int) {
	t.Helper()
	streams, all, quick := 0, 0, 0
	Recordings(t, dialectName, func(r *Record) {
		body, framing := r.Stream()
		if framing == dialect.FramingNone {
			return
		}
		events := StreamEvents(body, framing)
		w.Compare(t, events)
		streams++
		for _, ev := range events {
			all++
			if w.Scans([]byte(ev.Data)) {
				quick++
			}
		}
	})
	t.Logf("%s: %d streams, %d events, %d of them (%d %%) read by a scan", dialectName, streams, all, quick, 100*quick/max(all, 1))
	if 100*quick < least*all || all == 0 {
		t.Errorf("%d of %d events were read by a scan, want %d %%", quick, all, least)
	}
}

// CompareGenerated compares over streams made from the seeds by chance: fields
// with other values and of other types, left out, doubled, in another order or
// letter case, written with escapes, and texts that are no JSON. keys are names
// of fields that may be added.
func (w Twins) CompareGenerated(t *testing.T, seeds [][]StreamEvent, keys []string) {
	t.Helper()
	const seed, runs = 7, 4000
	m := &mutator{Rand: rand.New(rand.NewPCG(seed, seed)), keys: keys}
	changed, quick := 0, 0
	for range runs {
		events := slices.Clone(seeds[m.IntN(len(seeds))])
		for range 1 + m.IntN(3) {
			ev := &events[m.IntN(len(events))]
			ev.Data = m.change(ev.Data)
			changed++
			if w.Scans([]byte(ev.Data)) {
				quick++
			}
		}
		w.Compare(t, events)
	}
	t.Logf("%d of %d changed events were read by a scan", quick, changed)
	if quick < runs/20 {
		t.Errorf("only %d of %d changed events were read by a scan", quick, changed)
	}
}

// Fuzz compares over any data that follows the events of a seed.
func (w Twins) Fuzz(f *testing.F, seeds [][]StreamEvent) {
	f.Helper()
	for i, events := range seeds {
		for k, ev := range events {
			f.Add(ev.Data, i, k)
		}
	}
	f.Fuzz(func(t *testing.T, data string, i, k int) {
		events := seeds[max(i, 0)%len(seeds)]
		at := max(k, 0) % len(events)
		events = slices.Clone(events[:at])
		w.Compare(t, append(events, StreamEvent{"", data}, StreamEvent{"", data}))
	})
}

// SameFields fails the test where the keys that a scan knows are not the fields
// that encoding/json fills.
func SameFields(tb testing.TB, of any, keys []string) {
	tb.Helper()
	want := tags(reflect.TypeOf(of))
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(keys)); !slices.Equal(got, want) {
		tb.Errorf("a scan of %T knows %q, but it has %q", of, got, want)
	}
}

func tags(t reflect.Type) []string {
	var out []string
	for f := range t.Fields() {
		if f.Anonymous {
			out = append(out, tags(f.Type)...)
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// mutator changes JSON texts by chance.
type mutator struct {
	*rand.Rand
	keys []string
}

// tree is a JSON value whose fields keep their order and their writing.
type tree struct {
	open    byte // 0 for a scalar
	raw     string
	keys    []string // as they are written, with quotes
	members []*tree
}

func parse(dec *json.Decoder) *tree {
	tok, err := dec.Token()
	if err != nil {
		return nil
	}
	open, ok := tok.(json.Delim)
	if !ok {
		raw, _ := json.Marshal(tok)
		return &tree{raw: string(raw)}
	}
	t := &tree{open: byte(open)}
	for dec.More() {
		if t.open == '{' {
			key, _ := dec.Token()
			t.keys = append(t.keys, fmt.Sprintf("%q", key))
		}
		member := parse(dec)
		if member == nil {
			return nil
		}
		t.members = append(t.members, member)
	}
	_, _ = dec.Token()
	return t
}

func (t *tree) render(b *strings.Builder, space string) {
	if t.open == 0 {
		b.WriteString(t.raw)
		return
	}
	b.WriteByte(t.open)
	for i, member := range t.members {
		if i > 0 {
			b.WriteString(space + ",")
		}
		b.WriteString(space)
		if t.open == '{' {
			b.WriteString(t.keys[i] + space + ":" + space)
		}
		member.render(b, space)
	}
	b.WriteString(space)
	b.WriteByte(t.open + 2) // '{'+2 is '}', '['+2 is ']'
}

func (t *tree) all() []*tree {
	out := []*tree{t}
	for _, member := range t.members {
		out = append(out, member.all()...)
	}
	return out
}

// values are what a field may be given: some its reader expects, others not.
var values = []string{
	`null`, `true`, `false`, `0`, `1`, `2`, `-1`, `1.0`, `1e1`, `123456789012345678901`, `""`, `"a"`, `"x y"`, `"é日本"`,
	`"\"\\\/\b\f\n\r\t"`, `"\u00e9\ud83d\ude00\u0000"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83d\u0041"`, "\"\xff\xc3\"", "\"\xc3\\n\"",
	`[]`, `{}`, `[null]`, `[{}]`, `[{},{}]`, `["a"]`, `{"a":1}`, `"length"`, `"error"`, `"stop"`, "\"a\x01\"", `"\x"`, `01`, `tru`,
}

func (m *mutator) value() *tree { return &tree{raw: values[m.IntN(len(values))]} }

func (m *mutator) change(data string) string {
	t := parse(json.NewDecoder(bytes.NewReader([]byte(data))))
	if t == nil {
		return data
	}
	for range 1 + m.IntN(2) {
		nodes := t.all()
		m.changeNode(nodes[m.IntN(len(nodes))])
	}
	var b strings.Builder
	t.render(&b, []string{"", "", "", " ", "\n\t", "\u00a0"}[m.IntN(6)])
	out := b.String()
	if m.IntN(20) == 0 {
		out = out[:m.IntN(len(out)+1)]
	}
	if m.IntN(20) == 0 {
		out += values[m.IntN(len(values))]
	}
	return out
}

func (m *mutator) changeNode(t *tree) {
	n := len(t.members)
	if t.open == 0 || m.IntN(12) == 0 {
		*t = *m.value()
		return
	}
	if t.open == '[' || n == 0 || m.IntN(3) == 0 {
		m.add(t)
		return
	}
	at := m.IntN(n)
	switch m.IntN(6) {
	case 0:
		t.keys, t.members = slices.Delete(t.keys, at, at+1), slices.Delete(t.members, at, at+1)
	case 1:
		t.keys, t.members = append(t.keys, t.keys[at]), append(t.members, m.value())
	case 2:
		t.keys[at] = m.otherCase(t.keys[at])
	case 3:
		t.keys[at] = escapeOne(t.keys[at], 1+m.IntN(max(len(t.keys[at])-2, 1)))
	case 4:
		m.Shuffle(n, func(i, j int) {
			t.keys[i], t.keys[j] = t.keys[j], t.keys[i]
			t.members[i], t.members[j] = t.members[j], t.members[i]
		})
	default:
		*t.members[at] = *m.value()
	}
}

// add appends an element to a list or a field to an object.
func (m *mutator) add(t *tree) {
	member := m.value()
	switch n := len(t.members); {
	case t.open == '{':
		key := append(m.keys, "other", "a\u00e9")[m.IntN(len(m.keys)+2)]
		t.keys = append(t.keys, fmt.Sprintf("%q", key))
	case n > 0 && m.IntN(2) == 0:
		member = t.members[m.IntN(n)]
	}
	t.members = append(t.members, member)
}

func (m *mutator) otherCase(key string) string {
	switch m.IntN(3) {
	case 0:
		return strings.ToUpper(key)
	case 1:
		return strings.NewReplacer("s", "ſ", "k", "\u212a").Replace(key)
	}
	return strings.Title(key) //nolint:staticcheck // any other letter case will do
}

// escapeOne writes one byte of a quoted name as an escape.
func escapeOne(key string, at int) string {
	if at >= len(key)-1 || key[at] >= utf8.RuneSelf || key[at] == '\\' {
		return key
	}
	return fmt.Sprintf("%s\\u%04x%s", key[:at], key[at], key[at+1:])
}
