package hw_test

import (
	"strings"
	"testing"

	"headwater/backend/hw"
)

func TestATierSaysWhichCallsItTakes(t *testing.T) {
	tier := func(change func(*hw.Tier)) *hw.Route {
		one := hw.Tier{Targets: []hw.RouteTarget{{Upstream: "a"}}}
		change(&one)
		return &hw.Route{Name: "r", Tiers: []hw.Tier{one}}
	}
	for _, row := range []struct {
		name, field, text string
		change            func(*hw.Tier)
	}{
		{"sticky by nothing", "tiers[0].sticky_by", "required", func(t *hw.Tier) { t.Strategy = hw.StrategySticky }},
		{"sticky by something else", "tiers[0].sticky_by", "user, app or header", func(t *hw.Tier) { t.Strategy, t.StickyBy = hw.StrategySticky, "key" }},
		{"sticky by no header", "tiers[0].sticky_by", "must name a header", func(t *hw.Tier) { t.Strategy, t.StickyBy = hw.StrategySticky, "header:" }},
		{"sticky by an odd header", "tiers[0].sticky_by", "must name a header", func(t *hw.Tier) { t.Strategy, t.StickyBy = hw.StrategySticky, "header:a b" }},
		{"sticky by a credential", "tiers[0].sticky_by", "credentials", func(t *hw.Tier) { t.Strategy, t.StickyBy = hw.StrategySticky, "header:authorization" }},
		{"sticky without use", "tiers[0].sticky_by", "goes with", func(t *hw.Tier) { t.StickyBy = hw.StickyUser }},
		{"too large a share", "tiers[0].percent", "between", func(t *hw.Tier) { t.Percent = 101 }},
		{"a blank condition", "tiers[0].when", "blank", func(t *hw.Tier) { t.When = " " }},
		{"a long condition", "tiers[0].when", "1000", func(t *hw.Tier) { t.When = strings.Repeat("x", 1001) }},
		{"an unknown strategy", "tiers[0].strategy", "sticky", func(t *hw.Tier) { t.Strategy = "fastest" }},
		{"sticky by a header", "", "", func(t *hw.Tier) { t.Strategy, t.StickyBy = hw.StrategySticky, "header:X-Session-Id" }},
		{"a share by user", "", "", func(t *hw.Tier) { t.Percent, t.StickyBy, t.When = 10, hw.StickyUser, "true" }},
	} {
		problems := tier(row.change).Validate()
		if row.field == "" {
			if len(problems) > 0 {
				t.Errorf("%s: %v", row.name, problems)
			}
			continue
		}
		if len(problems) != 1 || problems[0].Field != row.field || !strings.Contains(problems[0].Text, row.text) {
			t.Errorf("%s: %v, want %s: %s", row.name, problems, row.field, row.text)
		}
	}
}

func TestParametersHaveBounds(t *testing.T) {
	for _, row := range []struct {
		field  string
		values hw.ParameterValues
	}{
		{"temperature", hw.ParameterValues{Temperature: new(2.5)}},
		{"top_p", hw.ParameterValues{TopP: new(-0.1)}},
		{"max_tokens", hw.ParameterValues{MaxTokens: -1}},
		{"reasoning_effort", hw.ParameterValues{ReasoningEffort: "much"}},
		{"stop", hw.ParameterValues{Stop: []string{"a", "b", "c", "d", "e"}}},
		{"stop[1]", hw.ParameterValues{Stop: []string{"a", " "}}},
		{"presence_penalty", hw.ParameterValues{PresencePenalty: new(3.0)}},
		{"frequency_penalty", hw.ParameterValues{FrequencyPenalty: new(-3.0)}},
		{"user", hw.ParameterValues{User: strings.Repeat("u", 201)}},
	} {
		for at, p := range map[string]hw.Parameters{"set": {Set: row.values}, "default": {Default: row.values}} {
			r := hw.Route{Name: "r", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "a"}}}}, Parameters: p}
			problems := r.Validate()
			if want := "parameters." + at + "." + row.field; len(problems) != 1 || problems[0].Field != want {
				t.Errorf("%v, want %s", problems, want)
			}
		}
	}
	if !(hw.Parameters{}).IsZero() || (hw.Parameters{Default: hw.ParameterValues{Seed: new(int64(0))}}).IsZero() {
		t.Error("a seed of 0 is a word, none at all is not")
	}
}
