// Command stage runs the scenery of the conformance suite for a client that is
// not written in Go: it prints one JSON object that describes it on standard
// output, then serves until its standard input is closed.
//
// With -matrix it is the scenery of the matrix. The environment is that of the
// suite. Its one invariant: whatever it starts ends with it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"headwater/conformance"
)

// codeSkipped tells the caller that there is nothing to replay.
const codeSkipped = 75

func main() {
	matrix := flag.Bool("matrix", false, "the scenery of the matrix")
	agents := flag.String("agents", "", "with -matrix: the URL of a vendor for coding agents")
	flag.Parse()
	act := run
	if *matrix {
		act = func(ctx context.Context) error { return runMatrix(ctx, *agents) }
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := act(ctx)
	stop()
	switch {
	case errors.Is(err, conformance.ErrNoRecordings):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(codeSkipped)
	case err != nil:
		fmt.Fprintln(os.Stderr, "stage:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	s, err := conformance.Open(ctx)
	defer func() { err = errors.Join(err, s.Close()) }()
	if err != nil {
		return fmt.Errorf("opening: %w: %s", err, s.Log())
	}
	explained, err := conformance.Explained("js")
	if err != nil {
		return err //nolint:wrapcheck // says what it read
	}
	return serve(ctx, struct {
		*conformance.Stage
		Explained map[string]string `json:"explained"`
		Kinds     map[string]string `json:"kinds"`
	}{s, explained, kinds(s.Cases)})
}

func runMatrix(ctx context.Context, agents string) (err error) {
	m, err := conformance.OpenMatrix(ctx, agents)
	defer func() { err = errors.Join(err, m.Close()) }()
	if err != nil {
		return fmt.Errorf("opening: %w: %s", err, m.Log())
	}
	return serve(ctx, m)
}

// serve describes the stage, then waits for the end of standard input.
func serve(ctx context.Context, stage any) error {
	if err := json.NewEncoder(os.Stdout).Encode(stage); err != nil {
		return fmt.Errorf("describing the stage: %w", err)
	}
	closed := make(chan struct{})
	go func() { // ends with the process at the latest
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	select {
	case <-closed:
	case <-ctx.Done():
	}
	return nil
}

func kinds(cases []*conformance.Case) map[string]string {
	out := make(map[string]string, len(cases))
	for _, c := range cases {
		out[c.ID] = c.Kind()
	}
	return out
}
