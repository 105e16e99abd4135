package gemini_test

import (
	"encoding/json"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
)

func TestWriteStream(t *testing.T) {
	shown := &dialect.Request{ShowThoughts: new(true)}
	start := dialect.Event{Kind: dialect.EventStart, ID: "r1", Model: "real"}
	end := dialect.Event{Kind: dialect.EventEnd}
	const last = `,"finishReason":"STOP"`
	for _, row := range []struct {
		name string
		in   []dialect.Event
		want []string
	}{
		{"nothing", []dialect.Event{start, end}, []string{chunk(`{"text":""}`, last)}},
		{
			"text, with usage in the last chunk",
			[]dialect.Event{start, {Kind: dialect.EventText, Text: "a\"\u00e9\n"}, {Kind: dialect.EventPing}, {Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 9, Out: 5, CachedIn: 2, ReasoningOut: 1}}, {Kind: dialect.EventFinish, Finish: dialect.FinishLength}, end},
			[]string{
				chunk(`{"text":"a\"\u00e9\n"}`, ""),
				strings.Replace(chunk(`{"text":""}`, `,"finishReason":"MAX_TOKENS"`), `"modelVersion"`, `"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"totalTokenCount":14,"cachedContentTokenCount":2,"thoughtsTokenCount":1},"modelVersion"`, 1),
			},
		},
		{
			"thoughts",
			[]dialect.Event{start, {Kind: dialect.EventReasoning, Text: "hm"}, {Kind: dialect.EventRefusal, Text: "no"}, {Kind: dialect.EventFinish, Finish: dialect.FinishFilter}, end},
			[]string{chunk(`{"text":"hm","thought":true}`, ""), chunk(`{"text":"no"}`, ""), chunk(`{"text":""}`, `,"finishReason":"SAFETY"`)},
		},
		{
			"calls are given whole, with the last chunk",
			[]dialect.Event{
				start,
				{Kind: dialect.EventToolStart, Tool: 0, CallID: "c1", ToolName: "f", Signature: "Zw==", Signer: "gemini"},
				{Kind: dialect.EventToolStart, Tool: 1, CallID: "c2", ToolName: "g"},
				{Kind: dialect.EventToolArgs, Tool: 0, Text: `{"a"`},
				{Kind: dialect.EventToolArgs, Tool: 1, Text: `{"b":2}`},
				{Kind: dialect.EventToolArgs, Tool: 0, Text: `:1}`},
				{Kind: dialect.EventFinish, Finish: dialect.FinishTools},
				end,
			},
			[]string{chunk(`{"functionCall":{"id":"c1","name":"f","args":{"a":1}},"thoughtSignature":"Zw=="},{"functionCall":{"id":"c2","name":"g","args":{"b":2}}}`, last)},
		},
		{
			"whole calls before text keep their place, others wait",
			[]dialect.Event{
				start,
				{Kind: dialect.EventToolStart, Tool: 0, CallID: "c1", ToolName: "f"},
				{Kind: dialect.EventToolArgs, Tool: 0, Text: `{}`},
				{Kind: dialect.EventToolStart, Tool: 1, CallID: "c2", ToolName: "g"},
				{Kind: dialect.EventToolArgs, Tool: 1, Text: `{"b`},
				{Kind: dialect.EventText, Text: "x"},
				{Kind: dialect.EventToolArgs, Tool: 1, Text: `":2`},
				end,
			},
			[]string{
				chunk(`{"functionCall":{"id":"c1","name":"f","args":{}}},{"text":"x"}`, ""),
				chunk(`{"functionCall":{"id":"c2","name":"g","args":{"input":"{\"b\":2"}}}`, last),
			},
		},
		{
			"media and sources",
			[]dialect.Event{
				start,
				{Kind: dialect.EventText, Text: "é est"},
				{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "https://a.org", Title: "A", Start: 2, End: 5}},
				{Kind: dialect.EventMedia, Media: &dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "AA=="}},
				{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "https://a.org", Title: "A"}},
				{Kind: dialect.EventCitation, Citation: &dialect.Citation{Title: "B", Cited: "p"}},
				end,
			},
			[]string{
				chunk(`{"text":"é est"}`, ""), chunk(`{"inlineData":{"mimeType":"image/png","data":"AA=="}}`, ""),
				chunk(`{"text":""}`, last+`,"groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a.org","title":"A"}},{"retrievedContext":{"title":"B","text":"p"}}],
					"groundingSupports":[{"segment":{"startIndex":3,"endIndex":6,"text":"est"},"groundingChunkIndices":[0]}]}`),
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			stream := write(dialect.EncodeOptions{Request: shown}, row.in...)
			got := chunks(t, stream)
			if len(got) != len(row.want) {
				t.Fatalf("got %q", got)
			}
			for i := range got {
				sameAs(t, got[i], row.want[i])
			}
			op := streamOp
			op.List = true
			list := write(dialect.EncodeOptions{Request: shown, Op: op}, row.in...)
			sameAs(t, list, "["+strings.Join(row.want, ",")+"]")
		})
	}
}

func TestEveryChunkPassesTheSDKs(t *testing.T) {
	// The SDK for Go throws a turn away where one chunk has no candidate, no part
	// or where none has a reason to finish.
	stream := write(
		dialect.EncodeOptions{Request: &dialect.Request{}, RequestID: "req"},
		dialect.Event{Kind: dialect.EventStart}, dialect.Event{Kind: dialect.EventReasoning, Text: "hidden"},
		dialect.Event{Kind: dialect.EventText, Text: ""}, dialect.Event{Kind: dialect.EventUsage, Usage: &dialect.Usage{}},
		dialect.Event{Kind: dialect.EventText, Choice: 1, Text: "b"}, dialect.Event{Kind: dialect.EventEnd},
	)
	finished := 0
	for _, c := range chunks(t, stream) {
		var w struct {
			Candidates []struct {
				Content struct {
					Role  string            `json:"role"`
					Parts []json.RawMessage `json:"parts"`
				} `json:"content"`
				Finish string `json:"finishReason"`
			} `json:"candidates"`
			ID string `json:"responseId"`
		}
		if err := json.Unmarshal([]byte(c), &w); err != nil || len(w.Candidates) == 0 || w.ID != "req" {
			t.Fatalf("got %s, %v", c, err)
		}
		for _, candidate := range w.Candidates {
			if len(candidate.Content.Parts) == 0 || candidate.Content.Role != "model" {
				t.Errorf("got %s", c)
			}
			if candidate.Finish != "" {
				finished++
			}
		}
	}
	if finished != 2 || strings.Contains(stream, "hidden") {
		t.Errorf("got %s", stream)
	}
}

func TestWriteAnswer(t *testing.T) {
	a := &dialect.Answer{ID: "r1", Model: "real", Usage: &dialect.Usage{In: 1, Out: 2}, Choices: []dialect.Choice{
		{Finish: dialect.FinishTools, Parts: []dialect.Part{
			{Kind: dialect.PartReasoning, Text: "hm"},
			{Kind: dialect.PartText, Text: "a", Citations: []dialect.Citation{{URL: "https://a.org", Start: 0, End: 1}}},
			{Kind: dialect.PartRefusal, Text: "no"},
			{Kind: dialect.PartImage, MIME: "image/png", Data: "AA=="},
			{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}},
		}},
		{Index: 1, Finish: dialect.FinishStop},
	}}
	opts := dialect.EncodeOptions{Op: chatOp, Model: "alias"}
	out, err := gemini.Inbound{}.Encoder(opts).Answer([]byte("x"), a)
	if err != nil {
		t.Fatal(err)
	}
	sameAs(t, string(out[1:]), `{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"a"},{"text":"no"},{"inlineData":{"mimeType":"image/png","data":"AA=="}},
		{"functionCall":{"id":"c","name":"f","args":{}}}]},"finishReason":"STOP","index":0,"groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a.org"}}],
		"groundingSupports":[{"segment":{"partIndex":1,"endIndex":1,"text":"a"},"groundingChunkIndices":[0]}]}},
		{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":1}],
		"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3},"modelVersion":"alias","responseId":"r1"}`)
	// A caller who asked for no thoughts gets none to see.
	opts.Request = &dialect.Request{}
	out, err = gemini.Inbound{}.Encoder(opts).Answer(nil, a)
	if err != nil || strings.Contains(string(out), "hm") || !strings.Contains(string(out), `"text":"a","thoughtSignature":"`) {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestWriteEmbeddingsAndCount(t *testing.T) {
	a := &dialect.Answer{Embeddings: [][]float64{{1, 0.5}, {2}}, Usage: &dialect.Usage{In: 3}}
	for name, want := range map[string]string{
		"embedContent":       `{"embedding":{"values":[1,0.5]},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}}`,
		"batchEmbedContents": `{"embeddings":[{"values":[1,0.5]},{"values":[2]}],"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}}`,
	} {
		op := dialect.Operation{Endpoint: dialect.EndpointEmbeddings, Name: name}
		out, err := gemini.Inbound{}.Encoder(dialect.EncodeOptions{Op: op}).Answer(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		sameAs(t, string(out), want)
	}
	op := dialect.Operation{Endpoint: dialect.EndpointCount}
	out, err := gemini.Inbound{}.Encoder(dialect.EncodeOptions{Op: op}).Answer(nil, a)
	if err != nil || string(out) != `{"totalTokens":3}` {
		t.Errorf("got %s, %v", out, err)
	}
	if _, err := (gemini.Inbound{}).Encoder(dialect.EncodeOptions{Op: op}).Answer(nil, &dialect.Answer{}); err == nil {
		t.Error("a count without tokens was rendered")
	}
}

func BenchmarkStreamText(b *testing.B) {
	e := gemini.Inbound{}.Encoder(dialect.EncodeOptions{Op: streamOp, Model: "alias"})
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Event(dst[:0], dialect.Event{Kind: dialect.EventText, Text: "some words of an answer"})
	}
}

func BenchmarkWatchEvent(b *testing.B) {
	w := gemini.Outbound{}.Watcher(dialect.Operation{Endpoint: dialect.EndpointChat})
	data := []byte(chunk(`{"text":"some words of an answer"}`, ""))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Event("", data); err != nil {
			b.Fatal(err)
		}
	}
}

func TestLateThoughtsGoAlone(t *testing.T) {
	// Reasoning after a call, with nothing to carry it: an empty text must not
	// stand beside the call.
	stream := write(
		dialect.EncodeOptions{},
		dialect.Event{Kind: dialect.EventToolStart, CallID: "c", ToolName: "f"}, dialect.Event{Kind: dialect.EventToolArgs, Text: "{}"},
		dialect.Event{Kind: dialect.EventReasoning, Redacted: "secret", Signer: "anthropic"}, dialect.Event{Kind: dialect.EventEnd},
	)
	got := chunks(t, stream)
	if len(got) != 2 || strings.Contains(got[0], "finishReason") || !strings.Contains(got[1], `"parts":[{"text":"","thoughtSignature":"`) {
		t.Errorf("got %q", got)
	}
	a := &dialect.Answer{Choices: []dialect.Choice{{Parts: []dialect.Part{
		{Kind: dialect.PartText, Text: "hi"}, {Kind: dialect.PartText}, {Kind: dialect.PartReasoning, Data: "secret", Signer: "anthropic"},
	}}}}
	out, err := gemini.Inbound{}.Encoder(dialect.EncodeOptions{Op: chatOp}).Answer(nil, a)
	if err != nil || strings.Count(string(out), `"text"`) != 1 || !strings.Contains(string(out), `{"text":"hi","thoughtSignature":"`) {
		t.Errorf("got %s, %v", out, err)
	}
}
