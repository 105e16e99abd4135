package dialect_test

import (
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

// TestSoundAndPicturesAreCountedApart reads usage as the vendors tell it, on both
// roads where there are two.
func TestSoundAndPicturesAreCountedApart(t *testing.T) {
	const chat = `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":`
	for _, row := range []struct {
		name     string
		in       dialect.Inbound
		out      dialect.Outbound
		endpoint dialect.Endpoint
		body     string
		want     dialect.Usage
	}{
		{
			"OpenAI chat",
			openai.Inbound{},
			openai.Outbound{},
			dialect.EndpointChat,
			chat + `{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":20,"audio_tokens":60,"image_tokens":10},"completion_tokens_details":{"audio_tokens":40,"reasoning_tokens":5}}}`,
			dialect.Usage{In: 100, Out: 50, CachedIn: 20, ReasoningOut: 5, AudioIn: 60, ImageIn: 10, AudioOut: 40},
		},
		{
			"OpenAI chat, more sound than there can be",
			openai.Inbound{},
			openai.Outbound{},
			dialect.EndpointChat,
			chat + `{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":90,"audio_tokens":60},"completion_tokens_details":{"audio_tokens":40}}}`,
			dialect.Usage{In: 100, Out: 5, CachedIn: 90, AudioIn: 10, AudioOut: 5},
		},
		{
			"Responses",
			responses.Inbound{},
			responses.Outbound{},
			dialect.EndpointChat,
			`{"id":"r","object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}],"usage":{"input_tokens":100,"output_tokens":50,"input_tokens_details":{"cached_tokens":1,"audio_tokens":60,"image_tokens":2},"output_tokens_details":{"audio_tokens":40,"image_tokens":3}}}`,
			dialect.Usage{In: 100, Out: 50, CachedIn: 1, AudioIn: 60, ImageIn: 2, AudioOut: 40, ImageOut: 3},
		},
		{
			"Gemini",
			gemini.Inbound{},
			gemini.Outbound{},
			dialect.EndpointChat,
			`{"candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":30,"candidatesTokenCount":50,"thoughtsTokenCount":7,` +
				`"promptTokensDetails":[{"modality":"TEXT","tokenCount":10},{"modality":"AUDIO","tokenCount":60},{"modality":"IMAGE","tokenCount":30}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":30}],` +
				`"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":40},{"modality":"AUDIO","tokenCount":"9"}]}}`,
			dialect.Usage{In: 100, Out: 57, CachedIn: 30, ReasoningOut: 7, AudioIn: 30, ImageIn: 30, AudioOut: 9, ImageOut: 40},
		},
		{
			"a transcription by tokens",
			openai.Inbound{},
			openai.Outbound{},
			dialect.EndpointTranscriptions,
			`{"text":"hi","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":2,"audio_tokens":12},"output_tokens":4,"total_tokens":18}}`,
			dialect.Usage{In: 14, Out: 4, AudioIn: 12},
		},
		{
			"a transcription by time",
			openai.Inbound{},
			openai.Outbound{},
			dialect.EndpointTranscriptions,
			`{"text":"hi","usage":{"type":"duration","seconds":3}}`,
			dialect.Usage{Seconds: 3},
		},
		{
			"pictures",
			openai.Inbound{},
			openai.Outbound{},
			dialect.EndpointImages,
			`{"created":1,"data":[{"b64_json":"QQ=="}],"usage":{"input_tokens":50,"output_tokens":1056,"total_tokens":1106,"input_tokens_details":{"text_tokens":10,"image_tokens":40},"output_tokens_details":{"image_tokens":1056,"text_tokens":0}}}`,
			dialect.Usage{In: 50, Out: 1056, ImageIn: 40, ImageOut: 1056},
		},
	} {
		readers := map[string]dialect.Inbound{"passed through": row.in}
		if row.endpoint == dialect.EndpointChat {
			readers["translated"] = callers()[1].in
		}
		for road, in := range readers {
			x := dialect.NewExchange(in, row.out, dialect.EncodeOptions{Op: dialect.Operation{Endpoint: row.endpoint}, Model: "m", Type: "application/json", Request: &dialect.Request{}})
			_, usage, err := x.Answer(nil, []byte(row.body))
			if err != nil || usage == nil || *usage != row.want {
				t.Errorf("%s, %s: %+v, %v; want %+v", row.name, road, usage, err, row.want)
			}
		}
	}
}
