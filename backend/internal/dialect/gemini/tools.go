package gemini

import (
	"maps"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// tools reads the functions. Google's own tools are named as what is lost.
func (r *reader) tools(root *object) {
	for _, t := range root.children("tools") {
		for _, f := range t.children("functionDeclarations") {
			r.function(f)
		}
		// An empty object is how Google's own tools are switched on.
		for _, key := range slices.Sorted(maps.Keys(t.fields)) {
			if raw, _ := t.take(key); string(raw) == "{}" || !isVoid(raw) {
				r.drop("tools[]." + key)
			}
		}
	}
}

func (r *reader) function(f *object) {
	t := dialect.Tool{Name: f.text("name"), Description: f.text("description")}
	if t.Name == "" {
		r.bad(f.path("name"), "The field %s must name the function.", f.path("name"))
	}
	older, hasOlder := f.take("parameters")
	schema, hasSchema := f.take("parametersJsonSchema")
	switch {
	case hasSchema:
		if peek.Object(schema, nil) != nil {
			r.bad(f.path("parametersJsonSchema"), "The field %s must be a schema.", f.path("parametersJsonSchema"))
		}
		t.Schema = schema
	case hasOlder:
		converted, err := jsonSchema(older)
		if err != nil {
			r.bad(f.path("parameters"), "The field %s must be a schema.", f.path("parameters"))
		}
		t.Schema = converted
	}
	f.dropRest("tools[].functionDeclarations[]")
	r.req.Tools = append(r.req.Tools, t)
}

// toolConfig reads whether and which function must be called.
func (r *reader) toolConfig(c *object) {
	if c == nil {
		return
	}
	if calling := c.child("functionCallingConfig"); calling != nil {
		r.choice(calling)
		calling.dropRest("")
	}
	c.dropRest("")
}

func (r *reader) choice(c *object) {
	mode, allowed := c.text("mode"), c.texts("allowedFunctionNames")
	switch mode {
	case "", "MODE_UNSPECIFIED":
	case "AUTO", "VALIDATED":
		r.req.Choice.Mode = "auto"
	case "NONE":
		r.req.Choice.Mode = "none"
	case "ANY":
		r.req.Choice.Mode = "required"
	default:
		r.bad(c.path("mode"), "The field %s must be AUTO, ANY, NONE or VALIDATED.", c.path("mode"))
	}
	switch {
	case len(allowed) == 0:
	case r.req.Choice.Mode == "required" && len(allowed) == 1:
		r.req.Choice = dialect.ToolChoice{Mode: "named", Name: allowed[0]}
	default:
		// Tools that may not be called are left out instead.
		names := map[string]bool{}
		for _, name := range allowed {
			names[name] = true
		}
		r.req.Tools = slices.DeleteFunc(r.req.Tools, func(t dialect.Tool) bool { return !names[t.Name] })
		if len(r.req.Tools) == 0 {
			r.fail(hw.Errorf(hw.CodeBadRequest, "The field %s must name declared functions.", c.path("allowedFunctionNames")).At(c.path("allowedFunctionNames")))
		}
	}
}
