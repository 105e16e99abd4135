package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"headwater/backend/hw"
)

// callPage is how many calls are asked for at once; the service's bound.
const callPage = 500

func (c *cli) callsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "calls", Aliases: []string{"call"}, Short: "The log of calls"}
	cmd.AddCommand(c.callsList(), c.callsTail(), c.callsShow(), c.callsExport())
	return cmd
}

func callColumns() []column[hw.Call] {
	return []column[hw.Call]{
		{"ID", "id", func(c hw.Call) any { return c.ID }},
		{"AT", "started_at", func(c hw.Call) any { return c.StartedAt }},
		{"STATUS", "status", func(c hw.Call) any { return c.Status }},
		{"CODE", "code", func(c hw.Call) any { return string(c.Code) }},
		{"TIME", "total_ms", func(c hw.Call) any { return millis(c.TotalMs) }},
		{"FIRST", "first_byte_ms", func(c hw.Call) any { return orBlank(c.FirstByteMs) }},
		{"APP", "app", func(c hw.Call) any { return caller(c) }},
		{"MODEL", "asked", func(c hw.Call) any { return c.Asked }},
		{"SERVED BY", "served_by", func(c hw.Call) any { return servedBy(c) }},
		{"TIER", "tier", func(c hw.Call) any { return c.Tier }},
		{"TRIES", "attempts", func(c hw.Call) any { return len(c.Attempts) }},
		{"IN", "tokens_in", func(c hw.Call) any { return tokensOf(c.TokensIn, c.TokensEstimated) }},
		{"OUT", "tokens_out", func(c hw.Call) any { return tokensOf(c.TokensOut, c.TokensEstimated) }},
	}
}

// exportColumns are those of CSV, where each fact has its own column.
func exportColumns() []column[hw.Call] {
	return []column[hw.Call]{
		{"", "id", func(c hw.Call) any { return c.ID }},
		{"", "started_at", func(c hw.Call) any { return c.StartedAt }},
		{"", "tenant", func(c hw.Call) any { return c.Tenant }},
		{"", "app", func(c hw.Call) any { return c.App }},
		{"", "key_id", func(c hw.Call) any { return c.KeyID }},
		{"", "client", func(c hw.Call) any { return c.Client }},
		{"", "dialect", func(c hw.Call) any { return c.Dialect }},
		{"", "endpoint", func(c hw.Call) any { return c.Endpoint }},
		{"", "asked", func(c hw.Call) any { return c.Asked }},
		{"", "route", func(c hw.Call) any { return c.Route }},
		{"", "stream", func(c hw.Call) any { return c.Stream }},
		{"", "upstream", func(c hw.Call) any { return c.Upstream }},
		{"", "model", func(c hw.Call) any { return c.Model }},
		{"", "tier", func(c hw.Call) any { return c.Tier }},
		{"", "status", func(c hw.Call) any { return c.Status }},
		{"", "code", func(c hw.Call) any { return string(c.Code) }},
		{"", "error", func(c hw.Call) any { return c.Error }},
		{"", "interrupted", func(c hw.Call) any { return c.Interrupted }},
		{"", "tokens_in", func(c hw.Call) any { return c.TokensIn }},
		{"", "tokens_out", func(c hw.Call) any { return c.TokensOut }},
		{"", "tokens_cached", func(c hw.Call) any { return c.TokensCached }},
		{"", "tokens_estimated", func(c hw.Call) any { return c.TokensEstimated }},
		{"", "bytes_in", func(c hw.Call) any { return c.BytesIn }},
		{"", "bytes_out", func(c hw.Call) any { return c.BytesOut }},
		{"", "first_byte_ms", func(c hw.Call) any { return orBlank(c.FirstByteMs) }},
		{"", "total_ms", func(c hw.Call) any { return millis(c.TotalMs) }},
		{"", "attempts", func(c hw.Call) any { return len(c.Attempts) }},
		{"", "dropped", func(c hw.Call) any { return c.Dropped }},
	}
}

// orBlank leaves out a duration that was not measured.
func orBlank(ms float64) any {
	if ms == 0 {
		return ""
	}
	return millis(ms)
}

// caller is who called, as tenant/app; an address when the key was not known.
func caller(c hw.Call) string {
	if c.App == "" {
		return c.Client
	}
	return c.Tenant + "/" + c.App
}

func servedBy(c hw.Call) string {
	if c.Upstream == "" || c.Model == "" {
		return c.Upstream
	}
	return c.Upstream + "/" + c.Model
}

// callFilter is which calls are wanted.
type callFilter struct {
	tenant, app, route, upstream, model, code, text string
	status                                          string
	errors                                          bool
	span
}

// span is when things happened that are asked for.
type span struct{ since, until string }

func (s *span) register(flags *pflag.FlagSet, things string) {
	flags.StringVar(&s.since, "since", "", "only "+things+" from then on: a span such as 15m or 2d ago, or a time")
	flags.StringVar(&s.until, "until", "", "only "+things+" before then")
}

// put adds the span as the service takes it.
func (s *span) put(p params, now time.Time) error {
	for name, value := range map[string]string{"since": s.since, "until": s.until} {
		if value == "" {
			continue
		}
		at, err := moment(value, now)
		if err != nil {
			return err
		}
		p[name] = at.UTC().Format(time.RFC3339Nano)
	}
	return nil
}

// register adds the flags that also make sense for calls to come.
func (f *callFilter) register(flags *pflag.FlagSet) {
	flags.StringVarP(&f.tenant, "tenant", "t", "", "only calls of this tenant")
	flags.StringVar(&f.app, "app", "", "only calls of this app")
	flags.StringVar(&f.route, "route", "", "only calls of this route")
	flags.StringVar(&f.upstream, "upstream", "", "only calls that this upstream answered or was tried for")
	flags.StringVar(&f.model, "model", "", "only calls that asked for this model, or were answered by it")
	flags.StringVar(&f.code, "code", "", "only calls that ended with this error code")
	flags.StringVar(&f.status, "status", "", "only calls with this status: 503, or 5xx")
	flags.BoolVar(&f.errors, "errors", false, "only calls that failed")
}

// registerPast adds the flags for calls that have been.
func (f *callFilter) registerPast(flags *pflag.FlagSet) {
	f.register(flags)
	flags.StringVar(&f.text, "search", "", "only calls with this text in id, model or error")
	f.span.register(flags, "calls")
}

// params are the filter as the service takes it.
func (f *callFilter) params(now time.Time) (params, error) {
	p := params{}
	for name, value := range map[string]string{
		"tenant": f.tenant, "app": f.app, "route": f.route, "upstream": f.upstream,
		"model": f.model, "code": f.code, "q": f.text,
	} {
		if value != "" {
			p[name] = value
		}
	}
	if f.errors {
		p["errors"] = true
	}
	status, class, err := parseStatus(f.status)
	if err != nil {
		return nil, err
	}
	if status != 0 {
		p["status"] = status
	}
	if class != 0 {
		p["status_class"] = class
	}
	return p, f.put(p, now)
}

// matches says whether a call that just happened is wanted.
func (f *callFilter) matches(c *hw.Call) bool {
	return f.matchesNames(c) && f.matchesOutcome(c)
}

func (f *callFilter) matchesNames(c *hw.Call) bool {
	for _, row := range [][2]string{
		{f.tenant, c.Tenant}, {f.app, c.App}, {f.route, c.Route}, {f.code, string(c.Code)},
	} {
		if row[0] != "" && row[0] != row[1] {
			return false
		}
	}
	if f.model != "" && f.model != c.Asked && f.model != c.Model {
		return false
	}
	return f.upstream == "" || f.upstream == c.Upstream || tried(c, f.upstream)
}

func (f *callFilter) matchesOutcome(c *hw.Call) bool {
	if f.errors && c.Status < 400 && !c.Interrupted {
		return false
	}
	status, class, _ := parseStatus(f.status) // looked at before the first call
	return (status == 0 || status == c.Status) && (class == 0 || class == c.Status/100)
}

func tried(c *hw.Call, upstream string) bool {
	for i := range c.Attempts {
		if c.Attempts[i].Upstream == upstream {
			return true
		}
	}
	return false
}

// parseStatus reads 503 or 5xx; both results are zero for the empty text.
func parseStatus(s string) (status, class int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	if digit, ok := strings.CutSuffix(strings.ToLower(s), "xx"); ok && len(digit) == 1 && digit >= "1" && digit <= "9" {
		return 0, int(digit[0] - '0'), nil
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 100 && n <= 999 {
		return n, 0, nil
	}
	return 0, 0, usagef("--status %q is neither a status such as 503 nor a class such as 5xx.", s)
}

// moment reads a span ago, or a time.
func moment(s string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usagef("%q is no time: write a span such as 15m or 2d ago, or 2026-12-31 or 2026-12-31T18:00:00Z.", s)
}

// eachCall hands over calls, newest first, until there are no more, work says
// so, or limit is reached; zero means no limit.
func eachCall(ctx context.Context, r *remote, p params, limit int, work func([]hw.Call) error) error {
	left := limit
	for {
		p["limit"] = callPage
		if limit > 0 {
			p["limit"] = min(left, callPage)
		}
		var page hw.CallPage
		if err := r.call(ctx, "calls.list", p, &page); err != nil {
			return err
		}
		if err := work(page.Items); err != nil {
			return err
		}
		left -= len(page.Items)
		if page.Next == "" || limit > 0 && left <= 0 {
			return nil
		}
		p["cursor"] = page.Next
	}
}

func (c *cli) callsList() *cobra.Command {
	var f callFilter
	limit := 0
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List calls, newest first", Args: cobra.NoArgs}
	f.registerPast(cmd.Flags())
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p, err := f.params(time.Now())
		if err != nil {
			return err
		}
		if limit < 1 {
			return usagef("--limit must be 1 or more; 'headwater calls export' has no limit.")
		}
		return c.with(cmd.Context(), func(r *remote) error {
			calls := []hw.Call{}
			err := eachCall(cmd.Context(), r, p, limit, func(page []hw.Call) error {
				calls = append(calls, page...)
				return nil
			})
			if err != nil {
				return err
			}
			if len(calls) == 0 {
				c.say("There are no such calls.")
			}
			if c.output == formatCSV {
				return printCSV(c, calls, exportColumns())
			}
			return printList(c, calls, callColumns())
		})
	}
	return cmd
}

func (c *cli) callsShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one call with every attempt", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				var call hw.Call
				if err := r.call(cmd.Context(), "calls.get", params{"id": args[0]}, &call); err != nil {
					return err
				}
				if c.output == formatCSV {
					return printCSV(c, []hw.Call{call}, exportColumns())
				}
				return printOne(c, call, callColumns())
			})
		},
	}
}

// callsExport writes every call there is, one line each.
func (c *cli) callsExport() *cobra.Command {
	var f callFilter
	cmd := &cobra.Command{
		Use: "export", Short: "Write all calls as JSON lines, or as CSV with -o csv, newest first", Args: cobra.NoArgs,
	}
	f.registerPast(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p, err := f.params(time.Now())
		if err != nil {
			return err
		}
		if c.output == formatYAML {
			return usagef("Calls are exported as JSON lines (-o json) or as CSV (-o csv).")
		}
		lines := newCallWriter(c, c.output == formatTable)
		rows := 0
		err = c.with(cmd.Context(), func(r *remote) error {
			return eachCall(cmd.Context(), r, p, 0, func(page []hw.Call) error {
				rows += len(page)
				for i := range page {
					if err := lines.write(&page[i]); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		c.say("%s.", plural(rows, "call", "calls"))
		return nil
	}
	return cmd
}
