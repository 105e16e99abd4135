// Package cohere speaks Cohere's API, version 2, to upstreams: chat,
// embeddings, rerank and the model list.
//
// Callers do not speak it, so nothing passes through; a rerank in its words
// comes through OpenAI's dialect. It has no documents of its own. It keeps nothing between calls and does not know any
// other dialect.
//
// Its one invariant: what Cohere would refuse, such as a shape for the answer
// beside tools, is left out and named, or refused with the field's path.
package cohere

import (
	"bytes"
	"encoding/json"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// name is the dialect's stable name.
const name = "cohere"

// Outbound is the dialect as upstreams speak it.
type Outbound struct{}

var (
	_ dialect.Outbound    = Outbound{}
	_ dialect.ModelLister = Outbound{}
)

// Name is "cohere".
func (Outbound) Name() string { return name }

// Serves is true for chat, embeddings, rerank and models.
func (Outbound) Serves(endpoint dialect.Endpoint) bool { return path(endpoint) != "" }

// path is an endpoint's path below the base URL, which ends in /v2; empty when
// there is none.
func path(endpoint dialect.Endpoint) string {
	switch endpoint {
	case dialect.EndpointChat:
		return "/chat"
	case dialect.EndpointEmbeddings:
		return "/embed"
	case dialect.EndpointRerank:
		return "/rerank"
	case dialect.EndpointModels:
		return "/models?page_size=1000"
	default:
		return ""
	}
}

// Adapt makes the request for the model list; no caller speaks this dialect.
func (Outbound) Adapt(op dialect.Operation, _ []byte, _ dialect.Target, _ bool) (dialect.Wire, error) {
	if op.Endpoint != dialect.EndpointModels {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "Requests cannot be passed through to the model's upstream.").At("model")
	}
	return dialect.Wire{Path: path(op.Endpoint)}, nil
}

// ReadModels reads an upstream's model list.
func (Outbound) ReadModels(body []byte) ([]dialect.Model, error) {
	var list struct {
		Models []struct {
			Name looseText `json:"name"`
		} `json:"models"`
		Message json.RawMessage `json:"message"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, malformed("reading the model list: " + err.Error())
	}
	if list.Models == nil && isSet(list.Message) {
		return nil, faultOf(body)
	}
	models := make([]dialect.Model, 0, len(list.Models))
	for _, m := range list.Models {
		if m.Name != "" {
			models = append(models, dialect.Model{ID: string(m.Name), OwnedBy: name})
		}
	}
	return models, nil
}

// looseText is a string that may come as null or as another type: null is
// empty, anything else is kept as its JSON text.
type looseText string

// UnmarshalJSON takes any value.
func (t *looseText) UnmarshalJSON(raw []byte) error {
	switch {
	case len(raw) > 0 && raw[0] == '"':
		s, _ := peek.String(raw)
		*t = looseText(s)
	case string(raw) != "null":
		*t = looseText(raw)
	}
	return nil
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// marshal renders JSON without escaping <, > and &, which need it only in HTML.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err //nolint:wrapcheck // the callers say what they rendered
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
