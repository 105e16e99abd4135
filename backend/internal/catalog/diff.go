package catalog

import (
	"bytes"
	"cmp"
	"maps"
	"reflect"
	"slices"

	"headwater/backend/hw"
)

// maxChanges bounds the changes of a diff that are listed one by one.
const maxChanges = 1000

// Diff says what a file changes, compared with the facts in force.
func (f *File) Diff(now *Catalog) hw.CatalogDiff {
	d := hw.CatalogDiff{
		AsOf: f.Doc.AsOf, Now: now.asOf, Layout: f.Doc.Layout, Digest: f.Doc.Digest,
		Skipped: append([]hw.CatalogSkip{}, f.Skipped...), SkippedMore: f.SkippedMore,
		Providers: []hw.CatalogDiffProvider{}, Items: []hw.CatalogChange{},
	}
	ids := map[string]bool{}
	for _, c := range []*Catalog{now, f.Facts} {
		for id := range c.byID {
			ids[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		p, items := compare(id, now, f.Facts)
		if !f.spoken[id] && len(now.Models(id)) > 0 {
			d.Kept++
		}
		d.Before += len(now.Models(id))
		d.Models += p.Models
		d.Added, d.Removed, d.Repriced = d.Added+p.Added, d.Removed+p.Removed, d.Repriced+p.Repriced
		d.Deprecated, d.Changed = d.Deprecated+p.Deprecated, d.Changed+p.Changed
		if len(items) > 0 || p.New || p.Gone || p.Before != "" {
			d.Providers = append(d.Providers, p)
		}
		d.Items = append(d.Items, items...)
	}
	order := []string{hw.ModelRepriced, hw.ModelNowDeprecated, hw.ModelRemoved, hw.ModelChanged, hw.ModelAdded}
	slices.SortStableFunc(d.Items, func(a, b hw.CatalogChange) int {
		return cmp.Compare(slices.Index(order, a.What), slices.Index(order, b.What))
	})
	if over := len(d.Items) - maxChanges; over > 0 {
		d.Items, d.ItemsMore = slices.Clip(d.Items[:maxChanges]), over
	}
	return d
}

// comparison collects the changes of one provider.
type comparison struct {
	hw.CatalogDiffProvider
	items []hw.CatalogChange
}

func (c *comparison) add(count *int, what hw.CatalogChange) {
	*count++
	what.Provider = c.Provider
	c.items = append(c.items, what)
}

// compare finds the changes of one provider.
func compare(id string, now, next *Catalog) (hw.CatalogDiffProvider, []hw.CatalogChange) {
	c := &comparison{CatalogDiffProvider: hw.CatalogDiffProvider{Provider: id, Models: len(next.Models(id))}}
	was, had := now.Provider(id)
	is, has := next.Provider(id)
	c.Name, c.New, c.Gone = cmp.Or(is.Name, was.Name), !had, !has
	before, address := cmp.Or(was.BaseURL, was.BaseTemplate), cmp.Or(is.BaseURL, is.BaseTemplate)
	if has && address != before {
		c.Address, c.Before = address, before
	}
	for i := range next.Models(id) {
		c.model(now, &next.Models(id)[i])
	}
	for _, m := range now.Models(id) {
		if _, there := next.Model(id, m.ID); !there {
			c.add(&c.Removed, hw.CatalogChange{What: hw.ModelRemoved, Model: m.ID, Before: m.Price})
		}
	}
	return c.CatalogDiffProvider, c.items
}

// model compares one model of the file with what there is. A model may both
// cost another price and be deprecated.
func (c *comparison) model(now *Catalog, m *hw.CatalogModel) {
	old, there := now.Model(c.Provider, m.ID)
	if !there {
		c.add(&c.Added, hw.CatalogChange{What: hw.ModelAdded, Model: m.ID, After: m.Price})
		return
	}
	fields := differing(&old, m)
	repriced, deprecated := slices.Contains(fields, "price"), m.Status == hw.ModelDeprecated && old.Status != m.Status
	if repriced {
		c.add(&c.Repriced, hw.CatalogChange{What: hw.ModelRepriced, Model: m.ID, Before: old.Price, After: m.Price, Fields: fields})
	}
	if deprecated {
		c.add(&c.Deprecated, hw.CatalogChange{What: hw.ModelNowDeprecated, Model: m.ID, Fields: fields})
	}
	if len(fields) > 0 && !repriced && !deprecated {
		c.add(&c.Changed, hw.CatalogChange{What: hw.ModelChanged, Model: m.ID, Fields: fields})
	}
}

// differing lists the facts in which two models differ, by their JSON names.
func differing(a, b *hw.CatalogModel) []string {
	var fields []string
	for _, row := range []struct {
		field string
		same  bool
	}{
		{"price", reflect.DeepEqual(a.Price, b.Price) && slices.Equal(a.Tiers, b.Tiers)},
		{"name", a.Name == b.Name},
		{"family", a.Family == b.Family},
		{"kind", a.Kind == b.Kind},
		{"context", a.Context == b.Context},
		{"max_input", a.MaxInput == b.MaxInput},
		{"max_output", a.MaxOutput == b.MaxOutput},
		{"in", sameKinds(a.In, b.In)},
		{"out", sameKinds(a.Out, b.Out)},
		{"tools", a.Tools == b.Tools},
		{"schema", a.Schema == b.Schema},
		{"reasoning", a.Reasoning == b.Reasoning && bytes.Equal(a.ReasoningOptions, b.ReasoningOptions)},
		{"open_weights", a.OpenWeights == b.OpenWeights},
		{"knowledge", a.Knowledge == b.Knowledge},
		{"released", a.Released == b.Released},
		{"updated", a.Updated == b.Updated},
		{"status", a.Status == b.Status},
		{"dialect", a.Dialect == b.Dialect},
	} {
		if !row.same {
			fields = append(fields, row.field)
		}
	}
	return fields
}

// sameKinds compares kinds of content, which have no order.
func sameKinds(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
