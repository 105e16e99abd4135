package store

import (
	"encoding/json"
	"fmt"
	"time"

	"headwater/backend/hw"
)

// Document is one configured noun as the database keeps it. The columns are
// the truth about identity and version; the body's own copies of them are not
// read.
type Document struct {
	Kind hw.Kind
	// ID is the stable identity, made by hw.NewIDFor.
	ID string
	// Name is the document's label, unique within kind and tenant.
	Name string
	// Tenant is the owning tenant's name; empty means the installation.
	Tenant string
	// Version counts the changes of this document from 1. Written by Commit only.
	Version int64
	// UpdatedAt is when the version was committed: UTC, whole milliseconds.
	// Written by Commit only.
	UpdatedAt time.Time
	// UpdatedBy is the actor of the last change. Written by Commit only.
	UpdatedBy string
	// Body is the document's JSON, sealed values included.
	Body json.RawMessage
}

// Decode returns the typed document with identity and version from the columns.
func (d Document) Decode() (hw.Document, error) {
	doc, err := hw.DecodeDocument(d.Kind, d.Body)
	if err != nil {
		return nil, fmt.Errorf("reading %s %q: %w", d.Kind, d.Name, err)
	}
	*doc.Head() = hw.Meta{ID: d.ID, Tenant: d.Tenant, Version: d.Version, UpdatedAt: d.UpdatedAt, UpdatedBy: d.UpdatedBy}
	return doc, nil
}

// Write is one document of a change.
type Write struct {
	// Document is what is to be there. Version, UpdatedAt and UpdatedBy are
	// written by Commit. A deletion needs only Kind and ID.
	Document
	// Expect is the version that must be there; zero means that the document
	// must not exist yet.
	Expect int64
	// Delete removes the document instead.
	Delete bool
}

// Commit is one change to the configuration, with who made it.
type Commit struct {
	// Actor is a member's name, "local" or "setup"; required.
	Actor string
	// Remote is the address the actor came from; may be empty.
	Remote string
	// Action is the id of the operation, e.g. routes.update; required.
	Action string
	// Summary is the change as one sentence; may be empty.
	Summary string
	// Writes are the documents; at least one.
	Writes []Write
	// Catalog is kept in place of the file of facts; nil leaves that alone.
	Catalog *CatalogFile
}

// ChangeFilter narrows Changes; its zero value is the newest changes of all kinds.
type ChangeFilter struct {
	// Limit is how many changes at most. Zero means 50; at most 500.
	Limit int
	// Before is a generation: only older changes are returned. Zero means the newest.
	Before int64
	// Kind and DocID keep changes that wrote such a document; empty means any.
	Kind  hw.Kind
	DocID string
}
