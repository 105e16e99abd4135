package main

import (
	"context"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// told is a configurator that plans what it was given.
type told struct {
	plan    hw.Plan
	applied bool
}

func (t *told) export(context.Context) (string, error)               { return "", nil }
func (t *told) diff(context.Context, hw.ConfigFile) (hw.Plan, error) { return t.plan, nil }
func (t *told) apply(context.Context, hw.ConfigFile) (hw.Plan, error) {
	t.applied = true
	return t.plan, nil
}
func (t *told) close() error { return nil }

func TestApplyAsks(t *testing.T) {
	create := hw.Plan{Creates: 1, Items: []hw.PlanItem{{Action: hw.PlanCreate, Kind: hw.KindRoute, Name: "r"}}}
	remove := hw.Plan{Deletes: 1, Items: []hw.PlanItem{{Action: hw.PlanDelete, Kind: hw.KindRoute, Name: "r"}}}
	for _, row := range []struct {
		why         string
		plan        hw.Plan
		interactive bool
		yes         bool
		answer      string
		applied     bool
		code        int
	}{
		{"a script is not asked", create, false, false, "", true, exitOK},
		{"a script may not delete by accident", remove, false, false, "", false, exitUsage},
		{"a script may delete on purpose", remove, false, true, "", true, exitOK},
		{"a person says yes", create, true, false, "y\n", true, exitOK},
		{"a person says no", create, true, false, "n\n", false, exitFailed},
		{"a person is not asked twice", create, true, true, "", true, exitOK},
		{"a person is not asked about nothing", hw.Plan{}, true, false, "", true, exitOK},
	} {
		t.Run(row.why, func(t *testing.T) {
			c, _, errOut := newTestCLI(row.answer, nil)
			c.interactive, c.yes = row.interactive, row.yes
			conf := &told{plan: row.plan}
			code := c.report(c.planAndApply(t.Context(), conf, hw.ConfigFile{}, false))
			if code != row.code || conf.applied != row.applied {
				t.Errorf("exits with %d, applied %v; want %d, %v: %s", code, conf.applied, row.code, row.applied, errOut)
			}
			if asked := strings.Contains(errOut.String(), "Apply 1 change?"); asked != (row.answer != "") {
				t.Errorf("says %q", errOut)
			}
		})
	}
}

func TestHugeFile(t *testing.T) {
	// No line is needed: the file must not reach it.
	_, err := (&remote{}).apply(t.Context(), hw.ConfigFile{YAML: strings.Repeat("#", maxSent)})
	if hw.CodeOf(err) != hw.CodeTooLarge {
		t.Errorf("a file that would cut the line is sent: %v", err)
	}
}
