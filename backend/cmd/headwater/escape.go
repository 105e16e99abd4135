package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// escape makes text from outside safe for a terminal: control characters,
// invisible ones and those that turn the direction of writing become visible
// escapes, so that no name or error text can move the cursor, recolour the
// screen or show itself as something else.
func escape(s string) string {
	if !strings.ContainsFunc(s, unsafeRune) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unsafeRune(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// unsafeRune reports whether a terminal would act on r instead of showing it:
// C0, DEL and C1 controls, format characters (directions, zero width, tags)
// and the line and paragraph separators.
func unsafeRune(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// escapeJSON does the same inside JSON text, in JSON's own notation. Outside of
// strings JSON text holds none of these characters but line ends.
func escapeJSON(text []byte) []byte {
	return escapeText(text, func(out []byte, r rune) []byte {
		if r > 0xFFFF {
			high, low := utf16.EncodeRune(r)
			return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		}
		return fmt.Appendf(out, `\u%04x`, r)
	})
}

// escapeYAML is escapeJSON for YAML, which has no surrogate pairs.
func escapeYAML(text []byte) []byte {
	return escapeText(text, func(out []byte, r rune) []byte {
		if r > 0xFFFF {
			return fmt.Appendf(out, `\U%08x`, r)
		}
		return fmt.Appendf(out, `\u%04x`, r)
	})
}

func escapeText(text []byte, write func([]byte, rune) []byte) []byte {
	if !bytes.ContainsFunc(text, unsafeInText) {
		return text
	}
	out := make([]byte, 0, len(text)+16)
	for _, r := range string(text) {
		if unsafeInText(r) {
			out = write(out, r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

func unsafeInText(r rune) bool { return r != '\n' && unsafeRune(r) }

// csvCell keeps a spreadsheet from taking data for a formula: what begins with
// one of its operators, in any width, gets an apostrophe in front.
func csvCell(s string) string {
	s = escape(s)
	if first, _ := utf8.DecodeRuneInString(s); strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}
