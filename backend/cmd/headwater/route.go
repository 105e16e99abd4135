package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) routes() noun[hw.Route] {
	return noun[hw.Route]{
		c: c, one: "route", many: "routes",
		columns: []column[hw.Route]{
			{"NAME", "name", func(r hw.Route) any { return r.Name }},
			{"TIERS", "tiers", func(r hw.Route) any { return ladder(r.Tiers) }},
			{"STATE", "state", func(r hw.Route) any { return enabled(r.State) }},
			{"UPDATED", "updated_at", func(r hw.Route) any { return r.UpdatedAt }},
			{"BY", "updated_by", func(r hw.Route) any { return r.UpdatedBy }},
		},
		fields: []field{
			{"title", "title", "name shown to people", fieldText},
			{"deadline", "deadline_ms", "bound on the whole call, e.g. 30s; 0s for the default", fieldMillis},
			{"stream-deadline", "stream_deadline_ms", "the same for a streamed call; 0s for that of all", fieldMillis},
			{"tries", "retry.tries_per_tier", "targets of one tier that may fail a call", fieldInt},
			{"retry-budget", "retry.budget_percent", "share of the calls under way that may ask the same target again or hedge, in percent", fieldInt},
			{"again-first", "retry.again_first_ms", "longest first wait before the same target is asked again", fieldMillis},
			{"again-most", "retry.again_most_ms", "longest wait before the same target is asked again", fieldMillis},
			{"hedge", "hedge", "ask a second target when the first content is late", fieldBool},
			{"translation", "translation", "warn or strict: what becomes of what an upstream has no words for", fieldText},
			{"state", "state", "enabled or disabled", fieldText},
		},
	}
}

func (c *cli) routeCommand() *cobra.Command {
	n := c.routes()
	return n.command("The models that apps ask for, and what answers them",
		n.list(), n.show(), withTiers(n.add, true), withTiers(n.update, false), n.remove(), c.explainRoute())
}

// withTiers adds --target and --tier to a verb.
func withTiers(verb func(func(*cobra.Command, map[string]any) error) *cobra.Command, required bool) *cobra.Command {
	tiers := &tierList{}
	var fallbacks, parameters func(body map[string]any)
	cmd := verb(func(_ *cobra.Command, body map[string]any) error {
		fallbacks(body)
		parameters(body)
		list, err := tiers.list()
		switch {
		case err != nil:
			return err
		case list != nil:
			body["tiers"] = list
		case required:
			return usagef("A route needs at least one --target upstream/model.")
		}
		return nil
	})
	cmd.Flags().Var(tierValue{tiers}, "tier", "begin a tier: weighted, priority, balanced, affinity, latency, busy, cost, sticky:user, sticky:app or sticky:header:NAME of targets; cache[:STALE], hold[:WAIT], deferred[:EXPIRE] or scripted:TEXT")
	cmd.Flags().Var(targetValue{tiers}, "target", "add a target to the tier: upstream/model, upstream/model@weight, or upstream for the model the caller asks for")
	cmd.Flags().Var(whenValue{tiers}, "when", "condition of the tier in CEL, e.g. 'app == \"crm\" && tokens_in > 1000'")
	cmd.Flags().Var(shareValue{tiers}, "percent", "share of the calls that may use the tier, with what keeps to its side, e.g. 10, 10:user or 10:header:X-Session-Id")
	parameters = withParameters(cmd)
	overflow, policy := &fallbackValue{}, &fallbackValue{}
	cmd.Flags().Var(overflow, "on-overflow", "target that is asked when a request is too long for the model; several times for several")
	cmd.Flags().Var(policy, "on-policy", "target that is asked when a vendor's policy refuses a request")
	fallbacks = func(body map[string]any) {
		for name, list := range map[string]*fallbackValue{"context_overflow": overflow, "content_policy": policy} {
			if len(list.targets) > 0 {
				setField(body, "fallback."+name, list.targets)
			}
		}
	}
	cmd.Long = cmd.Short + ".\n\nTargets and tiers are read in the order in which they stand: a target, a condition and a\n" +
		"percentage belong to the --tier before them, and those before the first --tier to a weighted\n" +
		"one of their own."
	cmd.Example = "  headwater route add fast --target openai/gpt-4o-mini@3 --target azure/gpt-4o-mini --tier priority --target ollama/llama3.2"
	return cmd
}

// fallbackValue collects the targets of one fallback.
type fallbackValue struct{ targets []hw.RouteTarget }

// Set implements pflag.Value.
func (v *fallbackValue) Set(s string) error {
	target, err := parseTarget(s)
	if err == nil {
		v.targets = append(v.targets, target)
	}
	return err
}

// Type implements pflag.Value.
func (*fallbackValue) Type() string { return "target" }

// String implements pflag.Value.
func (*fallbackValue) String() string { return "" }

// tierList collects --tier and --target in the order of the command line.
type tierList struct{ tiers []hw.Tier }

// list returns what was collected; nil when nothing was.
func (l *tierList) list() ([]hw.Tier, error) {
	for i, t := range l.tiers {
		if t.Kind == "" && len(t.Targets) == 0 {
			return nil, usagef("Tier %d has no --target.", i+1)
		}
	}
	return l.tiers, nil
}

type tierValue struct{ *tierList }

// Set implements pflag.Value.
func (v tierValue) Set(s string) error {
	tier, err := parseTier(s)
	if err != nil {
		return err
	}
	v.tiers = append(v.tiers, tier)
	return nil
}

// parseTier reads a strategy, or the kind of a tier with what belongs to it.
func parseTier(s string) (hw.Tier, error) {
	kind, rest, given := strings.Cut(s, ":")
	if tier, ok := parseStrategy(kind, rest, given); ok {
		return tier, nil
	}
	switch kind {
	case hw.TierScripted:
		if rest != "" {
			return hw.Tier{Kind: kind, Text: rest}, nil
		}
		return hw.Tier{}, errors.New("must be scripted:TEXT")
	case hw.TierCache, hw.TierHold, hw.TierDeferred:
		return parseWait(kind, rest, given)
	}
	return hw.Tier{}, errors.New("must be weighted, priority, balanced, affinity, latency, busy, cost, sticky:user, sticky:app, sticky:header:NAME, cache, hold, deferred or scripted:TEXT")
}

// parseWait reads a tier that has a time.
func parseWait(kind, text string, given bool) (hw.Tier, error) {
	tier := hw.Tier{Kind: kind}
	if !given {
		return tier, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return tier, fmt.Errorf("must be %s or %s with a time, e.g. %s:30s", kind, kind, kind)
	}
	switch kind {
	case hw.TierCache:
		tier.StaleSeconds = int64(d / time.Second)
	case hw.TierHold:
		tier.WaitMs = d.Milliseconds()
	default:
		tier.ExpireSeconds = int64(d / time.Second)
	}
	return tier, nil
}

// Type implements pflag.Value.
func (tierValue) Type() string { return "tier" }

// String implements pflag.Value.
func (tierValue) String() string { return "" }

type targetValue struct{ *tierList }

// Set implements pflag.Value.
func (v targetValue) Set(s string) error {
	target, err := parseTarget(s)
	if err != nil {
		return err
	}
	if n := len(v.tiers); n > 0 && v.tiers[n-1].Kind != "" {
		return fmt.Errorf("tier %d is of kind %s and has no targets", n, v.tiers[n-1].Kind)
	}
	last := v.last()
	last.Targets = append(last.Targets, target)
	return nil
}

// Type implements pflag.Value.
func (targetValue) Type() string { return "target" }

// String implements pflag.Value.
func (targetValue) String() string { return "" }

// parseTarget reads upstream[/model][@weight]. Model names hold slashes and
// at-signs, too: the upstream ends at the first slash, and only a number from 1
// to 1000 behind the last at-sign is a weight. A model that ends like that is
// written with its weight.
func parseTarget(s string) (hw.RouteTarget, error) {
	var t hw.RouteTarget
	if at := strings.LastIndexByte(s, '@'); at > 0 {
		if n, err := strconv.Atoi(s[at+1:]); err == nil && n >= 1 && n <= 1000 {
			t.Weight, s = n, s[:at]
		}
	}
	t.Upstream, t.Model, _ = strings.Cut(s, "/")
	if t.Upstream == "" || strings.HasSuffix(s, "/") {
		return t, errors.New("must be upstream/model or upstream/model@weight")
	}
	return t, nil
}

// ladder is the tiers of a route on one line, as --target writes them.
func ladder(tiers []hw.Tier) string {
	rungs := make([]string, len(tiers))
	for i, tier := range tiers {
		if tier.Kind != "" && tier.Kind != hw.TierTargets {
			rungs[i] = "(" + tier.Kind + ")"
			continue
		}
		targets := make([]string, len(tier.Targets))
		for j, t := range tier.Targets {
			targets[j] = t.Upstream
			if t.Model != "" {
				targets[j] += "/" + t.Model
			}
			if t.Weight > 1 {
				targets[j] += "@" + strconv.Itoa(t.Weight)
			}
		}
		between := " | "
		if tier.Strategy == hw.StrategyPriority {
			between = ", then "
		}
		rungs[i] = strings.Join(targets, between)
	}
	return strings.Join(rungs, " -> ")
}
