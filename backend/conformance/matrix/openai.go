package matrix

import (
	"context"
	"errors"
	"fmt"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"headwater/conformance"
)

const openAIModule = "github.com/openai/openai-go/v3"

// openAI is what both surfaces of the SDK share.
type openAI struct{ client openai.Client }

func connectOpenAI(root, key string) openAI {
	return openAI{openai.NewClient(option.WithBaseURL(root+"/v1"), option.WithAPIKey(key), option.WithMaxRetries(0))}
}

// Embed implements Caller.
func (c openAI) Embed(ctx context.Context, model string, texts []string) ([][]float64, error) {
	answer, err := c.client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: model, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts},
	})
	if err != nil {
		return nil, err
	}
	var out [][]float64
	for _, row := range answer.Data {
		out = append(out, row.Embedding)
	}
	return out, nil
}

// Models implements Caller.
func (c openAI) Models(ctx context.Context) ([]string, error) {
	var out []string
	pager := c.client.Models.ListAutoPaging(ctx)
	for pager.Next() {
		out = append(out, pager.Current().ID)
	}
	return out, pager.Err()
}

// Kind implements Caller.
func (c openAI) Kind(err error) string {
	e, ok := errors.AsType[*openai.Error](err)
	if !ok || e.Message == "" {
		return kindOther
	}
	return kindOf(e.StatusCode)
}

// words is an error with what the answer said, which the SDK's text leaves out.
func words(err error) string {
	if e, ok := errors.AsType[*openai.Error](err); ok {
		return err.Error() + " " + e.RawJSON()
	}
	return err.Error()
}

// chat is the Chat Completions surface.
type chat struct{ openAI }

func openAIChat() Client {
	return Client{
		Name: "OpenAI Go, Chat Completions", Module: openAIModule, Finish: "stop",
		Connect: func(root, key string) (Caller, error) { return chat{connectOpenAI(root, key)}, nil },
	}
}

func chatParams(model string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(system), openai.UserMessage(question)},
	}
}

func chatAnswer(c *openai.ChatCompletion) Answer {
	if len(c.Choices) == 0 {
		return Answer{Model: c.Model}
	}
	choice := c.Choices[0]
	return Answer{choice.Message.Content, c.Model, choice.FinishReason, c.Usage.PromptTokens, c.Usage.CompletionTokens}
}

// Chat implements Caller.
func (c chat) Chat(ctx context.Context, model string) (Answer, error) {
	answer, err := c.client.Chat.Completions.New(ctx, chatParams(model))
	if err != nil {
		return Answer{}, err
	}
	return chatAnswer(answer), nil
}

// Stream implements Caller.
func (c chat) Stream(ctx context.Context, model string, seen func()) (Answer, error) {
	params := chatParams(model)
	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	acc, err := c.gather(ctx, params, seen)
	return chatAnswer(&acc.ChatCompletion), err
}

func (c chat) gather(ctx context.Context, params openai.ChatCompletionNewParams, seen func()) (*openai.ChatCompletionAccumulator, error) {
	stream := c.client.Chat.Completions.NewStreaming(ctx, params)
	defer func() { _ = stream.Close() }() // read to its end or given up
	acc := new(openai.ChatCompletionAccumulator)
	for stream.Next() {
		chunk := stream.Current()
		if !acc.AddChunk(chunk) {
			return acc, errors.New("the accumulator refused " + chunk.RawJSON())
		}
		if len(chunk.Choices) > 0 && chunk.Choices[0].Delta.Content != "" {
			seen()
		}
	}
	return acc, stream.Err()
}

// Again implements Caller.
func (c chat) Again(ctx context.Context, model string) (string, error) {
	params := chatParams(model)
	answer, err := c.client.Chat.Completions.New(ctx, params)
	if err != nil || len(answer.Choices) == 0 {
		return "", err
	}
	params.Messages = append(params.Messages, answer.Choices[0].Message.ToParam(), openai.UserMessage(question))
	return c.text(ctx, params)
}

// Tools implements Caller.
func (c chat) Tools(ctx context.Context, model, next string) ([]Call, string, error) {
	params := chatParams(model)
	for _, name := range toolNames() {
		params.Tools = append(params.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: name, Parameters: toolSchema(),
		}))
	}
	acc, err := c.gather(ctx, params, func() {})
	if err != nil || len(acc.Choices) == 0 {
		return nil, "", err
	}
	message := acc.Choices[0].Message
	params.Messages = append(params.Messages, message.ToParam())
	var calls []Call
	for _, call := range message.ToolCalls {
		calls = append(calls, Call{call.ID, call.Function.Name, call.Function.Arguments})
		params.Messages = append(params.Messages, openai.ToolMessage(result, call.ID))
	}
	params.Model = next
	answer, err := c.client.Chat.Completions.New(ctx, params)
	if err != nil {
		return calls, "", err
	}
	return calls, chatAnswer(answer).Text, nil
}

// Schema implements Caller.
func (c chat) Schema(ctx context.Context, model string) (string, error) {
	params := chatParams(model)
	params.ResponseFormat = openai.ChatCompletionNewParamsResponseFormatUnion{
		OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name: "answer", Strict: openai.Bool(true), Schema: answerSchema(),
		}},
	}
	return c.text(ctx, params)
}

func (c chat) text(ctx context.Context, params openai.ChatCompletionNewParams) (string, error) {
	answer, err := c.client.Chat.Completions.New(ctx, params)
	if err != nil {
		return "", err
	}
	return chatAnswer(answer).Text, nil
}

// Vision implements Caller.
func (c chat) Vision(ctx context.Context, model string) (string, error) {
	params := chatParams(model)
	params.Messages = []openai.ChatCompletionMessageParamUnion{openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
		openai.TextContentPart(question),
		openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: conformance.OnePixelURL}),
	})}
	return c.text(ctx, params)
}

// response is the Responses surface.
type response struct{ openAI }

func openAIResponses() Client {
	return Client{
		Name: "OpenAI Go, Responses", Module: openAIModule, Finish: "completed",
		Connect: func(root, key string) (Caller, error) { return response{connectOpenAI(root, key)}, nil },
	}
}

func responseParams(model string, items ...responses.ResponseInputItemUnionParam) responses.ResponseNewParams {
	if len(items) == 0 {
		items = []responses.ResponseInputItemUnionParam{responses.ResponseInputItemParamOfMessage(question, "user")}
	}
	return responses.ResponseNewParams{
		Model: model, Instructions: openai.String(system),
		Input: responses.ResponseNewParamsInputUnion{OfInputItemList: items},
	}
}

func responseAnswer(r *responses.Response) Answer {
	return Answer{r.OutputText(), r.Model, string(r.Status), r.Usage.InputTokens, r.Usage.OutputTokens}
}

// Chat implements Caller.
func (c response) Chat(ctx context.Context, model string) (Answer, error) {
	answer, err := c.client.Responses.New(ctx, responseParams(model))
	if err != nil {
		return Answer{}, err
	}
	return responseAnswer(answer), nil
}

// Stream implements Caller. The SDK has no accumulator for this surface: text
// is what the deltas say, the rest what the last event says.
func (c response) Stream(ctx context.Context, model string, seen func()) (Answer, error) {
	text, last, err := c.gather(ctx, responseParams(model), seen)
	out := responseAnswer(&last)
	if err == nil && text != out.Text {
		err = errors.New("the deltas say " + text + ", the last event " + out.Text)
	}
	return out, err
}

func (c response) gather(ctx context.Context, params responses.ResponseNewParams, seen func()) (string, responses.Response, error) {
	stream := c.client.Responses.NewStreaming(ctx, params)
	defer func() { _ = stream.Close() }() // read to its end or given up
	text, last := "", responses.Response{}
	for stream.Next() {
		switch event := stream.Current().AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text += event.Delta
			seen()
		case responses.ResponseCompletedEvent:
			last = event.Response
		case responses.ResponseFailedEvent:
			return text, last, errors.New(event.Response.Error.Message)
		}
	}
	if err := stream.Err(); err != nil {
		return text, last, err
	}
	if last.ID == "" {
		return text, last, errors.New("the stream ended without response.completed")
	}
	return text, last, nil
}

// Again implements Caller. The conversation goes on by the answer's id as well as
// by its items.
func (c response) Again(ctx context.Context, model string) (string, error) {
	params := responseParams(model)
	answer, err := c.client.Responses.New(ctx, params)
	if err != nil {
		return "", err
	}
	byID := responseParams(model)
	byID.PreviousResponseID = openai.String(answer.ID)
	if _, err := c.client.Responses.New(ctx, byID); err != nil {
		return "", fmt.Errorf("by its id: %w", err)
	}
	items := params.Input.OfInputItemList
	for _, item := range answer.Output {
		if message, ok := item.AsAny().(responses.ResponseOutputMessage); ok {
			items = append(items, responses.ResponseInputItemUnionParam{OfOutputMessage: new(message.ToParam())})
		}
	}
	items = append(items, responses.ResponseInputItemParamOfMessage(question, "user"))
	params.Input.OfInputItemList = items
	if answer, err = c.client.Responses.New(ctx, params); err != nil {
		return "", err
	}
	return answer.OutputText(), nil
}

// Tools implements Caller.
func (c response) Tools(ctx context.Context, model, next string) ([]Call, string, error) {
	params := responseParams(model)
	for _, name := range toolNames() {
		params.Tools = append(params.Tools, responses.ToolParamOfFunction(name, toolSchema(), false))
	}
	_, last, err := c.gather(ctx, params, func() {})
	if err != nil {
		return nil, "", err
	}
	var calls []Call
	items := params.Input.OfInputItemList
	for _, item := range last.Output {
		call, ok := item.AsAny().(responses.ResponseFunctionToolCall)
		if !ok {
			continue
		}
		calls = append(calls, Call{call.CallID, call.Name, call.Arguments})
		items = append(items, responses.ResponseInputItemUnionParam{OfFunctionCall: new(call.ToParam())})
	}
	for _, call := range calls {
		output := responses.ResponseInputItemParamOfFunctionCallOutput(result)
		output.OfFunctionCallOutput.CallID = openai.String(call.ID)
		items = append(items, output)
	}
	params.Model, params.Input.OfInputItemList = next, items
	answer, err := c.client.Responses.New(ctx, params)
	if err != nil {
		return calls, "", err
	}
	return calls, answer.OutputText(), nil
}

// Schema implements Caller.
func (c response) Schema(ctx context.Context, model string) (string, error) {
	params := responseParams(model)
	format := responses.ResponseFormatTextConfigParamOfJSONSchema("answer", answerSchema())
	format.OfJSONSchema.Strict = openai.Bool(true)
	params.Text = responses.ResponseTextConfigParam{Format: format}
	answer, err := c.client.Responses.New(ctx, params)
	if err != nil {
		return "", err
	}
	return answer.OutputText(), nil
}

// Vision implements Caller.
func (c response) Vision(ctx context.Context, model string) (string, error) {
	image := responses.ResponseInputContentParamOfInputImage(responses.ResponseInputImageDetailAuto)
	image.OfInputImage.ImageURL = openai.String(conformance.OnePixelURL)
	content := responses.ResponseInputMessageContentListParam{responses.ResponseInputContentParamOfInputText(question), image}
	answer, err := c.client.Responses.New(ctx, responseParams(model, responses.ResponseInputItemParamOfMessage(content, "user")))
	if err != nil {
		return "", err
	}
	return answer.OutputText(), nil
}
