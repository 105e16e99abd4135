// Package peek reads a few top-level fields of a JSON object without decoding
// the rest, and replaces them without touching the rest.
//
// It is for the hot path, where a full decode of a long prompt costs more than
// the whole relay. It checks the syntax of everything it walks over, but it
// builds no values and looks at nothing below the top level except through the
// raw bytes it hands out.
//
// Its one invariant: what it accepts, encoding/json accepts too, and both see
// the same value for each field asked for. A second field of the same name is
// refused, since a reader that takes the first and one that takes the last
// would disagree about the request.
package peek

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"unicode/utf8"
)

// MaxDepth is how deeply arrays and objects may be nested.
const MaxDepth = 512

// The reasons for refusing a text; they come wrapped with the position.
var (
	ErrSyntax    = errors.New("not valid JSON")
	ErrNotObject = errors.New("not a JSON object")
	ErrTrailing  = errors.New("more text after the JSON object")
	ErrTooDeep   = errors.New("nested too deeply")
)

// A DuplicateError names a field that stands more than once, or is written in
// another letter case, which some readers would take for the same.
type DuplicateError struct {
	Key string
	// Written is the name as it stands there where that is another letter case;
	// empty when the field stands more than once.
	Written string
}

// Error says which field, in words for the caller.
func (e *DuplicateError) Error() string {
	if e.Written != "" {
		return fmt.Sprintf("The field %q must be written %q: letter case counts.", e.Written, e.Key)
	}
	return fmt.Sprintf("The field %s stands more than once in the request.", e.Key)
}

// Field is one top-level field to look for.
type Field struct {
	// Key is the name to look for, set by the caller.
	Key string
	// Fold also refuses a name that differs from Key in letter case only: some
	// upstreams match names without regard to case. Set by the caller.
	Fold bool
	// Found, Start and End are set by Object: body[Start:End] is the value.
	Found      bool
	Start, End int
}

// Raw is the field's value in the body it was found in; nil when it was not.
func (f Field) Raw(body []byte) []byte {
	if !f.Found {
		return nil
	}
	return body[f.Start:f.End]
}

// IsNull reports whether the field is absent or null.
func (f Field) IsNull(body []byte) bool { return !f.Found || body[f.Start] == 'n' }

// Object walks body, which must be exactly one JSON object, and fills in the
// fields it finds. Errors wrap the Err values or are *DuplicateError.
func Object(body []byte, fields []Field) error {
	w := walker{text: body}
	w.space()
	if w.peek() != '{' {
		if !json.Valid(body) {
			return w.fail(ErrSyntax)
		}
		return ErrNotObject
	}
	if err := w.object(fields); err != nil {
		return err
	}
	w.space()
	if w.at < len(body) {
		return w.fail(ErrTrailing)
	}
	return nil
}

// Elements gives the raw elements of an array; nothing for any other value. It
// ends early where the syntax is broken, so raw should have been walked before.
func Elements(raw []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		w := walker{text: raw}
		w.space()
		if w.peek() != '[' {
			return
		}
		w.at++
		w.space()
		for w.peek() != ']' {
			start := w.at
			if w.value() != nil || !yield(raw[start:w.at]) {
				return
			}
			w.space()
			if w.peek() != ',' {
				return
			}
			w.at++
			w.space()
		}
	}
}

// String decodes a raw value that is a JSON string; false for anything else.
func String(raw []byte) (string, bool) {
	n := len(raw)
	if n < 2 || raw[0] != '"' {
		return "", false
	}
	text := raw[1 : n-1]
	if bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return string(text), true
	}
	if s, ok := unescape(text); ok && raw[n-1] == '"' {
		return s, true
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// HasText reports whether a raw value is a string that is not empty.
func HasText(raw []byte) bool { return len(raw) > 2 && raw[0] == '"' }

// Int decodes a raw value that is a number, dropping its fraction; false for
// anything else and for what no int64 holds.
func Int(raw []byte) (int64, bool) {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	if n, ok := digits(raw); ok {
		return n, true
	}
	// Some upstreams count tokens in floating point: "12.0", "1e3".
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f > 1<<62 || f < -(1<<62) {
		return 0, false
	}
	return int64(f), true
}

// digits reads a short run of digits, which is what counts of tokens are; false
// leaves everything else to the general way.
func digits(raw []byte) (n int64, ok bool) {
	if len(raw) > 18 {
		return 0, false
	}
	for _, c := range raw {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// Edit is one replacement in a text: [Start,End) becomes With.
type Edit struct {
	Start, End int
	With       []byte
}

// Apply appends text to dst with the edits made, which are in order and do not
// overlap. Everything else stays byte for byte.
func Apply(dst, text []byte, edits ...Edit) []byte {
	at := 0
	for _, e := range edits {
		dst = append(dst, text[at:e.Start]...)
		dst = append(dst, e.With...)
		at = e.End
	}
	return append(dst, text[at:]...)
}

// Insert makes the edit that puts a field, given as JSON text without the
// comma, first into the object text.
func Insert(text []byte, field string) Edit {
	at := bytes.IndexByte(text, '{') + 1
	w := walker{text: text, at: at}
	w.space()
	if w.peek() != '}' {
		field += ","
	}
	return Edit{Start: at, End: at, With: []byte(field)}
}

// Replace makes the edit that puts another field, given as JSON text, in the place
// of one that Object has found.
func Replace(text []byte, f Field, field string) Edit {
	return Edit{Start: keyStart(text, f), End: f.End, With: []byte(field)}
}

// Rename makes the edit that gives a field that Object has found another name,
// which needs no escapes.
func Rename(text []byte, f Field, name string) Edit {
	start := keyStart(text, f) + 1
	return Edit{Start: start, End: start + bytes.IndexByte(text[start:], '"'), With: []byte(name)}
}

// Remove makes the edit that takes out a field that Object has found, with the
// comma that parted it from its neighbour. Of several fields it takes one at a
// time: two neighbours have one comma between them.
func Remove(text []byte, f Field) Edit {
	w := walker{text: text, at: f.End}
	w.space()
	if w.peek() == ',' {
		return Edit{Start: keyStart(text, f), End: w.at + 1}
	}
	from := keyStart(text, f)
	before := bytes.TrimRight(text[:from], " \t\r\n")
	if bytes.HasSuffix(before, []byte(",")) {
		from = len(before) - 1
	}
	return Edit{Start: from, End: f.End}
}

// keyStart is where the name of a field begins. A name that was found has no
// quote inside: nobody looks for such.
func keyStart(text []byte, f Field) int {
	end := bytes.LastIndexByte(text[:f.Start], '"')
	return bytes.LastIndexByte(text[:end], '"')
}

// AppendString appends s as a JSON string; what is not UTF-8 becomes U+FFFD. The
// line ends of Unicode are escaped, since the line readers of some clients cut
// there.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			dst = appendRune(dst, r)
			i += size
			continue
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
		i++
	}
	return append(dst, '"')
}

// appendRune appends a character that is not ASCII.
func appendRune(dst []byte, r rune) []byte {
	switch r {
	case '\u0085':
		return append(dst, `\u0085`...)
	case '\u2028':
		return append(dst, `\u2028`...)
	case '\u2029':
		return append(dst, `\u2029`...)
	}
	return utf8.AppendRune(dst, r)
}
