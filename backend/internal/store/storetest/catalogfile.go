package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// testCatalogFile: the file goes with the change, all of it or nothing.
func testCatalogFile(t *testing.T, e Engine) {
	s := e.Open(t)
	want := func(digest string, body []byte) {
		t.Helper()
		f, err := s.CatalogFile(t.Context())
		if err != nil || f.Digest != digest || !bytes.Equal(f.Body, body) {
			t.Errorf("kept %q with %d bytes, %v; want %q with %d", f.Digest, len(f.Body), err, digest, len(body))
		}
	}
	put := func(expect int64, f *store.CatalogFile, check func(int64) error) error {
		c := commit(store.Write{
			Document: store.Document{Kind: hw.KindCatalogFile, ID: "cat_1", Name: "catalogue", Body: json.RawMessage(`{"name":"catalogue"}`)},
			Expect:   expect,
		})
		c.Catalog = f
		_, err := s.Commit(t.Context(), c, check)
		return err
	}
	want("", nil)
	first, second := bytes.Repeat([]byte{0, 255, 7}, 300_000), []byte{1}
	if err := put(0, &store.CatalogFile{Digest: "a", Body: first}, pass); err != nil {
		t.Fatal(err)
	}
	want("a", first)
	refused := errors.New("it does not compile")
	if err := put(1, &store.CatalogFile{Digest: "b", Body: second}, func(int64) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	want("a", first)
	if err := put(1, &store.CatalogFile{Digest: "b", Body: second}, pass); err != nil {
		t.Fatal(err)
	}
	want("b", second)
	wantRows(t, e.Raw, "catalog_file", 1)
	if err := put(2, nil, pass); err != nil {
		t.Fatal(err)
	}
	want("b", second)
	if err := put(3, &store.CatalogFile{}, pass); err != nil {
		t.Fatal(err)
	}
	want("", nil)
}
