package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
)

// openAIModel is an entry of the list of models that llama.cpp and vLLM have
// in common. Source: the OpenAI API reference, "List models", with the fields
// that the engines add, as of 2026-11-28.
type openAIModel struct {
	ID    string `json:"id"`
	Owner string `json:"owned_by"`
	// Context is vLLM's; null for an adapter on top of a model.
	Context count `json:"max_model_len"`
}

// openAIEntries are the entries of a list; nil unless it is one. What is beyond
// maxNames is left out: of the shortest entries a long answer has very many.
type openAIEntries []openAIModel

// UnmarshalJSON takes the entries that fit. It never fails, as that of count.
func (l *openAIEntries) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return nil //nolint:nilerr // it is no list
	}
	*l = openAIEntries{}
	for d.More() && len(*l) < maxNames {
		var m openAIModel
		err := d.Decode(&m)
		if _, mistyped := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !mistyped {
			return nil // what came before it counts
		}
		*l = append(*l, m)
	}
	return nil
}

// openAIList is the list, nil when there is none.
func openAIList(ctx context.Context, a *asker) []openAIModel {
	return openAIListAt(ctx, a, openAIModels)
}

// openAIListAt is the list at another path.
func openAIListAt(ctx context.Context, a *asker, path string) []openAIModel {
	var body struct {
		Data openAIEntries `json:"data"`
	}
	a.object(ctx, "reading the models", path, &body)
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
