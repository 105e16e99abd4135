package scan

import (
	"context"
	"net/netip"
)

// PlanOf makes a plan of any addresses: those of a test are on this machine,
// which Plan refuses.
func PlanOf(name, host string, addrs ...netip.Addr) Plan {
	return Plan{Range: name, host: host, addrs: addrs}
}

// Addrs are the addresses of a plan.
func (p Plan) Addrs() []netip.Addr { return p.addrs }

// ResolveWith replaces the look-up of names.
func (s *Scanner) ResolveWith(resolve func(ctx context.Context, host string) ([]netip.Addr, error)) {
	s.resolve = resolve
}

// The bounds that tests hold the package to.
const (
	MaxModels   = maxModels
	MaxFound    = maxFound
	AtOnce      = atOnce
	AnswerTime  = answerTime
	EngineTime  = engineTime
	ConnectTime = connectTime
)
