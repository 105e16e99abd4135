package openai

import (
	"net/url"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// Azure is the form in which Azure serves OpenAI's models by the names of their
// deployments: the base URL ends in /openai?api-version=..., and the deployment
// stands in the path. In all else it speaks as OpenAI does. Source: "Azure OpenAI
// REST API reference", 2025-04-01-preview, read 2026-11.
type Azure struct{ Outbound }

var (
	_ dialect.Outbound  = Azure{}
	_ dialect.Overrider = Azure{}
)

// Serves is true for what a deployment can do. The list of models there is of
// those that may be deployed, not of deployments: it proves a key and no more.
func (Azure) Serves(endpoint dialect.Endpoint) bool {
	switch endpoint {
	case dialect.EndpointChat, dialect.EndpointCompletions, dialect.EndpointEmbeddings, dialect.EndpointImages, dialect.EndpointImageEdits,
		dialect.EndpointSpeech, dialect.EndpointTranscriptions, dialect.EndpointTranslations:
		return true
	default:
		return false
	}
}

// Adapt puts the deployment into the path; see Outbound.Adapt.
func (a Azure) Adapt(op dialect.Operation, body []byte, to dialect.Target, stream bool) (dialect.Wire, error) {
	if op.Endpoint == dialect.EndpointModels {
		return a.Outbound.Adapt(op, body, to, stream)
	}
	if !a.Serves(op.Endpoint) {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", op.Endpoint).At("model")
	}
	wire, err := a.Outbound.Adapt(op, body, to, stream)
	wire.Path = deployment(to.Model) + wire.Path
	return wire, err
}

// Encode renders a neutral request.
func (a Azure) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	if !a.Serves(req.Endpoint) {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", req.Endpoint).At("model")
	}
	wire, err := a.Outbound.Encode(req, to)
	wire.Path = deployment(to.Model) + wire.Path
	return wire, err
}

func deployment(name string) string { return "/deployments/" + url.PathEscape(name) }
