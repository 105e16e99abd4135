package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"headwater/backend/hw"
)

// The bounds of a configuration file. Unlike JSON, YAML can say much with few
// bytes: aliases multiply, and nesting costs the parser stack.
const (
	maxBundleBytes  = 4 << 20
	maxBundleDepth  = 64
	maxBundleIndent = 8 * maxBundleDepth
	// maxBundleFields has room for the lines of the largest certificate chain
	// that an upstream may have.
	maxBundleFields = 5000
)

// bundleItem is one document of a file.
type bundleItem struct {
	row          kindRow
	tenant, name string
	// at is the place in the file, e.g. "upstreams[2]".
	at   string
	body json.RawMessage
}

// bundle is a file that has been read.
type bundle struct {
	// items are the documents in the order in which they are written.
	items []bundleItem
	// lists are the kinds whose list the file has.
	lists []hw.Kind
}

// readBundle reads a configuration file: a mapping with one list per noun,
// settings being one mapping.
func readBundle(file string) (b bundle, err error) {
	top, err := parseBundle(file)
	if err != nil {
		return b, err
	}
	for _, row := range kindRows() {
		raw, has := top[row.noun]
		if !has || row.unfiled {
			continue
		}
		delete(top, row.noun)
		b.lists = append(b.lists, row.kind)
		bodies, err := bundleBodies(row, raw)
		if err != nil {
			return b, err
		}
		for i, body := range bodies {
			b.items = append(b.items, newBundleItem(row, i, body))
		}
	}
	for name := range top {
		return b, hw.Invalid([]hw.Problem{{Field: name, Text: "is not a list of this file; it has settings, models, tenants, members, upstreams, credentials, routes, apps, keys and schedules"}})
	}
	return b, nil
}

// bundleBodies returns the documents of one list as JSON objects.
func bundleBodies(row kindRow, raw any) ([]json.RawMessage, error) {
	wrong := func(text string) error { return hw.Invalid([]hw.Problem{{Field: row.noun, Text: text}}) }
	list, ok := raw.([]any)
	switch {
	case raw == nil:
		return nil, nil
	case row.kind == hw.KindSetting:
		list = []any{raw}
	case !ok:
		return nil, wrong("must be a list")
	}
	bodies := make([]json.RawMessage, 0, len(list))
	for i, entry := range list {
		if _, ok := entry.(map[string]any); !ok {
			return nil, wrong(fmt.Sprintf("entry %d must be a mapping", i))
		}
		body, err := json.Marshal(entry)
		if err != nil { // a NaN, or an infinity
			return nil, wrong(fmt.Sprintf("entry %d has a number that cannot be kept", i))
		}
		bodies = append(bodies, body)
	}
	return bodies, nil
}

func newBundleItem(row kindRow, i int, body json.RawMessage) bundleItem {
	item := bundleItem{row: row, at: fmt.Sprintf("%s[%d]", row.noun, i), body: body}
	var head struct{ Name, Tenant, Provider, Model string }
	// A name of the wrong type is found again, with its field, when the whole
	// document is decoded.
	_ = json.Unmarshal(body, &head)
	item.name, item.tenant = head.Name, head.Tenant
	switch {
	case row.kind == hw.KindModel:
		item.name = hw.ModelLabel(head.Provider, head.Model)
	case row.kind == hw.KindSetting && item.name == "":
		item.name = hw.SettingName
	}
	return item
}

// parseBundle reads YAML into plain values. Its errors name the line and never
// quote it, because it may hold a secret.
func parseBundle(file string) (map[string]any, error) {
	if len(file) > maxBundleBytes {
		return nil, hw.Errorf(hw.CodeTooLarge, "A configuration file may have at most %d MiB.", maxBundleBytes>>20)
	}
	if tooMuch(file) {
		return nil, bundleError(0, "is nested too deeply, or has a mapping with too many fields")
	}
	tree, err := parser.ParseBytes([]byte(file), 0)
	if err != nil {
		return nil, yamlError(err)
	}
	if len(tree.Docs) > 1 {
		return nil, bundleError(0, "must be one YAML document")
	}
	var top map[string]any
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if line := referenceLine(doc.Body); line > 0 {
			return nil, bundleError(line, "has an anchor, alias, merge key or tag; write the value out instead")
		}
		if err := yaml.NodeToValue(doc.Body, &top, yaml.Strict()); err != nil {
			return nil, yamlError(err)
		}
	}
	return top, nil
}

// tooMuch looks at the text before the parser does, and says what the parser
// could not stand: it descends once per level until the stack ends, and its
// time grows with the square of the fields of one mapping. It counts too much
// rather than too little, so brackets, commas and lines of a text count too.
func tooMuch(file string) bool {
	if flowTooMuch(file) {
		return true
	}
	// lines counts, by indent, those that may be fields of one mapping.
	var lines [maxBundleIndent + 1]int
	last := 0
	for line := range strings.Lines(file) {
		text := strings.TrimLeft(line, " \t")
		indent := len(line) - len(text)
		if strings.TrimSpace(text) == "" || text[0] == '#' {
			continue
		}
		if indent > maxBundleIndent || levels(line) > maxBundleDepth {
			return true
		}
		if indent < last {
			clear(lines[indent+1 : last+1])
		}
		last = indent
		if text[0] == '-' {
			// The next entry of a list begins a new mapping.
			last = maxBundleIndent
			clear(lines[indent+1:])
			continue
		}
		if lines[indent]++; lines[indent] > maxBundleFields {
			return true
		}
	}
	return false
}

// flowTooMuch is tooMuch for what is written with brackets.
func flowTooMuch(file string) bool {
	depth, commas := 0, 0
	for _, c := range []byte(file) {
		switch c {
		case '[', '{':
			depth++
			commas = 0
		case ']', '}':
			depth = max(depth-1, 0)
		case ',':
			commas++
		}
		if depth > maxBundleDepth || depth > 0 && commas > maxBundleFields {
			return true
		}
	}
	return false
}

// levels counts the marks at the beginning of a line that each begin a level.
func levels(line string) (n int) {
	for word := range strings.FieldsSeq(line) {
		if !strings.ContainsAny(word[:1], "-?:!&") || len(word) > 1 && strings.ContainsAny(word[:1], "-?:") {
			break
		}
		n++
	}
	return n
}

// referenceLine returns the line of the first part that refers to another
// part, or says a type; 0 when there is none.
func referenceLine(node ast.Node) int {
	v := &referenceFinder{}
	ast.Walk(v, node)
	return v.line
}

type referenceFinder struct{ line int }

// Visit implements ast.Visitor.
func (f *referenceFinder) Visit(node ast.Node) ast.Visitor {
	switch node.Type() {
	case ast.AnchorType, ast.AliasType, ast.MergeKeyType, ast.TagType:
		if f.line == 0 {
			f.line = max(node.GetToken().Position.Line, 1)
		}
	default:
	}
	return f
}

func yamlError(err error) error {
	if at, ok := errors.AsType[yaml.Error](err); ok && at.GetToken() != nil && at.GetToken().Position != nil {
		return bundleError(at.GetToken().Position.Line, "is not valid YAML")
	}
	return bundleError(0, "is not valid YAML")
}

func bundleError(line int, text string) error {
	if line > 0 {
		text = fmt.Sprintf("line %d %s", line, text)
	}
	return hw.Invalid([]hw.Problem{{Field: "yaml", Text: text}})
}
