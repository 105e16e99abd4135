package gemini

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// This file is the form in which Vertex AI serves Google's own models: the base URL
// ends in /publishers/google. Calls and results have no ids there, which version 1
// refuses as unknown; tokens are counted without a wrapping; nothing lists the
// models of a project; and each embedding model is asked in one of two ways.
// Sources: REST reference v1 of generateContent, countTokens, predict and
// embedContent, "Get text embeddings", and google.golang.org/genai 1.77, read
// 2026-11.

// Vertex is that form for callers of other dialects.
type Vertex struct{ VertexNative }

// VertexNative is that form for Gemini's own callers, who are passed through with
// what they ask of a chat. It has no embeddings: theirs have other words there.
type VertexNative struct{ Outbound }

var (
	_ dialect.Outbound  = Vertex{}
	_ dialect.Outbound  = VertexNative{}
	_ dialect.Overrider = VertexNative{}
)

// Name is "vertex": nobody speaks it but the gateway.
func (Vertex) Name() string { return "vertex" }

// Serves is true for chat, count and embeddings.
func (Vertex) Serves(endpoint dialect.Endpoint) bool { return defaultVerb(endpoint, false) != "" }

// Serves is true for chat and count.
func (VertexNative) Serves(endpoint dialect.Endpoint) bool {
	return endpoint == dialect.EndpointChat || endpoint == dialect.EndpointCount
}

// Adapt puts the model into the path and takes out what Vertex does not know; see
// Outbound.Adapt.
func (v VertexNative) Adapt(op dialect.Operation, body []byte, to dialect.Target, stream bool) (dialect.Wire, error) {
	if !v.Serves(op.Endpoint) {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", op.Endpoint).At("model")
	}
	wire, err := v.Outbound.Adapt(op, body, to, stream)
	if err != nil {
		return dialect.Wire{}, err
	}
	wire.Body, err = inVertex(op.Endpoint, wire.Body)
	return wire, err
}

// Encode renders a neutral request.
func (Vertex) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	if req.Endpoint == dialect.EndpointEmbeddings {
		return vertexEmbeddings(req, to)
	}
	wire, err := Outbound{}.Encode(req, to)
	if err != nil {
		return dialect.Wire{}, err
	}
	wire.Body, err = inVertex(req.Endpoint, wire.Body)
	return wire, err
}

// inVertex makes the body for Vertex out of one for the Gemini API. Every other
// byte stays.
func inVertex(endpoint dialect.Endpoint, body []byte) ([]byte, error) {
	if endpoint != dialect.EndpointCount {
		return withoutIDs(body), nil
	}
	fields := [...]peek.Field{{Key: "generateContentRequest"}, {Key: "model"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return nil, badJSON(err)
	}
	if whole := fields[0].Raw(body); len(whole) > 0 && whole[0] == '{' {
		return inVertex(endpoint, whole)
	}
	if fields[1].Found { // the path says it
		body = peek.Apply(nil, body, peek.Remove(body, fields[1]))
	}
	return withoutIDs(body), nil
}

// withoutIDs takes the ids out of calls and results. Vertex pairs them by their
// order, which is that of the caller.
func withoutIDs(body []byte) []byte {
	if !bytes.Contains(body, []byte(`"id"`)) {
		return body
	}
	var edits []peek.Edit
	within(body, 0, func(turn []byte, at int) {
		within(turn, at, func(part []byte, at int) {
			kinds := [...]peek.Field{{Key: "functionCall"}, {Key: "function_call"}, {Key: "functionResponse"}, {Key: "function_response"}}
			if peek.Object(part, kinds[:]) != nil {
				return
			}
			for _, kind := range kinds {
				inner, id := kind.Raw(part), [...]peek.Field{{Key: "id"}}
				if len(inner) == 0 || peek.Object(inner, id[:]) != nil || !id[0].Found {
					continue
				}
				edit := peek.Remove(inner, id[0])
				edit.Start, edit.End = edit.Start+at+kind.Start, edit.End+at+kind.Start
				edits = append(edits, edit)
			}
		}, "parts")
	}, "contents")
	if len(edits) == 0 {
		return body
	}
	return peek.Apply(make([]byte, 0, len(body)), body, edits...)
}

// within visits the elements of a list that stands in an object, each with its
// place in the whole; at is that of the object.
func within(object []byte, at int, visit func(element []byte, at int), key string) {
	field := [...]peek.Field{{Key: key}}
	if peek.Object(object, field[:]) != nil {
		return
	}
	raw := field[0].Raw(object)
	at += field[0].Start
	if len(raw) > 0 && raw[0] == '{' { // Google takes one element for a list of it
		visit(raw, at)
	}
	for element := range peek.Elements(raw) {
		// The element is a piece of raw: where it begins follows from what is
		// left behind it.
		visit(element, at+cap(raw)-cap(element))
	}
}

// embedsOne reports whether a model takes one content by embedContent. All others
// are asked to predict.
func embedsOne(model string) bool {
	return strings.Contains(model, "gemini") && !isFirstEmbedding(model)
}

// isFirstEmbedding reports the model that predicts as the older ones do, but takes
// one text at a time.
func isFirstEmbedding(model string) bool { return strings.Contains(model, "gemini-embedding-001") }

// mostInstances is how many texts Vertex embeds at once.
const mostInstances = 250

// embedContent is a request for the vector of one text.
type embedContent struct {
	Content content     `json:"content"`
	Config  *embedStyle `json:"embedContentConfig,omitempty"`
}

type embedStyle struct {
	TaskType   string `json:"taskType,omitempty"`
	Dimensions int    `json:"outputDimensionality,omitempty"`
}

// prediction is a request for the vectors of several texts.
type prediction struct {
	Instances  []instance  `json:"instances"`
	Parameters *embedStyle `json:"parameters,omitempty"`
}

type instance struct {
	Content  string `json:"content"`
	TaskType string `json:"task_type,omitempty"`
}

func vertexEmbeddings(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	wire := dialect.Wire{Header: header(), Dropped: append([]string(nil), req.Unmapped...)}
	task, ok := taskType(req.InputType)
	if !ok {
		wire.Dropped = append(wire.Dropped, "input_type")
	}
	var err error
	switch {
	case embedsOne(to.Model):
		wire.Path = pathOf(to.Model, verbEmbed)
		err = wire.OneByOne(req.Input, to, func(text string) ([]byte, error) { return contentOf(text, task, req.Dimensions) })
	case isFirstEmbedding(to.Model):
		wire.Path = pathOf(to.Model, verbPredict)
		err = wire.OneByOne(req.Input, to, func(text string) ([]byte, error) { return predictionOf([]string{text}, task, req.Dimensions) })
	case len(req.Input) > mostInstances:
		err = hw.Errorf(hw.CodeUnsupported, "The model's upstream takes at most %d texts at once.", mostInstances).At("input")
	default:
		wire.Path = pathOf(to.Model, verbPredict)
		wire.Body, err = predictionOf(req.Input, task, req.Dimensions)
	}
	if err != nil {
		return dialect.Wire{}, err //nolint:wrapcheck // made for the caller, or says what was rendered
	}
	return wire, nil
}

const verbPredict = "predict"

// contentOf asks for the vector of one text.
func contentOf(text, task string, dimensions int) ([]byte, error) {
	one := embedContent{Content: content{Parts: []outPart{{Text: &text}}}}
	if style := (embedStyle{task, dimensions}); style != (embedStyle{}) {
		one.Config = &style
	}
	return embeddingsBody(one)
}

// predictionOf asks for the vectors of several texts.
func predictionOf(texts []string, task string, dimensions int) ([]byte, error) {
	several := prediction{Instances: make([]instance, 0, len(texts))}
	for _, text := range texts {
		several.Instances = append(several.Instances, instance{text, task})
	}
	if dimensions != 0 {
		several.Parameters = &embedStyle{Dimensions: dimensions}
	}
	return embeddingsBody(several)
}

func embeddingsBody(body any) ([]byte, error) {
	text, err := marshal(body)
	if err != nil {
		return nil, fmt.Errorf("rendering the embeddings request: %w", err)
	}
	return text, nil
}

// Decoder makes the reader of one answer.
func (Vertex) Decoder(op dialect.Operation) dialect.Decoder {
	d := Outbound{}.Decoder(op)
	if op.Endpoint == dialect.EndpointEmbeddings {
		return predicted{d}
	}
	return d
}

// predicted reads embeddings, whichever of the two ways gave them.
type predicted struct{ dialect.Decoder }

// Answer reads a whole answer.
func (d predicted) Answer(body []byte) (*dialect.Answer, error) {
	var w struct {
		Predictions []struct {
			Embeddings struct {
				Values     []float64 `json:"values"`
				Statistics struct {
					Tokens float64 `json:"token_count"`
				} `json:"statistics"`
			} `json:"embeddings"`
		} `json:"predictions"`
	}
	if json.Unmarshal(body, &w) != nil || w.Predictions == nil {
		return d.Decoder.Answer(body) //nolint:wrapcheck // a *Fault is the answer's own error
	}
	a, tokens := &dialect.Answer{}, 0.0
	for _, p := range w.Predictions {
		if p.Embeddings.Values == nil {
			return nil, malformed("a prediction has no embedding")
		}
		a.Embeddings = append(a.Embeddings, p.Embeddings.Values)
		tokens += p.Embeddings.Statistics.Tokens
	}
	if tokens >= 1 && tokens < 1<<53 { // some models tell none
		a.Usage = &dialect.Usage{In: int64(tokens)}
	}
	return a, nil
}
