package testupstream

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"testing"
)

// question is a request in no protocol.
type question struct {
	model  string
	stream bool
	tools  bool
	images int
	schema bool
	// list asks Gemini for a stream that is one JSON list.
	list bool
}

// object is a JSON object.
type object = map[string]any

const (
	searchSchema = `{"type":"object","properties":{"query":{"type":"string"},"limit":{"type":"integer","minimum":3}},"required":["query","limit"]}`
	answerSchema = `{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}},"more":{"type":"boolean"}},"required":["name","age","tags"]}`
	answerFilled = `{"age":1,"name":"text","tags":["text"]}`
)

// png is enough of an image for who does not look at it.
var png = base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n"))

// wires are the protocols: where a question goes, and how it is put.
func wires() map[string]func(question) (path string, body object) {
	return map[string]func(question) (string, object){
		"openai":    askOpenAI,
		"responses": askResponses,
		"anthropic": askAnthropic,
		"gemini":    askGemini,
		"ollama":    askOllama,
		"cohere":    askCohere,
		"bedrock":   askBedrock,
	}
}

func put(t *testing.T, s *Server, wire string, q question, header ...string) answer {
	t.Helper()
	path, body := wires()[wire](q)
	return ask(t, s, path, string(mustJSON(body)), header...)
}

// functions lists two tools, each wrapped as the protocol wants it.
func functions(q question, wrap func(name string, schema json.RawMessage) any) []any {
	if !q.tools {
		return []any{}
	}
	return []any{wrap("weather", json.RawMessage(`{"type":"object"}`)), wrap("search", json.RawMessage(searchSchema))}
}

// parts are a text and the images of a question.
func parts(q question, text, image any) []any {
	out := []any{text}
	for range q.images {
		out = append(out, image)
	}
	return out
}

func inFunction(name string, schema json.RawMessage) any {
	return object{"type": "function", "function": object{"name": name, "parameters": schema}}
}

func askOpenAI(q question) (string, object) {
	body := object{
		"model": q.model, "stream": q.stream, "stream_options": object{"include_usage": true}, "tools": functions(q, inFunction),
		"messages": []any{object{"role": "user", "content": parts(q, object{"type": "text", "text": "hello there"},
			object{"type": "image_url", "image_url": object{"url": "data:image/png;base64," + png}})}},
	}
	if q.schema {
		body["response_format"] = object{"type": "json_schema", "json_schema": object{"name": "answer", "schema": json.RawMessage(answerSchema)}}
	}
	return "/v1/chat/completions", body
}

func askResponses(q question) (string, object) {
	body := object{
		"model": q.model, "stream": q.stream, "include": []string{"reasoning.encrypted_content"},
		"tools": functions(q, func(name string, schema json.RawMessage) any {
			return object{"type": "function", "name": name, "parameters": schema}
		}),
		"input": []any{object{"role": "user", "content": parts(q, object{"type": "input_text", "text": "hello there"},
			object{"type": "input_image", "image_url": "data:image/png;base64," + png})}},
	}
	if q.schema {
		body["text"] = object{"format": object{"type": "json_schema", "name": "answer", "schema": json.RawMessage(answerSchema)}}
	}
	return "/v1/responses", body
}

func askAnthropic(q question) (string, object) {
	body := object{
		"model": q.model, "stream": q.stream, "max_tokens": 50,
		"tools": functions(q, func(name string, schema json.RawMessage) any {
			return object{"name": name, "input_schema": schema}
		}),
		"messages": []any{object{"role": "user", "content": parts(q, object{"type": "text", "text": "hello there"},
			object{"type": "image", "source": object{"type": "base64", "media_type": "image/png", "data": png}})}},
	}
	if q.schema {
		body["output_config"] = object{"format": object{"type": "json_schema", "schema": json.RawMessage(answerSchema)}}
	}
	return "/v1/messages", body
}

func askGemini(q question) (string, object) {
	body := object{"contents": []any{object{"role": "user", "parts": parts(q, object{"text": "hello there"},
		object{"inlineData": object{"mimeType": "image/png", "data": png}})}}}
	if q.tools {
		body["tools"] = []any{object{"functionDeclarations": functions(q, func(name string, schema json.RawMessage) any {
			return object{"name": name, "parametersJsonSchema": schema}
		})}}
	}
	if q.schema {
		body["generationConfig"] = object{"responseMimeType": "application/json", "responseSchema": json.RawMessage(answerSchema)}
	}
	path := "/v1beta/models/" + url.PathEscape(q.model)
	switch {
	case !q.stream:
		path += ":generateContent"
	case q.list:
		path += ":streamGenerateContent"
	default:
		path += ":streamGenerateContent?alt=sse"
	}
	return path, body
}

func askOllama(q question) (string, object) {
	message := object{"role": "user", "content": "hello there"}
	if q.images > 0 {
		message["images"] = parts(q, png, png)[1:]
	}
	body := object{"model": q.model, "messages": []any{message}, "tools": functions(q, inFunction)}
	if !q.stream { // it streams unless told not to
		body["stream"] = false
	}
	if q.schema {
		body["format"] = json.RawMessage(answerSchema)
	}
	return "/api/chat", body
}

func askCohere(q question) (string, object) {
	body := object{
		"model": q.model, "stream": q.stream, "tools": functions(q, inFunction),
		"messages": []any{object{"role": "user", "content": parts(q, object{"type": "text", "text": "hello there"},
			object{"type": "image_url", "image_url": object{"url": "data:image/png;base64," + png}})}},
	}
	if q.schema {
		body["response_format"] = object{"type": "json_object", "json_schema": json.RawMessage(answerSchema)}
	}
	return "/v2/chat", body
}

func askBedrock(q question) (string, object) {
	body := object{"messages": []any{object{"role": "user", "content": parts(q, object{"text": "hello there"},
		object{"image": object{"format": "png", "source": object{"bytes": png}}})}}}
	if q.tools {
		body["toolConfig"] = object{"tools": functions(q, func(name string, schema json.RawMessage) any {
			return object{"toolSpec": object{"name": name, "inputSchema": object{"json": schema}}}
		})}
	}
	if q.schema {
		body["outputConfig"] = object{"textFormat": object{"type": "json_schema", "structure": object{"jsonSchema": object{"schema": answerSchema}}}}
	}
	method := "/converse"
	if q.stream {
		method = "/converse-stream"
	}
	return "/model/" + url.PathEscape(q.model) + method, body
}
