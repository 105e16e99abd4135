package testupstream

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// members are those of a JSON object. Google's APIs take each name in two
// spellings; here they have the one with capitals.
type members map[string]json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (m *members) UnmarshalJSON(raw []byte) error {
	var plain map[string]json.RawMessage
	if err := json.Unmarshal(raw, &plain); err != nil {
		return err //nolint:wrapcheck // encoding/json says where it was
	}
	*m = members{}
	for name, v := range plain {
		parts := strings.Split(name, "_")
		for i := 1; i < len(parts); i++ {
			if parts[i] != "" {
				parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
			}
		}
		(*m)[strings.Join(parts, "")] = v
	}
	return nil
}

// unknown names a member that is not among the known, as the vendor does; it
// refuses what it does not know. Empty when there is none.
func (m members) unknown(at string, known ...string) string {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(known, name) {
			return fmt.Sprintf("Invalid JSON payload received. Unknown name %q%s: Cannot find field.", name, at)
		}
	}
	return ""
}

// listOf is a list, of which one element may stand for itself: Google's APIs
// take both.
type listOf[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *listOf[T]) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]T)(l)) //nolint:wrapcheck // encoding/json says where it was
	}
	var one T
	if err := json.Unmarshal(raw, &one); err != nil {
		return err //nolint:wrapcheck // encoding/json says where it was
	}
	*l = []T{one}
	return nil
}

// geminiRequest is what the fake reads of a request.
type geminiRequest struct {
	contents listOf[geminiContent]
	config   struct {
		MaxOutputTokens  *int            `json:"maxOutputTokens"`
		ResponseMIMEType string          `json:"responseMimeType"`
		ResponseSchema   json.RawMessage `json:"responseSchema"`
		JSONSchema       json.RawMessage `json:"responseJsonSchema"`
	}
}

// geminiContent is one turn.
type geminiContent struct {
	Role  string          `json:"role"`
	Parts listOf[members] `json:"parts"`
}

func (c *geminiChat) read() string {
	var top members
	if json.Unmarshal(c.body, &top) != nil {
		return "Invalid JSON payload received. Unexpected token."
	}
	if fault := top.unknown("", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig",
		"safetySettings", "cachedContent", "model", "labels", "serviceTier", "store"); fault != "" {
		return fault
	}
	if !blank(top["contents"]) && json.Unmarshal(top["contents"], &c.req.contents) != nil {
		return "Invalid value at 'contents'."
	}
	var system geminiContent
	if !blank(top["systemInstruction"]) && json.Unmarshal(top["systemInstruction"], &system) != nil {
		return "Invalid value at 'system_instruction' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content)."
	}
	c.asked = asked{stream: c.streams, parts: []json.RawMessage{top["contents"], top["systemInstruction"]}, isImage: geminiImage}
	for _, step := range []func() string{
		func() string { return c.readConfig(top["generationConfig"]) },
		func() string { return c.readTools(top["tools"]) },
		func() string { return checkTurns(c.req.contents) },
		func() string { return checkCalls(c.req.contents, strings.Contains(c.model, "gemini-3")) },
	} {
		if fault := step(); fault != "" {
			return fault
		}
	}
	return ""
}

func geminiImage(m map[string]any) int {
	for _, name := range []string{"inlineData", "inline_data", "fileData", "file_data"} {
		data, _ := m[name].(map[string]any)
		for _, key := range []string{"mimeType", "mime_type"} {
			if kind, _ := data[key].(string); strings.HasPrefix(kind, "image/") {
				return 1
			}
		}
	}
	return 0
}

func (c *geminiChat) readConfig(raw json.RawMessage) string {
	var config members
	if blank(raw) {
		return ""
	}
	if json.Unmarshal(raw, &config) != nil {
		return "Invalid value at 'generation_config'."
	}
	if fault := config.unknown(" at 'generation_config'", "stopSequences", "candidateCount", "maxOutputTokens", "temperature", "topP", "topK",
		"responseMimeType", "responseSchema", "responseJsonSchema", "responseModalities", "thinkingConfig", "presencePenalty", "frequencyPenalty",
		"seed", "responseLogprobs", "logprobs", "enableEnhancedCivicAnswers", "speechConfig", "imageConfig", "mediaResolution",
		"routingConfig", "audioTimestamp"); fault != "" {
		return fault
	}
	if json.Unmarshal(mustJSON(config), &c.req.config) != nil {
		return "Invalid value at 'generation_config'."
	}
	c.asked.limits = []*int{c.req.config.MaxOutputTokens}
	c.asked.schema = c.req.config.ResponseSchema
	if !blank(c.asked.schema) {
		if fault := checkSchema(c.asked.schema, "generation_config.response_schema", 0); fault != "" {
			return fault
		}
	} else {
		c.asked.schema = c.req.config.JSONSchema
	}
	switch kind := c.req.config.ResponseMIMEType; {
	case !blank(c.asked.schema) && kind != "application/json" && kind != "text/x.enum":
		return "Response schema is only supported with the response mime type 'application/json' or 'text/x.enum'."
	case c.req.config.MaxOutputTokens != nil && *c.req.config.MaxOutputTokens < 1:
		return "max_output_tokens must be positive."
	}
	return ""
}

// geminiName is what the vendor takes as the name of a function.
var geminiName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$`)

func (c *geminiChat) readTools(raw json.RawMessage) string {
	var tools listOf[members]
	if !blank(raw) && json.Unmarshal(raw, &tools) != nil {
		return "Invalid value at 'tools'."
	}
	for i, t := range tools {
		var functions listOf[members]
		if list := t["functionDeclarations"]; !blank(list) && json.Unmarshal(list, &functions) != nil {
			return fmt.Sprintf("Invalid value at 'tools[%d].function_declarations'.", i)
		}
		for j, f := range functions {
			if fault := c.readFunction(f, fmt.Sprintf("tools[%d].function_declarations[%d]", i, j)); fault != "" {
				return fault
			}
		}
	}
	return ""
}

func (c *geminiChat) readFunction(f members, at string) string {
	if fault := f.unknown(" at '"+at+"'", "name", "description", "parameters", "parametersJsonSchema", "response", "responseJsonSchema", "behavior"); fault != "" {
		return fault
	}
	var name string
	if json.Unmarshal(f["name"], &name) != nil || !geminiName.MatchString(name) {
		return fmt.Sprintf("Invalid value at '%s.name': must start with a letter or an underscore and be of letters, digits, underscores, dots, colons and dashes, at most 128.", at)
	}
	schema := f["parametersJsonSchema"]
	if !blank(f["parameters"]) {
		if !blank(schema) {
			return fmt.Sprintf("* %s: parameters and parameters_json_schema are mutually exclusive\n", at)
		}
		schema = f["parameters"]
		if fault := checkSchema(schema, at+".parameters", 0); fault != "" {
			return fault
		}
	}
	c.asked.tools = append(c.asked.tools, tool{name, schema})
	return ""
}

// checkSchema refuses what the vendor's own kind of schema does not have: above
// all references and additionalProperties.
func checkSchema(raw json.RawMessage, at string, depth int) string {
	var s, properties members
	if json.Unmarshal(raw, &s) != nil || depth > 2*maxFillDepth {
		return fmt.Sprintf("Invalid value at '%s'.", at)
	}
	if fault := s.unknown(" at '"+at+"'", "type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties",
		"required", "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering", "default",
		"items", "minimum", "maximum"); fault != "" {
		return fault
	}
	var choices []json.RawMessage
	_ = json.Unmarshal(s["properties"], &properties)
	_ = json.Unmarshal(s["anyOf"], &choices)
	if !blank(s["items"]) {
		choices = append(choices, s["items"])
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		choices = append(choices, properties[name])
	}
	for _, inner := range choices {
		if fault := checkSchema(inner, at+"…", depth+1); fault != "" {
			return fault
		}
	}
	return ""
}
