package testupstream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// openaiModeration answers POST /moderations: what speaks of killing is flagged.
func (x *exchange) openaiModeration() bool {
	var req struct {
		Input json.RawMessage `json:"input"`
	}
	if fault := x.decode(&req); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	inputs := []string{""}
	if json.Unmarshal(req.Input, &inputs[0]) != nil && json.Unmarshal(req.Input, &inputs) != nil {
		inputs = []string{string(req.Input)} // a list of parts is one input
	}
	if blank(req.Input) {
		return x.refuse(http.StatusBadRequest, "Missing required parameter: 'input'.")
	}
	rows := make([]any, len(inputs))
	for i, input := range inputs {
		flagged := strings.Contains(strings.ToLower(input), "kill")
		score := 0.001
		if flagged {
			score = 0.99
		}
		rows[i] = map[string]any{
			"flagged": flagged, "categories": map[string]any{"violence": flagged}, "category_scores": map[string]any{"violence": score},
		}
	}
	return x.json(mustJSON(map[string]any{"id": fmt.Sprintf("modr-test-%d", x.serial), "model": x.model, "results": rows}))
}

// rerankRequest is what the fake reads of a rerank.
type rerankRequest struct {
	Query     string            `json:"query"`
	Documents []json.RawMessage `json:"documents"`
	Top       *int              `json:"top_n"`
	TopK      *int              `json:"top_k"`
	Show      bool              `json:"return_documents"`
}

// ranked is one document in the answer.
type ranked struct {
	Index    int               `json:"index"`
	Score    float64           `json:"relevance_score"`
	Document map[string]string `json:"document,omitempty"`
}

// read takes the request in and says what the vendor would find wrong with it.
func (r *rerankRequest) read(x *exchange) string {
	if fault := x.decode(r); fault != "" {
		return fault
	}
	switch {
	case r.Query == "":
		return "invalid request: query must not be empty"
	case len(r.Documents) == 0 || len(r.Documents) > maxInputs:
		return "invalid request: the number of documents is out of range"
	case r.Top != nil && *r.Top < 1:
		return "invalid request: top_n must be at least 1"
	}
	return ""
}

// rank scores each document by the share of the query's words that it has.
func (r *rerankRequest) rank() (rows []ranked, tokens int) {
	words := strings.Fields(strings.ToLower(r.Query))
	for i, raw := range r.Documents {
		text := textOf(raw)
		tokens += 1 + len(r.Query)/4 + len(text)/4
		own := strings.Fields(strings.ToLower(text))
		hits := 0
		for _, word := range words {
			if slices.Contains(own, word) {
				hits++
			}
		}
		row := ranked{Index: i, Score: float64(hits) / float64(max(len(words), 1))}
		if r.Show {
			row.Document = map[string]string{"text": text}
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b ranked) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	if r.Top != nil {
		rows = rows[:min(*r.Top, len(rows))]
	}
	return rows, tokens
}

// textOf is a document's text: it is a text, or an object with one.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(raw, &object) // no text is no words
	return object.Text
}

// openaiRerank answers POST /rerank as Jina and the engines do.
func (x *exchange) openaiRerank() bool {
	var req rerankRequest
	if fault := req.read(x); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	rows, tokens := req.rank()
	answer := map[string]any{"model": x.model, "object": "list", "results": rows}
	if !x.fault.NoUsage {
		answer["usage"] = map[string]any{"total_tokens": tokens}
	}
	return x.json(mustJSON(answer))
}

// voyageRerank answers POST /voyage/v1/rerank, which knows no top_n.
func (x *exchange) voyageRerank() bool {
	var req rerankRequest
	fault := req.read(x)
	if fault == "" && req.Top != nil {
		fault = "Argument 'top_n' is not supported by our API"
	}
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	req.Top = req.TopK
	rows, tokens := req.rank()
	return x.json(mustJSON(map[string]any{
		"object": "list", "data": rows, "model": x.model, "usage": map[string]any{"total_tokens": tokens},
	}))
}

// cohereRerank answers POST /v2/rerank, which knows texts only and repeats none.
func (x *exchange) cohereRerank() bool {
	var req rerankRequest
	fault := req.read(x)
	for _, raw := range req.Documents {
		if fault == "" && (len(raw) == 0 || raw[0] != '"') {
			fault = "invalid request: documents must be strings"
		}
	}
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	req.Show = false
	rows, _ := req.rank()
	return x.json(mustJSON(map[string]any{
		"id": fmt.Sprintf("cohere-test-%d", x.serial), "results": rows,
		"meta": map[string]any{"api_version": map[string]any{"version": "2"}, "billed_units": map[string]any{"search_units": 1}},
	}))
}
