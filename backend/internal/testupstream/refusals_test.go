package testupstream

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func TestErrorsOfEveryDialect(t *testing.T) {
	s := Start(t)
	for _, row := range []struct {
		wire, model string
		status      int
		want        string
		header      [2]string
	}{
		{"responses", "rate", 429, `"code":"rate_limit_exceeded"`, [2]string{"X-Ratelimit-Limit-Requests", "1000"}},
		{"responses", "context", 400, `"code":"context_length_exceeded"`, [2]string{}},
		{"gemini", "rate", 429, `"retryDelay":"7s"`, [2]string{}},
		{"gemini", "rate+retry-ms-1500", 429, `"retryDelay":"1.5s"`, [2]string{"Retry-After-Ms", "1500"}},
		{"gemini", "status-429-retry-3", 429, `"retryDelay":"3s"`, [2]string{"Retry-After", "3"}},
		{"gemini", "quota", 429, `PerDay`, [2]string{}},
		{"gemini", "auth", 400, `"reason":"API_KEY_INVALID"`, [2]string{}},
		{"gemini", "status-401", 401, `"status":"UNAUTHENTICATED"`, [2]string{}},
		{"gemini", "no-model", 404, `models/no-model is not found`, [2]string{}},
		{"gemini", "status-418", 418, `"code":418`, [2]string{}},
		{"gemini", "policy", 200, `"blockReason":"PROHIBITED_CONTENT"`, [2]string{}},
		{"gemini", "error-in-200+overloaded", 200, `"status":"UNAVAILABLE"`, [2]string{}},
		{"ollama", "no-model", 404, `{"error":"model 'no-model' not found"}`, [2]string{}},
		{"ollama", "status-503", 503, `{"error":"server busy`, [2]string{}},
		{"cohere", "auth", 401, `"message":"Incorrect API key provided`, [2]string{}},
		{"cohere", "status-429-retry-7", 429, `"id":"req_test_`, [2]string{"Retry-After", "7"}},
		{"bedrock", "rate", 429, `{"message":"Too many requests`, [2]string{"X-Amzn-Errortype", "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/"}},
		{"bedrock", "status-503", 503, `{"message":`, [2]string{"X-Amzn-Errortype", "ServiceUnavailableException:http://internal.amazon.com/coral/com.amazon.bedrock/"}},
		{"bedrock", "status-404", 404, `{"message":`, [2]string{"X-Amzn-Errortype", "ResourceNotFoundException:http://internal.amazon.com/coral/com.amazon.bedrock/"}},
		{"bedrock", "auth", 403, `security token`, [2]string{"X-Amzn-Errortype", "UnrecognizedClientException:http://internal.amazon.com/coral/com.amazon.bedrock/"}},
	} {
		t.Run(row.wire+" "+row.model, func(t *testing.T) {
			for _, stream := range []bool{false, true} {
				a := put(t, s, row.wire, question{model: row.model, stream: stream})
				if a.status != row.status || !strings.Contains(a.body, row.want) {
					t.Errorf("want %d with %q, got %d %s", row.status, row.want, a.status, a.body)
				}
				if row.header[0] != "" && a.header.Get(row.header[0]) != row.header[1] {
					t.Errorf("want %s: %s, got %q", row.header[0], row.header[1], a.header.Get(row.header[0]))
				}
			}
		})
	}
	t.Run("every fault of the list is an error in every dialect", func(t *testing.T) {
		for wire := range wires() {
			for _, e := range vendorErrors() {
				a := put(t, s, wire, question{model: e.name})
				if (a.status < 400) != (wire == "gemini" && e.name == "policy") || !json.Valid([]byte(a.body)) || strings.Contains(a.body, "%!") {
					t.Errorf("%s %s: got %d %s", wire, e.name, a.status, a.body)
				}
			}
		}
	})
	t.Run("a bad bearer token is not a bad key", func(t *testing.T) {
		a := put(t, s, "gemini", question{model: "ok"}, "Authorization", "Bearer revoked")
		if a.status != 401 || !strings.Contains(a.body, "ACCESS_TOKEN_TYPE_UNSUPPORTED") {
			t.Errorf("got %d %s", a.status, a.body)
		}
		if a = put(t, s, "gemini", question{model: "ok"}, "X-Goog-Api-Key", "revoked"); a.status != 400 {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
}

func TestRequestsAVendorWouldRefuse(t *testing.T) {
	s := Start(t)
	const gemini, ollama, bedrock = "/v1beta/models/ok:generateContent", "/api/chat", "/model/ok/converse"
	for _, row := range []struct{ why, path, body, want string }{
		{"arguments that are no text", "/v1/responses", `{"model":"ok","input":[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]}`, `'input[0].arguments'`},
		{"no input", "/v1/responses", `{"model":"ok"}`, `Missing required parameter: 'input'.`},
		{"a limit below 16", "/v1/responses", `{"model":"ok","input":"a","max_output_tokens":10}`, `Expected a value \u003e= 16`},
		{"chat's form of tools", "/v1/responses", `{"model":"ok","input":"a","tools":[{"type":"function","function":{"name":"f"}}]}`, `'tools[0].name'`},
		{"an output without its call", "/v1/responses", `{"model":"ok","input":[{"type":"function_call_output","call_id":"c","output":"1"}]}`, `No tool call found for function call output with call_id c.`},
		{"a call without its output", "/v1/responses", `{"model":"ok","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}`, `No tool output found for function call c.`},
		{"chat's parts", "/v1/responses", `{"model":"ok","input":[{"role":"user","content":[{"type":"text","text":"a"}]}]}`, `Invalid value: 'text'.`},
		{"input for the assistant", "/v1/responses", `{"model":"ok","input":[{"role":"assistant","content":[{"type":"input_text","text":"a"}]}]}`, `Invalid value: 'input_text'.`},
		{"a format without a name", "/v1/responses", `{"model":"ok","input":"a","text":{"format":{"type":"json_schema","schema":{}}}}`, `'text.format.name'`},

		{"no contents", gemini, `{}`, `contents is not specified`},
		{"a field of another protocol", gemini, `{"messages":[]}`, `Unknown name \"messages\": Cannot find field.`},
		{"an unknown role", gemini, `{"contents":[{"role":"assistant","parts":[{"text":"a"}]}]}`, `Please use a valid role: user, model.`},
		{"two turns of one side", gemini, `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"user","parts":[{"text":"b"}]}]}`, `alternate between user and model`},
		{"no parts", gemini, `{"contents":[{"role":"user","parts":[]}]}`, `parts must not be empty`},
		{"an empty part", gemini, `{"contents":[{"role":"user","parts":[{}]}]}`, `required oneof field 'data'`},
		{"results without calls", gemini, `{"contents":[{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`, `function response turn comes immediately after a function call turn`},
		{"a result too few", gemini, `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`, `number of function response parts is equal`},
		{"a call before anything", gemini, `{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`, `function call turn comes immediately after a user turn`},
		{"a text as result", gemini, `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":"1"}}]}]}`, `google.protobuf.Struct`},
		{"a call that is not signed", "/v1beta/models/gemini-3-pro:generateContent", `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`, `missing a thought_signature`},
		{"a schema word Google lacks", gemini, `{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"function_declarations":[{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"object","additionalProperties":false}}}}]}]}`, `Unknown name \"additionalProperties\"`},
		{"a schema without its type", gemini, `{"contents":[{"parts":[{"text":"a"}]}],"generationConfig":{"responseSchema":{"type":"OBJECT"}}}`, `application/json`},

		{"a list as content", ollama, `{"model":"ok","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}`, `cannot unmarshal array into Go struct field`},
		{"arguments as text", ollama, `{"model":"ok","messages":[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]}`, `cannot unmarshal string`},
		{"an image as a data URL", ollama, `{"model":"ok","messages":[{"role":"user","content":"a","images":["data:image/png;base64,AAAA"]}]}`, `illegal base64`},
		{"a word as format", ollama, `{"model":"ok","messages":[{"role":"user","content":"a"}],"format":"yaml"}`, `invalid format`},
		{"a role Ollama lacks", ollama, `{"model":"ok","messages":[{"role":"developer","content":"a"}]}`, `invalid role`},

		{"no messages", "/v2/chat", `{"model":"ok"}`, `at least one message`},
		{"OpenAI's kind of schema", "/v2/chat", `{"model":"ok","messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema"}}`, `must be 'text' or 'json_object'`},
		{"a result without its call", "/v2/chat", `{"model":"ok","messages":[{"role":"tool","tool_call_id":"c","content":"1"}]}`, `tool call id c not found`},
		{"no input_type", "/v2/embed", `{"model":"ok","texts":["a"]}`, `input_type must be set`},

		{"the assistant first", bedrock, `{"messages":[{"role":"assistant","content":[{"text":"a"}]}]}`, `must start with a user message`},
		{"two turns of one side", bedrock, `{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"user","content":[{"text":"a"}]}]}`, `must alternate`},
		{"a blank text", bedrock, `{"messages":[{"role":"user","content":[{"text":""}]}]}`, `is blank`},
		{"calls without tools", bedrock, `{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"f","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[]}}]}]}`, `toolConfig field must be defined`},
		{"a call without its result", bedrock, `{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}}]},"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"f","input":{}}}]},{"role":"user","content":[{"text":"b"}]}]}`, `for the following Ids: t`},
	} {
		t.Run(row.path+" "+row.why, func(t *testing.T) {
			if a := ask(t, s, row.path, row.body); a.status != 400 || !strings.Contains(a.body, row.want) {
				t.Errorf("want 400 with %q, got %d %s", row.want, a.status, a.body)
			}
		})
	}
}

func TestRequestsAVendorTakes(t *testing.T) {
	s := Start(t)
	for _, row := range []struct{ why, path, body, want string }{
		{"a loop of calls", "/v1/responses", `{"model":"ok","input":[{"role":"user","content":"a"},{"type":"reasoning","id":"rs","summary":[]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"1"}]}`, `"status":"completed"`},
		{"outputs of an earlier response", "/v1/responses", `{"model":"ok","previous_response_id":"resp_1","input":[{"type":"function_call_output","call_id":"c","output":"1"}]}`, `"previous_response_id":"resp_1"`},
		{"an answer cut by the limit", "/v1/responses", `{"model":"tokens-20","input":"a","max_output_tokens":16}`, `"incomplete_details":{"reason":"max_output_tokens"}`},
		{"a loop of calls", "/v1beta/models/gemini-3-pro:generateContent", `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"g"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}},{"functionResponse":{"name":"g","response":{}}}]}],"system_instruction":{"parts":[{"text":"b"}]},"generation_config":{"max_output_tokens":2}}`, `"finishReason":"MAX_TOKENS"`},
		{"one part without a list", "/v1beta/models/ok:generateContent", `{"contents":{"parts":{"text":"a"}},"systemInstruction":{"parts":{"text":""}}}`, `"finishReason":"STOP"`},
		{"thoughts come signed to who calls", "/v1beta/models/tool:generateContent", `{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}]}`, `"thoughtSignature":`},
		{"a completion", "/api/generate", `{"model":"reasoning+tokens-2","prompt":"a","stream":false}`, `"response":"word1 word2","thinking":"word1 word2"`},
		{"a model to load", "/api/generate", `{"model":"ok"}`, `"done_reason":"load"`},
		{"a stream unless told not to", "/api/chat", `{"model":"ok:latest","messages":[{"role":"user","content":"a"}]}`, "\"done\":false,"},
		{"a loop of calls", "/v2/chat", `{"model":"ok","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"1"}]}`, `"finish_reason":"COMPLETE"`},
		{"a loop of calls", "/model/ok/converse", `{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}}]},"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"f","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[]}}]}]}`, `"stopReason":"end_turn"`},
		{"words to count", "/v1/messages/count_tokens", `{"model":"ok","system":"be kind","messages":[{"role":"user","content":[{"type":"text","text":"one two three"}]},{"role":"assistant","content":"four"}]}`, `{"input_tokens":6}`},
		{"words to count", "/v1beta/models/ok:countTokens", `{"contents":[{"role":"user","parts":[{"text":"one two three"}]}]}`, `"totalTokens":3`},
		{"a text to embed", "/v1beta/models/embed:embedContent", `{"content":{"parts":[{"text":"a"}]},"outputDimensionality":2}`, `{"embedding":{"values":[`},
		{"texts to embed", "/v1beta/models/embed:batchEmbedContents", `{"requests":[{"model":"models/embed","content":{"parts":[{"text":"a"}]}},{"model":"models/embed","content":{"parts":[{"text":"b"}]}}]}`, `]},{"values":[`},
		{"texts to embed", "/api/embed", `{"model":"embed","input":["a","b"],"dimensions":2}`, `"embeddings":[[`},
		{"texts to embed", "/v2/embed", `{"model":"embed","texts":["a","b"],"input_type":"search_query","embedding_types":["float","base64"]}`, `"response_type":"embeddings_by_type"`},
		{"a model to tell of", "/api/show", `{"model":"status-503"}`, `"llama.context_length":8192`},
	} {
		t.Run(row.path+" "+row.why, func(t *testing.T) {
			if a := ask(t, s, row.path, row.body); a.status != 200 || !strings.Contains(a.body, row.want) {
				t.Errorf("want 200 with %q, got %d %s", row.want, a.status, a.body)
			}
		})
	}
	s.SetOllamaVersion("0.12.11")
	for path, want := range map[string]string{
		"/v1beta/models": `{"models":[{"description":`, "/api/tags": `"name":"ok:latest"`, "/api/version": `{"version":"0.12.11"}`, "/v1beta/openai/models": `"object":"list"`,
	} {
		if a := send(t, "GET", s.URL()+path, ""); a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%s: got %d %s", path, a.status, a.body)
		}
	}
}

func TestModelsInPaths(t *testing.T) {
	s := Start(t)
	for _, row := range []struct {
		path, model, counted string
		status               int
	}{
		{"/v1beta/models/status-503:generateContent", "status-503", "generateContent", 503},
		{"/v1beta/models/acme%2Fstatus-503:streamGenerateContent?alt=sse", "acme/status-503", "streamGenerateContent", 503},
		{"/v1/projects/p/locations/l/publishers/google/models/delay-1ms%2Bstatus-503:generateContent", "delay-1ms+status-503", "generateContent", 503},
		{"/model/" + url.PathEscape("arn:aws:bedrock:us-east-1:1:inference-profile/status-503") + "/converse", "arn:aws:bedrock:us-east-1:1:inference-profile/status-503", "converse", 503},
		{"/model/status-503%3A0/converse-stream", "status-503:0", "converse-stream", 503},
		{"/v1beta/models/ok:predict", "", "predict", 400},
	} {
		s.Reset()
		a := ask(t, s, row.path, `{}`)
		if last := s.Last(); a.status != row.status || last.Model != row.model || s.Counts().BySuffix[row.counted] != 1 {
			t.Errorf("%s: got %d, model %q, counts %v", row.path, a.status, last.Model, s.Counts().BySuffix)
		}
	}
	t.Run("a signed request is known by its access key", func(t *testing.T) {
		must(t, s.SetFaultFor("AKIA1", "status-502"))
		a := put(t, s, "bedrock", question{model: "ok"}, "Authorization", "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0")
		if a.status != 502 {
			t.Errorf("got %d", a.status)
		}
	})
}

func TestOneVectorForOneTextInEveryDialect(t *testing.T) {
	s := Start(t)
	want := string(mustJSON(vectorOf("hello", 8)))
	for path, body := range map[string]string{
		"/v1/embeddings":                    `{"model":"embed","input":"hello"}`,
		"/v1beta/models/embed:embedContent": `{"content":{"parts":[{"text":"hello"}]}}`,
		"/api/embed":                        `{"model":"embed","input":"hello"}`,
		"/v2/embed":                         `{"model":"embed","texts":["hello"],"input_type":"x"}`,
	} {
		if a := ask(t, s, path, body); !strings.Contains(a.body, want) {
			t.Errorf("%s: got %s", path, a.body)
		}
	}
}

func TestFill(t *testing.T) {
	for _, row := range []struct{ schema, want string }{
		{`{"type":"OBJECT","required":["a"],"properties":{"a":{"type":"STRING","nullable":true},"b":{"type":"STRING"}}}`, `{"a":"text"}`},
		{`{"type":"object","required":["n","k"],"properties":{"n":{"$ref":"#/$defs/node"},"k":{"enum":["x","y"]}},"$defs":{"node":{"type":"object","required":["id"],"properties":{"id":{"type":"integer","minimum":7}}}}}`, `{"k":"x","n":{"id":7}}`},
		{`{"type":"array","minItems":2,"items":{"type":["null","boolean"]}}`, `[true,true]`},
		{`{"anyOf":[{"type":"null"},{"type":"number","maximum":1}]}`, `1`},
		{`{"type":"string","format":"date","minLength":3}`, `"2026-01-01"`},
		{`{"type":"string","minLength":6}`, `"textxx"`},
		{`{"const":5}`, `5`},
		{`true`, `"text"`},
		{`no JSON`, `{}`},
	} {
		if got := string(mustJSON(fill(json.RawMessage(row.schema)))); got != row.want {
			t.Errorf("%s: got %s, want %s", row.schema, got, row.want)
		}
	}
	t.Run("a schema without an end has one", func(t *testing.T) {
		_ = fill(json.RawMessage(`{"$ref":"#"}`))
		_ = fill(json.RawMessage(`{"type":"object","required":["a"],"properties":{"a":{"$ref":"#"}}}`))
	})
	for schema, want := range map[string]string{
		``: defaultArgs, `{"type":"object"}`: defaultArgs, `{"properties":{"city":{"type":"string"}}}`: defaultArgs,
		`{"type":"object","properties":{},"additionalProperties":false}`: `{}`,
		`{"type":"object","properties":{"a":{"type":"string"}}}`:         `{}`,
	} {
		if got := argsFor(json.RawMessage(schema)); got != want {
			t.Errorf("%s: got %s, want %s", schema, got, want)
		}
	}
}

func FuzzFill(f *testing.F) {
	f.Add(answerSchema)
	f.Add(`{"type":"object","required":["a"],"properties":{"a":{"$ref":"#/properties/a"}}}`)
	f.Add(`{"anyOf":[{}],"enum":[]}`)
	f.Fuzz(func(_ *testing.T, schema string) {
		_ = mustJSON(fill(json.RawMessage(schema)))
		_ = argPieces(argsFor(json.RawMessage(schema)))
	})
}
