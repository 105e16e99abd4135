package main

import (
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestLiveChecksThatLostSomethingAreAFailedCommand(t *testing.T) {
	checks := []hw.CapabilityCheck{
		{Name: "plain.answer", Outcome: hw.CheckYes, Ms: 120, Words: "It answered."},
		{Name: "tools.parallel", Capability: hw.CapParallel, Outcome: hw.CheckNo, Ms: 300, Words: "It made one call.", Seen: "\x1b[31mred"},
	}
	before := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	lost := []hw.CapabilityDrift{{Check: "tools.parallel", Before: hw.CheckYes, After: hw.CheckNo}}
	won := []hw.CapabilityDrift{{Check: "tools.parallel", Before: hw.CheckNo, After: hw.CheckYes}}
	for name, row := range map[string]struct {
		record hw.CapabilityRecord
		exit   int
		says   string
	}{
		"nothing changed":     {hw.CapabilityRecord{Checks: checks, PriceKnown: true, CostUSD: 0.0042}, exitOK, "for $0.0042"},
		"no price":            {hw.CapabilityRecord{Checks: checks}, exitOK, "at an unknown price"},
		"something came back": {hw.CapabilityRecord{Checks: checks, Drift: won, Before: before}, exitOK, ""},
		"something was lost":  {hw.CapabilityRecord{Checks: checks, Drift: lost, Before: before}, exitFailed, "tools.parallel passed before and fails now."},
		"it ended early":      {hw.CapabilityRecord{Checks: checks, Stopped: "The key was refused."}, exitFailed, "ended early: The key was refused."},
	} {
		t.Run(name, func(t *testing.T) {
			c, out, errOut := newTestCLI("", nil)
			c.output = formatTable
			exit := c.report(c.printRecord(&row.record, "1 of 2 checks passed."))
			if exit != row.exit || !strings.Contains(errOut.String(), row.says) || !strings.Contains(errOut.String(), "1 of 2 checks passed.") {
				t.Errorf("exit %d, said %s", exit, errOut)
			}
			if text := out.String(); !strings.Contains(text, "tools.parallel  no") || strings.Contains(text, "\x1b") {
				t.Errorf("printed %q", text)
			}
		})
	}
}

func TestThePlanSaysWhatBoundsTheLiveChecks(t *testing.T) {
	usd := 0.0123
	for want, row := range map[string]struct {
		plan hw.CertifyPlan
		most float64
	}{
		"at most $0.0123":                      {hw.CertifyPlan{MaxCostUSD: &usd}, 0},
		"at most $0.0050":                      {hw.CertifyPlan{MaxCostUSD: &usd}, 0.005},
		"at most 5500 tokens of unknown price": {hw.CertifyPlan{TokensIn: 4000, TokensOut: 1500}, 0.005},
	} {
		if got := boundWords(&row.plan, row.most); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
