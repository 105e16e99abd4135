package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// The waits between two tries to find a service that went away.
const (
	firstRetry = 250 * time.Millisecond
	lastRetry  = 5 * time.Second
)

func (c *cli) callsTail() *cobra.Command {
	var f callFilter
	limit := 0
	cmd := &cobra.Command{
		Use: "tail", Short: "Follow calls as they end, one line each", Args: cobra.NoArgs,
		Long: "Follow calls as they end, one line each; with -o json as JSON lines.\n\n" +
			"When the service goes away, tail waits for it and goes on where it was.",
	}
	f.register(cmd.Flags())
	cmd.Flags().IntVar(&limit, "limit", 0, "end after so many calls; 0 means never")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if _, _, err := parseStatus(f.status); err != nil {
			return err
		}
		t := &tail{c: c, filter: &f, left: limit, bounded: limit > 0, lines: newCallWriter(c, false)}
		return t.follow(cmd.Context())
	}
	return cmd
}

// tail follows the log of calls across lost lines.
type tail struct {
	c       *cli
	filter  *callFilter
	lines   *callWriter
	bounded bool
	left    int
	// after is the number of the last event that was seen.
	after int64
}

// errEnough ends a tail that has printed what it was asked for.
var errEnough = errors.New("enough calls")

// follow ends without an error when it is interrupted: that is how a tail ends.
func (t *tail) follow(ctx context.Context) error {
	wait := firstRetry
	connected := false
	for {
		err := t.once(ctx, func() {
			if connected {
				t.c.say("The service is back.")
			}
			connected, wait = true, firstRetry
		})
		switch {
		case ctx.Err() != nil || errors.Is(err, errEnough):
			return nil //nolint:nilerr // being told to stop is how a tail ends well
		case !connected || !isLost(err):
			return err
		}
		if wait == firstRetry {
			t.c.say("Lost contact with the service; waiting for it.")
		}
		if !pause(ctx, wait) {
			return nil
		}
		wait = min(2*wait, lastRetry)
	}
}

// isLost reports whether it makes sense to try again. A service that comes
// back has a new token: the old one, read a moment too early, is refused.
func isLost(err error) bool {
	if _, ok := errors.AsType[*unreachableError](err); ok {
		return true
	}
	code := hw.CodeOf(err)
	return code == hw.CodeUnavailable || code == hw.CodeUnauthenticated
}

// pause waits, and reports whether there is a reason to go on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// once follows over one line until that ends.
func (t *tail) once(ctx context.Context, begun func()) error {
	r, err := t.c.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = r.close() }() // the line is of no more use, whatever it says
	events, err := r.client.Subscribe(ctx, "calls.tail", t.after)
	if err != nil {
		return err //nolint:wrapcheck // an *hw.Error in words for the caller
	}
	begun()
	for {
		batch, dropped, err := events.Next(ctx)
		if err != nil {
			return err //nolint:wrapcheck // an *hw.Error in words for the caller
		}
		if dropped > 0 {
			t.c.say("%s not shown: they came faster than they could be read.", plural(int(dropped), "call was", "calls were"))
		}
		for _, e := range batch {
			t.after = e.Seq
			if err := t.print(e.Data); err != nil {
				return err
			}
		}
	}
}

func (t *tail) print(data []byte) error {
	var call hw.Call
	if err := json.Unmarshal(data, &call); err != nil {
		return fmt.Errorf("reading a call: %w", err)
	}
	if !t.filter.matches(&call) {
		return nil
	}
	if err := t.lines.write(&call); err != nil {
		return err
	}
	if t.left--; t.bounded && t.left == 0 {
		return errEnough
	}
	return nil
}

// callWriter writes calls one by one, each on a line of its own.
type callWriter struct {
	c *cli
	// asJSON writes JSON lines where a table was asked for.
	asJSON bool
	begun  bool
}

func newCallWriter(c *cli, asJSON bool) *callWriter { return &callWriter{c: c, asJSON: asJSON} }

func (w *callWriter) write(call *hw.Call) error {
	first := !w.begun
	w.begun = true
	switch {
	case w.asJSON || w.c.output == formatJSON:
		text, err := marshalPlain(call)
		if err != nil {
			return err
		}
		return w.c.write(append(escapeJSON(text), '\n'))
	case w.c.output == formatYAML:
		t, err := treeOf(call)
		if err != nil {
			return err
		}
		b := bytes.NewBufferString("---\n")
		if err := writeYAML(b, t); err != nil {
			return err
		}
		return w.c.write(b.Bytes())
	case w.c.output == formatCSV:
		return w.writeCSV(call, first)
	case w.c.quiet:
		return w.c.write([]byte(escape(call.ID) + "\n"))
	}
	return w.c.write([]byte(w.c.callLine(call) + "\n"))
}

func (w *callWriter) writeCSV(call *hw.Call, first bool) error {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	columns := exportColumns()
	record := make([]string, len(columns))
	if first {
		for i, col := range columns {
			record[i] = col.field
		}
		_ = out.Write(record) // a buffer takes everything
	}
	for i, col := range columns {
		record[i] = csvCell(rawText(col.value(*call)))
	}
	_ = out.Write(record)
	out.Flush()
	return w.c.write(b.Bytes())
}

// callLine is a call on one line.
func (c *cli) callLine(call *hw.Call) string {
	by := "nobody"
	if call.Upstream != "" {
		by = servedBy(*call)
	}
	parts := []string{
		c.cellText(call.StartedAt),
		fmt.Sprintf("%3d", call.Status),
		fmt.Sprintf("%8s", millis(call.TotalMs)),
		escape(caller(*call)),
		escape(call.Asked) + " -> " + escape(by),
		fmt.Sprintf("%s%d + %d tok", about(call.TokensEstimated), call.TokensIn, call.TokensOut),
	}
	if n := len(call.Attempts); n > 1 {
		parts = append(parts, fmt.Sprintf("%d tries", n))
	}
	if call.Interrupted {
		parts = append(parts, "interrupted")
	}
	if call.Code != "" {
		parts = append(parts, call.Code.Info().Public+" "+escape(call.Error))
	}
	return strings.Join(append(parts, escape(call.ID)), "  ")
}
