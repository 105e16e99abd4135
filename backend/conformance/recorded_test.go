package conformance

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
)

// leastShare is the part of the recordings that must come out equal, in percent.
const leastShare = 99.0

// sdkVersion is the client as go.mod pins it; a test binary carries no list of
// its modules.
func sdkVersion(t *testing.T) string {
	t.Helper()
	const path = "github.com/openai/openai-go/v3"
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\t"+path+" ")
	version, _, _ := strings.Cut(after, "\n")
	return path + " " + version
}

// TestRecorded sends every recording through the gateway and compares what the
// client holds with the recording's facts.
func TestRecorded(t *testing.T) {
	explained, err := Explained("go")
	if err != nil {
		t.Fatal(err)
	}
	result := &Result{Client: "go", SDK: sdkVersion(t), Headwater: scene.Version}
	t.Run("records", func(t *testing.T) {
		for _, c := range scene.Cases {
			t.Run(strings.ReplaceAll(c.Kind(), " ", "_")+"/"+c.ID, func(t *testing.T) {
				t.Parallel()
				diffs := Differences(c.Want, ask(limited(t), client(), c, c.Body))
				why := explained[c.ID]
				result.Count(c, diffs, why)
				switch {
				case len(diffs) > 0 && why != "":
					t.Skipf("explained: %s: %s", why, strings.Join(diffs, "; "))
				case len(diffs) > 0:
					t.Errorf("%s: %s", c.Provider, strings.Join(diffs, "\n"))
				case why != "":
					t.Errorf("is equal now, take it out of explained.json: %s", why)
				}
			})
		}
	})
	t.Run("arrived", arrived)
	total := result.Total()
	fmt.Printf("Go SDK: %s\n", total)
	if err := result.Save(); err != nil {
		t.Error(err)
	}
	if total.Share() < leastShare {
		t.Errorf("%s, wanted at least %.0f %%", total, leastShare)
	}
}

// TestControl asks the replay without a gateway between: what differs there,
// too, would be the client's or the suite's doing and not the gateway's.
func TestControl(t *testing.T) {
	direct := newClient(scene.ReplayURL+"/v1", scene.Key)
	equal, of := 0, 0
	for _, c := range scene.Cases {
		if c.Anthropic() || c.Upstream == upstreamUnwell {
			continue
		}
		of++
		body := maps.Clone(c.Body)
		body["model"] = c.ID
		got := ask(limited(t), direct, c, body)
		got.Model = c.Want.Model // the vendor's own name, which the gateway replaces
		if diffs := Differences(c.Want, got); len(diffs) > 0 {
			t.Errorf("%s %s: %s", c.Provider, c.ID, strings.Join(diffs, "; "))
			continue
		}
		equal++
	}
	fmt.Printf("Go SDK without the gateway: %s\n", Row{Equal: equal, Of: of})
}
