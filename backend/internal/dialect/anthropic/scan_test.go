package anthropic_test

import (
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/dialecttest"
)

var twins = dialecttest.Twins{
	Quick: func() dialect.Decoder {
		return anthropic.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	},
	Careful: anthropic.Careful,
	Scans:   anthropic.Scans,
}

// scanSeeds are streams of every shape that a scan reads, and of some it leaves
// to the full decoding.
var scanSeeds = [][]dialecttest.StreamEvent{
	{
		{Data: `{"type":"message_start","message":{"id":"m1","model":"m","usage":{"input_tokens":3,"output_tokens":1}}}`},
		{Data: `{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`},
		{Data: `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h\u00e9"}}`},
		{Data: `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}`},
		{Data: `{"type":"content_block_stop","index":0}`},
		{Data: `{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a \"b\"\n"}}`},
		{Data: `{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"u","title":"t","cited_text":"c"}}}`},
		{Data: `{"type":"ping"}`},
		{Data: `{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"c"}}`},
		{Data: `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}`},
		{Data: `{"type":"message_stop"}`},
	},
	{
		{Data: `{"type":"message_start","message":{"id":"m1"}}`},
		{Data: `{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}`},
		{Data: `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}`},
		{Data: `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}`},
		{Data: `{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{"}}`},
		{Data: `{"type":"content_block_stop","index":1}`},
		{Data: `{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"c"}}`},
		{Data: `{"type":"error","error":{"type":"overloaded_error","message":"x"}}`},
	},
}

func TestScanKnowsAllFields(t *testing.T) {
	for _, s := range anthropic.Scanned {
		dialecttest.SameFields(t, s.Of, s.Keys)
	}
}

func TestScanReadsRecordingsAsFullDecoding(t *testing.T) {
	twins.CompareRecordings(t, "anthropic-messages", 40)
}

func TestScanReadsAnythingAsFullDecoding(t *testing.T) {
	twins.CompareGenerated(t, scanSeeds, scanKeys())
}

func FuzzScan(f *testing.F) { twins.Fuzz(f, scanSeeds) }

func scanKeys() []string {
	var keys []string
	for _, s := range anthropic.Scanned {
		keys = append(keys, s.Keys...)
	}
	return keys
}
