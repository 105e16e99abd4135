// Package anthropic speaks Anthropic's Messages, its count of tokens and its
// model list, to callers and to upstreams.
//
// It has no embeddings, since Anthropic has none, and no server tools: those
// pass only where caller and upstream both speak this dialect. It keeps nothing
// between calls and does not know any other dialect: what another vendor needs
// back in the next turn travels sealed in the blocks that the caller returns.
//
// Its one invariant: everything it renders keeps the order that Anthropic
// demands. In a request user and assistant take turns, user first, each tool
// result in the turn right after its call; in a stream one block is open at a
// time.
package anthropic

import (
	"encoding/json"
	"time"

	"headwater/backend/internal/dialect"
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

// Serves is true for chat, count and models; Anthropic has no embeddings.
func (Outbound) Serves(endpoint dialect.Endpoint) bool { return path(endpoint) != "" }

// path is an endpoint's path below the base URL, which ends in /v1; empty when
// there is none.
func path(endpoint dialect.Endpoint) string {
	switch endpoint {
	case dialect.EndpointChat:
		return "/messages"
	case dialect.EndpointCount:
		return "/messages/count_tokens"
	case dialect.EndpointModels:
		return "/models?limit=1000"
	default:
		return ""
	}
}

func header() dialect.Header {
	return dialect.Header{"Content-Type": {"application/json"}, "Anthropic-Version": {version}}
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

// Spoken implements dialect.Speaker: the keys are those of the deltas of blocks;
// the mark of a call is the type of the block.
func (Outbound) Spoken() (keys [][]byte, mark []byte) { return spokenKeys, callMark }

// As they stand in JSON text; never written to.
var (
	spokenKeys = [][]byte{[]byte(`"text":`), []byte(`"partial_json":`), []byte(`"thinking":`)}
	callMark   = []byte(`"tool_use"`)
)
