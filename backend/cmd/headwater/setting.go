package main

import (
	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) settingCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "setting", Aliases: []string{"settings"}, Short: "Settings of the installation"}
	cmd.AddCommand(c.settingShow(), c.settingUpdate())
	return cmd
}

func settingColumns() []column[hw.Setting] {
	return []column[hw.Setting]{
		{"NAME", "name", func(s hw.Setting) any { return s.Name }},
		{"CALLS KEPT", "call_retention_days", func(s hw.Setting) any { return amount{int64(s.CallRetentionDays), "days"} }},
		{"HOSTS", "allowed_hosts", func(s hw.Setting) any { return s.AllowedHosts }},
		{"MOST CALLS", "max_calls", func(s hw.Setting) any { return s.MaxCalls }},
		{"QUEUE", "queue_calls", func(s hw.Setting) any { return s.QueueCalls }},
	}
}

func (c *cli) settingShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show the settings", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				var s hw.Setting
				if err := r.call(cmd.Context(), "settings.get", nil, &s); err != nil {
					return err
				}
				return printOne(c, s, settingColumns())
			})
		},
	}
}

func (c *cli) settingUpdate() *cobra.Command {
	cmd := &cobra.Command{Use: "update", Short: "Change settings", Args: cobra.NoArgs}
	read := register(cmd.Flags(), []field{
		{"call-retention-days", "call_retention_days", "days that calls are kept; 0 for the default", fieldInt},
		{"allowed-hosts", "allowed_hosts", "host names by which callers may address the gateway, beside its own", fieldList},
		{"max-calls", "max_calls", "calls under way at once; 0 for what memory and open files allow", fieldInt},
		{"queue-calls", "queue_calls", "calls that may wait for a place at a full target; 0 for the default", fieldInt},
		{"fetch-media", "fetch_media", "fetch images and PDF documents by their public address for upstreams that take data only", fieldBool},
		{"queue-time", "queue_ms", "longest wait for a place at a full target, e.g. 5s", fieldMillis},
	})
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		body := map[string]any{}
		if err := read(body); err != nil {
			return err
		}
		if len(body) == 0 {
			return usagef("Say what to change: give at least one of the flags of '%s'.", cmd.CommandPath())
		}
		return c.with(cmd.Context(), func(r *remote) error {
			var s hw.Setting
			if err := r.call(cmd.Context(), "settings.update", params{"body": body}, &s); err != nil {
				return err
			}
			c.say("Changed the settings.")
			if c.output == formatTable {
				return nil
			}
			return printOne(c, s, settingColumns())
		})
	}
	return cmd
}
