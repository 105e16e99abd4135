package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) keys() noun[hw.Key] {
	return noun[hw.Key]{
		c: c, one: "key", many: "keys", inTenant: true,
		columns: []column[hw.Key]{
			{"NAME", "name", func(k hw.Key) any { return k.Name }},
			{"TENANT", "tenant", func(k hw.Key) any { return k.Tenant }},
			{"APP", "app", func(k hw.Key) any { return k.App }},
			{"LAST 4", "last4", func(k hw.Key) any { return k.Last4 }},
			{"STATE", "state", func(k hw.Key) any { return enabled(k.State) }},
			{"EXPIRES", "expires_at", func(k hw.Key) any { return k.ExpiresAt }},
			{"UPDATED", "updated_at", func(k hw.Key) any { return k.UpdatedAt }},
			{"BY", "updated_by", func(k hw.Key) any { return k.UpdatedBy }},
		},
		fields: []field{
			{"app", "app", "app of the same tenant that the key is for", fieldText},
			{"expires", "expires_at", "when it stops working: a time, a span such as 90d, or never", fieldExpiry},
			{"drill", "drill", "a fire drill may take its calls", fieldBool},
		},
	}
}

func (c *cli) keyCommand() *cobra.Command {
	n := c.keys()
	return n.command("Secrets of apps", n.list(), n.show(), c.keyCreate(n),
		n.setState("revoke", "Refuse a key from now on; it stays in the list", hw.StateDisabled, "Revoked %s %s."),
		n.setState("restore", "Take a revoked key back", hw.StateEnabled, "Restored %s %s."),
		n.remove())
}

// keyCreate makes a key and shows its secret, this once. A secret that exists
// elsewhere is hashed here: it never travels.
func (c *cli) keyCreate(n noun[hw.Key]) *cobra.Command {
	cmd := &cobra.Command{Use: "create NAME", Aliases: []string{"add"}, Short: "Make a key and show it, this once", Args: cobra.ExactArgs(1)}
	tenant := n.tenantFlag(cmd, "the tenant it belongs to")
	read := register(cmd.Flags(), n.fields)
	from := cmd.Flags().String("secret-from", "", "take this secret in place of a new one: env:NAME or file:PATH")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{"name": args[0], "tenant": *tenant}
		if err := read(body); err != nil {
			return err
		}
		if *from != "" {
			secret, err := c.resolveSecret(*from)
			if err != nil {
				return err
			}
			body["secret_sha256"] = hashSecret(secret)
		}
		var made hw.CreatedKey
		err := c.with(cmd.Context(), func(r *remote) error {
			return r.call(cmd.Context(), "keys.create", params{"body": body}, &made)
		})
		if err != nil {
			return err
		}
		return c.printKey(made)
	}
	return cmd
}

// printKey prints a new key; --quiet leaves the bare secret, for scripts.
func (c *cli) printKey(made hw.CreatedKey) error {
	if c.output != formatTable {
		return printOne(c, made, []column[hw.CreatedKey]{
			{"NAME", "name", func(k hw.CreatedKey) any { return k.Name }},
			{"TENANT", "tenant", func(k hw.CreatedKey) any { return k.Tenant }},
			{"APP", "app", func(k hw.CreatedKey) any { return k.App }},
			{"SECRET", "secret", func(k hw.CreatedKey) any { return k.Secret }},
		})
	}
	if made.Secret == "" {
		c.say("Created key %s.", escape(made.Name))
		return nil
	}
	c.say("Created key %s. This is the only time it is shown; keep it now:", escape(made.Name))
	fmt.Fprintln(c.out, made.Secret)
	return nil
}
