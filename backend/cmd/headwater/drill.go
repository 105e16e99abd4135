package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) drillCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "drill", Short: "Fire drills: rehearse a fault and see what callers get of it"}
	cmd.AddCommand(c.drillRunCommand(), c.drillListCommand(),
		c.oneDrillCommand("show", "One drill with its report", "drills.get"),
		c.oneDrillCommand("abort", "End a drill at once", "drills.abort"),
		c.drillExportCommand(), c.scheduleCommand())
	return cmd
}

func drillColumns() []column[hw.Drill] {
	report := func(d hw.Drill) hw.DrillReport {
		if d.Report == nil {
			return hw.DrillReport{}
		}
		return *d.Report
	}
	return []column[hw.Drill]{
		{"ID", "id", func(d hw.Drill) any { return d.ID }},
		{"FAULT", "fault", func(d hw.Drill) any { return string(d.Spec.Fault) }},
		{"STATE", "state", func(d hw.Drill) any { return state(d.State) }},
		{"STARTED", "started_at", func(d hw.Drill) any { return d.StartedAt }},
		{"BY", "started_by", func(d hw.Drill) any { return d.StartedBy }},
		{"CALLS", "calls", func(d hw.Drill) any { return report(d).Calls }},
		{"SERVED", "served_percent", func(d hw.Drill) any { return fmt.Sprintf("%.2f %%", report(d).ServedPercent) }},
		{"PASSED", "passed", func(d hw.Drill) any { return report(d).Passed }},
	}
}

func (c *cli) drillListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List drills, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				drills, err := listWhole[hw.Drill](cmd.Context(), r, "drills.list")
				if err != nil {
					return err
				}
				if len(drills) == 0 {
					c.say("There was no drill yet.")
				}
				return printList(c, drills, drillColumns())
			})
		},
	}
}

func (c *cli) oneDrillCommand(verb, short, operation string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " ID", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				var d hw.Drill
				if err := r.call(cmd.Context(), operation, params{"id": args[0]}, &d); err != nil {
					return err
				}
				return c.printDrill(d)
			})
		},
	}
}

// drillExportCommand writes what the page lets people download.
func (c *cli) drillExportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "export ID", Short: "Write a drill with its whole report as JSON", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				var d hw.Drill
				if err := r.call(cmd.Context(), "drills.get", params{"id": args[0]}, &d); err != nil {
					return err
				}
				if c.output != formatYAML {
					c.output = formatJSON
				}
				return c.printValue(d)
			})
		},
	}
}

// printDrill shows a drill and, for people, its report card.
func (c *cli) printDrill(d hw.Drill) error {
	if err := printOne(c, d, drillColumns()); err != nil {
		return err
	}
	if c.output != formatTable || d.Report == nil {
		return nil
	}
	r := d.Report
	c.say("%d of %d calls served, %d failed, %d broken off; %d upstream calls (%.2f for each call).", r.Served, r.Calls, r.Failed, r.Interrupted, r.Attempts, r.CallsPerCall)
	c.say("First content: half within %.0f ms (%+.0f), 99 of 100 within %.0f ms (%+.0f).", r.P50Ms, r.AddedP50Ms, r.P99Ms, r.AddedP99Ms)
	c.say("Noticed %s, recovered %s.", after(r.DetectMs), after(r.RecoverMs))
	for _, t := range r.Tiers {
		c.say("Tier %d (%s) answered %d calls.", t.Tier, escape(t.Kind), t.Calls)
	}
	for _, saw := range r.Saw {
		c.say("Callers saw %d %s: %d calls.", saw.Status, escape(string(saw.Code)), saw.Calls)
	}
	for _, words := range r.HealthEvents {
		c.say("  %s", escape(words))
	}
	for _, words := range r.Findings {
		c.say("To do: %s", escape(words))
	}
	return nil
}

func after(ms int64) string {
	if ms == 0 {
		return "not (yet)"
	}
	return "after " + (time.Duration(ms) * time.Millisecond).String()
}

// drillFields are the flags that say what a drill is; at is the place of the
// drill in the document, empty or with a dot at its end.
func drillFields(at string) []field {
	return []field{
		{"upstream", at + "upstreams", "upstream that has the fault; several times for several", fieldList},
		{"all-cloud", at + "all_cloud", "every upstream that is not local has it", fieldBool},
		{"model", at + "model", "only this model of the upstreams", fieldText},
		{"percent", at + "percent", "share of the attempts that it hits; 0 means all", fieldInt},
		{"delay", at + "delay_ms", "delay of slow_connect and slow_first_token; 0s means 5s", fieldMillis},
		{"retry-after", at + "retry_after_s", "what rate, quota and overloaded ask to wait; 0s means that they do not say", fieldSeconds},
		{"flap", at + "flap_s", "how long flapping refuses, and is well; 0s means 10s", fieldSeconds},
		{"keys", at + "scope.keys", "scope: calls with keys that are scoped for drills", fieldBool},
		{"app", at + "scope.apps", "scope: calls of this app, as name or tenant/name", fieldList},
		{"route", at + "scope.route", "scope: calls of this route", fieldText},
		{"tenant", at + "scope.tenant", "scope: calls of this tenant", fieldText},
		{"call-percent", at + "scope.call_percent", "scope: share of these calls; 0 means all", fieldInt},
		{"for", at + "duration_s", "how long, at most 15m; 0s means 1m", fieldSeconds},
		{"note", at + "note", "what it is for", fieldText},
		{"served", at + "objective.served_percent", "passed when so many percent are served; 0 means 99", fieldFloat},
		{"added-p99-ms", at + "objective.added_p99_ms", "passed when 99 of 100 calls wait at most so much longer; 0 means that it does not matter", fieldFloat},
	}
}

func (c *cli) drillRunCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "run FAULT", Short: "Rehearse a fault in the traffic of a scope", Args: cobra.ExactArgs(1),
		Long: "Rehearse a fault in the traffic of a scope. Nobody outside the scope is touched; it ends by itself.\n" +
			"Faults: " + strings.Join(drillFaults(), ", ") + ".\n" +
			"With --wait the command stays until the drill has ended, and fails when it was not passed.",
		ValidArgs: drillFaults(),
	}
	read := register(cmd.Flags(), drillFields(""))
	wait := cmd.Flags().Bool("wait", false, "stay until it has ended")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		spec := map[string]any{"fault": args[0]}
		if err := read(spec); err != nil {
			return err
		}
		return c.with(cmd.Context(), func(r *remote) error { return c.runDrill(cmd.Context(), r, spec, *wait) })
	}
	return cmd
}

func drillFaults() []string {
	var names []string
	for _, f := range hw.DrillFaults() {
		names = append(names, string(f))
	}
	return names
}

// runDrill starts a drill and may stay to its end. Followed from before its
// start, its end cannot be missed.
func (c *cli) runDrill(ctx context.Context, r *remote, spec map[string]any, wait bool) error {
	told, err := r.client.Subscribe(ctx, "drills.watch", 0)
	if err != nil {
		return err //nolint:wrapcheck // an *hw.Error in words for the caller
	}
	var d hw.Drill
	if err := r.call(ctx, "drills.start", params{"body": spec}, &d); err != nil {
		return err
	}
	if !wait {
		return c.printDrill(d)
	}
	id := d.ID
	for d.State == hw.DrillRunning {
		if _, _, err := told.Next(ctx); err != nil {
			return err //nolint:wrapcheck // an *hw.Error in words for the caller
		}
		if err := r.call(ctx, "drills.get", params{"id": id}, &d); err != nil {
			return err
		}
	}
	if err := c.printDrill(d); err != nil {
		return err
	}
	if d.Report == nil || !d.Report.Passed {
		return hw.Errorf(hw.CodeInternal, "The drill was not passed: %s", d.Reason)
	}
	return nil
}
