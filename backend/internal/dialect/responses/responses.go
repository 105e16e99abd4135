// Package responses speaks OpenAI's Responses API, to callers and to upstreams:
// a conversation is a list of items, an answer is an object whose output is
// such a list, and a stream is a sequence of numbered, typed events.
//
// It keeps no answers. What previous_response_id needs of a kept answer the
// gateway stores; Join, History and Stored only cut and paste its JSON. It runs
// no tools of OpenAI's own and does not know any other dialect.
//
// Its one invariant: the whole answer is the sum of its stream. An item is
// announced, grown and closed under one id and one index, and the terminal
// event repeats exactly what the steps before it have given.
package responses

import (
	"bytes"
	"encoding/json"
	"errors"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// name is the dialect's stable name.
const name = "openai-responses"

// Inbound is the dialect as callers speak it.
type Inbound struct{}

// Outbound is the dialect as upstreams speak it.
type Outbound struct{}

var (
	_ dialect.Inbound       = Inbound{}
	_ dialect.Threaded      = Inbound{}
	_ dialect.Counter       = Inbound{}
	_ dialect.NumbersErrors = Inbound{}
	_ dialect.Outbound      = Outbound{}
	_ dialect.ModelLister   = Outbound{}
	_ dialect.Numbered      = (*encoder)(nil)
	_ dialect.Numbered      = (*watcher)(nil)
)

// Name is "openai-responses".
func (Inbound) Name() string { return name }

// Name is "openai-responses".
func (Outbound) Name() string { return name }

// StreamType is that of an event stream.
func (Inbound) StreamType(dialect.Operation) string { return "text/event-stream; charset=utf-8" }

// Peek reads model and stream. Usage always stands in the stream's last event.
// What is asked of a kept answer has no body and names no model.
func (Inbound) Peek(op dialect.Operation, body []byte) (dialect.Peek, error) {
	if op.Endpoint == dialect.EndpointStored {
		return dialect.Peek{Stream: op.Stream, StreamUsage: true}, nil
	}
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
		return p, bad("stream", "The field stream must be true or false.")
	}
	return p, nil
}

// Count renders the number of input tokens.
func (Inbound) Count(tokens int64) []byte {
	return mustJSON(struct {
		Object string `json:"object"`
		Tokens int64  `json:"input_tokens"`
	}{"response.input_tokens", tokens})
}

// wireModel is a model on the wire.
type wireModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// Models renders a model list.
func (Inbound) Models(_ dialect.Operation, models []dialect.Model) []byte {
	list := struct {
		Object string      `json:"object"`
		Data   []wireModel `json:"data"`
	}{Object: "list", Data: make([]wireModel, 0, len(models))}
	for _, m := range models {
		list.Data = append(list.Data, wireModel{m.ID, "model", m.Created, m.OwnedBy})
	}
	return mustJSON(list)
}

// Model renders one model.
func (Inbound) Model(_ dialect.Operation, m dialect.Model) []byte {
	return mustJSON(wireModel{m.ID, "model", m.Created, m.OwnedBy})
}

// ReadModels reads an upstream's model list.
func (Outbound) ReadModels(body []byte) ([]dialect.Model, error) {
	var list struct {
		Data []struct {
			ID      looseText       `json:"id"`
			Created json.RawMessage `json:"created"`
			OwnedBy looseText       `json:"owned_by"`
		} `json:"data"`
	}
	if fault := findError(body); fault != nil {
		return nil, fault
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, malformed("reading the model list: " + err.Error())
	}
	models := make([]dialect.Model, 0, len(list.Data))
	for _, m := range list.Data {
		created, _ := peek.Int(m.Created)
		models = append(models, dialect.Model{ID: string(m.ID), Created: created, OwnedBy: string(m.OwnedBy)})
	}
	return models, nil
}

// bad is a caller's fault at a field.
func bad(at, format string, args ...any) *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, format, args...).At(at)
}

func noModel() *hw.Error { return bad("model", "The field model must name a model.") }

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

// looseText is a string that some servers send as null or as another type:
// null is empty, anything else is kept as its JSON text.
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

// isSet reports whether a raw value is there and not null.
func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// inner is the raw value of a field of a raw object; nil when there is none.
func inner(raw []byte, key string) []byte {
	field := [...]peek.Field{{Key: key}}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, field[:]) != nil {
		return nil
	}
	return field[0].Raw(raw)
}

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

// mustJSON renders values of our own types, which always can be.
func mustJSON(v any) []byte {
	text, err := marshal(v)
	if err != nil {
		panic("bug: rendering our own JSON: " + err.Error())
	}
	return text
}

// Spoken implements dialect.Speaker: all steps that grow have one key, and the
// events that close them only repeat what was said; the mark of a call is the type
// of the event that announces an item.
func (Outbound) Spoken() (keys [][]byte, mark []byte) { return spokenKeys, callMark }

// As they stand in JSON text; never written to.
var (
	spokenKeys = [][]byte{[]byte(`"delta":`)}
	callMark   = []byte(`"response.output_item.added"`)
)
