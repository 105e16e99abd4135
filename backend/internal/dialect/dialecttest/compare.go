package dialecttest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Differences compares what a client got with what it had to get: its text,
// reasoning, refusal, finish and tool calls, and its usage.
func Differences(got, want *Client) []string {
	var out []string
	if got.Text != want.Text && !(strings.HasPrefix(got.Text, "{") && SameJSON(got.Text, want.Text)) {
		out = append(out, "text")
	}
	if got.Reasoning != want.Reasoning {
		out = append(out, "reasoning")
	}
	if got.Refusal != want.Refusal {
		out = append(out, "refusal")
	}
	if got.Finish != want.Finish {
		out = append(out, "finish "+got.Finish+" for "+want.Finish)
	}
	if !SameCalls(got.ToolCalls, want.ToolCalls) {
		out = append(out, "tool calls")
	}
	if (got.Usage == nil) != (want.Usage == nil) || got.Usage != nil && *got.Usage != *want.Usage {
		out = append(out, "usage")
	}
	return out
}

// SameCalls compares tool calls, their arguments as JSON values.
func SameCalls(a, b []Call) bool {
	return slices.EqualFunc(a, b, func(x, y Call) bool {
		return x.ID == y.ID && x.Name == y.Name && SameJSON(x.Args, y.Args)
	})
}

// SameJSON compares JSON texts as values, or as texts where they are no JSON.
func SameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	left, _ := json.Marshal(x)
	right, _ := json.Marshal(y)
	return string(left) == string(right)
}

// Tally counts equal answers and why others are not.
type Tally struct {
	Total, Equal, Known int
	// Reasons maps what is different to the records where it is.
	Reasons map[string][]string
}

// Add counts one answer.
func (y *Tally) Add(id string, differences []string) {
	y.Total++
	if len(differences) == 0 {
		y.Equal++
		return
	}
	y.note(id, strings.Join(differences, "; "))
}

// AddKnown counts one answer that is different for a known reason.
func (y *Tally) AddKnown(id, reason string) {
	y.Total++
	y.Known++
	y.note(id, "known: "+reason)
}

func (y *Tally) note(id, why string) {
	if y.Reasons == nil {
		y.Reasons = map[string][]string{}
	}
	y.Reasons[why] = append(y.Reasons[why], id)
}

// Share is how much is equal, in percent, of all that is not different for a
// known reason.
func (y *Tally) Share() float64 { return 100 * float64(y.Equal) / float64(max(y.Total-y.Known, 1)) }

// Report logs the counts and fails the test where fewer than least percent are
// equal.
func (y *Tally) Report(tb testing.TB, what string, least float64) {
	tb.Helper()
	tb.Logf("%s: %d of %d answers equal, %d different for a known reason: %.2f %%", what, y.Equal, y.Total, y.Known, y.Share())
	for _, why := range slices.Sorted(maps.Keys(y.Reasons)) {
		ids := slices.Compact(slices.Sorted(slices.Values(y.Reasons[why])))
		tb.Logf("  %d x %s: %s", len(y.Reasons[why]), why, strings.Join(ids[:min(len(ids), 8)], " "))
	}
	if y.Total == 0 || y.Share() < least {
		tb.Errorf("%s: %.2f %% equal, want at least %.2f", what, y.Share(), least)
	}
}
