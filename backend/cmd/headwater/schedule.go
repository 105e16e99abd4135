package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// scheduled is a schedule with what the service knows of its times.
type scheduled struct {
	hw.DrillSchedule
	Next time.Time           `json:"next,omitzero"`
	Last *hw.ScheduleOutcome `json:"last,omitempty"`
}

func (c *cli) schedules() noun[scheduled] {
	last := func(s scheduled) hw.ScheduleOutcome {
		if s.Last == nil {
			return hw.ScheduleOutcome{}
		}
		return *s.Last
	}
	return noun[scheduled]{
		c: c, one: "schedule", many: "schedules",
		columns: []column[scheduled]{
			{"NAME", "name", func(s scheduled) any { return s.Name }},
			{"FAULT", "fault", func(s scheduled) any { return string(s.Drill.Fault) }},
			{"WHEN", "when", func(s scheduled) any { return whenText(&s.DrillSchedule) }},
			{"STATE", "state", func(s scheduled) any { return enabled(s.State) }},
			{"NEXT", "next", func(s scheduled) any { return s.Next }},
			{"LAST", "last_due", func(s scheduled) any { return last(s).Due }},
			{"RESULT", "last_result", func(s scheduled) any { return state(last(s).Result) }},
			{"DRILL", "last_drill", func(s scheduled) any { return last(s).Drill }},
			{"REASON", "last_reason", func(s scheduled) any { return last(s).Reason }},
		},
		fields: append([]field{
			{"title", "title", "name shown to people", fieldText},
			{"at", "at", "time of day as HH:MM, in the local time of Headwater's machine", fieldText},
			{"days", "days", "days of the week: mon, tue, wed, thu, fri, sat, sun; none for every day", fieldList},
			{"every-days", "every_days", "every so many days, in place of days of the week", fieldInt},
			{"first", "first", "day from which --every-days counts, as YYYY-MM-DD", fieldText},
			{"state", "state", "enabled or disabled", fieldText},
			{"fault", "drill.fault", "the fault: see 'headwater drill run --help'", fieldText},
		}, drillFields("drill.")...),
	}
}

// whenText says when a schedule is due.
func whenText(s *hw.DrillSchedule) string {
	switch {
	case s.EveryDays > 0:
		return fmt.Sprintf("every %d days at %s from %s", s.EveryDays, s.At, s.First)
	case len(s.Days) > 0:
		days := make([]string, len(s.Days))
		for i, day := range s.Days {
			days[i] = string(day)
		}
		return strings.Join(days, " ") + " at " + s.At
	}
	return "every day at " + s.At
}

func (c *cli) scheduleCommand() *cobra.Command {
	n := c.schedules()
	add := n.add(oneOfTwo)
	add.Long = "Add a schedule: a drill that starts by itself, at a time of day in the local time of Headwater's machine.\n" +
		"A time that goes by while the service is off, or while another drill runs, is not made up for."
	add.Example = "  headwater drill schedule add nightly --at 02:30 --days mon,thu --fault refused --upstream openai --route fast --for 2m"
	return n.command("Fire drills that start by themselves",
		c.scheduleListCommand(), c.scheduleShowCommand(), add, n.update(oneOfTwo), n.remove(),
		n.setState("enable", "Let a schedule start drills again", hw.StateEnabled, "Enabled %s %s."),
		n.setState("disable", "Keep a schedule from starting drills; one that runs goes on", hw.StateDisabled, "Disabled %s %s."))
}

// oneOfTwo lets a flag take the place of the one that it does not go with, as a
// document has to lose the other field then.
func oneOfTwo(cmd *cobra.Command, body map[string]any) error {
	type side struct {
		flag, path string
		none       any
	}
	for _, pair := range [][2]side{
		{{"days", "days", []string{}}, {"every-days", "every_days", 0}},
		{{"upstream", "drill.upstreams", []string{}}, {"all-cloud", "drill.all_cloud", false}},
	} {
		for i, given := range pair {
			if other := pair[1-i]; cmd.Flags().Changed(given.flag) && !cmd.Flags().Changed(other.flag) {
				setField(body, other.path, other.none)
			}
		}
	}
	return nil
}

// schedulesNow reads every schedule with its times.
func schedulesNow(ctx context.Context, r *remote) ([]scheduled, error) {
	rows, err := listAll[scheduled](ctx, r, "schedules.list", params{})
	if err != nil || len(rows) == 0 {
		return rows, err
	}
	states, err := listWhole[hw.ScheduleState](ctx, r, "schedules.states")
	if err != nil {
		return nil, err
	}
	byID := make(map[string]hw.ScheduleState, len(states))
	for _, s := range states {
		byID[s.ID] = s
	}
	for i := range rows {
		s := byID[rows[i].ID]
		rows[i].Next, rows[i].Last = s.Next, s.Last
	}
	return rows, nil
}

func (c *cli) scheduleListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the schedules, with their next and last times", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				rows, err := schedulesNow(cmd.Context(), r)
				if err != nil {
					return err
				}
				if len(rows) == 0 {
					c.say("There are no schedules.")
				}
				return printList(c, rows, c.schedules().columns)
			})
		},
	}
}

func (c *cli) scheduleShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Aliases: []string{"get"}, Short: "Show everything about one schedule", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				rows, err := schedulesNow(cmd.Context(), r)
				if err != nil {
					return err
				}
				for _, one := range rows {
					if one.Name == args[0] || one.ID == args[0] {
						return printOne(c, one, c.schedules().columns)
					}
				}
				return hw.Errorf(hw.CodeNotFound, "There is no schedule %q.", args[0])
			})
		},
	}
}
