package testupstream

import (
	"encoding/json"
	"math"
	"strings"
)

// Bounds of a made-up value: a schema comes from outside, and may refer to itself.
const (
	maxFillDepth = 12
	maxFillItems = 16
	maxFillText  = 1000
	// maxFillValues bounds the whole: depth alone leaves room for very many.
	maxFillValues = 2000
)

// defaultArgs is what a tool gets whose schema asks for nothing in particular.
const defaultArgs = `{"city":"Vienna"}`

// fill makes a value that has what a JSON schema requires, each of its type.
// It knows the words that answers of a model are asked for with, and Google's
// upper-case types; a pattern it cannot meet.
func fill(schema json.RawMessage) any {
	var root any
	if json.Unmarshal(schema, &root) != nil {
		return map[string]any{}
	}
	return newFiller(root).value(root, "", 0)
}

// argsFor makes the arguments of a call.
func argsFor(schema json.RawMessage) string {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Additional json.RawMessage            `json:"additionalProperties"`
	}
	if blank(schema) || json.Unmarshal(schema, &s) != nil {
		return defaultArgs
	}
	if len(s.Properties) == 0 && string(s.Additional) != "false" {
		return defaultArgs
	}
	args, ok := fill(schema).(map[string]any)
	if !ok {
		return defaultArgs
	}
	if _, has := args["city"]; !has && len(s.Properties["city"]) > 0 {
		args["city"] = filler{}.string("city", nil)
	}
	return string(mustJSON(args))
}

type filler struct {
	root any
	// left is how many values may still be made.
	left *int
}

func newFiller(root any) filler {
	left := maxFillValues
	return filler{root, &left}
}

func (f filler) value(schema any, name string, depth int) any {
	*f.left--
	s, ok := schema.(map[string]any)
	if !ok || depth > maxFillDepth || *f.left < 0 {
		return f.string(name, nil)
	}
	if v, ok := s["const"]; ok {
		return v
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[0]
	}
	if other := f.instead(s); other != nil {
		return f.value(other, name, depth+1)
	}
	return f.typed(s, name, depth)
}

// instead is the schema that one refers to, or the first of its alternatives.
func (f filler) instead(s map[string]any) any {
	if ref, ok := s["$ref"].(string); ok {
		return f.resolve(ref)
	}
	for _, key := range []string{"anyOf", "oneOf", "allOf"} {
		if choice := firstChoice(s[key]); choice != nil {
			return choice
		}
	}
	return nil
}

func (f filler) typed(s map[string]any, name string, depth int) any {
	switch typeOf(s) {
	case "object":
		return f.object(s, depth)
	case "array":
		return f.array(s, name, depth)
	case "integer":
		return int64(math.Ceil(bounded(s, 1)))
	case "number":
		return bounded(s, 1.5)
	case "boolean":
		return true
	case "null":
		return nil
	}
	return f.string(name, s)
}

// typeOf is the type a schema asks for, the first that is not null.
func typeOf(s map[string]any) string {
	switch t := s["type"].(type) {
	case string:
		return strings.ToLower(t)
	case []any:
		for _, v := range t {
			if word, ok := v.(string); ok && word != "null" {
				return strings.ToLower(word)
			}
		}
	}
	switch {
	case s["properties"] != nil || s["required"] != nil:
		return "object"
	case s["items"] != nil:
		return "array"
	}
	return "string"
}

// firstChoice is the first of alternatives that is more than null.
func firstChoice(v any) any {
	list, _ := v.([]any)
	for _, choice := range list {
		if m, ok := choice.(map[string]any); ok && m["type"] != "null" {
			return m
		}
	}
	return nil
}

// resolve follows a reference inside the document.
func (f filler) resolve(ref string) any {
	at := f.root
	for _, step := range strings.Split(strings.TrimPrefix(ref, "#"), "/")[1:] {
		m, _ := at.(map[string]any)
		at = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	return at
}

func (f filler) object(s map[string]any, depth int) any {
	out := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, v := range required {
		if name, ok := v.(string); ok {
			out[name] = f.value(properties[name], name, depth+1)
		}
	}
	return out
}

func (f filler) array(s map[string]any, name string, depth int) any {
	n := 1
	if low, ok := s["minItems"].(float64); ok {
		n = int(min(max(low, 1), maxFillItems))
	}
	if high, ok := s["maxItems"].(float64); ok && high < float64(n) {
		n = int(max(high, 0))
	}
	out := make([]any, n)
	for i := range out {
		out[i] = f.value(s["items"], name, depth+1)
	}
	return out
}

// bounded moves a number between the bounds a schema sets.
func bounded(s map[string]any, v float64) float64 {
	if low, ok := s["minimum"].(float64); ok {
		v = max(v, low)
	}
	if low, ok := s["exclusiveMinimum"].(float64); ok && v <= low {
		v = low + 1
	}
	if high, ok := s["maximum"].(float64); ok {
		v = min(v, high)
	}
	if high, ok := s["exclusiveMaximum"].(float64); ok && v >= high {
		v = high - 1
	}
	return v
}

func (filler) string(name string, s map[string]any) any {
	formats := map[string]string{
		"date": "2026-01-01", "date-time": "2026-01-01T00:00:00Z", "time": "00:00:00Z", "email": "someone@example.com",
		"uri": "https://example.com/", "uuid": "00000000-0000-4000-8000-000000000000", "ipv4": "192.0.2.1", "hostname": "example.com",
	}
	format, _ := s["format"].(string)
	text, known := formats[format]
	switch {
	case known:
	case name == "city":
		text = "Vienna"
	default:
		text = "text"
	}
	if low, ok := s["minLength"].(float64); ok && float64(len(text)) < low {
		text += strings.Repeat("x", int(min(low, maxFillText))-len(text))
	}
	if high, ok := s["maxLength"].(float64); ok && high >= 0 && float64(len(text)) > high {
		text = text[:int(high)]
	}
	return text
}
