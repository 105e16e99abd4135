package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// The exit codes; docs/cli.md lists them for scripts.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitDenied      = 4
	exitDegraded    = 5
)

// usageError is a command line that cannot be carried out as written.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(text string, args ...any) error { return &usageError{fmt.Sprintf(text, args...)} }

// asUsage turns what the command line library found into our words.
func asUsage(err error) error {
	if _, ok := errors.AsType[*usageError](err); ok {
		return err
	}
	text := err.Error()
	return &usageError{strings.ToUpper(text[:1]) + text[1:]}
}

// unreachableError is a service that does not answer.
type unreachableError struct {
	address string
	cause   error
}

func (e *unreachableError) Error() string {
	return fmt.Sprintf("No Headwater service answers at %s (%v).", e.address, reason(e.cause))
}

func (e *unreachableError) Unwrap() error { return e.cause }

// reason is what a person can act on: the innermost words of a network error,
// or the service's own.
func reason(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return op.Err.Error()
	}
	if e, ok := errors.AsType[*hw.Error](err); ok {
		return strings.TrimSuffix(e.Text, ".")
	}
	return err.Error()
}

// diagnosis is a finding that ends a command: the command itself worked, what
// it looked at does not.
type diagnosis struct{ text, hint, code string }

func (d *diagnosis) Error() string { return d.text }

// degradedError carries the exit code of a status that is not all well; the
// status itself has been printed.
type degradedError struct{}

func (degradedError) Error() string { return "something configured is not well" }

// report prints an error and returns the exit code.
func (c *cli) report(err error) int {
	code, text, hint, public := c.explain(err)
	if text == "" {
		return code
	}
	parts := slices.DeleteFunc([]string{strings.TrimRight(text, "\n"), hint, public}, func(s string) bool { return s == "" })
	fmt.Fprintln(c.err, escape("headwater: "+strings.Join(parts, " · ")))
	if refused, ok := errors.AsType[*hw.Error](err); ok && len(refused.Problems) > 1 {
		for _, p := range refused.Problems {
			fmt.Fprintln(c.err, "  "+escape(p.String()))
		}
	}
	return code
}

// explain says what happened, what to do next, the public code and the exit code.
func (c *cli) explain(err error) (exit int, text, hint, public string) {
	if err == nil {
		return exitOK, "", "", ""
	}
	if _, ok := errors.AsType[degradedError](err); ok {
		return exitDegraded, "", "", ""
	}
	if usage, ok := errors.AsType[*usageError](err); ok {
		return exitUsage, usage.text, "See 'headwater help'.", hw.CodeBadRequest.Info().Public
	}
	if gone, ok := errors.AsType[*unreachableError](err); ok {
		return exitUnreachable, gone.Error(), "Start it with 'headwater service start' or 'headwater run', or name its folder with --state-dir.",
			hw.CodeUnavailable.Info().Public
	}
	if found, ok := errors.AsType[*diagnosis](err); ok {
		return exitFailed, found.text, found.hint, found.code
	}
	if refused, ok := errors.AsType[*hw.Error](err); ok {
		return exitOf(refused.Code), withCause(refused), refused.NextStep(), refused.Code.Info().Public
	}
	if errors.Is(err, context.Canceled) {
		return exitFailed, "Interrupted.", "", hw.CodeCanceled.Info().Public
	}
	if errors.Is(err, fs.ErrPermission) {
		return exitDenied, err.Error(), "Run this as root, as the service's account or as a member of its administrators' group.",
			hw.CodeForbidden.Info().Public
	}
	return exitFailed, err.Error(), "", hw.CodeInternal.Info().Public
}

// withCause adds what hid behind an error. Whoever runs this program
// administers the machine: there is nobody to hide it from.
func withCause(e *hw.Error) string {
	if cause := e.Unwrap(); cause != nil {
		return strings.TrimSuffix(e.Text, ".") + ": " + cause.Error()
	}
	return e.Text
}

// exitOf is the exit code of a refusal.
func exitOf(code hw.Code) int {
	switch code {
	case hw.CodeForbidden, hw.CodeUnauthenticated, hw.CodeMissingKey, hw.CodeInvalidKey, hw.CodeExpiredKey:
		return exitDenied
	case hw.CodeUnavailable:
		return exitUnreachable
	default:
		return exitFailed
	}
}
