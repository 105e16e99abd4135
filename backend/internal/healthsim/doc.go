// Package healthsim proves in virtual time what health and route promise
// together for hours of trouble: how many calls are served, how many attempts
// that costs, and how soon a repaired target is used again.
//
// It holds tests only. The registry and the planner are the real ones: both
// take the time as an argument, so that an hour of calls passes in a moment on
// a clock of its own. What stands between them, the gateway's walk along a
// plan, is told again here step by step; each step names its original. Left
// out are the tiers that are not targets, hedging, bodies that differ by
// dialect, models that think, local engines and callers who hang up.
//
// Its one invariant: the same seed gives the same hour, to the last call.
//
// Plain "go test" runs a short version. With HEADWATER_RESILIENCE=full, as
// "make resilience" sets it, the generated hours are a thousand.
package healthsim
