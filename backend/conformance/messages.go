package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// chatFromMessages says a recorded Anthropic request in the words of OpenAI
// chat, as an application written for OpenAI would, and names what chat has no
// words for: server tools and their results, replayed thinking, files by id.
func chatFromMessages(body map[string]any) (chat map[string]any, dropped []string) {
	s := &sayer{chat: map[string]any{}}
	s.system(body["system"])
	for _, m := range list(body["messages"]) {
		s.message(object(m))
	}
	if len(s.messages) == 0 || !slices.ContainsFunc(s.messages, func(m any) bool { return object(m)["role"] == "user" }) {
		s.messages = append(s.messages, map[string]any{"role": "user", "content": "Hello."})
	}
	s.chat["messages"] = s.messages
	s.tools(list(body["tools"]))
	s.choice(object(body["tool_choice"]))
	s.settings(body)
	slices.Sort(s.dropped)
	return s.chat, slices.Compact(s.dropped)
}

// sayer collects one request.
type sayer struct {
	chat     map[string]any
	messages []any
	dropped  []string
}

func (s *sayer) drop(what string) { s.dropped = append(s.dropped, what) }

func (s *sayer) system(system any) {
	if text := textOf(system); text != "" {
		s.messages = append(s.messages, map[string]any{"role": "system", "content": text})
	}
}

func (s *sayer) message(m map[string]any) {
	role, _ := m["role"].(string)
	if text, ok := m["content"].(string); ok {
		s.messages = append(s.messages, map[string]any{"role": role, "content": text})
		return
	}
	var parts, calls []any
	for _, b := range list(m["content"]) {
		block := object(b)
		switch block["type"] {
		case "text":
			parts = append(parts, map[string]any{"type": "text", "text": block["text"]})
		case "image", "document":
			if part := s.media(block); part != nil {
				parts = append(parts, part)
			}
		case "tool_use":
			args, _ := json.Marshal(block["input"])
			calls = append(calls, map[string]any{
				"id": block["id"], "type": "function",
				"function": map[string]any{"name": block["name"], "arguments": string(args)},
			})
		case "tool_result":
			s.messages = append(s.messages, map[string]any{
				"role": "tool", "tool_call_id": block["tool_use_id"], "content": textOf(block["content"]),
			})
			s.noteResult(block)
		default:
			s.drop(fmt.Sprint("block ", block["type"]))
		}
	}
	s.turn(role, parts, calls)
}

// noteResult names what a tool message cannot carry.
func (s *sayer) noteResult(block map[string]any) {
	for _, b := range list(block["content"]) {
		if kind := object(b)["type"]; kind != "text" {
			s.drop(fmt.Sprint("tool result ", kind))
		}
	}
}

func (s *sayer) turn(role string, parts, calls []any) {
	switch {
	case len(parts) == 0 && len(calls) == 0:
	case role == "assistant":
		m := map[string]any{"role": role, "content": textOf(parts)}
		if len(calls) > 0 {
			m["tool_calls"] = calls
		}
		s.messages = append(s.messages, m)
	default:
		s.messages = append(s.messages, map[string]any{"role": role, "content": parts})
	}
}

// media says an image or a document as chat's part of that kind.
func (s *sayer) media(block map[string]any) map[string]any {
	source := object(block["source"])
	kind := fmt.Sprint(block["type"])
	data := fmt.Sprintf("data:%v;base64,%v", source["media_type"], source["data"])
	switch {
	case kind == "image" && source["type"] == "base64":
		return map[string]any{"type": "image_url", "image_url": map[string]any{"url": data}}
	case kind == "image" && source["type"] == "url":
		return map[string]any{"type": "image_url", "image_url": map[string]any{"url": source["url"]}}
	case kind == "document" && source["type"] == "base64":
		return map[string]any{"type": "file", "file": map[string]any{"filename": "document.pdf", "file_data": data}}
	case kind == "document" && source["type"] == "text":
		return map[string]any{"type": "text", "text": source["data"]}
	}
	s.drop(fmt.Sprint(kind, " by ", source["type"]))
	return nil
}

func (s *sayer) tools(tools []any) {
	var functions []any
	for _, t := range tools {
		tool := object(t)
		if kind := tool["type"]; kind != nil && kind != "custom" {
			s.drop(fmt.Sprint("tool ", kind))
			continue
		}
		f := map[string]any{"name": tool["name"]}
		if text := tool["description"]; text != nil {
			f["description"] = text
		}
		if schema := tool["input_schema"]; schema != nil {
			f["parameters"] = schema
		}
		functions = append(functions, map[string]any{"type": "function", "function": f})
	}
	if len(functions) > 0 {
		s.chat["tools"] = functions
	}
}

func (s *sayer) choice(choice map[string]any) {
	if s.chat["tools"] == nil {
		return // a choice without tools is refused by every vendor
	}
	switch choice["type"] {
	case "auto", "none":
		s.chat["tool_choice"] = choice["type"]
	case "any":
		s.chat["tool_choice"] = "required"
	case "tool":
		s.chat["tool_choice"] = map[string]any{"type": "function", "function": map[string]any{"name": choice["name"]}}
	}
	if choice["disable_parallel_tool_use"] == true {
		s.chat["parallel_tool_calls"] = false
	}
}

// settings says everything beside messages and tools.
func (s *sayer) settings(body map[string]any) {
	same := map[string]string{
		"max_tokens": "max_tokens", "temperature": "temperature", "top_p": "top_p", "stop_sequences": "stop",
	}
	for theirs, ours := range same {
		if v, ok := body[theirs]; ok {
			s.chat[ours] = v
		}
	}
	format := object(body["output_format"])
	if config := object(body["output_config"]); config["format"] != nil {
		format = object(config["format"])
	}
	if format["type"] == "json_schema" {
		s.chat["response_format"] = map[string]any{
			"type":        "json_schema",
			"json_schema": map[string]any{"name": "answer", "schema": format["schema"], "strict": true},
		}
	}
	if object(body["thinking"])["type"] == "enabled" {
		s.chat["reasoning_effort"] = "low"
	}
	for _, field := range []string{"top_k", "container", "mcp_servers", "cache_control"} {
		if body[field] != nil {
			s.drop(field)
		}
	}
}

// textOf joins the text of a string or of the text blocks of a list.
func textOf(content any) string {
	if text, ok := content.(string); ok {
		return text
	}
	var texts []string
	for _, b := range list(content) {
		if text, ok := object(b)["text"].(string); ok {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n")
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}
