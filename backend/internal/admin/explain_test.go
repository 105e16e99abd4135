package admin_test

import (
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/admin/admintest"
)

func TestExplainSaysWhatWouldHappen(t *testing.T) {
	h := admintest.Open(t, t.TempDir())
	h.Explained = map[string]hw.Explanation{
		"fast": {Route: "fast", Targets: []hw.ExplainedTarget{{Order: 1, Upstream: "openai"}, {Upstream: "spare"}}},
		"dead": {Route: "dead", Targets: []hw.ExplainedTarget{{Upstream: "spare"}}},
	}
	for model, want := range map[string]hw.Code{"fast": "", "dead": hw.CodeNoHealthyUpstream, "none": hw.CodeUnknownModel} {
		got, err := h.Explain(admintest.Root(), model)
		if err != nil {
			t.Fatal(err)
		}
		if got.Code != want || got.OK != (want == "") || got.Words == "" || got.Targets == nil {
			t.Errorf("%s: %+v", model, got)
		}
	}
	if _, err := h.Explain(hw.Actor{}, "fast"); hw.CodeOf(err) != hw.CodeForbidden && hw.CodeOf(err) != hw.CodeUnauthenticated {
		t.Errorf("a stranger: %v", err)
	}
}
