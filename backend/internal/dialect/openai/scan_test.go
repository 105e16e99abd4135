package openai_test

import (
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/openai"
)

var twins = dialecttest.Twins{
	Quick: func() dialect.Decoder {
		return openai.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	},
	Careful: func() dialect.Decoder { return openai.Careful(dialect.Operation{Endpoint: dialect.EndpointChat}) },
	Scans:   openai.Scans,
}

// scanSeeds are streams of every shape that a scan reads, and of some it leaves
// to the full decoding.
var scanSeeds = [][]dialecttest.StreamEvent{
	{
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"reasoning_content":"hm","content":null},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":"a \"b\"\n\u00e9"},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":"x","tool_calls":[],"reasoning_details":[],"function_call":null},"logprobs":null,"finish_reason":null}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`},
		{Data: `[DONE]`},
	},
	{
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":null,"arguments":"1}"},"custom":null}]},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"t2","type":"custom","custom":{"name":"p","input":"x"}}]},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"custom":{"input":"y"}}]},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"tool_calls":[{"id":"t3","function":{"name":"g","arguments":"{}"}}]},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}`},
		{Data: `[DONE]`},
	},
	{
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"role":"assistant"},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"reasoning":"r","reasoning_details":[{"type":"reasoning.text","text":"r","index":0}]},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"m"}]},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":1,"delta":{"content":"b"},"logprobs":null,"finish_reason":null}],"citations":["u1","u2"],"search_results":[{"url":"u1","title":"t"}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":"c","refusal":"no","audio":{"data":"QQ==","transcript":"t"}},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"choices":[{"index":0,"text":"bare","finish_reason":null},{"index":1,"text":"b2"}]}`},
		{Data: `{"choices":[{"index":0,"text":"bare"}],"x_groq":{"usage":{"prompt_tokens":3}}}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":"","extra_content":{"google":{"thought_signature":"s"}}},"logprobs":null,"finish_reason":null}]}`},
		{Data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}]}`},
		{Data: `{"error":{"message":"bad"}}`},
	},
}

func TestScanKnowsAllFields(t *testing.T) {
	for _, s := range openai.Scanned {
		dialecttest.SameFields(t, s.Of, s.Keys)
	}
}

func TestScanReadsRecordingsAsFullDecoding(t *testing.T) {
	twins.CompareRecordings(t, "openai-chat", 50)
}

func TestScanReadsAnythingAsFullDecoding(t *testing.T) {
	twins.CompareGenerated(t, scanSeeds, scanKeys())
	op := dialect.Operation{Endpoint: dialect.EndpointCompletions}
	bare := twins
	bare.Quick = func() dialect.Decoder { return openai.Outbound{}.Decoder(op) }
	bare.Careful = func() dialect.Decoder { return openai.Careful(op) }
	bare.CompareGenerated(t, scanSeeds, scanKeys())
}

func FuzzScan(f *testing.F) { twins.Fuzz(f, scanSeeds) }

func scanKeys() []string {
	var keys []string
	for _, s := range openai.Scanned {
		keys = append(keys, s.Keys...)
	}
	return keys
}

// The index of a detail is the upstream's, and may be anything.
func TestReasoningDetailOfAnyIndexIsRead(t *testing.T) {
	d := twins.Quick()
	events, err := d.Event(nil, "", []byte(`{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","text":"a","index":-1}]}}]}`))
	if err != nil || len(events) != 2 || events[1].Text != "a" {
		t.Fatalf("got %+v, %v", events, err)
	}
}
