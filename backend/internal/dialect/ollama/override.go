package ollama

import (
	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

var _ dialect.Overrider = Outbound{}

// Override gives a request other parameters: all but the effort stand under
// options.
func (Outbound) Override(op dialect.Operation, body []byte, to dialect.Target, p *hw.Parameters) ([]byte, []string, error) {
	if op.Endpoint != dialect.EndpointChat {
		return body, nil, nil
	}
	var top, options []peek.Put
	var dropped []string
	for _, one := range dialect.ParametersOf(p) {
		put := peek.Put{Key: one.Name, With: one.Value, Fill: one.Fill}
		switch one.Name {
		case dialect.ParamUser:
			dropped = append(dropped, one.Name)
		case dialect.ParamEffort:
			think, err := marshal(thinkOut(&dialect.Request{Effort: one.Values.ReasoningEffort}, to.Model))
			if err != nil {
				return nil, nil, hw.Errorf(hw.CodeInternal, "Headwater could not complete this call.").Because(err)
			}
			put.Key, put.With = "think", think
			top = append(top, put)
		case dialect.ParamMaxTokens:
			put.Key = "num_predict"
			options = append(options, put)
		default:
			options = append(options, put)
		}
	}
	if len(options) > 0 {
		top = append(top, peek.Put{Key: "options", Inner: options})
	}
	edited, err := peek.Write(body, top)
	if err != nil {
		return nil, nil, badJSON(err)
	}
	return edited, dropped, nil
}
