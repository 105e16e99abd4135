// Package anthropic speaks Anthropic's Messages and model list to upstreams.
//
// It has no embeddings, since Anthropic has none, and no server tools: those
// pass only where caller and upstream both speak this dialect. It keeps nothing
// between calls and does not know any other dialect.
//
// Its one invariant: every request it renders keeps the order that Anthropic
// demands: user and assistant in turn, user first, each tool result in the turn
// right after its call.
package anthropic

import (
	"encoding/json"
	"errors"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

const (
	// name is the dialect's stable name.
	name = "anthropic"
	// version is the value of the anthropic-version header this package is
	// written for.
	version = "2023-06-01"
	// defaultMaxTokens bounds an answer where the caller set no bound:
	// Anthropic demands one, and this is what every Claude model allows.
	defaultMaxTokens = 4096
)

// Outbound is the dialect as upstreams speak it.
type Outbound struct{}

var (
	_ dialect.Outbound    = Outbound{}
	_ dialect.ModelLister = Outbound{}
)

// Name is "anthropic".
func (Outbound) Name() string { return name }

// Serves is true for chat and models; Anthropic has no embeddings.
func (Outbound) Serves(endpoint dialect.Endpoint) bool { return path(endpoint) != "" }

// path is an endpoint's path below the base URL, which ends in /v1; empty when
// there is none.
func path(endpoint dialect.Endpoint) string {
	switch endpoint {
	case dialect.EndpointChat:
		return "/messages"
	case dialect.EndpointModels:
		return "/models?limit=1000"
	default:
		return ""
	}
}

func header() dialect.Header {
	return dialect.Header{"Content-Type": {"application/json"}, "Anthropic-Version": {version}}
}

// Adapt replaces the model; everything else stays byte for byte.
func (Outbound) Adapt(endpoint dialect.Endpoint, body []byte, model string, _ bool) (dialect.Wire, error) {
	wire := dialect.Wire{Path: path(endpoint), Header: header()}
	if endpoint == dialect.EndpointModels {
		return wire, nil
	}
	field := [...]peek.Field{{Key: "model"}}
	if err := peek.Object(body, field[:]); err != nil {
		if dup, ok := errors.AsType[*peek.DuplicateError](err); ok {
			return dialect.Wire{}, hw.Errorf(hw.CodeBadJSON, "The field %s stands more than once in the request.", dup.Key).At(dup.Key)
		}
		return dialect.Wire{}, hw.Errorf(hw.CodeBadJSON, "The request body is not one JSON object.").Because(err)
	}
	if !field[0].Found {
		return dialect.Wire{}, hw.Errorf(hw.CodeBadRequest, "The field model must name a model.").At("model")
	}
	out := make([]byte, 0, len(body)+len(model))
	wire.Body = peek.Apply(out, body, peek.Edit{Start: field[0].Start, End: field[0].End, With: peek.AppendString(nil, model)})
	return wire, nil
}

// ReadModels reads an upstream's model list.
func (Outbound) ReadModels(body []byte) ([]dialect.Model, error) {
	var list struct {
		Type string `json:"type"`
		Data []struct {
			ID        string `json:"id"`
			CreatedAt string `json:"created_at"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, malformed("reading the model list: " + err.Error())
	}
	if list.Type == "error" {
		return nil, faultOf(body)
	}
	models := make([]dialect.Model, 0, len(list.Data))
	for _, m := range list.Data {
		model := dialect.Model{ID: m.ID, OwnedBy: name}
		if at, err := time.Parse(time.RFC3339, m.CreatedAt); err == nil {
			model.Created = max(at.Unix(), 0)
		}
		models = append(models, model)
	}
	return models, nil
}
