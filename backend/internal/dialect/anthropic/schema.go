package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"headwater/backend/internal/dialect/peek"
)

// objectSchema gives a tool the schema that Anthropic demands: of an object,
// even without arguments.
func objectSchema(schema json.RawMessage) json.RawMessage {
	if len(schema) == 0 {
		return json.RawMessage(`{"type":"object","properties":{}}`)
	}
	field := [...]peek.Field{{Key: "type"}}
	if peek.Object(schema, field[:]) != nil || field[0].Found {
		return schema
	}
	return peek.Apply(nil, schema, peek.Insert(schema, `"type":"object"`))
}

// unsupported are the keywords that Anthropic's structured outputs refuse
// (documentation "Structured outputs", limitations, November 2025).
func unsupported(keyword string) bool {
	switch keyword {
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties":
		return true
	}
	return false
}

// errSchema is returned for a schema that is not an object.
var errSchema = errors.New("the schema is not a JSON object")

// closedSchema renders a schema as structured outputs take it: every object
// closed, without the keywords they refuse, which are returned. The order of
// the properties is kept: the model answers in it.
func closedSchema(schema json.RawMessage) (out json.RawMessage, lost []string, err error) {
	dec := json.NewDecoder(bytes.NewReader(schema))
	dec.UseNumber()
	c := closer{dec: dec}
	tok, err := dec.Token()
	if err != nil || tok != json.Delim('{') {
		return nil, nil, errSchema
	}
	if err := c.object(false); err != nil {
		return nil, nil, fmt.Errorf("reading the schema: %w", err)
	}
	slices.Sort(c.lost)
	return c.out, slices.Compact(c.lost), nil
}

// closer copies a schema token by token.
type closer struct {
	dec  *json.Decoder
	out  []byte
	lost []string
}

// object copies the members after an opening brace. In a map of names, such as
// properties, the keys are names and no keywords.
func (c *closer) object(names bool) error {
	c.out = append(c.out, '{')
	start := len(c.out)
	var seen keywords
	for c.dec.More() {
		key, skipped, err := c.key(names)
		if err != nil {
			return err
		}
		if skipped {
			continue
		}
		if len(c.out) > start {
			c.out = append(c.out, ',')
		}
		value, err := c.member(names, key)
		if err != nil {
			return err
		}
		if !names {
			seen.add(key, value)
		}
	}
	if seen.object && !seen.closed {
		c.out = append(c.out, `,"additionalProperties":false`...)
	}
	c.out = append(c.out, '}')
	_, err := c.dec.Token()
	return err //nolint:wrapcheck // closedSchema says what was read
}

// keywords is what the keywords of one schema said so far: that it is of an
// object, and that the object takes no other properties.
type keywords struct{ object, closed bool }

func (k *keywords) add(key string, value []byte) {
	switch key {
	case "properties":
		k.object = true
	case "type":
		k.object = k.object || string(value) == `"object"`
	case "additionalProperties":
		k.closed = true
	}
}

// key reads the next key. A keyword that structured outputs refuse is skipped
// with its value and noted.
func (c *closer) key(names bool) (key string, skipped bool, err error) {
	tok, err := c.dec.Token()
	key, _ = tok.(string)
	if err != nil || names || !unsupported(key) {
		return key, false, err //nolint:wrapcheck // closedSchema says what was read
	}
	c.lost = append(c.lost, key)
	var value json.RawMessage
	return key, true, c.dec.Decode(&value) //nolint:wrapcheck // closedSchema says what was read
}

// member copies a key with its value and gives the value as it was copied.
// Values that are data, not schemas, are copied as they are.
func (c *closer) member(names bool, key string) ([]byte, error) {
	c.out = append(peek.AppendString(c.out, key), ':')
	from := len(c.out)
	if names {
		key = "" // a name, whatever it is
	}
	var err error
	switch key {
	case "enum", "const", "default", "examples", "required", "additionalProperties":
		var raw json.RawMessage
		err = c.dec.Decode(&raw)
		if key == "additionalProperties" {
			raw = json.RawMessage("false")
		}
		c.out = append(c.out, raw...)
	case "properties", "$defs", "definitions", "patternProperties":
		err = c.value(true)
	default:
		err = c.value(false)
	}
	return c.out[from:], err
}

// value copies one value; names says whether it is a map of names.
func (c *closer) value(names bool) error {
	tok, err := c.dec.Token()
	if err != nil {
		return err //nolint:wrapcheck // closedSchema says what was read
	}
	switch tok {
	case json.Delim('{'):
		return c.object(names)
	case json.Delim('['):
		return c.list()
	}
	text, err := json.Marshal(tok)
	c.out = append(c.out, text...)
	return err //nolint:wrapcheck // closedSchema says what was read
}

func (c *closer) list() error {
	c.out = append(c.out, '[')
	for first := true; c.dec.More(); first = false {
		if !first {
			c.out = append(c.out, ',')
		}
		if err := c.value(false); err != nil {
			return err
		}
	}
	c.out = append(c.out, ']')
	_, err := c.dec.Token()
	return err //nolint:wrapcheck // closedSchema says what was read
}
