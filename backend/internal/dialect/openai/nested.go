package openai

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"headwater/backend/internal/dialect/peek"
)

// shape is an object inside a request, or a list of them: the fields that are
// read or that say nothing to a model (ids and places, states of what was
// answered before). All others are named, under path.
type shape struct {
	path   string
	keys   []string
	inside map[string]*shape
	// only, where it is set, tells the objects of which the fields are known;
	// others are named as a whole elsewhere.
	only func(raw []byte) bool
}

// shapes are those of the top level, by their names there.
var shapes = map[string]*shape{
	"messages": {path: "messages[]", keys: []string{
		"role", "content", "name", "tool_calls", "tool_call_id", "refusal", "reasoning", "reasoning_content", "reasoning_details",
		"function_call", "cache_control", "annotations", "images", "audio", "extra_content", "id", "parsed",
	}, inside: map[string]*shape{
		"content":    contentShape,
		"tool_calls": callShape,
		"function_call": {
			path: "messages[].function_call", keys: []string{"name", "arguments", "id"},
		},
	}},
	"tools": {path: "tools[]", only: isKnownTool, keys: []string{"type", "function", "custom", "cache_control"}, inside: map[string]*shape{
		"function": {path: "tools[].function", keys: []string{"name", "description", "parameters", "strict"}},
		"custom":   {path: "tools[].custom", keys: []string{"name", "description", "format"}},
	}},
	"functions": {path: "functions[]", keys: []string{"name", "description", "parameters"}},
	"response_format": {path: "response_format", keys: []string{"type", "json_schema"}, inside: map[string]*shape{
		"json_schema": {path: "response_format.json_schema", keys: []string{"name", "description", "schema", "strict"}},
	}},
	"reasoning": {path: "reasoning", keys: []string{"effort", "max_tokens", "enabled", "exclude"}},
	"thinking":  {path: "thinking", keys: []string{"type", "budget_tokens"}},
	// What hides the length of a stream's pieces is for the line, not the answer.
	"stream_options": {path: "stream_options", keys: []string{"include_usage", "include_obfuscation"}},
}

var contentShape = &shape{
	path: "messages[].content[]",
	keys: []string{
		"type", "text", "image_url", "refusal", "thinking", "video_url", "document_url", "input_audio", "file", "cache_control",
		"document_name", "id", "closed",
	},
	inside: map[string]*shape{
		"image_url":   {path: "messages[].content[].image_url", keys: []string{"url", "detail"}},
		"video_url":   {path: "messages[].content[].video_url", keys: []string{"url", "detail"}},
		"input_audio": {path: "messages[].content[].input_audio", keys: []string{"data", "format"}},
		"file":        {path: "messages[].content[].file", keys: []string{"file_data", "filename", "file_id"}},
	},
}

var callShape = &shape{
	path: "messages[].tool_calls[]",
	keys: []string{"id", "type", "function", "custom", "index", "extra_content", "cache_control"},
	inside: map[string]*shape{
		"function": {path: "messages[].tool_calls[].function", keys: []string{"name", "arguments", "parsed_arguments"}},
		"custom":   {path: "messages[].tool_calls[].custom", keys: []string{"name", "input"}},
	},
}

// isKnownTool is true for the tools of which the fields are read.
func isKnownTool(raw []byte) bool {
	kind, _ := peek.String(inner(raw, "type"))
	return kind == "" || kind == typeFunction || kind == typeCustom
}

// strangers names the fields inside a value that nobody reads and that say
// something, each once. It is one walk; only a stranger costs more.
func (d *reader) strangers(raw []byte, s *shape) {
	switch {
	case s == nil || len(raw) == 0 || d.req.Crowded():
	case raw[0] == '[':
		for element := range peek.Elements(raw) {
			d.strangers(element, s)
		}
	case raw[0] == '{' && (s.only == nil || s.only(raw)):
		if !d.familiar(raw, s) {
			d.nameStrangers(raw, s)
		}
	}
}

// familiar walks an object; false where there may be a stranger in it.
func (d *reader) familiar(raw []byte, s *shape) bool {
	scan := peek.NewScan(raw)
	members := scan.Object(s.keys)
	for key, ok := members.Next(); ok; key, ok = members.Next() {
		value := scan.Raw()
		if key == "" && !isVoid(value) {
			return false
		}
		d.strangers(value, s.inside[key])
	}
	return scan.Done()
}

// nameStrangers looks at each field of an object by its name.
func (d *reader) nameStrangers(raw []byte, s *shape) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		known := slices.IndexFunc(s.keys, func(key string) bool { return strings.EqualFold(key, name) })
		switch {
		case known >= 0:
			d.strangers(fields[name], s.inside[s.keys[known]])
		case !isVoid(fields[name]):
			d.stranger(s.path + "." + name)
		}
	}
}
