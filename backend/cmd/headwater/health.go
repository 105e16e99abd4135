package main

import (
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
	return &cobra.Command{
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
}
