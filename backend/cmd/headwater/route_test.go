package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func TestTarget(t *testing.T) {
	for text, want := range map[string]hw.RouteTarget{
		"openai/gpt-4o-mini":           {Upstream: "openai", Model: "gpt-4o-mini"},
		"openai/gpt-4o-mini@3":         {Upstream: "openai", Model: "gpt-4o-mini", Weight: 3},
		"openai":                       {Upstream: "openai"},
		"openai@5":                     {Upstream: "openai", Weight: 5},
		"router/meta/llama-3:free":     {Upstream: "router", Model: "meta/llama-3:free"},
		"vertex/claude@20240620":       {Upstream: "vertex", Model: "claude@20240620"},
		"vertex/claude@20240620@2":     {Upstream: "vertex", Model: "claude@20240620", Weight: 2},
		"vertex/claude@001":            {Upstream: "vertex", Model: "claude", Weight: 1},
		"vertex/claude@001@1":          {Upstream: "vertex", Model: "claude@001", Weight: 1},
		"openai/gpt-4o-mini@latest":    {Upstream: "openai", Model: "gpt-4o-mini@latest"},
		"openai/gpt-4o-mini@1000":      {Upstream: "openai", Model: "gpt-4o-mini", Weight: 1000},
		"openai/gpt-4o-mini@1001":      {Upstream: "openai", Model: "gpt-4o-mini@1001"},
		"openai/gpt-4o-mini@0":         {Upstream: "openai", Model: "gpt-4o-mini@0"},
		"local-engine.lan/qwen2.5:14b": {Upstream: "local-engine.lan", Model: "qwen2.5:14b"},
	} {
		got, err := parseTarget(text)
		if err != nil || got != want {
			t.Errorf("parseTarget(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "/model", "openai/", "openai/@3"} {
		if got, err := parseTarget(text); err == nil {
			t.Errorf("parseTarget(%q) = %+v, want an error", text, got)
		}
	}
}

func FuzzTarget(f *testing.F) {
	f.Add("openai/gpt-4o-mini@3")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseTarget(s)
		if err != nil {
			return
		}
		if got.Upstream == "" || got.Weight < 0 || got.Weight > 1000 || strings.Contains(got.Upstream, "/") {
			t.Errorf("parseTarget(%q) = %+v", s, got)
		}
	})
}

func TestTiers(t *testing.T) {
	var body map[string]any
	verb := func(more func(*cobra.Command, map[string]any) error) *cobra.Command {
		return &cobra.Command{Use: "add", SilenceErrors: true, SilenceUsage: true, RunE: func(cmd *cobra.Command, _ []string) error {
			body = map[string]any{}
			return more(cmd, body)
		}}
	}
	cmd := withTiers(verb, true)
	cmd.SetArgs([]string{"--target", "a/x@3", "--target", "b/x", "--tier", "priority", "--target", "c/y", "--target", "d"})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	want := []hw.Tier{
		{Targets: []hw.RouteTarget{{Upstream: "a", Model: "x", Weight: 3}, {Upstream: "b", Model: "x"}}},
		{Strategy: hw.StrategyPriority, Targets: []hw.RouteTarget{{Upstream: "c", Model: "y"}, {Upstream: "d"}}},
	}
	if diff := cmp.Diff(want, body["tiers"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := ladder(want); got != "a/x@3 | b/x -> c/y, then d" {
		t.Errorf("ladder = %q", got)
	}
	cmd = withTiers(verb, true)
	cmd.SetArgs([]string{"--tier", "balanced", "--target", "a/x", "--tier", "cache:2h", "--tier", "hold", "--tier", "deferred:24h", "--tier", "scripted:Try later: please."})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	want = []hw.Tier{
		{Strategy: hw.StrategyBalanced, Targets: []hw.RouteTarget{{Upstream: "a", Model: "x"}}},
		{Kind: hw.TierCache, StaleSeconds: 7200},
		{Kind: hw.TierHold},
		{Kind: hw.TierDeferred, ExpireSeconds: 86400},
		{Kind: hw.TierScripted, Text: "Try later: please."},
	}
	if diff := cmp.Diff(want, body["tiers"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := ladder(want); got != "a/x -> (cache) -> (hold) -> (deferred) -> (scripted)" {
		t.Errorf("ladder = %q", got)
	}
	for _, bad := range [][]string{
		{"--tier", "cache", "--target", "a/x"}, {"--tier", "hold:soon"}, {"--tier", "scripted"}, {"--tier", "weighted:1"}, {"--tier", "melted"},
	} {
		cmd := withTiers(verb, true)
		cmd.SetArgs(bad)
		if cmd.Execute() == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestWhichCallsATierTakes(t *testing.T) {
	var body map[string]any
	run := func(args ...string) error {
		cmd := withTiers(func(more func(*cobra.Command, map[string]any) error) *cobra.Command {
			return &cobra.Command{Use: "add", SilenceErrors: true, SilenceUsage: true, RunE: func(cmd *cobra.Command, _ []string) error {
				body = map[string]any{}
				return more(cmd, body)
			}}
		}, false)
		cmd.SetArgs(args)
		return cmd.Execute()
	}
	if err := run("--when", "stream", "--percent", "10%:user", "--target", "a/x", "--tier", "sticky:header:X-Session-Id", "--target", "b/y",
		"--tier", "cost", "--percent", "5", "--target", "c/z", "--set", "temperature=0.2", "--set", "stop=a, b", "--set", "seed=", "--default", "max_tokens=500"); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"tiers": []hw.Tier{
			{When: "stream", Percent: 10, StickyBy: "user", Targets: []hw.RouteTarget{{Upstream: "a", Model: "x"}}},
			{Strategy: hw.StrategySticky, StickyBy: "header:X-Session-Id", Targets: []hw.RouteTarget{{Upstream: "b", Model: "y"}}},
			{Strategy: hw.StrategyCost, Percent: 5, Targets: []hw.RouteTarget{{Upstream: "c", Model: "z"}}},
		},
		"parameters": map[string]any{
			"set": map[string]any{"temperature": 0.2, "stop": []string{"a, b"}, "seed": nil}, "default": map[string]any{"max_tokens": int64(500)},
		},
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range [][]string{
		{"--percent", "0"},
		{"--percent", "many"},
		{"--percent", "10:"},
		{"--tier", "sticky"},
		{"--tier", "cost:x"},
		{"--set", "temperature"},
		{"--set", "temperature=hot"},
		{"--set", "colour=red"},
		{"--default", "seed=x"},
	} {
		if err := run(bad...); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestFiguresOfAnExplanation(t *testing.T) {
	usd := 0.00125
	row := hw.ExplainedTarget{Tier: 1, FirstMs: 340, InFlight: 2, CostUSD: &usd, Share: 0.25}
	for strategy, want := range map[string]string{
		hw.StrategyLatency: "first content in 340 ms", hw.StrategyBalanced: "first content in 340 ms, 2 under way", hw.StrategyBusy: "2 under way",
		hw.StrategyCost: "$0.001250", hw.StrategySticky: "25 %",
	} {
		if got := figures([]hw.ExplainedTier{{Strategy: strategy}}, row); got != want {
			t.Errorf("%s: %s", strategy, got)
		}
	}
	tiers := []hw.ExplainedTier{{Strategy: hw.StrategyCost}}
	if got := figures(tiers, hw.ExplainedTarget{Tier: 1}); got != "no known price" {
		t.Error(got)
	}
	if got := figures(tiers, hw.ExplainedTarget{Tier: 9, Share: 1}); got != "100 %" {
		t.Error(got)
	}
}
