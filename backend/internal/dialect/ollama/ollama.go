// Package ollama speaks Ollama's own API: chat, generate, embeddings and the
// model list, to callers and to upstreams.
//
// It does not speak Ollama's OpenAI-compatible road, which is another dialect,
// and it neither pulls nor keeps models: those paths are its ground, but
// nothing is at them. It keeps nothing between calls and does not know any
// other dialect.
//
// Its one invariant: a stream is one JSON object a line, and only its last line
// says done; clients raise an error for every stream that lacks it.
package ollama

import (
	"errors"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// name is the dialect's stable name.
const name = "ollama"

// Inbound is the dialect as callers speak it.
type Inbound struct{}

// Outbound is the dialect as upstreams speak it; their base URL is the root of
// the server.
type Outbound struct{}

var (
	_ dialect.Inbound     = Inbound{}
	_ dialect.Outbound    = Outbound{}
	_ dialect.ModelLister = Outbound{}
)

// Name is "ollama".
func (Inbound) Name() string { return name }

// Name is "ollama".
func (Outbound) Name() string { return name }

// Serves is true for chat, embeddings and models.
func (Outbound) Serves(endpoint dialect.Endpoint) bool {
	return path(dialect.Operation{Endpoint: endpoint}) != ""
}

// path is an operation's path below the root; empty when there is none.
func path(op dialect.Operation) string {
	switch op.Endpoint {
	case dialect.EndpointChat:
		if op.Name == nameGenerate {
			return pathGenerate
		}
		return pathChat
	case dialect.EndpointEmbeddings:
		if op.Name == nameEmbeddings {
			return pathEmbeddings
		}
		return pathEmbed
	case dialect.EndpointModels:
		return pathTags
	default:
		return ""
	}
}

// Peek reads model and stream. Ollama streams unless it is told not to.
func (Inbound) Peek(op dialect.Operation, body []byte) (dialect.Peek, error) {
	fields := [...]peek.Field{{Key: "model", Fold: true}, {Key: "stream", Fold: true}, {Key: "name", Fold: true}}
	known := fields[:2]
	if op.Name == nameShow {
		known = fields[:]
	}
	if err := peek.Object(body, known); err != nil {
		return dialect.Peek{}, badJSON(err)
	}
	p := dialect.Peek{StreamUsage: true}
	model := fields[0]
	if model.IsNull(body) || string(model.Raw(body)) == `""` {
		model = fields[2] // the older word, which show still takes
	}
	var ok bool
	if p.Model, ok = peek.String(model.Raw(body)); !ok || p.Model == "" {
		return p, bad("model", "The field model must name a model.")
	}
	switch string(fields[1].Raw(body)) {
	case "", "null", "true":
		p.Stream = op.Endpoint == dialect.EndpointChat
	case "false":
	default:
		return p, bad("stream", "The field stream must be true or false.")
	}
	return p, nil
}

// badJSON tells the caller why a body was refused before it was decoded.
func badJSON(err error) *hw.Error {
	if dup, ok := errors.AsType[*peek.DuplicateError](err); ok {
		return hw.Errorf(hw.CodeBadJSON, "%s", dup.Error()).At(dup.Key)
	}
	if errors.Is(err, peek.ErrNotObject) {
		return hw.Errorf(hw.CodeBadJSON, "The request body is not a JSON object.").Because(err)
	}
	return hw.Errorf(hw.CodeBadJSON, "The request body is not valid JSON: %s.", err.Error())
}

func bad(at, format string, args ...any) *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, format, args...).At(at)
}

func header() dialect.Header { return dialect.Header{"Content-Type": {"application/json"}} }

// Adapt replaces the model; everything else stays byte for byte. That stream
// is absent means the same to the upstream as it did to Peek.
func (Outbound) Adapt(op dialect.Operation, body []byte, to dialect.Target, _ bool) (dialect.Wire, error) {
	if op.Endpoint == dialect.EndpointModels {
		return dialect.Wire{Path: pathTags}, nil
	}
	field := [...]peek.Field{{Key: "model"}}
	if err := peek.Object(body, field[:]); err != nil {
		return dialect.Wire{}, badJSON(err)
	}
	if !field[0].Found {
		return dialect.Wire{}, bad("model", "The field model must name a model.")
	}
	out := make([]byte, 0, len(body)+len(to.Model))
	edit := peek.Edit{Start: field[0].Start, End: field[0].End, With: peek.AppendString(nil, to.Model)}
	return dialect.Wire{Path: path(op), Header: header(), Body: peek.Apply(out, body, edit)}, nil
}

// Spoken implements dialect.Speaker: the keys are those of a chat and of a
// generation; the mark of a call is the function that is called.
func (Outbound) Spoken() (keys [][]byte, mark []byte) { return spokenKeys, callMark }

// As they stand in JSON text; never written to.
var (
	spokenKeys = [][]byte{[]byte(`"content":`), []byte(`"response":`), []byte(`"thinking":`), []byte(`"arguments":`)}
	callMark   = []byte(`"function":`)
)
