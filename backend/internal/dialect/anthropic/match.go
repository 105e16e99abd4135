package anthropic

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

const (
	messagesPath = "/v1/messages"
	modelsPath   = "/v1/models"
	// headerVersion is the field by which a request tells that it speaks this
	// dialect, headerBeta the one that switches on what is not in it yet.
	headerVersion = "Anthropic-Version"
	headerBeta    = "Anthropic-Beta"
)

// Inbound is the dialect as callers speak it.
type Inbound struct{}

var (
	_ dialect.Inbound = Inbound{}
	_ dialect.Counter = Inbound{}
)

// Name is "anthropic".
func (Inbound) Name() string { return name }

// Match finds the operation of a path. The path of the model list is OpenAI's
// too: it is ours only where the request says that it speaks this dialect.
func (Inbound) Match(ask dialect.Ask) (dialect.Operation, bool) {
	op := dialect.Operation{Header: ownHeader(ask.Header)}
	switch {
	case ask.Path == messagesPath:
		op.Endpoint, op.Allow = dialect.EndpointChat, "POST"
		return op, true
	case ask.Path == messagesPath+"/count_tokens":
		op.Endpoint, op.Allow = dialect.EndpointCount, "POST"
		return op, true
	case strings.HasPrefix(ask.Path, messagesPath+"/"):
		return op, true // batches and what may come
	case len(ask.Header[headerVersion]) == 0:
		return dialect.Operation{}, false
	case ask.Path == modelsPath:
		op.Endpoint, op.Allow = dialect.EndpointModels, "GET"
		return op, true
	}
	model, ok := strings.CutPrefix(ask.Path, modelsPath+"/")
	if !ok || model == "" {
		return dialect.Operation{}, false
	}
	if decoded, err := url.PathUnescape(model); err == nil {
		model = decoded
	}
	op.Endpoint, op.Allow, op.Model = dialect.EndpointModels, "GET", model
	return op, true
}

// ownHeader are the fields that go on to an upstream of this dialect.
func ownHeader(all dialect.Header) dialect.Header {
	var own dialect.Header
	for _, key := range []string{headerVersion, headerBeta} {
		if values := all[key]; len(values) > 0 {
			if own == nil {
				own = dialect.Header{}
			}
			own[key] = values
		}
	}
	return own
}

// StreamType is that of an event stream.
func (Inbound) StreamType(dialect.Operation) string { return "text/event-stream; charset=utf-8" }

// Peek reads model and stream. Usage always stands in the stream.
func (Inbound) Peek(op dialect.Operation, body []byte) (dialect.Peek, error) {
	fields := [...]peek.Field{{Key: "model", Fold: true}, {Key: "stream", Fold: true}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Peek{}, badJSON(err)
	}
	p := dialect.Peek{StreamUsage: true}
	var ok bool
	if p.Model, ok = peek.String(fields[0].Raw(body)); !ok || p.Model == "" {
		return p, noModel()
	}
	switch raw := string(fields[1].Raw(body)); raw {
	case "", "null", "false":
	case "true":
		p.Stream = op.Endpoint == dialect.EndpointChat
	default:
		return p, hw.Errorf(hw.CodeBadRequest, "stream: Input should be a valid boolean").At("stream")
	}
	return p, nil
}

// wireModel is a model on the wire.
type wireModel struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	CreatedAt   string `json:"created_at"`
}

func modelOut(m dialect.Model) wireModel {
	return wireModel{"model", m.ID, m.ID, time.Unix(m.Created, 0).UTC().Format(time.RFC3339)}
}

// Models renders a model list, all on one page.
func (Inbound) Models(_ dialect.Operation, models []dialect.Model) []byte {
	list := struct {
		Data    []wireModel `json:"data"`
		HasMore bool        `json:"has_more"`
		FirstID *string     `json:"first_id"`
		LastID  *string     `json:"last_id"`
	}{Data: make([]wireModel, 0, len(models))}
	for _, m := range models {
		list.Data = append(list.Data, modelOut(m))
	}
	if n := len(models); n > 0 {
		list.FirstID, list.LastID = &models[0].ID, &models[n-1].ID
	}
	return mustJSON(list)
}

// Model renders one model.
func (Inbound) Model(_ dialect.Operation, m dialect.Model) []byte { return mustJSON(modelOut(m)) }

// Count renders how many tokens a chat has.
func (Inbound) Count(tokens int64) []byte {
	return mustJSON(struct {
		InputTokens int64 `json:"input_tokens"`
	}{tokens})
}

// isSet reports whether a raw value is there and not null.
func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }
