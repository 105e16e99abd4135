package catalog

import "headwater/backend/hw"

// PriceFor is the price in force for a request of so many tokens: that of the
// highest tier below it. False when the model has no known price.
func PriceFor(m hw.CatalogModel, tokensIn int64) (hw.Price, bool) {
	if m.Price == nil {
		return hw.Price{}, false
	}
	price, above := *m.Price, 0
	for _, t := range m.Tiers {
		if tokensIn > int64(t.AboveContext) && t.AboveContext >= above {
			price, above = withDefaults(t.Price, *m.Price), t.AboveContext
		}
	}
	return price, true
}

// withDefaults fills in what a tier says nothing of.
func withDefaults(p, usual hw.Price) hw.Price {
	for _, row := range [][2]*float64{
		{&p.CacheRead, &usual.CacheRead},
		{&p.CacheWrite, &usual.CacheWrite},
		{&p.Reasoning, &usual.Reasoning},
		{&p.InputAudio, &usual.InputAudio},
		{&p.OutputAudio, &usual.OutputAudio},
	} {
		if *row[0] == 0 {
			*row[0] = *row[1]
		}
	}
	return p
}

// Cost is what tokens cost at a price, in US dollars. Where a price for cached
// or reasoning tokens, or for those of sound, is not known, they cost what the
// others do; those of pictures always do. Seconds of sound have no price.
func Cost(p hw.Price, t hw.Tokens) float64 {
	orElse := func(price, usual float64) float64 {
		if price == 0 {
			return usual
		}
		return price
	}
	fresh, said := max(t.In-t.CachedIn-t.CacheWrite, 0), max(t.Out-t.Reasoning, 0)
	heard, spoken := min(t.AudioIn, fresh), min(t.AudioOut, said)
	millionths := float64(fresh-heard)*p.Input + float64(heard)*orElse(p.InputAudio, p.Input) +
		float64(t.CachedIn)*orElse(p.CacheRead, p.Input) + float64(t.CacheWrite)*orElse(p.CacheWrite, p.Input) +
		float64(said-spoken)*p.Output + float64(spoken)*orElse(p.OutputAudio, p.Output) +
		float64(t.Reasoning)*orElse(p.Reasoning, p.Output)
	return millionths / 1e6
}
