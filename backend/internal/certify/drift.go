package certify

import "headwater/backend/hw"

// isClear reports whether an outcome says something.
func isClear(o hw.CheckOutcome) bool { return o == hw.CheckYes || o == hw.CheckNo }

// compare notes what differs from the runs before, newest first: a check whose
// outcome changed between yes and no since it was last clear. Runs at another
// address say nothing.
func compare(r *hw.CapabilityRecord, history []hw.CapabilityRecord) {
	r.Drift = []hw.CapabilityDrift{}
	for i := range history {
		if history[i].Address == r.Address {
			r.Before = history[i].At
			break
		}
	}
	for _, now := range r.Checks {
		if !isClear(now.Outcome) {
			continue
		}
		if before := lastClear(history, r.Address, now.Name); before != "" && before != now.Outcome {
			r.Drift = append(r.Drift, hw.CapabilityDrift{Check: now.Name, Before: before, After: now.Outcome})
		}
	}
}

// lastClear is the newest outcome of a check that says something; empty when
// there is none.
func lastClear(history []hw.CapabilityRecord, address, name string) hw.CheckOutcome {
	for i := range history {
		if history[i].Address != address {
			continue
		}
		for _, check := range history[i].Checks {
			if check.Name == name && isClear(check.Outcome) {
				return check.Outcome
			}
		}
	}
	return ""
}
