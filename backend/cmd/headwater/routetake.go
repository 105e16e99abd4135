package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// last is the tier that a flag belongs to: the one begun last, else the first,
// which needs no --tier.
func (l *tierList) last() *hw.Tier {
	if len(l.tiers) == 0 {
		l.tiers = append(l.tiers, hw.Tier{})
	}
	return &l.tiers[len(l.tiers)-1]
}

// whenValue sets the condition of the tier begun last.
type whenValue struct{ *tierList }

// Set implements pflag.Value.
func (v whenValue) Set(s string) error {
	v.last().When = s
	return nil
}

// Type implements pflag.Value.
func (whenValue) Type() string { return "condition" }

// String implements pflag.Value.
func (whenValue) String() string { return "" }

// shareValue sets the share of the calls that the tier begun last takes.
type shareValue struct{ *tierList }

// Set implements pflag.Value.
func (v shareValue) Set(s string) error {
	text, by, keeps := strings.Cut(s, ":")
	n, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
	if err != nil || n < 1 || n > 100 || keeps && by == "" {
		return errors.New("must be a number from 1 to 100, or one with what keeps to its side, e.g. 10:user")
	}
	tier := v.last()
	tier.Percent = n
	if keeps {
		tier.StickyBy = by
	}
	return nil
}

// Type implements pflag.Value.
func (shareValue) Type() string { return "percent" }

// String implements pflag.Value.
func (shareValue) String() string { return "" }

// parseStrategy reads a strategy of targets; false for anything else.
func parseStrategy(kind, rest string, given bool) (hw.Tier, bool) {
	switch {
	case !slices.Contains(hw.Strategies(), kind):
		return hw.Tier{}, false
	case kind == hw.StrategySticky:
		return hw.Tier{Strategy: kind, StickyBy: rest}, rest != ""
	}
	return hw.Tier{Strategy: kind}, !given
}

// parameterValue collects parameters of requests for one side of a route's word
// on them: set or default.
type parameterValue struct{ values map[string]any }

// Set implements pflag.Value.
func (v *parameterValue) Set(s string) error {
	name, text, ok := strings.Cut(s, "=")
	if !ok {
		return errors.New("must be NAME=VALUE, e.g. temperature=0.2; nothing behind the = takes it back")
	}
	value, err := parseParameter(name, text)
	if err == nil {
		v.values[name] = value
	}
	return err
}

func parseParameter(name, text string) (any, error) {
	var value any
	var err error
	switch name {
	case "temperature", "top_p", "presence_penalty", "frequency_penalty":
		value, err = strconv.ParseFloat(text, 64)
	case "max_tokens", "seed":
		value, err = strconv.ParseInt(text, 10, 64)
	case "stop":
		value = []string{text}
	case "reasoning_effort", "user":
		value = text
	default:
		return nil, errors.New("must name temperature, top_p, max_tokens, reasoning_effort, stop, seed, presence_penalty, frequency_penalty or user")
	}
	switch {
	case text == "":
		return nil, nil //nolint:nilnil // null takes the word back
	case err != nil:
		return nil, fmt.Errorf("%s must be a number", name)
	}
	return value, nil
}

// Type implements pflag.Value.
func (*parameterValue) Type() string { return "name=value" }

// String implements pflag.Value.
func (*parameterValue) String() string { return "" }

// withParameters adds --set and --default to a verb; the returned function
// writes what they say into a body.
func withParameters(cmd *cobra.Command) func(body map[string]any) {
	set, usual := &parameterValue{map[string]any{}}, &parameterValue{map[string]any{}}
	cmd.Flags().Var(set, "set", "parameter of every request, whatever the caller says, e.g. temperature=0.2; several times for several")
	cmd.Flags().Var(usual, "default", "parameter of every request where the caller says nothing; several times for several")
	return func(body map[string]any) {
		for side, v := range map[string]*parameterValue{"set": set, "default": usual} {
			for name, value := range v.values {
				setField(body, "parameters."+side+"."+name, value)
			}
		}
	}
}

// explainRoute is the dry run: what would happen to a call now.
func (c *cli) explainRoute() *cobra.Command {
	cmd := &cobra.Command{Use: "explain MODEL", Short: "Say where a call would go now, and which tiers it would pass over; nothing is sent", Args: cobra.ExactArgs(1)}
	app := cmd.Flags().String("app", "", "name of the calling app")
	tenant := cmd.Flags().StringP("tenant", "t", "", "its tenant")
	user := cmd.Flags().String("user", "", "end user that the request names")
	stream := cmd.Flags().Bool("stream", false, "as a stream")
	tokens := cmd.Flags().Int64("tokens", 0, "tokens of the request")
	headers := cmd.Flags().StringArray("header", nil, "header line of the request, e.g. 'X-Tier: gold'; several times for several")
	needs := cmd.Flags().StringSlice("needs", nil, "what the request needs, e.g. tools,vision")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p := params{"model": args[0], "stream": *stream, "tokens_in": *tokens}
		if len(*needs) > 0 {
			p["needs"] = *needs
		}
		for name, value := range map[string]string{"app": *app, "tenant": *tenant, "user": *user, "headers": strings.Join(*headers, "\n")} {
			if value != "" {
				p[name] = value
			}
		}
		var e hw.Explanation
		err := c.with(cmd.Context(), func(r *remote) error { return r.call(cmd.Context(), "routes.explain", p, &e) })
		if err != nil {
			return err
		}
		c.say("%s", e.Words)
		return c.printExplained(e)
	}
	return cmd
}

// printExplained shows the targets in order with the figures of their tier, and
// below each other what each tier that is passed over says.
func (c *cli) printExplained(e hw.Explanation) error {
	if c.output != formatTable && c.output != formatCSV {
		return c.printValue(e)
	}
	for _, tier := range e.Tiers {
		if tier.Passed != "" {
			c.say("Tier %d is passed over. %s", tier.Tier, escape(tier.Words))
		}
	}
	for _, target := range e.Targets {
		if len(target.Lacks) > 0 {
			c.say("%s of tier %d: %s", escape(target.Upstream), target.Tier, escape(target.LackWords))
		}
	}
	return printList(c, e.Targets, []column[hw.ExplainedTarget]{
		{"ORDER", "order", func(t hw.ExplainedTarget) any { return orderText(t.Order) }},
		{"TIER", "tier", func(t hw.ExplainedTarget) any { return t.Tier }},
		{"UPSTREAM", "upstream", func(t hw.ExplainedTarget) any { return t.Upstream }},
		{"MODEL", "model", func(t hw.ExplainedTarget) any { return t.Model }},
		{"KEY", "credential", func(t hw.ExplainedTarget) any { return t.Credential }},
		{"STATE", "state", func(t hw.ExplainedTarget) any { return state(t.State) }},
		{"BY", "figures", func(t hw.ExplainedTarget) any { return figures(e.Tiers, t) }},
	})
}

func orderText(order int) string {
	if order == 0 {
		return "-"
	}
	return strconv.Itoa(order)
}

// figures is what the strategy of a target's tier goes by.
func figures(tiers []hw.ExplainedTier, t hw.ExplainedTarget) string {
	strategy := ""
	if t.Tier >= 1 && t.Tier <= len(tiers) {
		strategy = tiers[t.Tier-1].Strategy
	}
	first, busy := "not timed of late", fmt.Sprintf("%d under way", t.InFlight)
	if t.FirstMs > 0 {
		first = fmt.Sprintf("first content in %.0f ms", t.FirstMs)
	}
	switch strategy {
	case hw.StrategyLatency:
		return first
	case hw.StrategyBalanced:
		return first + ", " + busy
	case hw.StrategyBusy:
		return busy
	case hw.StrategyCost:
		if t.CostUSD == nil {
			return "no known price"
		}
		return fmt.Sprintf("$%.6f", *t.CostUSD)
	}
	return fmt.Sprintf("%.0f %%", t.Share*100)
}
