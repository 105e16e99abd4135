package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"

	"headwater/backend/hw"
)

func TestExitCodes(t *testing.T) {
	for _, row := range []struct {
		why  string
		err  error
		code int
		line string
	}{
		{"all is well", nil, exitOK, ""},
		{"degraded has been said already", degradedError{}, exitDegraded, ""},
		{
			"what happened, next step, code", hw.Errorf(hw.CodeNotFound, "There is no route %q.", "x"), exitFailed,
			"headwater: There is no route \"x\". · Check the path; the base URL usually ends in /v1. · HW-REQ-404\n",
		},
		{"denied", fmt.Errorf("asking: %w", hw.Errorf(hw.CodeForbidden, "No.")), exitDenied, "headwater: No. · Ask the administrator for this permission. · HW-PERM-403\n"},
		{"signed out", hw.Errorf(hw.CodeUnauthenticated, "Sign in first."), exitDenied, "headwater: Sign in first. · Sign in again. · HW-AUTH-401\n"},
		{"the service goes away", hw.Errorf(hw.CodeUnavailable, "Lost contact with the service."), exitUnreachable, "headwater: Lost contact with the service. · Try again in a moment. · HW-UNAVAILABLE-503\n"},
		{
			"nobody listens", &unreachableError{"127.0.0.1:1", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, exitUnreachable,
			"headwater: No Headwater service answers at 127.0.0.1:1 (connection refused). · Start it with 'headwater service start' or 'headwater run', or name its folder with --state-dir. · HW-UNAVAILABLE-503\n",
		},
		{"a file that may not be read", fmt.Errorf("reading x: %w", fs.ErrPermission), exitDenied, ""},
		{
			"what hid behind an error is shown here", hw.Errorf(hw.CodeInternal, "Headwater could not complete this.").Because(errors.New("disk full")), exitFailed,
			"headwater: Headwater could not complete this: disk full · Report the request id to the administrator. · HW-INT-500\n",
		},
		{"interrupted", context.Canceled, exitFailed, "headwater: Interrupted. · HW-REQ-499\n"},
		{"a diagnosis brings its own code", &diagnosis{"The key was refused.", "Replace it.", "HW-UP-401"}, exitFailed, "headwater: The key was refused. · Replace it. · HW-UP-401\n"},
		{"anything else", errors.New("reading x: no such file"), exitFailed, "headwater: reading x: no such file · HW-INT-500\n"},
		{"text from outside cannot drive the terminal", hw.Errorf(hw.CodeNotFound, "No \x1b[31m%s.", "\u202egpj"), exitFailed, `headwater: No \x1b[31m\u202egpj. ·`},
	} {
		t.Run(row.why, func(t *testing.T) {
			c, out, errOut := newTestCLI("", nil)
			if got := c.report(row.err); got != row.code {
				t.Errorf("exits with %d, want %d", got, row.code)
			}
			if !strings.HasPrefix(errOut.String(), row.line) || row.line == "" && row.err == nil && errOut.Len() > 0 {
				t.Errorf("says %q, want %q", errOut, row.line)
			}
			if out.Len() > 0 {
				t.Errorf("errors are talk, but %q is data", out)
			}
		})
	}
	t.Run("every finding is listed", func(t *testing.T) {
		c, _, errOut := newTestCLI("", nil)
		c.report(hw.Invalid([]hw.Problem{{Kind: hw.KindRoute, Name: "a", Field: "name", Text: "is wrong"}, {Field: "tiers", Text: "is \x07missing"}}))
		want := "headwater: route a: name: is wrong (and 1 more) · Correct the named fields. · HW-DOC-422\n  route a: name: is wrong\n  tiers: is \\amissing\n"
		if errOut.String() != want {
			t.Errorf("says %q, want %q", errOut, want)
		}
	})
}

func TestStatusSaysWhatKeepsCallsOutOfTheLog(t *testing.T) {
	for code, want := range map[hw.Code]string{"": "", hw.CodeDiskFull: "HW-DISK", hw.CodeInternal: "HW-INT-500"} {
		var out bytes.Buffer
		c := &cli{out: &out, output: formatTable}
		if err := c.printStatus(hw.Status{CallsTrouble: code}); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); strings.Contains(got, "Log now") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%q: %s", code, got)
		}
	}
}
