package gemini

import (
	"bytes"
	"encoding/json"
	"errors"

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
	for i := range n.members {
		if n.members[i].key == key {
			return n.members[i].value
		}
	}
	return nil
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
	for i := range n.members {
		if n.members[i].key == key {
			n.members[i].value = value
			return
		}
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
	return append(dst, n.raw...)
}
