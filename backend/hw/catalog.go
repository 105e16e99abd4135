package hw

import "time"

// CatalogFile says which file of facts is in force in place of those in the
// box. There is at most one; the file itself is kept beside the documents.
type CatalogFile struct {
	Meta
	Name string `json:"name"`
	// Digest is the SHA-256 of the file as it is kept, hex.
	Digest string `json:"digest"`
	// AsOf is the day of its facts, Layout how it was written when it came.
	AsOf   string `json:"as_of"`
	Layout string `json:"layout"`
	// Providers and Models are how many it speaks of.
	Providers int `json:"providers"`
	Models    int `json:"models"`
}

// CatalogFileName is the name of the one document of its kind.
const CatalogFileName = "catalogue"

// The layouts of a file of facts.
const (
	LayoutHeadwater = "headwater"
	LayoutModelsDev = "models.dev"
)

// Kind implements Document.
func (*CatalogFile) Kind() Kind { return KindCatalogFile }

// Label implements Document.
func (f *CatalogFile) Label() string { return f.Name }

// Validate implements Document.
func (f *CatalogFile) Validate() []Problem {
	var c checker
	c.oneOf("name", f.Name, CatalogFileName)
	if !sha256Rule.MatchString(f.Digest) {
		c.add("digest", "must be 64 lower-case hex digits")
	}
	c.oneOf("layout", f.Layout, LayoutHeadwater, LayoutModelsDev)
	c.text("as_of", f.AsOf, 10)
	return c.problems
}

// CatalogState says which facts are in force.
type CatalogState struct {
	// AsOf is the day of the facts in force, BoxAsOf that of those in the box.
	AsOf    string `json:"as_of" doc:"Day of the facts in force" example:"2026-11-22"`
	BoxAsOf string `json:"box_as_of" doc:"Day of the facts that came with this program"`
	// Source is box or file.
	Source    string `json:"source" enum:"box,file" doc:"Whether the facts in force came with the program or from a file"`
	Layout    string `json:"layout,omitempty" doc:"Layout of the file"`
	Digest    string `json:"digest,omitempty" doc:"SHA-256 of the file as it is kept"`
	Providers int    `json:"providers" doc:"Providers that are known"`
	Models    int    `json:"models" doc:"Models that are known, own ones included"`
	Own       int    `json:"own" doc:"Models that have own facts here"`
	// RefreshedAt and RefreshedBy tell of the file; zero without one.
	RefreshedAt time.Time `json:"refreshed_at,omitzero" doc:"When the file was put in force"`
	RefreshedBy string    `json:"refreshed_by,omitempty" doc:"Who put it in force"`
	// Lost is true when the file cannot be read any more: the box answers.
	Lost bool `json:"lost,omitempty" doc:"True when the file that should be in force cannot be read: the facts of the program are used"`
}

// The sources of the facts in force.
const (
	CatalogBox  = "box"
	CatalogFrom = "file"
)

// CatalogUpload carries a file of facts.
type CatalogUpload struct {
	File []byte `json:"file" doc:"The file, plain or gzipped, in base64: at most 16 MiB, 64 MiB unpacked"`
}

// CatalogDiff is what a file of facts would change, or did.
type CatalogDiff struct {
	AsOf   string `json:"as_of" doc:"Day of the file's facts"`
	Now    string `json:"now" doc:"Day of the facts that it is compared with"`
	Layout string `json:"layout" enum:"headwater,models.dev" doc:"Layout of the file"`
	Digest string `json:"digest" doc:"SHA-256 of the file as it is kept"`
	// Models and Before are how many there are with the file, and without it.
	Models int `json:"models" doc:"Models known with the file"`
	Before int `json:"before" doc:"Models known before"`
	// The sums of Providers.
	Added      int `json:"added" doc:"Models that are new"`
	Removed    int `json:"removed" doc:"Models that are gone"`
	Repriced   int `json:"repriced" doc:"Models with another price"`
	Deprecated int `json:"deprecated" doc:"Models that are deprecated now"`
	Changed    int `json:"changed" doc:"Models that changed otherwise"`
	// Providers are those with a change, Kept is how many the file does not
	// speak of: they keep their models.
	Providers []CatalogDiffProvider `json:"providers" nullable:"false" doc:"Providers with a change"`
	Kept      int                   `json:"kept" doc:"Providers that the file does not speak of; they keep their models"`
	// Items are the single changes, 1,000 at most, prices first; ItemsMore
	// counts the others.
	Items     []CatalogChange `json:"items" nullable:"false" doc:"The changes one by one, 1000 at most: prices first, then deprecated, removed, changed and added models"`
	ItemsMore int             `json:"items_more,omitempty" doc:"Further changes"`
	// Skipped is what was not understood, 200 at most; SkippedMore counts the others.
	Skipped     []CatalogSkip `json:"skipped" nullable:"false" doc:"What was not understood and is left out, 200 at most"`
	SkippedMore int           `json:"skipped_more,omitempty" doc:"Further parts that were not understood"`
	// Applied is true once the file is in force, Generation is that of the
	// configuration then.
	Applied    bool  `json:"applied" doc:"True when the file was put in force"`
	Generation int64 `json:"generation" doc:"Generation of the configuration in force"`
}

// CatalogDiffProvider is what a file changes of one provider.
type CatalogDiffProvider struct {
	Provider string `json:"provider" doc:"Catalogue id"`
	Name     string `json:"name" doc:"Name of the provider"`
	// New is true for a provider that this program does not know by itself, at
	// Address; Before is the address that an earlier file gave it.
	New        bool   `json:"new,omitempty" doc:"True when the file brings the provider"`
	Address    string `json:"address,omitempty" doc:"Address of a provider that the file brings"`
	Before     string `json:"before,omitempty" doc:"Address that an earlier file gave it, where that was another"`
	Gone       bool   `json:"gone,omitempty" doc:"True when an earlier file brought the provider and this one does not"`
	Models     int    `json:"models" doc:"Models it has with the file"`
	Added      int    `json:"added" doc:"Models that are new"`
	Removed    int    `json:"removed" doc:"Models that are gone"`
	Repriced   int    `json:"repriced" doc:"Models with another price"`
	Deprecated int    `json:"deprecated" doc:"Models that are deprecated now"`
	Changed    int    `json:"changed" doc:"Models that changed otherwise"`
}

// The kinds of change of a model between two files.
const (
	ModelRepriced      = "price"
	ModelNowDeprecated = "deprecated"
	ModelRemoved       = "removed"
	ModelChanged       = "changed"
	ModelAdded         = "added"
)

// CatalogChange is one model that a file changes.
type CatalogChange struct {
	What     string `json:"what" enum:"price,deprecated,removed,changed,added" doc:"What happens to the model"`
	Provider string `json:"provider" doc:"Catalogue id of the provider"`
	Model    string `json:"model" doc:"Name of the model"`
	// Before and After are the prices; absent where none is known.
	Before *Price `json:"before,omitempty" doc:"Price before"`
	After  *Price `json:"after,omitempty" doc:"Price with the file"`
	// Fields are what else changed.
	Fields []string `json:"fields,omitempty" doc:"Facts that change"`
}

// CatalogSkip is a part of a file that was not understood.
type CatalogSkip struct {
	Provider string `json:"provider,omitempty" doc:"Provider it belongs to"`
	Model    string `json:"model,omitempty" doc:"Model it belongs to"`
	Why      string `json:"why" doc:"What was not understood"`
}

// ModelEntry is a model with everything that is known of it here.
type ModelEntry struct {
	Provider     string `json:"provider" doc:"Catalogue id of the provider"`
	ProviderName string `json:"provider_name" doc:"Name of the provider"`
	CatalogModel
	// Own is the id of the document with own facts; empty without one. OwnFields
	// are what it says, OwnOnly is true where the catalogue does not have the model.
	Own       string   `json:"own,omitempty" doc:"Id of the document with own facts; absent without one"`
	OwnFields []string `json:"own_fields,omitempty" doc:"Facts that are own ones"`
	OwnOnly   bool     `json:"own_only,omitempty" doc:"True when the catalogue does not have the model"`
}

// ModelDetail is one model and where its facts come from.
type ModelDetail struct {
	ModelEntry
	AsOf string `json:"as_of" doc:"Day of the catalogue's facts"`
	// Facts is what the catalogue says, without the own facts; nil where it does
	// not have the model.
	Facts *CatalogModel `json:"facts,omitempty" doc:"What the catalogue says without own facts; absent when it does not have the model"`
}

// ModelQuery chooses models. Its zero value is all of them, by provider and id.
type ModelQuery struct {
	// Text is looked for in id, name, family and provider, in any case of
	// letters; all its words must be there.
	Text string
	// Providers are catalogue ids; empty means all.
	Providers []string
	// Kind and Status are words of ModelKinds and ModelStages; empty means all.
	Kind, Status string
	// Abilities must all be there: tools, schema, reasoning, vision.
	Abilities []string
	// MaxInputPrice keeps models whose input costs that much or less; nil means
	// all. A model whose price is unknown is left out by it.
	MaxInputPrice *float64
	// Own keeps models with own facts.
	Own bool
	// Sort is one of ModelSorts; empty means by provider and id. What is unknown
	// comes last either way.
	Sort string
	Desc bool
	// Limit is the size of a page. Zero means 100; at most 1,000.
	Limit int
	// After is the Next of the page before.
	After string
}

// The abilities that a query can ask for.
const (
	AbilityTools     = "tools"
	AbilitySchema    = "schema"
	AbilityReasoning = "reasoning"
	AbilityVision    = "vision"
)

// UpstreamModels is the model list of an upstream itself, with what the
// catalogue knows of each.
type UpstreamModels struct {
	Upstream string `json:"upstream" doc:"Name of the upstream"`
	Provider string `json:"provider" doc:"Catalogue id of its provider"`
	// OK is false when there is no list; Words, Hint and Code say why.
	OK    bool   `json:"ok" doc:"True when the upstream gave its list"`
	Words string `json:"words,omitempty" doc:"Why there is no list"`
	Hint  string `json:"hint,omitempty" doc:"What to do next"`
	Code  string `json:"code,omitempty" doc:"Public code of the failure" example:"HW-UP-401"`
	// Items are by id, 5,000 at most.
	Items []UpstreamModel `json:"items" nullable:"false" doc:"The models, by id"`
	// Unknown and Deprecated count those of them.
	Unknown    int       `json:"unknown" doc:"Models that the catalogue does not know"`
	Deprecated int       `json:"deprecated" doc:"Models that are deprecated"`
	At         time.Time `json:"at" doc:"When the upstream was asked"`
}

// UpstreamModel is one model of an upstream's own list.
type UpstreamModel struct {
	ID string `json:"id" doc:"Name of the model at the upstream"`
	// Known is known, unknown or deprecated.
	Known string `json:"known" enum:"known,unknown,deprecated" doc:"What the catalogue knows"`
	// Facts are those of the catalogue and own ones; nil where nothing is known.
	Facts *ModelEntry `json:"facts,omitempty" doc:"What is known of it; absent when it is unknown"`
	// Routes are the routes that name this upstream with this model, 20 at most.
	Routes []string `json:"routes,omitempty" doc:"Routes that ask for it here, 20 at most"`
}

// What the catalogue knows of a model of an upstream's own list.
const (
	ModelKnown   = "known"
	ModelUnknown = "unknown"
)
