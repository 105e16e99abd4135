package simulator

import "encoding/json"

// maxFitDepth bounds the depth of a made-up value: a schema comes from outside
// and may be nested without end.
const maxFitDepth = 8

// schema is the part of JSON Schema the practice model understands; with any
// other keyword the value is still JSON, but may not fit.
type schema struct {
	Type       any                        `json:"type"` // a name or a list of names
	Enum       []json.RawMessage          `json:"enum"`
	Const      json.RawMessage            `json:"const"`
	Properties map[string]json.RawMessage `json:"properties"`
	Items      json.RawMessage            `json:"items"`
	MinItems   int                        `json:"minItems"`
	Minimum    *float64                   `json:"minimum"`
	AnyOf      []json.RawMessage          `json:"anyOf"`
}

// fit makes a value for a schema; the same one each time. A missing or broken
// schema gives an empty object, which is what a tool without arguments takes.
func fit(raw json.RawMessage) any {
	var s schema
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil || (s.kind() == "" && !s.says()) {
		return map[string]any{}
	}
	return fitDepth(raw, 0)
}

// says reports whether the schema says anything beside its type.
func (s *schema) says() bool { return len(s.Enum) > 0 || len(s.Const) > 0 || len(s.AnyOf) > 0 }

func (s *schema) kind() string {
	switch t := s.Type.(type) {
	case string:
		return t
	case []any:
		if len(t) > 0 {
			first, _ := t[0].(string)
			return first
		}
	}
	if s.Properties != nil {
		return "object"
	}
	return ""
}

func fitDepth(raw json.RawMessage, depth int) any {
	var s schema
	if depth > maxFitDepth || json.Unmarshal(raw, &s) != nil {
		return nil
	}
	switch {
	case len(s.Const) > 0:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return fitDepth(s.AnyOf[0], depth+1)
	}
	return s.value(depth)
}

// value makes a value of the schema's type; a text where it names none.
func (s *schema) value(depth int) any {
	switch s.kind() {
	case "object":
		object := make(map[string]any, len(s.Properties))
		for name, property := range s.Properties {
			object[name] = fitDepth(property, depth+1)
		}
		return object
	case "array":
		list := []any{}
		if s.MinItems > 0 { // one is all a practice list gets: nested lists multiply
			list = append(list, fitDepth(s.Items, depth+1))
		}
		return list
	case "integer", "number":
		if s.Minimum != nil && *s.Minimum > 1 {
			return *s.Minimum
		}
		return 1
	case "boolean":
		return true
	case "null":
		return nil
	}
	return Model
}
