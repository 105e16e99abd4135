package conformance

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/packages/respjson"
)

// newClient is the official client as an application configures it: a base
// URL and a key. The suite switches retries off, to see every answer.
func newClient(baseURL, key string, opts ...option.RequestOption) *openai.Client {
	all := append([]option.RequestOption{
		option.WithBaseURL(baseURL), option.WithAPIKey(key), option.WithMaxRetries(0),
	}, opts...)
	client := openai.NewClient(all...)
	return &client
}

// ask sends a case and gives what the client got out of the answer.
func ask(ctx context.Context, client *openai.Client, c *Case, body map[string]any) Outcome {
	raw, err := json.Marshal(body)
	if err != nil {
		return failed(err)
	}
	switch {
	case c.Endpoint == endpointEmbeddings:
		return askEmbeddings(ctx, client, raw)
	case c.Stream:
		return askStream(ctx, client, raw)
	}
	params := param.Override[openai.ChatCompletionNewParams](json.RawMessage(raw))
	answer, err := client.Chat.Completions.New(ctx, params)
	if err != nil {
		return failed(err)
	}
	return plainOutcome(answer)
}

func failed(err error) Outcome { return Outcome{Failed: true, ErrorText: err.Error()} }

func askEmbeddings(ctx context.Context, client *openai.Client, raw []byte) Outcome {
	answer, err := client.Embeddings.New(ctx, param.Override[openai.EmbeddingNewParams](json.RawMessage(raw)))
	if err != nil {
		return failed(err)
	}
	out := Outcome{Model: answer.Model, Vectors: len(answer.Data), Usage: map[string]int64{
		"in": answer.Usage.PromptTokens, "total": answer.Usage.TotalTokens,
	}}
	if len(answer.Data) > 0 {
		first := answer.Data[0].Embedding
		out.Dims, out.First = len(first), first[:min(3, len(first))]
	}
	return out
}

func plainOutcome(answer *openai.ChatCompletion) Outcome {
	out := Outcome{Model: answer.Model}
	for _, choice := range answer.Choices {
		if choice.Index != 0 {
			continue
		}
		m := choice.Message
		out.Text = text(m.Content, m.JSON.Content)
		out.Reasoning = reasoning(m.JSON.ExtraFields, m.JSON.Content)
		out.Finish = choice.FinishReason
		for _, call := range m.ToolCalls {
			out.Calls = append(out.Calls, Call{call.ID, call.Function.Name, call.Function.Arguments})
		}
		if m.FunctionCall.Name != "" { //nolint:staticcheck // old applications read the deprecated form
			out.Calls = append(out.Calls, Call{"", m.FunctionCall.Name, m.FunctionCall.Arguments}) //nolint:staticcheck // as above
		}
		break
	}
	if answer.JSON.Usage.Valid() {
		out.Usage = usage(answer.Usage)
	}
	return out
}

func askStream(ctx context.Context, client *openai.Client, raw []byte) Outcome {
	params := param.Override[openai.ChatCompletionNewParams](json.RawMessage(raw))
	stream := client.Chat.Completions.NewStreaming(ctx, params)
	defer func() { _ = stream.Close() }() // read to its end or given up
	g := &gatherer{}
	for stream.Next() {
		g.add(stream.Current())
	}
	if err := stream.Err(); err != nil {
		return failed(err)
	}
	return g.outcome()
}

// gatherer puts the first choice of a stream together.
type gatherer struct {
	out             Outcome
	text, reasoning strings.Builder
	// open maps the index of a call in the stream to its place in out.Calls.
	open map[int64]int
}

func (g *gatherer) add(chunk openai.ChatCompletionChunk) {
	g.out.Model = cmp.Or(chunk.Model, g.out.Model)
	if chunk.JSON.Usage.Valid() {
		g.out.Usage = usage(chunk.Usage)
	} else if groq, ok := chunk.JSON.ExtraFields["x_groq"]; ok && g.out.Usage == nil {
		g.out.Usage = usageInside(groq)
	}
	for _, choice := range chunk.Choices {
		if choice.Index != 0 {
			continue
		}
		d := choice.Delta
		g.text.WriteString(text(d.Content, d.JSON.Content))
		g.reasoning.WriteString(reasoning(d.JSON.ExtraFields, d.JSON.Content))
		for _, call := range d.ToolCalls {
			g.call(call)
		}
		g.out.Finish = cmp.Or(choice.FinishReason, g.out.Finish)
	}
}

func (g *gatherer) call(delta openai.ChatCompletionChunkChoiceDeltaToolCall) {
	if g.open == nil {
		g.open = map[int64]int{}
	}
	at, known := g.open[delta.Index]
	// Some vendors send whole calls one after another with the same index.
	if !known || delta.ID != "" && g.out.Calls[at].ID != "" && delta.ID != g.out.Calls[at].ID {
		at = len(g.out.Calls)
		g.open[delta.Index] = at
		g.out.Calls = append(g.out.Calls, Call{})
	}
	call := &g.out.Calls[at]
	call.ID = cmp.Or(call.ID, delta.ID)
	call.Name = cmp.Or(call.Name, delta.Function.Name)
	call.Args += delta.Function.Arguments
}

func (g *gatherer) outcome() Outcome {
	g.out.Text, g.out.Reasoning = g.text.String(), g.reasoning.String()
	return g.out
}

// text is the content; vendors that send a list of parts or an object instead
// of a string are read through the client's raw field, as their users must.
func text(typed string, field respjson.Field) string {
	raw := field.Raw()
	switch {
	case strings.HasPrefix(raw, "["):
		text, _ := splitParts(raw)
		return text
	case strings.HasPrefix(raw, "{"):
		return raw
	}
	return typed
}

// reasoning is what vendors send beside the content, which the client offers
// as an extra field, or as a part of the content.
func reasoning(extra map[string]respjson.Field, content respjson.Field) string {
	for _, name := range []string{"reasoning_content", "reasoning"} {
		var s string
		if field, ok := extra[name]; ok && json.Unmarshal([]byte(field.Raw()), &s) == nil && s != "" {
			return s
		}
	}
	_, thought := splitParts(content.Raw())
	return thought
}

// splitParts reads a list of content parts: text and thinking.
func splitParts(raw string) (text, thought string) {
	var parts []struct {
		Text     string `json:"text"`
		Thinking []struct {
			Text string `json:"text"`
		} `json:"thinking"`
	}
	if !strings.HasPrefix(raw, "[") || json.Unmarshal([]byte(raw), &parts) != nil {
		return "", ""
	}
	var texts, thoughts strings.Builder
	for _, p := range parts {
		texts.WriteString(p.Text)
		for _, t := range p.Thinking {
			thoughts.WriteString(t.Text)
		}
	}
	return texts.String(), thoughts.String()
}

func usage(u openai.CompletionUsage) map[string]int64 {
	out := map[string]int64{
		"in": u.PromptTokens, "out": u.CompletionTokens, "total": u.TotalTokens,
		"cached_in": u.PromptTokensDetails.CachedTokens, "reasoning_out": u.CompletionTokensDetails.ReasoningTokens,
	}
	// Vendors that count these elsewhere are read through the extra fields.
	also := map[string]string{
		"cached_tokens": "cached_in", "prompt_cache_hit_tokens": "cached_in", "reasoning_tokens": "reasoning_out",
	}
	for theirs, ours := range also {
		var n int64
		if field, ok := u.JSON.ExtraFields[theirs]; ok && json.Unmarshal([]byte(field.Raw()), &n) == nil && out[ours] == 0 {
			out[ours] = n
		}
	}
	return out
}

// usageInside reads the usage in an extension of a chunk.
func usageInside(field respjson.Field) map[string]int64 {
	var ext struct {
		Usage *openai.CompletionUsage `json:"usage"`
	}
	if json.Unmarshal([]byte(field.Raw()), &ext) != nil || ext.Usage == nil {
		return nil
	}
	return usage(*ext.Usage)
}
