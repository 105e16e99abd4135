package dialect

// sound gives counts that hold what Usage promises, whatever an upstream
// counted: nothing below zero, reasoning inside the output, cached tokens inside
// the input. Routers count the reasoning of some models beside the output, and
// bill both; and some vendors count cached tokens of a prompt of their own that
// the input leaves out, or round them up.
func (u *Usage) sound() *Usage {
	if u == nil {
		return nil
	}
	for _, n := range []*int64{&u.In, &u.Out, &u.CachedIn, &u.CacheWrite, &u.ReasoningOut} {
		*n = max(*n, 0)
	}
	if u.ReasoningOut > u.Out {
		u.Out += u.ReasoningOut
	}
	u.CacheWrite = min(u.CacheWrite, u.In)
	u.CachedIn = min(u.CachedIn, u.In-u.CacheWrite)
	return u
}
