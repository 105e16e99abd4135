package responses

import (
	"bytes"
	"slices"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// The paths below the base URL, which ends in /v1.
const (
	chatPath   = "/responses"
	countPath  = "/responses/input_tokens"
	modelsPath = "/models"
)

// Serves is true for chat, models, counting and kept answers.
func (Outbound) Serves(endpoint dialect.Endpoint) bool {
	switch endpoint {
	case dialect.EndpointChat, dialect.EndpointModels, dialect.EndpointCount, dialect.EndpointStored:
		return true
	default:
		return false
	}
}

// Adapt replaces the model. It takes out the reasoning that another vendor
// signed in an earlier turn, when the conversation was answered elsewhere:
// OpenAI refuses a request over what it cannot decrypt. It is no loss to name:
// nobody but that vendor could have read it.
func (Outbound) Adapt(op dialect.Operation, body []byte, to dialect.Target, _ bool) (dialect.Wire, error) {
	header := dialect.Header{"Content-Type": {"application/json"}}
	path := chatPath
	switch op.Endpoint {
	case dialect.EndpointModels:
		return dialect.Wire{Path: modelsPath}, nil
	case dialect.EndpointStored:
		return dialect.Wire{Path: storedPath(op), Body: body}, nil
	case dialect.EndpointCount:
		path = countPath
	default:
	}
	fields := [...]peek.Field{{Key: "model"}, {Key: "input"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Wire{}, badJSON(err)
	}
	at, input := fields[0], fields[1]
	if !at.Found {
		return dialect.Wire{}, noModel()
	}
	edits := []peek.Edit{{Start: at.Start, End: at.End, With: peek.AppendString(nil, to.Model)}}
	wire := dialect.Wire{Path: path, Header: header}
	if bytes.Contains(input.Raw(body), []byte(sealPrefix)) {
		if list, cut := withoutSealed(input.Raw(body)); cut {
			edits = append(edits, peek.Edit{Start: input.Start, End: input.End, With: list})
		}
	}
	slices.SortFunc(edits, func(a, b peek.Edit) int { return a.Start - b.Start })
	wire.Body = peek.Apply(make([]byte, 0, len(body)+len(to.Model)), body, edits...)
	return wire, nil
}

// withoutSealed gives the list of items without those that carry a seal, and
// whether there was one.
func withoutSealed(list []byte) ([]byte, bool) {
	out := []byte{'['}
	cut := false
	for item := range peek.Elements(list) {
		if isSealed(item) {
			cut = true
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	return append(out, ']'), cut
}

func isSealed(item []byte) bool {
	fields := [...]peek.Field{{Key: "type"}, {Key: "encrypted_content"}}
	if peek.Object(item, fields[:]) != nil || string(fields[0].Raw(item)) != `"reasoning"` {
		return false
	}
	return bytes.HasPrefix(fields[1].Raw(item), []byte(`"`+sealPrefix))
}
