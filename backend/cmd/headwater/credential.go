package main

import (
	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) credentials() noun[hw.Credential] {
	return noun[hw.Credential]{
		c: c, one: "credential", many: "credentials",
		columns: []column[hw.Credential]{
			{"NAME", "name", func(d hw.Credential) any { return d.Name }},
			{"UPSTREAM", "upstream", func(d hw.Credential) any { return d.Upstream }},
			{"LAST 4", "last4", func(d hw.Credential) any { return d.Last4 }},
			{"WEIGHT", "weight", func(d hw.Credential) any { return max(d.Weight, 1) }},
			{"EXPIRES", "expires_at", func(d hw.Credential) any { return d.ExpiresAt }},
			{"STATE", "state", func(d hw.Credential) any { return enabled(d.State) }},
			{"UPDATED", "updated_at", func(d hw.Credential) any { return d.UpdatedAt }},
			{"BY", "updated_by", func(d hw.Credential) any { return d.UpdatedBy }},
		},
		fields: []field{
			{"upstream", "upstream", "upstream the key is for", fieldText},
			{"weight", "weight", "share of the upstream's calls; 0 for the default", fieldInt},
			{"requests-per-minute", "requests_per_minute", "most requests within a minute; 0 for no limit", fieldInt},
			{"tokens-per-minute", "tokens_per_minute", "most tokens within a minute; 0 for no limit", fieldInt},
			{"expires", "expires_at", "when the vendor ends the key: a time, a span such as 90d, or never", fieldExpiry},
			{"state", "state", "enabled or disabled", fieldText},
		},
	}
}

func (c *cli) credentialCommand() *cobra.Command {
	n := c.credentials()
	var from *string
	add := n.add(func(cmd *cobra.Command, body map[string]any) error {
		secret, err := c.askSecret(cmd.Context(), *from, "Key of the upstream")
		body["secret"] = secret
		return err
	})
	from = secretFlag(add)
	return n.command("Keys of upstreams", n.list(), n.show(), add, c.credentialUpdate(n), n.remove())
}

// credentialUpdate replaces the secret only when it is asked to: by
// --secret-from, or by --secret for one that comes on standard input.
func (c *cli) credentialUpdate(n noun[hw.Credential]) *cobra.Command {
	var from *string
	var replace *bool
	update := n.update(func(cmd *cobra.Command, body map[string]any) error {
		if *from == "" && !*replace {
			return nil
		}
		secret, err := c.askSecret(cmd.Context(), *from, "New key of the upstream")
		body["secret"] = secret
		return err
	})
	from = update.Flags().String("secret-from", "", "replace the secret by the one in env:NAME or file:PATH")
	replace = update.Flags().Bool("secret", false, "replace the secret by the one on standard input")
	return update
}
