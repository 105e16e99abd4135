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
