package cache_test

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	"headwater/backend/internal/cache"
)

func key(t *testing.T, tenant, route, body string) cache.Key {
	t.Helper()
	k, ok := cache.KeyOf(tenant, route, "chat", []byte(body))
	if !ok {
		t.Fatalf("no key for %s", body)
	}
	return k
}

func TestKeyOf(t *testing.T) {
	const body = `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5}`
	base := key(t, "acme", "fast", body)
	for name, same := range map[string]string{
		"spaces and order":  `{ "temperature":0.5, "messages":[{"content":"hi","role":"user"}],"model":"m"}`,
		"escapes":           `{"model":"m","messages":[{"role":"user","content":"\u0068i"}],"temperature":0.5}`,
		"how it is sent":    `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"stream":true,"stream_options":{"include_usage":true}}`,
		"who asks it, said": `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"user":"u1","metadata":{"a":"b"}}`,
	} {
		if key(t, "acme", "fast", same) != base {
			t.Errorf("%s makes another request of it", name)
		}
	}
	for name, other := range map[string]string{
		"another text":        `{"model":"m","messages":[{"role":"user","content":"hi "}],"temperature":0.5}`,
		"another temperature": `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.6}`,
		"a further field":     `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"seed":1}`,
		"large numbers":       `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"seed":9007199254740993}`,
	} {
		if key(t, "acme", "fast", other) == base {
			t.Errorf("%s is taken for the same request", name)
		}
	}
	if key(t, "other", "fast", body) == base || key(t, "acme", "slow", body) == base {
		t.Error("tenants or routes share answers")
	}
	for _, bad := range []string{"", "[]", "null", "{", `"x"`} {
		if _, ok := cache.KeyOf("a", "r", "chat", []byte(bad)); ok {
			t.Errorf("a key for %q", bad)
		}
	}
}

func TestGet_looksAtTheAge(t *testing.T) {
	s, now := cache.New(0), time.Now()
	k := key(t, "a", "r", `{"model":"m"}`)
	s.Put(k, cache.Entry{Body: []byte("old"), At: now.Add(-time.Minute)})
	if _, ok := s.Get(k, 59*time.Second, now); ok {
		t.Error("too old an answer was given")
	}
	if e, ok := s.Get(k, time.Minute, now); !ok || string(e.Body) != "old" {
		t.Errorf("got %q, %v", e.Body, ok)
	}
	s.Put(k, cache.Entry{Body: []byte("new"), At: now})
	if e, ok := s.Get(k, 0, now); !ok || string(e.Body) != "new" {
		t.Errorf("got %q, %v", e.Body, ok)
	}
	if n, _ := s.Len(); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestPut_staysWithinItsBytes(t *testing.T) {
	const limit = 1 << 20
	s, now := cache.New(limit), time.Now()
	first := key(t, "a", "r", `{"n":0}`)
	for i := range 300 {
		s.Put(key(t, "a", "r", `{"n":`+strconv.Itoa(i)+`}`), cache.Entry{Body: bytes.Repeat([]byte("x"), 10_000), At: now})
		if _, ok := s.Get(first, time.Hour, now); !ok {
			t.Fatalf("the answer that is used all the time was dropped after %d", i)
		}
	}
	if n, size := s.Len(); size > limit || n < 90 {
		t.Errorf("%d entries of %d bytes", n, size)
	}
	s.Put(first, cache.Entry{Body: make([]byte, cache.MaxAnswer+1), At: now})
	if e, _ := s.Get(first, time.Hour, now); len(e.Body) != 10_000 {
		t.Error("an answer over its bound was kept")
	}
}
