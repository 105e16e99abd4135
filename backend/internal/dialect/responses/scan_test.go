package responses_test

import (
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/responses"
)

var twins = dialecttest.Twins{
	Quick: func() dialect.Decoder {
		return responses.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	},
	Careful: responses.Careful,
	Scans:   responses.Scans,
}

// scanSeeds are streams of every shape that a scan reads, and of some it leaves
// to the full decoding.
var scanSeeds = [][]dialecttest.StreamEvent{
	{
		{Data: `{"type":"response.created","response":{"id":"resp_1","model":"m","created_at":5}}`},
		{Data: `{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}}`},
		{Data: `{"type":"response.reasoning_summary_text.delta","sequence_number":4,"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"th","obfuscation":"x"}`},
		{Data: `{"type":"response.reasoning_summary_text.delta","sequence_number":4,"item_id":"rs_1","output_index":0,"summary_index":1,"delta":"ink","obfuscation":"x"}`},
		{Data: `{"type":"response.reasoning_text.delta","sequence_number":4,"item_id":"rs_1","output_index":0,"content_index":1,"delta":"ink","obfuscation":"x"}`},
		{Data: `{"type":"response.output_item.added","output_index":1,"item":{"type":"message","id":"msg\\1","content":[]}}`},
		{Data: `{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg\\1","output_index":1,"content_index":0,"logprobs":[],"delta":"a \"b\"\n\u00e9","obfuscation":"x"}`},
		{Data: `{"type":"response.output_text.delta","sequence_number":4,"item_id":"other","output_index":1,"content_index":1,"delta":"c","obfuscation":"x"}`},
		{Data: `{"type":"response.refusal.delta","sequence_number":4,"item_id":"msg_9","output_index":2,"content_index":0,"delta":"no","obfuscation":"x"}`},
		{Data: `{"type":"response.output_text.annotation.added","output_index":1,"annotation":{"type":"url_citation","url":"u"}}`},
		{Data: `{"type":"response.completed","response":{"status":"completed","output":[{"type":"message","id":"msg_1","content":[{"type":"output_text","text":"abc"}]}],"usage":{"input_tokens":1,"output_tokens":2}}}`},
	},
	{
		{Data: `{"type":"response.created","response":{"id":"resp_1"}}`},
		{Data: `{"type":"response.function_call_arguments.delta","sequence_number":4,"item_id":"fc_1","output_index":0,"delta":"{","obfuscation":"x"}`},
		{Data: `{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":""}}`},
		{Data: `{"type":"response.function_call_arguments.delta","sequence_number":4,"item_id":"fc_1","output_index":0,"delta":"{\"a\":1}","obfuscation":"x"}`},
		{Data: `{"type":"response.output_item.added","output_index":1,"item":{"type":"custom_tool_call","id":"ctc_1","call_id":"c2","name":"p","input":""}}`},
		{Data: `{"type":"response.custom_tool_call_input.delta","sequence_number":4,"item_id":"ctc_1","output_index":1,"delta":"x\n","obfuscation":"x"}`},
		{Data: `{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\":1}"}}`},
		{Data: `{"type":"keepalive"}`},
		{Data: `{"type":"error","message":"x"}`},
	},
}

func TestScanKnowsAllFields(t *testing.T) {
	for _, s := range responses.Scanned {
		dialecttest.SameFields(t, s.Of, s.Keys)
	}
}

func TestScanReadsRecordingsAsFullDecoding(t *testing.T) {
	twins.CompareRecordings(t, "openai-responses", 40)
}

func TestScanReadsAnythingAsFullDecoding(t *testing.T) {
	twins.CompareGenerated(t, scanSeeds, scanKeys())
}

func FuzzScan(f *testing.F) { twins.Fuzz(f, scanSeeds) }

func scanKeys() []string {
	var keys []string
	for _, s := range responses.Scanned {
		keys = append(keys, s.Keys...)
	}
	return keys
}
