package gemini_test

import (
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/gemini"
)

var twins = dialecttest.Twins{
	Quick:   func() dialect.Decoder { return gemini.Outbound{}.Decoder(chatOp) },
	Careful: gemini.Careful,
	Scans:   gemini.Scans,
}

// scanSeeds are streams of every shape that a scan reads, and of some it leaves
// to the full decoding.
var scanSeeds = [][]dialecttest.StreamEvent{
	{
		{Data: `{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[{"text":"th","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5,"thoughtsTokenCount":2},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[{"text":"a \"b\"\n\u00e9"}],"role":"model"},"index":0,"safetyRatings":[{"category":"c"}]}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"sig"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[{"text":"x"},{"text":"y"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[{"text":"z"}],"role":"model"},"index":1}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1}}}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"index":0,"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
		{Data: `{"candidates":[{"content":{"parts":[{"text":"late"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":5},"modelVersion":"m","responseId":"r1"}`},
	},
	{
		{Data: `{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}`},
		{Data: `{"candidates":[{"content":{"parts":[{"text":"b"}]}}]}`},
		{Data: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}`},
		{Data: `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"g","willContinue":true,"partialArgs":[{"jsonPath":"$.a","stringValue":"v"}]}}]}}]}`},
		{Data: `{"candidates":[{"content":{},"groundingMetadata":{"groundingChunks":[{"web":{"uri":"u"}}]}}]}`},
		{Data: `{"candidates":[{"finishReason":"SAFETY","finishMessage":"no"}]}`},
		{Data: `{"promptFeedback":{"blockReason":"SAFETY"}}`},
	},
}

func TestScanKnowsAllFields(t *testing.T) {
	for _, s := range gemini.Scanned {
		dialecttest.SameFields(t, s.Of, s.Keys)
	}
}

func TestScanReadsRecordingsAsFullDecoding(t *testing.T) {
	twins.CompareRecordings(t, "gemini-stream", 40)
}

func TestScanReadsAnythingAsFullDecoding(t *testing.T) {
	twins.CompareGenerated(t, scanSeeds, scanKeys())
}

func FuzzScan(f *testing.F) { twins.Fuzz(f, scanSeeds) }

func scanKeys() []string {
	var keys []string
	for _, s := range gemini.Scanned {
		keys = append(keys, s.Keys...)
	}
	return keys
}
