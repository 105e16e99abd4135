package drill

import (
	"slices"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
)

// onceLasts is longer than any call.
const onceLasts = time.Hour

// Once makes a drill of a single call, which sees states of health that nobody
// else does: the fault is met at one upstream. An unknown fault, or one of the
// machine, is the caller's mistake.
func (r *Runner) Once(fault, upstream string) (Scene, error) {
	f := hw.DrillFault(fault)
	if !slices.Contains(hw.DrillFaults(), f) || f.OfMachine() {
		return Scene{}, hw.Errorf(hw.CodeBadRequest, "There is no such fault; known are %s.", strings.Join(upstreamFaults(), ", "))
	}
	a := compile(hw.DrillSpec{Fault: f, Upstreams: []string{upstream}}, r.tools)
	a.began = time.Now()
	a.ends = a.began.Add(onceLasts)
	a.health = health.NewRegistry(health.Config{NoChecks: true})
	return Scene{a}, nil
}

func upstreamFaults() []string {
	var names []string
	for _, f := range hw.DrillFaults() {
		if !f.OfMachine() {
			names = append(names, string(f))
		}
	}
	return names
}
