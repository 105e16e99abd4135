package hw

import "time"

// DeferredState is where a deferred call stands.
type DeferredState string

// The states of a deferred call.
const (
	DeferredWaiting DeferredState = "waiting"
	DeferredDone    DeferredState = "done"
	DeferredExpired DeferredState = "expired"
)

// Deferred is a call that was taken now and is answered later.
type Deferred struct {
	ID string `json:"id"`
	// App is the id of the app that asked, KeyID that of the key it used; only
	// the same app may read the answer.
	App   string `json:"app"`
	KeyID string `json:"key_id"`
	Route string `json:"route"`
	Model string `json:"model"`
	Path  string `json:"path"`
	// Form is the content type of a request that is a multipart form; empty for
	// all others.
	Form string `json:"form,omitempty"`
	// HeadBytes is how many of the sealed request's bytes are the header fields
	// it came with; the body follows. Zero means that it has no such part.
	HeadBytes int    `json:"head_bytes,omitempty"`
	Client    string `json:"client,omitempty"`
	// Call is the request id of the call that was deferred.
	Call string `json:"call"`
	// StartedAt is when that call came in.
	StartedAt time.Time     `json:"started_at,omitzero"`
	State     DeferredState `json:"state"`
	CreatedAt time.Time     `json:"created_at"`
	ExpiresAt time.Time     `json:"expires_at"`
	// DoneAt is when it was answered or expired.
	DoneAt time.Time `json:"done_at,omitzero"`
	// Tries counts the attempts to answer it.
	Tries int `json:"tries,omitempty"`
	// Status and ContentType are those of the answer.
	Status      int    `json:"status,omitempty"`
	ContentType string `json:"content_type,omitempty"`
}
