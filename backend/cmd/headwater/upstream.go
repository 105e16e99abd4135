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
			{"maintenance-until", "maintenance_until", "when maintenance ends by itself: a time, or a span such as 4h", fieldExpiry},
			{"trip-failures", "health.trip_failures", "failures in a row that open a breaker", fieldInt},
			{"trip-percent", "health.trip_percent", "percent of successes in 30 s below which a breaker opens", fieldInt},
			{"trip-samples", "health.trip_samples", "outcomes that the percentage needs", fieldInt},
			{"wait-first", "health.wait_first_ms", "first wait of an open breaker, e.g. 5s", fieldMillis},
			{"wait-most", "health.wait_most_ms", "longest wait of an open breaker", fieldMillis},
			{"ramp", "health.ramp_ms", "from the first calls after recovery to all of them", fieldMillis},
			{"suspect-after", "health.suspect_after_ms", "silence of several calls at once that makes a target suspect", fieldMillis},
			{"hint-most", "health.hint_most_ms", "longest wait that the upstream may ask for", fieldMillis},
			{"quota-first", "health.quota_first_ms", "rest of a credential that is out of credit, e.g. 15m", fieldMillis},
			{"quota-most", "health.quota_most_ms", "longest rest of a credential that is out of credit", fieldMillis},
			{"auth-first", "health.auth_first_ms", "rest of a credential that is refused, e.g. 30s", fieldMillis},
			{"auth-most", "health.auth_most_ms", "longest rest of a credential that is refused", fieldMillis},
			{"probe", "health.probe", "what tests an upstream that is out of use: call, copy or paid", fieldText},
			{"check", "check.kind", "free check: models, connect, http or off", fieldText},
			{"check-path", "check.path", "path that check http asks for", fieldText},
			{"check-status", "check.status", "status that means well; 0 for any 2xx", fieldInt},
			{"check-contains", "check.contains", "text that the answer must hold", fieldText},
			{"check-slow", "check.slow_ms", "time after which a good answer counts as bad", fieldMillis},
			{"check-interval", "check.interval_ms", "time between two checks", fieldMillis},
			{"check-timeout", "check.timeout_ms", "bound on one check", fieldMillis},
			{"check-rise", "check.rise", "good checks in a row that bring it back", fieldInt},
			{"check-fall", "check.fall", "bad checks in a row that take it out", fieldInt},
		},
	}
}

func (c *cli) upstreamCommand() *cobra.Command {
	n := c.upstreams()
	return n.command("Where calls can be sent to",
		n.list(), n.show(), n.add(nil), n.update(nil), n.remove(),
		n.setState("enable", "Let an upstream take calls again", hw.StateEnabled, "Enabled %s %s."),
		n.setState("disable", "Keep calls away from an upstream", hw.StateDisabled, "Disabled %s %s."),
		n.setState("drain", "Let calls under way end and send new ones elsewhere", hw.StateDraining, "Draining %s %s."),
		c.maintenanceCommand(),
		c.upstreamTestCommand(), c.upstreamScanCommand(),
		c.certifyCommand(), c.capabilitiesCommand(),
	)
}

// maintenanceCommand takes an upstream out of use for a while.
func (c *cli) maintenanceCommand() *cobra.Command {
	n := c.upstreams()
	until := field{"until", "maintenance_until", "when it ends by itself: a time, or a span such as 4h; absent: with 'enable'", fieldExpiry}
	cmd := &cobra.Command{Use: "maintenance NAME", Short: "Take an upstream out of use for a while", Args: cobra.ExactArgs(1)}
	read := register(cmd.Flags(), []field{until})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{"state": hw.StateMaintenance}
		if err := read(body); err != nil {
			return err
		}
		p := n.ref(args[0], "")
		p["body"] = body
		return n.write(cmd.Context(), "upstreams.update", p, "In maintenance: %s %s.", args[0])
	}
	return cmd
}

// upstreamTestCommand makes one real call; a failed test is a failed command.
func (c *cli) upstreamTestCommand() *cobra.Command {
	columns := []column[hw.TestStep]{
		{"STEP", "step", func(s hw.TestStep) any { return s.Name }},
		{"OK", "ok", func(s hw.TestStep) any { return s.OK }},
		{"TIME", "ms", func(s hw.TestStep) any { return millis(s.Ms) }},
		{"FOUND", "words", func(s hw.TestStep) any { return s.Words }},
	}
	var model string
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Ask for its models and say step by step how it went; with --model, also for one tiny completion", Args: cobra.ExactArgs(1),
		Long: "Ask an upstream for its models, with each of its keys, and say step by step how it went: this costs\n" +
			"nothing. With --model, that model also gets one question for one word, which the vendor may charge.",
		RunE: func(cmd *cobra.Command, args []string) error {
			var report hw.TestReport
			p := params{"ref": args[0]}
			if model != "" {
				p["model"] = model
			}
			err := c.with(cmd.Context(), func(r *remote) error {
				return r.call(cmd.Context(), "upstreams.test", p, &report)
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
	cmd.Flags().StringVar(&model, "model", "", "model that gets one tiny completion, or embedding; the vendor may charge it")
	return cmd
}
