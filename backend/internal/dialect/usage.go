package dialect

// mostTokens is the largest count that is taken from an upstream. Sums of many
// such calls, and what they cost, stay far from what a number can hold.
const mostTokens = 1 << 40

// Sound gives counts that hold what Usage promises, whatever an upstream
// counted: nothing below zero, nothing absurd, reasoning inside the output, cached tokens inside
// the input. Routers count the reasoning of some models beside the output, and
// bill both; and some vendors count cached tokens of a prompt of their own that
// the input leaves out, or round them up.
func (u *Usage) Sound() *Usage {
	if u == nil {
		return nil
	}
	for _, n := range []*int64{&u.In, &u.Out, &u.CachedIn, &u.CacheWrite, &u.ReasoningOut, &u.AudioIn, &u.AudioOut, &u.ImageIn, &u.ImageOut} {
		*n = min(max(*n, 0), mostTokens)
	}
	if u.ReasoningOut > u.Out {
		u.Out += u.ReasoningOut
	}
	u.CacheWrite = min(u.CacheWrite, u.In)
	u.CachedIn = min(u.CachedIn, u.In-u.CacheWrite)
	u.AudioIn = min(u.AudioIn, u.In-u.CacheWrite-u.CachedIn)
	u.ImageIn = min(u.ImageIn, u.In-u.CacheWrite-u.CachedIn-u.AudioIn)
	u.AudioOut = min(u.AudioOut, u.Out-u.ReasoningOut)
	u.ImageOut = min(u.ImageOut, u.Out-u.ReasoningOut-u.AudioOut)
	return u
}
