package dialecttest_test

import (
	"strings"
	"testing"

	"headwater/backend/internal/dialect/dialecttest"
)

const (
	openAIPlain = `{"id":"1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`
	openAIHead  = `data: {"id":"1","object":"chat.completion.chunk","created":7,"model":"m","choices":`
	openAISSE   = openAIHead + `[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n" +
		openAIHead + `[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}` + "\n\n" +
		openAIHead + `[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}]}` + "\n\n" +
		openAIHead + `[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"finish_reason":null}]}` + "\n\n" +
		openAIHead + `[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n" +
		openAIHead + `[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}` + "\n\ndata: [DONE]\n\n"

	anthropicPlain = `{"id":"1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hi"},{"type":"tool_use","id":"c","name":"f","input":{}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}`
	anthropicSSE   = `event: message_start` + "\n" + `data: {"type":"message_start","message":{"id":"1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":0}}}` + "\n\n" +
		`event: content_block_start` + "\n" + `data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}` + "\n\n" +
		`event: content_block_delta` + "\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}` + "\n\n" +
		`event: content_block_stop` + "\n" + `data: {"type":"content_block_stop","index":0}` + "\n\n" +
		`event: content_block_start` + "\n" + `data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}}` + "\n\n" +
		`event: content_block_delta` + "\n" + `data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}` + "\n\n" +
		`event: content_block_stop` + "\n" + `data: {"type":"content_block_stop","index":1}` + "\n\n" +
		`event: message_delta` + "\n" + `data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":2}}` + "\n\n" +
		`event: message_stop` + "\n" + `data: {"type":"message_stop"}` + "\n\n"

	responseRest  = `,"error":null,"incomplete_details":null,"instructions":null,"metadata":{},"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"temperature":1,"top_p":1`
	responseText  = `{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"hi","annotations":[]}]}`
	responseCall  = `{"id":"fc_1","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}"}`
	responseWhole = `{"id":"1","object":"response","created_at":7,"status":"completed","model":"m","output":[` + responseText + "," + responseCall + `],"usage":{"input_tokens":1,"input_tokens_details":{"cached_tokens":0},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":3}` + responseRest + `}`
	responseSSE   = `event: response.created` + "\n" + `data: {"type":"response.created","sequence_number":0,"response":{"id":"1","object":"response","created_at":7,"status":"in_progress","model":"m","output":[]` + responseRest + `}}` + "\n\n" +
		`event: response.output_item.added` + "\n" + `data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}` + "\n\n" +
		`event: response.content_part.added` + "\n" + `data: {"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}` + "\n\n" +
		`event: response.output_text.delta` + "\n" + `data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"hi"}` + "\n\n" +
		`event: response.output_text.done` + "\n" + `data: {"type":"response.output_text.done","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"text":"hi"}` + "\n\n" +
		`event: response.content_part.done` + "\n" + `data: {"type":"response.content_part.done","sequence_number":5,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"hi","annotations":[]}}` + "\n\n" +
		`event: response.output_item.done` + "\n" + `data: {"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":` + responseText + `}` + "\n\n" +
		`event: response.output_item.added` + "\n" + `data: {"type":"response.output_item.added","sequence_number":7,"output_index":1,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"c","name":"f","arguments":""}}` + "\n\n" +
		`event: response.function_call_arguments.delta` + "\n" + `data: {"type":"response.function_call_arguments.delta","sequence_number":8,"item_id":"fc_1","output_index":1,"delta":"{}"}` + "\n\n" +
		`event: response.function_call_arguments.done` + "\n" + `data: {"type":"response.function_call_arguments.done","sequence_number":9,"item_id":"fc_1","output_index":1,"arguments":"{}"}` + "\n\n" +
		`event: response.output_item.done` + "\n" + `data: {"type":"response.output_item.done","sequence_number":10,"output_index":1,"item":` + responseCall + `}` + "\n\n" +
		`event: response.completed` + "\n" + `data: {"type":"response.completed","sequence_number":11,"response":` + responseWhole + `}` + "\n\n"

	geminiFirst = `{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"hi"}]}}],"modelVersion":"m","responseId":"1"}`
	geminiLast  = `{"candidates":[{"index":0,"content":{"role":"model","parts":[{"functionCall":{"id":"c","name":"f","args":{}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3},"modelVersion":"m","responseId":"1"}`
	geminiWhole = `{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"hi"},{"functionCall":{"id":"c","name":"f","args":{}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3},"modelVersion":"m","responseId":"1"}`

	ollamaFirst = `{"model":"m","created_at":"2025-01-02T03:04:05Z","message":{"role":"assistant","content":"hi","tool_calls":[{"id":"c","function":{"name":"f","arguments":{}}}]},"done":false}` + "\n"
	ollamaLast  = `{"model":"m","created_at":"2025-01-02T03:04:05Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":2}` + "\n"
	ollamaWhole = `{"model":"m","created_at":"2025-01-02T03:04:05Z","message":{"role":"assistant","content":"hi","tool_calls":[{"id":"c","function":{"name":"f","arguments":{}}}]},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":2}`
)

// form is a whole answer in a dialect, as it must be.
type form struct {
	name, body string
	read       func([]byte) *dialecttest.Client
}

func forms() []form {
	return []form{
		{"openai plain", openAIPlain, dialecttest.OpenAI{}.Plain},
		{"openai stream", openAISSE, dialecttest.OpenAI{}.Stream},
		{"anthropic plain", anthropicPlain, dialecttest.Anthropic{}.Plain},
		{"anthropic stream", anthropicSSE, dialecttest.Anthropic{}.Stream},
		{"responses plain", responseWhole, dialecttest.Responses{}.Plain},
		{"responses stream", responseSSE, dialecttest.Responses{}.Stream},
		{"gemini plain", geminiWhole, dialecttest.Gemini{}.Plain},
		{"gemini stream", "data: " + geminiFirst + "\r\n\r\ndata: " + geminiLast + "\r\n\r\n", dialecttest.Gemini{}.Stream},
		{"gemini list", "[" + geminiFirst + ",\n" + geminiLast + "]\n", dialecttest.Gemini{List: true}.Stream},
		{"ollama plain", ollamaWhole, dialecttest.Ollama{}.Plain},
		{"ollama stream", ollamaFirst + ollamaLast, dialecttest.Ollama{}.Stream},
	}
}

func TestReadersReadWhatIsAsItMustBe(t *testing.T) {
	for _, f := range forms() {
		t.Run(f.name, func(t *testing.T) {
			c := f.read([]byte(f.body))
			if len(c.Problems) > 0 {
				t.Errorf("problems %q", c.Problems)
			}
			want := []dialecttest.Call{{ID: "c", Name: "f", Args: "{}"}}
			if c.Text != "hi" || !dialecttest.SameCalls(c.ToolCalls, want) || !c.Done || c.Model != "m" || c.Finish == "" {
				t.Errorf("got %+v", c)
			}
			if c.Usage == nil || c.Usage.In != 1 || c.Usage.Out != 2 {
				t.Errorf("got usage %+v", c.Usage)
			}
		})
	}
}

func TestReadersCatchEveryPlantedProblem(t *testing.T) {
	for _, row := range []struct{ form, old, with, problem string }{
		{"openai plain", `"content":"hi",`, ``, "no content field"},
		{"openai plain", `"finish_reason":"tool_calls"`, `"finish_reason":null`, "finish_reason"},
		{"openai plain", `"total_tokens":3`, `"total_tokens":4`, "not the sum"},
		{"openai stream", `"role":"assistant",`, ``, "no role"},
		{"openai stream", `"content":"hi"},"finish_reason":null`, `"content":"hi"},"finish_reason":"stop"`, "after the finish"},
		{"openai stream", `"content":"hi"},"finish_reason":null`, `"content":"hi"}`, "no finish_reason"},
		{"openai stream", "data: [DONE]\n\n", "", "no [DONE]"},
		{"openai stream", "data: [DONE]", "data: [DONE]\n\ndata: [DONE]", "two [DONE]"},
		{"openai stream", `"function":{"arguments":"{}"}`, `"function":{"name":"f","arguments":"{}"}`, "name of a call stands twice"},
		{"openai stream", `"index":0,"id":"c"`, `"index":1,"id":"c"`, "not numbered in order"},
		{"openai stream", `{"id":"1","object":"chat.completion.chunk","created":7,"model":"m","choices":[],`, `{"id":"2","object":"chat.completion.chunk","created":7,"model":"m","choices":[],`, "the id changes"},
		{"openai stream", openAIHead + `[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n", "", "never finished"},
		{"anthropic plain", `"input":{}`, `"input":"{}"`, "no object"},
		{"anthropic plain", `"id":"c"`, `"id":"c:1"`, "the id"},
		{"anthropic plain", `"stop_sequence":null,`, ``, "stop_sequence"},
		{"anthropic stream", "event: message_stop\n", "", "named"},
		{"anthropic stream", `event: content_block_stop` + "\n" + `data: {"type":"content_block_stop","index":0}` + "\n\n", "", "while another is open"},
		{"anthropic stream", `"index":1,"content_block"`, `"index":2,"content_block"`, "not numbered in order"},
		{"anthropic stream", `,"usage":{"output_tokens":2}`, ``, "no usage.output_tokens"},
		{"anthropic stream", `"partial_json":"{}"`, `"partial_json":"{"`, "no JSON object"},
		{"anthropic stream", `"delta":{"type":"text_delta","text":"hi"}`, `"delta":{"type":"thinking_delta","thinking":"hi"}`, "in a block of type"},
		{"anthropic stream", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", "", "no message_stop"},
		{"responses plain", `"status":"completed","model"`, `"status":"in_progress","model"`, "the status"},
		{"responses plain", `"annotations":[]`, `"x":1`, "no annotations list"},
		{"responses stream", `"sequence_number":5`, `"sequence_number":6`, "sequence_number"},
		{"responses stream", `"content_index":0,"text":"hi"`, `"content_index":0,"text":"ho"`, "not the sum of its deltas"},
		{"responses stream", `"output_index":1,"item":{"id":"fc_1","type":"function_call","status":"in_progress"`, `"output_index":2,"item":{"id":"fc_1","type":"function_call","status":"in_progress"`, "not numbered in order"},
		{"responses stream", `"item_id":"fc_1","output_index":1,"delta"`, `"item_id":"fc_2","output_index":1,"delta"`, "names the item"},
		{"responses stream", `"output":[` + responseText + ",", `"output":[`, "final output has 1 items"},
		{"responses stream", "event: response.completed", "event: response.done", "named"},
		{"responses stream", `event: response.content_part.done` + "\n", "event: x\n", "named"},
		{"gemini stream", "data: " + geminiFirst, ": ping\n\ndata: " + geminiFirst, "a comment"},
		{"gemini stream", "data: " + geminiFirst, "event: x\ndata: " + geminiFirst, "a named event"},
		{"gemini stream", `"finishReason":"STOP"`, `"x":1`, "no finishReason"},
		{"gemini stream", `"parts":[{"text":"hi"}]}`, `"parts":[{"text":"hi"}]},"finishReason":"STOP"`, "goes on after"},
		{"gemini stream", `"args":{}`, `"args":"{}"`, "no object"},
		{"gemini list", "]\n", "", "no JSON list"},
		{"gemini plain", `"totalTokenCount":3`, `"totalTokenCount":4`, "not the sum"},
		{"ollama stream", ollamaLast, "", "no line is done"},
		{"ollama stream", ollamaLast, ollamaLast + ollamaLast, "after the last"},
		{"ollama stream", ollamaLast, "\n" + ollamaLast, "no"},
		{"ollama stream", `"arguments":{}`, `"arguments":"{}"`, "no object"},
		{"ollama plain", `"done":true`, `"done":false`, "not done"},
	} {
		t.Run(row.form+" "+row.problem, func(t *testing.T) {
			for _, f := range forms() {
				if f.name != row.form {
					continue
				}
				if !strings.Contains(f.body, row.old) {
					t.Fatalf("%q is not in the body", row.old)
				}
				c := f.read([]byte(strings.Replace(f.body, row.old, row.with, 1)))
				if !strings.Contains(strings.Join(c.Problems, "\n"), row.problem) {
					t.Errorf("got %q, want %q", c.Problems, row.problem)
				}
			}
		})
	}
}

// FuzzReaders: whatever a caller gets, a reader reads it without a panic.
func FuzzReaders(f *testing.F) {
	for _, form := range forms() {
		f.Add([]byte(form.body))
	}
	f.Fuzz(func(_ *testing.T, body []byte) {
		for _, form := range forms() {
			form.read(body)
		}
	})
}
