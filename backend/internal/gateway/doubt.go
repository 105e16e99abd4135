package gateway

import (
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
)

// doubt is a failure of which it is open whether the target or the request is
// to blame.
type doubt struct {
	ticket *health.Ticket
	class  hw.Class
	model  string
}

// settleDoubts says whose fault the failures of a call were. A request that
// was answered in the end is a good one, so those that failed on it are to
// blame. One that failed alike on two targets is suspect itself, and its app
// with it for a while.
func (g *Gateway) settleDoubts(c *Call) {
	now := time.Now()
	for i := range c.doubts {
		d := &c.doubts[i]
		switch {
		case c.live != nil:
			d.ticket.Blame(now)
		case alike(c.doubts, i):
			d.ticket.Excuse(now)
		default:
			d.ticket.Weigh(now)
		}
	}
	c.doubts = nil
}

// alike reports whether another deployment failed in the same way.
func alike(all []doubt, i int) bool {
	for k := range all {
		if all[k].class == all[i].class && all[k].model != all[i].model {
			return true
		}
	}
	return false
}
