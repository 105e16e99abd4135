package testupstream

import (
	"encoding/json"
	"fmt"
	"slices"
)

// responsesRequest is what the fake reads of a request.
type responsesRequest struct {
	Stream       bool            `json:"stream"`
	Input        json.RawMessage `json:"input"`
	Instructions json.RawMessage `json:"instructions"`
	MaxOutput    *int            `json:"max_output_tokens"`
	Store        *bool           `json:"store"`
	Include      []string        `json:"include"`
	Previous     json.RawMessage `json:"previous_response_id"`
	Conversation json.RawMessage `json:"conversation"`
	Reasoning    json.RawMessage `json:"reasoning"`
	Tools        json.RawMessage `json:"tools"`
	ToolChoice   json.RawMessage `json:"tool_choice"`
	Metadata     json.RawMessage `json:"metadata"`
	Text         struct {
		Format json.RawMessage `json:"format"`
	} `json:"text"`
}

// responsesInput is an item of the input.
type responsesInput struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"`
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
	CallID  string          `json:"call_id"`
	Name    *string         `json:"name"`
	Args    json.RawMessage `json:"arguments"`
	Output  json.RawMessage `json:"output"`
	Summary json.RawMessage `json:"summary"`
}

// minOutputTokens is the least the vendor takes as a limit.
const minOutputTokens = 16

func (c *responsesChat) read() string {
	if fault := c.decode(&c.req); fault != "" {
		return fault
	}
	c.asked = asked{
		stream: c.req.Stream, limits: []*int{c.req.MaxOutput},
		parts: []json.RawMessage{c.req.Input, c.req.Instructions}, isImage: ofType("input_image"),
	}
	if n := c.req.MaxOutput; n != nil && *n < minOutputTokens {
		return fmt.Sprintf("Invalid 'max_output_tokens': integer below minimum value. Expected a value >= %d, but got %d instead.", minOutputTokens, *n)
	}
	if fault := c.readTools(); fault != "" {
		return fault
	}
	if fault := c.readFormat(); fault != "" {
		return fault
	}
	return c.readInput()
}

// readTools takes the functions; the vendor's own tools are never called.
func (c *responsesChat) readTools() string {
	var tools []struct {
		Type       string          `json:"type"`
		Name       string          `json:"name"`
		Parameters json.RawMessage `json:"parameters"`
	}
	if !blank(c.req.Tools) && json.Unmarshal(c.req.Tools, &tools) != nil {
		return "Invalid type for 'tools': expected an array of objects."
	}
	for i, t := range tools {
		switch {
		case t.Type == "":
			return fmt.Sprintf("Missing required parameter: 'tools[%d].type'.", i)
		case t.Type == "function" && t.Name == "":
			return fmt.Sprintf("Missing required parameter: 'tools[%d].name'.", i)
		case t.Type == "function":
			c.asked.tools = append(c.asked.tools, tool{t.Name, t.Parameters})
		}
	}
	return ""
}

func (c *responsesChat) readFormat() string {
	var format struct {
		Type   string          `json:"type"`
		Name   string          `json:"name"`
		Schema json.RawMessage `json:"schema"`
	}
	if !blank(c.req.Text.Format) && json.Unmarshal(c.req.Text.Format, &format) != nil {
		return "Invalid type for 'text.format': expected an object."
	}
	if format.Type != "json_schema" {
		return ""
	}
	switch {
	case format.Name == "":
		return "Missing required parameter: 'text.format.name'."
	case blank(format.Schema):
		return "Missing required parameter: 'text.format.schema'."
	}
	c.asked.schema = format.Schema
	return ""
}

// readInput checks the input: a text, or items.
func (c *responsesChat) readInput() string {
	var text string
	if !blank(c.req.Input) && json.Unmarshal(c.req.Input, &text) == nil {
		return ""
	}
	var items []responsesInput
	switch {
	case blank(c.req.Input):
		return "Missing required parameter: 'input'."
	case json.Unmarshal(c.req.Input, &items) != nil:
		return "Invalid type for 'input': expected one of a string or array of input items."
	case len(items) == 0:
		return "Invalid 'input': empty array. Expected an array with minimum length 1, but got an empty array instead."
	}
	for i, item := range items {
		if fault := item.check(fmt.Sprintf("input[%d]", i)); fault != "" {
			return fault
		}
	}
	// The calls of an earlier response are not in the input of the next.
	if !blank(c.req.Previous) || !blank(c.req.Conversation) {
		return ""
	}
	return callsPair(items)
}

// callsPair wants each output after its call, and each call answered.
func callsPair(items []responsesInput) string {
	open := map[string]bool{}
	var order []string
	for _, item := range items {
		switch item.Type {
		case "function_call":
			open[item.CallID] = true
			order = append(order, item.CallID)
		case "function_call_output":
			if _, ok := open[item.CallID]; !ok {
				return fmt.Sprintf("No tool call found for function call output with call_id %s.", item.CallID)
			}
			open[item.CallID] = false
		}
	}
	for _, id := range order {
		if open[id] {
			return fmt.Sprintf("No tool output found for function call %s.", id)
		}
	}
	return ""
}

// responsesItemTypes are the items the fake takes beside messages.
func responsesItemTypes() []string {
	return []string{
		"message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output",
		"item_reference", "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call",
		"computer_call", "computer_call_output", "local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output",
		"apply_patch_call", "apply_patch_call_output", "mcp_call", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response", "compaction",
		"additional_tools", "tool_search_call", "tool_search_output",
	}
}

// check says what is wrong with an item that stands at a place.
func (item responsesInput) check(at string) string {
	switch {
	case item.Type == "" && item.Role == "":
		return fmt.Sprintf("Missing required parameter: '%s.role'.", at)
	case item.Type == "" || item.Type == "message":
		return item.checkMessage(at)
	case !slices.Contains(responsesItemTypes(), item.Type):
		return fmt.Sprintf("Invalid value: '%s'. Supported values are: %v.", item.Type, responsesItemTypes())
	}
	const called, answered = "function_call", "function_call_output"
	for _, row := range []struct {
		kind, member string
		missing      bool
	}{
		{"reasoning", "summary", blank(item.Summary)},
		{called, "call_id", item.CallID == ""},
		{called, "name", item.Name == nil},
		{called, "arguments", len(item.Args) == 0 || item.Args[0] != '"'},
		{answered, "call_id", item.CallID == ""},
		{answered, "output", blank(item.Output)},
	} {
		if item.Type == row.kind && row.missing {
			return fmt.Sprintf("Missing required parameter: '%s.%s'.", at, row.member)
		}
	}
	return ""
}

// checkMessage wants the parts of a message to be of its role's types.
func (item responsesInput) checkMessage(at string) string {
	if !slices.Contains([]string{"user", "assistant", "system", "developer"}, item.Role) {
		return fmt.Sprintf("Invalid value: '%s'. Supported values are: 'assistant', 'system', 'developer', and 'user'.", item.Role)
	}
	var text string
	var parts []struct {
		Type string `json:"type"`
	}
	switch {
	case blank(item.Content):
		return fmt.Sprintf("Missing required parameter: '%s.content'.", at)
	case json.Unmarshal(item.Content, &text) == nil:
		return ""
	case json.Unmarshal(item.Content, &parts) != nil:
		return fmt.Sprintf("Invalid type for '%s.content': expected one of an array of objects or string.", at)
	}
	allowed := []string{"input_text", "input_image", "input_file", "input_audio"}
	if item.Role == "assistant" {
		allowed = []string{"output_text", "refusal"}
	}
	for i, part := range parts {
		if !slices.Contains(allowed, part.Type) {
			return fmt.Sprintf("Invalid value: '%s'. Supported values are: %v (%s.content[%d]).", part.Type, allowed, at, i)
		}
	}
	return ""
}
