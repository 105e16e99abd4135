package gemini_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/sse"
)

// answer reads a whole answer, which must be good.
func answer(t *testing.T, body string) *dialect.Answer {
	t.Helper()
	a, err := gemini.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat}).Answer([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return a
}

func TestDecodeAnswer(t *testing.T) {
	a := answer(t, `{"candidates":[{"content":{"role":"model","parts":[
		{"text":"hm","thought":true},{"text":"Look: "},{"inlineData":{"mimeType":"image/png","data":"AA=="}},{"executableCode":{"code":"1"}},
		{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"own","name":"g"}},{"text":"","thoughtSignature":"ZW5k"}]},"finishReason":"STOP"}],
		"usageMetadata":{"promptTokenCount":10,"toolUsePromptTokenCount":5,"candidatesTokenCount":7,"thoughtsTokenCount":3,"cachedContentTokenCount":4,"totalTokenCount":25},
		"modelVersion":"g-1","responseId":"r1","createTime":"2026-02-17T04:28:36.011667Z"}`)
	if a.ID != "r1" || a.Model != "g-1" || a.Created != 1771302516 {
		t.Errorf("got %+v", a)
	}
	if want := (dialect.Usage{In: 15, Out: 10, CachedIn: 4, ReasoningOut: 3}); *a.Usage != want {
		t.Errorf("got %+v", a.Usage)
	}
	c := a.Choices[0]
	id := c.Parts[3].Call.ID
	if !strings.HasPrefix(id, "call_") || len(id) != 29 {
		t.Errorf("got id %s", id)
	}
	want := []dialect.Part{
		{Kind: dialect.PartReasoning, Text: "hm"},
		{Kind: dialect.PartText, Text: "Look: "},
		{Kind: dialect.PartImage, MIME: "image/png", Data: "AA=="},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: "f", Args: `{"a":1}`}, Signature: "c2ln", Signer: "gemini"},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "own", Name: "g", Args: `{}`}},
		{Kind: dialect.PartText, Signature: "ZW5k", Signer: "gemini"},
	}
	if !reflect.DeepEqual(c.Parts, want) || c.Finish != dialect.FinishTools {
		t.Errorf("got %+v %s", c.Parts, c.Finish)
	}
}

func TestMadeIDsAreStableAndUnique(t *testing.T) {
	body := func(id string) string {
		return `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}}]}}],` + id + `"usageMetadata":{"promptTokenCount":1}}`
	}
	seen := map[string]bool{}
	for _, text := range []string{body(`"responseId":"a",`), body(`"responseId":"b",`), body("")} {
		first, again := answer(t, text).Choices[0].Parts, answer(t, text).Choices[0].Parts
		if first[0].Call.ID != again[0].Call.ID {
			t.Error("reading again gives another id")
		}
		for _, p := range first {
			if seen[p.Call.ID] {
				t.Errorf("%s stands twice", p.Call.ID)
			}
			seen[p.Call.ID] = true
		}
	}
	streamed, err := decodeStream("data: " + body(`"responseId":"a",`) + "\n\ndata: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n")
	if err != nil || ofEvents(streamed).calls[1].ID != answer(t, body(`"responseId":"a",`)).Choices[0].Parts[1].Call.ID {
		t.Errorf("a stream gives other ids: %v", err)
	}
}

func TestFinishReasons(t *testing.T) {
	for word, want := range map[string]string{
		"STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "length", "SAFETY": "content_filter", "RECITATION": "content_filter", "BLOCKLIST": "content_filter",
		"PROHIBITED_CONTENT": "content_filter", "SPII": "content_filter", "IMAGE_SAFETY": "content_filter", "MALFORMED_FUNCTION_CALL": "stop",
		"OTHER": "stop", "NEW": "stop", "": "", "FINISH_REASON_UNSPECIFIED": "",
	} {
		if got := answer(t, `{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"`+word+`"}]}`).Choices[0].Finish; got != want {
			t.Errorf("%s: got %q", word, got)
		}
		if got := answer(t, `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"`+word+`"}]}`).Choices[0].Finish; got != dialect.FinishTools {
			t.Errorf("%s with a call: got %q", word, got)
		}
	}
	c := answer(t, `{"candidates":[{"finishReason":"SAFETY","finishMessage":"no"}]}`).Choices[0]
	if len(c.Parts) != 1 || c.Parts[0].Kind != dialect.PartRefusal || c.Parts[0].Text != "no" {
		t.Errorf("got %+v", c)
	}
}

func TestAnswersWithoutCandidate(t *testing.T) {
	a := answer(t, `{"promptFeedback":{"blockReason":"SAFETY","blockReasonMessage":"no"},"usageMetadata":{"promptTokenCount":4}}`)
	if c := a.Choices[0]; c.Finish != dialect.FinishFilter || c.Parts[0].Text != "no" || a.Usage.In != 4 {
		t.Errorf("got %+v", a)
	}
	a = answer(t, `{"usageMetadata":{"trafficType":"ON_DEMAND"},"modelVersion":"g"}`)
	if c := a.Choices[0]; c.Finish != dialect.FinishStop || len(c.Parts) != 0 || a.Usage != nil {
		t.Errorf("got %+v", a)
	}
}

func TestDecodeListOfEvents(t *testing.T) {
	a := answer(t, `[{"candidates":[{"content":{"parts":[{"text":"Hel"}]},"index":0}],"usageMetadata":{"promptTokenCount":3},"responseId":"r","modelVersion":"g"},
		{"candidates":[{"content":{"parts":[{"text":"lo"},{"functionCall":{"name":"f"}}]}},{"content":{"parts":[{"text":"two"}]},"index":1}]},
		{"candidates":[{"finishReason":"STOP"},{"finishReason":"MAX_TOKENS","index":1}],"usageMetadata":{"candidatesTokenCount":9}}]`)
	if g := ofAnswer(a); g.text != "Hello" || len(g.calls) != 1 || g.finish != dialect.FinishTools {
		t.Errorf("got %+v", g)
	}
	if len(a.Choices) != 2 || a.Choices[1].Finish != dialect.FinishLength || a.ID != "r" || *a.Usage != (dialect.Usage{In: 3, Out: 9}) {
		t.Errorf("got %+v", a)
	}
}

func TestDecodeFaults(t *testing.T) {
	for _, row := range []struct {
		body      string
		malformed bool
		reason    dialect.Reason
	}{
		{`x`, true, ""},
		{`"a"`, true, ""},
		{`{}`, true, ""},
		{`{"choices":[]}`, true, ""},
		{`[]`, true, ""},
		{`[{"candidates":[]}`, true, ""},
		{`{"candidates":{}}`, true, ""},
		{`{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m"}}`, false, dialect.ReasonRate},
		{`{"error":{"status":"UNAVAILABLE","message":"m"}}`, false, dialect.ReasonOverloaded},
		{`[{"candidates":[{"content":{}}]},{"error":{"code":503,"message":"The model is overloaded"}}]`, false, dialect.ReasonOverloaded},
	} {
		op := dialect.Operation{Endpoint: dialect.EndpointChat}
		for what, err := range map[string]error{
			"decoder": errOf(gemini.Outbound{}.Decoder(op).Answer([]byte(row.body))),
			"watcher": errOf(gemini.Outbound{}.Watcher(op).Answer([]byte(row.body))),
		} {
			fault, ok := errors.AsType[*dialect.Fault](err)
			if !ok || fault.Malformed != row.malformed || fault.Detail.Reason != row.reason {
				t.Errorf("%s, %s: got %+v", row.body, what, err)
			}
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestDecodeEmbeddingsAndCounts(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointEmbeddings}
	a, err := gemini.Outbound{}.Decoder(op).Answer([]byte(`{"embeddings":[{"values":[1,2]},{"values":[3]}],"usageMetadata":{"promptTokenCount":5}}`))
	if err != nil || !reflect.DeepEqual(a.Embeddings, [][]float64{{1, 2}, {3}}) || a.Usage.In != 5 {
		t.Errorf("got %+v, %v", a, err)
	}
	a, err = gemini.Outbound{}.Decoder(op).Answer([]byte(`{"embedding":{"values":[1]}}`))
	if err != nil || len(a.Embeddings) != 1 || a.Usage != nil {
		t.Errorf("got %+v, %v", a, err)
	}
	for _, body := range []string{`{}`, `{"embeddings":[{}]}`, `{"error":{}}`, `x`} {
		if _, err := (gemini.Outbound{}).Decoder(op).Answer([]byte(body)); err == nil {
			t.Errorf("%s: want a fault", body)
		}
		if _, err := (gemini.Outbound{}).Watcher(op).Answer([]byte(body)); err == nil && body != `{"embeddings":[{}]}` {
			t.Errorf("%s: want a fault", body)
		}
	}
	op.Endpoint = dialect.EndpointCount
	a, err = gemini.Outbound{}.Decoder(op).Answer([]byte(`{"totalTokens":12}`))
	if err != nil || a.Usage.In != 12 {
		t.Errorf("got %+v, %v", a, err)
	}
	for _, body := range []string{`{}`, `{"error":{}}`, `x`} {
		if _, err := (gemini.Outbound{}).Decoder(op).Answer([]byte(body)); err == nil {
			t.Errorf("%s: want a fault", body)
		}
	}
}

func TestCitations(t *testing.T) {
	const grounded = `"groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a.org","title":"A"}},{"retrievedContext":{"title":"B","text":"passage"}},{"web":{"uri":"https://c.org"}},{}],
		"groundingSupports":[{"segment":{"startIndex":3,"endIndex":8},"groundingChunkIndices":[0,1,9]}]},"citationMetadata":{"citations":[{"uri":"https://d.org","startIndex":0,"endIndex":2}]}`
	want := []dialect.Citation{
		{URL: "https://a.org", Title: "A", Start: 2, End: 6},
		{Title: "B", Cited: "passage", Start: 2, End: 6},
		{URL: "https://c.org"},
		{URL: "https://d.org", Start: 0, End: 1},
	}
	// "ö é..." has characters of two bytes: offsets are told in bytes and given in characters.
	a := answer(t, `{"candidates":[{"content":{"parts":[{"thought":true,"text":"x"},{"text":"ö être"}]},"finishReason":"STOP",`+grounded+`}]}`)
	if got := a.Choices[0].Parts[1].Citations; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	events, err := decodeStream("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"ö \"},{\"text\":\"être\"}]}," + strings.ReplaceAll(grounded, "\n", "") + "}]}\n\n" +
		"data: {\"candidates\":[{\"finishReason\":\"STOP\"," + strings.ReplaceAll(grounded, "\n", "") + "}]}\n\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []dialect.Citation
	for _, ev := range events {
		if ev.Kind == dialect.EventCitation {
			got = append(got, *ev.Citation)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestDecodeStream(t *testing.T) {
	stream := `data: {"candidates":[{"content":{"parts":[{"text":"hm","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":5},"modelVersion":"g","responseId":"r"}` + "\r\n\r\n" +
		`data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]}},{"index":1,"content":{"parts":[{"text":"Yo"}]}}]}` + "\n\n: comment\n\n" +
		`data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a": [1]},"id":"c1"},"thoughtSignature":"cw=="},{"inlineData":{"mimeType":"audio/wav","data":"AA=="}}]}}]}` + "\n\n" +
		`data: {"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"ZQ=="}]},"finishReason":"STOP"},{"index":1,"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":1}}` + "\n\n" +
		`data: {"candidates":[{"content":{"parts":[{"text":"late"}]}}],"usageMetadata":{"totalTokenCount":9}}` + "\n\n"
	events, err := decodeStream(stream)
	if err != nil {
		t.Fatal(err)
	}
	media := dialect.Part{Kind: dialect.PartAudio, MIME: "audio/wav", Data: "AA=="}
	want := []dialect.Event{
		{Kind: dialect.EventStart, ID: "r", Model: "g"},
		{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 5}},
		{Kind: dialect.EventReasoning, Text: "hm"},
		{Kind: dialect.EventText, Text: "Hi"},
		{Kind: dialect.EventText, Choice: 1, Text: "Yo"},
		{Kind: dialect.EventToolStart, CallID: "c1", ToolName: "f", Signature: "cw==", Signer: "gemini"},
		{Kind: dialect.EventToolArgs, Text: `{"a": [1]}`},
		{Kind: dialect.EventMedia, Media: &media},
		{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 5, Out: 3, ReasoningOut: 1}},
		{Kind: dialect.EventText, Signature: "ZQ==", Signer: "gemini"},
		{Kind: dialect.EventFinish, Finish: dialect.FinishTools},
		{Kind: dialect.EventFinish, Choice: 1, Finish: dialect.FinishLength},
		{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 5, Out: 3, ReasoningOut: 1}},
		{Kind: dialect.EventEnd},
	}
	if !reflect.DeepEqual(events, want) {
		t.Errorf("got %+v", events)
	}
	// However the bytes are cut, the splitter gives the same events.
	for size := 1; size < len(stream); size += 37 {
		var split sse.Splitter
		d := gemini.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
		var got []dialect.Event
		for at := 0; at < len(stream); at += size {
			split.Write([]byte(stream[at:min(at+size, len(stream))]))
			for ev, ok := split.Next(); ok; ev, ok = split.Next() {
				if ev.HasData {
					if got, err = d.Event(got, "", ev.Data); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if got, err = d.Finish(got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("cut by %d: %v", size, err)
		}
	}
}

func TestStreamedArguments(t *testing.T) {
	piece := func(call string) string {
		return "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":" + call + "}]}}]}\n\n"
	}
	stream := piece(`{"name":"f","willContinue":true}`) +
		piece(`{"partialArgs":[{"jsonPath":"$.list[1].name","stringValue":"ab","willContinue":true}],"willContinue":true}`) +
		piece(`{"partialArgs":[{"jsonPath":"$.list[1].name","stringValue":"c"},{"jsonPath":"$['odd key']","numberValue":1.5}],"willContinue":true}`) +
		piece(`{"partialArgs":[{"jsonPath":"$.yes","boolValue":true},{"jsonPath":"$.no","nullValue":"NULL_VALUE"},{"jsonPath":"$.list[99999999]","boolValue":true},{"jsonPath":"$.yes.deep","boolValue":true}],"willContinue":true}`) +
		piece(`{}`) + piece(`{"name":"g","args":{"x":1}}`) +
		"data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n"
	events, err := decodeStream(stream)
	if err != nil {
		t.Fatal(err)
	}
	g := ofEvents(events)
	if len(g.calls) != 2 || g.calls[0].Name != "f" || g.calls[1].Args != `{"x":1}` {
		t.Fatalf("got %+v", g.calls)
	}
	sameAs(t, g.calls[0].Args, `{"list":[null,{"name":"abc"}],"odd key":1.5,"yes":{"deep":true},"no":null}`)
	// A call that is never ended ends with the answer.
	if events, err = decodeStream(piece(`{"name":"f","willContinue":true}`) + "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n"); err != nil {
		t.Fatal(err)
	}
	if g := ofEvents(events); len(g.calls) != 1 || g.calls[0].Args != `{}` || g.finish != dialect.FinishTools {
		t.Errorf("got %+v", g)
	}
}

func TestStreamFaults(t *testing.T) {
	const begun = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n"
	for _, row := range []struct {
		stream               string
		truncated, malformed bool
		reason               dialect.Reason
	}{
		{"", true, false, ""},
		{begun, true, false, ""},
		{begun + "data: {\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\",\"message\":\"m\"}}\n\n", false, false, dialect.ReasonOverloaded},
		{begun + "data: nonsense\n\n", false, true, ""},
		{begun + "data: {\"choices\":[]}\n\n", false, true, ""},
	} {
		_, err := decodeStream(row.stream)
		fault, ok := errors.AsType[*dialect.Fault](err)
		if !ok || fault.Truncated != row.truncated || fault.Malformed != row.malformed || fault.Detail.Reason != row.reason {
			t.Errorf("%q: got %v", row.stream, err)
		}
	}
	events, err := decodeStream("data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\",\"blockReasonMessage\":\"no\"}}\n\n")
	if err != nil || len(events) != 4 || events[1].Text != "no" || events[2].Finish != dialect.FinishFilter {
		t.Errorf("got %+v, %v", events, err)
	}
}

func TestWatcher(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointChat}
	w := gemini.Outbound{}.Watcher(op)
	for _, row := range []struct {
		data string
		want dialect.Sign
	}{
		{`{"candidates":[{"content":{"parts":[{"text":""}]}}],"modelVersion":"g"}`, dialect.Sign{}},
		{`{"candidates":[{"content":{"parts":[{"thoughtSignature":"s"}]}}],"usageMetadata":{"promptTokenCount":2}}`, dialect.Sign{Usage: &dialect.Usage{In: 2}}},
		{`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}`, dialect.Sign{Content: true}},
		{`{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":3}}`, dialect.Sign{End: true, Usage: &dialect.Usage{In: 2, Out: 3}}},
	} {
		if row.want.End && w.Finish() == nil {
			t.Error("ended before the end")
		}
		got, err := w.Event("", []byte(row.data))
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %+v, %v", row.data, got, err)
		}
	}
	if err := w.Finish(); err != nil {
		t.Error(err)
	}
	sign, err := gemini.Outbound{}.Watcher(op).Event("", []byte(`{"promptFeedback":{"blockReason":"SAFETY"}}`))
	if err != nil || !sign.End {
		t.Errorf("got %+v, %v", sign, err)
	}
	op.Endpoint = dialect.EndpointEmbeddings
	sign, err = gemini.Outbound{}.Watcher(op).Answer([]byte(`{"embeddings":[],"usageMetadata":{"promptTokenCount":2}}`))
	if err != nil || !sign.Content || sign.Usage.In != 2 {
		t.Errorf("got %+v, %v", sign, err)
	}
}

func TestRename(t *testing.T) {
	w := gemini.Outbound{}.Watcher(dialect.Operation{Endpoint: dialect.EndpointChat})
	for in, want := range map[string]string{
		`{"a":[ 1.0 ], "modelVersion" : "g-1","modelVersions":"x"}`: `{"a":[ 1.0 ], "modelVersion" : "my \"model\"","modelVersions":"x"}`,
		`{"candidates":[{"modelVersion":"inner"}]}`:                 `{"candidates":[{"modelVersion":"inner"}]}`,
		`{"modelVersion":null}`:                                     `{"modelVersion":null}`,
		` [ {"modelVersion":"a"} , {"b":1},{"modelVersion":"c"} ] `: ` [ {"modelVersion":"my \"model\""} , {"b":1},{"modelVersion":"my \"model\""} ] `,
		`not JSON`: `not JSON`,
		`[]`:       `[]`,
	} {
		if got := string(w.Rename([]byte("x"), []byte(in), `my "model"`)); got != "x"+want {
			t.Errorf("got %s, want x%s", got, want)
		}
	}
}

// TestWatcherAgreesWithDecoder runs both over the recorded streams.
func TestWatcherAgreesWithDecoder(t *testing.T) {
	for _, r := range recordings(t, "gemini-generate", "gemini-stream") {
		if r.Response.Status >= 400 {
			continue
		}
		op := dialect.Operation{Endpoint: dialect.EndpointChat}
		w := gemini.Outbound{}.Watcher(op)
		if r.Response.SSE == "" {
			a, err := gemini.Outbound{}.Decoder(op).Answer(r.Response.Body)
			sign, werr := w.Answer(r.Response.Body)
			if err != nil || werr != nil || !reflect.DeepEqual(a.Usage, sign.Usage) {
				t.Errorf("%s: %v %v", r.ID, err, werr)
			}
			if !json.Valid(w.Rename(nil, r.Response.Body, "alias")) {
				t.Errorf("%s: renaming breaks it", r.ID)
			}
			continue
		}
		var split sse.Splitter
		var usage *dialect.Usage
		content := false
		split.Write([]byte(r.Response.SSE))
		for ev, ok := split.Next(); ok; ev, ok = split.Next() {
			sign, err := w.Event("", ev.Data)
			if err != nil {
				t.Errorf("%s: %v", r.ID, err)
			}
			if content = content || sign.Content; sign.Usage != nil {
				usage = sign.Usage
			}
		}
		events, err := decodeStream(r.Response.SSE)
		g := ofEvents(events)
		if err != nil || w.Finish() != nil || !reflect.DeepEqual(g.usage, usage) {
			t.Errorf("%s: got %+v, want %+v, %v", r.ID, usage, g.usage, err)
		}
		if shows := g.text != "" || g.reasoning != "" || len(g.calls) > 0; shows && !content {
			t.Errorf("%s: the watcher saw no content", r.ID)
		}
	}
}
