package main

import (
	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) members() noun[hw.Member] {
	return noun[hw.Member]{
		c: c, one: "member", many: "members",
		columns: []column[hw.Member]{
			{"NAME", "name", func(m hw.Member) any { return m.Name }},
			{"ROLE", "role", func(m hw.Member) any { return string(m.Role) }},
			{"TITLE", "title", func(m hw.Member) any { return m.Title }},
			{"STATE", "state", func(m hw.Member) any { return enabled(m.State) }},
			{"UPDATED", "updated_at", func(m hw.Member) any { return m.UpdatedAt }},
			{"BY", "updated_by", func(m hw.Member) any { return m.UpdatedBy }},
		},
		fields: []field{
			{"role", "role", "administrator or viewer", fieldText},
			{"title", "title", "name shown to people", fieldText},
			{"state", "state", "enabled or disabled", fieldText},
		},
	}
}

func (c *cli) memberCommand() *cobra.Command {
	n := c.members()
	var from *string
	add := n.add(func(cmd *cobra.Command, body map[string]any) error {
		password, err := c.askSecret(cmd.Context(), *from, "Password")
		body["password"] = password
		return err
	})
	from = add.Flags().String("password-from", "", "where the password is: env:NAME or file:PATH; without it it is read from standard input")
	return n.command("People who sign in", n.list(), n.show(), add, c.memberUpdate(n), n.remove())
}

// memberUpdate replaces the password only when it is asked to.
func (c *cli) memberUpdate(n noun[hw.Member]) *cobra.Command {
	var from *string
	var replace *bool
	update := n.update(func(cmd *cobra.Command, body map[string]any) error {
		if *from == "" && !*replace {
			return nil
		}
		password, err := c.askSecret(cmd.Context(), *from, "New password")
		body["password"] = password
		return err
	})
	from = update.Flags().String("password-from", "", "replace the password by the one in env:NAME or file:PATH")
	replace = update.Flags().Bool("password", false, "replace the password by the one on standard input")
	return update
}
