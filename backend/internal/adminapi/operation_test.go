package adminapi

import (
	"net/http"
	"testing"
	"time"
)

// TestALargeBodyMayTakeItsTime: a file of the catalogue comes over slow lines,
// too; what is small need not.
func TestALargeBodyMayTakeItsTime(t *testing.T) {
	api := newAPI(http.NewServeMux(), "test")
	register(api, new(Server).operations())
	for path, want := range map[string][2]time.Duration{
		"/api/v1/catalog/preview": {2 * time.Minute, 5 * time.Minute},
		"/api/v1/sessions":        {10 * time.Second, 20 * time.Second},
	} {
		if got := api.OpenAPI().Paths[path].Post.BodyReadTimeout; got < want[0] || got > want[1] {
			t.Errorf("a body for %s may take %s, want between %s and %s", path, got, want[0], want[1])
		}
	}
}
