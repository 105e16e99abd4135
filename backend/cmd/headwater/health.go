package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) healthCommand() *cobra.Command {
	columns := []column[hw.TargetHealth]{
		{"UPSTREAM", "upstream", func(t hw.TargetHealth) any { return t.Upstream }},
		{"CREDENTIAL", "credential", func(t hw.TargetHealth) any { return t.Credential }},
		{"MODEL", "model", func(t hw.TargetHealth) any { return t.Model }},
		{"STATE", "state", func(t hw.TargetHealth) any { return state(t.State) }},
		{"SINCE", "since", func(t hw.TargetHealth) any { return t.Since }},
		{"IN FLIGHT", "in_flight", func(t hw.TargetHealth) any { return t.InFlight }},
		{"WHY", "words", func(t hw.TargetHealth) any { return t.Words }},
	}
	cmd := &cobra.Command{
		Use: "health", Short: "How every target is, and why", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				rows, err := listWhole[hw.TargetHealth](cmd.Context(), r, "health.list")
				if err != nil {
					return err
				}
				if len(rows) == 0 {
					c.say("No target has been used yet.")
				}
				return printList(c, rows, columns)
			})
		},
	}
	cmd.AddCommand(c.healthHistory())
	return cmd
}

func healthEventColumns() []column[hw.HealthEvent] {
	return []column[hw.HealthEvent]{
		{"ID", "id", func(e hw.HealthEvent) any { return e.ID }},
		{"AT", "at", func(e hw.HealthEvent) any { return e.At }},
		{"UPSTREAMS", "upstreams", func(e hw.HealthEvent) any { return strings.Join(e.Upstreams, " ") }},
		{"WHAT", "kind", func(e hw.HealthEvent) any { return e.Kind }},
		{"NAME", "name", func(e hw.HealthEvent) any { return e.Name }},
		{"FROM", "from", func(e hw.HealthEvent) any { return state(e.From) }},
		{"TO", "to", func(e hw.HealthEvent) any { return state(e.To) }},
		{"DRILL", "drill", func(e hw.HealthEvent) any { return e.Drill }},
		{"WHY", "words", func(e hw.HealthEvent) any { return e.Words }},
	}
}

// healthPage is how many transitions are asked for at once; the service's bound.
const healthPage = 200

func (c *cli) healthHistory() *cobra.Command {
	var upstream string
	var within span
	limit := 0
	cmd := &cobra.Command{Use: "history", Short: "How health has changed, newest first", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&upstream, "upstream", "", "only changes of this upstream")
	within.register(cmd.Flags(), "changes")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p := params{}
		if err := within.put(p, time.Now()); err != nil {
			return err
		}
		if upstream != "" {
			p["upstream"] = upstream
		}
		if limit < 1 {
			return usagef("--limit must be 1 or more.")
		}
		return c.with(cmd.Context(), func(r *remote) error {
			events, err := healthEvents(cmd.Context(), r, p, limit)
			if err != nil {
				return err
			}
			if len(events) == 0 {
				c.say("No such change of health is on record.")
			}
			return printList(c, events, healthEventColumns())
		})
	}
	return cmd
}

// healthEvents reads page after page, newest first, until limit is reached.
func healthEvents(ctx context.Context, r *remote, p params, limit int) ([]hw.HealthEvent, error) {
	events := []hw.HealthEvent{}
	for {
		p["limit"] = min(limit-len(events), healthPage)
		var page hw.Page[hw.HealthEvent]
		if err := r.call(ctx, "health.history", p, &page); err != nil {
			return nil, err
		}
		events = append(events, page.Items...)
		if page.Next == "" || len(events) >= limit {
			return events, nil
		}
		p["cursor"] = page.Next
	}
}
