package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// arrived looks at what the upstreams received: the upstream's credential
// instead of the caller's, and a request that means what was sent. The
// recordings must have been asked for before.
func arrived(t *testing.T) {
	req, err := http.NewRequestWithContext(limited(t), http.MethodGet, scene.ReplayURL+"/_seen", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var seen map[string]Arrival
	if err := json.NewDecoder(resp.Body).Decode(&seen); err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, c := range scene.Cases {
		a, ok := seen[c.ID]
		if !ok {
			t.Errorf("%s never arrived", c.ID)
			continue
		}
		if problems := ArrivalProblems(c, a); len(problems) > 0 {
			t.Errorf("%s %s (%s): %s", c.Kind(), c.ID, strings.Join(c.Features, " "), strings.Join(problems, "; "))
			continue
		}
		whole++
	}
	fmt.Printf("requests that arrived whole: %s\n", Row{Equal: whole, Of: len(scene.Cases)})
}
