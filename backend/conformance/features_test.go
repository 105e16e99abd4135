package conformance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

func hello(model string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: model,
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage("Be brief."), openai.UserMessage("Say eight words."),
		},
	}
}

func weatherTool() openai.ChatCompletionToolUnionParam {
	return openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name:        "weather",
		Description: openai.String("Weather of a city."),
		Parameters: shared.FunctionParameters{
			"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}, "required": []string{"city"},
		},
	})
}

func TestPlainChat(t *testing.T) {
	eachDialect(t, func(t *testing.T, dialect string) {
		model := faultRoute(dialect, "ok")
		var resp *http.Response
		answer, err := client().Chat.Completions.New(limited(t), hello(model), option.WithResponseInto(&resp))
		if err != nil {
			t.Fatal(err)
		}
		got := plainOutcome(answer)
		if got.Text != EightWords || got.Finish != "stop" || got.Model != model {
			t.Errorf("got %+v", got)
		}
		if got.Usage["in"] == 0 || got.Usage["out"] != 8 || got.Usage["total"] != got.Usage["in"]+8 {
			t.Errorf("usage %v", got.Usage)
		}
		if answer.ID == "" || answer.Created == 0 || string(answer.Object) != "chat.completion" {
			t.Errorf("id %q, created %d, object %q", answer.ID, answer.Created, answer.Object)
		}
		if resp.Header.Get("X-Request-Id") == "" {
			t.Error("no X-Request-Id")
		}
	})
}

func TestStreamedChat(t *testing.T) {
	for _, fault := range []string{"ok", "pings", "bytes+crlf"} {
		for _, usage := range []bool{true, false} {
			eachDialect(t, func(t *testing.T, dialect string) {
				params := hello(faultRoute(dialect, fault))
				if usage {
					params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
				}
				checkStream(t, params, usage)
			})
		}
	}
}

// checkStream asserts the shape that every client of chat relies on: the role
// first, one id, one finish, usage last and only on request.
func checkStream(t *testing.T, params openai.ChatCompletionNewParams, usage bool) {
	t.Helper()
	stream := client().Chat.Completions.NewStreaming(limited(t), params)
	defer stream.Close()
	var acc openai.ChatCompletionAccumulator
	var finishes, usages, chunks int
	id := ""
	for stream.Next() {
		chunk := stream.Current()
		if !acc.AddChunk(chunk) {
			t.Fatalf("the accumulator refused %s", chunk.RawJSON())
		}
		if id != "" && chunk.ID != id {
			t.Errorf("the id changed from %s to %s", id, chunk.ID)
		}
		id = chunk.ID
		if chunks == 0 && (len(chunk.Choices) != 1 || chunk.Choices[0].Delta.Role != "assistant") {
			t.Errorf("the first chunk has no role: %s", chunk.RawJSON())
		}
		chunks++
		if chunk.JSON.Usage.Valid() {
			usages++
			if len(chunk.Choices) != 0 {
				t.Errorf("usage came with choices: %s", chunk.RawJSON())
			}
		}
		for _, choice := range chunk.Choices {
			if choice.FinishReason != "" {
				finishes++
			}
			if usages > 0 {
				t.Errorf("a choice after the usage: %s", chunk.RawJSON())
			}
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	wantUsages := 0
	if usage {
		wantUsages = 1
	}
	if finishes != 1 || usages != wantUsages {
		t.Errorf("%d finishes, %d usages, wanted 1 and %d", finishes, usages, wantUsages)
	}
	if got := acc.Choices[0].Message.Content; got != EightWords {
		t.Errorf("text %q", got)
	}
	if usage && acc.Usage.CompletionTokens != 8 {
		t.Errorf("usage %+v", acc.Usage)
	}
	if acc.Model != params.Model {
		t.Errorf("model %q, wanted %q", acc.Model, params.Model)
	}
}

func TestTools(t *testing.T) {
	eachDialect(t, func(t *testing.T, dialect string) {
		params := hello(faultRoute(dialect, "tool"))
		params.Tools = []openai.ChatCompletionToolUnionParam{weatherTool()}
		answer, err := client().Chat.Completions.New(limited(t), params)
		if err != nil {
			t.Fatal(err)
		}
		got := plainOutcome(answer)
		if len(got.Calls) != 1 || got.Calls[0].Name != "weather" || !sameArgs(got.Calls[0].Args, `{"city":"Vienna"}`) || got.Finish != "tool_calls" {
			t.Fatalf("got %+v", got)
		}
		params.Model = faultRoute(dialect, "ok")
		params.Messages = append(params.Messages,
			answer.Choices[0].Message.ToParam(), openai.ToolMessage("18 degrees, sunny", got.Calls[0].ID))
		if answer, err = client().Chat.Completions.New(limited(t), params); err != nil {
			t.Fatal(err)
		}
		if answer.Choices[0].Message.Content != EightWords {
			t.Errorf("after the tool's result: %s", answer.RawJSON())
		}
	})
}

func TestStreamedTools(t *testing.T) {
	eachDialect(t, func(t *testing.T, dialect string) {
		params := hello(faultRoute(dialect, "tool"))
		params.Tools = []openai.ChatCompletionToolUnionParam{weatherTool()}
		stream := client().Chat.Completions.NewStreaming(limited(t), params)
		defer stream.Close()
		var acc openai.ChatCompletionAccumulator
		finished := 0
		for stream.Next() {
			acc.AddChunk(stream.Current())
			if tool, ok := acc.JustFinishedToolCall(); ok {
				finished++
				if tool.Name != "weather" || !sameArgs(tool.Arguments, `{"city":"Vienna"}`) || tool.ID == "" {
					t.Errorf("got %+v", tool)
				}
			}
		}
		if err := stream.Err(); err != nil {
			t.Fatal(err)
		}
		if finished != 1 || acc.Choices[0].FinishReason != "tool_calls" {
			t.Errorf("%d finished tool calls, finish %q", finished, acc.Choices[0].FinishReason)
		}
	})
}

func TestReasoning(t *testing.T) {
	eachDialect(t, func(t *testing.T, dialect string) {
		params := hello(faultRoute(dialect, "reasoning"))
		params.ReasoningEffort = shared.ReasoningEffortLow
		answer, err := client().Chat.Completions.New(limited(t), params)
		if err != nil {
			t.Fatal(err)
		}
		if got := plainOutcome(answer); got.Reasoning != "word1 word2" || got.Text != EightWords {
			t.Errorf("got %+v", got)
		}
	})
}

func TestVisionAndSchema(t *testing.T) {
	eachDialect(t, func(t *testing.T, dialect string) {
		params := hello(faultRoute(dialect, "ok"))
		params.Messages = []openai.ChatCompletionMessageParamUnion{
			openai.DeveloperMessage("Describe."),
			openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.TextContentPart("What is this?"),
				openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: OnePixelURL}),
			}),
		}
		params.ResponseFormat = openai.ChatCompletionNewParamsResponseFormatUnion{
			OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: "answer", Strict: openai.Bool(true),
				Schema: map[string]any{
					"type": "object", "properties": map[string]any{"words": map[string]any{"type": "string"}},
					"required": []string{"words"}, "additionalProperties": false,
				},
			}},
		}
		answer, err := client().Chat.Completions.New(limited(t), params)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Choices[0].Message.Content != EightWords {
			t.Errorf("got %s", answer.RawJSON())
		}
	})
}

func TestEmbeddings(t *testing.T) {
	model := faultRoute("openai", "ok")
	params := openai.EmbeddingNewParams{
		Model: model, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "two"}},
	}
	floats, err := client().Embeddings.New(limited(t), params)
	if err != nil {
		t.Fatal(err)
	}
	if len(floats.Data) != 2 || len(floats.Data[0].Embedding) == 0 || floats.Model != model || floats.Usage.TotalTokens == 0 {
		t.Fatalf("got %s", short(floats.RawJSON()))
	}
	params.EncodingFormat = openai.EmbeddingNewParamsEncodingFormatBase64
	packed, err := client().Embeddings.New(limited(t), params)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if json.Unmarshal([]byte(packed.Data[0].JSON.Embedding.Raw()), &text) != nil {
		t.Fatalf("not base64: %s", short(packed.RawJSON()))
	}
	bytes, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(bytes) != 4*len(floats.Data[0].Embedding) {
		t.Errorf("%d bytes for %d floats, %v", len(bytes), len(floats.Data[0].Embedding), err)
	}
}

func TestModels(t *testing.T) {
	ctx := limited(t)
	listed := map[string]bool{}
	pager := client().Models.ListAutoPaging(ctx)
	for pager.Next() {
		listed[pager.Current().ID] = true
	}
	if err := pager.Err(); err != nil {
		t.Fatal(err)
	}
	want := len(scene.Cases) + len(scene.Refusals) + 2*len(faultModels())
	if len(listed) != want || !listed[faultRoute("anthropic", "ok")] {
		t.Errorf("%d models listed, wanted %d", len(listed), want)
	}
	model, err := client().Models.Get(ctx, faultRoute("openai", "ok"))
	if err != nil || model.ID != faultRoute("openai", "ok") || string(model.Object) != "model" {
		t.Errorf("got %v, %v", model, err)
	}
	narrow, err := newClient(scene.BaseURL, scene.Narrow).Models.List(ctx)
	if err != nil || len(narrow.Data) != 1 || narrow.Data[0].ID != faultRoute("openai", "ok") {
		t.Errorf("the narrow app sees %v, %v", narrow, err)
	}
}

func TestAbort(t *testing.T) {
	eachDialect(t, func(t *testing.T, dialect string) {
		ctx, cancel := context.WithCancel(limited(t))
		defer cancel()
		stream := client().Chat.Completions.NewStreaming(ctx, hello(faultRoute(dialect, "tokens-400+gap-20ms")))
		defer stream.Close()
		seen := 0
		for stream.Next() {
			if seen++; seen == 3 {
				cancel()
			}
		}
		if err := stream.Err(); !errors.Is(err, context.Canceled) {
			t.Errorf("after the abort: %v", err)
		}
		if seen > 200 {
			t.Errorf("%d chunks after the abort", seen)
		}
		if _, err := client().Chat.Completions.New(limited(t), hello(faultRoute(dialect, "ok"))); err != nil {
			t.Errorf("the next call: %v", err)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	eachDialect(t, func(t *testing.T, dialect string) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				stream := client().Chat.Completions.NewStreaming(limited(t), hello(faultRoute(dialect, "ok")))
				defer stream.Close()
				var text strings.Builder
				for stream.Next() {
					for _, choice := range stream.Current().Choices {
						text.WriteString(choice.Delta.Content)
					}
				}
				if text.String() != EightWords || stream.Err() != nil {
					t.Errorf("got %q, %v", text.String(), stream.Err())
				}
			})
		}
		all.Wait()
	})
}
