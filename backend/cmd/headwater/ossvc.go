package main

import (
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/internal/ossvc"
)

func (c *cli) serviceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "service", Short: "Install, start and stop Headwater as a service of this system"}
	words := map[ossvc.Action]string{
		ossvc.Install:   "Install the service; it starts with the system",
		ossvc.Uninstall: "Remove the service; configuration and logs stay",
		ossvc.Start:     "Start the service",
		ossvc.Stop:      "Stop the service",
		ossvc.Restart:   "Stop the service and start it again",
		ossvc.Status:    "Say whether the service is installed and running",
	}
	for _, action := range ossvc.Actions() {
		cmd.AddCommand(&cobra.Command{
			Use: string(action), Short: words[action], Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				report, err := ossvc.Perform(cmd.Context(), action, ossvc.Options{})
				if err != nil {
					return err
				}
				return c.printService(report)
			},
		})
	}
	return cmd
}

func (c *cli) printService(r ossvc.Report) error {
	for _, note := range r.Notes {
		c.say("%s", escape(note))
	}
	columns := []column[ossvc.Report]{
		{"STATE", "state", func(r ossvc.Report) any { return string(r.State) }},
		{"PLATFORM", "platform", func(r ossvc.Report) any { return r.Platform }},
		{"ACTION", "action", func(r ossvc.Report) any { return string(r.Action) }},
		{"CHANGED", "changed", func(r ossvc.Report) any { return r.Changed }},
		{"NOTES", "notes", func(r ossvc.Report) any { return strings.Join(r.Notes, " ") }},
	}
	if c.output == formatTable && !c.quiet {
		return printList(c, []ossvc.Report{r}, columns[:4])
	}
	return printOne(c, r, columns)
}
