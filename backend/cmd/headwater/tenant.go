package main

import (
	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) tenants() noun[hw.Tenant] {
	return noun[hw.Tenant]{
		c: c, one: "tenant", many: "tenants",
		columns: []column[hw.Tenant]{
			{"NAME", "name", func(t hw.Tenant) any { return t.Name }},
			{"TITLE", "title", func(t hw.Tenant) any { return t.Title }},
			{"STATE", "state", func(t hw.Tenant) any { return enabled(t.State) }},
			{"SEES UPSTREAMS", "show_upstreams", func(t hw.Tenant) any { return t.ShowUpstreams }},
			{"UPDATED", "updated_at", func(t hw.Tenant) any { return t.UpdatedAt }},
			{"BY", "updated_by", func(t hw.Tenant) any { return t.UpdatedBy }},
		},
		fields: []field{
			{"title", "title", "name shown to people", fieldText},
			{"show-upstreams", "show_upstreams", "name upstreams in answers to this tenant's apps", fieldBool},
			{"state", "state", "enabled or disabled", fieldText},
		},
	}
}

func (c *cli) tenantCommand() *cobra.Command {
	n := c.tenants()
	return n.command("Teams with their own apps and keys", n.list(), n.show(), n.add(nil), n.update(nil), n.remove())
}
