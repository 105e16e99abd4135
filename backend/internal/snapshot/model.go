package snapshot

import "headwater/backend/hw"

// modelName names a model of a provider.
type modelName struct{ provider, model string }

// model lays own facts over the catalogue's.
func (c *compiler) model(d *hw.OwnModel) {
	if d.Tenant != "" {
		c.add(d, "tenant", "must be empty: facts belong to the installation")
		return
	}
	if _, ok := c.facts.Provider(d.Provider); !ok {
		c.add(d, "provider", "is not in the catalogue: %q", d.Provider)
		return
	}
	var known hw.CatalogModel
	if c.facts.Model != nil {
		known, _ = c.facts.Model(d.Provider, d.Model)
	}
	c.out.own[modelName{d.Provider, d.Model}] = d.Over(known)
}

// Model is what is known of a model of an upstream's provider: the catalogue's
// facts, under what this installation says itself.
func (s *Snapshot) Model(up *Upstream, model string) (hw.CatalogModel, bool) {
	if own, ok := s.own[modelName{up.Provider.ID, model}]; ok {
		return own, true
	}
	if s.model == nil {
		return hw.CatalogModel{}, false
	}
	return s.model(up.Provider.ID, model)
}
