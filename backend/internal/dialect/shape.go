package dialect

import (
	"encoding/json"

	"headwater/backend/internal/dialect/peek"
)

// Described is the schema of the answer for an upstream that has no place of its
// own for what the answer is for: the schema says it, unless it has a description
// already. lost reports that it cannot: there is no schema, or the schema only
// refers to another, beside which nothing may stand.
func (f Format) Described() (schema json.RawMessage, lost bool) {
	if f.Description == "" {
		return f.Schema, false
	}
	fields := [...]peek.Field{{Key: "description"}, {Key: "$ref"}}
	switch {
	case f.Kind != "schema" || peek.Object(f.Schema, fields[:]) != nil || fields[1].Found:
		return f.Schema, !fields[0].Found
	case fields[0].Found:
		return f.Schema, false
	}
	field := peek.AppendString([]byte(`"description":`), f.Description)
	return peek.Apply(nil, f.Schema, peek.Insert(f.Schema, string(field))), false
}
