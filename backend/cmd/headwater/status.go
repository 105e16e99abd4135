package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Whether callers can be served right now", Args: cobra.NoArgs,
		Long: "Whether callers can be served right now.\n\n" +
			"The exit code is 0 when all is well, 3 when the service does not answer, and 5 when\n" +
			"something that is configured cannot take a call.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s hw.Status
			err := c.with(cmd.Context(), func(r *remote) error {
				return r.call(cmd.Context(), "status.get", nil, &s)
			})
			if err != nil {
				return err
			}
			if err := c.printStatus(s); err != nil {
				return err
			}
			if s.Verdict == hw.VerdictDegraded || s.Verdict == hw.VerdictDown {
				return degradedError{}
			}
			return nil
		},
	}
}

func (c *cli) printStatus(s hw.Status) error {
	if c.output != formatTable {
		return printOne(c, s, []column[hw.Status]{
			{"VERDICT", "verdict", func(s hw.Status) any { return s.Verdict }},
			{"WORDS", "words", func(s hw.Status) any { return s.Words }},
			{"VERSION", "version", func(s hw.Status) any { return s.Version }},
			{"STARTED", "started_at", func(s hw.Status) any { return s.StartedAt }},
			{"TARGETS", "targets", func(s hw.Status) any { return s.Targets }},
			{"WELL", "targets_well", func(s hw.Status) any { return s.TargetsWell }},
			{"GENERATION", "generation", func(s hw.Status) any { return s.Generation }},
		})
	}
	if c.quiet {
		fmt.Fprintln(c.out, s.Verdict)
		return nil
	}
	var t table
	add := func(name string, v any) {
		t.rows = append(t.rows, []cell{{text: name}, {text: c.cellText(v), paint: c.paintOf(v)}})
	}
	add("Verdict", state(s.Verdict))
	add("", s.Words)
	add("Endpoint", endpoint(s.Addresses.Data))
	add("Administration", webAddress(s.Addresses.Admin))
	if s.Addresses.RemoteAdmin != "" {
		add("From other machines", "https://"+s.Addresses.RemoteAdmin+"/")
		add("  its fingerprint", s.Addresses.RemoteAdminFingerprint)
	}
	if s.Addresses.Portal != "" {
		add("Portal", webAddress(s.Addresses.Portal))
	}
	add("Targets", fmt.Sprintf("%d, of which %d can take a call", s.Targets, s.TargetsWell))
	add("Configured", countsText(s.Counts))
	add("Configuration", fmt.Sprintf("generation %d", s.Generation))
	if s.CallsDropped > 0 {
		add("Log", fmt.Sprintf("%d calls could not be kept since the start", s.CallsDropped))
	}
	if s.CallsTrouble != "" {
		add("Log now", troubleText(s.CallsTrouble))
	}
	add("Version", s.Version)
	add("Running since", s.StartedAt)
	t.print(c)
	return nil
}

// troubleText says what it means that the log takes no calls, and what to do.
func troubleText(code hw.Code) string {
	info := code.Info()
	if code == hw.CodeDiskFull {
		return "The disk is full: calls wait in memory to be written to the log, and are served as usual. · " + info.Hint + " · " + info.Public
	}
	return "Calls wait in memory to be written to the log, and are served as usual. · The log of the service says why. · " + info.Public
}

// endpoint is what apps take as base URL.
func endpoint(address string) string {
	if address == "" {
		return "closed"
	}
	return webAddress(address) + "/v1"
}

func webAddress(address string) string {
	if address == "" {
		return "closed"
	}
	return "http://" + address
}

func countsText(counts []hw.KindCount) string {
	parts := make([]string, 0, len(counts))
	for _, n := range counts {
		if n.Count == 0 || n.Kind == hw.KindSetting {
			continue
		}
		word := string(n.Kind)
		if n.Count != 1 {
			word += "s"
		}
		parts = append(parts, fmt.Sprintf("%d %s", n.Count, word))
	}
	if len(parts) == 0 {
		return "nothing yet"
	}
	return strings.Join(parts, ", ")
}
