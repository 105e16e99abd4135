package responses

import (
	"strconv"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

var _ dialect.Overrider = Outbound{}

// Override gives a request other parameters. A model that reasons has fixed
// temperature and top_p and refuses a request over them.
func (Outbound) Override(op dialect.Operation, body []byte, to dialect.Target, p *hw.Parameters) ([]byte, []string, error) {
	if op.Endpoint != dialect.EndpointChat {
		return body, nil, nil
	}
	reasons := isReasoningModel(to.Model)
	puts, dropped := dialect.Puts(dialect.ParametersOf(p), func(one dialect.Parameter) (peek.Put, bool) {
		switch one.Name {
		case dialect.ParamTemperature, dialect.ParamTopP:
			return peek.Put{Key: one.Name}, !reasons
		case dialect.ParamMaxTokens:
			return peek.Put{Key: "max_output_tokens", With: strconv.AppendInt(nil, int64(max(one.Values.MaxTokens, leastTokens)), 10)}, true
		case dialect.ParamEffort:
			effort := []peek.Put{{Key: "effort", With: one.Value, Fill: one.Fill}}
			return peek.Put{Key: "reasoning", Inner: effort}, true
		case dialect.ParamUser:
			return peek.Put{Key: "user", Also: []string{"safety_identifier"}}, true
		}
		return peek.Put{}, false
	})
	edited, err := peek.Write(body, puts)
	if err != nil {
		return nil, nil, badJSON(err)
	}
	return edited, dropped, nil
}
