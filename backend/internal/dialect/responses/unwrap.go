package responses

import (
	"encoding/json"
	"strings"
)

// unwrapper takes the text of a custom tool's call out of its arguments while
// they grow, so that a long text reaches the caller as it is written. The zero
// value is ready.
type unwrapper struct {
	// rest is what was not read yet, text what came out.
	rest string
	text strings.Builder
	// opened is true once the text has begun, over once nothing more can come.
	opened, over bool
}

// next takes a piece of the arguments and gives what it adds to the text.
func (u *unwrapper) next(piece string) string {
	if u.over {
		return ""
	}
	u.rest += piece
	if !u.opened && !u.open() {
		return ""
	}
	whole, ended := u.complete()
	raw := u.rest[:whole]
	u.rest, u.over = u.rest[whole:], ended
	var text string
	if json.Unmarshal([]byte(`"`+raw+`"`), &text) != nil {
		text = raw // a model that forgot to escape; nothing is lost
	}
	u.text.WriteString(text)
	return text
}

// open reads what stands before the text. Arguments that begin otherwise can be
// judged only as a whole.
func (u *unwrapper) open() bool {
	rest := u.rest
	for _, token := range []string{`{`, `"input"`, `:`, `"`} {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if !strings.HasPrefix(rest, token) {
			u.over = !strings.HasPrefix(token, rest) // else the rest of it may come
			return false
		}
		rest = rest[len(token):]
	}
	u.rest, u.opened = rest, true
	return true
}

// complete is how many bytes of the rest are whole characters of the text, and
// whether the quote that ends it comes after them.
func (u *unwrapper) complete() (n int, ended bool) {
	for n < len(u.rest) {
		size := 1
		switch u.rest[n] {
		case '"':
			return n, true
		case '\\':
			size = escapeSize(u.rest[n:])
		}
		if n+size > len(u.rest) {
			break
		}
		n += size
	}
	return n, false
}

// escapeSize is how long the escape at the start of text is. A surrogate counts
// with the half that may follow it: apart they would be no character.
func escapeSize(text string) int {
	const short, long, pair = len(`\n`), len(`\u0041`), len(`\ud83d\ude00`)
	switch {
	case len(text) < short || text[1] != 'u':
		return short
	case len(text) < long:
		return long
	case !strings.EqualFold(text[2:3], "d") || strings.IndexByte("89abAB", text[3]) < 0:
		return long
	case len(text) > long && text[long] != '\\' || len(text) > long+1 && text[long+1] != 'u':
		return long
	}
	return pair
}

// input is the text of the call with all its arguments.
func (u *unwrapper) input(args string) string {
	if u.opened {
		return u.text.String()
	}
	return unwrapInput(args)
}
