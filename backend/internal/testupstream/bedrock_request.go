package testupstream

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// bedrockRequest is what the fake reads of a request.
type bedrockRequest struct {
	Messages  []bedrockMessage `json:"messages"`
	Inference struct {
		MaxTokens *int `json:"maxTokens"`
	} `json:"inferenceConfig"`
	ToolConfig *struct {
		Tools []struct {
			ToolSpec *struct {
				Name        string `json:"name"`
				InputSchema struct {
					JSON json.RawMessage `json:"json"`
				} `json:"inputSchema"`
			} `json:"toolSpec"`
		} `json:"tools"`
	} `json:"toolConfig"`
	OutputConfig struct {
		TextFormat struct {
			Structure struct {
				JSONSchema struct {
					// Schema is a JSON text in a string.
					Schema string `json:"schema"`
				} `json:"jsonSchema"`
			} `json:"structure"`
		} `json:"textFormat"`
	} `json:"outputConfig"`
}

type bedrockMessage struct {
	Role    string                       `json:"role"`
	Content []map[string]json.RawMessage `json:"content"`
}

// bedrockBlocks are the kinds of content; each block has exactly one.
func bedrockBlocks() []string {
	return []string{"text", "image", "document", "video", "audio", "toolUse", "toolResult", "guardContent", "cachePoint", "reasoningContent", "citationsContent", "searchResult"}
}

func (c *bedrockChat) read() string {
	if c.decode(&c.req) != "" {
		return "The request body is malformed: it is not JSON of the expected shape."
	}
	var raw struct{ Messages, System json.RawMessage }
	_ = json.Unmarshal(c.body, &raw) // it was read above
	c.asked = asked{
		stream: c.streams, limits: []*int{c.req.Inference.MaxTokens}, parts: []json.RawMessage{raw.Messages, raw.System},
		schema: json.RawMessage(c.req.OutputConfig.TextFormat.Structure.JSONSchema.Schema),
		isImage: func(m map[string]any) int {
			if _, ok := m["image"].(map[string]any); ok {
				return 1
			}
			return 0
		},
	}
	if n := c.req.Inference.MaxTokens; n != nil && *n < 1 {
		return fmt.Sprintf("1 validation error detected: Value '%d' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1", *n)
	}
	if fault := c.readTools(); fault != "" {
		return fault
	}
	return c.readTurns()
}

func (c *bedrockChat) readTools() string {
	if c.req.ToolConfig == nil {
		return ""
	}
	if len(c.req.ToolConfig.Tools) == 0 {
		return "1 validation error detected: Value '[]' at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1"
	}
	for i, t := range c.req.ToolConfig.Tools {
		if t.ToolSpec == nil {
			continue // a cache point or a tool of the vendor's
		}
		if t.ToolSpec.Name == "" || blank(t.ToolSpec.InputSchema.JSON) {
			return fmt.Sprintf("The value at toolConfig.tools.%d.toolSpec needs a name and an inputSchema.json.", i)
		}
		c.asked.tools = append(c.asked.tools, tool{t.ToolSpec.Name, t.ToolSpec.InputSchema.JSON})
	}
	return ""
}

// readTurns wants turns of the user and the assistant in turn, and the results
// of calls in the very next turn.
func (c *bedrockChat) readTurns() string {
	if len(c.req.Messages) == 0 {
		return "1 validation error detected: Value '[]' at 'messages' failed to satisfy constraint: Member must have length greater than or equal to 1"
	}
	var open []string
	for i, m := range c.req.Messages {
		if fault := m.check(i); fault != "" {
			return fault
		}
		calls, results := m.ids("toolUse"), m.ids("toolResult")
		if fault := checkPair(open, results, i); fault != "" {
			return fault
		}
		if len(calls)+len(results) > 0 && c.req.ToolConfig == nil {
			return "The toolConfig field must be defined when using toolUse and toolResult content blocks."
		}
		open = calls
	}
	return ""
}

// check says what is wrong with a turn by itself.
func (m bedrockMessage) check(turn int) string {
	wanted := []string{"user", "assistant"}[turn%2]
	switch {
	case m.Role != "user" && m.Role != "assistant":
		return fmt.Sprintf("1 validation error detected: Value '%s' at 'messages.%d.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant]", m.Role, turn+1)
	case m.Role != wanted && turn == 0:
		return "A conversation must start with a user message. Try again with a conversation that starts with a user message."
	case m.Role != wanted:
		return "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again."
	case len(m.Content) == 0:
		return fmt.Sprintf("The content field in the Message object at messages.%d is empty. Add a ContentBlock object to the content field and try again.", turn)
	}
	for i, block := range m.Content {
		if fault := checkBlock(block, fmt.Sprintf("messages.%d.content.%d", turn, i)); fault != "" {
			return fault
		}
	}
	return ""
}

func checkBlock(block map[string]json.RawMessage, at string) string {
	n := 0
	for _, kind := range bedrockBlocks() {
		if !blank(block[kind]) {
			n++
		}
	}
	if n != 1 {
		return fmt.Sprintf("The content block at %s must hold exactly one of %s.", at, strings.Join(bedrockBlocks(), ", "))
	}
	var text string
	if raw := block["text"]; !blank(raw) {
		if json.Unmarshal(raw, &text) != nil || text == "" {
			return fmt.Sprintf("The text field in the ContentBlock object at %s is blank. Add text to the text field, and try again.", at)
		}
	}
	return ""
}

// ids are the ids of the calls, or results, of a turn.
func (m bedrockMessage) ids(kind string) []string {
	var out []string
	for _, block := range m.Content {
		var named struct {
			ID string `json:"toolUseId"`
		}
		if !blank(block[kind]) && json.Unmarshal(block[kind], &named) == nil {
			out = append(out, named.ID)
		}
	}
	return out
}

// checkPair wants the results of a turn's calls in the turn behind it.
func checkPair(calls, results []string, turn int) string {
	var missing []string
	for _, id := range calls {
		if !slices.Contains(results, id) {
			missing = append(missing, id)
		}
	}
	switch {
	case len(missing) > 0:
		return fmt.Sprintf("Expected toolResult blocks at messages.%d.content for the following Ids: %s", turn, strings.Join(missing, ", "))
	case len(results) > len(calls):
		return fmt.Sprintf("The number of toolResult blocks at messages.%d.content exceeds the number of toolUse blocks of previous turn.", turn)
	}
	return ""
}
