package bedrock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// This file is InvokeModel, where each model has a form of its own. Sources: user
// guide, "Amazon Titan Text Embeddings", "Cohere Embed v3", "Cohere Embed v4" and
// "Use a reranker model"; API reference, "InvokeModel" (POST /model/ID/invoke); Nova
// guide, "Complete embeddings request and response schema"; read 2026-11.

// The most that Cohere's models take at once.
const (
	mostTexts     = 96
	mostDocuments = 1000
)

// textRequest is a request for the embedding of one text by Titan.
type textRequest struct {
	Text       string `json:"inputText"`
	Dimensions int    `json:"dimensions,omitempty"`
}

// novaRequest is a request for the embedding of one text by Nova.
type novaRequest struct {
	Task   string     `json:"taskType"`
	Params novaParams `json:"singleEmbeddingParams"`
}

type novaParams struct {
	Purpose    string   `json:"embeddingPurpose"`
	Dimensions int      `json:"embeddingDimension,omitempty"`
	Text       novaText `json:"text"`
}

type novaText struct {
	// Truncation "NONE" has a text that is too long refused, as elsewhere, and not
	// cut without a word.
	Truncation string `json:"truncationMode"`
	Value      string `json:"value"`
}

// textsRequest is a request for embeddings by Cohere.
type textsRequest struct {
	Texts      []string `json:"texts"`
	InputType  string   `json:"input_type"`
	Types      []string `json:"embedding_types"`
	Dimensions int      `json:"output_dimension,omitempty"`
}

// rankRequest is a request to rank documents; only Cohere's model has versions.
type rankRequest struct {
	Query     string   `json:"query"`
	Documents []string `json:"documents"`
	Top       int      `json:"top_n,omitempty"`
	MaxTokens int      `json:"max_tokens_per_doc,omitempty"`
	Version   int      `json:"api_version,omitempty"`
}

// invoke renders a request for embeddings or a ranking.
func invoke(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	wire := dialect.Wire{
		Path:    "/model/" + url.PathEscape(to.Model) + "/invoke",
		Header:  dialect.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}},
		Dropped: append([]string(nil), req.Unmapped...),
	}
	if err := invocation(&wire, req, to); err != nil {
		return dialect.Wire{}, err
	}
	return wire, nil
}

// invocation puts what the model is asked into a wire.
func invocation(wire *dialect.Wire, req *dialect.Request, to dialect.Target) error {
	is := func(word string) bool { return strings.Contains(to.Model, word) }
	if req.Endpoint == dialect.EndpointEmbeddings {
		return embeddings(wire, req, to, is)
	}
	if req.Endpoint != dialect.EndpointRerank || !is("cohere.rerank") && !is("amazon.rerank") {
		return unserved(req.Endpoint)
	}
	body, err := ranking(req.Rerank, wire, is("cohere.rerank"))
	return put(wire, body, err)
}

// embeddings asks for vectors in the words of the model; is tells by a part of its name.
func embeddings(wire *dialect.Wire, req *dialect.Request, to dialect.Target, is func(word string) bool) error {
	switch {
	case is("amazon.titan-embed-text"):
		return titan(wire, req, to, is("titan-embed-text-v2"))
	case is("amazon.nova") && is("embeddings"):
		return nova(wire, req, to)
	case is("cohere.embed"):
		body, err := texts(req, wire, !is("embed-english-v3") && !is("embed-multilingual-v3"))
		return put(wire, body, err)
	}
	return unserved(req.Endpoint)
}

// put renders a body into a wire, unless there was an error.
func put(wire *dialect.Wire, body any, err error) error {
	if err != nil {
		return err
	}
	if wire.Body, err = marshal(body); err != nil {
		return fmt.Errorf("rendering the request: %w", err)
	}
	return nil
}

// titan asks Titan, which takes one text at a time.
func titan(wire *dialect.Wire, req *dialect.Request, to dialect.Target, sized bool) error {
	if t := req.InputType; t != "" {
		wire.Dropped = append(wire.Dropped, "input_type")
	}
	dimensions := req.Dimensions
	if !sized && dimensions != 0 {
		dimensions = 0
		wire.Dropped = append(wire.Dropped, "dimensions")
	}
	return wire.OneByOne(req.Input, to, func(text string) ([]byte, error) { //nolint:wrapcheck // made for the caller
		return marshal(textRequest{text, dimensions})
	})
}

// nova asks Nova, which takes one text at a time and demands to know what the
// embeddings are for. Its vectors of texts are comparable with those of pictures
// and sound, so that a query is not said to be for texts alone.
func nova(wire *dialect.Wire, req *dialect.Request, to dialect.Target) error {
	purpose := "GENERIC_INDEX"
	switch req.InputType {
	case "", dialect.InputTypeDocument, coheresDocument:
	case dialect.InputTypeQuery, coheresQuery:
		purpose = "GENERIC_RETRIEVAL"
	case dialect.InputTypeClassification:
		purpose = "CLASSIFICATION"
	case dialect.InputTypeClustering:
		purpose = "CLUSTERING"
	default:
		wire.Dropped = append(wire.Dropped, "input_type")
	}
	return wire.OneByOne(req.Input, to, func(text string) ([]byte, error) { //nolint:wrapcheck // made for the caller
		return marshal(novaRequest{"SINGLE_EMBEDDING", novaParams{purpose, req.Dimensions, novaText{"NONE", text}}})
	})
}

// What embeddings are for, in Cohere's words; callers of OpenAI's dialect use them, too.
const (
	coheresDocument = "search_document"
	coheresQuery    = "search_query"
)

// texts asks Cohere, which demands to know what the embeddings are for.
func texts(req *dialect.Request, wire *dialect.Wire, sized bool) (any, error) {
	if len(req.Input) > mostTexts {
		return nil, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes at most %d texts at once.", mostTexts).At("input")
	}
	r := textsRequest{Texts: req.Input, InputType: coheresDocument, Types: []string{"float"}, Dimensions: req.Dimensions}
	switch t := req.InputType; t {
	case "", dialect.InputTypeDocument, r.InputType:
	case dialect.InputTypeQuery, coheresQuery:
		r.InputType = coheresQuery
	case dialect.InputTypeClassification, dialect.InputTypeClustering:
		r.InputType = t
	default:
		wire.Dropped = append(wire.Dropped, "input_type")
	}
	if !sized && r.Dimensions != 0 {
		r.Dimensions = 0
		wire.Dropped = append(wire.Dropped, "dimensions")
	}
	return r, nil
}

func ranking(q *dialect.RerankQuery, wire *dialect.Wire, coheres bool) (any, error) {
	if q == nil || len(q.Documents) > mostDocuments {
		return nil, hw.Errorf(hw.CodeUnsupported, "The model's upstream ranks at most %d documents at once.", mostDocuments).At("documents")
	}
	r := rankRequest{Query: q.Query, Documents: q.Documents, Top: q.Top}
	if coheres {
		r.Version = 2
		r.MaxTokens = q.MaxTokens
	} else if q.MaxTokens > 0 {
		wire.Dropped = append(wire.Dropped, "max_tokens_per_doc")
	}
	return r, nil
}

// invoked reads one answer of InvokeModel.
type invoked struct{ endpoint dialect.Endpoint }

// invokedAnswer is an answer of any of the models; which one gave it shows in its
// form.
type invokedAnswer struct {
	ID        string          `json:"id"`
	Embedding []float64       `json:"embedding"`
	Tokens    *int64          `json:"inputTextTokenCount"`
	Several   json.RawMessage `json:"embeddings"`
	Results   []struct {
		Index *int     `json:"index"`
		Score *float64 `json:"relevance_score"`
	} `json:"results"`
}

// Answer reads a whole answer.
func (d invoked) Answer(body []byte) (*dialect.Answer, error) {
	var w invokedAnswer
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the answer: " + err.Error())
	}
	switch embeds := d.endpoint == dialect.EndpointEmbeddings; {
	case !embeds && w.Results != nil:
		return w.ranking()
	case embeds && w.Embedding != nil:
		a := &dialect.Answer{ID: w.ID, Embeddings: [][]float64{w.Embedding}}
		if w.Tokens != nil && *w.Tokens >= 0 {
			a.Usage = &dialect.Usage{In: *w.Tokens}
		}
		return a, nil
	case embeds && len(w.Several) > 0:
		several, err := vectors(w.Several)
		return &dialect.Answer{ID: w.ID, Embeddings: several}, err
	}
	if detail := dialect.AmazonError(0, nil, body); detail.Message != "" {
		return nil, &dialect.Fault{Detail: detail}
	}
	return nil, malformed("the answer has no " + string(d.endpoint))
}

func (w *invokedAnswer) ranking() (*dialect.Answer, error) {
	a := &dialect.Answer{ID: w.ID}
	for _, r := range w.Results {
		if r.Index == nil || *r.Index < 0 || r.Score == nil {
			return nil, malformed("a result has no index or no score")
		}
		a.Ranked = append(a.Ranked, dialect.Ranked{Index: *r.Index, Score: *r.Score})
	}
	return a, nil
}

// vectors reads embeddings: Cohere's by type as asked for, the bare list of its
// older models, or Nova's list of objects.
func vectors(raw []byte) ([][]float64, error) {
	var typed struct {
		Float [][]float64 `json:"float"`
	}
	var named []struct {
		Embedding []float64 `json:"embedding"`
	}
	to := any(&typed)
	if raw[0] == '[' {
		to = &typed.Float
		if bytes.HasPrefix(bytes.TrimLeft(raw[1:], " \t\r\n"), []byte("{")) {
			to = &named
		}
	}
	err := json.Unmarshal(raw, to)
	for _, one := range named {
		typed.Float = append(typed.Float, one.Embedding)
	}
	if err != nil || typed.Float == nil {
		return nil, malformed("the embeddings are not lists of numbers")
	}
	for _, vector := range typed.Float {
		if vector == nil {
			return nil, malformed("an embedding is null")
		}
	}
	return typed.Float, nil
}

// Event is of a stream, which these models do not give.
func (invoked) Event(dst []dialect.Event, name string, data []byte) ([]dialect.Event, error) {
	if dialect.IsAmazonException(name) {
		return dst, dialect.AmazonException(name, data)
	}
	return dst, malformed("a stream where none was asked for")
}

// Finish ends a stream.
func (invoked) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	return dst, &dialect.Fault{Truncated: true}
}
