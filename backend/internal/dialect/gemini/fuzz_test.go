package gemini_test

import (
	"encoding/json"
	"errors"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
)

// seeds are bodies of every shape the decoders know.
func seeds(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		`{"contents":[{"role":"user","parts":[{"text":"hi"},{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}],"generationConfig":{"topK":1,"thinkingConfig":{"thinkingBudget":-1}}}`,
		`{"contents":{"role":"model","parts":{"functionCall":{"name":"f","args":{}}}},"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"nullable":true,"type":"STRING"}}}}]}]}`,
		`{"contents":[{"parts":[{"functionResponse":{"name":"f","response":{"result":"x"},"parts":[{"inlineData":{"mimeType":"a","data":"b"}}]}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}}`,
		`{"requests":[{"content":{"parts":[{"text":"a"}]}}]}`,
		`{"generateContentRequest":{"contents":[{"parts":[{"text":"a","thoughtSignature":"aGVhZHdhdGVyL3Rob3VnaHRzLzEKe30="}]}]}}`,
		`{"candidates":[{"content":{"parts":[{"text":"a","thought":true},{"functionCall":{"name":"f","willContinue":true,"partialArgs":[{"jsonPath":"$.a[0]['b']","stringValue":"x"}]}}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"u"}}],"groundingSupports":[{"segment":{"startIndex":-1,"endIndex":99,"partIndex":7},"groundingChunkIndices":[0,5,-1]}]}}],"usageMetadata":{"promptTokenCount":"3"}}`,
		`[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},{"candidates":[{"finishReason":"MAX_TOKENS"}]}]`,
		`{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"PerDay"}]}]}}`,
		`{"promptFeedback":{"blockReason":"SAFETY"}}`,
		`{"embeddings":[{"values":[1,2]}]}`,
	} {
		f.Add([]byte(s))
	}
}

func FuzzDecodeRequest(f *testing.F) {
	seeds(f)
	ops := []dialect.Operation{
		chatOp,
		{Endpoint: dialect.EndpointCount, Name: "countTokens", Model: "m"},
		{Endpoint: dialect.EndpointEmbeddings, Name: "embedContent", Model: "m"},
		{Endpoint: dialect.EndpointEmbeddings, Name: "batchEmbedContents", Model: "m"},
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, op := range ops {
			req, err := gemini.Inbound{}.Decode(op, body)
			if err != nil {
				if _, ok := errors.AsType[*hw.Error](err); !ok {
					t.Fatalf("got %T", err)
				}
				continue
			}
			for _, model := range []string{"gemini-2.0-flash", "gemini-3.5-pro"} {
				wire, err := gemini.Outbound{}.Encode(req, dialect.Target{Model: model})
				if err == nil && !json.Valid(wire.Body) {
					t.Fatalf("got %s", wire.Body)
				}
			}
			if _, err := (gemini.Outbound{}).Adapt(op, body, dialect.Target{Model: "x"}, false); err != nil {
				t.Fatalf("decoded, but not adapted: %v", err)
			}
		}
	})
}

func FuzzDecodeAnswer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, endpoint := range []dialect.Endpoint{dialect.EndpointChat, dialect.EndpointEmbeddings, dialect.EndpointCount} {
			op := dialect.Operation{Endpoint: endpoint}
			a, err := gemini.Outbound{}.Decoder(op).Answer(body)
			isFault(t, err)
			if err == nil {
				out, err := gemini.Inbound{}.Encoder(dialect.EncodeOptions{Op: op}).Answer(nil, a)
				if err != nil || !json.Valid(out) {
					t.Fatalf("got %s, %v", out, err)
				}
			}
			w := gemini.Outbound{}.Watcher(op)
			_, werr := w.Answer(body)
			isFault(t, werr)
			if json.Valid(body) && !json.Valid(w.Rename(nil, body, `"`)) {
				t.Fatalf("renaming broke %s", body)
			}
		}
		gemini.Outbound{}.ReadError(400, nil, body)
		_, err := gemini.Outbound{}.ReadModels(body)
		isFault(t, err)
	})
}

func FuzzDecodeStream(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		op := dialect.Operation{Endpoint: dialect.EndpointChat}
		d := gemini.Outbound{}.Decoder(op)
		events, err := d.Event(nil, "", data)
		isFault(t, err)
		if err == nil {
			events, err = d.Event(events, "", data)
			isFault(t, err)
			events, err = d.Finish(events)
			isFault(t, err)
		}
		stream := write(dialect.EncodeOptions{Request: &dialect.Request{}}, append(events, dialect.Event{Kind: dialect.EventEnd})...)
		chunks(t, stream)
		w := gemini.Outbound{}.Watcher(op)
		_, werr := w.Event("", data)
		isFault(t, werr)
	})
}

func isFault(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if _, ok := errors.AsType[*dialect.Fault](err); !ok {
		t.Fatalf("got %T: %v", err, err)
	}
}
