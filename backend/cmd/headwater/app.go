package main

import (
	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) apps() noun[hw.App] {
	return noun[hw.App]{
		c: c, one: "app", many: "apps", inTenant: true,
		columns: []column[hw.App]{
			{"NAME", "name", func(a hw.App) any { return a.Name }},
			{"TENANT", "tenant", func(a hw.App) any { return a.Tenant }},
			{"ROUTES", "routes", func(a hw.App) any { return a.Routes }},
			{"STATE", "state", func(a hw.App) any { return enabled(a.State) }},
			{"UPDATED", "updated_at", func(a hw.App) any { return a.UpdatedAt }},
			{"BY", "updated_by", func(a hw.App) any { return a.UpdatedBy }},
		},
		fields: []field{
			{"title", "title", "name shown to people", fieldText},
			{"routes", "routes", "routes it may ask for, e.g. fast,gpt-*; '*' for all, '' for none", fieldList},
			{"criticality", "criticality", "who is served first when there is not enough for all: critical_plus, critical, sheddable_plus or sheddable", fieldText},
			{"state", "state", "enabled or disabled", fieldText},
		},
	}
}

func (c *cli) appCommand() *cobra.Command {
	n := c.apps()
	add := n.add(func(_ *cobra.Command, body map[string]any) error {
		if _, given := body["routes"]; !given {
			return usagef("Say which routes the app may ask for: --routes '*' for all of them.")
		}
		return nil
	})
	return n.command("Programs of a tenant that call the gateway", n.list(), n.show(), add, n.update(nil), n.remove())
}
