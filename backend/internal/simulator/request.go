package simulator

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// chatRequest is what the practice model reads of a chat request; the rest,
// such as temperature, means nothing to it.
type chatRequest struct {
	Model    string    `json:"model"`
	Messages []message `json:"messages"`
	Stream   bool      `json:"stream"`
	Count    int       `json:"n"`
	// Both names of the limit are in use; 0 means none.
	MaxTokens           int `json:"max_tokens"`
	MaxCompletionTokens int `json:"max_completion_tokens"`
	StreamOptions       struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Tools          []tool          `json:"tools"`
	ToolChoice     json.RawMessage `json:"tool_choice"`
	ResponseFormat struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

type message struct {
	Role    string  `json:"role"`
	Content content `json:"content"`
}

type tool struct {
	Function struct {
		Name       string          `json:"name"`
		Parameters json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// content is the text of a message: a string, or parts of which only the text
// parts count.
type content string

// UnmarshalJSON implements json.Unmarshaler.
func (c *content) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil { // null gives the empty text
		*c = content(text)
		return nil
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		return err // the caller says which endpoint's JSON it is not
	}
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		if p.Text != "" {
			texts = append(texts, p.Text)
		}
	}
	*c = content(strings.Join(texts, "\n"))
	return nil
}

// limit is how many words the answer may have; 0 means any number.
func (r *chatRequest) limit() int {
	if r.MaxCompletionTokens > 0 {
		return r.MaxCompletionTokens
	}
	return max(r.MaxTokens, 0)
}

// lastUser is the text of the last user message; empty when there is none.
func (r *chatRequest) lastUser() string {
	for _, m := range slices.Backward(r.Messages) {
		if m.Role == "user" {
			return string(m.Content)
		}
	}
	return ""
}

// tokens counts the words of all messages.
func (r *chatRequest) tokens() int {
	n := 0
	for _, m := range r.Messages {
		n += len(strings.Fields(string(m.Content)))
	}
	return n
}

// wantedTool chooses the tool to call; ok is false when none is wanted.
func (r *chatRequest) wantedTool() (t tool, ok bool) {
	if len(r.Tools) == 0 {
		return tool{}, false
	}
	var mode string
	if json.Unmarshal(r.ToolChoice, &mode) == nil && mode == "none" {
		return tool{}, false
	}
	var named tool
	if json.Unmarshal(r.ToolChoice, &named) == nil && named.Function.Name != "" {
		for _, t := range r.Tools {
			if t.Function.Name == named.Function.Name {
				return t, true
			}
		}
	}
	asked := wordsOf(r.lastUser())
	for _, t := range r.Tools {
		if asked[strings.ToLower(t.Function.Name)] {
			return t, true
		}
	}
	return r.Tools[0], mode == "required" || asked["tool"]
}

// wordsOf is the set of words in a text, in lower case. Names of functions,
// which may contain '_' and '-', are one word.
func wordsOf(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '-'
	}) {
		set[word] = true
	}
	return set
}
