package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// tree is a JSON value that remembers the order of its fields, so that what is
// printed reads in the order in which the documents are defined.
type tree struct {
	// kind is '{', '[' or 'v' for a single value.
	kind byte
	// names are the field names of an object, one for each of items.
	names []string
	items []*tree
	// value is a string, json.Number, bool or nil.
	value any
}

// maxDepth bounds how deep a value may be nested. Unit: levels.
const maxDepth = 64

// treeOf reads any value as the tree of its JSON.
func treeOf(v any) (*tree, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding the answer: %w", err)
	}
	return parseTree(text)
}

// parseTree reads one JSON value.
func parseTree(text []byte) (*tree, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	t, err := readTree(dec, 0)
	if err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading JSON: there is more than one value")
	}
	return t, nil
}

func readTree(dec *json.Decoder, depth int) (*tree, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err //nolint:wrapcheck // parseTree says what was read
	}
	open, ok := token.(json.Delim)
	if !ok {
		return &tree{kind: 'v', value: token}, nil
	}
	t := &tree{kind: open.String()[0]}
	for dec.More() {
		if t.kind == '{' {
			name, err := dec.Token()
			if err != nil {
				return nil, err //nolint:wrapcheck // parseTree says what was read
			}
			t.names = append(t.names, name.(string)) // the decoder accepts nothing else here
		}
		item, err := readTree(dec, depth+1)
		if err != nil {
			return nil, err
		}
		t.items = append(t.items, item)
	}
	_, err = dec.Token() // the closing bracket
	return t, err        //nolint:wrapcheck // parseTree says what was read
}

// MarshalJSON implements json.Marshaler.
func (t *tree) MarshalJSON() ([]byte, error) {
	if t.kind == 'v' {
		return marshalPlain(t.value)
	}
	out := []byte{t.kind}
	for i, item := range t.items {
		if i > 0 {
			out = append(out, ',')
		}
		if t.kind == '{' {
			name, err := marshalPlain(t.names[i])
			if err != nil {
				return nil, err
			}
			out = append(append(out, name...), ':')
		}
		text, err := item.MarshalJSON()
		if err != nil {
			return nil, err
		}
		out = append(out, text...)
	}
	return append(out, t.kind+2), nil // ']' and '}' come two after '[' and '{'
}

// marshalPlain is JSON without the escapes meant for HTML pages.
func marshalPlain(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// get returns a field of an object; nil when there is none.
func (t *tree) get(name string) *tree {
	if t == nil || t.kind != '{' {
		return nil
	}
	for i, n := range t.names {
		if n == name {
			return t.items[i]
		}
	}
	return nil
}

// set replaces a field of an object or adds it at the end.
func (t *tree) set(name string, item *tree) {
	for i, n := range t.names {
		if n == name {
			t.items[i] = item
			return
		}
	}
	t.names, t.items = append(t.names, name), append(t.items, item)
}

// remove takes a field out of an object.
func (t *tree) remove(name string) {
	for i, n := range t.names {
		if n == name {
			t.names = append(t.names[:i:i], t.names[i+1:]...)
			t.items = append(t.items[:i:i], t.items[i+1:]...)
			return
		}
	}
}

// leaf is one single value of a tree and the path to it.
type leaf struct {
	path, name string
	value      any
}

// leaves lists the single values of a tree in order, each with its path as
// error messages write it: tiers[0].targets[1].upstream.
func (t *tree) leaves(path, name string) []leaf {
	if t.kind == 'v' {
		return []leaf{{path, name, t.value}}
	}
	var all []leaf
	for i, item := range t.items {
		if t.kind == '[' {
			all = append(all, item.leaves(fmt.Sprintf("%s[%d]", path, i), name)...)
			continue
		}
		at := t.names[i]
		if path != "" {
			at = path + "." + at
		}
		all = append(all, item.leaves(at, t.names[i])...)
	}
	return all
}
