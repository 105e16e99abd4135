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
		c.oneDrillCommand("abort", "End a drill at once", "drills.abort"))
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

func (c *cli) drillRunCommand() *cobra.Command {
	var spec hw.DrillSpec
	var lasts, delay, hint, flap time.Duration
	var wait bool
	cmd := &cobra.Command{
		Use: "run FAULT", Short: "Rehearse a fault in the traffic of a scope", Args: cobra.ExactArgs(1),
		Long: "Rehearse a fault in the traffic of a scope. Nobody outside the scope is touched; it ends by itself.\n" +
			"Faults: " + strings.Join(drillFaults(), ", ") + ".\n" +
			"With --wait the command stays until the drill has ended, and fails when it was not passed.",
		ValidArgs: drillFaults(),
		RunE: func(cmd *cobra.Command, args []string) error {
			spec.Fault = hw.DrillFault(args[0])
			spec.DurationS, spec.RetryAfterS, spec.FlapS = int64(lasts/time.Second), int64(hint/time.Second), int64(flap/time.Second)
			spec.DelayMs = delay.Milliseconds()
			return c.with(cmd.Context(), func(r *remote) error { return c.runDrill(cmd.Context(), r, spec, wait) })
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&spec.Upstreams, "upstream", nil, "upstream that has the fault; several times for several")
	f.BoolVar(&spec.AllCloud, "all-cloud", false, "every upstream that is not local has it")
	f.StringVar(&spec.Model, "model", "", "only this model of the upstreams")
	f.IntVar(&spec.Percent, "percent", 0, "share of the attempts that it hits; 0 means all")
	f.DurationVar(&delay, "delay", 0, "delay of slow_connect and slow_first_token; 0 means 5s")
	f.DurationVar(&hint, "retry-after", 0, "what rate, quota and overloaded ask to wait; 0 means that they do not say")
	f.DurationVar(&flap, "flap", 0, "how long flapping refuses, and is well; 0 means 10s")
	f.BoolVar(&spec.Scope.Keys, "keys", false, "scope: calls with keys that are scoped for drills")
	f.StringSliceVar(&spec.Scope.Apps, "app", nil, "scope: calls of this app, as name or tenant/name")
	f.StringVar(&spec.Scope.Route, "route", "", "scope: calls of this route")
	f.StringVar(&spec.Scope.Tenant, "tenant", "", "scope: calls of this tenant")
	f.IntVar(&spec.Scope.CallPercent, "call-percent", 0, "scope: share of these calls; 0 means all")
	f.DurationVar(&lasts, "for", 0, "how long, at most 15m; 0 means 1m")
	f.StringVar(&spec.Note, "note", "", "what it is for")
	f.Float64Var(&spec.Objective.ServedPercent, "served", 0, "passed when so many percent are served; 0 means 99")
	f.Float64Var(&spec.Objective.AddedP99Ms, "added-p99-ms", 0, "passed when 99 of 100 calls wait at most so much longer; 0 means that it does not matter")
	f.BoolVar(&wait, "wait", false, "stay until it has ended")
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
func (c *cli) runDrill(ctx context.Context, r *remote, spec hw.DrillSpec, wait bool) error {
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
