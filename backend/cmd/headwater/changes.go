package main

import (
	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) changesCommand() *cobra.Command {
	var limit int
	var kind string
	columns := []column[hw.Change]{
		{"GENERATION", "generation", func(ch hw.Change) any { return ch.Generation }},
		{"AT", "at", func(ch hw.Change) any { return ch.At }},
		{"BY", "actor", func(ch hw.Change) any { return ch.Actor }},
		{"FROM", "remote", func(ch hw.Change) any { return ch.Remote }},
		{"WHAT", "summary", func(ch hw.Change) any { return ch.Summary }},
		{"ID", "id", func(ch hw.Change) any { return ch.ID }},
	}
	cmd := &cobra.Command{
		Use: "changes", Short: "Who changed what in the configuration, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				p := params{"limit": limit}
				if kind != "" {
					p["kind"] = kind
				}
				var page hw.Page[hw.Change]
				if err := r.call(cmd.Context(), "changes.list", p, &page); err != nil {
					return err
				}
				if len(page.Items) == 0 {
					c.say("Nothing has been changed yet.")
				}
				return printList(c, page.Items, columns)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 50, "how many, at most 500")
	cmd.Flags().StringVar(&kind, "kind", "", "only changes of this kind of document, e.g. route")
	return cmd
}

func (c *cli) auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "The chain of who did what"}
	cmd.AddCommand(&cobra.Command{
		Use: "verify", Short: "Check that no link of the audit chain is missing or altered", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var report hw.AuditReport
			err := c.with(cmd.Context(), func(r *remote) error {
				return r.call(cmd.Context(), "audit.verify", nil, &report)
			})
			if err != nil {
				return err
			}
			err = printOne(c, report, []column[hw.AuditReport]{
				{"OK", "ok", func(a hw.AuditReport) any { return a.OK }},
				{"LINKS", "links", func(a hw.AuditReport) any { return a.Links }},
				{"WORDS", "words", func(a hw.AuditReport) any { return a.Words }},
			})
			if err != nil {
				return err
			}
			if !report.OK {
				return &diagnosis{text: report.Words, hint: "Compare with a backup before anything else is changed."}
			}
			return nil
		},
	})
	return cmd
}
