package gemini

import (
	"strconv"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

var _ dialect.Overrider = Outbound{}

// overrideNames are the parameters under generationConfig, each with the other
// way in which Google's JSON may be spelt.
func overrideNames() map[string][2]string {
	return map[string][2]string{
		dialect.ParamTemperature: {"temperature"}, dialect.ParamTopP: {"topP", "top_p"},
		dialect.ParamMaxTokens: {"maxOutputTokens", "max_output_tokens"}, dialect.ParamStop: {"stopSequences", "stop_sequences"},
		dialect.ParamSeed: {"seed"}, dialect.ParamPresencePenalty: {"presencePenalty", "presence_penalty"},
		dialect.ParamFrequencyPenalty: {"frequencyPenalty", "frequency_penalty"},
	}
}

// Override gives a request other parameters: all stand under generationConfig.
func (Outbound) Override(op dialect.Operation, body []byte, to dialect.Target, p *hw.Parameters) ([]byte, []string, error) {
	if op.Endpoint != dialect.EndpointChat {
		return body, nil, nil
	}
	o := overriding{model: parseModel(to.Model), config: fieldOf(body, "generationConfig", "generation_config")}
	names := overrideNames()
	for _, one := range dialect.ParametersOf(p) {
		name, known := names[one.Name]
		switch {
		case one.Name == dialect.ParamEffort:
			o.effort(&one)
		case !known, o.refuses(&one):
			o.dropped = append(o.dropped, one.Name)
		default:
			o.put(name[0], name[1], one.Value, one.Fill)
		}
	}
	if len(o.puts) == 0 {
		return body, o.dropped, nil
	}
	edited, err := peek.Write(body, []peek.Put{{Key: "generationConfig", Also: []string{"generation_config"}, Inner: o.puts}})
	if err != nil {
		return nil, nil, badJSON(err)
	}
	return edited, o.dropped, nil
}

// overriding is one request whose parameters are changed.
type overriding struct {
	model   model
	config  []byte // the caller's generationConfig; nil when there is none
	puts    []peek.Put
	dropped []string
}

func (o *overriding) put(key, also string, value []byte, fill bool) {
	put := peek.Put{Key: key, With: value, Fill: fill}
	if also != "" {
		put.Also = []string{also}
	}
	o.puts = append(o.puts, put)
}

// refuses reports a penalty for a model that takes none; see encoding.penalty.
func (o *overriding) refuses(one *dialect.Parameter) bool {
	penalty := one.Name == dialect.ParamPresencePenalty || one.Name == dialect.ParamFrequencyPenalty
	return penalty && o.model.isGemini && o.model.generation >= 35
}

// effort says how much to think: by a level or a budget, whichever the model
// knows. Google refuses both beside each other, so what the caller said of
// either goes.
func (o *overriding) effort(one *dialect.Parameter) {
	effort := one.Values.ReasoningEffort
	if !o.model.thinks() {
		if effort != "none" {
			o.dropped = append(o.dropped, one.Name)
		}
		return
	}
	there := fieldOf(o.config, "thinkingConfig", "thinking_config")
	said := fieldOf(there, "thinkingBudget", "thinking_budget") != nil || fieldOf(there, "thinkingLevel", "thinking_level") != nil
	if said && one.Fill {
		return
	}
	if effort == "none" && o.model.pro {
		o.dropped = append(o.dropped, "reasoning_effort (none)") // no Pro can stop thinking
	}
	config := []byte{'{'}
	if shown := fieldOf(there, "includeThoughts", "include_thoughts"); shown != nil {
		config = append(append(append(config, `"includeThoughts":`...), shown...), ',')
	}
	if o.model.byLevel() {
		config = append(append(config, `"thinkingLevel":`...), strconv.Quote(o.model.level(effort))...)
	} else {
		config = strconv.AppendInt(append(config, `"thinkingBudget":`...), int64(o.model.budget(effort)), 10)
	}
	o.put("thinkingConfig", "thinking_config", append(config, '}'), false)
}

// fieldOf is the raw value of a field by either of its names; nil when there is
// none, or null.
func fieldOf(object []byte, name, other string) []byte {
	fields := [...]peek.Field{{Key: name}, {Key: other}}
	if len(object) == 0 || peek.Object(object, fields[:]) != nil {
		return nil
	}
	for _, f := range fields {
		if !f.IsNull(object) {
			return f.Raw(object)
		}
	}
	return nil
}
