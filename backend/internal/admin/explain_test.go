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
		"shut": {Route: "shut", Tiers: []hw.ExplainedTier{{Tier: 1, Kind: "targets", Passed: hw.PassedWhen}}, Targets: []hw.ExplainedTarget{{Upstream: "spare"}}},
		"dead": {Route: "dead", Targets: []hw.ExplainedTarget{{Upstream: "spare"}}},
		"deaf": {
			Route: "deaf", Tiers: []hw.ExplainedTier{{Tier: 1, Kind: "targets", Passed: hw.PassedWhen}, {Tier: 2, Kind: "targets"}},
			Targets: []hw.ExplainedTarget{{Tier: 2, Upstream: "spare", PassedOver: true}, {Tier: 1, Upstream: "openai"}},
		},
		"sick": {
			Route: "sick", Tiers: []hw.ExplainedTier{{Tier: 1, Kind: "targets"}},
			Targets: []hw.ExplainedTarget{{Tier: 1, Upstream: "spare", PassedOver: true}, {Tier: 1, Upstream: "openai"}},
		},
	}
	for model, want := range map[string]hw.Code{"fast": "", "dead": hw.CodeNoHealthyUpstream, "none": hw.CodeUnknownModel, "shut": hw.CodeForbidden, "deaf": hw.CodeUnsupported, "sick": hw.CodeNoHealthyUpstream} {
		got, err := h.Explain(admintest.Root(), hw.Sample{Model: model})
		if err != nil {
			t.Fatal(err)
		}
		if got.Code != want || got.OK != (want == "") || got.Words == "" || got.Targets == nil || got.Tiers == nil {
			t.Errorf("%s: %+v", model, got)
		}
	}
	if _, err := h.Explain(hw.Actor{}, hw.Sample{Model: "fast"}); hw.CodeOf(err) != hw.CodeForbidden && hw.CodeOf(err) != hw.CodeUnauthenticated {
		t.Errorf("a stranger: %v", err)
	}
}

func TestConditionsAreForWhoMayReadRoutes(t *testing.T) {
	h := admintest.Open(t, t.TempDir())
	if got, err := h.TestCondition(admintest.Viewer(), hw.ConditionTest{When: "true"}); err != nil || !got.Holds {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := h.TestCondition(hw.Actor{}, hw.ConditionTest{When: "true"}); err == nil {
		t.Error("a stranger was answered")
	}
}
