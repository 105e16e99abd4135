package admin

import (
	"context"
	"fmt"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/store"
)

// Catalog says which facts are in force.
func (s *Service) Catalog(actor hw.Actor) (hw.CatalogState, error) {
	if err := permit(actor, hw.PermUpstreamsRead); err != nil {
		return hw.CatalogState{}, err
	}
	return s.catalogState(), nil
}

func (s *Service) catalogState() hw.CatalogState {
	facts := s.cfg.Catalog.InForce()
	models, own := s.shelves().Count()
	st := hw.CatalogState{
		AsOf: facts.AsOf(), BoxAsOf: s.cfg.Catalog.Box().AsOf(), Source: hw.CatalogBox,
		Providers: len(facts.Providers()), Models: models, Own: own,
	}
	if file := s.catalogFile(); file != nil {
		st.Source, st.Layout, st.Digest = hw.CatalogFrom, file.Layout, file.Digest
		st.RefreshedAt, st.RefreshedBy = file.UpdatedAt, file.UpdatedBy
		st.Lost = facts.Digest() != file.Digest
	}
	return st
}

// catalogFile is the document of the file in force; nil while the box is.
func (s *Service) catalogFile() *hw.CatalogFile {
	file, _ := s.inForce.Load().named(hw.KindCatalogFile, "", hw.CatalogFileName).(*hw.CatalogFile)
	return file
}

// PreviewCatalog says what a file of facts would change, and what of it was not
// understood. It asks for the write permission because only who may apply the
// file has a use for the work.
func (s *Service) PreviewCatalog(actor hw.Actor, data []byte) (hw.CatalogDiff, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.CatalogDiff{}, err
	}
	file, err := s.cfg.Catalog.Box().Read(data) // before the lock: a large file takes its time
	if err != nil {
		return hw.CatalogDiff{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	v := s.inForce.Load()
	e := s.catalogEdit(&file.Doc)
	s.cfg.Catalog.Offer(file.Facts)
	defer s.cfg.Catalog.Settle()
	_, problems := s.cfg.Compile(v.with([]edit{e}), v.generation+1)
	if err := explain([]edit{e}, problems); err != nil {
		return hw.CatalogDiff{}, err
	}
	diff := file.Diff(s.cfg.Catalog.InForce())
	diff.Generation = v.generation
	return diff, nil
}

// RefreshCatalog puts a file of facts in force, in place of those in the box
// and of an earlier file. It is kept, and can be taken back with ResetCatalog.
func (s *Service) RefreshCatalog(ctx context.Context, actor hw.Actor, data []byte) (hw.CatalogDiff, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.CatalogDiff{}, err
	}
	file, err := s.cfg.Catalog.Box().Read(data)
	if err != nil {
		return hw.CatalogDiff{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	diff := file.Diff(s.cfg.Catalog.InForce())
	s.cfg.Catalog.Offer(file.Facts)
	defer s.cfg.Catalog.Settle()
	e := s.catalogEdit(&file.Doc)
	change, err := s.commit(ctx, store.Commit{
		Actor: actor.Name, Remote: actor.Remote, Action: "catalog.refresh",
		Summary: fmt.Sprintf("refresh the catalogue from a file of %s; models: %d added, %d removed, %d with another price, %d deprecated",
			diff.AsOf, diff.Added, diff.Removed, diff.Repriced, diff.Deprecated),
		Catalog: &store.CatalogFile{Digest: file.Doc.Digest, Body: file.Packed},
	}, []edit{e})
	if err != nil {
		return hw.CatalogDiff{}, err
	}
	diff.Applied, diff.Generation = true, change.Generation
	return diff, nil
}

// catalogEdit puts a file in the place of the one in force.
func (s *Service) catalogEdit(file *hw.CatalogFile) edit {
	e := edit{row: rowOf(hw.KindCatalogFile), after: file}
	file.ID = hw.NewIDFor(hw.KindCatalogFile)
	if before := s.catalogFile(); before != nil {
		e.before, file.Meta = before, before.Meta
	}
	return e
}

// ResetCatalog goes back to the facts that came with the program.
func (s *Service) ResetCatalog(ctx context.Context, actor hw.Actor) (hw.CatalogState, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.CatalogState{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	file := s.catalogFile()
	if file == nil {
		return s.catalogState(), nil
	}
	e := edit{row: rowOf(hw.KindCatalogFile), before: file}
	_, err := s.commit(ctx, store.Commit{
		Actor: actor.Name, Remote: actor.Remote, Action: "catalog.reset",
		Summary: fmt.Sprintf("go back from the catalogue file of %s to the facts of %s in the program", file.AsOf, s.cfg.Catalog.Box().AsOf()),
		Catalog: &store.CatalogFile{},
	}, []edit{e})
	if err != nil {
		return hw.CatalogState{}, err
	}
	return s.catalogState(), nil
}

// shelved are the merged facts of one generation.
type shelved struct {
	generation int64
	facts      *catalog.Catalog
	shelves    *catalog.Shelves
}

// shelves returns all models in force; they are laid out once per change.
func (s *Service) shelves() *catalog.Shelves {
	v, facts := s.inForce.Load(), s.cfg.Catalog.InForce()
	if at := s.models.Load(); at != nil && at.generation == v.generation && at.facts == facts {
		return at.shelves
	}
	docs := v.kind(hw.KindModel)
	own := make([]*hw.OwnModel, 0, len(docs))
	for _, d := range docs {
		if m, ok := d.(*hw.OwnModel); ok {
			own = append(own, m)
		}
	}
	at := &shelved{v.generation, facts, facts.With(own)}
	s.models.Store(at)
	return at.shelves
}

// Models chooses from all that is known, own facts included.
func (s *Service) Models(actor hw.Actor, q hw.ModelQuery) (hw.Page[hw.ModelEntry], error) {
	if err := permit(actor, hw.PermUpstreamsRead); err != nil {
		return hw.Page[hw.ModelEntry]{}, err
	}
	page, ok := s.shelves().Find(q)
	if !ok {
		return page, hw.Errorf(hw.CodeConflict, "The list has changed; read it again from the start.").At("query.after")
	}
	return page, nil
}

// Model is everything that is known of one model, and where it comes from.
func (s *Service) Model(actor hw.Actor, provider, model string) (hw.ModelDetail, error) {
	if err := permit(actor, hw.PermUpstreamsRead); err != nil {
		return hw.ModelDetail{}, err
	}
	e, known := s.modelEntry(provider, model)
	if !known {
		err := hw.Errorf(hw.CodeNotFound, "Nothing is known of a model %q of provider %q.", model, provider)
		err.Hint = "Search the models of the catalogue, or add this one with facts of your own."
		return hw.ModelDetail{}, err
	}
	facts := s.cfg.Catalog.InForce()
	d := hw.ModelDetail{ModelEntry: e, AsOf: facts.AsOf()}
	if m, ok := facts.Model(provider, model); ok {
		d.Facts = &m
	}
	return d, nil
}

// modelEntry merges what is known of one model; false when nothing is.
func (s *Service) modelEntry(provider, model string) (hw.ModelEntry, bool) {
	facts := s.cfg.Catalog.InForce()
	own, _ := s.inForce.Load().named(hw.KindModel, "", hw.ModelLabel(provider, model)).(*hw.OwnModel)
	_, known := facts.Model(provider, model)
	return facts.Entry(provider, model, own), known || own != nil
}

// mostRoutes is how many routes are named for one model of an upstream.
const mostRoutes = 20

// UpstreamModels asks an upstream for its own list of models, and says what is
// known of each. It spends no tokens; it needs the write permission because it
// makes this machine call out with a secret.
func (s *Service) UpstreamModels(ctx context.Context, actor hw.Actor, ref Ref) (hw.UpstreamModels, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.UpstreamModels{}, err
	}
	d, err := s.inForce.Load().find(hw.KindUpstream, ref)
	if err != nil {
		return hw.UpstreamModels{}, err
	}
	list, err := s.cfg.Discover(ctx, d.Head().ID)
	if err != nil {
		return hw.UpstreamModels{}, err
	}
	up, _ := d.(*hw.Upstream) // find has made sure
	list.Upstream, list.Provider, list.Items = up.Name, up.Provider, orEmpty(list.Items)
	routes := s.routesTo(up)
	for i := range list.Items {
		one := &list.Items[i]
		one.Known = hw.ModelUnknown
		if e, known := s.modelEntry(up.Provider, one.ID); known {
			one.Facts, one.Known = &e, hw.ModelKnown
		}
		switch {
		case one.Facts == nil:
			list.Unknown++
		case one.Facts.Status == hw.ModelDeprecated:
			one.Known = hw.ModelDeprecated
			list.Deprecated++
		}
		one.Routes = routes[one.ID]
	}
	return list, nil
}

// routesTo lists, by model, the routes that ask an upstream for it.
func (s *Service) routesTo(up *hw.Upstream) map[string][]string {
	found := map[string][]string{}
	for _, d := range s.inForce.Load().kind(hw.KindRoute) {
		r, ok := d.(*hw.Route)
		if !ok || up.Tenant != "" && r.Tenant != up.Tenant {
			continue
		}
		seen := map[string]bool{}
		for i := range r.Tiers {
			for _, t := range r.Tiers[i].Targets {
				if t.Upstream == up.Name && !seen[t.Model] && len(found[t.Model]) < mostRoutes {
					seen[t.Model] = true
					found[t.Model] = append(found[t.Model], r.Name)
				}
			}
		}
	}
	return found
}
