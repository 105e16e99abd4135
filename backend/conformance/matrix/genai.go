package matrix

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"

	"google.golang.org/genai"

	"headwater/conformance"
)

// gemini is Google's SDK.
type gemini struct{ client *genai.Client }

func googleGenAI() Client {
	return Client{
		Name: "Google GenAI Go", Module: "google.golang.org/genai", Finish: "STOP", NoIDs: true,
		Connect: func(root, key string) (Caller, error) {
			client, err := genai.NewClient(context.Background(), &genai.ClientConfig{
				APIKey: key, Backend: genai.BackendGeminiAPI,
				HTTPOptions: genai.HTTPOptions{BaseURL: root, RetryOptions: &genai.HTTPRetryOptions{Attempts: new(int32(1))}},
			})
			return gemini{client}, err
		},
	}
}

func geminiConfig() *genai.GenerateContentConfig {
	return &genai.GenerateContentConfig{SystemInstruction: genai.NewContentFromText(system, "")}
}

func geminiAnswer(r *genai.GenerateContentResponse) Answer {
	out := Answer{Text: r.Text(), Model: r.ModelVersion}
	if len(r.Candidates) > 0 {
		out.Finish = string(r.Candidates[0].FinishReason)
	}
	if u := r.UsageMetadata; u != nil {
		out.In, out.Out = int64(u.PromptTokenCount), int64(u.CandidatesTokenCount)
	}
	return out
}

// Chat implements Caller.
func (c gemini) Chat(ctx context.Context, model string) (Answer, error) {
	answer, err := c.client.Models.GenerateContent(ctx, model, genai.Text(question), geminiConfig())
	if err != nil {
		return Answer{}, err
	}
	return geminiAnswer(answer), nil
}

// Stream implements Caller. The SDK has no accumulator: text is the sum, the
// rest the last that was said.
func (c gemini) Stream(ctx context.Context, model string, seen func()) (Answer, error) {
	var out Answer
	for answer, err := range c.client.Models.GenerateContentStream(ctx, model, genai.Text(question), geminiConfig()) {
		if err != nil {
			return out, err
		}
		piece := geminiAnswer(answer)
		if piece.Text != "" {
			seen()
		}
		piece.Text = out.Text + piece.Text
		if piece.Out == 0 {
			piece.In, piece.Out = out.In, out.Out
		}
		out = piece
	}
	return out, ctx.Err()
}

// Again implements Caller. The SDK keeps the conversation.
func (c gemini) Again(ctx context.Context, model string) (string, error) {
	chat, err := c.client.Chats.Create(ctx, model, geminiConfig(), nil)
	if err != nil {
		return "", err
	}
	if _, err := chat.SendMessage(ctx, genai.Part{Text: question}); err != nil {
		return "", err
	}
	answer, err := chat.SendMessage(ctx, genai.Part{Text: question})
	if err != nil {
		return "", err
	}
	return answer.Text(), nil
}

// Tools implements Caller.
func (c gemini) Tools(ctx context.Context, model, next string) ([]Call, string, error) {
	config := geminiConfig()
	tool := new(genai.Tool)
	for _, name := range toolNames() {
		tool.FunctionDeclarations = append(tool.FunctionDeclarations, &genai.FunctionDeclaration{
			Name: name, Description: "Weather of a city.",
			Parameters: &genai.Schema{
				Type: genai.TypeObject, Properties: map[string]*genai.Schema{"city": {Type: genai.TypeString}}, Required: []string{"city"},
			},
		})
	}
	config.Tools = []*genai.Tool{tool}
	said, results := &genai.Content{Role: genai.RoleModel}, &genai.Content{Role: genai.RoleUser}
	var calls []Call
	for answer, err := range c.client.Models.GenerateContentStream(ctx, model, genai.Text(question), config) {
		if err != nil {
			return calls, "", err
		}
		if len(answer.Candidates) > 0 && answer.Candidates[0].Content != nil {
			for _, part := range answer.Candidates[0].Content.Parts {
				if !reflect.ValueOf(*part).IsZero() { // an empty text may stand beside the reason of the end
					said.Parts = append(said.Parts, part)
				}
			}
		}
		for _, call := range answer.FunctionCalls() {
			args, _ := json.Marshal(call.Args) // came from JSON
			calls = append(calls, Call{call.ID, call.Name, string(args)})
			part := genai.NewPartFromFunctionResponse(call.Name, map[string]any{"output": result})
			part.FunctionResponse.ID = call.ID
			results.Parts = append(results.Parts, part)
		}
	}
	contents := append(genai.Text(question), said, results)
	answer, err := c.client.Models.GenerateContent(ctx, next, contents, config)
	if err != nil {
		return calls, "", err
	}
	return calls, answer.Text(), nil
}

// Schema implements Caller.
func (c gemini) Schema(ctx context.Context, model string) (string, error) {
	config := geminiConfig()
	config.ResponseMIMEType = "application/json"
	config.ResponseJsonSchema = answerSchema()
	answer, err := c.client.Models.GenerateContent(ctx, model, genai.Text(question), config)
	if err != nil {
		return "", err
	}
	return answer.Text(), nil
}

// Vision implements Caller.
func (c gemini) Vision(ctx context.Context, model string) (string, error) {
	image, err := base64.StdEncoding.DecodeString(conformance.OnePixel)
	if err != nil {
		return "", err
	}
	parts := []*genai.Part{genai.NewPartFromText(question), genai.NewPartFromBytes(image, "image/png")}
	contents := []*genai.Content{genai.NewContentFromParts(parts, genai.RoleUser)}
	answer, err := c.client.Models.GenerateContent(ctx, model, contents, geminiConfig())
	if err != nil {
		return "", err
	}
	return answer.Text(), nil
}

// Embed implements Caller.
func (c gemini) Embed(ctx context.Context, model string, texts []string) ([][]float64, error) {
	var contents []*genai.Content
	for _, text := range texts {
		contents = append(contents, genai.NewContentFromText(text, genai.RoleUser))
	}
	answer, err := c.client.Models.EmbedContent(ctx, model, contents, nil)
	if err != nil {
		return nil, err
	}
	var out [][]float64
	for _, row := range answer.Embeddings {
		vector := make([]float64, len(row.Values))
		for i, n := range row.Values {
			vector[i] = float64(n)
		}
		out = append(out, vector)
	}
	return out, nil
}

// Models implements Caller.
func (c gemini) Models(ctx context.Context) ([]string, error) {
	var out []string
	for model, err := range c.client.Models.All(ctx) {
		if err != nil {
			return out, err
		}
		out = append(out, model.Name)
	}
	return out, nil
}

// Kind implements Caller. The status and the word in the body must agree.
func (c gemini) Kind(err error) string {
	e, ok := errors.AsType[genai.APIError](err)
	if !ok || e.Message == "" {
		return kindOther
	}
	kinds := map[string]string{
		"RESOURCE_EXHAUSTED": kindRate, "UNAUTHENTICATED": kindAuth, "NOT_FOUND": kindMissing,
		"INTERNAL": kindServer, "UNAVAILABLE": kindServer, "DEADLINE_EXCEEDED": kindServer,
	}
	if kind := kindOf(e.Code); kinds[e.Status] == kind {
		return kind
	}
	// Google says a bad key with 400.
	if e.Code == 400 && e.Status == "INVALID_ARGUMENT" && hasReason(e, "API_KEY_INVALID") {
		return kindAuth
	}
	return kindOther
}

func hasReason(e genai.APIError, reason string) bool {
	for _, detail := range e.Details {
		if detail["reason"] == reason {
			return true
		}
	}
	return false
}
