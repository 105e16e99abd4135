package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

func (c *cli) jobCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "job", Short: "Long work that runs in the service"}
	cmd.AddCommand(c.jobListCommand(), c.jobStartCommand(),
		c.oneJobCommand("show", "One job with its report", "jobs.get"),
		c.oneJobCommand("cancel", "Ask a job to end", "jobs.cancel"))
	return cmd
}

func jobColumns() []column[hw.Job] {
	return []column[hw.Job]{
		{"ID", "id", func(j hw.Job) any { return j.ID }},
		{"KIND", "kind", func(j hw.Job) any { return j.Kind }},
		{"SUBJECT", "subject", func(j hw.Job) any { return j.Subject }},
		{"STATE", "state", func(j hw.Job) any { return state(j.State) }},
		{"DONE", "done", func(j hw.Job) any { return fmt.Sprintf("%d/%d", j.Done, j.Total) }},
		{"STARTED", "started_at", func(j hw.Job) any { return j.StartedAt }},
		{"BY", "actor", func(j hw.Job) any { return j.Actor }},
		{"WORDS", "words", func(j hw.Job) any { return j.Words }},
	}
}

func (c *cli) jobListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List long work, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				jobs, err := listWhole[hw.Job](cmd.Context(), r, "jobs.list")
				if err != nil {
					return err
				}
				if len(jobs) == 0 {
					c.say("There was no long work yet.")
				}
				return printList(c, jobs, jobColumns())
			})
		},
	}
}

func (c *cli) oneJobCommand(verb, short, operation string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " ID", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				var job hw.Job
				if err := r.call(cmd.Context(), operation, params{"id": args[0]}, &job); err != nil {
					return err
				}
				return c.printJob(job)
			})
		},
	}
}

// printJob shows a job, and what the upstreams that did not answer need.
func (c *cli) printJob(job hw.Job) error {
	if err := printOne(c, job, jobColumns()); err != nil {
		return err
	}
	if c.output != formatTable || job.Kind != hw.JobUpstreamsTest || len(job.Result) == 0 {
		return nil
	}
	var tested hw.UpstreamsTested
	if err := json.Unmarshal(job.Result, &tested); err != nil {
		return fmt.Errorf("reading the report: %w", err)
	}
	for _, r := range tested.Reports {
		if !r.OK {
			c.say("%s: %s %s", escape(r.Upstream), escape(r.Diagnosis), escape(r.Hint))
		}
	}
	return nil
}

func (c *cli) jobStartCommand() *cobra.Command {
	var wait bool
	cmd := &cobra.Command{
		Use: "start KIND", Short: "Start long work: audit.verify or upstreams.test", Args: cobra.ExactArgs(1),
		Long: "Start long work: audit.verify or upstreams.test. It goes on in the service; with --wait the\n" +
			"command stays until it has ended, and fails when it did not end well.",
		ValidArgs: []string{string(hw.JobAuditVerify), string(hw.JobUpstreamsTest)},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				job, err := c.startJob(cmd.Context(), r, hw.JobKind(args[0]), wait)
				if err != nil {
					return err
				}
				if err := c.printJob(job); err != nil {
					return err
				}
				if wait && job.State != hw.JobDone {
					return hw.Errorf(hw.CodeInternal, "The job ended as %s: %s", job.State, job.Words)
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "stay until it has ended")
	return cmd
}

// startJob starts a job. Followed from before its start, its end cannot be missed.
func (c *cli) startJob(ctx context.Context, r *remote, kind hw.JobKind, wait bool) (job hw.Job, err error) {
	told, err := r.client.Subscribe(ctx, "jobs.watch", 0)
	if err != nil {
		return job, err //nolint:wrapcheck // an *hw.Error in words for the caller
	}
	if err := r.call(ctx, "jobs.start", params{"body": hw.JobInput{Kind: kind}}, &job); err != nil || !wait {
		return job, err
	}
	return r.awaitJob(ctx, told, job, nil)
}

// awaitJob follows a job to its end; seen, unless it is nil, is told how far it is.
func (r *remote) awaitJob(ctx context.Context, told *adminclient.Subscription, job hw.Job, seen func(hw.Job)) (hw.Job, error) {
	id := job.ID
	for job.State == hw.JobRunning {
		events, dropped, err := told.Next(ctx)
		if err != nil {
			return job, err //nolint:wrapcheck // an *hw.Error in words for the caller
		}
		if len(events) == 0 && dropped == 0 {
			continue
		}
		if err := r.call(ctx, "jobs.get", params{"id": id}, &job); err != nil {
			return job, err
		}
		if seen != nil {
			seen(job)
		}
	}
	return job, nil
}
