package matrix

import (
	"context"
	"errors"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"headwater/conformance"
)

// messages is Anthropic's SDK.
type messages struct{ client anthropic.Client }

func anthropicMessages() Client {
	return Client{
		Name: "Anthropic Go", Module: "github.com/anthropics/anthropic-sdk-go", Finish: "end_turn",
		Lacks: map[string]string{featureEmbeddings: "Anthropic has no embeddings"},
		Connect: func(root, key string) (Caller, error) {
			return messages{anthropic.NewClient(
				option.WithoutEnvironmentDefaults(),
				option.WithBaseURL(root), option.WithAPIKey(key), option.WithMaxRetries(0),
			)}, nil
		},
	}
}

func messageParams(model string) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: model, MaxTokens: 1024,
		System:   []anthropic.TextBlockParam{{Text: system}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(question))},
	}
}

func messageAnswer(m *anthropic.Message) Answer {
	out := Answer{Model: m.Model, Finish: string(m.StopReason), In: m.Usage.InputTokens, Out: m.Usage.OutputTokens}
	for _, block := range m.Content {
		out.Text += block.Text
	}
	return out
}

// Chat implements Caller.
func (c messages) Chat(ctx context.Context, model string) (Answer, error) {
	return c.ask(ctx, messageParams(model))
}

func (c messages) ask(ctx context.Context, params anthropic.MessageNewParams) (Answer, error) {
	answer, err := c.client.Messages.New(ctx, params)
	if err != nil {
		return Answer{}, err
	}
	return messageAnswer(answer), nil
}

// Stream implements Caller.
func (c messages) Stream(ctx context.Context, model string, seen func()) (Answer, error) {
	message, err := c.gather(ctx, messageParams(model), seen)
	return messageAnswer(message), err
}

func (c messages) gather(ctx context.Context, params anthropic.MessageNewParams, seen func()) (*anthropic.Message, error) {
	stream := c.client.Messages.NewStreaming(ctx, params)
	defer func() { _ = stream.Close() }() // read to its end or given up
	message, ended := new(anthropic.Message), false
	for stream.Next() {
		event := stream.Current()
		if err := message.Accumulate(event); err != nil {
			return message, err
		}
		if event.Delta.Text != "" {
			seen()
		}
		ended = ended || event.Type == "message_stop"
	}
	if err := stream.Err(); err != nil {
		return message, err
	}
	if !ended {
		return message, errors.New("the stream ended without message_stop")
	}
	return message, nil
}

// Again implements Caller.
func (c messages) Again(ctx context.Context, model string) (string, error) {
	params := messageParams(model)
	message, err := c.client.Messages.New(ctx, params)
	if err != nil {
		return "", err
	}
	params.Messages = append(params.Messages, message.ToParam(), anthropic.NewUserMessage(anthropic.NewTextBlock(question)))
	answer, err := c.ask(ctx, params)
	return answer.Text, err
}

// Tools implements Caller.
func (c messages) Tools(ctx context.Context, model, next string) ([]Call, string, error) {
	params := messageParams(model)
	for _, name := range toolNames() {
		schema := anthropic.ToolInputSchemaParam{Properties: toolSchema()["properties"], Required: []string{"city"}}
		params.Tools = append(params.Tools, anthropic.ToolUnionParamOfTool(schema, name))
	}
	message, err := c.gather(ctx, params, func() {})
	if err != nil {
		return nil, "", err
	}
	var calls []Call
	var results []anthropic.ContentBlockParamUnion
	for _, block := range message.Content {
		if call, ok := block.AsAny().(anthropic.ToolUseBlock); ok {
			calls = append(calls, Call{call.ID, call.Name, string(call.Input)})
			results = append(results, anthropic.NewToolResultBlock(call.ID, result, false))
		}
	}
	params.Model = next
	params.Messages = append(params.Messages, message.ToParam(), anthropic.NewUserMessage(results...))
	answer, err := c.ask(ctx, params)
	return calls, answer.Text, err
}

// Schema implements Caller.
func (c messages) Schema(ctx context.Context, model string) (string, error) {
	params := messageParams(model)
	params.OutputConfig = anthropic.OutputConfigParam{Format: anthropic.JSONOutputFormatParam{Schema: answerSchema()}}
	answer, err := c.ask(ctx, params)
	return answer.Text, err
}

// Vision implements Caller.
func (c messages) Vision(ctx context.Context, model string) (string, error) {
	params := messageParams(model)
	params.Messages = []anthropic.MessageParam{anthropic.NewUserMessage(
		anthropic.NewTextBlock(question), anthropic.NewImageBlockBase64("image/png", conformance.OnePixel),
	)}
	answer, err := c.ask(ctx, params)
	return answer.Text, err
}

// Embed implements Caller.
func (c messages) Embed(context.Context, string, []string) ([][]float64, error) {
	return nil, errors.ErrUnsupported
}

// Models implements Caller.
func (c messages) Models(ctx context.Context) ([]string, error) {
	var out []string
	pager := c.client.Models.ListAutoPaging(ctx, anthropic.ModelListParams{})
	for pager.Next() {
		out = append(out, pager.Current().ID)
	}
	return out, pager.Err()
}

// Kind implements Caller. The status and the type in the body must agree.
func (c messages) Kind(err error) string {
	e, ok := errors.AsType[*anthropic.Error](err)
	if !ok {
		return kindOther
	}
	kinds := map[string]string{
		"rate_limit_error": kindRate, "authentication_error": kindAuth, "not_found_error": kindMissing,
		"api_error": kindServer, "overloaded_error": kindServer, "timeout_error": kindServer,
	}
	if kind := kindOf(e.StatusCode); kinds[string(e.Type())] == kind {
		return kind
	}
	return kindOther
}
