package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// certifyCommand makes live checks of a model. It shows what they cost at most
// before it makes any.
func (c *cli) certifyCommand() *cobra.Command {
	var in hw.CertifyInput
	var planOnly bool
	cmd := &cobra.Command{
		Use: "certify NAME", Short: "Show by live checks what a model can do behind an upstream", Args: cobra.ExactArgs(1),
		Long: "Show by about 25 live checks what a model can really do behind an upstream. They are asked with your\n" +
			"own key and cost what the vendor takes: the plan says how much at most, and nothing is spent before\n" +
			"you agree. Routing then passes the model over for calls that need what it lacks.\n" +
			"The command fails when a check that passed before fails now, and when the checks ended early.",
	}
	cmd.Flags().StringVar(&in.Model, "model", "", "model to ask, by the upstream's name for it")
	cmd.Flags().StringVar(&in.Credential, "key", "", "name of the credential to use; absent means the first in use")
	cmd.Flags().Float64Var(&in.MaxCostUSD, "max-cost", 0, "most that the checks may cost in US dollars; 0 means the most of the plan")
	cmd.Flags().BoolVar(&planOnly, "plan", false, "show the plan only: nothing is asked and nothing is spent")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if in.Model == "" {
			return usagef("Say which model to ask: --model NAME.")
		}
		p := params{"ref": args[0], "body": in}
		var plan hw.CertifyPlan
		err := c.with(cmd.Context(), func(r *remote) error {
			return r.call(cmd.Context(), "upstreams.certify_plan", p, &plan)
		})
		switch {
		case err != nil:
			return err
		case planOnly:
			return c.printCertifyPlan(plan)
		}
		c.sayCertifyPlan(&plan)
		if err := c.confirm(fmt.Sprintf("Make the live checks, for %s?", boundWords(&plan, in.MaxCostUSD))); err != nil {
			return err
		}
		return c.with(cmd.Context(), func(r *remote) error { return c.certify(cmd.Context(), r, p) })
	}
	return cmd
}

// printCertifyPlan prints a plan as data.
func (c *cli) printCertifyPlan(plan hw.CertifyPlan) error {
	return printOne(c, plan, []column[hw.CertifyPlan]{
		{"REQUESTS", "requests", func(p hw.CertifyPlan) any { return p.Requests }},
		{"TOKENS IN", "tokens_in", func(p hw.CertifyPlan) any { return tokens(p.TokensIn) }},
		{"TOKENS OUT", "tokens_out", func(p hw.CertifyPlan) any { return tokens(p.TokensOut) }},
		{"AT MOST $", "max_cost_usd", func(p hw.CertifyPlan) any {
			if p.MaxCostUSD == nil {
				return ""
			}
			return bareDollars(*p.MaxCostUSD)
		}},
	})
}

// sayCertifyPlan tells the person what is about to happen.
func (c *cli) sayCertifyPlan(plan *hw.CertifyPlan) {
	key := "without a key"
	if plan.Credential != "" {
		key = "with the key " + escape(plan.Credential)
	}
	c.say("Model %s of upstream %s, %s: %d checks in at most %d requests, %d do not fit.",
		escape(plan.Model), escape(plan.Upstream), key, len(plan.Checks), plan.Requests, len(plan.Skipped))
	c.say("At most %d tokens in and %d out, which is %s.", plan.TokensIn, plan.TokensOut, boundWords(plan, 0))
	if plan.Price != nil {
		c.say("The price of a million tokens is $%g in and $%g out.", plan.Price.Input, plan.Price.Output)
	}
}

// boundWords says what bounds a run; most is the cap that was asked for.
func boundWords(plan *hw.CertifyPlan, most float64) string {
	if plan.MaxCostUSD == nil {
		return fmt.Sprintf("at most %d tokens of unknown price", plan.TokensIn+plan.TokensOut)
	}
	if most == 0 {
		most = *plan.MaxCostUSD
	}
	return "at most " + dollars(most)
}

func dollars(usd float64) string { return fmt.Sprintf("$%.4f", usd) }

// bareDollars is an amount under a heading that has its unit.
func bareDollars(usd float64) string { return strconv.FormatFloat(usd, 'f', 6, 64) }

// certify starts the job, follows it and prints what it showed. Followed from
// before its start, its end cannot be missed.
func (c *cli) certify(ctx context.Context, r *remote, p params) error {
	told, err := r.client.Subscribe(ctx, "jobs.watch", 0)
	if err != nil {
		return err //nolint:wrapcheck // an *hw.Error in words for the caller
	}
	var job hw.Job
	if err := r.call(ctx, "upstreams.certify", p, &job); err != nil {
		return err
	}
	id, shown := job.ID, int64(-1)
	job, err = r.awaitJob(ctx, told, job, func(j hw.Job) {
		if c.interactive && !c.quiet && j.Done != shown {
			shown = j.Done
			fmt.Fprintf(c.err, "\r%d of %d checks", j.Done, j.Total)
		}
	})
	if shown >= 0 {
		fmt.Fprintln(c.err)
	}
	if err != nil {
		c.say("The checks go on in the service: 'headwater job cancel %s' ends them.", id)
		return err
	}
	if job.State != hw.JobDone {
		return hw.Errorf(hw.CodeInternal, "The checks ended as %s: %s", job.State, job.Words)
	}
	var record hw.CapabilityRecord
	if err := json.Unmarshal(job.Result, &record); err != nil {
		return fmt.Errorf("reading the report: %w", err)
	}
	return c.printRecord(&record, job.Words)
}

// printRecord prints what live checks showed. That something was lost, or that
// they ended early, is a failed command.
func (c *cli) printRecord(record *hw.CapabilityRecord, words string) error {
	var err error
	switch {
	case c.output == formatTable && c.quiet:
	case c.output == formatTable || c.output == formatCSV:
		err = printList(c, record.Checks, checkColumns())
	default:
		err = c.printValue(record)
	}
	if err != nil {
		return err
	}
	c.say("%s", escape(words))
	cost := "at an unknown price"
	if record.PriceKnown {
		cost = "for " + dollars(record.CostUSD)
	}
	c.say("%d tokens in and %d out, %s.", record.Tokens.In, record.Tokens.Out, cost)
	if !record.Whole() {
		return &diagnosis{text: "The checks ended early: " + record.Stopped}
	}
	for _, d := range record.Drift {
		if d.After == hw.CheckNo {
			return &diagnosis{
				text: fmt.Sprintf("%s passed before and fails now.", d.Check),
				hint: "Routes pass the model over for calls that need it; certify again to see whether it stays.",
			}
		}
	}
	return nil
}

func checkColumns() []column[hw.CapabilityCheck] {
	return []column[hw.CapabilityCheck]{
		{"CHECK", "check", func(k hw.CapabilityCheck) any { return k.Name }},
		{"OUTCOME", "outcome", func(k hw.CapabilityCheck) any { return state(k.Outcome) }},
		{"TIME", "ms", func(k hw.CapabilityCheck) any { return millis(k.Ms) }},
		{"SAW", "words", func(k hw.CapabilityCheck) any {
			if k.Seen == "" {
				return k.Words
			}
			return k.Words + " " + k.Seen
		}},
	}
}

// capabilitiesCommand lists what live checks showed.
func (c *cli) capabilitiesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "capabilities [NAME]", Short: "What live checks showed of models, of one upstream or of all", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := params{}
			if len(args) == 1 {
				p["upstream"] = args[0]
			}
			return c.with(cmd.Context(), func(r *remote) error {
				var page hw.Page[hw.CapabilityRecord]
				if err := r.call(cmd.Context(), "capabilities.list", p, &page); err != nil {
					return err
				}
				if len(page.Items) == 0 {
					c.say("No model was certified yet.")
				}
				return printList(c, page.Items, recordColumns())
			})
		},
	}
}

func recordColumns() []column[hw.CapabilityRecord] {
	return []column[hw.CapabilityRecord]{
		{"MODEL", "model", func(r hw.CapabilityRecord) any { return r.Model }},
		{"UPSTREAM", "upstream", func(r hw.CapabilityRecord) any { return r.Upstream }},
		{"AT", "at", func(r hw.CapabilityRecord) any { return r.At }},
		{"PASSED", "passed", func(r hw.CapabilityRecord) any { return fmt.Sprintf("%d/%d", r.Yes, r.Yes+r.No+r.Unclear) }},
		{"FAILED", "failed", func(r hw.CapabilityRecord) any {
			var names []string
			for _, k := range r.Checks {
				if k.Outcome == hw.CheckNo {
					names = append(names, k.Name)
				}
			}
			return names
		}},
		{"CHANGED", "changed", func(r hw.CapabilityRecord) any { return len(r.Drift) }},
		{"COST $", "cost_usd", func(r hw.CapabilityRecord) any {
			if !r.PriceKnown {
				return ""
			}
			return bareDollars(r.CostUSD)
		}},
		{"ENDED EARLY", "stopped", func(r hw.CapabilityRecord) any { return r.Stopped }},
	}
}
