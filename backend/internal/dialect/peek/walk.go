package peek

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// walker goes over JSON text once, checking its syntax after RFC 8259.
type walker struct {
	text []byte
	at   int
}

func (w *walker) fail(err error) error { return fmt.Errorf("at byte %d: %w", w.at, err) }

// peek is the byte at hand; 0, which is no JSON, at the end.
func (w *walker) peek() byte {
	if w.at < len(w.text) {
		return w.text[w.at]
	}
	return 0
}

func (w *walker) space() {
	for w.at < len(w.text) {
		switch w.text[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return
		}
	}
}

// object walks the top-level object and fills in the fields.
func (w *walker) object(fields []Field) error {
	w.at++
	w.space()
	if w.peek() == '}' {
		w.at++
		return nil
	}
	for {
		key, err := w.key()
		if err != nil {
			return err
		}
		field, err := match(key, fields)
		if err != nil {
			return err
		}
		start := w.at
		if err := w.value(); err != nil {
			return err
		}
		if field != nil {
			field.Found, field.Start, field.End = true, start, w.at
		}
		w.space()
		switch w.peek() {
		case ',':
			w.at++
			w.space()
		case '}':
			w.at++
			return nil
		default:
			return w.fail(ErrSyntax)
		}
	}
}

// key walks a name and its colon up to the value, and gives the raw name with
// its quotes.
func (w *walker) key() ([]byte, error) {
	start := w.at
	if err := w.str(); err != nil {
		return nil, err
	}
	key := w.text[start:w.at]
	w.space()
	if w.peek() != ':' {
		return nil, w.fail(ErrSyntax)
	}
	w.at++
	w.space()
	return key, nil
}

// match finds the field a raw name stands for; nil when it is not asked for.
func match(key []byte, fields []Field) (*Field, error) {
	name := key[1 : len(key)-1]
	if !plain(name) {
		// An escaped or non-ASCII name may still spell a field asked for.
		var s string
		if json.Unmarshal(key, &s) == nil {
			name = []byte(s)
		}
	}
	for i := range fields {
		f := &fields[i]
		switch {
		case string(name) == f.Key:
			if f.Found {
				return nil, &DuplicateError{Key: f.Key}
			}
			return f, nil
		case f.Fold && bytes.EqualFold(name, []byte(f.Key)):
			return nil, &DuplicateError{Key: f.Key, Written: string(name)}
		}
	}
	return nil, nil
}

// plain reports whether a raw name is ASCII without escapes.
func plain(name []byte) bool {
	for _, c := range name {
		if c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// nest remembers, one bit a level, which open brackets are objects.
type nest struct {
	objects [MaxDepth / 64]uint64
	depth   int
}

func (n *nest) push(object bool) bool {
	if n.depth == MaxDepth {
		return false
	}
	bit := uint64(1) << (n.depth % 64)
	if object {
		n.objects[n.depth/64] |= bit
	} else {
		n.objects[n.depth/64] &^= bit
	}
	n.depth++
	return true
}

func (n *nest) inObject() bool {
	d := n.depth - 1
	return n.objects[d/64]>>(d%64)&1 == 1
}

// value walks one value of any kind. Most are scalars, which need no record of
// open brackets.
func (w *walker) value() error {
	if c := w.peek(); c != '{' && c != '[' {
		return w.scalar(c)
	}
	return w.container()
}

// container walks an object or array without recursion.
func (w *walker) container() error {
	var open nest
	for {
		begun, err := w.begin(&open)
		if err != nil {
			return err
		}
		if begun {
			continue
		}
		if more, err := w.after(&open); err != nil || !more {
			return err
		}
	}
}

// begin walks a scalar, an empty container or an opening bracket with what
// leads to its first value. It reports whether a value must follow.
func (w *walker) begin(open *nest) (bool, error) {
	c := w.peek()
	if c != '{' && c != '[' {
		return false, w.scalar(c)
	}
	w.at++
	w.space()
	if w.peek() == c+2 { // '{'+2 is '}', '['+2 is ']'
		w.at++
		return false, nil
	}
	if !open.push(c == '{') {
		return false, w.fail(ErrTooDeep)
	}
	if c == '[' {
		return true, nil
	}
	_, err := w.key()
	return true, err
}

// after walks what follows a value: closing brackets, or a comma and what
// leads to the next value. It reports whether a value must follow.
func (w *walker) after(open *nest) (bool, error) {
	for open.depth > 0 {
		w.space()
		object := open.inObject()
		switch c := w.peek(); {
		case c == ',':
			w.at++
			w.space()
			if !object {
				return true, nil
			}
			_, err := w.key()
			return true, err
		case c == '}' && object, c == ']' && !object:
			w.at++
			open.depth--
		default:
			return false, w.fail(ErrSyntax)
		}
	}
	return false, nil
}

func (w *walker) scalar(c byte) error {
	switch c {
	case '"':
		return w.str()
	case 't':
		return w.word("true")
	case 'f':
		return w.word("false")
	case 'n':
		return w.word("null")
	}
	return w.number()
}

func (w *walker) word(word string) error {
	if !bytes.HasPrefix(w.text[w.at:], []byte(word)) {
		return w.fail(ErrSyntax)
	}
	w.at += len(word)
	return nil
}

func (w *walker) number() error {
	if w.peek() == '-' {
		w.at++
	}
	if w.peek() == '0' {
		w.at++
	} else if !w.digits() {
		return w.fail(ErrSyntax)
	}
	if w.peek() == '.' {
		w.at++
		if !w.digits() {
			return w.fail(ErrSyntax)
		}
	}
	if c := w.peek(); c == 'e' || c == 'E' {
		w.at++
		if c := w.peek(); c == '+' || c == '-' {
			w.at++
		}
		if !w.digits() {
			return w.fail(ErrSyntax)
		}
	}
	return nil
}

// digits walks digits and reports whether there was one.
func (w *walker) digits() bool {
	start := w.at
	for c := w.peek(); c >= '0' && c <= '9'; c = w.peek() {
		w.at++
	}
	return w.at > start
}

// str walks a string with its quotes.
func (w *walker) str() error {
	if w.peek() != '"' {
		return w.fail(ErrSyntax)
	}
	w.at++
	for {
		w.at += clean(w.text[w.at:])
		switch c := w.peek(); {
		case c == '"':
			w.at++
			return nil
		case c == '\\':
			if err := w.escape(); err != nil {
				return err
			}
		default: // a control character or the end of the text
			return w.fail(ErrSyntax)
		}
	}
}

// clean is how many bytes from the start need no look: no quote, no backslash,
// no control character. Eight bytes are tested at a time: the first test that
// finds one of the three in a word leaves the rest to the slow loop.
func clean(b []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; len(b)-n >= 8; n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		hit := (quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x
		if hit&highs != 0 {
			break
		}
	}
	for ; n < len(b); n++ {
		if c := b[n]; c == '"' || c == '\\' || c < ' ' {
			break
		}
	}
	return n
}

// escape walks a backslash and what it escapes.
func (w *walker) escape() error {
	w.at++
	switch w.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		w.at++
		return nil
	case 'u':
		w.at++
	default:
		return w.fail(ErrSyntax)
	}
	for range 4 {
		c := w.peek() | 0x20 // lower-cases letters; digits have the bit already
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return w.fail(ErrSyntax)
		}
		if w.peek() < '0' { // the bit turned a control character into a digit
			return w.fail(ErrSyntax)
		}
		w.at++
	}
	return nil
}
