package catalog

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"headwater/backend/hw"
)

// Library holds the facts in the box and the file in their place, and knows
// which of them is in force. It is safe for concurrent use.
type Library struct {
	box     *Catalog
	inForce atomic.Pointer[Catalog]

	mu sync.Mutex
	// files are what was brought, by digest; guarded by mu.
	files map[string]*Catalog
}

// NewLibrary puts the box in force.
func NewLibrary(box *Catalog) *Library {
	l := &Library{box: box, files: map[string]*Catalog{}}
	l.inForce.Store(box)
	return l
}

// Box are the facts that came with the program.
func (l *Library) Box() *Catalog { return l.box }

// InForce are the facts that calls and people are answered with.
func (l *Library) InForce() *Catalog { return l.inForce.Load() }

// Offer makes a file available; it is in force once a configuration that names
// it is.
func (l *Library) Offer(c *Catalog) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files[c.digest] = c
}

// Restore makes a file available that was kept.
func (l *Library) Restore(packed []byte, digest string) error {
	c, err := l.box.kept(packed, digest)
	if err != nil {
		return fmt.Errorf("reading the kept catalogue: %w", err)
	}
	l.Offer(c)
	return nil
}

// For returns the facts that a configuration asks for. A file that is not
// there any more gives the box: a gateway without the newest prices is better
// than none.
func (l *Library) For(docs []hw.Document) *Catalog {
	for _, d := range docs {
		file, ok := d.(*hw.CatalogFile)
		if !ok {
			continue
		}
		l.mu.Lock()
		c, there := l.files[file.Digest]
		l.mu.Unlock()
		if there {
			return c
		}
	}
	return l.box
}

// Use puts facts in force.
func (l *Library) Use(c *Catalog) {
	l.inForce.Store(c)
	l.Settle()
}

// Settle forgets the files that are not in force.
func (l *Library) Settle() {
	digest := l.InForce().digest
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.files, func(other string, _ *Catalog) bool { return other != digest })
}

// over lays a file over the box: the providers it speaks of have its models and
// no others, all others keep theirs.
func (c *Catalog) over(asOf, digest string, providers []hw.Provider, shelves map[string]*shelf) *Catalog {
	out := &Catalog{
		providers: slices.Clone(c.providers), byID: maps.Clone(c.byID), shelves: maps.Clone(c.shelves), asOf: asOf, digest: digest,
	}
	for _, p := range providers {
		if _, known := out.byID[p.ID]; !known {
			out.byID[p.ID] = len(out.providers)
			out.providers = append(out.providers, p)
		}
	}
	for id, s := range shelves {
		if _, known := out.byID[id]; known {
			out.shelves[id] = s
		}
	}
	return out
}
