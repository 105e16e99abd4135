package main

import (
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) providersCommand() *cobra.Command {
	columns := []column[hw.Provider]{
		{"ID", "id", func(p hw.Provider) any { return p.ID }},
		{"NAME", "name", func(p hw.Provider) any { return p.Name }},
		{"DIALECT", "dialect", func(p hw.Provider) any { return p.Dialect }},
		{"ADDRESS", "base_url", func(p hw.Provider) any { return p.BaseURL }},
		{"LOCAL", "local", func(p hw.Provider) any { return p.Local }},
		{"KNOWN BY", "verified", knownBy},
	}
	return &cobra.Command{
		Use: "providers [TEXT]", Short: "The vendors and engines that Headwater knows", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				rows, err := listWhole[hw.Provider](cmd.Context(), r, "providers.list")
				if err != nil {
					return err
				}
				if len(args) == 1 {
					rows = matching(rows, args[0])
				}
				return printList(c, rows, columns)
			})
		},
	}
}

// knownBy is how it is known that a preset works.
func knownBy(p hw.Provider) any {
	return strings.TrimSpace(p.Verified + " " + p.VerifiedAt)
}

func matching(rows []hw.Provider, text string) []hw.Provider {
	kept := []hw.Provider{}
	for _, p := range rows {
		if strings.Contains(strings.ToLower(p.ID+" "+p.Name), strings.ToLower(text)) {
			kept = append(kept, p)
		}
	}
	return kept
}
