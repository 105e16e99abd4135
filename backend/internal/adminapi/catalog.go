package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
)

// maxCatalogBody bounds the body that carries a file of facts, in base64. A
// socket takes less: whoever comes that way packs the file first. Unit: bytes.
const maxCatalogBody = catalog.MaxFile/3*4 + 1024

// modelsIn asks for one page of models.
type modelsIn struct {
	Text      string   `query:"q" maxLength:"200" doc:"Only models whose names, family or provider contain all these words"`
	Providers []string `query:"provider" maxItems:"200" doc:"Only models of these providers, by catalogue id"`
	Kind      string   `query:"kind" enum:"chat,embedding,image,audio,video,rerank,moderation" doc:"Only models of this kind"`
	Abilities []string `query:"ability" maxItems:"4" enum:"tools,schema,reasoning,vision" doc:"Only models that can do all of these"`
	Status    string   `query:"status" enum:"active,alpha,beta,deprecated" doc:"Only models of this status"`
	// MaxInput is negative for any, as a query has no null.
	MaxInput float64 `query:"max_input_price" default:"-1" minimum:"-1" doc:"Only models whose input costs at most so many US dollars for a million tokens; -1 means any, 0 free ones"`
	Own      bool    `query:"own" doc:"Only models with own facts"`
	Sort     string  `query:"sort" enum:"model,context,max_output,input,output,released" doc:"Order; absent means by provider and model. What is unknown comes last"`
	Desc     bool    `query:"desc" doc:"The other way round"`
	Limit    int     `query:"limit" minimum:"0" maximum:"1000" doc:"Size of the page; 0 means 100"`
	After    string  `query:"after" pattern:"^[0-9]{0,9}$" doc:"The next of the page before"`
}

func (in *modelsIn) query() hw.ModelQuery {
	q := hw.ModelQuery{
		Text: in.Text, Providers: in.Providers, Kind: in.Kind, Status: in.Status, Abilities: in.Abilities,
		Own: in.Own, Sort: in.Sort, Desc: in.Desc, Limit: in.Limit, After: in.After,
	}
	if in.MaxInput >= 0 {
		q.MaxInputPrice = &in.MaxInput
	}
	return q
}

// modelIn names one model.
type modelIn struct {
	Provider string `query:"provider" required:"true" minLength:"1" maxLength:"64" doc:"Catalogue id of the provider" example:"openai"`
	Model    string `query:"model" required:"true" minLength:"1" maxLength:"128" doc:"Name of the model at the provider" example:"gpt-4o-mini"`
}

// catalogIn carries a file of facts.
type catalogIn struct{ Body hw.CatalogUpload }

// catalogRows are the facts about models: the catalogue, and what is known
// better here. The list is of all that is known, the other operations of the
// noun are about the own facts.
func (s *Server) catalogRows() []operation {
	a := s.cfg.Admin
	rows := []operation{
		row("models.list", http.MethodGet, "/api/v1/models", hw.PermUpstreamsRead, "Search the models of the catalogue, own facts included",
			func(ctx context.Context, in *modelsIn) (*answer[hw.Page[hw.ModelEntry]], error) {
				return answered(a.Models(actorOf(ctx), in.query()))
			}),
		row("models.show", http.MethodGet, "/api/v1/model-facts", hw.PermUpstreamsRead, "Everything that is known of one model, and where it comes from",
			func(ctx context.Context, in *modelIn) (*answer[hw.ModelDetail], error) {
				return answered(a.Model(actorOf(ctx), in.Provider, in.Model))
			}),
	}
	for _, o := range documentRows[hw.OwnModel, hw.OwnModel, hw.OwnModel](s, hw.KindModel, "models", hw.PermUpstreamsRead, hw.PermUpstreamsWrite) {
		if o.id != "models.list" {
			rows = append(rows, o)
		}
	}
	return append(rows,
		row("catalog.get", http.MethodGet, "/api/v1/catalog", hw.PermUpstreamsRead, "Which facts about providers and models are in force",
			func(ctx context.Context, _ *nothing) (*answer[hw.CatalogState], error) {
				return answered(a.Catalog(actorOf(ctx)))
			}),
		row("catalog.preview", http.MethodPost, "/api/v1/catalog/preview", hw.PermUpstreamsWrite, "What a file of facts would change; nothing is changed",
			func(ctx context.Context, in *catalogIn) (*answer[hw.CatalogDiff], error) {
				return answered(a.PreviewCatalog(actorOf(ctx), in.Body.File))
			}).upTo(maxCatalogBody),
		row("catalog.refresh", http.MethodPost, "/api/v1/catalog/refresh", hw.PermUpstreamsWrite, "Put a file of facts in force",
			func(ctx context.Context, in *catalogIn) (*answer[hw.CatalogDiff], error) {
				return answered(a.RefreshCatalog(ctx, actorOf(ctx), in.Body.File))
			}).upTo(maxCatalogBody),
		row("catalog.reset", http.MethodPost, "/api/v1/catalog/reset", hw.PermUpstreamsWrite, "Go back to the facts that came with the program",
			func(ctx context.Context, _ *nothing) (*answer[hw.CatalogState], error) {
				return answered(a.ResetCatalog(ctx, actorOf(ctx)))
			}),
	)
}
