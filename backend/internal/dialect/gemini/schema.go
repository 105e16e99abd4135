package gemini

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"headwater/backend/internal/dialect/peek"
)

// errSchema is returned for a schema that is not an object.
var errSchema = errors.New("the schema is not a JSON object")

// jsonSchema turns Google's own kind of schema, a part of OpenAPI 3.0 with types
// in upper case, into JSON Schema.
func jsonSchema(raw json.RawMessage) (json.RawMessage, error) {
	n, err := parseTree(raw)
	if err != nil {
		return nil, err
	}
	if n.kind != '{' {
		return nil, errSchema
	}
	return plainSchema(n).json(nil), nil
}

// plainSchema converts one schema and those inside it.
func plainSchema(n *node) *node {
	if n.kind != '{' {
		return n
	}
	out := &node{kind: '{'}
	for _, m := range n.members {
		plainKeyword(out, camel(m.key), m)
	}
	if properties, order := out.get("properties"), n.either("propertyOrdering", "property_ordering"); properties != nil && order != nil {
		reorder(properties, order)
	}
	if nullable := n.get("nullable"); nullable != nil && string(nullable.raw) == "true" {
		addNull(out)
	}
	return out
}

// plainKeyword converts one keyword. Keys that are none of Google's stay as
// they are written.
func plainKeyword(out *node, key string, m member) {
	switch key {
	case "nullable", "propertyOrdering": // read when all others are there
	case "type":
		out.set(key, plainType(m.value))
	case "properties":
		out.set(key, plainEach(m.value))
	case "items", "additionalProperties":
		out.set(key, plainSchema(m.value))
	case "anyOf":
		out.set(key, plainList(m.value))
	case "example":
		out.set("examples", list(m.value))
	case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties":
		out.set(key, plainNumber(m.value))
	case "format":
		if s, _ := m.value.str(); s != "enum" { // says what enum says already
			out.set(key, m.value)
		}
	default:
		out.set(m.key, m.value)
	}
}

// plainNumber takes a number out of the text that 64-bit numbers are in Google's
// JSON.
func plainNumber(n *node) *node {
	if s, ok := n.str(); ok && json.Valid([]byte(s)) {
		return &node{raw: json.RawMessage(s)}
	}
	return n
}

// plainType writes types as JSON Schema does; one that is unspecified says
// nothing and becomes any.
func plainType(n *node) *node {
	s, ok := n.str()
	if !ok {
		return n
	}
	return text(strings.ToLower(s))
}

func plainEach(n *node) *node {
	out := &node{kind: n.kind, items: n.items, raw: n.raw}
	for _, m := range n.members {
		out.members = append(out.members, member{m.key, plainSchema(m.value)})
	}
	return out
}

func plainList(n *node) *node {
	out := &node{kind: n.kind, members: n.members, raw: n.raw}
	for _, item := range n.items {
		out.items = append(out.items, plainSchema(item))
	}
	return out
}

// reorder puts the properties into the order that is asked for.
func reorder(properties, order *node) {
	ranks := map[string]int{}
	for i, item := range order.items {
		if s, ok := item.str(); ok {
			if _, known := ranks[s]; !known {
				ranks[s] = i
			}
		}
	}
	rank := func(m member) int {
		if at, ok := ranks[m.key]; ok {
			return at
		}
		return len(order.items)
	}
	properties.index, properties.indexed = nil, 0
	slices.SortStableFunc(properties.members, func(a, b member) int { return rank(a) - rank(b) })
}

// addNull allows null beside what a schema allows.
func addNull(n *node) {
	if enum := n.get("enum"); enum != nil && enum.kind == '[' {
		enum.items = append(slices.Clone(enum.items), &node{raw: json.RawMessage("null")})
	}
	switch kind := n.get("type"); {
	case kind != nil && kind.kind == 0:
		n.set("type", list(kind, text("null")))
	case n.get("anyOf") != nil:
		null := &node{kind: '{'}
		null.set("type", text("null"))
		n.get("anyOf").items = append(n.get("anyOf").items, null)
	}
}

// googleSchema renders a JSON Schema for the fields parametersJsonSchema and
// responseJsonSchema, with the keywords that Google documents for them. The
// constraints that it does not take are returned. References are written out:
// Google follows only some forms of them.
func googleSchema(raw json.RawMessage) (out json.RawMessage, lost []string, err error) {
	n, err := parseTree(raw)
	if err != nil {
		return nil, nil, err
	}
	if n.kind != '{' {
		return nil, nil, errSchema
	}
	c := &cleaner{root: n}
	out = c.schema(n).json(nil)
	slices.Sort(c.lost)
	return out, slices.Compact(c.lost), nil
}

// maxNodes bounds what a schema may grow to by writing out its references.
const maxNodes = 20000

// cleaner rewrites one schema.
type cleaner struct {
	root *node
	// open are the references that are being written out.
	open  []string
	nodes int
	lost  []string
}

// schema cleans one schema and those inside it.
func (c *cleaner) schema(n *node) *node {
	out := &node{kind: '{'}
	c.nodes++
	if n.kind != '{' || c.nodes > maxNodes {
		if n.kind == '{' {
			c.lost = append(c.lost, "size")
		}
		return out // true and false: anything may stand here
	}
	if ref, ok := n.get("$ref").str(); ok {
		out = c.follow(ref)
	}
	for _, m := range n.members {
		if m.key != "allOf" {
			c.keyword(out, m.key, m.value)
		}
	}
	if all := n.get("allOf"); all != nil {
		for _, item := range all.items {
			merge(out, c.schema(item))
		}
	}
	return out
}

// keyword copies one keyword, in the form that Google takes.
func (c *cleaner) keyword(out *node, key string, value *node) {
	switch key {
	case "properties":
		out.set(key, c.each(value))
	case "items", "prefixItems", "anyOf", "oneOf":
		out.set(nestedKey(key, value), c.nested(value))
	case "additionalProperties":
		if value.kind == '{' {
			value = c.schema(value)
		}
		out.set(key, value)
	case "const":
		constant(out, value)
	case "format":
		// Other formats are refused for texts; they only annotate.
		if s, _ := value.str(); slices.Contains([]string{"date-time", "date", "time", "int32", "int64", "float", "double"}, s) {
			out.set(key, value)
		}
	default:
		if isPlainKeyword(key) {
			out.set(key, value)
		} else if isLostKeyword(key) {
			c.lost = append(c.lost, key)
		}
	}
}

// nestedKey is Google's name of a keyword with schemas in it.
func nestedKey(key string, value *node) string {
	switch {
	case key == "oneOf":
		return "anyOf"
	case key == "items" && value.kind == '[': // a tuple, as drafts before 2020-12 wrote it
		return "prefixItems"
	}
	return key
}

// isPlainKeyword is true for what Google takes as it is.
func isPlainKeyword(key string) bool {
	return slices.Contains([]string{
		"type", "title", "description", "enum", "required", "minimum", "maximum", "minItems", "maxItems",
		"minLength", "maxLength", "pattern", "minProperties", "maxProperties", "nullable", "propertyOrdering",
	}, key)
}

// isLostKeyword is true for constraints that Google does not take; all others
// only annotate.
func isLostKeyword(key string) bool {
	return slices.Contains([]string{
		"not", "if", "then", "else", "patternProperties", "dependentRequired", "dependentSchemas", "dependencies", "contains",
		"uniqueItems", "multipleOf", "exclusiveMinimum", "exclusiveMaximum", "propertyNames", "unevaluatedProperties", "unevaluatedItems",
	}, key)
}

// constant writes a single allowed value as an enumeration, which is of texts
// and numbers only.
func constant(out, value *node) {
	switch {
	case value.kind != 0:
	case string(value.raw) == "true" || string(value.raw) == "false":
		out.set("type", text("boolean"))
	case string(value.raw) == "null":
		out.set("type", text("null"))
	default:
		if _, ok := value.str(); ok && out.get("type") == nil {
			out.set("type", text("string"))
		}
		out.set("enum", list(value))
	}
}

func (c *cleaner) each(n *node) *node {
	out := &node{kind: '{'}
	for _, m := range n.members {
		out.members = append(out.members, member{m.key, c.schema(m.value)})
	}
	return out
}

// nested cleans a schema or a list of schemas.
func (c *cleaner) nested(n *node) *node {
	if n.kind != '[' {
		return c.schema(n)
	}
	out := &node{kind: '['}
	for _, item := range n.items {
		out.items = append(out.items, c.schema(item))
	}
	return out
}

// follow writes out a reference. One that leads back to itself ends in an
// object of any kind, one that leads nowhere in anything.
func (c *cleaner) follow(ref string) *node {
	target := c.resolve(ref)
	if target == nil {
		c.lost = append(c.lost, "$ref")
		return &node{kind: '{'}
	}
	if slices.Contains(c.open, ref) {
		c.lost = append(c.lost, "$ref (recursive)")
		out := &node{kind: '{'}
		if kind := target.get("type"); kind != nil {
			out.set("type", kind)
		}
		return out
	}
	c.open = append(c.open, ref)
	out := c.schema(target)
	c.open = c.open[:len(c.open)-1]
	return out
}

// resolve follows a JSON pointer inside the schema (RFC 6901); nil when it
// leads nowhere.
func (c *cleaner) resolve(ref string) *node {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	n := c.root
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if step == "" {
			continue
		}
		n = n.get(strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~"))
	}
	return n
}

// merge adds to a schema what another one says: the properties and the required
// names of both, of the rest what is new.
func merge(out, more *node) {
	for _, m := range more.members {
		have := out.get(m.key)
		switch {
		case have == nil:
			out.set(m.key, m.value)
		case m.key == "properties":
			for _, property := range m.value.members {
				have.set(property.key, property.value)
			}
		case m.key == "required":
			// A new list: the old one belongs to the schema that was read.
			out.set(m.key, list(append(slices.Clone(have.items), m.value.items...)...))
		}
	}
}

// isEmptyObject reports whether arguments or a schema hold nothing.
func isEmptyObject(raw []byte) bool {
	return peek.Object(raw, nil) == nil && strings.TrimSpace(strings.Trim(strings.TrimSpace(string(raw)), "{}")) == ""
}
