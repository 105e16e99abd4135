package openai

import (
	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// defaultModel is what OpenAI asks where a request names no model; empty where
// its own choice has changed over time or there is none. Source: the API
// reference, "Create moderation" and "Create image variation", 2026.
func defaultModel(endpoint dialect.Endpoint) string {
	switch endpoint {
	case dialect.EndpointModerations:
		return "omni-moderation-latest"
	case dialect.EndpointImageVariations:
		return "dall-e-2"
	default:
		return ""
	}
}

// peekMore reads model and stream of the smaller endpoints.
func peekMore(op dialect.Operation, body []byte) (dialect.Peek, error) {
	var m mention
	var err error
	if op.Form != "" {
		m, err = mentionInForm(op, body)
	} else {
		m, err = mentionInObject(op, body)
	}
	if err != nil {
		return dialect.Peek{}, err
	}
	if m.model == "" {
		return dialect.Peek{}, errNoModel()
	}
	return dialect.Peek{Model: m.model, Stream: m.stream, StreamUsage: true}, nil
}

// mention is what a request says of its model and of how it is answered.
type mention struct {
	model  string
	stream bool
}

func errNoModel() *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, "The field model must name a model.").At("model")
}

func mentionInObject(op dialect.Operation, body []byte) (m mention, err error) {
	fields := [...]peek.Field{{Key: "model", Fold: true}, {Key: "stream", Fold: true}, {Key: "stream_format", Fold: true}}
	if err := peek.Object(body, fields[:]); err != nil {
		return m, badJSON(err)
	}
	m.model = defaultModel(op.Endpoint)
	if !fields[0].IsNull(body) {
		m.model, _ = peek.String(fields[0].Raw(body))
	}
	if op.Endpoint == dialect.EndpointSpeech { // which has another word for it
		format, _ := peek.String(fields[2].Raw(body))
		m.stream = format == "sse"
		return m, nil
	}
	switch raw := string(fields[1].Raw(body)); raw {
	case "", "null", "false":
	case "true":
		m.stream = op.Endpoint.Media()
	default:
		return m, hw.Errorf(hw.CodeBadRequest, "The field stream must be true or false.").At("stream")
	}
	return m, nil
}

func errNoRerank() *hw.Error {
	return hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", dialect.EndpointRerank).At("model")
}

// adaptUnnamed names the target's model in a request that names none.
func adaptUnnamed(op dialect.Operation, body []byte, to dialect.Target) dialect.Wire {
	edit := peek.Insert(body, `"model":`+string(peek.AppendString(nil, to.Model)))
	return dialect.Wire{
		Path:   path(op.Endpoint),
		Header: dialect.Header{"Content-Type": {"application/json"}},
		Body:   peek.Apply(make([]byte, 0, len(body)+64+len(to.Model)), body, edit),
	}
}
