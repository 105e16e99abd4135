package gemini

import (
	"encoding/json"
	"strconv"
	"strings"

	"headwater/backend/internal/dialect"
)

// partialArg is a piece of the arguments of a call that is streamed (Vertex AI's
// streamFunctionCallArguments): a value at a place, or the next piece of a text.
type partialArg struct {
	Path   string       `json:"jsonPath"`
	Text   *string      `json:"stringValue"`
	Number *json.Number `json:"numberValue"`
	Bool   *bool        `json:"boolValue"`
}

// partialCall is a call whose arguments come in pieces.
type partialCall struct {
	part dialect.Part
	args *node
	// texts are the texts so far, by their places.
	texts map[string]*strings.Builder
}

// maxIndex bounds the length of a list that grows by places: a single wrong
// place must not cost its memory.
const maxIndex = 10000

// piece takes the next piece of a streamed call and gives the call when it is
// whole. A part with a new name while one is open ends that one.
func (s *state) piece(p *part) (dialect.Part, bool) {
	var done dialect.Part
	ended := false
	if s.partial != nil && p.Call.Name != "" {
		done, ended = s.closePartial()
		if !p.Call.WillContinue {
			// Two calls cannot be given at once: the new one stays open until
			// the next part or the end.
			s.openPartial(p)
			return done, ended
		}
	}
	if s.partial == nil {
		s.openPartial(p)
	} else {
		s.partial.add(p.Call)
	}
	if !p.Call.WillContinue {
		return s.closePartial()
	}
	return done, ended
}

func (s *state) openPartial(p *part) {
	s.partial = &partialCall{part: s.callPart(p), args: &node{kind: '{'}, texts: map[string]*strings.Builder{}}
	if isSet(p.Call.Args) {
		if n, err := parseTree(p.Call.Args); err == nil && n.kind == '{' {
			s.partial.args = n
		}
	}
	s.partial.add(p.Call)
}

// closePartial gives the open call with the arguments that came together.
func (s *state) closePartial() (dialect.Part, bool) {
	c := s.partial
	if c == nil {
		return dialect.Part{}, false
	}
	s.partial = nil
	c.part.Call.Args = string(c.args.json(nil))
	return c.part, true
}

func (c *partialCall) add(w *call) {
	for _, arg := range w.Partial {
		value := &node{raw: json.RawMessage("null")} // where no other value is told
		switch {
		case arg.Text != nil:
			b := c.texts[arg.Path]
			if b == nil {
				b = &strings.Builder{}
				c.texts[arg.Path] = b
			}
			b.WriteString(*arg.Text)
			value = &node{grown: b}
		case arg.Number != nil:
			value.raw = json.RawMessage(arg.Number.String())
		case arg.Bool != nil:
			value.raw = json.RawMessage(strconv.FormatBool(*arg.Bool))
		}
		place(c.args, steps(arg.Path), value)
	}
}

// steps takes a JSON path apart: $.a[0]['b c'].
func steps(path string) []string {
	var out []string
	rest := strings.TrimPrefix(path, "$")
	for rest != "" && len(out) < maxDepth {
		var step string
		switch {
		case strings.HasPrefix(rest, "['") || strings.HasPrefix(rest, `["`):
			end := strings.Index(rest[2:], rest[1:2]+"]")
			if end < 0 {
				return append(out, rest)
			}
			step, rest = rest[2:2+end], rest[2+end+2:]
		case rest[0] == '[':
			var found bool
			if step, rest, found = strings.Cut(rest[1:], "]"); !found {
				return append(out, step)
			}
			step = "[" + step
		default:
			rest = strings.TrimPrefix(rest, ".")
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return out
			}
			step, rest = rest[:end], rest[end:]
		}
		out = append(out, step)
	}
	return out
}

// place puts a value at a place, making what is missing on the way. A place that
// does not fit what stands there already is left alone.
func place(n *node, steps []string, value *node) {
	for i, step := range steps {
		next := value
		last := i+1 == len(steps)
		if !last {
			next = &node{kind: '{'}
			if strings.HasPrefix(steps[i+1], "[") {
				next.kind = '['
			}
		}
		slot := n.slot(step)
		if slot == nil {
			return
		}
		if last || (*slot).kind != next.kind {
			*slot = next
		}
		n = *slot
	}
}

// slot is where a step of a path leads: a member of an object or an element of
// a list, made where it is missing; nil where the value is of another kind.
func (n *node) slot(step string) **node {
	if index, isIndex := strings.CutPrefix(step, "["); isIndex {
		at, err := strconv.Atoi(index)
		if err != nil || at < 0 || at > maxIndex || n.kind != '[' {
			return nil
		}
		for len(n.items) <= at {
			n.items = append(n.items, &node{raw: json.RawMessage("null")})
		}
		return &n.items[at]
	}
	if n.kind != '{' {
		return nil
	}
	if at := n.find(step); at >= 0 {
		return &n.members[at].value
	}
	n.members = append(n.members, member{step, &node{raw: json.RawMessage("null")}})
	return &n.members[len(n.members)-1].value
}
