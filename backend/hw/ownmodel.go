package hw

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// OwnModel is what this installation knows of a model beside the catalogue, or
// better than it: a price of its own, or a model that the catalogue does not
// have. It wins over the catalogue field by field.
type OwnModel struct {
	Meta
	// Provider is a catalogue id, Model the model's name at that provider. The
	// two together are the document's name.
	Provider string `json:"provider" doc:"Catalogue id of the provider" example:"openai"`
	Model    string `json:"model" doc:"Name of the model at the provider" example:"gpt-4o-mini"`
	// Title is shown to people; empty means the catalogue's name, else the model.
	Title string `json:"title,omitempty" doc:"Shown to people; empty means the catalogue's name"`
	// ModelKind is what the model makes; empty means what the catalogue says,
	// else chat.
	ModelKind string `json:"kind,omitempty" enum:"chat,embedding,image,audio,video,rerank,moderation" doc:"What it makes; empty means what the catalogue says, else chat"`
	// Context, MaxInput and MaxOutput are in tokens; zero means what the
	// catalogue says.
	Context   int `json:"context,omitempty" minimum:"0" maximum:"100000000" doc:"Context window in tokens; 0 means what the catalogue says"`
	MaxInput  int `json:"max_input,omitempty" minimum:"0" maximum:"100000000" doc:"Most tokens of a request; 0 means what the catalogue says"`
	MaxOutput int `json:"max_output,omitempty" minimum:"0" maximum:"100000000" doc:"Most tokens of an answer, sent where a dialect asks for it; 0 means what the catalogue says"`
	// Price wins over the catalogue's field by field. One for input or output
	// holds for requests of every size: the catalogue's tiers end.
	Price *OwnPrice `json:"price,omitempty" doc:"Own price, which calls are billed with; absent fields mean the catalogue's"`
	// In and Out are the kinds of content; nil means what the catalogue says.
	In  []string `json:"in,omitempty" maxItems:"8" enum:"text,image,audio,video,pdf,file" doc:"Kinds of content it takes; absent means what the catalogue says"`
	Out []string `json:"out,omitempty" maxItems:"8" enum:"text,image,audio,video,pdf,embeddings,rerank" doc:"Kinds of content it gives; absent means what the catalogue says"`
	// Tools, Schema and Reasoning are abilities; nil means what the catalogue says.
	Tools     *bool `json:"tools,omitempty" doc:"It calls tools; absent means what the catalogue says"`
	Schema    *bool `json:"schema,omitempty" doc:"It answers in a JSON schema; absent means what the catalogue says"`
	Reasoning *bool `json:"reasoning,omitempty" doc:"It reasons before it answers; absent means what the catalogue says"`
	// Status is active, alpha, beta or deprecated; empty means what the catalogue says.
	Status string `json:"status,omitempty" enum:"active,alpha,beta,deprecated" doc:"How far it is in its life; empty means what the catalogue says"`
}

// OwnPrice is in US dollars for a million tokens. Nil means the catalogue's
// price; zero is free, or beside Input and Output what the others cost.
type OwnPrice struct {
	Input       *float64 `json:"input,omitempty" minimum:"0" maximum:"1000000" nullable:"true" doc:"US dollars for a million tokens in; 0 is free"`
	Output      *float64 `json:"output,omitempty" minimum:"0" maximum:"1000000" nullable:"true" doc:"US dollars for a million tokens out; 0 is free"`
	CacheRead   *float64 `json:"cache_read,omitempty" minimum:"0" maximum:"1000000" nullable:"true" doc:"For a million tokens read from the vendor's cache; 0 means what input costs"`
	CacheWrite  *float64 `json:"cache_write,omitempty" minimum:"0" maximum:"1000000" nullable:"true" doc:"For a million tokens written to the vendor's cache; 0 means what input costs"`
	Reasoning   *float64 `json:"reasoning,omitempty" minimum:"0" maximum:"1000000" nullable:"true" doc:"For a million tokens of reasoning; 0 means what output costs"`
	InputAudio  *float64 `json:"input_audio,omitempty" minimum:"0" maximum:"1000000" nullable:"true" doc:"For a million tokens of sound in, where the upstream counts them apart; 0 means what input costs"`
	OutputAudio *float64 `json:"output_audio,omitempty" minimum:"0" maximum:"1000000" nullable:"true" doc:"For a million tokens of sound out, where the upstream counts them apart; 0 means what output costs"`
}

// The kinds of models that are no chat.
const (
	ModelChat       = "chat"
	ModelEmbedding  = "embedding"
	ModelImage      = "image"
	ModelAudio      = "audio"
	ModelVideo      = "video"
	ModelRerank     = "rerank"
	ModelModeration = "moderation"
)

// The stages of a model's life.
const (
	ModelActive     = "active"
	ModelAlpha      = "alpha"
	ModelBeta       = "beta"
	ModelDeprecated = "deprecated"
)

// ModelKinds are the kinds of models.
func ModelKinds() []string {
	return []string{ModelChat, ModelEmbedding, ModelImage, ModelAudio, ModelVideo, ModelRerank, ModelModeration}
}

// ModelStages are the stages of a model's life.
func ModelStages() []string { return []string{ModelActive, ModelAlpha, ModelBeta, ModelDeprecated} }

// ModelContents are the kinds of content that models take and give.
func ModelContents() []string {
	return []string{"text", "image", "audio", "video", "pdf", "file", "embeddings", "rerank"}
}

const (
	maxModelName  = 128
	maxModelToken = 100_000_000
	maxPrice      = 1_000_000
)

// Kind implements Document.
func (*OwnModel) Kind() Kind { return KindModel }

// Label is provider and model with a stroke between.
func (m *OwnModel) Label() string { return ModelLabel(m.Provider, m.Model) }

// ModelLabel names a model of a provider.
func ModelLabel(provider, model string) string { return provider + "/" + model }

// IsModelName reports whether text can be the name of a model: what vendors
// use, which is more than a route may be called.
func IsModelName(text string) bool {
	return text != "" && len(text) <= maxModelName && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Cf) || unicode.IsSpace(r) || r == unicode.ReplacementChar
	})
}

// Validate implements Document.
func (m *OwnModel) Validate() []Problem {
	var c checker
	c.name("provider", m.Provider)
	if !IsModelName(m.Model) {
		c.add("model", "must be 1 to %d bytes without spaces", maxModelName)
	}
	c.text("title", m.Title, 200)
	c.oneOf("kind", m.ModelKind, append(ModelKinds(), "")...)
	c.oneOf("status", m.Status, append(ModelStages(), "")...)
	c.between("context", int64(m.Context), 1, maxModelToken)
	c.between("max_input", int64(m.MaxInput), 1, maxModelToken)
	c.between("max_output", int64(m.MaxOutput), 1, maxModelToken)
	for _, list := range []struct {
		field string
		kinds []string
	}{{"in", m.In}, {"out", m.Out}} {
		for _, kind := range list.kinds {
			c.oneOf(list.field, kind, ModelContents()...)
		}
	}
	if m.Price != nil {
		for _, row := range m.Price.rows(&Price{}) {
			if own := row.own; own != nil && (math.IsNaN(*own) || *own < 0 || *own > maxPrice) {
				c.add("price."+row.field, "must be between 0 and %d", maxPrice)
			}
		}
	}
	return c.problems
}

// priceRow ties a field of an own price to the field of a price.
type priceRow struct {
	field string
	own   *float64
	into  *float64
}

func (p *OwnPrice) rows(into *Price) []priceRow {
	return []priceRow{
		{"input", p.Input, &into.Input},
		{"output", p.Output, &into.Output},
		{"cache_read", p.CacheRead, &into.CacheRead},
		{"cache_write", p.CacheWrite, &into.CacheWrite},
		{"reasoning", p.Reasoning, &into.Reasoning},
		{"input_audio", p.InputAudio, &into.InputAudio},
		{"output_audio", p.OutputAudio, &into.OutputAudio},
	}
}

// says reports whether there is an own price at all: a change can have taken
// every field of it back.
func (p *OwnPrice) says() bool {
	return p != nil && *p != OwnPrice{}
}

// Over returns what is known of the model in all: the own fields over those of
// the catalogue. The facts that come in are not changed.
func (m *OwnModel) Over(facts CatalogModel) CatalogModel {
	facts.ID = m.Model
	facts.Name = cmp.Or(m.Title, facts.Name)
	facts.Context = cmp.Or(m.Context, facts.Context)
	facts.MaxInput = cmp.Or(m.MaxInput, facts.MaxInput)
	facts.MaxOutput = cmp.Or(m.MaxOutput, facts.MaxOutput)
	if m.ModelKind != "" {
		facts.Kind = plainly(m.ModelKind, ModelChat)
	}
	if m.Status != "" {
		facts.Status = plainly(m.Status, ModelActive)
	}
	if len(m.In) > 0 {
		facts.In = slices.Clone(m.In)
	}
	if len(m.Out) > 0 {
		facts.Out = slices.Clone(m.Out)
	}
	for _, row := range []struct{ own, into *bool }{
		{m.Tools, &facts.Tools}, {m.Schema, &facts.Schema}, {m.Reasoning, &facts.Reasoning},
	} {
		if row.own != nil {
			*row.into = *row.own
		}
	}
	m.Price.over(&facts)
	return facts
}

// plainly is a word as facts have it: the usual one is left out.
func plainly(word, usual string) string {
	if word == usual {
		return ""
	}
	return word
}

func (p *OwnPrice) over(facts *CatalogModel) {
	if !p.says() || facts.Price == nil && p.Input == nil && p.Output == nil {
		return // the price of cached tokens alone would make all others free
	}
	var price Price
	if facts.Price != nil {
		price = *facts.Price
	}
	for _, row := range p.rows(&price) {
		if row.own != nil {
			*row.into = *row.own
		}
	}
	facts.Price = &price
	if p.Input != nil || p.Output != nil {
		facts.Tiers = nil
	}
}

// Own lists the fields that an own model says, by their JSON names.
func (m *OwnModel) Own() []string {
	fields := []string{}
	for _, row := range []struct {
		field string
		said  bool
	}{
		{"title", m.Title != ""},
		{"kind", m.ModelKind != ""},
		{"context", m.Context != 0},
		{"max_input", m.MaxInput != 0},
		{"max_output", m.MaxOutput != 0},
		{"price", m.Price.says()},
		{"in", len(m.In) > 0},
		{"out", len(m.Out) > 0},
		{"tools", m.Tools != nil},
		{"schema", m.Schema != nil},
		{"reasoning", m.Reasoning != nil},
		{"status", m.Status != ""},
	} {
		if row.said {
			fields = append(fields, row.field)
		}
	}
	return fields
}
