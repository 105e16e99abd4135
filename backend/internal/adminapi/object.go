package adminapi

import (
	"encoding/json"
	"reflect"
	"strings"

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
			switch {
			case schema.Ref != "":
				schema = partOf(r, schema)
			case !required[field]:
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

// partOf is what a patch may say of an object inside a document: it is merged
// as well, so what the object requires may be there already.
func partOf(r huma.Registry, schema *huma.Schema) *huma.Schema {
	whole := r.SchemaFromRef(schema.Ref)
	if whole.Type != huma.TypeObject || len(whole.Required) == 0 {
		return schema
	}
	ref := schema.Ref + "Part"
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	if _, done := r.Map()[name]; !done {
		part := &huma.Schema{
			Type: huma.TypeObject, AdditionalProperties: false, Properties: whole.Properties, Description: whole.Description,
		}
		part.PrecomputeMessages()
		r.Map()[name] = part
	}
	return &huma.Schema{Ref: ref, Description: schema.Description}
}
