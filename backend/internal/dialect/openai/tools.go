package openai

import (
	"cmp"
	"encoding/json"
	"fmt"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

type wireTool struct {
	Type         string            `json:"type"`
	Function     *wireToolFunction `json:"function"`
	Custom       *wireToolCustom   `json:"custom"`
	CacheControl json.RawMessage   `json:"cache_control"`
}

type wireToolFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
	Strict      *bool           `json:"strict,omitempty"`
}

// wireToolCustom is a tool that takes free text. Format is the form that the
// text must have; absent means any.
type wireToolCustom struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Format      json.RawMessage `json:"format,omitempty"`
}

func (c *wireToolCustom) tool() dialect.Tool {
	t := dialect.Tool{Name: c.Name, Description: c.Description, Custom: true, Schema: json.RawMessage(dialect.CustomSchema)}
	if isSet(c.Format) {
		t.Grammar = c.Format
	}
	return t
}

func (f *wireToolFunction) tool() dialect.Tool {
	t := dialect.Tool{Name: f.Name, Description: f.Description, Strict: f.Strict}
	if isSet(f.Parameters) {
		t.Schema = f.Parameters
	}
	return t
}

func readTools(d *reader, name string, raw json.RawMessage) error {
	var tools []wireTool
	if json.Unmarshal(raw, &tools) != nil {
		return misfit[wireTool](name, raw, nil)
	}
	for i, t := range tools {
		at := fmt.Sprintf("%s[%d]", name, i)
		switch {
		case t.Function != nil && t.Function.Name != "":
			tool := t.Function.tool()
			if isSet(t.CacheControl) {
				tool.CacheControl = t.CacheControl
			}
			d.req.Tools = append(d.req.Tools, tool)
		case t.Custom != nil && t.Custom.Name != "":
			d.req.Tools = append(d.req.Tools, t.Custom.tool())
		case t.Type == typeFunction:
			return bad(at+".function.name", "A function tool must have a name.")
		case t.Type == typeCustom:
			return bad(at+".custom.name", "A custom tool must have a name.")
		default:
			d.stranger(fmt.Sprintf("%s (%s)", at, t.Type))
		}
	}
	return nil
}

// readFunctions reads the form before tools.
func readFunctions(d *reader, name string, raw json.RawMessage) error {
	var functions []wireToolFunction
	if json.Unmarshal(raw, &functions) != nil {
		return bad(name, "The field functions must be a list of functions.")
	}
	for i := range functions {
		d.req.Tools = append(d.req.Tools, functions[i].tool())
	}
	return nil
}

// readChoice reads tool_choice and its older form function_call.
func readChoice(d *reader, name string, raw json.RawMessage) error {
	if word, ok := peek.String(raw); ok {
		switch word {
		case "auto", "none", "required":
			d.req.Choice = dialect.ToolChoice{Mode: word}
		case "any": // Mistral's word
			d.req.Choice = dialect.ToolChoice{Mode: "required"}
		default:
			return bad(name, "The field %s must be auto, none, required or name a function.", name)
		}
		return nil
	}
	type named struct {
		Name string `json:"name"`
	}
	var c struct {
		named
		Function named `json:"function"`
		Custom   named `json:"custom"`
		Allowed  *struct {
			Mode  string     `json:"mode"`
			Tools []wireTool `json:"tools"`
		} `json:"allowed_tools"`
	}
	if json.Unmarshal(raw, &c) != nil {
		return bad(name, "The field %s must be auto, none, required or name a function.", name)
	}
	switch called := cmp.Or(c.Name, c.Function.Name, c.Custom.Name); {
	case called != "":
		d.req.Choice = dialect.ToolChoice{Mode: "named", Name: called}
	case c.Allowed != nil && (c.Allowed.Mode == "auto" || c.Allowed.Mode == "required"):
		d.req.Choice = dialect.ToolChoice{Mode: c.Allowed.Mode}
		if !d.allow(c.Allowed.Tools) {
			d.drop(name + ".allowed_tools")
		}
	default:
		d.drop(name)
	}
	return nil
}

// allow keeps of the tools those that may be called: to a model that is told of no
// others it is the same. False where none would be left.
func (d *reader) allow(allowed []wireTool) bool {
	names := map[string]bool{}
	for _, t := range allowed {
		switch {
		case t.Function != nil:
			names[t.Function.Name] = true
		case t.Custom != nil:
			names[t.Custom.Name] = true
		}
	}
	var kept []dialect.Tool
	for i := range d.req.Tools {
		if names[d.req.Tools[i].Name] {
			kept = append(kept, d.req.Tools[i])
		}
	}
	if len(kept) > 0 {
		d.req.Tools = kept
	}
	return len(kept) > 0
}
