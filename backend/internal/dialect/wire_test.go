package dialect_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// wireChecks are the orders that the dialects demand of a conversation.
var wireChecks = map[string]func(body []byte) string{
	"anthropic": checkTurns,
	"openai":    checkChat,
	"responses": checkItems,
	"gemini":    checkContents,
	"ollama":    checkOllama,
	"cohere":    checkChat,
	"bedrock":   checkConverse,
}

// checkChat wants every result after the turn that called for it, and every
// call answered before the next turn.
func checkChat(body []byte) string {
	var req struct {
		Messages []struct {
			Role       string `json:"role"`
			ToolCallID string `json:"tool_call_id"`
			ToolCalls  []struct {
				ID string `json:"id"`
			} `json:"tool_calls"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return err.Error()
	}
	open := map[string]bool{}
	for _, m := range req.Messages {
		if m.Role == "tool" {
			if m.ToolCallID == "" {
				return "a result without an id"
			}
			delete(open, m.ToolCallID)
			continue
		}
		clear(open)
		for _, call := range m.ToolCalls {
			if call.ID == "" {
				return "a call without an id"
			}
			open[call.ID] = true
		}
	}
	return ""
}

// checkItems wants every output after its call, and every call answered.
func checkItems(body []byte) string {
	var req struct {
		Input []struct {
			Type   string `json:"type"`
			CallID string `json:"call_id"`
		} `json:"input"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		var text struct {
			Input string `json:"input"`
		}
		if json.Unmarshal(body, &text) == nil {
			return ""
		}
		return err.Error()
	}
	open := map[string]bool{}
	for _, item := range req.Input {
		switch item.Type {
		case "function_call", "custom_tool_call":
			open[item.CallID] = true
		case "function_call_output", "custom_tool_call_output":
			if !open[item.CallID] {
				return "an output without its call: " + item.CallID
			}
			delete(open, item.CallID)
		}
	}
	if len(open) > 0 {
		return "a call without its output"
	}
	return ""
}

// checkContents wants user and model in turn, the user first, no empty turn,
// and the responses of a turn's calls in the turn right after it.
func checkContents(body []byte) string {
	var req struct {
		Contents []struct {
			Role  string           `json:"role"`
			Parts []map[string]any `json:"parts"`
		} `json:"contents"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return err.Error()
	}
	if len(req.Contents) == 0 {
		return "no contents"
	}
	open := 0
	for i, content := range req.Contents {
		if want := []string{"user", "model"}[i%2]; content.Role != want || len(content.Parts) == 0 {
			return "a turn is out of order or empty"
		}
		calls, responses := 0, 0
		for _, part := range content.Parts {
			if part["functionCall"] != nil {
				calls++
			}
			if part["functionResponse"] != nil {
				responses++
			}
		}
		if responses != open {
			return fmt.Sprintf("%d responses to %d calls", responses, open)
		}
		open = calls
	}
	if open > 0 {
		return "the last calls have no responses"
	}
	return ""
}

// checkOllama wants arguments that are objects.
func checkOllama(body []byte) string {
	var req struct {
		Messages []struct {
			Role      string `json:"role"`
			Content   string `json:"content"`
			ToolCalls []struct {
				Function struct {
					Name string         `json:"name"`
					Args map[string]any `json:"arguments"`
				} `json:"function"`
			} `json:"tool_calls"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return err.Error()
	}
	for _, m := range req.Messages {
		for _, call := range m.ToolCalls {
			if call.Function.Name == "" || call.Function.Args == nil {
				return "a call without a name or arguments"
			}
		}
	}
	return ""
}

// checkConverse wants user and assistant in turn, the user first, and the
// results of a turn's calls in the turn right after it.
func checkConverse(body []byte) string {
	var req struct {
		Messages []struct {
			Role    string `json:"role"`
			Content []struct {
				Text   *string                     `json:"text"`
				Use    *struct{ ToolUseID string } `json:"toolUse"`
				Result *struct{ ToolUseID string } `json:"toolResult"`
			} `json:"content"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return err.Error()
	}
	open := map[string]bool{}
	for i, m := range req.Messages {
		if want := []string{"user", "assistant"}[i%2]; m.Role != want || len(m.Content) == 0 {
			return "a turn is out of order or empty"
		}
		next, results := map[string]bool{}, 0
		for _, b := range m.Content {
			switch {
			case b.Text != nil && strings.TrimSpace(*b.Text) == "":
				return "a blank text"
			case b.Use != nil:
				next[b.Use.ToolUseID] = true
			case b.Result != nil:
				if !open[b.Result.ToolUseID] {
					return "a result without its call"
				}
				results++
			}
		}
		if results != len(open) {
			return "a call without its result"
		}
		open = next
	}
	if len(req.Messages) == 0 || len(open) > 0 {
		return "no messages, or the last calls have no results"
	}
	return ""
}
