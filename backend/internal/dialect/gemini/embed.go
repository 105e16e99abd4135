package gemini

import (
	"encoding/json"
	"fmt"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// readEmbeddings reads one vector or a batch of them.
func readEmbeddings(body []byte) (*dialect.Answer, error) {
	var w struct {
		Embedding  *vector         `json:"embedding"`
		Embeddings []vector        `json:"embeddings"`
		Usage      json.RawMessage `json:"usageMetadata"`
		Error      json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the embeddings: " + err.Error())
	}
	if isSet(w.Error) {
		return nil, faultOf(body)
	}
	if w.Embedding != nil {
		w.Embeddings = append(w.Embeddings, *w.Embedding)
	}
	a := &dialect.Answer{Usage: readUsage(w.Usage)}
	for _, v := range w.Embeddings {
		if v.Values == nil {
			return nil, malformed("an embedding has no values")
		}
		a.Embeddings = append(a.Embeddings, v.Values)
	}
	if len(a.Embeddings) == 0 {
		return nil, malformed("the answer has no embeddings")
	}
	return a, nil
}

// readCount gives a count of tokens as the usage of an answer without choices.
func readCount(body []byte) (*dialect.Answer, error) {
	fields := [...]peek.Field{{Key: "totalTokens"}, {Key: "error"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return nil, malformed(err.Error())
	}
	if !fields[1].IsNull(body) {
		return nil, faultOf(body)
	}
	n, ok := peek.Int(fields[0].Raw(body))
	if !ok {
		return nil, malformed("the answer has no totalTokens")
	}
	return &dialect.Answer{Usage: &dialect.Usage{In: n}}, nil
}

// vector is one embedding on the wire.
type vector struct {
	Values []float64 `json:"values"`
}

// embeddings renders one vector or a batch, as the verb of the request has it.
func (e *encoder) embeddings(a *dialect.Answer) any {
	usage := json.RawMessage(nil)
	if a.Usage != nil {
		usage = fmt.Appendf(nil, `{"promptTokenCount":%d,"totalTokenCount":%d}`, a.Usage.In, a.Usage.In+a.Usage.Out)
		if a.Usage.Estimated {
			usage = append(usage[:len(usage)-1], `,"estimated":true}`...)
		}
	}
	all := make([]vector, 0, len(a.Embeddings))
	for _, v := range a.Embeddings {
		all = append(all, vector{v})
	}
	if e.opts.Op.Name == verbEmbed && len(all) > 0 {
		return struct {
			Embedding vector          `json:"embedding"`
			Usage     json.RawMessage `json:"usageMetadata,omitempty"`
		}{all[0], usage}
	}
	return struct {
		Embeddings []vector        `json:"embeddings"`
		Usage      json.RawMessage `json:"usageMetadata,omitempty"`
	}{all, usage}
}
