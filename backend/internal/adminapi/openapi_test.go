package adminapi_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"headwater/backend/internal/adminapi"
)

var update = flag.Bool("update", false, "write frontend/src/rpc/openapi.json anew")

// openAPIFile is what the TypeScript types are made of: npm run gen.
const openAPIFile = "../../../frontend/src/rpc/openapi.json"

func TestOpenAPI(t *testing.T) {
	first, err := adminapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the same table gives the same bytes", func(t *testing.T) {
		second, err := adminapi.OpenAPI()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("the second document differs from the first (%v)", err)
		}
	})
	t.Run("the committed file is that of the table", func(t *testing.T) {
		if *update {
			if err := os.WriteFile(openAPIFile, first, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		committed, err := os.ReadFile(openAPIFile)
		if err != nil || !bytes.Equal(first, committed) {
			t.Fatalf("%s is not up to date (%v): run this test with -update, then npm run gen", openAPIFile, err)
		}
	})
	t.Run("huma's own error is not part of it", func(t *testing.T) {
		if bytes.Contains(first, []byte("ErrorModel")) {
			t.Error("ErrorModel is documented")
		}
	})
	t.Run("no hidden field is part of it", func(t *testing.T) {
		for _, field := range []string{`"sealed"`, `"password_hash"`} {
			if bytes.Contains(first, []byte(field)) {
				t.Errorf("%s is documented", field)
			}
		}
	})
}
