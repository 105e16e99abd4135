package engine

import "context"

// LM Studio tells which models it holds and which it could load, and nothing
// of its work.
//
// Source: lmstudio.ai/docs/developer/rest, "REST API v0", as of 2026-11-28,
// for LM Studio 0.3.6 or newer. For a path that it does not know it answers 200
// with an error in the body.
const lmStudioModels = "/api/v0/models"

type lmStudioList struct {
	Data []struct { // nil unless it is a list
		ID    string `json:"id"`
		Type  string `json:"type"`
		State string `json:"state"` // "loaded", "not-loaded", or on its way
		// Context is what the model was loaded with, in newer versions; Most
		// is what it could be loaded with.
		Context count `json:"loaded_context_length"`
		Most    count `json:"max_context_length"`
	} `json:"data"`
}

func detectLMStudio(ctx context.Context, a *asker) bool {
	var body lmStudioList
	if !a.object(ctx, "reading the models", lmStudioModels, &body) || body.Data == nil {
		return false
	}
	return len(body.Data) == 0 || body.Data[0].State != ""
}

func readLMStudio(ctx context.Context, a *asker, s *State) error {
	var body lmStudioList
	if !a.object(ctx, "reading the models", lmStudioModels, &body) || body.Data == nil {
		return nil
	}
	loaded, installed, tokens := newNames(), newNames(), shared{}
	for _, m := range body.Data {
		installed.add(m.ID)
		switch m.State {
		case "loading":
			s.Loading = true
		case "loaded":
			loaded.add(m.ID)
			if m.Type == "embeddings" {
				continue // its short context says nothing of the chats
			}
			if m.Context.n == 0 {
				m.Context = m.Most
			}
			tokens.add(m.Context)
		}
	}
	s.Loaded, s.Installed, s.Context = loaded.list, installed.list, tokens.value()
	return nil
}
