package hw

import "encoding/json"

// CatalogModel is what the catalogue knows of one model of a provider. A fact,
// not configuration; what is unknown is left out.
type CatalogModel struct {
	ID string `json:"id"`
	// Name is shown to people; empty means the id.
	Name   string `json:"name,omitempty"`
	Family string `json:"family,omitempty"`
	// Kind is embedding, image, audio, video, rerank or moderation; empty means chat.
	Kind string `json:"kind,omitempty"`
	// Context, MaxInput and MaxOutput are in tokens; 0 is unknown.
	Context   int `json:"context,omitempty"`
	MaxInput  int `json:"max_input,omitempty"`
	MaxOutput int `json:"max_output,omitempty"`
	// Price is nil where none is known.
	Price *Price `json:"price,omitempty"`
	// Tiers are the prices of requests with more context.
	Tiers []PriceTier `json:"tiers,omitempty"`
	// In and Out are the kinds of content: text, image, audio, video, pdf.
	In  []string `json:"in,omitempty"`
	Out []string `json:"out,omitempty"`
	// Tools, Schema and Reasoning are abilities.
	Tools     bool `json:"tools,omitempty"`
	Schema    bool `json:"schema,omitempty"`
	Reasoning bool `json:"reasoning,omitempty"`
	// ReasoningOptions are the vendor's ways to steer reasoning.
	ReasoningOptions json.RawMessage `json:"reasoning_options,omitempty"`
	OpenWeights      bool            `json:"open_weights,omitempty"`
	// Knowledge, Released and Updated are dates, as precise as they are known.
	Knowledge string `json:"knowledge,omitempty"`
	Released  string `json:"released,omitempty"`
	Updated   string `json:"updated,omitempty"`
	// Status is alpha, beta or deprecated; empty means active.
	Status string `json:"status,omitempty"`
	// Dialect is the one this model is spoken to in where it is not its
	// provider's; empty means the provider's.
	Dialect string `json:"dialect,omitempty"`
}

// Price is in US dollars for a million tokens; 0 is free, or unknown beside
// Input and Output.
type Price struct {
	Input       float64 `json:"input"`
	Output      float64 `json:"output"`
	CacheRead   float64 `json:"cache_read,omitempty"`
	CacheWrite  float64 `json:"cache_write,omitempty"`
	Reasoning   float64 `json:"reasoning,omitempty"`
	InputAudio  float64 `json:"input_audio,omitempty"`
	OutputAudio float64 `json:"output_audio,omitempty"`
}

// PriceTier is the price of a request with more than AboveContext tokens.
type PriceTier struct {
	AboveContext int `json:"above_context"`
	Price
}
