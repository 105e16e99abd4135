// Package gemini speaks Google's Gemini API (generateContent, embedContent,
// countTokens and the model list), to callers and to upstreams. Callers may use
// the paths of Vertex AI too, which Google's SDKs build in that mode.
//
// It runs none of Google's server tools (search, code execution and the like):
// those pass only where caller and upstream both speak this dialect. It keeps
// nothing between calls and does not know any other dialect.
//
// Its one invariant: what it writes Google's own SDKs read without complaint,
// and what it leaves out it names.
package gemini

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// name is the dialect's stable name.
const name = "gemini"

// Inbound is the dialect as callers speak it.
type Inbound struct{}

// Outbound is the dialect as upstreams speak it.
type Outbound struct{}

var (
	_ dialect.Inbound     = Inbound{}
	_ dialect.Counter     = Inbound{}
	_ dialect.Outbound    = Outbound{}
	_ dialect.ModelLister = Outbound{}
)

// Name is "gemini".
func (Inbound) Name() string { return name }

// Name is "gemini".
func (Outbound) Name() string { return name }

// Serves is true for chat, embeddings, models and counting.
func (Outbound) Serves(endpoint dialect.Endpoint) bool {
	return endpoint == dialect.EndpointModels || defaultVerb(endpoint, false) != ""
}

// defaultVerb is the verb of an endpoint; empty when it has none.
func defaultVerb(endpoint dialect.Endpoint, stream bool) string {
	switch {
	case endpoint == dialect.EndpointChat && stream:
		return verbStream
	case endpoint == dialect.EndpointChat:
		return verbGenerate
	case endpoint == dialect.EndpointEmbeddings:
		return verbEmbed
	case endpoint == dialect.EndpointCount:
		return verbCount
	}
	return ""
}

// modelsQuery lists all models in one page; 1000 is the most that Google gives.
const modelsQuery = "/models?pageSize=1000"

// pathOf is that of a verb on a model, below a base URL that ends in the version.
func pathOf(model, verb string) string {
	collection := "/models/"
	if tuned, ok := strings.CutPrefix(model, "tunedModels/"); ok {
		collection, model = "/tunedModels/", tuned
	}
	p := collection + url.PathEscape(strings.TrimPrefix(model, "models/")) + ":" + verb
	if verb == verbStream {
		p += "?alt=sse"
	}
	return p
}

// resource is a model's name as it stands in a body.
func resource(model string) string {
	if strings.HasPrefix(model, "models/") || strings.HasPrefix(model, "tunedModels/") {
		return model
	}
	return "models/" + model
}

func header() dialect.Header { return dialect.Header{"Content-Type": {"application/json"}} }

// Peek checks that the body is one JSON object; model and stream stand in the
// path. Usage is always part of a stream.
func (Inbound) Peek(op dialect.Operation, body []byte) (dialect.Peek, error) {
	fields := [...]peek.Field{{Key: "model"}, {Key: "contents"}, {Key: "content"}, {Key: "requests"}, {Key: "generateContentRequest"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Peek{}, badJSON(err)
	}
	if op.Model == "" {
		return dialect.Peek{}, noModel()
	}
	return dialect.Peek{Model: op.Model, Stream: op.Stream, StreamUsage: true}, nil
}

func noModel() *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, "The path must name a model.").At("model")
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

// Adapt puts the model into the path, and into the body where the caller wrote
// it there too: Google refuses a body that names another model than the path.
func (Outbound) Adapt(op dialect.Operation, body []byte, to dialect.Target, stream bool) (dialect.Wire, error) {
	if op.Endpoint == dialect.EndpointModels {
		return dialect.Wire{Path: modelsQuery}, nil
	}
	verb := op.Name
	if verb == "" || op.Endpoint == dialect.EndpointChat {
		verb = defaultVerb(op.Endpoint, stream)
	}
	fields := [...]peek.Field{{Key: "model"}, {Key: "requests"}, {Key: "generateContentRequest"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Wire{}, badJSON(err)
	}
	wire := dialect.Wire{Path: pathOf(to.Model, verb), Header: header(), Body: body}
	edits := modelEdits(body, fields[:], peek.AppendString(nil, resource(to.Model)))
	if len(edits) > 0 {
		wire.Body = peek.Apply(make([]byte, 0, len(body)+len(edits)*len(to.Model)), body, edits...)
	}
	return wire, nil
}

// modelEdits replaces the model on top of a body, in each request of a batch
// and in the request that is to be counted, in the order in which they stand.
func modelEdits(body []byte, fields []peek.Field, with []byte) []peek.Edit {
	var edits []peek.Edit
	at := func(start int, raw []byte) {
		field := [...]peek.Field{{Key: "model"}}
		if peek.Object(raw, field[:]) == nil && !field[0].IsNull(raw) {
			edits = append(edits, peek.Edit{Start: start + field[0].Start, End: start + field[0].End, With: with})
		}
	}
	if len(fields[1].Raw(body)) > 0 {
		raw, base := fields[1].Raw(body), fields[1].Start
		for element := range peek.Elements(raw) {
			// The element is a piece of raw: where it begins follows from what is
			// left behind it.
			at(base+cap(raw)-cap(element), element)
		}
	}
	if raw := fields[2].Raw(body); len(raw) > 0 && raw[0] == '{' {
		at(fields[2].Start, raw)
	}
	if top := fields[0]; !top.IsNull(body) {
		edits = append(edits, peek.Edit{Start: top.Start, End: top.End, With: with})
	}
	slices.SortFunc(edits, func(a, b peek.Edit) int { return a.Start - b.Start })
	return edits
}

// wireModel is a model on the wire. The limits are left out: the gateway does
// not know them here, and a zero would say that nothing fits.
type wireModel struct {
	Name        string   `json:"name"`
	BaseModelID string   `json:"baseModelId,omitempty"`
	Version     string   `json:"version,omitempty"`
	DisplayName string   `json:"displayName,omitempty"`
	Methods     []string `json:"supportedGenerationMethods,omitempty"`
}

func modelOut(op dialect.Operation, m dialect.Model) wireModel {
	if op.Name == publisherModels {
		return wireModel{Name: "publishers/google/models/" + m.ID}
	}
	return wireModel{
		Name: "models/" + m.ID, BaseModelID: m.ID, Version: "001", DisplayName: m.ID,
		Methods: []string{verbGenerate, verbStream, verbCount, verbEmbed, verbBatchEmbed},
	}
}

// Models renders a model list, as the Gemini API or as Vertex AI names it.
func (Inbound) Models(op dialect.Operation, models []dialect.Model) []byte {
	list := make([]wireModel, 0, len(models))
	for _, m := range models {
		list = append(list, modelOut(op, m))
	}
	key := "models"
	if op.Name == publisherModels {
		key = publisherModels
	}
	return mustJSON(map[string]any{key: list})
}

// Model renders one model.
func (Inbound) Model(op dialect.Operation, m dialect.Model) []byte { return mustJSON(modelOut(op, m)) }

// Count renders how many tokens a chat has.
func (Inbound) Count(tokens int64) []byte {
	return mustJSON(struct {
		TotalTokens int64 `json:"totalTokens"`
	}{tokens})
}

// ReadModels reads an upstream's model list.
func (Outbound) ReadModels(body []byte) ([]dialect.Model, error) {
	var list struct {
		Error  json.RawMessage `json:"error"`
		Models []struct {
			Name string `json:"name"`
		} `json:"models"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, malformed("reading the model list: " + err.Error())
	}
	if isSet(list.Error) {
		return nil, faultOf(body)
	}
	models := make([]dialect.Model, 0, len(list.Models))
	for _, m := range list.Models {
		if id := strings.TrimPrefix(m.Name, "models/"); id != "" {
			models = append(models, dialect.Model{ID: id, OwnedBy: "google"})
		}
	}
	return models, nil
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

// mustJSON renders values of our own types, which always can be.
func mustJSON(v any) []byte {
	text, err := marshal(v)
	if err != nil {
		panic("bug: rendering our own JSON: " + err.Error())
	}
	return text
}

// Spoken implements dialect.Speaker: the keys are those of parts, and thoughts
// are texts too; the mark of a call is the part.
func (Outbound) Spoken() (keys [][]byte, mark []byte) { return spokenKeys, callMark }

// As they stand in JSON text; never written to.
var (
	spokenKeys = [][]byte{[]byte(`"text":`), []byte(`"args":`)}
	callMark   = []byte(`"functionCall":`)
)
