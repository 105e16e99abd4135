package testupstream

import (
	"strconv"
	"strings"
)

// defaultTokens is the length of an answer when nobody asked for another.
const defaultTokens = 8

// reasoningWords is how many words of reasoning the part "reasoning" gives.
const reasoningWords = 2

// toolArgs is what a called tool gets, in pieces as a stream sends them.
func toolArgs() []string { return []string{`{"city":`, `"Vienna"`, `}`} }

// Words is the text of an answer of n words: "word1 word2 …", one token each.
func Words(n int) string { return strings.Join(words(n), "") }

// words gives the pieces a stream sends; together they are Words.
func words(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "word" + strconv.Itoa(i+1)
		if i > 0 {
			out[i] = " " + out[i]
		}
	}
	return out
}

// content is what both dialects put into an answer.
type content struct {
	reasoning []string
	// Exactly one of text and tool is used.
	text []string
	tool string
	// length is true when the answer was cut by the caller's token limit.
	length bool
	in     int
	out    int
}

// content decides the answer: it depends on the request and the fault only.
func (x *exchange) content() content {
	n := defaultTokens
	if x.fault.Tokens >= 0 {
		n = x.fault.Tokens
	}
	c := content{in: x.tokensIn()}
	for _, limit := range []*int{x.req.MaxTokens, x.req.MaxCompletion} {
		if limit != nil && *limit >= 0 && *limit < n {
			n, c.length = *limit, true
		}
	}
	if x.fault.Reasoning {
		c.reasoning = words(reasoningWords)
	}
	if x.fault.Tool && len(x.req.Tools) > 0 {
		tool := x.req.Tools[0]
		c.tool = tool.Name + tool.Function.Name
		c.length = false
		c.out = len(toolArgs()) + len(c.reasoning)
		return c
	}
	c.text = words(n)
	if x.fault.Refuse {
		c.text = []string{"I can't ", "help with that."}
	}
	c.out = len(c.text) + len(c.reasoning)
	return c
}

// tokensIn counts a request as a quarter of its bytes of messages: any rule
// does, as long as it is always the same.
func (x *exchange) tokensIn() int {
	size := len(x.req.System)
	for _, m := range x.req.Messages {
		size += len(m)
	}
	return 1 + size/4
}

// models lists a few names that do something.
func (x *exchange) models() []byte {
	names := []string{"ok", "status-503", "rate", "stall-after-3", "cut-after-5", "embed"}
	type row struct {
		ID          string `json:"id"`
		Object      string `json:"object,omitempty"`
		Created     int64  `json:"created,omitempty"`
		OwnedBy     string `json:"owned_by,omitempty"`
		Type        string `json:"type,omitempty"`
		DisplayName string `json:"display_name,omitempty"`
		CreatedAt   string `json:"created_at,omitempty"`
	}
	rows := make([]row, len(names))
	for i, name := range names {
		rows[i] = row{ID: name, Object: "model", Created: created, OwnedBy: "testupstream"}
		if x.anthropic {
			rows[i] = row{ID: name, Type: "model", DisplayName: name, CreatedAt: "2026-01-01T00:00:00Z"}
		}
	}
	if x.anthropic {
		return mustJSON(map[string]any{"data": rows, "has_more": false, "first_id": names[0], "last_id": names[len(names)-1]})
	}
	return mustJSON(map[string]any{"object": "list", "data": rows})
}
