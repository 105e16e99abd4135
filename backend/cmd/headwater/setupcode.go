package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// setupCodeCommand asks the running service, because only that one knows the
// code that counts.
func (c *cli) setupCodeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "setup-code", Short: "Print a fresh code that makes the first administrator", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var code hw.SetupCode
			var status hw.Status
			err := c.with(cmd.Context(), func(r *remote) error {
				if err := r.call(cmd.Context(), "setup.renew", nil, &code); err != nil {
					return err
				}
				return r.call(cmd.Context(), "status.get", nil, &status)
			})
			if err != nil {
				return err
			}
			if c.output != formatTable {
				return printOne(c, code, []column[hw.SetupCode]{
					{"CODE", "code", func(s hw.SetupCode) any { return s.Code }},
					{"EXPIRES", "expires_at", func(s hw.SetupCode) any { return s.ExpiresAt }},
				})
			}
			fmt.Fprintln(c.out, code.Code)
			c.say("Enter it at %s until %s.", webAddress(status.Addresses.Admin), c.cellText(code.ExpiresAt))
			return nil
		},
	}
}
