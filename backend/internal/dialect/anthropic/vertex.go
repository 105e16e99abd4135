package anthropic

import (
	"encoding/json"
	"net/url"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// vertexVersion is the version of the dialect that Vertex AI speaks.
const vertexVersion = "vertex-2023-10-16"

// Vertex is the form in which Vertex AI serves Claude: the base URL ends in
// /publishers/anthropic, the model stands in the path, and whether a stream is
// wanted, too. Its callers are those of Anthropic's own dialect.
type Vertex struct{ Outbound }

var (
	_ dialect.Outbound  = Vertex{}
	_ dialect.Overrider = Vertex{}
)

// Serves is true for chat and count: Vertex lists no models at this address.
func (Vertex) Serves(endpoint dialect.Endpoint) bool {
	return endpoint == dialect.EndpointChat || endpoint == dialect.EndpointCount
}

// Adapt puts model and version where Vertex wants them; see Outbound.Adapt.
func (v Vertex) Adapt(op dialect.Operation, body []byte, to dialect.Target, stream bool) (dialect.Wire, error) {
	if !v.Serves(op.Endpoint) {
		return dialect.Wire{}, unserved(op.Endpoint)
	}
	wire, err := v.Outbound.Adapt(op, body, to, stream)
	if err != nil {
		return dialect.Wire{}, err
	}
	return v.host(wire, op.Endpoint, to, stream)
}

// Encode renders a neutral chat request, or one to count its tokens.
func (v Vertex) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	wire, err := v.Outbound.Encode(req, to)
	if err != nil {
		return dialect.Wire{}, err
	}
	return v.host(wire, req.Endpoint, to, req.Stream)
}

func (Vertex) host(wire dialect.Wire, endpoint dialect.Endpoint, to dialect.Target, stream bool) (dialect.Wire, error) {
	delete(wire.Header, headerVersion) // the body has another
	counts := endpoint == dialect.EndpointCount
	switch {
	case counts: // is a model of its own there; whose tokens it counts stays in the body
		wire.Path = "/models/count-tokens:rawPredict"
	case stream:
		wire.Path = "/models/" + url.PathEscape(to.Model) + ":streamRawPredict"
	default:
		wire.Path = "/models/" + url.PathEscape(to.Model) + ":rawPredict"
	}
	var err error
	wire.Body, err = inCloud(wire.Body, vertexVersion, counts)
	return wire, err
}

// ReadError reads the body of an answer with an error status: Anthropic's own, or
// Google's where the request never came to Claude.
func (v Vertex) ReadError(status int, header dialect.Header, body []byte) dialect.ErrorDetail {
	raw := body
	for element := range peek.Elements(body) {
		raw = element // a stream's errors may come as a list
		break
	}
	var e struct {
		Error struct {
			Status  string `json:"status"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(raw, &e) != nil || e.Error.Status == "" {
		return v.Outbound.ReadError(status, header, body)
	}
	d := dialect.ErrorDetail{Status: status, Type: e.Error.Status, Message: dialect.Excerpt(e.Error.Message), Wait: dialect.RetryDelay(body)}
	d.Reason = googleReason(d)
	return d
}

// googleReason reads a code of google.rpc.Code, as far as Vertex uses them for
// Claude ("Vertex AI API errors", 2026).
func googleReason(d dialect.ErrorDetail) dialect.Reason {
	switch d.Type {
	case "UNAUTHENTICATED", "PERMISSION_DENIED":
		return dialect.ReasonAuth
	case "NOT_FOUND": // "Publisher Model ... was not found or your project does not have access to it."
		return dialect.ReasonNoModel
	case "RESOURCE_EXHAUSTED":
		return dialect.ReasonRate
	case "UNAVAILABLE", "DEADLINE_EXCEEDED":
		return dialect.ReasonOverloaded
	}
	if reason := dialect.MessageReason(d.Message); reason == dialect.ReasonContextLength || reason == dialect.ReasonContentPolicy {
		return reason
	}
	return dialect.StatusReason(d.Status)
}
