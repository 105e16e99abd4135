package main

import (
	"strings"
	"testing"

	"headwater/backend/hw"
)

func TestChatReader(t *testing.T) {
	const events, lines, whole = "text/event-stream", "application/x-ndjson", "application/json"
	for name, row := range map[string]struct {
		kind   string
		status int
		body   string
		want   string
	}{
		"OpenAI": {events, 200, ": ping\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n" +
			"data: {\"choices\":[{\"delta\":{\"content\":\"Grüß\"}}]}\r\n\r\ndata:{\"choices\":[{\"delta\":{\"content\":\" dich\",\"tool_calls\":[]}}]}\n\ndata: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n", "Grüß dich"},
		"Responses": {events, 200, "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"output\":[]}}\n\n" +
			"data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\ndata: {\"type\":\"response.function_call_arguments.delta\",\"delta\":\"{}\"}\n\n" +
			"data: {\"type\":\"response.output_text.done\",\"text\":\"a\"}\n\n", "a"},
		"Anthropic": {events, 200, "data: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n" +
			"data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"b\"}}\n\n", "b"},
		"Gemini":           {events, 200, "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true},{\"text\":\"c\"}]}}]}\n\n", "c"},
		"Ollama":           {lines, 200, "{\"message\":{\"content\":\"d\",\"thinking\":\"hm\"}}\n{\"message\":{\"content\":\"e\"},\"done\":true}", "de"},
		"OpenAI, whole":    {whole, 200, "{\n \"choices\": [{\"message\":{\"content\":\"f\"}},{\"message\":{\"content\":\"other\"}}]}", "f"},
		"Responses, whole": {whole, 200, `{"output":[{"type":"reasoning"},{"content":[{"type":"output_text","text":"g"}]}]}`, "g"},
		"Anthropic, whole": {whole, 200, `{"type":"message","content":[{"type":"text","text":"h"}]}`, "h"},
		"an error":         {whole, 404, `{"error":{"message":"no"}}`, `{"error":{"message":"no"}}`},
		"no text":          {whole, 200, `{"data":[]}`, `{"data":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= len(row.body); size++ {
				var r chatReader
				r.begin(&hw.ConsoleEvent{Status: row.status, Headers: map[string]string{"Content-Type": row.kind}})
				var got strings.Builder
				for rest := row.body; rest != ""; {
					n := min(size, len(rest))
					got.WriteString(r.feed([]byte(rest[:n])))
					rest = rest[n:]
				}
				got.WriteString(r.end())
				if got.String() != row.want {
					t.Fatalf("in pieces of %d it is %q, want %q", size, got.String(), row.want)
				}
			}
		})
	}
}
