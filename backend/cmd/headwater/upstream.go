package main

import (
	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) upstreams() noun[hw.Upstream] {
	return noun[hw.Upstream]{
		c: c, one: "upstream", many: "upstreams",
		columns: []column[hw.Upstream]{
			{"NAME", "name", func(u hw.Upstream) any { return u.Name }},
			{"PROVIDER", "provider", func(u hw.Upstream) any { return u.Provider }},
			{"ADDRESS", "base_url", func(u hw.Upstream) any { return u.BaseURL }},
			{"STATE", "state", func(u hw.Upstream) any { return enabled(u.State) }},
			{"LOCAL", "local", func(u hw.Upstream) any { return u.Local }},
			{"UPDATED", "updated_at", func(u hw.Upstream) any { return u.UpdatedAt }},
			{"BY", "updated_by", func(u hw.Upstream) any { return u.UpdatedBy }},
		},
		fields: []field{
			{"provider", "provider", "provider of the catalogue, see 'headwater providers'", fieldText},
			{"base-url", "base_url", "address in place of the provider's own", fieldText},
			{"title", "title", "name shown to people", fieldText},
			{"local", "local", "allow an address on this machine or a private network", fieldBool},
			{"ca-file", "ca_certificates", "PEM file of certificates to trust, beside the system's", fieldFile},
			{"connect-timeout", "timeouts.connect_ms", "bound on DNS and TCP, e.g. 3s; 0s for the default", fieldMillis},
			{"tls-timeout", "timeouts.tls_ms", "bound on the TLS handshake", fieldMillis},
			{"first-byte-timeout", "timeouts.first_byte_ms", "bound on the wait for the first content", fieldMillis},
			{"idle-timeout", "timeouts.idle_ms", "bound on the silence inside an answer", fieldMillis},
			{"max-in-flight", "max_in_flight", "concurrent attempts per target; 0 for the default", fieldInt},
		},
	}
}

func (c *cli) upstreamCommand() *cobra.Command {
	n := c.upstreams()
	return n.command("Where calls can be sent to",
		n.list(), n.show(), n.add(nil), n.update(nil), n.remove(),
		n.setState("enable", "Let an upstream take calls again", hw.StateEnabled, "Enabled %s %s."),
		n.setState("disable", "Keep calls away from an upstream", hw.StateDisabled, "Disabled %s %s."),
		c.upstreamTestCommand(),
	)
}

// upstreamTestCommand makes one real call; a failed test is a failed command.
func (c *cli) upstreamTestCommand() *cobra.Command {
	columns := []column[hw.TestStep]{
		{"STEP", "step", func(s hw.TestStep) any { return s.Name }},
		{"OK", "ok", func(s hw.TestStep) any { return s.OK }},
		{"TIME", "ms", func(s hw.TestStep) any { return millis(s.Ms) }},
		{"FOUND", "words", func(s hw.TestStep) any { return s.Words }},
	}
	return &cobra.Command{
		Use: "test NAME", Short: "Make one real call and say step by step how it went", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var report hw.TestReport
			err := c.with(cmd.Context(), func(r *remote) error {
				return r.call(cmd.Context(), "upstreams.test", params{"ref": args[0]}, &report)
			})
			if err != nil {
				return err
			}
			switch {
			case c.output == formatTable && c.quiet:
			case c.output == formatTable || c.output == formatCSV:
				err = printList(c, report.Steps, columns)
			default:
				err = c.printValue(report)
			}
			if err != nil {
				return err
			}
			if !report.OK {
				return &diagnosis{text: report.Diagnosis, hint: report.Hint, code: report.Code}
			}
			c.say("%s", escape(report.Diagnosis))
			return nil
		},
	}
}
