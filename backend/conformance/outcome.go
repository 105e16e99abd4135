package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Call is one tool call of an answer; Args is JSON text.
type Call struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Args string `json:"args"`
}

// Outcome is what a client holds after a call, in OpenAI's words. The names of
// Usage are those of the recordings: in, out, total, cached_in, reasoning_out.
type Outcome struct {
	Model     string           `json:"model"`
	Text      string           `json:"text"`
	Reasoning string           `json:"reasoning"`
	Calls     []Call           `json:"calls"`
	Finish    string           `json:"finish"`
	Usage     map[string]int64 `json:"usage"`
	Vectors   int              `json:"vectors,omitempty"`
	Dims      int              `json:"dims,omitempty"`
	First     []float64        `json:"first,omitempty"`
	// Failed is true when the client raised an error; ErrorText is its message.
	Failed    bool   `json:"failed,omitempty"`
	ErrorText string `json:"error_text,omitempty"`
}

// Differences lists how got differs from what was wanted; empty when it does not.
func Differences(want, got Outcome) []string {
	if want.Failed || got.Failed {
		if want.Failed == got.Failed {
			return nil
		}
		if got.Failed {
			return []string{"raised: " + got.ErrorText}
		}
		return []string{fmt.Sprintf("raised nothing, answered %q", short(got.Text))}
	}
	var diffs []string
	add := func(what string, want, got any) {
		if !reflect.DeepEqual(want, got) {
			diffs = append(diffs, fmt.Sprintf("%s: want %s, got %s", what, short(fmt.Sprint(want)), short(fmt.Sprint(got))))
		}
	}
	add("model", want.Model, got.Model)
	add("text", want.Text, got.Text)
	add("reasoning", want.Reasoning, got.Reasoning)
	add("finish", want.Finish, got.Finish)
	add("vectors", want.Vectors, got.Vectors)
	if want.Dims != 0 {
		add("dims", want.Dims, got.Dims)
	}
	add("calls", len(want.Calls), len(got.Calls))
	for i := range min(len(want.Calls), len(got.Calls)) {
		diffs = append(diffs, callDifferences(i, want.Calls[i], got.Calls[i])...)
	}
	for _, name := range slices.Sorted(maps.Keys(want.Usage)) {
		add("usage "+name, want.Usage[name], got.Usage[name])
	}
	for i, w := range want.First {
		if i >= len(got.First) || !near(w, got.First[i]) {
			diffs = append(diffs, fmt.Sprintf("vector element %d: want %v, got %v", i, want.First, got.First))
			break
		}
	}
	return diffs
}

func callDifferences(i int, want, got Call) []string {
	var diffs []string
	if want.ID != got.ID {
		diffs = append(diffs, fmt.Sprintf("call %d id: want %q, got %q", i, want.ID, got.ID))
	}
	if want.Name != got.Name {
		diffs = append(diffs, fmt.Sprintf("call %d name: want %q, got %q", i, want.Name, got.Name))
	}
	if !sameArgs(want.Args, got.Args) {
		diffs = append(diffs, fmt.Sprintf("call %d arguments: want %s, got %s", i, short(want.Args), short(got.Args)))
	}
	return diffs
}

// sameArgs compares arguments as JSON; no arguments and an empty object are one.
func sameArgs(a, b string) bool {
	if a == "" {
		a = "{}"
	}
	if b == "" {
		b = "{}"
	}
	if a == b {
		return true
	}
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// near allows for the 32-bit floats of a base64 vector.
func near(a, b float64) bool {
	diff := a - b
	return diff < 1e-6 && diff > -1e-6
}

func short(s string) string {
	const limit = 160
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit/2]) + " … " + string(r[len(r)-limit/2:])
}
