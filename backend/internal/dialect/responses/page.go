package responses

import (
	"net/url"
	"slices"
	"strconv"
)

// The bounds of a page of items. Source: OpenAI's API reference, "List input
// items", 2025.
const (
	pageLength = 20
	pageMost   = 100
)

// page is which items of a list are wanted.
type page struct {
	limit         int
	ascending     bool
	after, before string // ids of items; empty means none
}

// readPage reads a query. Errors are *hw.Error.
func readPage(query string) (page, error) {
	p := page{limit: pageLength}
	values, err := url.ParseQuery(query)
	if err != nil {
		return p, bad("query", "The query cannot be read.")
	}
	for _, name := range []string{"limit", "order", "after", "before"} {
		if len(values[name]) > 1 {
			return p, bad(name, "The parameter %s stands more than once.", name)
		}
	}
	if raw := values.Get("limit"); values.Has("limit") {
		if p.limit, err = strconv.Atoi(raw); err != nil || p.limit < 1 || p.limit > pageMost {
			return p, bad("limit", "The parameter limit must be a whole number from 1 to %d.", pageMost)
		}
	}
	switch order := values.Get("order"); {
	case order == "asc":
		p.ascending = true
	case order != "desc" && values.Has("order"):
		return p, bad("order", "The parameter order must be asc or desc.")
	}
	p.after, p.before = values.Get("after"), values.Get("before")
	return p, nil
}

// cut finds the wanted part of a list with these ids, and whether there is more
// of it. What comes before an item is the page that ends with it, unless it is
// also said where it begins.
func (p page) cut(ids []string) (from, to int, more bool, err error) {
	to = len(ids)
	for _, cursor := range []struct {
		name, id string
		set      func(at int)
	}{{"after", p.after, func(at int) { from = at + 1 }}, {"before", p.before, func(at int) { to = at }}} {
		if cursor.id == "" {
			continue
		}
		at := slices.Index(ids, cursor.id)
		if at < 0 {
			return 0, 0, false, bad(cursor.name, "There is no item %q in this list.", shortID(cursor.id))
		}
		cursor.set(at)
	}
	to = max(from, to)
	if more = to-from > p.limit; !more {
		return from, to, false, nil
	}
	if p.before != "" && p.after == "" {
		return to - p.limit, to, true, nil
	}
	return from, from + p.limit, true, nil
}

// shortID bounds what is shown of a caller's own words.
func shortID(id string) string { return id[:min(len(id), 100)] }
