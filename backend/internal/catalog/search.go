package catalog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"headwater/backend/hw"
)

// The sizes of a page of models.
const (
	defaultPage = 100
	maxPage     = 1000
)

// row is a model ready to be searched.
type row struct {
	hw.ModelEntry
	// text is what words are looked for in, in lower case.
	text string
}

// lazyRows are the rows of a catalogue, made when somebody first searches.
type lazyRows struct {
	once sync.Once
	list []row
}

// entries are the catalogue's models by provider and id.
func (c *Catalog) entries() []row {
	c.rows.once.Do(func() {
		for _, p := range c.providers {
			for _, m := range c.Models(p.ID) {
				c.rows.list = append(c.rows.list, newRow(hw.ModelEntry{Provider: p.ID, ProviderName: p.Name, CatalogModel: m}))
			}
		}
		slices.SortFunc(c.rows.list, func(a, b row) int { return byName(&a, &b) })
	})
	return c.rows.list
}

func newRow(e hw.ModelEntry) row {
	return row{e, strings.ToLower(strings.Join([]string{e.Provider, e.ID, e.Name, e.Family, e.ProviderName}, " "))}
}

func byName(a, b *row) int {
	return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.ID, b.ID))
}

// Shelves are all models in force: the catalogue's with own facts over them.
// They do not change.
type Shelves struct {
	catalog *Catalog
	rows    []row
	own     int
}

// With lays own facts over the catalogue's.
func (c *Catalog) With(own []*hw.OwnModel) *Shelves {
	base := c.entries()
	s := &Shelves{catalog: c, own: len(own)}
	if len(own) == 0 {
		s.rows = base
		return s
	}
	laid := make(map[string]row, len(own))
	for _, m := range own {
		laid[m.Label()] = newRow(c.Entry(m.Provider, m.Model, m))
	}
	s.rows = make([]row, 0, len(base)+len(own))
	for i := range base {
		if _, over := laid[hw.ModelLabel(base[i].Provider, base[i].ID)]; !over {
			s.rows = append(s.rows, base[i])
		}
	}
	for _, r := range laid {
		s.rows = append(s.rows, r)
	}
	slices.SortFunc(s.rows, func(a, b row) int { return byName(&a, &b) })
	return s
}

// Entry is everything known of one model; own may be nil.
func (c *Catalog) Entry(provider, model string, own *hw.OwnModel) hw.ModelEntry {
	e := hw.ModelEntry{Provider: provider, ProviderName: provider}
	if p, ok := c.Provider(provider); ok {
		e.ProviderName = p.Name
	}
	facts, known := c.Model(provider, model)
	e.CatalogModel = facts
	if own != nil {
		e.CatalogModel = own.Over(facts)
		e.Own, e.OwnFields, e.OwnOnly = own.ID, own.Own(), !known
	}
	return e
}

// Count is how many models there are, and how many of them have own facts.
func (s *Shelves) Count() (all, own int) { return len(s.rows), s.own }

// Find chooses models and gives one page of them. False means that After is no
// place in the list.
func (s *Shelves) Find(q hw.ModelQuery) (hw.Page[hw.ModelEntry], bool) {
	page := hw.Page[hw.ModelEntry]{Items: []hw.ModelEntry{}}
	from, err := strconv.Atoi(cmp.Or(q.After, "0"))
	if err != nil || from < 0 {
		return page, false
	}
	f := newFilter(q)
	found := make([]*row, 0, 256)
	for i := range s.rows {
		if f.takes(&s.rows[i]) {
			found = append(found, &s.rows[i])
		}
	}
	if order, ok := orders()[q.Sort]; ok {
		slices.SortStableFunc(found, func(a, b *row) int { return order(a, b, q.Desc) })
	} else if q.Desc {
		slices.Reverse(found)
	}
	page.Total = len(found)
	limit := min(cmp.Or(max(q.Limit, 0), defaultPage), maxPage)
	to := min(from+limit, len(found))
	for i := from; i < to; i++ {
		page.Items = append(page.Items, found[i].ModelEntry)
	}
	if to < len(found) {
		page.Next = strconv.Itoa(to)
	}
	return page, from <= len(found)
}

// filter is a query made ready.
type filter struct {
	hw.ModelQuery
	words []string
}

func newFilter(q hw.ModelQuery) *filter {
	return &filter{q, strings.Fields(strings.ToLower(q.Text))}
}

func (f *filter) takes(r *row) bool {
	switch {
	case f.Own && r.Own == "",
		len(f.Providers) > 0 && !slices.Contains(f.Providers, r.Provider),
		f.Kind != "" && f.Kind != cmp.Or(r.Kind, hw.ModelChat),
		f.Status != "" && f.Status != cmp.Or(r.Status, hw.ModelActive),
		f.MaxInputPrice != nil && (r.Price == nil || r.Price.Input > *f.MaxInputPrice):
		return false
	}
	for _, ability := range f.Abilities {
		if !able(r, ability) {
			return false
		}
	}
	for _, word := range f.words {
		if !strings.Contains(r.text, word) {
			return false
		}
	}
	return true
}

func able(r *row, ability string) bool {
	switch ability {
	case hw.AbilityTools:
		return r.Tools
	case hw.AbilitySchema:
		return r.Schema
	case hw.AbilityReasoning:
		return r.Reasoning
	case hw.AbilityVision:
		return slices.Contains(r.In, "image")
	}
	return false
}

// The orders of a list beside that by provider and id.
const (
	SortModel    = "model"
	SortContext  = "context"
	SortOutput   = "max_output"
	SortIn       = "input"
	SortOut      = "output"
	SortReleased = "released"
)

// orders compares two rows; what is unknown comes last either way.
func orders() map[string]func(a, b *row, desc bool) int {
	number := func(of func(r *row) (float64, bool)) func(a, b *row, desc bool) int {
		return func(a, b *row, desc bool) int {
			x, knownX := of(a)
			y, knownY := of(b)
			switch {
			case !knownX && !knownY:
				return 0
			case !knownX:
				return 1
			case !knownY:
				return -1
			case desc:
				x, y = y, x
			}
			return cmp.Compare(x, y)
		}
	}
	return map[string]func(a, b *row, desc bool) int{
		SortModel: func(a, b *row, desc bool) int {
			if desc {
				a, b = b, a
			}
			return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Provider, b.Provider))
		},
		SortContext: number(func(r *row) (float64, bool) { return float64(r.Context), r.Context > 0 }),
		SortOutput:  number(func(r *row) (float64, bool) { return float64(r.MaxOutput), r.MaxOutput > 0 }),
		SortIn:      number(priceOf(func(p *hw.Price) float64 { return p.Input })),
		SortOut:     number(priceOf(func(p *hw.Price) float64 { return p.Output })),
		SortReleased: func(a, b *row, desc bool) int {
			switch {
			case a.Released == b.Released:
				return 0
			case a.Released == "":
				return 1
			case b.Released == "":
				return -1
			case desc:
				a, b = b, a
			}
			return cmp.Compare(a.Released, b.Released)
		},
	}
}

func priceOf(of func(p *hw.Price) float64) func(r *row) (float64, bool) {
	return func(r *row) (float64, bool) {
		if r.Price == nil {
			return 0, false
		}
		return of(r.Price), true
	}
}
