package certify

import (
	"fmt"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/dialect"
)

// purse is what a run may still use: US dollars where a price is known, else the
// tokens of its plan.
type purse struct {
	price *hw.Price
	// mostUSD and mostTokens are the caps; one of them counts.
	mostUSD    float64
	mostTokens int64
	used       hw.Tokens
	usd        float64
}

// newPurse fills a purse for a plan; most is what the administrator said, zero
// for the plan's own bound.
func newPurse(plan *hw.CertifyPlan, most float64) *purse {
	p := &purse{price: plan.Price, mostTokens: plan.TokensIn + plan.TokensOut, mostUSD: most}
	if most == 0 && plan.MaxCostUSD != nil {
		p.mostUSD = *plan.MaxCostUSD
	}
	return p
}

// slack keeps the sum of roundings from ending a run. Unit: US dollars.
const slack = 1e-9

// may reports whether so many tokens fit into what is left.
func (p *purse) may(t hw.Tokens) bool {
	if p.price == nil {
		return p.used.In+p.used.Out+t.In+t.Out <= p.mostTokens
	}
	return p.usd+catalog.Cost(*p.price, t) <= p.mostUSD+slack
}

// pay takes out what a request used: what the upstream told, else the most it
// could have been.
func (p *purse) pay(told *dialect.Usage, most hw.Tokens) {
	t := most
	t.Estimated = true
	if told != nil {
		t = hw.Tokens{
			In: told.In, Out: told.Out, CachedIn: told.CachedIn, CacheWrite: told.CacheWrite, Reasoning: told.ReasoningOut, Estimated: told.Estimated,
		}
	}
	p.used.In, p.used.Out = p.used.In+t.In, p.used.Out+t.Out
	p.used.CachedIn, p.used.CacheWrite = p.used.CachedIn+t.CachedIn, p.used.CacheWrite+t.CacheWrite
	p.used.Reasoning += t.Reasoning
	p.used.Estimated = p.used.Estimated || t.Estimated
	if p.price != nil {
		p.usd += catalog.Cost(*p.price, t)
	}
}

// empty says why the next request is not made.
func (p *purse) empty() hw.Said {
	if p.price == nil {
		return hw.Say("stopped.tokens", "tokens", p.mostTokens)
	}
	return hw.Say("stopped.cost", "cost", fmt.Sprintf("$%.4f", p.mostUSD))
}
