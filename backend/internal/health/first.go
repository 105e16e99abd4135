package health

import "time"

// firstKnown is how long it is known what first content takes: after that a
// target is asked again, so that one that was slow once is not left for good.
const firstKnown = time.Minute

// First is what the first content of a target takes, the slow answers of late
// foremost. Zero means that nothing is known, or nothing of late.
func (r *Registry) First(t *Target, flow Flow, now time.Time) time.Duration {
	l := &r.entry(t, now).silence[flow].took
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.peak == 0 || now.Sub(l.last) > firstKnown {
		return 0
	}
	return max(time.Duration(l.peak), 1)
}
