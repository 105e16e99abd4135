package route

import (
	"cmp"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/snapshot"
)

// usualAnswer is how many tokens an answer is taken to have: which of two
// models is cheaper must not hang on the request alone.
const usualAnswer = 500

// Price is what a call of a chat with so many tokens would cost at a target, in
// US dollars, by the catalogue; asked is the model that the caller names. False
// where there is no price.
func Price(s *snapshot.Snapshot, target *snapshot.Target, asked string, tokensIn int64) (float64, bool) {
	facts, ok := s.Model(target.Upstream, cmp.Or(target.Model, asked))
	if !ok {
		return 0, false
	}
	price, ok := catalog.PriceFor(facts, tokensIn)
	if !ok {
		return 0, false
	}
	return catalog.Cost(price, hw.Tokens{In: tokensIn, Out: usualAnswer}), true
}
