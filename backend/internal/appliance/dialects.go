package appliance

import (
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/cohere"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

// inbound are the dialects that callers speak; the last one answers where no
// other knows a path.
func inbound() []dialect.Inbound {
	return []dialect.Inbound{responses.Inbound{}, anthropic.Inbound{}, gemini.Inbound{}, ollama.Inbound{}, openai.Inbound{}}
}

// outbound is the table of dialects that upstreams speak.
func outbound() map[string]dialect.Outbound {
	table := map[string]dialect.Outbound{}
	for _, d := range []dialect.Outbound{openai.Outbound{}, openai.Voyage{}, responses.Outbound{}, anthropic.Outbound{}, gemini.Outbound{}, ollama.Outbound{}, cohere.Outbound{}, bedrock.Outbound{}} {
		table[d.Name()] = d
	}
	// The forms in which clouds speak a dialect, whose callers are passed through.
	table["openai-azure"], table["anthropic-vertex"], table["anthropic-bedrock"] = openai.Azure{}, anthropic.Vertex{}, anthropic.Bedrock{}
	table["vertex"], table["gemini-vertex"] = gemini.Vertex{}, gemini.VertexNative{}
	return table
}
