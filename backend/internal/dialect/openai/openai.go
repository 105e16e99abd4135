// Package openai speaks OpenAI's chat completions, completions of a bare text,
// embeddings, model list and smaller endpoints (moderations, pictures, sound, and
// the reranking that its imitators have added), to callers and to upstreams,
// including the many upstreams that speak it with an accent.
//
// It does not speak the Responses API, keeps nothing between calls and does
// not know any other dialect.
//
// Its one invariant: on the pass-through road a byte changes only if it
// belongs to the model's name or to the request for usage in a stream.
package openai

import (
	"encoding/json"
	"errors"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// name is the dialect's stable name.
const name = "openai"

// Inbound is the dialect as callers speak it.
type Inbound struct{}

// Outbound is the dialect as upstreams speak it.
type Outbound struct{}

var (
	_ dialect.Inbound     = Inbound{}
	_ dialect.Outbound    = Outbound{}
	_ dialect.ModelLister = Outbound{}
)

// Name is "openai".
func (Inbound) Name() string { return name }

// Name is "openai".
func (Outbound) Name() string { return name }

// Serves is true for all that OpenAI has a path for.
func (Outbound) Serves(endpoint dialect.Endpoint) bool { return path(endpoint) != "" }

// path is an endpoint's path below the base URL, which ends in /v1; empty when
// there is none.
func path(endpoint dialect.Endpoint) string {
	switch endpoint {
	case dialect.EndpointChat:
		return "/chat/completions"
	case dialect.EndpointCompletions:
		return "/completions"
	case dialect.EndpointEmbeddings:
		return "/embeddings"
	case dialect.EndpointModels:
		return "/models"
	default:
		return pathMore(endpoint)
	}
}

// pathMore is that of the smaller endpoints.
func pathMore(endpoint dialect.Endpoint) string {
	switch endpoint {
	case dialect.EndpointModerations:
		return "/moderations"
	case dialect.EndpointRerank:
		return "/rerank"
	case dialect.EndpointImages:
		return "/images/generations"
	case dialect.EndpointImageEdits:
		return "/images/edits"
	case dialect.EndpointImageVariations:
		return "/images/variations"
	case dialect.EndpointSpeech:
		return "/audio/speech"
	case dialect.EndpointTranscriptions:
		return "/audio/transcriptions"
	case dialect.EndpointTranslations:
		return "/audio/translations"
	default:
		return ""
	}
}

// streams reports whether answers of an endpoint can be streamed.
func streams(endpoint dialect.Endpoint) bool {
	return endpoint == dialect.EndpointChat || endpoint == dialect.EndpointCompletions
}

// Peek reads model, stream and the request for usage in the stream.
func (Inbound) Peek(op dialect.Operation, body []byte) (dialect.Peek, error) {
	if !streams(op.Endpoint) && op.Endpoint != dialect.EndpointEmbeddings {
		return peekMore(op, body)
	}
	fields := [...]peek.Field{{Key: "model", Fold: true}, {Key: "stream", Fold: true}, {Key: "stream_options", Fold: true}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Peek{}, badJSON(err)
	}
	var p dialect.Peek
	var ok bool
	if p.Model, ok = peek.String(fields[0].Raw(body)); !ok || p.Model == "" {
		return p, hw.Errorf(hw.CodeBadRequest, "The field model must name a model.").At("model")
	}
	switch raw := string(fields[1].Raw(body)); raw {
	case "", "null", "false":
	case "true":
		p.Stream = streams(op.Endpoint)
	default:
		return p, hw.Errorf(hw.CodeBadRequest, "The field stream must be true or false.").At("stream")
	}
	if options := fields[2]; streams(op.Endpoint) && !options.IsNull(body) {
		if body[options.Start] != '{' {
			return p, hw.Errorf(hw.CodeBadRequest, "The field stream_options must be an object.").At("stream_options")
		}
		p.StreamUsage = wantsUsage(options.Raw(body))
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

// wantsUsage reads include_usage from raw stream options.
func wantsUsage(raw []byte) bool {
	fields := [...]peek.Field{{Key: "include_usage"}}
	return peek.Object(raw, fields[:]) == nil && string(fields[0].Raw(raw)) == "true"
}

// Adapt replaces the model and, for a stream, asks for usage.
func (Outbound) Adapt(op dialect.Operation, body []byte, to dialect.Target, stream bool) (dialect.Wire, error) {
	if op.Endpoint == dialect.EndpointModels {
		return dialect.Wire{Path: path(op.Endpoint)}, nil
	}
	if op.Form != "" {
		return adaptForm(op, body, to)
	}
	fields := [...]peek.Field{{Key: "model"}, {Key: "stream_options"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Wire{}, badJSON(err)
	}
	at, options := fields[0], fields[1]
	if !at.Found && defaultModel(op.Endpoint) != "" {
		return adaptUnnamed(op, body, to), nil
	}
	if !at.Found {
		return dialect.Wire{}, hw.Errorf(hw.CodeBadRequest, "The field model must name a model.").At("model")
	}
	edits := append(make([]peek.Edit, 0, 2), peek.Edit{Start: at.Start, End: at.End, With: peek.AppendString(nil, to.Model)})
	if stream && streams(op.Endpoint) && !isMistral(to) { // who tells usage in any case, and refuses to be asked
		edits = append(edits, askForUsage(body, options)...)
	}
	if op.Endpoint == dialect.EndpointEmbeddings && isVoyage(to.Model) {
		edits = append(edits, voyageEdits(body)...)
	}
	slices.SortFunc(edits, func(a, b peek.Edit) int { return a.Start - b.Start })
	out := make([]byte, 0, len(body)+64+len(to.Model))
	return dialect.Wire{
		Path:   path(op.Endpoint),
		Header: dialect.Header{"Content-Type": {"application/json"}},
		Body:   peek.Apply(out, body, edits...),
	}, nil
}

// askForUsage makes the edit that sets stream_options.include_usage; none when
// it is set. Other stream options stay.
func askForUsage(body []byte, options peek.Field) []peek.Edit {
	const include = `"include_usage":true`
	if !options.Found {
		return []peek.Edit{peek.Insert(body, `"stream_options":{`+include+`}`)}
	}
	raw := options.Raw(body)
	field := [...]peek.Field{{Key: "include_usage"}}
	if err := peek.Object(raw, field[:]); err != nil {
		return []peek.Edit{{Start: options.Start, End: options.End, With: []byte("{" + include + "}")}}
	}
	edit := peek.Edit{Start: field[0].Start, End: field[0].End, With: []byte("true")}
	if !field[0].Found {
		edit = peek.Insert(raw, include)
	}
	edit.Start += options.Start
	edit.End += options.Start
	return []peek.Edit{edit}
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
			ID      string      `json:"id"`
			Created json.Number `json:"created"`
			OwnedBy looseText   `json:"owned_by"`
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
		created, _ := peek.Int([]byte(m.Created))
		models = append(models, dialect.Model{ID: m.ID, Created: created, OwnedBy: string(m.OwnedBy)})
	}
	return models, nil
}

// mustJSON renders values of our own types, which always can be.
func mustJSON(v any) []byte {
	text, err := marshal(v)
	if err != nil {
		panic("bug: rendering our own JSON: " + err.Error())
	}
	return text
}

// Spoken implements dialect.Speaker: the keys are those of a chat and of a
// completion, with the names that other vendors have for thoughts; the mark of a
// call is the function that is called.
func (Outbound) Spoken() (keys [][]byte, mark []byte) { return spokenKeys, callMark }

// As they stand in JSON text; never written to.
var (
	spokenKeys = [][]byte{[]byte(`"content":`), []byte(`"reasoning_content":`), []byte(`"reasoning":`), []byte(`"arguments":`), []byte(`"text":`), []byte(`"refusal":`), []byte(`"transcript":`)}
	callMark   = []byte(`"function":`)
)
