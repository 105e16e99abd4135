package anthropic

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
)

// PathOf counts the messages up to the one that is meant. Results of tools became
// messages of their own: what is in one, or behind one, is not told apart.
func (Inbound) PathOf(asked dialect.Asked, neutral string) string {
	var at, part int
	if n, _ := fmt.Sscanf(neutral, "messages[%d].content[%d]", &at, &part); n != 2 {
		if strings.HasPrefix(neutral, "messages[") {
			return ""
		}
		return neutral
	}
	var body struct {
		System   json.RawMessage `json:"system"`
		Messages []struct {
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
	}
	made := asked.Request.Messages
	isTool := func(m dialect.Message) bool { return m.Role == dialect.RoleTool }
	if json.Unmarshal(asked.Body, &body) != nil || at >= len(made) || slices.ContainsFunc(made[:at+1], isTool) {
		return ""
	}
	own := at
	if isSet(body.System) && made[0].Role == dialect.RoleSystem {
		own--
	}
	if own < 0 || own >= len(body.Messages) {
		return ""
	}
	path := fmt.Sprintf("messages[%d]", own)
	var blocks []json.RawMessage
	if json.Unmarshal(body.Messages[own].Content, &blocks) == nil && len(blocks) == len(made[at].Parts) {
		path += fmt.Sprintf(".content[%d]", part)
	}
	return path
}
