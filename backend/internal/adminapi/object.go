package adminapi

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// object is a whole T in a request's body. It is validated as a T and handed
// on as it came: what an absent field means is for the use case to say.
type object[T any] struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (object[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// patch is part of a T in a request's body: an absent field stays as it is,
// null takes an optional one back to its default (RFC 7396).
type patch[T any] struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (patch[T]) Schema(r huma.Registry) *huma.Schema {
	whole := r.SchemaFromRef(r.Schema(reflect.TypeFor[T](), true, "").Ref)
	name := huma.DefaultSchemaNamer(reflect.TypeFor[T](), "") + "Patch"
	if _, done := r.Map()[name]; !done {
		required := map[string]bool{}
		for _, field := range whole.Required {
			required[field] = true
		}
		part := &huma.Schema{
			Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{},
			Description: "Fields to change: an absent one stays, null takes an optional one back to its default",
		}
		for field, schema := range whole.Properties {
			if schema.Ref == "" && !required[field] {
				nullable := *schema
				nullable.Nullable = true
				schema = &nullable
			}
			part.Properties[field] = schema
		}
		part.PrecomputeMessages()
		r.Map()[name] = part
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}
