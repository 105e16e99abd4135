package openai

import (
	"encoding/json"
	"fmt"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// rerankFields are those of a rerank, as Cohere, Jina and Voyage name them.
// Source: their API references, "Rerank", 2026.
func rerankFields() []field {
	const whole, flag = "a whole number", "true or false"
	return append(commonFields(),
		into("max_tokens_per_doc", whole, func(r *dialect.Request) *int { return &r.Rerank.MaxTokens }),
		into("return_documents", flag, func(r *dialect.Request) *bool { return &r.Rerank.Show }),
		field{"top_k", readTop},
		field{"top_n", readTop},
		into("query", "text", func(r *dialect.Request) *string { return &r.Rerank.Query }),
		field{"documents", readDocuments},
	)
}

// asksRerank reports whether the request is a rerank of at least one document.
func (d *reader) asksRerank() bool { return d.req.Rerank != nil && len(d.req.Rerank.Documents) > 0 }

func readTop(d *reader, name string, raw json.RawMessage) error {
	n, ok := peek.Int(raw)
	if !ok || n < 1 || n > 1<<31-1 {
		return bad(name, "The field %s must be a whole number above zero.", name)
	}
	d.req.Rerank.Top = int(n)
	return nil
}

// readDocuments reads texts, or objects with a text.
func readDocuments(d *reader, name string, raw json.RawMessage) error {
	if len(raw) == 0 || raw[0] != '[' {
		return bad(name, "The field documents must be a list.")
	}
	i := 0
	for one := range peek.Elements(raw) {
		text, ok := peek.String(one)
		if !ok {
			text, ok = peek.String(inner(one, "text"))
		}
		if !ok {
			return bad(fmt.Sprintf("%s[%d]", name, i), "A document must be a text, or an object with a text.")
		}
		d.req.Rerank.Documents = append(d.req.Rerank.Documents, text)
		i++
	}
	return nil
}

// rerankEncoder writes the answer to a rerank, in the shape that the clients of
// Cohere and Jina share.
type rerankEncoder struct{ opts dialect.EncodeOptions }

// Event appends nothing: this answer is never streamed.
func (rerankEncoder) Event(dst []byte, _ dialect.Event) []byte { return dst }

// Answer appends a whole answer.
func (e rerankEncoder) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	type text struct {
		Text string `json:"text"`
	}
	type result struct {
		Index    int     `json:"index"`
		Score    float64 `json:"relevance_score"`
		Document *text   `json:"document,omitempty"`
	}
	body := struct {
		ID      string     `json:"id"`
		Model   string     `json:"model"`
		Results []result   `json:"results"`
		Usage   *wireUsage `json:"usage,omitempty"`
		Object  string     `json:"object,omitempty"`
		Data    []result   `json:"data,omitempty"`
	}{ID: a.ID, Model: e.opts.Model, Results: make([]result, 0, len(a.Ranked)), Usage: usageOut(a.Usage)}
	if body.ID == "" {
		body.ID = "rerank-" + e.opts.RequestID
	}
	asked := e.opts.Request
	for _, r := range a.Ranked {
		one := result{Index: r.Index, Score: r.Score}
		if asked != nil && asked.Rerank != nil && asked.Rerank.Show && r.Index < len(asked.Rerank.Documents) {
			one.Document = &text{asked.Rerank.Documents[r.Index]}
		}
		body.Results = append(body.Results, one)
	}
	if asksAsVoyage(e.opts.Body) {
		body.Object, body.Data = "list", body.Results
	}
	rendered, err := marshal(body)
	if err != nil {
		return dst, fmt.Errorf("rendering the ranking: %w", err)
	}
	return append(dst, rendered...), nil
}

// asksAsVoyage reports whether a rerank is asked in Voyage's words, whose
// clients look for the results in data.
func asksAsVoyage(body []byte) bool {
	field := [...]peek.Field{{Key: "top_k"}}
	return peek.Object(body, field[:]) == nil && field[0].Found
}
