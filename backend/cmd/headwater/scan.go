package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// fewModels is how many models a line of a table names.
const fewModels = 3

func scanColumns() []column[hw.FoundEngine] {
	return []column[hw.FoundEngine]{
		{"ENGINE", "name", func(e hw.FoundEngine) any { return e.Name }},
		{"VERSION", "version", func(e hw.FoundEngine) any { return e.Version }},
		{"ADDRESS", "base_url", func(e hw.FoundEngine) any { return e.BaseURL }},
		{"PROVIDER", "provider", func(e hw.FoundEngine) any { return e.Provider }},
		{"MODELS", "models", func(e hw.FoundEngine) any { return modelsInShort(e) }},
		{"KEY", "needs_key", func(e hw.FoundEngine) any { return e.NeedsKey }},
		{"UPSTREAM", "upstream", func(e hw.FoundEngine) any { return e.Upstream }},
	}
}

// modelsInShort names the first models and counts the others.
func modelsInShort(e hw.FoundEngine) string {
	text := strings.Join(e.Models[:min(len(e.Models), fewModels)], ", ")
	if more := len(e.Models) - fewModels + e.ModelsMore; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// upstreamScanCommand looks for engines and says how to connect them.
func (c *cli) upstreamScanCommand() *cobra.Command {
	var network string
	cmd := &cobra.Command{
		Use: "scan", Short: "Look for engines on this machine, or on a private network", Args: cobra.NoArgs,
		Long: "Look for engines, such as Ollama or LM Studio, on this machine: the usual ports are tried, and who\n" +
			"listens there is asked who they are. Other machines are looked at only where --range names them:\n" +
			"a private network of at most 1,024 addresses, or a single host.",
		Example: "  headwater upstream scan\n  headwater upstream scan --range 192.168.1.0/24",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var report hw.ScanReport
			err := c.with(cmd.Context(), func(r *remote) (err error) {
				if network == "" {
					return r.call(cmd.Context(), "upstreams.scan", nil, &report)
				}
				report, err = c.scanRange(cmd.Context(), r, network)
				return err
			})
			if err != nil {
				return err
			}
			return c.printScan(report)
		},
	}
	cmd.Flags().StringVar(&network, "range", "", "private network in CIDR notation, or a host, to look at instead of this machine")
	return cmd
}

// scanRange follows the job to its end. Followed from before its start, its end
// cannot be missed.
func (c *cli) scanRange(ctx context.Context, r *remote, network string) (report hw.ScanReport, err error) {
	told, err := r.client.Subscribe(ctx, "jobs.watch", 0)
	if err != nil {
		return report, err //nolint:wrapcheck // an *hw.Error in words for the caller
	}
	var job hw.Job
	if err := r.call(ctx, "upstreams.scan_range", params{"body": hw.ScanInput{Range: network}}, &job); err != nil {
		return report, err
	}
	c.say("Looking at %s: job %s. Stop it with 'headwater job cancel %s'.", escape(network), job.ID, job.ID)
	if job, err = r.awaitJob(ctx, told, job, nil); err != nil {
		return report, err
	}
	if job.State != hw.JobDone {
		return report, hw.Errorf(hw.CodeCanceled, "The scan ended as %s: %s", job.State, job.Words)
	}
	if err := json.Unmarshal(job.Result, &report); err != nil {
		return report, fmt.Errorf("reading the report: %w", err)
	}
	return report, nil
}

// printScan shows what was found, and how to connect the first that is not yet.
func (c *cli) printScan(report hw.ScanReport) error {
	if c.output != formatTable && c.output != formatCSV {
		return c.printValue(report)
	}
	if len(report.Found) == 0 {
		c.say("No engine was found.")
	}
	if err := printList(c, report.Found, scanColumns()); err != nil {
		return err
	}
	if report.Stopped != "" {
		c.say("%s", report.Stopped)
	}
	for _, e := range report.Found {
		if e.Upstream == "" {
			c.say("Connect it with: headwater upstream add NAME --provider %s --base-url %s --local", escape(e.Provider), escape(e.BaseURL))
			break
		}
	}
	return nil
}
