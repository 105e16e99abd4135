package gemini

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"headwater/backend/internal/dialect/peek"
)

// node is a JSON value whose objects keep the order of their members: a model
// fills in the properties of a schema in the order in which they stand.
type node struct {
	// kind is '{', '[' or 0 for a scalar, which has only raw.
	kind    byte
	members []member
	items   []*node
	raw     json.RawMessage
	// grown is set in place of raw for a text that comes in pieces.
	grown *strings.Builder
	// index finds the members of a large object, of which so many are in it.
	index   map[string]int
	indexed int
}

type member struct {
	key   string
	value *node
}

// maxDepth is how deeply a schema, or the arguments of a call, may be nested.
const maxDepth = 100

// errTree is returned for a text that is no JSON or too deep.
var errTree = errors.New("not valid JSON, or nested too deeply")

func parseTree(raw []byte) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	n, err := readNode(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err == nil {
		return nil, errTree
	}
	return n, nil
}

func readNode(dec *json.Decoder, depth int) (*node, error) {
	tok, err := dec.Token()
	if err != nil || depth > maxDepth {
		return nil, errTree
	}
	switch tok {
	case json.Delim('{'):
		return readMembers(dec, depth)
	case json.Delim('['):
		n := &node{kind: '['}
		for dec.More() {
			item, err := readNode(dec, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		return n, closeNode(dec)
	}
	if s, ok := tok.(string); ok {
		return text(s), nil
	}
	raw, err := json.Marshal(tok)
	if err != nil {
		return nil, errTree
	}
	return &node{raw: raw}, nil
}

func readMembers(dec *json.Decoder, depth int) (*node, error) {
	n := &node{kind: '{'}
	for dec.More() {
		tok, err := dec.Token()
		key, ok := tok.(string)
		if err != nil || !ok {
			return nil, errTree
		}
		value, err := readNode(dec, depth+1)
		if err != nil {
			return nil, err
		}
		n.set(key, value) // of two the last counts, as everywhere
	}
	return n, closeNode(dec)
}

func closeNode(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return errTree
	}
	return nil
}

// text makes a node of a string.
func text(s string) *node { return &node{raw: peek.AppendString(nil, s)} }

// list makes a node of items.
func list(items ...*node) *node { return &node{kind: '[', items: items} }

// str is the string that a node holds; false when it holds none.
func (n *node) str() (string, bool) {
	if n == nil {
		return "", false
	}
	return peek.String(n.raw)
}

// get finds a member; nil when there is none.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	if at := n.find(key); at >= 0 {
		return n.members[at].value
	}
	return nil
}

// find is the place of a member; -1 when there is none.
func (n *node) find(key string) int {
	const few = 16
	if len(n.members) <= few {
		return slices.IndexFunc(n.members, func(m member) bool { return m.key == key })
	}
	if n.index == nil {
		n.index = map[string]int{}
	}
	for ; n.indexed < len(n.members); n.indexed++ {
		name := n.members[n.indexed].key
		if _, known := n.index[name]; !known {
			n.index[name] = n.indexed
		}
	}
	if at, ok := n.index[key]; ok {
		return at
	}
	return -1
}

// either finds a member under one of two names.
func (n *node) either(key, other string) *node {
	if found := n.get(key); found != nil {
		return found
	}
	return n.get(other)
}

// set replaces a member or appends a new one.
func (n *node) set(key string, value *node) {
	if at := n.find(key); at >= 0 {
		n.members[at].value = value
		return
	}
	n.members = append(n.members, member{key, value})
}

// json renders the node.
func (n *node) json(dst []byte) []byte {
	switch n.kind {
	case '{':
		dst = append(dst, '{')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(peek.AppendString(dst, m.key), ':')
			dst = m.value.json(dst)
		}
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.json(dst)
		}
		return append(dst, ']')
	}
	if n.grown != nil {
		return peek.AppendString(dst, n.grown.String())
	}
	return append(dst, n.raw...)
}
