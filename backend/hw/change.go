package hw

import (
	"encoding/json"
	"time"
)

// Change is one committed command: who did what to which documents. Changes
// are kept for good; the audit chain holds a digest of each.
type Change struct {
	ID string `json:"id" doc:"Identity of the change"`
	// Generation counts the changes of the installation, from 1, without gaps.
	Generation int64 `json:"generation" doc:"Generation of the configuration that this change made"`
	// At is when the change was written, UTC, to the millisecond.
	At time.Time `json:"at" doc:"When the change was made"`
	// Actor is a member's name, "local" or "setup".
	Actor string `json:"actor" doc:"Who made it"`
	// Remote is the address the actor came from; empty when not known.
	Remote string `json:"remote,omitempty" doc:"Address the actor came from"`
	// Action is the id of the operation, e.g. routes.update.
	Action string `json:"action" doc:"Operation that made it" example:"routes.update"`
	// Summary is the change as one sentence; may be empty.
	Summary string       `json:"summary,omitempty" doc:"The change as a sentence"`
	Items   []ChangeItem `json:"items" nullable:"false" doc:"The documents it wrote"`
}

// ChangeItem is one document of a change, before and after. Sealed and hashed
// values are left out of both.
type ChangeItem struct {
	Kind   Kind   `json:"kind" doc:"Kind of the document"`
	DocID  string `json:"doc_id" doc:"Identity of the document"`
	Name   string `json:"name" doc:"Name of the document after the change"`
	Tenant string `json:"tenant,omitempty" doc:"Owning tenant; absent when it belongs to the installation"`
	// Version is what the change wrote; for a deletion the version that was removed.
	Version int64 `json:"version" doc:"Version that was written, or removed"`
	// Before is the document as it was; absent when the change created it.
	Before json.RawMessage `json:"before,omitempty" doc:"The document before; absent when it was created"`
	// After is the document as written; absent when the change deleted it.
	After json.RawMessage `json:"after,omitempty" doc:"The document after; absent when it was deleted"`
}
