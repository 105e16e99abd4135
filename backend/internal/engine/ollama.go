package engine

import (
	"context"
	"encoding/json"
	"strings"
)

// Ollama tells which models it holds and which it could load. How many
// requests it works on, how many wait and how many it would take at once is
// nowhere to be read, and a model counts as loaded from the moment its loading
// begins.
//
// Source: docs.ollama.com/api, "List running models", "List models" and "Get
// version", and ollama/ollama docs/api.md, as of 2026-11-28. Both lists are
// GETs that look at memory and disk; a model is loaded by the POSTs only.
const (
	ollamaLoaded    = "/api/ps"   // since May 2024; context_length came in 2025
	ollamaInstalled = "/api/tags" // older ones say null for an empty list
	ollamaVersion   = "/api/version"
)

// ollamaList is the form of both lists.
type ollamaList struct {
	Models []struct { // nil unless it is a list
		Name    string `json:"name"`
		Model   string `json:"model"`
		Context count  `json:"context_length"`
	} `json:"models"`
}

// detectOllama asks for the version and for the list: others have a version
// at that path, and llama.cpp had a list there.
func detectOllama(ctx context.Context, a *asker) bool {
	var version struct {
		Version string `json:"version"`
	}
	if !a.object(ctx, "reading the version", ollamaVersion, &version) || version.Version == "" {
		return false
	}
	var list struct {
		Models json.RawMessage `json:"models"`
	}
	return a.object(ctx, "reading the installed models", ollamaInstalled, &list) && len(list.Models) > 0
}

func readOllama(ctx context.Context, a *asker, s *State) error {
	var loaded, installed ollamaList
	if a.object(ctx, "reading the loaded models", ollamaLoaded, &loaded) {
		s.Loaded, s.Context = loaded.read()
	}
	if a.object(ctx, "reading the installed models", ollamaInstalled, &installed) {
		s.Installed, _ = installed.read()
	}
	return nil
}

// read gives the names and the context that they share.
func (l ollamaList) read() ([]string, int) {
	if l.Models == nil {
		return nil, 0
	}
	list, tokens := newNames(), shared{}
	for _, m := range l.Models {
		if m.Name == "" {
			m.Name = m.Model
		}
		list.add(m.Name)
		tokens.add(m.Context)
	}
	return list.list, tokens.value()
}

// sameOllama compares names as Ollama does: registry, namespace and tag have
// defaults, and case does not matter.
func sameOllama(listed, wanted string) bool { return fullOllama(listed) == fullOllama(wanted) }

func fullOllama(name string) string {
	name = strings.ToLower(name)
	name = strings.TrimPrefix(name, "registry.ollama.ai/")
	name = strings.TrimPrefix(name, "library/")
	if base := name[strings.LastIndexByte(name, '/')+1:]; !strings.Contains(base, ":") {
		name += ":latest"
	}
	return name
}
