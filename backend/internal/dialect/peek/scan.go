package peek

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Scan reads a JSON text in one walk, for a reader who knows what to expect:
// nearly all pieces of a stream look alike, and to decode each in full costs
// more than all else that is done with it.
//
// It gives up at what is of another shape, and at all that encoding/json may
// read in another way: a field that stands twice, or whose name is written with
// escapes or in another letter case. After that it reads nothing any more, and
// Done tells. What it did read has the values that encoding/json sees.
type Scan struct {
	w      walker
	failed bool
}

// NewScan begins the walk over a text.
func NewScan(text []byte) Scan {
	s := Scan{w: walker{text: text}}
	s.w.space()
	return s
}

// Done reports whether the text was read to its end without giving up.
func (s *Scan) Done() bool {
	s.w.space()
	return !s.failed && s.w.at == len(s.w.text)
}

// GiveUp ends the walk: the text is to be read in full by others.
func (s *Scan) GiveUp() { s.failed, s.w.at = true, len(s.w.text) }

// Members are the fields of an object during a Scan.
type Members struct {
	s    *Scan
	keys []string
	// seen has a bit for each key that was met.
	seen  uint64
	begun bool
}

// List is the elements of a list during a Scan.
type List struct {
	s     *Scan
	begun bool
}

// Object enters the object at hand, of which the reader knows the keys: at most
// 64, plain ASCII, and all that the full decoding would read.
func (s *Scan) Object(keys []string) Members {
	s.enter('{')
	return Members{s: s, keys: keys}
}

// List enters the list at hand.
func (s *Scan) List() List {
	s.enter('[')
	return List{s: s}
}

func (s *Scan) enter(open byte) {
	if s.w.peek() != open {
		s.GiveUp()
		return
	}
	s.w.at++
}

// Next goes to the next element; false at the end. The reader takes the element
// before it asks for the next.
func (l *List) Next() bool { return l.s.more(&l.begun, ']') }

// Next goes to the value of the next field and gives its key, empty for a field
// that is none of the known; false at the end. The reader takes the value
// before it asks for the next.
func (m *Members) Next() (key string, ok bool) {
	if !m.s.more(&m.begun, '}') {
		return "", false
	}
	raw, err := m.s.w.key()
	if err != nil {
		m.s.GiveUp()
		return "", false
	}
	if key, ok = m.find(raw[1 : len(raw)-1]); !ok {
		m.s.GiveUp()
	}
	return key, ok
}

// more walks what stands between two values, and reports whether there is
// another.
func (s *Scan) more(begun *bool, end byte) bool {
	s.w.space()
	switch c := s.w.peek(); {
	case s.failed:
		return false
	case c == end:
		s.w.at++
		return false
	case !*begun:
		*begun = true
		return true
	case c == ',':
		s.w.at++
		s.w.space()
		return true
	}
	s.GiveUp()
	return false
}

// find gives the key that a raw name is; false for one that stands twice and
// for one that may stand for a key in another way of writing.
func (m *Members) find(name []byte) (string, bool) {
	for i, key := range m.keys {
		if string(name) == key {
			bit := uint64(1) << i
			twice := m.seen&bit != 0
			m.seen |= bit
			return key, !twice
		}
	}
	if !plain(name) {
		return "", false
	}
	for _, key := range m.keys {
		if len(key) == len(name) && strings.EqualFold(key, string(name)) {
			return "", false
		}
	}
	return "", true
}

// Skip walks over a value of any kind, and Raw gives it as it stands.
func (s *Scan) Skip() { s.Raw() }

// Raw gives the value as it stands, whatever it is.
func (s *Scan) Raw() []byte {
	start := s.w.at
	if s.failed || s.w.value() != nil {
		s.GiveUp()
		return nil
	}
	return s.w.text[start:s.w.at:s.w.at]
}

// Null takes a null and gives up at anything else.
func (s *Scan) Null() {
	if !s.IsNull() {
		s.GiveUp()
	}
}

// IsNull takes a null if the value is one.
func (s *Scan) IsNull() bool {
	if s.failed || s.w.peek() != 'n' {
		return false
	}
	if s.w.word("null") != nil {
		s.GiveUp()
		return false
	}
	return true
}

// Nothing takes a null or an empty list and gives up at anything else.
func (s *Scan) Nothing() {
	if s.IsNull() {
		return
	}
	if l := s.List(); l.Next() {
		s.GiveUp()
	}
}

// Quoted gives a string as it stands, with its quotes; nil for a null.
func (s *Scan) Quoted() []byte {
	if s.IsNull() {
		return nil
	}
	start := s.w.at
	if s.failed || s.w.str() != nil {
		s.GiveUp()
		return nil
	}
	return s.w.text[start:s.w.at:s.w.at]
}

// Text decodes a string; a null is empty.
func (s *Scan) Text() string {
	text, _ := String(s.Quoted())
	return text
}

// Int reads a number without sign, fraction and exponent; a null is zero.
func (s *Scan) Int() int {
	if s.IsNull() {
		return 0
	}
	n, ok := digits(s.Raw())
	if !ok {
		s.GiveUp()
	}
	return int(n)
}

// Bool reads true or false; a null is false.
func (s *Scan) Bool() bool {
	if s.IsNull() {
		return false
	}
	switch string(s.Raw()) {
	case "true":
		return true
	case "false":
		return false
	}
	s.GiveUp()
	return false
}

// unescape decodes what stands between the quotes of a JSON string. False
// leaves the rest to encoding/json: what is not UTF-8, halves of surrogate
// pairs, and what is no JSON.
func unescape(text []byte) (string, bool) {
	var b strings.Builder
	b.Grow(len(text))
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\\')
		if n < 0 {
			n = len(text)
		}
		if clean(text[:n]) < n || !utf8.Valid(text[:n]) {
			return "", false
		}
		b.Write(text[:n])
		if text = text[n:]; len(text) == 0 {
			break
		}
		r, size := escaped(text)
		if size == 0 {
			return "", false
		}
		b.WriteRune(r)
		text = text[size:]
	}
	return b.String(), true
}

// escaped decodes the escape that text begins with; zero bytes for one that is
// wrong or half of a pair.
func escaped(text []byte) (r rune, size int) {
	if len(text) < 2 {
		return 0, 0
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if at := strings.IndexByte(from, text[1]); at >= 0 {
		return rune(to[at]), 2
	}
	r, ok := hexRune(text)
	if !ok || !utf16.IsSurrogate(r) {
		return r, sizeIf(ok, len(`\u0000`))
	}
	low, ok := hexRune(text[len(`\u0000`):])
	r = utf16.DecodeRune(r, low)
	return r, sizeIf(ok && r != utf8.RuneError, 2*len(`\u0000`))
}

func sizeIf(ok bool, size int) int {
	if !ok {
		return 0
	}
	return size
}

// hexRune decodes an escape of four hexadecimal digits.
func hexRune(text []byte) (rune, bool) {
	if len(text) < len(`\u0000`) || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range text[2:len(`\u0000`)] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
