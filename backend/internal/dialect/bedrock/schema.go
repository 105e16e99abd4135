package bedrock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"headwater/backend/internal/dialect/peek"
)

// objectSchema gives a tool the schema that Bedrock demands: of an object, even
// without arguments.
func objectSchema(schema json.RawMessage) json.RawMessage {
	fields := [...]peek.Field{{Key: "type"}}
	switch {
	case peek.Object(schema, fields[:]) != nil:
		return json.RawMessage(`{"type":"object","properties":{}}`)
	case fields[0].Found:
		return schema
	}
	return peek.Apply(nil, schema, peek.Insert(schema, `"type":"object"`))
}

// errSchema says that a schema is none that could be closed.
var errSchema = errors.New("not a schema of an object")

// unknownKeywords are those that structured output refuses (user guide
// "Structured output", the supported subset of JSON Schema).
var unknownKeywords = []string{
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
	"maxItems", "uniqueItems", "minContains", "maxContains", "minProperties", "maxProperties",
}

// closedSchema makes a schema one that structured output takes: no object has
// properties it does not name, and the keywords that are not known are gone.
// The lost ones are named.
func closedSchema(schema json.RawMessage) (closed json.RawMessage, lost []string, err error) {
	dec := json.NewDecoder(bytes.NewReader(schema))
	dec.UseNumber()
	var root map[string]any
	if err := dec.Decode(&root); err != nil || root == nil {
		return nil, nil, errSchema
	}
	c := closer{lost: map[string]bool{}}
	c.schema(root)
	text, err := marshal(root)
	if err != nil {
		return nil, nil, fmt.Errorf("rendering the schema: %w", err)
	}
	for _, keyword := range append([]string{"minItems"}, unknownKeywords...) {
		if c.lost[keyword] {
			lost = append(lost, keyword)
		}
	}
	return text, lost, nil
}

// closer closes schemas, remembering what it took out.
type closer struct{ lost map[string]bool }

// schema closes one schema and those in it. Values that are examples, such as
// those of enum and default, are left alone.
func (c *closer) schema(s map[string]any) {
	for _, keyword := range unknownKeywords {
		c.take(s, keyword)
	}
	if n, ok := s["minItems"].(json.Number); ok && n != "0" && n != "1" {
		c.take(s, "minItems")
	}
	if isObject(s) {
		s["additionalProperties"] = false
	}
	for _, keyword := range []string{"properties", "$defs", "definitions"} {
		named, _ := s[keyword].(map[string]any)
		for _, inner := range named {
			c.value(inner)
		}
	}
	for _, keyword := range []string{"items", "anyOf", "allOf", "oneOf", "prefixItems"} {
		c.value(s[keyword])
	}
}

func (c *closer) value(v any) {
	switch v := v.(type) {
	case map[string]any:
		c.schema(v)
	case []any:
		for _, inner := range v {
			c.value(inner)
		}
	}
}

func (c *closer) take(s map[string]any, keyword string) {
	if _, found := s[keyword]; found {
		delete(s, keyword)
		c.lost[keyword] = true
	}
}

func isObject(s map[string]any) bool {
	switch kind := s["type"].(type) {
	case string:
		return kind == "object"
	case []any:
		return slices.Contains(kind, any("object"))
	}
	return s["properties"] != nil
}
