package openai

import (
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

var _ dialect.Overrider = Outbound{}

// Override gives a request other parameters: their neutral names are OpenAI's.
func (Outbound) Override(op dialect.Operation, body []byte, to dialect.Target, p *hw.Parameters) ([]byte, []string, error) {
	all := dialect.ParametersOf(p)
	switch op.Endpoint {
	case dialect.EndpointChat, dialect.EndpointCompletions:
	case dialect.EndpointEmbeddings: // which write nothing
		all = slices.DeleteFunc(all, func(one dialect.Parameter) bool { return one.Name != dialect.ParamUser })
	default:
		return body, nil, nil
	}
	puts, dropped := dialect.Puts(all, func(one dialect.Parameter) (peek.Put, bool) {
		switch {
		case isMistral(to) && one.Name == dialect.ParamSeed:
			return peek.Put{Key: "random_seed"}, true
		case isMistral(to) && one.Name == dialect.ParamUser: // which it refuses
			return peek.Put{}, false
		case op.Endpoint == dialect.EndpointCompletions:
			return peek.Put{Key: one.Name}, one.Name != dialect.ParamEffort
		case one.Name != dialect.ParamMaxTokens:
			return peek.Put{Key: one.Name}, true
		case isReasoningModel(to.Model):
			return peek.Put{Key: "max_completion_tokens", Also: []string{"max_tokens"}}, true
		}
		return peek.Put{Key: "max_tokens", Also: []string{"max_completion_tokens"}}, true
	})
	edited, err := peek.Write(body, puts)
	if err != nil {
		return nil, nil, badJSON(err)
	}
	return edited, dropped, nil
}
