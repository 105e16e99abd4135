// Package cache remembers answers for requests that are asked again while
// nothing can answer them: exact matches only, each tenant for itself.
//
// It keeps them in memory, bounded by bytes, the ones used last longest, and
// reads no clock: whoever asks says how old an answer may be. Its one
// invariant: an answer is only ever found by the request that it was given to,
// of the same tenant and route.
package cache

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// The bounds of what is remembered.
const (
	DefaultBytes = 64 << 20
	// MaxAnswer is the largest answer to a call worth keeping.
	MaxAnswer = 1 << 20
	// overhead is what an entry costs beside its body.
	overhead = 512
)

// Key identifies a request.
type Key [sha256.Size]byte

// Form is how an answer was given.
type Form uint8

// The forms. A stream with usage and one without differ in their bytes.
const (
	Plain Form = iota
	Stream
	StreamUsage
)

// Entry is a remembered answer, in the caller's dialect.
type Entry struct {
	Body []byte
	Form Form
	// At is when it was given.
	At time.Time
	// Upstream and Model gave it.
	Upstream, Model string
}

// Store keeps entries. Safe for concurrent use.
type Store struct {
	limit int64

	mu    sync.Mutex
	bytes int64
	byKey map[Key]*list.Element
	order *list.List // the one used last in front
}

type kept struct {
	key Key
	Entry
}

// New makes an empty Store of at most limit bytes; zero means DefaultBytes.
func New(limit int64) *Store {
	if limit <= 0 {
		limit = DefaultBytes
	}
	return &Store{limit: limit, byKey: map[Key]*list.Element{}, order: list.New()}
}

// Put remembers an answer in place of an older one.
func (s *Store) Put(key Key, e Entry) {
	size := int64(len(e.Body)) + overhead
	if size > s.limit {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropLocked(s.byKey[key])
	s.byKey[key] = s.order.PushFront(&kept{key, e})
	s.bytes += size
	for s.bytes > s.limit {
		s.dropLocked(s.order.Back())
	}
}

// Get finds an answer that is at most so old.
func (s *Store) Get(key Key, most time.Duration, now time.Time) (Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.byKey[key]
	if at == nil {
		return Entry{}, false
	}
	e := at.Value.(*kept) //nolint:forcetypeassert // the list holds nothing else
	if now.Sub(e.At) > most {
		return Entry{}, false
	}
	s.order.MoveToFront(at)
	return e.Entry, true
}

// Drop forgets one.
func (s *Store) Drop(key Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropLocked(s.byKey[key])
}

// Len and Bytes tell how much is remembered.
func (s *Store) Len() (entries int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byKey), s.bytes
}

func (s *Store) dropLocked(at *list.Element) {
	if at == nil {
		return
	}
	e := s.order.Remove(at).(*kept) //nolint:forcetypeassert // the list holds nothing else
	delete(s.byKey, e.key)
	s.bytes -= int64(len(e.Body)) + overhead
}

// KeyOfWords identifies something that is found by its names alone.
func KeyOfWords(words ...string) Key {
	h := sha256.New()
	for _, w := range words {
		_, _ = fmt.Fprintf(h, "%d:%s", len(w), w) // a hash takes everything
	}
	return Key(h.Sum(nil))
}

// idle are the fields of a request that have no part in its answer: how it is
// delivered, who asks, and where the vendor files it.
func idle() []string {
	return []string{"stream", "stream_options", "user", "metadata", "store", "safety_identifier", "prompt_cache_key", "service_tier"}
}

// KeyOf makes the key of a request: who asks, which route, and what, however
// its JSON is laid out. False means that it is no JSON object.
func KeyOf(tenant, route, endpoint string, body []byte) (Key, bool) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // 1 and 1.0 may be told apart; large numbers must stay whole
	var fields map[string]any
	if dec.Decode(&fields) != nil || fields == nil {
		return Key{}, false
	}
	for _, name := range idle() {
		delete(fields, name)
	}
	normal, err := json.Marshal([]any{tenant, route, endpoint, fields}) // sorts the names
	if err != nil {
		return Key{}, false
	}
	return sha256.Sum256(normal), true
}
