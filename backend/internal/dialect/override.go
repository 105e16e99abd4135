package dialect

import (
	"encoding/json"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect/peek"
)

// Overrider is implemented by an Outbound whose own callers' requests can be
// given other parameters.
type Overrider interface {
	// Override changes the parameters of a request that Adapt has made; every
	// other byte stays. dropped names those that the dialect, or the model, has
	// no field for. Errors are *hw.Error.
	Override(op Operation, body []byte, to Target, p *hw.Parameters) (edited []byte, dropped []string, err error)
}

// The names of parameters.
const (
	ParamTemperature      = "temperature"
	ParamTopP             = "top_p"
	ParamMaxTokens        = "max_tokens"
	ParamEffort           = "reasoning_effort"
	ParamStop             = "stop"
	ParamSeed             = "seed"
	ParamPresencePenalty  = "presence_penalty"
	ParamFrequencyPenalty = "frequency_penalty"
	ParamUser             = "user"
)

// Parameter is one parameter that a route has a word on.
type Parameter struct {
	Name string
	// Value is JSON text.
	Value []byte
	// Fill is true for one that holds only where the caller says nothing.
	Fill bool
	// Values are all of its kind, for who needs a number or a word.
	Values *hw.ParameterValues
}

// ParametersOf lists what a route has a word on, always in the same order.
func ParametersOf(p *hw.Parameters) []Parameter {
	var all []Parameter
	for _, values := range []*hw.ParameterValues{&p.Set, &p.Default} {
		for _, row := range []struct {
			name  string
			value any
			said  bool
		}{
			{ParamEffort, values.ReasoningEffort, values.ReasoningEffort != ""}, // first: others hang on it
			{ParamTemperature, values.Temperature, values.Temperature != nil},
			{ParamTopP, values.TopP, values.TopP != nil},
			{ParamMaxTokens, values.MaxTokens, values.MaxTokens != 0},
			{ParamStop, values.Stop, len(values.Stop) > 0},
			{ParamSeed, values.Seed, values.Seed != nil},
			{ParamPresencePenalty, values.PresencePenalty, values.PresencePenalty != nil},
			{ParamFrequencyPenalty, values.FrequencyPenalty, values.FrequencyPenalty != nil},
			{ParamUser, values.User, values.User != ""},
		} {
			known := slices.ContainsFunc(all, func(one Parameter) bool { return one.Name == row.name })
			if row.said && !known { // what is set needs no default
				all = append(all, Parameter{Name: row.name, Value: jsonOf(row.value), Fill: values == &p.Default, Values: values})
			}
		}
	}
	return all
}

// jsonOf renders a plain value; angle brackets as they are, for the reader's sake.
func jsonOf(value any) []byte {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic("bug: parameters are plain values: " + err.Error())
	}
	return []byte(strings.TrimSuffix(text.String(), "\n"))
}

// Puts turns parameters into values for a body. place gives the field of one,
// false for one that has none: those are named.
func Puts(all []Parameter, place func(Parameter) (peek.Put, bool)) (puts []peek.Put, dropped []string) {
	for _, p := range all {
		put, ok := place(p)
		if !ok {
			dropped = append(dropped, p.Name)
			continue
		}
		put.Fill = p.Fill
		if put.With == nil {
			put.With = p.Value
		}
		puts = append(puts, put)
	}
	return puts, dropped
}

// Override changes the parameters of a request in the neutral form.
func (r *Request) Override(p *hw.Parameters) {
	for _, one := range ParametersOf(p) {
		if r.Endpoint != EndpointChat && r.Endpoint != EndpointCompletions && one.Name != ParamUser {
			continue // it writes nothing
		}
		r.override(one)
	}
}

func (r *Request) override(p Parameter) {
	v := p.Values
	switch p.Name {
	case ParamTemperature:
		put(&r.Temperature, v.Temperature, p.Fill)
	case ParamTopP:
		put(&r.TopP, v.TopP, p.Fill)
	case ParamMaxTokens:
		put(&r.MaxTokens, v.MaxTokens, p.Fill)
	case ParamSeed:
		put(&r.Seed, v.Seed, p.Fill)
	case ParamPresencePenalty:
		put(&r.PresencePenalty, v.PresencePenalty, p.Fill)
	case ParamFrequencyPenalty:
		put(&r.FrequencyPenalty, v.FrequencyPenalty, p.Fill)
	case ParamUser:
		put(&r.User, v.User, p.Fill)
		if !p.Fill {
			r.Kin.SafetyID = "" // the same under a newer name
		}
	default:
		r.overrideMore(p)
	}
}

func (r *Request) overrideMore(p Parameter) {
	switch {
	case p.Name == ParamEffort && (!p.Fill || r.Effort == "" && r.ThinkingTokens == 0):
		r.Effort, r.ThinkingTokens = p.Values.ReasoningEffort, 0
	case p.Name == ParamStop && (!p.Fill || len(r.Stop) == 0):
		r.Stop = p.Values.Stop
	}
}

// put writes a value; to fill is to write only where there is none.
func put[T comparable](there *T, value T, fill bool) {
	var none T
	if !fill || *there == none {
		*there = value
	}
}
