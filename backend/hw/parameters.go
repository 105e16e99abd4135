package hw

import (
	"fmt"
	"strings"
)

// Parameters are a route's word on the parameters of a request, in neutral
// words: each upstream gets them in its own.
type Parameters struct {
	// Set holds whatever the caller says; Default where the caller says nothing.
	Set     ParameterValues `json:"set,omitzero" doc:"Holds whatever the caller says"`
	Default ParameterValues `json:"default,omitzero" doc:"Holds where the caller says nothing"`
}

// ParameterValues are parameters of a request. What is absent is left to the
// caller and the upstream.
type ParameterValues struct {
	// Temperature and TopP say how freely the model chooses its words; 0 is a value.
	Temperature *float64 `json:"temperature,omitempty" nullable:"true" minimum:"0" maximum:"2" doc:"How freely the model chooses its words, 0 to 2"`
	TopP        *float64 `json:"top_p,omitempty" nullable:"true" minimum:"0" maximum:"1" doc:"Share of the likeliest words it chooses from, 0 to 1"`
	// MaxTokens bounds the answer. Zero means no word on it.
	MaxTokens int `json:"max_tokens,omitempty" minimum:"0" maximum:"10000000" doc:"Bound on the answer in tokens; 0 means no word on it"`
	// ReasoningEffort is how much the model thinks. Empty means no word on it.
	ReasoningEffort string `json:"reasoning_effort,omitempty" nullable:"true" enum:"none,minimal,low,medium,high,xhigh" doc:"How much the model thinks; empty means no word on it"`
	// Stop are texts that end an answer.
	Stop []string `json:"stop,omitempty" maxItems:"4" doc:"Texts that end an answer"`
	// Seed makes answers repeatable where an upstream can; 0 is a value.
	Seed *int64 `json:"seed,omitempty" nullable:"true" doc:"Makes answers repeatable, where an upstream can"`
	// PresencePenalty and FrequencyPenalty keep an answer from repeating itself; 0 is a value.
	PresencePenalty  *float64 `json:"presence_penalty,omitempty" nullable:"true" minimum:"-2" maximum:"2" doc:"Weighs against words that have come, -2 to 2"`
	FrequencyPenalty *float64 `json:"frequency_penalty,omitempty" nullable:"true" minimum:"-2" maximum:"2" doc:"Weighs against words that have come often, -2 to 2"`
	// User is the end user as the upstream is told. Empty means no word on it.
	User string `json:"user,omitempty" maxLength:"200" doc:"End user as the upstream is told; empty means no word on it"`
}

// IsZero reports that nothing is said.
func (p Parameters) IsZero() bool { return p.Set.IsZero() && p.Default.IsZero() }

// IsZero reports that nothing is said.
func (v ParameterValues) IsZero() bool {
	return v.Temperature == nil && v.TopP == nil && v.MaxTokens == 0 && v.ReasoningEffort == "" && len(v.Stop) == 0 &&
		v.Seed == nil && v.PresencePenalty == nil && v.FrequencyPenalty == nil && v.User == ""
}

func (p *Parameters) check(c *checker) {
	p.Set.check(c, "parameters.set")
	p.Default.check(c, "parameters.default")
}

func (v *ParameterValues) check(c *checker, at string) {
	for _, row := range []struct {
		field       string
		value       *float64
		least, most float64
	}{
		{"temperature", v.Temperature, 0, 2},
		{"top_p", v.TopP, 0, 1},
		{"presence_penalty", v.PresencePenalty, -2, 2},
		{"frequency_penalty", v.FrequencyPenalty, -2, 2},
	} {
		if row.value != nil && (*row.value < row.least || *row.value > row.most) {
			c.add(at+"."+row.field, "must be from %g to %g", row.least, row.most)
		}
	}
	c.between(at+".max_tokens", int64(v.MaxTokens), 1, 10_000_000)
	c.oneOf(at+".reasoning_effort", v.ReasoningEffort, "", "none", "minimal", "low", "medium", "high", "xhigh")
	c.text(at+".user", v.User, 200)
	if len(v.Stop) > 4 {
		c.add(at+".stop", "must have at most 4 texts")
	}
	for i, stop := range v.Stop {
		field := fmt.Sprintf("%s.stop[%d]", at, i)
		if strings.TrimSpace(stop) == "" {
			c.add(field, "must not be blank")
		}
		c.text(field, stop, 200)
	}
}
