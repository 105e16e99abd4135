package admin

import (
	"cmp"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// view is the configuration in force: decoded, sorted by kind, tenant and
// name, and never changed once it is made. Whoever holds one may read on while
// the next is put in force.
type view struct {
	generation int64
	docs       []hw.Document
	byID       map[string]int
}

// newView takes over docs and sorts them.
func newView(generation int64, docs []hw.Document) *view {
	slices.SortFunc(docs, compareDocs)
	v := &view{generation: generation, docs: docs, byID: make(map[string]int, len(docs))}
	for i, d := range docs {
		v.byID[d.Head().ID] = i
	}
	return v
}

func compareDocs(a, b hw.Document) int {
	return cmp.Or(
		cmp.Compare(a.Kind(), b.Kind()),
		cmp.Compare(a.Head().Tenant, b.Head().Tenant),
		cmp.Compare(a.Label(), b.Label()),
	)
}

// kind returns the documents of one kind, by tenant and name.
func (v *view) kind(kind hw.Kind) []hw.Document {
	from, _ := slices.BinarySearchFunc(v.docs, kind, func(d hw.Document, k hw.Kind) int { return cmp.Compare(d.Kind(), k) })
	to := from
	for to < len(v.docs) && v.docs[to].Kind() == kind {
		to++
	}
	return v.docs[from:to]
}

// named finds a document by name; nil when there is none. Route names are one
// name space for the installation, so their tenant is not looked at.
func (v *view) named(kind hw.Kind, tenant, name string) hw.Document {
	if kind == hw.KindRoute {
		for _, d := range v.kind(kind) {
			if d.Label() == name {
				return d
			}
		}
		return nil
	}
	i, found := slices.BinarySearchFunc(v.docs, name, func(d hw.Document, name string) int {
		return cmp.Or(
			cmp.Compare(d.Kind(), kind),
			cmp.Compare(d.Head().Tenant, tenant),
			cmp.Compare(d.Label(), name),
		)
	})
	if !found {
		return nil
	}
	return v.docs[i]
}

// find resolves what a caller wrote: an id, or a name in a tenant.
func (v *view) find(kind hw.Kind, ref Ref) (hw.Document, error) {
	if i, ok := v.byID[ref.Name]; ok && v.docs[i].Kind() == kind {
		return v.docs[i], nil
	}
	if d := v.named(kind, ref.Tenant, ref.Name); d != nil {
		return d, nil
	}
	e := hw.Errorf(hw.CodeNotFound, "There is no %s %q%s.", kind, ref.Name, inTenant(ref.Tenant))
	e.Hint = "List what there is, and name the tenant where it belongs to one."
	return nil, e
}

// with returns the documents after some edits.
func (v *view) with(edits []edit) []hw.Document {
	gone := make(map[string]bool, len(edits))
	for _, e := range edits {
		if e.before != nil {
			gone[e.before.Head().ID] = true
		}
	}
	docs := make([]hw.Document, 0, len(v.docs)+len(edits))
	for _, d := range v.docs {
		if !gone[d.Head().ID] {
			docs = append(docs, d)
		}
	}
	for _, e := range edits {
		if e.after != nil {
			docs = append(docs, e.after)
		}
	}
	return docs
}

// matches reports whether a document is meant by a search, in any case of letters.
func matches(d hw.Document, lower string) bool {
	return lower == "" || strings.Contains(strings.ToLower(d.Label()), lower)
}

func inTenant(tenant string) string {
	if tenant == "" {
		return ""
	}
	return " in tenant " + tenant
}
