package ollama_test

import (
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/ollama"
)

var twins = dialecttest.Twins{
	Quick: func() dialect.Decoder {
		return ollama.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	},
	Careful: ollama.Careful,
	Scans:   ollama.Scans,
}

// scanSeeds are streams of every shape that a scan reads, and of some it leaves
// to the full decoding.
var scanSeeds = [][]dialecttest.StreamEvent{
	{
		{Data: `{"model":"m","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":false}`},
		{Data: `{"model":"m","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":"","thinking":"h\u00e9"},"done":false}`},
		{Data: `{"model":"m","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":"a \"b\"\n"},"done":false}`},
		{Data: `{"model":"m","message":{"role":"assistant","content":"c","images":null,"tool_calls":[]}}`},
		{Data: `{"model":"m","created_at":"x","message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"done":false}`},
		{Data: `{"message":{"content":"","images":["QQ=="]}}`},
		{Data: `{"model":"m","message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":4}`},
	},
	{
		{Data: `{"model":"m","created_at":"2025-01-01T00:00:00Z","response":"a","done":false}`},
		{Data: `{"model":"m","response":"b","thinking":"t","tool_calls":null,"done":false}`},
		{Data: `{"done":false}`},
		{Data: `{"error":"bad"}`},
	},
}

func TestScanKnowsAllFields(t *testing.T) {
	for _, s := range ollama.Scanned {
		dialecttest.SameFields(t, s.Of, s.Keys)
	}
}

func TestScanReadsRecordingsAsFullDecoding(t *testing.T) {
	twins.CompareRecordings(t, "ollama-chat", 50)
}

func TestScanReadsAnythingAsFullDecoding(t *testing.T) {
	twins.CompareGenerated(t, scanSeeds, scanKeys())
}

func FuzzScan(f *testing.F) { twins.Fuzz(f, scanSeeds) }

func scanKeys() []string {
	var keys []string
	for _, s := range ollama.Scanned {
		keys = append(keys, s.Keys...)
	}
	return keys
}
