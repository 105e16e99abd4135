package anthropic

import (
	"strconv"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

var _ dialect.Overrider = Outbound{}

// Override gives a request other parameters. What the model would refuse the
// whole request over is left out and named.
func (Outbound) Override(op dialect.Operation, body []byte, to dialect.Target, p *hw.Parameters) ([]byte, []string, error) {
	if op.Endpoint != dialect.EndpointChat {
		return body, nil, nil
	}
	fields := [...]peek.Field{{Key: "temperature"}, {Key: "top_p"}, {Key: "thinking"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return nil, nil, badJSON(err)
	}
	kind := typeOf(fields[2].Raw(body))
	o := overriding{
		model: parseModel(to.Model), warm: !fields[0].IsNull(body), topped: !fields[1].IsNull(body),
		thinks: kind != "" && kind != "disabled", saysThinking: kind != "",
	}
	for _, one := range dialect.ParametersOf(p) {
		o.add(&one)
	}
	edited, err := peek.Write(body, o.puts)
	if err != nil {
		return nil, nil, badJSON(err)
	}
	return edited, o.dropped, nil
}

// overriding is one request whose parameters are changed.
type overriding struct {
	model model
	// warm and topped are true where the request has a temperature and a top_p,
	// thinks where it thinks, saysThinking where it has a word on that.
	warm, topped, thinks, saysThinking bool
	puts                               []peek.Put
	dropped                            []string
}

func (o *overriding) drop(what string) { o.dropped = append(o.dropped, what) }

func (o *overriding) add(one *dialect.Parameter) {
	put := peek.Put{Key: one.Name, With: one.Value, Fill: one.Fill}
	switch one.Name {
	case dialect.ParamTemperature, dialect.ParamTopP:
		o.sample(one, put)
		return
	case dialect.ParamEffort:
		o.effort(one)
		return
	case dialect.ParamMaxTokens:
	case dialect.ParamStop:
		put.Key = "stop_sequences"
	case dialect.ParamUser:
		put = peek.Put{Key: "metadata", Inner: []peek.Put{{Key: "user_id", With: one.Value, Fill: one.Fill}}}
	default:
		o.drop(one.Name)
		return
	}
	o.puts = append(o.puts, put)
}

// sample sets how freely words are chosen: current models take nothing of the
// kind, others only one of the two, none any of it while thinking.
func (o *overriding) sample(one *dialect.Parameter, put peek.Put) {
	there, beside := &o.warm, o.topped
	if one.Name == dialect.ParamTopP {
		there, beside = &o.topped, o.warm
	}
	switch {
	case one.Fill && (*there || beside && o.model.oneSampler()):
		return // the caller has chosen
	case o.model.unsampled(), o.thinks:
		o.drop(one.Name)
		return
	case beside && o.model.oneSampler():
		o.drop(one.Name)
		return
	case one.Name == dialect.ParamTemperature && *one.Values.Temperature > 1:
		put.With = []byte("1")
		o.drop("temperature (limited to 1)")
	}
	*there = true
	o.puts = append(o.puts, put)
}

// effort says how much to think where the model decides that itself; a budget,
// as older ones have, is for the caller, whose bound it counts against.
func (o *overriding) effort(one *dialect.Parameter) {
	effort := one.Values.ReasoningEffort
	switch {
	case effort != "none" && o.model.adaptive():
		level := strconv.Quote(o.model.effortLevel(effort))
		o.puts = append(o.puts, peek.Put{Key: "output_config", Inner: []peek.Put{{Key: "effort", With: []byte(level), Fill: one.Fill}}})
	case effort != "none", o.model.tireless:
		o.drop(one.Name)
	case o.saysThinking && one.Fill, !o.saysThinking && !o.model.thinksUnasked():
	default:
		o.thinks = false
		o.puts = append(o.puts, peek.Put{Key: "thinking", With: []byte(`{"type":"disabled"}`)})
	}
}
