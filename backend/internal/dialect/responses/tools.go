package responses

import (
	"encoding/json"
	"fmt"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// wireTool is a tool as requests name it, in the flat form of this dialect.
type wireTool struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
	Strict      *bool           `json:"strict,omitempty"`
	Format      json.RawMessage `json:"format,omitempty"`
}

func readTools(d *reader, name string, raw json.RawMessage) error {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return bad(name, "The field tools must be a list of tools.")
	}
	for i, rawTool := range list {
		at := fmt.Sprintf("%s[%d]", name, i)
		kind, ok := peek.String(inner(rawTool, "type"))
		switch {
		case !ok:
			return bad(at+".type", "A tool must be an object with a type.")
		case kind != "function" && kind != "custom":
			d.stranger(fmt.Sprintf("%s (%s)", at, kind))
			continue
		}
		tool, err := readTool(at, rawTool)
		if err != nil {
			return err
		}
		d.left(name+"[]", rawTool, toolFields)
		d.req.Tools = append(d.req.Tools, tool)
	}
	return nil
}

func readTool(at string, raw json.RawMessage) (dialect.Tool, error) {
	var w wireTool
	if json.Unmarshal(raw, &w) != nil || w.Name == "" {
		return dialect.Tool{}, bad(at+".name", "A tool must have a name, and its other fields their types.")
	}
	t := dialect.Tool{Name: w.Name, Description: w.Description, Strict: w.Strict}
	switch {
	case w.Type == "custom":
		t.Custom, t.Schema, t.Strict = true, json.RawMessage(dialect.CustomSchema), nil
		if kind, _ := peek.String(inner(w.Format, "type")); isSet(w.Format) && kind != "text" {
			t.Grammar = grammarIn(w.Format)
		}
	case isSet(w.Parameters):
		t.Schema = w.Parameters
	}
	return t, nil
}

// grammar is the form of a custom tool's text: flat here, nested under its own
// name in chat completions, which is how the neutral form has it.
type grammar struct {
	Type       string   `json:"type"`
	Syntax     string   `json:"syntax,omitempty"`
	Definition string   `json:"definition,omitempty"`
	Grammar    *grammar `json:"grammar,omitempty"`
}

// grammarIn is the neutral form of a grammar; grammarOut the one of this dialect.
// Both leave what they do not know as it is.
func grammarIn(raw json.RawMessage) json.RawMessage {
	var g grammar
	if json.Unmarshal(raw, &g) != nil || g.Type != "grammar" || g.Grammar != nil {
		return raw
	}
	return mustJSON(struct {
		Type    string `json:"type"`
		Grammar struct {
			Syntax     string `json:"syntax"`
			Definition string `json:"definition"`
		} `json:"grammar"`
	}{g.Type, struct {
		Syntax     string `json:"syntax"`
		Definition string `json:"definition"`
	}{g.Syntax, g.Definition}})
}

func grammarOut(raw json.RawMessage) json.RawMessage {
	var g grammar
	if len(raw) == 0 || json.Unmarshal(raw, &g) != nil || g.Grammar == nil {
		return raw
	}
	return mustJSON(grammar{Type: g.Type, Syntax: g.Grammar.Syntax, Definition: g.Grammar.Definition})
}

// readChoice reads tool_choice. A choice of tools that OpenAI runs itself has
// no meaning elsewhere.
func readChoice(d *reader, name string, raw json.RawMessage) error {
	if word, ok := peek.String(raw); ok {
		switch word {
		case "auto", "none", "required":
			d.req.Choice = dialect.ToolChoice{Mode: word}
			return nil
		}
		return bad(name, "The field tool_choice must be auto, none, required or an object that names a tool.")
	}
	var c struct {
		Type  string     `json:"type"`
		Name  string     `json:"name"`
		Mode  string     `json:"mode"`
		Tools []wireTool `json:"tools"`
	}
	if json.Unmarshal(raw, &c) != nil || c.Type == "" {
		return bad(name, "The field tool_choice must be auto, none, required or an object that names a tool.")
	}
	d.left(name, raw, choiceFields)
	switch c.Type {
	case "function", "custom":
		if c.Name == "" {
			return bad(name+".name", "A choice of a tool must name the tool.")
		}
		d.req.Choice = dialect.ToolChoice{Mode: "named", Name: c.Name}
	case "allowed_tools":
		return d.allow(name, c.Mode, c.Tools)
	default:
		d.drop(fmt.Sprintf("%s (%s)", name, c.Type))
	}
	return nil
}

// allow leaves only the allowed tools: to the model that is the same, and the
// prompt cache, for which the field exists, is OpenAI's own affair.
func (d *reader) allow(name, mode string, allowed []wireTool) error {
	if mode != "auto" && mode != "required" {
		return bad(name+".mode", "The mode of allowed tools must be auto or required.")
	}
	d.req.Choice = dialect.ToolChoice{Mode: mode}
	names := map[string]bool{}
	for i := range allowed {
		names[allowed[i].Name] = true
	}
	d.req.Tools = slices.DeleteFunc(d.req.Tools, func(t dialect.Tool) bool { return !names[t.Name] })
	if len(d.req.Tools) == 0 {
		return hw.Errorf(hw.CodeBadRequest, "None of the allowed tools is among the tools.").At(name + ".tools")
	}
	return nil
}
