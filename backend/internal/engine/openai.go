package engine

import "context"

// openAIModel is an entry of the list of models that llama.cpp and vLLM have
// in common. Source: the OpenAI API reference, "List models", with the fields
// that the engines add, as of 2026-11-28.
type openAIModel struct {
	ID    string `json:"id"`
	Owner string `json:"owned_by"`
	// Context is vLLM's; null for an adapter on top of a model.
	Context count `json:"max_model_len"`
}

// openAIList is the list, nil when there is none.
func openAIList(ctx context.Context, a *asker) []openAIModel {
	var body struct {
		Data []openAIModel `json:"data"`
	}
	a.object(ctx, "reading the models", openAIModels, &body)
	return body.Data
}

// openAIOwner is who the list says that its first model belongs to.
func openAIOwner(ctx context.Context, a *asker) string {
	list := openAIList(ctx, a)
	if len(list) == 0 {
		return ""
	}
	return list[0].Owner
}
