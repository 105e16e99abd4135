package openai_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
)

func TestPeek(t *testing.T) {
	for _, row := range []struct {
		name, body  string
		model       string
		stream, use bool
		code        hw.Code
		field       string
	}{
		{"plain", `{"model":"a","messages":[]}`, "a", false, false, "", ""},
		{"stream", `{"stream":true,"model":"a/b:c"}`, "a/b:c", true, false, "", ""},
		{"stream with usage", `{"stream":true,"stream_options":{"include_usage":true},"model":"a"}`, "a", true, true, "", ""},
		{"null stream", `{"stream":null,"stream_options":null,"model":"a"}`, "a", false, false, "", ""},
		{"no model", `{"stream":true}`, "", false, false, hw.CodeBadRequest, "model"},
		{"model of another type", `{"model":4}`, "", false, false, hw.CodeBadRequest, "model"},
		{"stream of another type", `{"model":"a","stream":"yes"}`, "", false, false, hw.CodeBadRequest, "stream"},
		{"model twice", `{"model":"a","model":"b"}`, "", false, false, hw.CodeBadJSON, "model"},
		{"model in another case", `{"model":"a","MODEL":"b"}`, "", false, false, hw.CodeBadJSON, "model"},
		{"a list", `[]`, "", false, false, hw.CodeBadJSON, ""},
		{"cut", `{"model":"a"`, "", false, false, hw.CodeBadJSON, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := openai.Inbound{}.Peek(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(row.body))
			if err != nil || row.code != "" {
				e := hw.AsError(err)
				if err == nil || e.Code != row.code || e.Field != row.field {
					t.Fatalf("got %v, want %s at %q", err, row.code, row.field)
				}
				return
			}
			if p.Model != row.model || p.Stream != row.stream || p.StreamUsage != row.use {
				t.Fatalf("got %+v", p)
			}
		})
	}
}

func TestAdaptChangesOnlyWhatItMust(t *testing.T) {
	for _, row := range []struct {
		name, in, want string
		stream         bool
	}{
		{"the model", `{ "x":1.0,"model" : "route","y":"\u00e9" }`, `{ "x":1.0,"model" : "gpt\"4","y":"\u00e9" }`, false},
		{"asks for usage", `{"model":"r","stream":true}`, `{"stream_options":{"include_usage":true},"model":"gpt\"4","stream":true}`, true},
		{"keeps other options", `{"stream_options":{"z":1},"model":"r"}`, `{"stream_options":{"include_usage":true,"z":1},"model":"gpt\"4"}`, true},
		{"overrides false", `{"model":"r","stream_options":{"include_usage":false}}`, `{"model":"gpt\"4","stream_options":{"include_usage":true}}`, true},
		{"replaces null", `{"model":"r","stream_options":null}`, `{"model":"gpt\"4","stream_options":{"include_usage":true}}`, true},
		{"leaves what is asked", `{"stream_options":{"include_usage": true},"model":"r"}`, `{"stream_options":{"include_usage": true},"model":"gpt\"4"}`, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			wire, err := openai.Outbound{}.Adapt(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(row.in), dialect.Target{Model: `gpt"4`}, row.stream)
			if err != nil || string(wire.Body) != row.want || wire.Path != "/chat/completions" {
				t.Fatalf("got  %s %s, %v\nwant %s", wire.Path, wire.Body, err, row.want)
			}
		})
	}
	wire, err := openai.Outbound{}.Adapt(dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, []byte(`{"model":"r","input":"x"}`), dialect.Target{Model: "m"}, false)
	if err != nil || string(wire.Body) != `{"model":"m","input":"x"}` || wire.Path != "/embeddings" {
		t.Fatalf("embeddings: %+v, %v", wire, err)
	}
	if wire, err := (openai.Outbound{}).Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{Model: ""}, false); err != nil || wire.Path != "/models" || wire.Body != nil {
		t.Fatalf("models: %+v, %v", wire, err)
	}
}

func TestErrorHasOpenAIsShape(t *testing.T) {
	for _, row := range []struct {
		err  *hw.Error
		kind string
	}{
		{hw.Errorf(hw.CodeBadRequest, "x").At("messages[0].role"), "invalid_request_error"},
		{hw.Errorf(hw.CodeUnknownModel, "x"), "invalid_request_error"},
		{hw.Errorf(hw.CodeInvalidKey, "x"), "authentication_error"},
		{hw.Errorf(hw.CodeForbidden, "x"), "permission_error"},
		{hw.Errorf(hw.CodeRateLimited, "x"), "rate_limit_error"},
		{hw.Errorf(hw.CodeNoHealthyUpstream, "x"), "server_error"},
		{hw.Errorf(hw.CodeInternal, "x").Because(errors.New("dial tcp 10.0.0.1")), "server_error"},
	} {
		body := openai.Inbound{}.Error(row.err, "req_1")
		var got map[string]map[string]any
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		e := got["error"]
		if e["type"] != row.kind || e["code"] != string(row.err.Code) || e["message"] != "x" || e["request_id"] != "req_1" {
			t.Errorf("%s: %s", row.err.Code, body)
		}
		if param := e["param"]; (row.err.Field == "") != (param == nil) {
			t.Errorf("param is %v", param)
		}
		if strings.Contains(string(body), "10.0.0.1") {
			t.Error("the hidden cause is in the answer")
		}
	}
	last := string(openai.Inbound{}.StreamError(dialect.Operation{}, hw.Errorf(hw.CodeStreamInterrupted, "cut"), "r"))
	if !strings.HasPrefix(last, `data: {"error":{`) || !strings.HasSuffix(last, "}}\n\n") || strings.Contains(last, "DONE") {
		t.Errorf("stream error %q", last)
	}
}

func TestReadErrorTellsTheReason(t *testing.T) {
	for _, row := range []struct {
		status int
		body   string
		want   dialect.Reason
	}{
		{429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`, dialect.ReasonQuota},
		{429, `{"error":{"message":"Rate limit reached for gpt-4o","type":"tokens","code":"rate_limit_exceeded"}}`, dialect.ReasonRate},
		{429, `slow down`, dialect.ReasonRate},
		{402, `{"error":{"message":"Insufficient Balance"}}`, dialect.ReasonQuota},
		{400, `{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}`, dialect.ReasonContextLength},
		{400, `{"error":{"message":"This model's maximum context length is 1048565 tokens.","code":"invalid_request_error"}}`, dialect.ReasonContextLength},
		{400, `{"error":{"code":"content_filter","message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy."}}`, dialect.ReasonContentPolicy},
		{403, `{"error":{"code":403,"message":"Provider returned error","metadata":{"raw":"{\"error\":\"Content violates usage guidelines.\"}"}}}`, dialect.ReasonContentPolicy},
		{404, `{"error":{"code":"model_not_found","message":"The model x does not exist"}}`, dialect.ReasonNoModel},
		{404, `{"error":{"code":404,"message":"No endpoints found for a/b:free."}}`, dialect.ReasonNoModel},
		{400, `{"error":{"code":"model_decommissioned","message":"gone"}}`, dialect.ReasonNoModel},
		{400, `{"detail":"Model nonexistent is not supported."}`, dialect.ReasonNoModel},
		{404, `{"error":{"message":"This is not a chat model","param":"model","code":null}}`, dialect.ReasonNoModel},
		{404, `<html>not found</html>`, dialect.ReasonBadRequest},
		{401, `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`, dialect.ReasonAuth},
		{401, ``, dialect.ReasonAuth},
		{503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, dialect.ReasonLoading},
		{503, `{"error":{"message":"The server is overloaded"}}`, dialect.ReasonOverloaded},
		{500, `{"error":{"message":"boom"}}`, dialect.ReasonUnknown},
		{400, `{"code":"Client specified an invalid argument","error":"Model x does not support parameter y."}`, dialect.ReasonBadRequest},
		{400, `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key."}}]`, dialect.ReasonAuth},
		{422, `{"error":{"code":"Invalid input","message":"invalid input error","status":422}}`, dialect.ReasonBadRequest},
	} {
		got := openai.Outbound{}.ReadError(row.status, nil, []byte(row.body))
		if got.Reason != row.want || got.Status != row.status {
			t.Errorf("%d %s: got %+v, want %q", row.status, row.body, got, row.want)
		}
	}
}

func TestDecodeReadsEveryHardCase(t *testing.T) {
	body := `{"model":"m","n":1,"logprobs":false,"logit_bias":{"1":2},"store":true,"max_tokens":5,"max_completion_tokens":7,
	"stop":"END","seed":3,"temperature":0.5,"reasoning_effort":"low","parallel_tool_calls":false,
	"tools":[{"type":"function","function":{"name":"f"}},{"type":"web_search"}],"tool_choice":{"type":"function","function":{"name":"f"}},
	"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"},"strict":true}},
	"stream":true,"stream_options":{"include_usage":true},
	"messages":[
	 {"role":"developer","content":[{"type":"text","text":"be brief","cache_control":{"type":"ephemeral"}}]},
	 {"role":"user","name":"ann","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD","detail":"low"}},
	   {"type":"image_url","image_url":{"url":"https://x.test/a.png"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,UERG","filename":"a.pdf"}}]},
	 {"role":"assistant","content":null,"reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"sig"},{"type":"reasoning.encrypted","data":"enc"}],
	   "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":""}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
	 {"role":"tool","tool_call_id":"c2","content":"two"},
	 {"role":"tool","content":[{"type":"text","text":"on"},{"type":"text","text":"e"}]}
	]}`
	r, err := openai.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"tools[1] (web_search)", "logit_bias"}; !slices.Equal(r.Unmapped, want) {
		t.Errorf("unmapped %q, want %q", r.Unmapped, want)
	}
	if r.MaxTokens != 7 || !slices.Equal(r.Stop, []string{"END"}) || *r.Seed != 3 || r.Effort != "low" || *r.ParallelTools || !r.StreamUsage {
		t.Errorf("got %+v", r)
	}
	if r.Choice.Mode != "named" || r.Choice.Name != "f" || r.Format.Kind != "schema" || len(r.Tools) != 1 {
		t.Errorf("got %+v %+v %+v", r.Choice, r.Format, r.Tools)
	}
	m := r.Messages
	if m[0].Role != dialect.RoleSystem || string(m[0].Parts[0].CacheControl) != `{"type":"ephemeral"}` {
		t.Errorf("system %+v", m[0])
	}
	if p := m[1].Parts; p[1].Data != "QUJD" || p[1].MIME != "image/png" || p[2].URL != "https://x.test/a.png" || p[3].Kind != dialect.PartDocument {
		t.Errorf("user %+v", p)
	}
	if p := m[2].Parts; p[0].Signature != "sig" || p[1].Data != "enc" || p[2].Call.Args != "{}" || p[3].Call.Args != `{"a":1}` {
		t.Errorf("assistant %+v", p)
	}
	if m[3].Parts[0].CallID != "c2" || m[4].Parts[0].CallID != "c1" || m[4].Parts[0].Text != "one" {
		t.Errorf("tool results %+v %+v", m[3], m[4])
	}
}

func TestDecodeNamesTheOffendingField(t *testing.T) {
	for _, row := range []struct {
		body  string
		field string
		code  hw.Code
	}{
		{`{"model":"m","messages":[]}`, "messages", hw.CodeBadRequest},
		{`{"model":"m","messages":{}}`, "messages", hw.CodeBadRequest},
		{`{"model":"m","messages":[{"role":"king","content":"x"}]}`, "messages[0].role", hw.CodeBadRequest},
		{`{"model":"m","messages":[{"role":"user","content":4}]}`, "messages[0].content", hw.CodeBadRequest},
		{`{"model":"m","messages":[{"role":"user","content":[{"type":"hologram"}]}]}`, "messages[0].content[0].type", hw.CodeUnsupported},
		{`{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,x"}}]}]}`, "messages[0].content[0].image_url.url", hw.CodeBadRequest},
		{`{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]}`, "messages[0].content[0].file.file_id", hw.CodeUnsupported},
		{`{"model":"m","max_tokens":"many","messages":[{"role":"user","content":"x"}]}`, "max_tokens", hw.CodeBadRequest},
		{`{"model":"m","tool_choice":"perhaps","messages":[{"role":"user","content":"x"}]}`, "tool_choice", hw.CodeBadRequest},
	} {
		_, err := openai.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(row.body))
		if e := hw.AsError(err); err == nil || e.Field != row.field || e.Code != row.code {
			t.Errorf("%s: got %v, want %s at %s", row.body, err, row.code, row.field)
		}
	}
	if _, err := (openai.Inbound{}).Decode(dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, []byte(`{"model":"m","input":[[1,2]]}`)); hw.CodeOf(err) != hw.CodeUnsupported {
		t.Errorf("token input: %v", err)
	}
}

func TestRequestRoundTrip(t *testing.T) {
	body := `{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"},` +
		`{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},` +
		`{"role":"tool","content":"r","tool_call_id":"c"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],` +
		`"tool_choice":"required","max_tokens":9,"stop":["x"],"user":"me"}`
	r, err := openai.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	wire, err := openai.Outbound{}.Encode(r, dialect.Target{Model: "m"})
	if err != nil || string(wire.Body) != body {
		t.Fatalf("got  %s, %v\nwant %s", wire.Body, err, body)
	}
}

func TestEmbeddings(t *testing.T) {
	dec := openai.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointEmbeddings})
	a, err := dec.Answer([]byte(`{"model":"up","data":[{"index":1,"embedding":"AACAPwAAAMA="},{"index":0,"embedding":[0.5,2]}],"usage":{"prompt_tokens":3,"total_tokens":3}}`))
	if err != nil || !slices.Equal(a.Embeddings[1], []float64{1, -2}) || !slices.Equal(a.Embeddings[0], []float64{0.5, 2}) || a.Usage.In != 3 {
		t.Fatalf("got %+v, %v", a, err)
	}
	for encoding, want := range map[string]string{"": "[0.5,2]", "base64": `"AAAAPwAAAEA="`} {
		enc := openai.Inbound{}.Encoder(dialect.EncodeOptions{
			Op: dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, Model: "r", Request: &dialect.Request{Encoding: encoding},
		})
		out, err := enc.Answer(nil, a)
		if err != nil || !strings.Contains(string(out), `"index":0,"embedding":`+want) || !strings.Contains(string(out), `"model":"r"`) {
			t.Errorf("%q: %s, %v", encoding, out, err)
		}
	}
	for _, body := range []string{`{"data":[{"index":5,"embedding":[1]}]}`, `{"data":[{"index":0,"embedding":null}]}`, `{}`, `[]`, `{"data":[{"index":0,"embedding":"A"}]}`} {
		_, err := dec.Answer([]byte(body))
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || !fault.Malformed {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestModels(t *testing.T) {
	list := openai.Inbound{}.Models(dialect.Operation{}, []dialect.Model{{ID: "a", Created: 5, OwnedBy: "x"}, {ID: "b"}})
	want := `{"object":"list","data":[{"id":"a","object":"model","created":5,"owned_by":"x"},{"id":"b","object":"model","created":0,"owned_by":""}]}`
	if string(list) != want {
		t.Fatalf("got %s", list)
	}
	models, err := openai.Outbound{}.ReadModels(list)
	if err != nil || len(models) != 2 || models[0] != (dialect.Model{ID: "a", Created: 5, OwnedBy: "x"}) {
		t.Fatalf("got %+v, %v", models, err)
	}
	if got := (openai.Inbound{}).Models(dialect.Operation{}, nil); string(got) != `{"object":"list","data":[]}` {
		t.Fatalf("empty: %s", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"tools":[{"type":"function","function":{"name":"f"}}]}`))
	f.Add([]byte(`{"model":"m","messages":[{"role":"assistant","function_call":{"name":"f","arguments":{"a":1}}},{"role":"function","content":"x"}],"thinking":{"type":"enabled"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := (openai.Inbound{}).Peek(dialect.Operation{Endpoint: dialect.EndpointChat}, body); err == nil {
			wire, err := openai.Outbound{}.Adapt(dialect.Operation{Endpoint: dialect.EndpointChat}, body, dialect.Target{Model: "x"}, true)
			p, perr := openai.Inbound{}.Peek(dialect.Operation{Endpoint: dialect.EndpointChat}, wire.Body)
			if err != nil || perr != nil || p.Model != "x" || !p.StreamUsage {
				t.Fatalf("adapted %s: %v, %v, %+v", wire.Body, err, perr, p)
			}
		}
		r, err := openai.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, body)
		if err != nil {
			if hw.CodeOf(err) == hw.CodeInternal {
				t.Fatalf("an error that is not for the caller: %v", err)
			}
			return
		}
		if _, err := (openai.Outbound{}).Encode(r, dialect.Target{Model: "m"}); err != nil && hw.CodeOf(err) == hw.CodeInternal {
			t.Fatal(err)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":"x","choices":[{"index":0,"message":{"content":"hi","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}`))
	f.Add([]byte(`{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"x"}]}]}}],"x_groq":{"usage":{}}}`))
	f.Add([]byte(`{"error":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, endpoint := range []dialect.Endpoint{dialect.EndpointChat, dialect.EndpointEmbeddings} {
			w := openai.Outbound{}.Watcher(dialect.Operation{Endpoint: endpoint})
			if _, err := w.Answer(body); err == nil {
				w.Rename(nil, body, "m")
			}
			if _, err := w.Event("", body); err == nil {
				w.Rename(nil, body, "m")
			}
			d := openai.Outbound{}.Decoder(dialect.Operation{Endpoint: endpoint})
			if a, err := d.Answer(body); err == nil {
				if _, err := (openai.Inbound{}).Encoder(dialect.EncodeOptions{Op: dialect.Operation{Endpoint: endpoint}}).Answer(nil, a); err != nil {
					t.Fatal(err)
				}
			}
		}
		d := openai.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
		events, _ := d.Event(nil, "", body)
		e := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Stream: true})
		for _, ev := range events {
			e.Event(nil, ev)
		}
		openai.Outbound{}.ReadError(400, nil, body)
	})
}
