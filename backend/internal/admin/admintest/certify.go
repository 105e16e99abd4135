package admintest

import (
	"context"

	"headwater/backend/hw"
)

// Certifier stands for the live checks: it says what it is told to.
type Certifier struct {
	// Planned and Failed are what a plan gives; Record is what a run gives, after
	// Until, unless that is nil, was closed.
	Planned hw.CertifyPlan
	Failed  error
	Record  hw.CapabilityRecord
	Until   chan struct{}
	// Asked is what the latest run was asked for; written before the run ends.
	Asked hw.CertifyInput
}

// Plan implements admin.Certifier.
func (c *Certifier) Plan(context.Context, string, hw.CertifyInput) (hw.CertifyPlan, error) {
	plan := c.Planned
	if plan.Checks == nil {
		plan.Checks = []string{}
	}
	if plan.Skipped == nil {
		plan.Skipped = []string{}
	}
	return plan, c.Failed
}

// Run implements admin.Certifier.
func (c *Certifier) Run(ctx context.Context, _ string, in hw.CertifyInput, report func(done, total int64)) (hw.CapabilityRecord, error) {
	c.Asked = in
	report(1, 2)
	if c.Until != nil {
		select {
		case <-c.Until:
		case <-ctx.Done():
			return hw.CapabilityRecord{}, ctx.Err()
		}
	}
	report(2, 2)
	return c.Record, nil
}
