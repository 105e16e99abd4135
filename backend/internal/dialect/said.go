package dialect

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Said is what an answer has said so far: texts, thoughts and calls of tools.
// What tokens it has is estimated from it where the upstream tells none.
type Said struct {
	// Text is all that was said, or its beginning, and Calls how many calls of
	// tools are in that.
	Text  string
	Calls int
	// Times is how often Text goes into the whole: 1 for all of it, 0 for nothing.
	Times float64
}

// Speaker is implemented by an Outbound whose streams can pass through.
type Speaker interface {
	// Spoken gives the keys under which events have what is said, in quotes and
	// with a colon, the most frequent first: each value is a JSON text, or an
	// object with the arguments of a call. The mark is what stands in every event
	// that begins a call. None of them may be written to.
	Spoken() (keys [][]byte, mark []byte)
}

// maxHeard bounds the text that is kept of a stream, in bytes: some 4,000 tokens.
// What follows is taken to have as many for a byte. Usage comes with the last
// event, so every stream is listened to, and pays for it.
const maxHeard = 16 << 10

// firstHeard is what is taken for a text at first, in bytes: most fit in.
const firstHeard = 1 << 10

// maxPiece bounds one piece of a stream that is kept, in bytes.
const maxPiece = 64 << 10

// heard listens to a translated answer. The zero value is ready.
type heard struct {
	text  []byte
	size  int64
	calls int
}

func (h *heard) add(ev *Event) {
	switch ev.Kind {
	case EventText, EventReasoning, EventRefusal, EventToolArgs:
		h.write(ev.Text)
	case EventToolStart:
		if len(h.text) < maxHeard {
			h.calls++
		}
		h.write(ev.ToolName)
	default: // says nothing
	}
}

func (h *heard) write(s string) {
	h.size += int64(len(s))
	if room := maxHeard - len(h.text); room > 0 {
		if h.text == nil {
			h.text = make([]byte, 0, firstHeard)
		}
		h.text = append(h.text, s[:min(len(s), room)]...)
	}
}

// whole listens to a whole answer, of which nothing is left out.
func (h *heard) whole(a *Answer) {
	events := a.Events()
	for i := range events {
		ev := &events[i]
		switch ev.Kind {
		case EventText, EventReasoning, EventRefusal, EventToolArgs:
			h.text = append(h.text, ev.Text...)
		case EventToolStart:
			h.text = append(h.text, ev.ToolName...)
			h.calls++
		default: // says nothing
		}
	}
	h.size = int64(len(h.text))
}

func (h *heard) said() Said {
	if len(h.text) == 0 {
		return Said{}
	}
	return Said{Text: strings.ToValidUTF8(string(h.text), ""), Calls: h.calls, Times: float64(h.size) / float64(len(h.text))}
}

// overheard listens to a stream that passes through, by the keys of its events:
// where a text repeats one, its quotes are escaped, so nothing is taken for a key
// that is none. Nothing is parsed: most events are found at the first look.
type overheard struct {
	// keys and mark are those of the Speaker; none means that nothing is listened to.
	keys [][]byte
	mark []byte
	// last is the place of the key that was there the last time, at its offset in
	// that event, and frame the bytes around its text. Most events are like the
	// one before: they need no search.
	last, at, frame int
	// raw is the inside of a JSON text, its escapes as they came; size counts
	// what found no room in it too.
	raw   []byte
	size  int64
	calls int
}

// The keys of calls, as they stand in JSON text; never written to.
var (
	keyName      = []byte(`"name":`)
	keyArguments = []byte(`"arguments":`)
	keyArgs      = []byte(`"args":`)
	quote, brace = []byte{'"'}, []byte{'{'}
)

func newOverheard(out Outbound) (o overheard) {
	if s, ok := out.(Speaker); ok {
		o.keys, o.mark = s.Spoken()
	}
	return o
}

// add takes the data of the next event. Of several keys with a text only one
// counts: some upstreams send each thought under two.
func (o *overheard) add(data []byte) {
	if len(o.keys) == 0 || o.alike(data) || o.take(o.last, data) {
		return
	}
	for i := range o.keys {
		if i != o.last && o.take(i, data) {
			o.last = i
			return
		}
	}
	o.name(data)
}

// alike takes an event that differs from the last one in its text only.
func (o *overheard) alike(data []byte) bool {
	if o.frame == 0 || o.at > len(data) {
		return false
	}
	text, ok := bytes.CutPrefix(data[o.at:], o.keys[o.last])
	if !ok || len(text) == 0 || text[0] != '"' {
		return false
	}
	text = text[1 : 1+textEnd(text[1:])]
	if len(text) == 0 || len(data)-len(text) != o.frame {
		return false
	}
	o.write(text)
	return true
}

// take writes down what stands under a key; false when nothing does.
func (o *overheard) take(i int, data []byte) (found bool) {
	key, rest, texts := o.keys[i], data, 0
	for {
		at := bytes.Index(rest, key)
		if at < 0 {
			break
		}
		o.at = len(data) - len(rest) + at
		rest = bytes.TrimLeft(rest[at+len(key):], " ")
		switch {
		case bytes.HasPrefix(rest, quote):
			text := rest[1 : 1+textEnd(rest[1:])]
			rest = rest[1+len(text):]
			found, texts = found || len(text) > 0, texts+1
			o.frame = len(data) - len(text)
			o.write(text)
		case bytes.HasPrefix(rest, brace):
			size := o.object(rest)
			if size == 0 { // broken, or too deep: to look inside it once more could go on for very long
				size = len(rest)
			} else {
				found = true
			}
			rest = rest[size:] // keys inside it are said with it
			texts = several    // is not like a text
		}
	}
	arguments := bytes.Equal(key, keyArguments) || bytes.Equal(key, keyArgs)
	if arguments && found {
		o.name(data)
	}
	if arguments || texts != 1 {
		o.frame = 0
	}
	return found
}

// several are more texts than one.
const several = 2

// name counts the calls that an event begins, and writes down their names.
func (o *overheard) name(data []byte) {
	if !bytes.Contains(data, o.mark) {
		return
	}
	for {
		at := bytes.Index(data, keyName)
		if at < 0 {
			return
		}
		data = bytes.TrimLeft(data[at+len(keyName):], " ")
		if len(data) < 2 || data[0] != '"' || data[1] == '"' {
			continue
		}
		name := data[1 : 1+textEnd(data[1:])]
		if len(o.raw) < maxHeard {
			o.calls++
		}
		o.write(name)
	}
}

// object writes down the arguments of a call that are an object, as a text, and
// gives their length; 0 where there is none.
func (o *overheard) object(data []byte) int {
	var raw json.RawMessage
	d := json.NewDecoder(bytes.NewReader(data))
	if d.Decode(&raw) != nil {
		return 0
	}
	if len(raw) > maxPiece {
		o.size += int64(len(raw))
		return int(d.InputOffset())
	}
	quoted, err := json.Marshal(string(raw))
	if err != nil {
		return 0
	}
	o.write(quoted[1 : len(quoted)-1])
	return int(d.InputOffset())
}

// write adds to the text whole pieces only, so that no escape is cut.
func (o *overheard) write(text []byte) {
	o.size += int64(len(text))
	if len(o.raw) < maxHeard && len(text) <= maxPiece {
		if o.raw == nil {
			o.raw = make([]byte, 0, firstHeard)
		}
		o.raw = append(o.raw, text...)
	}
}

func (o *overheard) said() Said {
	text := ""
	if len(o.raw) == 0 || json.Unmarshal(append(append([]byte{'"'}, o.raw...), '"'), &text) != nil {
		text = string(o.raw)
	}
	if text == "" {
		return Said{}
	}
	return Said{Text: text, Calls: o.calls, Times: float64(o.size) / float64(len(o.raw))}
}

// textEnd is where the inside of a JSON text ends; where the quote is missing,
// that is the end of all.
func textEnd(text []byte) int {
	end := 0
	for {
		at := bytes.IndexByte(text[end:], '"')
		if at < 0 {
			return len(text)
		}
		end += at
		escapes := 0
		for escapes < end && text[end-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return end
		}
		end++
	}
}
